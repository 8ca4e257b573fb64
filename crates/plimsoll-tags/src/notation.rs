//! How rules for image tags are written.
//!
//! [`short`] is a text with placeholders: `v{version}`, `{major}.{minor}`, `sha-{sha}`.

pub mod short;
