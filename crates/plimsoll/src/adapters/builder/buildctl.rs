//! `buildctl`: BuildKit itself, by its address.

use plimsoll_engine::domain::build::{Attestation, Network};
use plimsoll_engine::world::builder::BuildError;
use plimsoll_oci::model::Platform;
use serde::Deserialize;

use super::choice::{Platforms, Unusable};
use super::job::{Job, PROVENANCE};
use crate::adapters::errand::Errands;
use crate::adapters::process::Invocation;
use crate::config::BuildSettings;

/// What it reads beside the ordinary variables.
const OWN: &[&str] = &["BUILDKIT_HOST"];

/// A worker, as `buildctl debug workers --format json` lists it.
#[derive(Deserialize)]
struct Worker {
    #[serde(default)]
    platforms: Vec<Platform>,
}

/// Whether it can be used, and what its workers run programs for.
pub(super) async fn probe(
    errands: &Errands,
    settings: &BuildSettings,
) -> Result<Option<Platforms>, Unusable> {
    let call = address(errands.call("buildctl", OWN), settings);
    let asked = call.args(["debug", "workers", "--format", "{{json .}}"]).run().await;
    let asked = asked.map_err(|error| error.to_string())?;
    if asked.code != Some(0) {
        let why = asked.stderr.trim().lines().last().unwrap_or("it does not answer").to_owned();
        return Err(format!("buildkitd does not answer: {why}"));
    }
    let workers: Vec<Worker> = serde_json::from_slice(&asked.stdout).unwrap_or_default();
    let mut platforms = Platforms::default();
    for worker in workers {
        platforms.add(&worker.platforms.iter().map(ToString::to_string).collect::<Vec<_>>());
    }
    Ok((!platforms.all.is_empty()).then_some(platforms))
}

/// The whole build.
pub(super) fn call(
    errands: &Errands,
    settings: &BuildSettings,
    job: &Job<'_>,
) -> Result<Invocation, BuildError> {
    let recipe = job.order.recipe;
    let call = address(errands.call("buildctl", &job.variables(OWN)), settings);
    let mut call = call.args(["build", "--progress", "plain", "--frontend", "dockerfile.v0"]);
    let folder = job.dockerfile.parent().unwrap_or(&job.context);
    let name = job.dockerfile.file_name().unwrap_or_default().to_string_lossy();
    call = call.arg("--local").arg(format!("context={}", job.context.display()));
    call = call.arg("--local").arg(format!("dockerfile={}", folder.display()));
    let mut options = vec![format!("filename={name}"), format!("platform={}", job.platforms())];
    options.extend(recipe.target.iter().map(|target| format!("target={target}")));
    options.extend(job.arguments().map(|(name, value)| format!("build-arg:{name}={value}")));
    options.extend(job.order.labels.iter().map(|(name, value)| format!("label:{name}={value}")));
    for (name, place) in &job.contexts {
        if std::path::Path::new(place).is_absolute() {
            call = call.arg("--local").arg(format!("{name}={place}"));
            options.push(format!("context:{name}=local:{name}"));
        } else {
            options.push(format!("context:{name}={place}"));
        }
    }
    for secret in job.secrets() {
        call = call.args(["--secret", &secret]);
    }
    for ssh in &recipe.ssh {
        call = call.args(["--ssh", ssh]);
    }
    for cache in &job.cache_from {
        call = call.args(["--import-cache", cache]);
    }
    for cache in &job.cache_to {
        call = call.args(["--export-cache", cache]);
    }
    match recipe.network {
        Network::Default => {}
        Network::None => options.push("force-network-mode=none".into()),
        Network::Host => {
            options.push("force-network-mode=host".into());
            call = call.args(["--allow", "network.host"]);
        }
    }
    for attestation in &recipe.attestations {
        options.push(match attestation {
            Attestation::Provenance => format!("attest:provenance={PROVENANCE}"),
            Attestation::Sbom => match &settings.scanner {
                Some(scanner) => format!("attest:sbom=generator={scanner}"),
                None => "attest:sbom=".into(),
            },
        });
    }
    for option in options {
        call = call.args(["--opt", &option]);
    }
    let output = format!("type=oci,tar=false,rewrite-timestamp=true,dest={}", job.layout().display());
    Ok(call.args(["--output", &output]))
}

fn address(call: Invocation, settings: &BuildSettings) -> Invocation {
    match &settings.address {
        Some(address) => call.args(["--addr", address]),
        None => call,
    }
}
