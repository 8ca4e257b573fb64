//! What registries hold: descriptors, platforms, indexes, manifests, configs.
//!
//! The structs are views. Bytes that were received stay what they are ([`Manifest::bytes`]); unknown fields
//! are tolerated and, since nothing is written back from a view, never lost.

mod config;
mod descriptor;
mod manifest;
mod media_type;
mod platform;

pub use config::{ExecutionConfig, History, ImageConfig, RootFilesystem};
pub use descriptor::Descriptor;
pub use manifest::{ImageIndex, ImageManifest, MANIFEST_LIMIT, Manifest, ModelError, View};
pub use media_type::MediaType;
pub use platform::{Platform, PlatformError};
