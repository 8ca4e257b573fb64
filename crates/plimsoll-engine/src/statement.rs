//! Statements: what is said of releases, as bytes that are the same whoever writes them.

pub mod artifact;
pub mod attestation;
pub mod in_toto;
pub mod legacy;
pub mod mark;
pub mod provenance;
pub mod record;
pub mod release;
pub mod sbom;
