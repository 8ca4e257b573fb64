//! Rules: one file per rule, by what it may read.

pub mod compose;
pub mod findings;
pub mod seal;
pub mod text;

pub use findings::Findings;
pub use text::{Cleared, EventTag, event_tag, project, promotion, release_tag};
