//! What a command says: data on standard output, talk on standard error.
//!
//! | module | says |
//! |---|---|
//! | [`answer`] | what a command found out, whatever the format |
//! | [`json`] | the shapes for programs: one object each, with a `schema` field |
//! | [`human`] | the same shapes for people |
//! | [`diagnostic`] | what went wrong |
//! | [`progress`] | what is under way |
//! | [`visible`] | nothing that a terminal would obey, whoever wrote it |
//! | [`shell`] | words of commands that people copy |
//! | [`github`] | outputs, summary and annotations of a GitHub Actions step |

pub mod answer;
pub mod checklist;
pub mod diagnostic;
pub mod github;
pub mod human;
pub mod ink;
pub mod json;
pub mod progress;
pub mod shell;
pub mod site;
pub mod streams;
pub mod visible;

pub use answer::Answer;
pub use ink::Ink;
pub use streams::{Streams, Talk};
