//! Images from Dockerfiles, made by real builders: BuildKit with `docker buildx` and with `buildctl`, and buildah; and a
//! release that a real Docker runs.

#![expect(clippy::unwrap_used, reason = "a test that can not go on has failed")]

mod adoption;
mod deploy;
mod failures;
mod foreign;
mod gates;
mod parts;
mod recipe;
mod shape;
mod stated;
mod windows;
mod yard;
