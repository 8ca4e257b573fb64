//! `buildah`, and what it has in common with podman: one image at a time, no daemon.

use std::fs;
use std::path::PathBuf;

use plimsoll_engine::domain::build::Network;
use plimsoll_engine::world::builder::BuildError;
use plimsoll_oci::model::Platform;

use super::cache;
use super::choice::{Platforms, Unusable, host_platform};
use super::job::{Job, spelled};
use crate::adapters::errand::Errands;
use crate::adapters::files::file_error;
use crate::adapters::process::Invocation;

/// `buildah`.
pub(super) const PROGRAM: Containers = Containers { name: "buildah" };

/// What it reads beside the ordinary variables.
const OWN: &[&str] =
    &["BUILDAH_ISOLATION", "BUILDAH_FORMAT", "REGISTRY_AUTH_FILE", "_CONTAINERS_USERNS_CONFIGURED"];
/// Where Linux says which foreign programs it can run.
const EMULATORS: &str = "/proc/sys/fs/binfmt_misc";

/// A program of the containers project.
#[derive(Clone, Copy, Debug)]
pub(super) struct Containers {
    /// The program.
    pub(super) name: &'static str,
}

/// The image of one platform.
pub(super) struct Piece {
    /// The platform.
    pub(super) platform: Platform,
    /// The layout that it is saved to.
    pub(super) layout: PathBuf,
    id: PathBuf,
}

impl Containers {
    /// Whether it can be used, and what runs here.
    pub(super) async fn probe(self, errands: &Errands) -> Result<Platforms, Unusable> {
        let asked =
            errands.call(self.name, OWN).arg("info").run().await.map_err(|error| error.to_string())?;
        if asked.code != Some(0) {
            let why = asked.stderr.trim().lines().last().unwrap_or("it does not work").to_owned();
            return Err(why);
        }
        let mut platforms = Platforms::default();
        platforms.add(&[host_platform().to_string()]);
        platforms.all.extend(find_emulated());
        Ok(platforms)
    }

    /// Where the image of one platform goes.
    pub(super) fn piece(self, job: &Job<'_>, platform: &Platform) -> Piece {
        let name = spelled(platform);
        let layout = job.output.join(format!("layout-{name}"));
        Piece { platform: platform.clone(), layout, id: job.output.join(format!("id-{name}")) }
    }

    /// The build for one platform.
    pub(super) fn build(
        self,
        errands: &Errands,
        job: &Job<'_>,
        piece: &Piece,
    ) -> Result<Invocation, BuildError> {
        let recipe = job.order.recipe;
        let cannot = |what: &str| BuildError::Unsupported { builder: self.name, what: what.to_owned() };
        if !recipe.attestations.is_empty() {
            return Err(cannot("it makes no attestations; only BuildKit does"));
        }
        let mut call = errands.call(self.name, &job.variables(OWN));
        call = call.args(["build", "--format", "oci", "--platform", &piece.platform.to_string()]);
        call = call.arg("--timestamp").arg(job.order.time.0.to_string());
        call = call.arg("--iidfile").arg(&piece.id).arg("--file").arg(&job.dockerfile);
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
        let caches = job.cache_from.iter().map(|at| ("--cache-from", at));
        for (option, at) in caches.chain(job.cache_to.iter().map(|at| ("--cache-to", at))) {
            let repository = cache::repository(at);
            let repository = repository.ok_or_else(|| cannot("it knows caches in registries only"))?;
            call = call.args([option, repository, "--layers"]);
        }
        call = match recipe.network {
            Network::Default => call,
            Network::None => call.args(["--network", "none"]),
            Network::Host => call.args(["--network", "host"]),
        };
        Ok(call.arg(&job.context))
    }

    /// The id of what was built.
    pub(super) fn read_id(self, piece: &Piece) -> Result<String, BuildError> {
        let text = fs::read_to_string(&piece.id).map_err(|error| file_error(&piece.id, &error))?;
        Ok(text.trim().to_owned())
    }

    /// Writes an image into its layout.
    pub(super) fn save(self, errands: &Errands, id: &str, piece: &Piece) -> Invocation {
        let to = format!("oci:{}", piece.layout.display());
        errands.call(self.name, OWN).args(["push", "--quiet", id, &to])
    }

    /// Removes an image.
    pub(super) fn forget(self, errands: &Errands, id: &str) -> Invocation {
        errands.call(self.name, OWN).args(["rmi", id])
    }
}

/// The platforms whose programs Linux hands to an emulator.
pub(crate) fn find_emulated() -> Vec<String> {
    const NAMES: [(&str, &str); 6] = [
        ("qemu-aarch64", "linux/arm64"),
        ("qemu-x86_64", "linux/amd64"),
        ("qemu-arm", "linux/arm/v7"),
        ("qemu-riscv64", "linux/riscv64"),
        ("qemu-ppc64le", "linux/ppc64le"),
        ("qemu-s390x", "linux/s390x"),
    ];
    let enabled = |name: &str| {
        let said = fs::read_to_string(format!("{EMULATORS}/{name}"));
        said.is_ok_and(|said| said.starts_with("enabled"))
    };
    NAMES.iter().filter(|(name, _)| enabled(name)).map(|(_, platform)| (*platform).to_owned()).collect()
}
