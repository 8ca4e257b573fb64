//! Gates and smoke commands: the project's own commands, in a clean checkout or in an image.

mod sealed_charts;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use plimsoll_engine::domain::artifact::ArtifactName;
use plimsoll_engine::domain::event::Event;
use plimsoll_engine::domain::project::Image;
use plimsoll_engine::world::builder::Log;
use plimsoll_engine::world::inspector::{InspectionError, Inspector};
use plimsoll_engine::world::workshop::{WorkshopView, missing};
use plimsoll_engine::world::{Work, WorldError};
use plimsoll_oci::model::{Descriptor, Platform, View};
use plimsoll_oci::name::Digest;
use plimsoll_oci::store::Pull;
use tokio::sync::OnceCell;

use super::builder::host_platform;
use super::checkout::Checkout;
use super::clock::random;
use super::containers::{Containers, Leftover, LoadError};
use super::errand::{Ended, ErrandError, Errands};
use super::loopback::Loopback;
use super::process::Invocation;
use super::workshop::FolderWorkshop;
use crate::config::{GateSettings, Sealed};
use sealed_charts::SealedCharts;

/// How a command ended that did not end well: its exit code, if it had one, and what it said.
type Bad = (Option<i32>, Log);

/// The commands of a project.
pub(crate) struct CommandInspector {
    settings: GateSettings,
    errands: Errands,
    /// One for all gates, in which a later one finds what an earlier one has installed. Nothing is built from it.
    checkout: Checkout,
    workshop: Arc<FolderWorkshop>,
    containers: OnceCell<Result<Containers, String>>,
    passed: Mutex<Vec<String>>,
}

impl CommandInspector {
    /// The gates that `settings` name; images are in `workshop`.
    pub(crate) fn new(
        settings: &GateSettings,
        errands: &Errands,
        checkout: Checkout,
        workshop: Arc<FolderWorkshop>,
    ) -> CommandInspector {
        CommandInspector {
            settings: settings.clone(),
            errands: errands.clone(),
            checkout,
            workshop,
            containers: OnceCell::new(),
            passed: Mutex::default(),
        }
    }

    async fn containers(&self, command: &str) -> Result<&Containers, InspectionError> {
        let found = self.containers.get_or_init(|| Containers::find(&self.errands, host_platform())).await;
        found.as_ref().map_err(|why| nothing_runs(command, why))
    }

    async fn gate(
        &self,
        name: &str,
        command: &str,
        variables: &[(String, String)],
    ) -> Result<(), InspectionError> {
        let folder = self.checkout.folder().await?;
        let named: Vec<&str> = self.settings.environment.iter().map(String::as_str).collect();
        let mut call = self.errands.call("sh", &named).args(["-c", command]).in_folder(folder);
        for (name, value) in variables {
            call = call.set(name, value);
        }
        self.tell(format!("gate: {command}"));
        match self.run(name, command, call).await? {
            None => {
                self.passed.lock().unwrap_or_else(PoisonError::into_inner).push(command.to_owned());
                Ok(())
            }
            Some((code, log)) => Err(InspectionError::Gate { command: command.to_owned(), code, log }),
        }
    }

    /// Runs a command; what it ended with, if not well.
    async fn run(&self, name: &str, command: &str, call: Invocation) -> Result<Option<Bad>, InspectionError> {
        let limit = self.settings.limit;
        match self.errands.run(name, call, Duration::from_secs(limit), |_| {}).await {
            Ok(Ended::Well) => Ok(None),
            Ok(Ended::Failed(code, log)) => Ok(Some((code, log))),
            Ok(Ended::TooSlow(log)) => {
                Err(InspectionError::TooSlow { command: command.to_owned(), limit, log })
            }
            Err(ErrandError::World(error)) => Err(error.into()),
            Err(ErrandError::Process(error)) => Err(nothing_runs(command, &error.to_string())),
        }
    }

    async fn run_source(&self) -> Result<(), InspectionError> {
        for (number, command) in (1..).zip(&self.settings.source) {
            self.gate(&format!("gate-source-{number}"), command, &[]).await?;
        }
        Ok(())
    }

    async fn run_promote(&self) -> Result<(), InspectionError> {
        for (number, command) in (1..).zip(&self.settings.promote) {
            self.gate(&format!("gate-promote-{number}"), command, &[]).await?;
        }
        Ok(())
    }

    async fn run_sealed(&self, artifacts: &BTreeMap<ArtifactName, Digest>) -> Result<(), InspectionError> {
        let Some(first) = self.settings.sealed.first() else { return Ok(()) };
        let charts = SealedCharts::write(&*self.workshop.pull(), artifacts).await?;
        let images = artifacts.iter().filter(|(name, _)| !charts.packages.contains_key(*name));
        let images: Vec<(&ArtifactName, &Digest)> = images.collect();
        let named = |(name, path): (&ArtifactName, &String)| (Sealed::Chart.variable(name), path.clone());
        let mut variables: Vec<_> = charts.packages.iter().map(named).collect();
        let Ok(containers) = self.containers(first).await else {
            return self.run_sealed_served(first, &images, variables).await;
        };
        let mut loaded = Vec::new();
        for (name, root) in images {
            let images = self.images(root).await?;
            let Some((platform, manifest)) = images.iter().find(|(platform, _)| containers.runs(platform))
            else {
                self.tell(format!("image {name} is for no platform that runs here; gates do not see it"));
                continue;
            };
            let local = local_name(name.as_str(), root, platform);
            loaded.push(Leftover::image(containers, &self.errands, &local));
            self.load(containers, first, manifest, &local).await?;
            variables.push((Sealed::Image.variable(name), local));
        }
        let ended = self.run_sealed_with(&variables).await;
        for image in loaded {
            image.remove().await;
        }
        ended
    }

    /// The same where nothing runs images: gates pull what they want, from a registry on loopback that ends with them.
    async fn run_sealed_served(
        &self,
        first: &str,
        images: &[(&ArtifactName, &Digest)],
        mut variables: Vec<(String, String)>,
    ) -> Result<(), InspectionError> {
        let served = Loopback::serve(self.workshop.registry().clone()).await;
        let served = served.map_err(|error| nothing_runs(first, &error.to_string()))?;
        let (address, path) = (served.address(), self.workshop.path());
        self.tell(format!("neither docker nor podman runs here: gates see images at {address}"));
        for (name, root) in images {
            variables.push((Sealed::Image.variable(name), format!("{address}/{path}@{root}")));
        }
        self.run_sealed_with(&variables).await
    }

    async fn run_sealed_with(&self, variables: &[(String, String)]) -> Result<(), InspectionError> {
        for (number, command) in (1..).zip(&self.settings.sealed) {
            self.gate(&format!("gate-sealed-{number}"), command, variables).await?;
        }
        Ok(())
    }

    async fn run_smoke(&self, image: &Image, root: &Descriptor) -> Result<(), InspectionError> {
        let Some(command) = &image.smoke else { return Ok(()) };
        let shown = command.join(" ");
        let containers = self.containers(&shown).await?;
        for (platform, manifest) in self.images(&root.digest).await? {
            if !containers.runs(&platform) {
                self.tell(format!(
                    "image {}: {platform} does not run here, `{shown}` was not tried",
                    image.name
                ));
                continue;
            }
            let local = local_name(image.name.as_str(), &root.digest, &platform);
            let loaded = Leftover::image(containers, &self.errands, &local);
            let ended = match self.load(containers, &shown, &manifest, &local).await {
                Ok(()) => self.try_out(containers, image, &platform, (&local, command)).await,
                Err(error) => Err(error),
            };
            loaded.remove().await;
            if let Some((code, log)) = ended? {
                let image = image.name.clone();
                return Err(InspectionError::Smoke { image, platform, code, log });
            }
            self.tell(format!("image {}: `{shown}` succeeds on {platform}", image.name));
        }
        Ok(())
    }

    /// Runs a command in an image that was loaded under a name. Its container is gone in the end, whatever that is.
    async fn try_out(
        &self,
        containers: &Containers,
        image: &Image,
        platform: &Platform,
        (local, command): (&str, &[String]),
    ) -> Result<Option<Bad>, InspectionError> {
        let name = format!("plimsoll-smoke-{:016x}", random() >> 64);
        let container = Leftover::container(containers, &self.errands, &name);
        let call = containers.run(&self.errands, (&name, local), platform, command);
        let log = format!("smoke-{}-{}", image.name, platform.to_string().replace('/', "-"));
        let ended = self.run(&log, &command.join(" "), call).await;
        match ended {
            Ok(None) => container.forget(),
            Ok(Some(_)) | Err(_) => container.remove().await,
        }
        ended
    }

    async fn load(
        &self,
        containers: &Containers,
        command: &str,
        manifest: &Descriptor,
        name: &str,
    ) -> Result<(), InspectionError> {
        let loaded = containers.load(&self.errands, &*self.workshop.pull(), manifest, name).await;
        loaded.map_err(|error| match error {
            LoadError::World(error) => error.into(),
            LoadError::Refused(why) => nothing_runs(command, &why),
        })
    }

    /// The image of each platform.
    async fn images(&self, root: &Digest) -> Result<Vec<(Platform, Descriptor)>, WorldError> {
        read_images(&*self.workshop.pull(), root).await
    }

    fn tell(&self, note: String) {
        self.errands.watcher.see(Event::Note(note));
    }
}

/// The image of each platform of an index.
pub(crate) async fn read_images(
    pull: &dyn Pull,
    root: &Digest,
) -> Result<Vec<(Platform, Descriptor)>, WorldError> {
    let index = pull.manifest(root).await?.ok_or_else(|| missing(root))?;
    let View::Index(index) = index.view() else { return Ok(Vec::new()) };
    let of_platform = |child: &Descriptor| {
        let platform = child.platform.clone().filter(|platform| platform.os != "unknown")?;
        Some((platform, child.clone()))
    };
    Ok(index.manifests.iter().filter_map(of_platform).collect())
}

impl Inspector for CommandInspector {
    fn source(&self) -> Work<'_, (), InspectionError> {
        Box::pin(self.run_source())
    }

    fn promote(&self) -> Work<'_, (), InspectionError> {
        Box::pin(self.run_promote())
    }

    fn smoke<'a>(&'a self, image: &'a Image, root: &'a Descriptor) -> Work<'a, (), InspectionError> {
        Box::pin(async move { self.run_smoke(image, root).await.map_err(|error| of_image(error, image)) })
    }

    fn sealed<'a>(&'a self, artifacts: &'a BTreeMap<ArtifactName, Digest>) -> Work<'a, (), InspectionError> {
        Box::pin(self.run_sealed(artifacts))
    }

    fn passed(&self) -> Vec<String> {
        self.passed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn nothing_runs(command: &str, why: &str) -> InspectionError {
    InspectionError::NothingRuns { command: command.to_owned(), image: None, why: why.to_owned() }
}

/// The same error, saying whose command it is.
fn of_image(error: InspectionError, of: &Image) -> InspectionError {
    match error {
        InspectionError::NothingRuns { command, image: None, why } => {
            InspectionError::NothingRuns { command, image: Some(of.name.clone()), why }
        }
        other => other,
    }
}

/// What an image is called in docker or podman while it is tried: nothing that could be mistaken for a release, and nothing that another
/// run would take away.
fn local_name(image: &str, root: &Digest, platform: &Platform) -> String {
    let short = root.hex().get(..12).unwrap_or_default().to_owned();
    let platform = platform.to_string().replace('/', "-");
    format!("localhost/plimsoll-sealed/{image}:{short}-{platform}-{:08x}", random() >> 96)
}
