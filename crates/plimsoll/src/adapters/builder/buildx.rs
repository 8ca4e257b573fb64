//! `docker buildx`: builders by name, here or on other machines.

use plimsoll_engine::domain::build::{Attestation, Network};
use plimsoll_engine::world::builder::BuildError;
use serde::Deserialize;

use super::choice::{Platforms, Unusable};
use super::job::{Job, PROVENANCE};
use crate::adapters::errand::Errands;
use crate::adapters::process::Invocation;
use crate::config::BuildSettings;

/// What it reads beside the ordinary variables.
const OWN: &[&str] = &["BUILDX_BUILDER", "BUILDX_CONFIG", "DOCKER_BUILDKIT", "BUILDKIT_TTY_LOG_LINES"];
/// The driver that writes no layouts, unless Docker keeps its images in containerd.
const DOCKER_DRIVER: &str = "docker";

/// A builder, as `docker buildx ls --format json` lists it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    name: String,
    #[serde(default)]
    driver: String,
    #[serde(default)]
    current: bool,
    #[serde(default)]
    err: String,
    #[serde(default)]
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Node {
    #[serde(default)]
    err: String,
    #[serde(default)]
    platforms: Vec<String>,
}

/// Whether it can be used, and what its builder runs programs for.
pub(super) async fn probe(
    errands: &Errands,
    settings: &BuildSettings,
) -> Result<Option<Platforms>, Unusable> {
    let docker = |arguments: &[&str]| errands.call("docker", OWN).args(arguments).run();
    let version = docker(&["buildx", "version"]).await.map_err(|error| error.to_string())?;
    if version.code != Some(0) {
        return Err("docker has no buildx".into());
    }
    let listed = docker(&["buildx", "ls", "--format", "{{json .}}"]).await;
    let listed = listed.map_err(|error| error.to_string())?;
    if listed.code != Some(0) {
        // Older than 0.13: what its builders can do will be seen when they do it.
        return Ok(None);
    }
    let text = String::from_utf8_lossy(&listed.stdout);
    let builders: Vec<Listed> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let named = settings.builder.as_deref().or(errands.variables().text("BUILDX_BUILDER"));
    let chosen = match named {
        Some(name) => builders.iter().find(|builder| builder.name == name),
        None => builders.iter().find(|builder| builder.current),
    };
    let Some(chosen) = chosen else {
        return Err(match named {
            Some(name) => format!("there is no builder `{name}`; `docker buildx ls` lists them"),
            None => "no builder is in use; `docker buildx create --use` makes one".into(),
        });
    };
    let trouble = chosen.nodes.iter().map(|node| &node.err).chain([&chosen.err]).find(|err| !err.is_empty());
    if let Some(trouble) = trouble {
        return Err(format!("builder `{}`: {trouble}", chosen.name));
    }
    if chosen.driver == DOCKER_DRIVER {
        let info = docker(&["info", "--format", "{{json .DriverStatus}}"]).await;
        let info = info.map_err(|error| error.to_string())?;
        if !String::from_utf8_lossy(&info.stdout).contains("io.containerd.snapshotter") {
            let name = &chosen.name;
            return Err(format!(
                "builder `{name}` has the docker driver, which writes no image layouts; `docker buildx create --use` \
                 makes one that does"
            ));
        }
    }
    let mut platforms = Platforms::default();
    for node in &chosen.nodes {
        platforms.add(&node.platforms);
    }
    // A builder that has not been started yet says nothing.
    Ok((!platforms.all.is_empty()).then_some(platforms))
}

/// The whole build.
pub(super) fn call(
    errands: &Errands,
    settings: &BuildSettings,
    job: &Job<'_>,
) -> Result<Invocation, BuildError> {
    let recipe = job.order.recipe;
    let mut call =
        errands.call("docker", &job.variables(OWN)).args(["buildx", "build", "--progress", "plain"]);
    if let Some(builder) = &settings.builder {
        call = call.args(["--builder", builder]);
    }
    call = call.args(["--platform", &job.platforms()]).arg("--file").arg(&job.dockerfile);
    if let Some(target) = &recipe.target {
        call = call.args(["--target", target]);
    }
    for (name, value) in job.arguments() {
        call = call.arg("--build-arg").arg(format!("{name}={value}"));
    }
    for (name, value) in job.order.labels {
        call = call.arg("--label").arg(format!("{name}={value}"));
    }
    for (name, place) in &job.contexts {
        call = call.arg("--build-context").arg(format!("{name}={place}"));
    }
    for secret in job.secrets() {
        call = call.args(["--secret", &secret]);
    }
    for ssh in &recipe.ssh {
        call = call.args(["--ssh", ssh]);
    }
    for cache in &job.cache_from {
        call = call.args(["--cache-from", cache]);
    }
    for cache in &job.cache_to {
        call = call.args(["--cache-to", cache]);
    }
    call = match recipe.network {
        Network::Default => call,
        Network::None => call.args(["--network", "none"]),
        Network::Host => call.args(["--network", "host", "--allow", "network.host"]),
    };
    let wants = |attestation| recipe.attestations.contains(&attestation);
    let provenance = if wants(Attestation::Provenance) { PROVENANCE } else { "false" };
    let sbom = match (wants(Attestation::Sbom), &settings.scanner) {
        (true, Some(scanner)) => format!("generator={scanner}"),
        (wanted, _) => wanted.to_string(),
    };
    call = call.arg(format!("--provenance={provenance}")).arg(format!("--sbom={sbom}"));
    let output = format!("type=oci,tar=false,rewrite-timestamp=true,dest={}", job.layout().display());
    Ok(call.args(["--output", &output]).arg(&job.context))
}
