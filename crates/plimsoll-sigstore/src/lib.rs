//! Signs and verifies opaque bytes as Sigstore does. It knows nothing of releases.
//!
//! | module | what |
//! |---|---|
//! | [`key`] | key pairs, cosign's encrypted private keys, public keys |
//! | [`artifact`] | what is signed: bytes, known by their digest |
//! | [`dsse`], [`statement`] | signed envelopes, and the in-toto statements in them |
//! | [`bundle`] | the Sigstore bundle: a signature with all that it takes to verify it |
//! | [`trust`] | whom to trust, and which services to use: trusted root and signing config |
//! | [`certificate`] | signing certificates: who they are for, their chain, their SCTs |
//! | [`log`] | entries of transparency logs, and the proofs that they are in there |
//! | [`timestamp`] | RFC 3161 timestamps |
//! | [`policy`], [`mod@verify`] | who must have signed, and whether they did: one file per named check |
//! | [`sign`] | makes bundles with a key |
//! | [`legacy`] | signatures of images as cosign attached them before there were bundles |
//! | [`keyless`] | makes bundles with an identity, and has signatures logged and stamped |
//!
//! There is no cryptography in here: signatures, digests and certificate paths are checked by `aws-lc-rs` and
//! `rustls-webpki`. What is here says which bytes are to be checked against which.

pub mod artifact;
pub mod bundle;
pub mod certificate;
pub mod dsse;
mod encoding;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
pub mod key;
pub mod keyless;
pub mod legacy;
pub mod log;
pub mod policy;
pub mod sign;
pub mod statement;
pub mod timestamp;
pub mod trust;
pub mod verify;
