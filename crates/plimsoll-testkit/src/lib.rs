//! Witness tools, hermetic environments and fault injection for the tests of Plimsoll.
//!
//! - [`mod@env`]: a private home and a cleared environment, and programs run in it.
//! - [`repo`]: real git repositories made by the `git` program.
//! - [`tools`]: programs that are not ours and judge us, found or skipped.
//! - [`browser`]: a real browser, which looks at pages.
//! - [`builders`]: real builders and a docker daemon, and base images that need no network.
//! - [`registry`]: real registries on loopback.
//! - [`sigstore`]: issuer, authority, log and timestamps for signing with an identity.
//! - [`signing_log`]: a log that takes anything, or does wrong on request.
//! - [`skew`]: clocks that go wrong.
//! - [`token_server`]: a token service for them.
//! - [`git_server`]: git repositories over HTTP, behind a login.
//! - [`gitea`]: a real Gitea: forge, git remote and registry in one.
//! - [`github`] and [`gitlab`]: forges that keep releases.
//! - [`fault_registry`]: a registry that does wrong on request; beside real ones, never instead.
//! - [`proxy`]: an HTTP proxy that delays, cuts and counts.
//! - [`tunnel`]: an HTTP proxy as companies have them.
//! - [`world`]: every role of the engine in memory, and a scheduler that decides who acts next.
//! - [`redact`]: takes what changes from run to run out of a text before it is compared.
//!
//! Everything here fails by panicking with a message: its only callers are tests.

pub mod browser;
pub mod builders;
pub mod env;
pub mod fault_registry;
pub mod git_server;
pub mod gitea;
pub mod github;
pub mod gitlab;
pub mod process;
pub mod proxy;
pub mod redact;
pub mod registry;
pub mod repo;
mod scripted;
pub mod signing_log;
pub mod sigstore;
pub mod skew;
pub mod static_files;
pub mod token_server;
pub mod tools;
pub mod tuf;
pub mod tunnel;
pub mod world;
