//! The release as a transaction: plan, make, seal, claim, ship, record.
//!
//! Does no I/O of its own: everything outside is a role in [`world`]. Floors, bottom up; a room names only rooms
//! below it:
//!
//! 1. [`domain`] holds the words
//! 2. [`world`] holds the roles

pub mod domain;
pub mod world;
