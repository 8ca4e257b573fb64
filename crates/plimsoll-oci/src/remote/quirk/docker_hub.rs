//! Docker Hub: three names for one registry, and a policy of immutable tags.

use plimsoll_http::{StatusCode, StatusError};

use crate::name::RegistryHost;

/// The keys under which Docker Hub's login may be stored. The first is what helpers are asked for.
const CREDENTIAL_NAMES: [&str; 4] =
    ["https://index.docker.io/v1/", "docker.io", "index.docker.io", "registry-1.docker.io"];

/// The API is not served by the host that image names hold.
pub(super) fn api_host(registry: &RegistryHost) -> Option<&'static str> {
    (*registry == RegistryHost::docker_hub()).then_some("registry-1.docker.io")
}

/// Where to look for a registry's login.
pub(in crate::remote) fn credential_names(registry: &RegistryHost) -> Vec<&str> {
    if *registry == RegistryHost::docker_hub() { CREDENTIAL_NAMES.to_vec() } else { vec![registry.as_str()] }
}

/// 403; the body is not documented, so its words decide (docker/hub-feedback#2466).
pub(super) fn is_immutable(refusal: &StatusError) -> bool {
    refusal.status == StatusCode::FORBIDDEN && refusal.body.to_ascii_lowercase().contains("immutable")
}
