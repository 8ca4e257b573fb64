//! OCI content by digest: names, manifests, image layouts, archives, registries.
//!
//! Knows nothing of releases. Bytes are identity here: a manifest is kept as the bytes it was received
//! as, beside a parsed view, and is never re-serialised.
//!
//! - [`name`]: digests, tags, repositories, references
//! - [`model`]: descriptors, platforms, indexes, manifests, configs
//! - [`content`]: bytes known by digest that can be opened again
//! - [`store`]: one repository in one place, read ([`store::Pull`]) and written ([`store::Store`])
//! - [`layer`]: packing files into layers, the same bytes everywhere
//! - [`layout`]: image layouts on disk, crash-safe and shared between processes
//! - [`archive`]: layouts and `docker save` output inside a tar file
//! - [`walk`]: every manifest and blob below a manifest
//! - [`copy`](mod@copy): whole indexes from one store to another, byte-identical
//! - [`remote`]: registries over HTTP

pub mod archive;
pub mod content;
pub mod copy;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
pub mod layer;
pub mod layout;
pub mod model;
pub mod name;
pub mod remote;
pub mod store;
pub mod walk;
