//! The claim protocol, step by step (`docs/design/claim.md`): how a release comes to its one truthful end.
//!
//! | file | steps of the protocol |
//! |---|---|
//! | [`order`] | what a run is asked to do |
//! | [`ending`] | how it may end |
//! | [`swap`] | compare-and-swap, and *look* |
//! | [`sealing`] | make, verify, freeze |
//! | [`start`] | S1, S2: read the claim before asking whether the version is free |
//! | [`before`] | A1–A7: before the commit point |
//! | [`finish`] | C1–C5: from the commit point |
//! | [`burn`] | B1–B3 |
//! | [`settle`] | moving tags (section 3) |
//! | [`unclaimed`] | `claim = "none"` (section 6) |
//! | [`withdraw`] | W |

pub mod before;
pub mod burn;
pub mod ending;
pub mod finish;
pub mod order;
pub mod sealing;
pub mod settle;
pub mod start;
pub mod swap;
pub mod unclaimed;
pub mod whole;
pub mod withdraw;
