//! `podman`, which builds as buildah does.

use super::buildah::Containers;

/// `podman`.
pub(super) const PROGRAM: Containers = Containers { name: "podman" };
