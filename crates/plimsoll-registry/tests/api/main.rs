//! The distribution API as clients see it, over real sockets, spoken by hand.
//!
//! What the OCI conformance suite checks is checked here in our own words, and what it does not: broken connections,
//! lies, restarts, several servers of one folder.

#![expect(clippy::unwrap_used, reason = "in a test it says that the test failed")]

mod access;
mod blobs;
mod client;
mod manifests;
mod patience;
mod referrers;
mod storage;
mod tags;
mod uploads;
