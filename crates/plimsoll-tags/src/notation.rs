//! How rules for image tags are written.
//!
//! [`short`] is a text with placeholders: `v{version}`, `{major}.{minor}`, `sha-{sha}`. [`action`] is the notation of
//! docker/metadata-action: `type=semver,pattern={{version}}`.

pub mod action;
pub mod short;
