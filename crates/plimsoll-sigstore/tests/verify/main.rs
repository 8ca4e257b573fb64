//! Bundles that must verify, and bundles that must not.

#![expect(clippy::unwrap_used, reason = "in a test it says that the test failed")]

mod authority;
mod corpus;
mod cosign;
mod fixtures;
mod hostile_certificates;
mod instance;
mod logless;
mod mutations;
mod refused;
mod seeds;
