//! A registry: the OCI distribution API 1.1 over a folder of image layouts.
//!
//! It keeps everything in a [`LocalRegistry`](plimsoll_oci::layout::LocalRegistry), where other tools and other processes
//! read and write at the same time. It shares no code with the registry client: else both would share their mistakes,
//! and no test of one against the other would show them.
//!
//! - [`Service`] answers requests, whoever brings them
//! - [`Listener`] brings them from a socket, in the clear or over TLS
//! - [`Door`] says who is let in, `entrance` keeps pages in browsers out before that
//! - `patience` bounds how long a client is waited for
//! - `route`: from method and path to what is asked for
//! - `blob`, `upload`, `manifest`, `tags`, `referrers`, `catalog`: one file per kind of request
//! - `names`: from the name in a URL to a repository of the local registry
//! - `refusal`: answers that are not what was asked for
//!
//! Blobs are files that are streamed in and out; nothing but manifests is ever held in memory. What is read from a
//! disk or brought to one is bounded, and what takes long is done on threads that may block.

mod access;
mod answer;
mod blob;
mod catalog;
mod entrance;
mod listen;
mod manifest;
mod names;
mod page;
mod patience;
mod range;
mod referrers;
mod refusal;
mod route;
mod service;
mod tags;
mod upload;

pub use access::{Door, Users, UsersError};
pub use entrance::Reach;
pub use listen::{Certificate, ListenError, Listener};
pub use names::{name_of, repository_of};
pub use service::{Answered, Service, Settings, Watcher, Writing};
