//! The client of registries against a registry that does wrong on request.
#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests")]

mod auth;
mod connections;
mod credential;
mod download;
mod elsewhere;
mod manifest;
mod mount;
mod odd_lists;
mod referrers;
mod support;
mod tag;
mod upload;
mod vendor;
