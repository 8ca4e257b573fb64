//! Images from Dockerfiles, made by real builders: BuildKit with `docker buildx` and with `buildctl`, and buildah.

#![expect(clippy::unwrap_used, reason = "a test that can not go on has failed")]

mod adoption;
mod failures;
mod foreign;
mod gates;
mod parts;
mod shape;
mod yard;
