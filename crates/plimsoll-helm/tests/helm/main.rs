//! What Helm 3 and Helm 4 say of our charts, packages and indexes, and we of theirs.

#![expect(clippy::unwrap_used, reason = "in a test it says that the test failed")]

mod bench;
mod ignored;
mod indexes;
mod packages;
mod registries;
mod yard;
