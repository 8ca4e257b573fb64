//! The release as a transaction: plan, make, seal, claim, ship, record.
//!
//! Does no I/O of its own: everything outside is a role in [`world`]. Floors, bottom up; a room names only rooms
//! below it:
//!
//! 1. [`domain`] holds the words
//! 2. [`world`] holds the roles
//! 3. [`document`] and [`statement`] hold the texts that are written
//! 4. [`ledger`] reads what is published
//! 5. [`check`] holds the rules and the seal's check
//! 6. [`make`] and [`ship`]: one file per thing made, one per thing shipped
//! 7. [`plan`] turns an occasion into data
//! 8. [`run`] is the claim protocol
//! 9. [`act`]: one file per verb

pub mod act;
pub mod check;
pub mod document;
pub mod domain;
pub mod ledger;
pub mod make;
pub mod plan;
pub mod run;
pub mod ship;
pub mod statement;
pub mod world;
