//! Registries over HTTP (OCI distribution-spec 1.1).
//!
//! [`Remote`] knows every registry by one transport, one set of credentials and one pool; a [`RemoteRepository`] is
//! one repository of one of them, and implements [`Pull`](crate::store::Pull), [`Store`](crate::store::Store) and
//! [`Prune`](crate::store::Prune).
//!
//! - [`credential`]: where users keep their logins, and which one fits
//! - `auth`: challenges, Basic, Bearer tokens fetched once per set of scopes
//! - `registry`: one host: its pool, its way of authentication, what has been learned of it
//! - `manifest`, `tag`, `blob`, `referrers`: one file per kind of request
//! - `quirk`: what single vendors do differently, one file each
//! - `refusal`: from answers that are not the answer to [`StoreError`](crate::store::StoreError)
//!
//! What comes in is never trusted: digests are computed from the bytes, sizes are bounded, locations and links are
//! followed by the transport's rules, and credentials stay with the host that they are for.

pub(crate) mod auth;
mod blob;
pub mod credential;
pub(crate) mod link;
mod manifest;
mod pool;
mod quirk;
mod referrers;
mod refusal;
mod registry;
mod repository;
pub(crate) mod tag;

pub use quirk::collects_untagged;
pub use registry::{Remote, RemoteSettings};
pub use repository::{Access, RemoteRepository};
