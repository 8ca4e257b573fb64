//! Signs texts in the clear with OpenPGP keys (RFC 9580, section 7), as the provenance of Helm charts is signed.
//!
//! The wall around the one library that knows OpenPGP: nothing of it is in what this crate shows. Keys and passwords come in as
//! texts, which are their callers' to guard.

pub mod key;
mod part;
mod text;

pub use key::{KeyError, SignError, SigningKey};
