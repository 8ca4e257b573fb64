//! Rules: one file per rule, by what it may read.

mod chart;
pub mod chart_images;
pub mod compose;
pub mod findings;
pub mod seal;
pub mod text;

pub use findings::Findings;
pub use text::{Cleared, EventTag, event_tag, project, promotion, release_tag};
