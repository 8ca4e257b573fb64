//! The client of registries against real ones, judged by programs that are not ours.
#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests")]

mod access;
mod content;
mod gitea;
mod proxied;
mod referrers;
mod support;
mod tls;
