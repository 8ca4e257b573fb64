//! Words for content: digests, image tags, repositories, references.

mod digest;
mod reference;
mod repository;
mod tag;

pub use digest::{Algorithm, Digest, DigestError, Digester};
pub use reference::{Reference, ReferenceError};
pub use repository::{ImageRepository, RegistryHost, RepositoryError};
pub use tag::{ImageTag, ImageTagError};
