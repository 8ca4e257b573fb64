//! Bundles that must verify, and bundles that must not.

#![expect(clippy::unwrap_used, reason = "in a test it says that the test failed")]

mod cosign;
mod fixtures;
mod logless;
mod mutations;
mod refused;
