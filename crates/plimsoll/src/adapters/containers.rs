//! `docker` or `podman`, to run images that were made here.

mod leftover;

use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use plimsoll_engine::check::seal::read_config;
use plimsoll_engine::world::WorldError;
use plimsoll_engine::world::error::FileProblem;
use plimsoll_engine::world::workshop::missing;
use plimsoll_oci::content::read_whole;
use plimsoll_oci::layer::{Entry, Packing, Parents};
use plimsoll_oci::model::{Descriptor, MANIFEST_LIMIT, Manifest, Platform};
use plimsoll_oci::store::Pull;
use serde_json::json;

use super::builder::find_emulated;
use super::errand::Errands;
use super::files::{broken, file_error, on_disk};
use super::process::Invocation;

pub(crate) use leftover::Leftover;

/// How long loading an image may take.
const LOAD: Duration = Duration::from_secs(600);

/// A program that runs images.
#[derive(Clone, Debug)]
pub(crate) struct Containers {
    program: &'static str,
    /// What it can run.
    platforms: Vec<Platform>,
}

impl Containers {
    /// The first that answers. Else why none does.
    pub(crate) async fn find(errands: &Errands, host: Platform) -> Result<Containers, String> {
        let mut tried = Vec::new();
        for program in ["docker", "podman"] {
            let asked =
                errands.call(program, &[]).args(["version", "--format", "{{.Server.Version}}"]).run().await;
            match asked {
                Ok(answer) if answer.code == Some(0) => {
                    let emulated = find_emulated().into_iter().filter_map(|name| name.parse().ok());
                    return Ok(Containers {
                        program,
                        platforms: [host].into_iter().chain(emulated).collect(),
                    });
                }
                Ok(answer) => {
                    let why = answer.stderr.trim().lines().last().unwrap_or("it does not answer").to_owned();
                    tried.push(format!("{program}: {why}"));
                }
                Err(error) => tried.push(error.to_string()),
            }
        }
        Err(tried.join("; "))
    }

    /// Whether images for a platform run here.
    pub(crate) fn runs(&self, platform: &Platform) -> bool {
        let wanted = platform.normalised();
        self.platforms.iter().any(|own| own.normalised() == wanted)
    }

    /// Loads the image of one platform under a name.
    pub(crate) async fn load(
        &self,
        errands: &Errands,
        pull: &dyn Pull,
        manifest: &Descriptor,
        name: &str,
    ) -> Result<(), LoadError> {
        let folder = tempfile::tempdir().map_err(|error| file_error(&std::env::temp_dir(), &error))?;
        let archive = folder.path().join("image.tar");
        write_archive(pull, manifest, name, &archive).await?;
        let call = errands.call(self.program, &[]).args(["load", "--input"]).arg(&archive).patience(LOAD);
        let loaded = call.run().await.map_err(|error| LoadError::Refused(error.to_string()))?;
        match loaded.code {
            Some(0) => Ok(()),
            _ => Err(LoadError::Refused(format!("{} load: {}", self.program, loaded.stderr.trim()))),
        }
    }

    /// A command in an image that was loaded, in a container of this name: without a network, and gone when it has ended.
    pub(crate) fn run(
        &self,
        errands: &Errands,
        (container, image): (&str, &str),
        platform: &Platform,
        command: &[String],
    ) -> Invocation {
        let (program, arguments) =
            command.split_first().map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
        errands
            .call(self.program, &[])
            .args([
                "run",
                "--rm",
                "--name",
                container,
                "--network",
                "none",
                "--platform",
                &platform.to_string(),
            ])
            .args(["--entrypoint", program, image])
            .args(arguments)
    }
}

/// Why an image could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The program did not take it.
    #[error("{0}")]
    Refused(String),
    /// It could not be read or written here.
    #[error(transparent)]
    World(#[from] WorldError),
}

/// Writes one image as both an OCI archive and what `docker save` writes: whichever program loads it knows one of them.
async fn write_archive(
    pull: &dyn Pull,
    root: &Descriptor,
    name: &str,
    path: &Path,
) -> Result<(), WorldError> {
    let manifest: Manifest = pull.manifest(&root.digest).await?.ok_or_else(|| missing(&root.digest))?;
    read_config(pull, &manifest).await.map_err(|fault| WorldError::File {
        path: name.to_owned(),
        why: fault.to_string(),
        kind: FileProblem::Broken,
    })?;
    let place = |descriptor: &Descriptor| format!("blobs/sha256/{}", descriptor.digest.hex());
    let blobs: Vec<Descriptor> = manifest.blobs().cloned().collect();
    let (config, layers) =
        blobs.split_first().map_or((None, &[][..]), |(config, layers)| (Some(config), layers));
    let saved = json!([{
        "Config": config.map(place),
        "RepoTags": [name],
        "Layers": layers.iter().map(place).collect::<Vec<_>>(),
    }]);
    let mut listed = serde_json::to_value(manifest.descriptor()).unwrap_or_default();
    listed["annotations"] =
        json!({ "io.containerd.image.name": name, "org.opencontainers.image.ref.name": name });
    let index = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [listed],
    });
    let mut texts = vec![
        ("oci-layout".to_owned(), Bytes::from_static(b"{\"imageLayoutVersion\":\"1.0.0\"}")),
        ("manifest.json".to_owned(), saved.to_string().into()),
        ("index.json".to_owned(), index.to_string().into()),
        (place(manifest.descriptor()), manifest.bytes().clone()),
    ];
    let mut files: Vec<(String, u64, PathBuf)> = Vec::new();
    let spool = path.parent().unwrap_or(path).to_owned();
    for blob in &blobs {
        let content = pull.blob(blob).await?.ok_or_else(|| missing(&blob.digest))?;
        if blob.size <= MANIFEST_LIMIT {
            texts.push((place(blob), read_whole(&*content, MANIFEST_LIMIT).await?));
            continue;
        }
        let file = spool.join(blob.digest.hex());
        let mut out = tokio::fs::File::create(&file).await.map_err(|error| file_error(&file, &error))?;
        let mut bytes = content.open(0).await?;
        while let Some(piece) = bytes.next().await {
            let written = tokio::io::AsyncWriteExt::write_all(&mut out, &piece?).await;
            written.map_err(|error| file_error(&file, &error))?;
        }
        tokio::io::AsyncWriteExt::flush(&mut out).await.map_err(|error| file_error(&file, &error))?;
        files.push((place(blob), blob.size, file));
    }
    let to = path.to_owned();
    on_disk(move || pack(&to, texts, files)).await
}

fn pack(
    to: &Path,
    texts: Vec<(String, Bytes)>,
    files: Vec<(String, u64, PathBuf)>,
) -> Result<(), WorldError> {
    let wrong = |error: &dyn std::fmt::Display| broken(to, error.to_string());
    let mut packing = Packing::new(0, Parents::Made);
    for (name, bytes) in texts {
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let entry = Entry::file(&format!("/{name}"), 0o644, size, std::io::Cursor::new(bytes));
        // Two layers may be the same blob.
        let _ = packing.add(entry.map_err(|error| wrong(&error))?);
    }
    for (name, size, path) in files {
        let file = std::fs::File::open(&path).map_err(|error| file_error(&path, &error))?;
        let entry = Entry::file(&format!("/{name}"), 0o644, size, file).map_err(|error| wrong(&error))?;
        let _ = packing.add(entry);
    }
    let mut out = std::fs::File::create(to).map_err(|error| file_error(to, &error))?;
    packing.write(&mut out).map_err(|error| wrong(&error))
}
