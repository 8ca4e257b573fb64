//! Rules: one file per rule, by what it may read.

pub mod findings;
pub mod seal;

pub use findings::Findings;
