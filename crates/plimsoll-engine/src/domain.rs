//! Words: what a release is about, as data. Nothing here reads or writes anything.

pub mod app_compose;
pub mod artifact;
pub mod attestation;
pub mod build;
pub mod canonical;
pub mod chart;
pub mod chart_number;
pub mod claim;
pub mod code;
pub mod commit;
pub mod compose;
pub mod deployment;
pub mod diagnostic;
pub mod event;
pub mod git;
pub mod line;
pub mod marks;
pub mod occasion;
pub mod page;
pub mod project;
pub mod source;
pub mod step;
pub mod target;
pub mod time;
