//! A package as an OCI artifact (Helm's `pkg/registry`).
//!
//! Helm's media types, its config, its annotations, and no fields that Helm does not write, so that the manifest is the
//! one that `helm push` would make, but for the time: that is the package's, not that of the file on this machine.

mod artifact;
mod json;
mod publish;
mod read;

pub use artifact::{Artifact, ArtifactError, CHART, CONFIG, PROVENANCE, tag_of};
pub(crate) use json::escape_as_go;
pub use publish::{PublishError, Published, publish};
pub use read::{Found, read_package};
