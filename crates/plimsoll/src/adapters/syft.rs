//! syft as it is installed: lists what is in the image for one platform. It gets that image alone, in a layout of its own, and the
//! project's settings of the commit; nothing of the user's own.
//!
//! Version 1 writes the list to standard output and everything else to standard error (`--quiet` would silence what went wrong, too);
//! takes the image of a layout with one whatever its platform; looks for no settings beside those that are named; and asks the network
//! for a newer version of itself unless it is told not to. Sources: `cmd/syft/internal/commands/scan.go` and `update.go` of anchore/syft,
//! `pkg/image/oci/directory_provider.go` of anchore/stereoscope, `load.go` of anchore/fangs, `application.go` of anchore/clio.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use plimsoll_engine::domain::event::Event;
use plimsoll_engine::domain::sbom::{SCANNER, SbomFormat};
use plimsoll_engine::world::scanner::{ScanError, ScanOrder, Scanner};
use plimsoll_engine::world::tree::{Tree, read_bytes};
use plimsoll_engine::world::workshop::missing;
use plimsoll_engine::world::{Work, WorldError};
use plimsoll_oci::layout::Layout;

use super::errand::{Answered, ErrandError, Errands};
use super::files::file_error;
use super::process::ProcessError;
use super::tools::find_version;
use super::workshop::FolderWorkshop;

/// The project's settings, by a path from the repository's root.
const SETTINGS: &str = ".syft.yaml";
/// The most bytes of settings that are read.
const SETTINGS_LIMIT: u64 = 1024 * 1024;
/// What stands for settings where a project has none: no others are looked for then.
const NO_SETTINGS: &[u8] = b"{}\n";
/// The first version with the command that is used.
const OLDEST: u64 = 1;

/// The program `syft`.
pub(crate) struct Syft {
    errands: Errands,
    workshop: Arc<FolderWorkshop>,
    tree: Arc<dyn Tree>,
    /// Where the layouts are written that it reads: best where the workshop is, so that nothing is copied.
    folder: PathBuf,
    /// How long it may take for one image, in seconds.
    limit: u64,
}

impl Syft {
    /// syft as these errands find it; images are in `workshop`, the project's settings in `tree`.
    pub(crate) fn new(
        errands: &Errands,
        workshop: &Arc<FolderWorkshop>,
        tree: &Arc<dyn Tree>,
        folder: PathBuf,
        limit: u64,
    ) -> Syft {
        Syft {
            errands: errands.clone(),
            workshop: Arc::clone(workshop),
            tree: Arc::clone(tree),
            folder,
            limit,
        }
    }

    async fn scan_order(&self, order: ScanOrder<'_>) -> Result<Bytes, ScanError> {
        let folder = self.make_folder()?;
        let layout = self.write_layout(&folder.path().join("image"), order).await?;
        let settings = self.write_settings(folder.path()).await?;
        let scratch = folder.path().join("scratch");
        std::fs::create_dir(&scratch).map_err(|error| file_error(&scratch, &error))?;
        let limit = usize::try_from(order.limit).unwrap_or(usize::MAX);
        let call = self
            .errands
            .call(SCANNER, &[])
            .arg("scan")
            .arg(format!("oci-dir:{}", layout.path().display()))
            .args(["--output", word(order.format), "--source-name", order.name])
            .args(["--source-version", order.version, "--config"])
            .arg(settings)
            .set("SYFT_CHECK_FOR_APP_UPDATE", "false")
            .set("NO_COLOR", "1")
            // It unpacks layers there, and may be ended before it has put that away.
            .set("TMPDIR", scratch)
            .in_folder(folder.path())
            .patience(Duration::from_secs(self.limit))
            .limit(limit);
        let begun = std::time::Instant::now();
        let log = format!("{SCANNER}-{}-{}", order.image, order.platform.to_string().replace('/', "-"));
        let listed = match self.errands.answer(&log, call).await {
            Ok(Answered::Well(listed)) => Bytes::from(listed),
            Ok(Answered::Failed(code, log)) => return Err(ScanError::Failed { code, log }),
            Err(ErrandError::World(error)) => return Err(error.into()),
            Err(ErrandError::Process(ProcessError::Silent { .. })) => {
                return Err(ScanError::TooSlow { limit: self.limit });
            }
            Err(ErrandError::Process(ProcessError::Flood { .. })) => {
                return Err(ScanError::TooMuch { limit: order.limit });
            }
            Err(ErrandError::Process(error)) => return Err(unusable(error.to_string())),
        };
        let (image, platform, seconds) = (order.image, order.platform, begun.elapsed().as_secs());
        let note = format!("image {image}: {SCANNER} listed what is in it for {platform} in {seconds} s");
        self.errands.watcher.see(Event::Note(note));
        Ok(listed)
    }

    fn make_folder(&self) -> Result<tempfile::TempDir, WorldError> {
        let failed = |error: std::io::Error| file_error(&self.folder, &error);
        std::fs::create_dir_all(&self.folder).map_err(failed)?;
        tempfile::Builder::new().prefix("scan-").tempdir_in(&self.folder).map_err(failed)
    }

    async fn write_layout(&self, folder: &Path, order: ScanOrder<'_>) -> Result<Layout, WorldError> {
        let digest = &order.manifest.digest;
        let workshop = self.workshop.layout()?.ok_or_else(|| missing(digest))?;
        let layout = Layout::create(folder)?;
        let tag = "image".parse().expect("this is a tag");
        layout.take_over(workshop, digest, &tag).await?;
        Ok(layout)
    }

    /// The project's settings, or none: what it is named it takes, and looks no further.
    async fn write_settings(&self, folder: &Path) -> Result<PathBuf, WorldError> {
        let settings = match self.tree.open(SETTINGS).await? {
            Some(file) => read_bytes(file, SETTINGS_LIMIT).await?,
            None => NO_SETTINGS.to_vec(),
        };
        let path = folder.join("syft.yaml");
        std::fs::write(&path, settings).map_err(|error| file_error(&path, &error))?;
        Ok(path)
    }
}

/// Whether it can be used: its version must be one that knows how it is asked. A build without a version is taken as it is.
///
/// # Errors
/// [`ScanError::Unusable`].
pub(crate) async fn check(errands: &Errands) -> Result<(), ScanError> {
    let asked = errands.call(SCANNER, &[]).arg("--version").run().await;
    let answer = asked.map_err(|error| unusable(error.to_string()))?;
    if answer.code != Some(0) {
        let why = answer.stderr.trim().lines().last().unwrap_or("it does not work").to_owned();
        return Err(unusable(why));
    }
    let found = find_version(&String::from_utf8_lossy(&answer.stdout));
    let major = found.as_deref().and_then(|found| found.split('.').next()?.parse::<u64>().ok());
    match (found, major) {
        (Some(found), Some(major)) if major < OLDEST => {
            Err(unusable(format!("version {OLDEST} or newer is needed, and this is {found}")))
        }
        _ => Ok(()),
    }
}

/// What a format is called there.
fn word(format: SbomFormat) -> &'static str {
    match format {
        SbomFormat::Spdx => "spdx-json",
        SbomFormat::CycloneDx => "cyclonedx-json",
    }
}

fn unusable(why: String) -> ScanError {
    ScanError::Unusable { why }
}

impl Scanner for Syft {
    fn ready(&self) -> Work<'_, (), ScanError> {
        Box::pin(check(&self.errands))
    }

    fn scan<'a>(&'a self, order: ScanOrder<'a>) -> Work<'a, Bytes, ScanError> {
        Box::pin(self.scan_order(order))
    }
}
