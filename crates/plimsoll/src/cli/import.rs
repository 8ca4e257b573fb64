//! `import`: an exported release into another registry.

mod moves;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use plimsoll_engine::document::compose::{ComposeFile, overlay};
use plimsoll_engine::domain::claim::FileRole;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Place as PlaceInFile};
use plimsoll_engine::world::ledger::LedgerFile;
use plimsoll_oci::name::ImageRepository;

use super::arguments::Place;
use super::compose::{make_folder, write_whole};
use super::copy::{Lines, Surroundings};
use super::ending::{Ended, Failure, Outcome};
use super::session::Session;
use crate::explain::{Asked, Explain as _, Keeping};
use crate::output::Answer;
use crate::output::json::copied::Amount;
use crate::output::json::exported::CarriedContent;
use crate::output::json::imported::{ImportedInfo, MovedContent};
use crate::release_archive::{Destination, Parcel, unload};
use moves::{Below, Move, MoveError, Otherwise, moves};

/// The folder of the files that somebody trusts by.
const TRUST_FOLDER: &str = "trust";

/// Puts an exported release into another registry, byte for byte, and looks at it there
///
/// The archive must hold together: every file and digest as its record says. Then content is sent, what refers to it, the
/// record, and last the version tags, once everything was looked at in the new place. A version tag that is something else
/// there is refused before anything is sent. No other network is needed. Running it again verifies what is there.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll import app-1.4.0.tar --to registry.internal/mirror
  plimsoll import app-1.4.0.tar --to registry.internal --files deploy
  plimsoll import app-1.4.0.tar --as ghcr.io/acme/app=registry.internal/apps/app
  plimsoll import app-1.4.0.tar --local")]
pub(super) struct Import {
    /// The file that `export` wrote
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Put every repository below this registry, or path in one; hosts are left out, paths stay
    #[arg(long, value_name = "REGISTRY", env = "PLIMSOLL_TO")]
    pub to: Option<Below>,
    /// Put one repository elsewhere: FROM=TO (may be repeated)
    #[arg(id = "as", long = "as", value_name = "FROM=TO", env = "PLIMSOLL_AS", value_delimiter = ',')]
    pub alone: Vec<Move>,
    /// Write the release's files into this folder, what to trust by, and a compose file that names the new place
    #[arg(long, value_name = "DIR", env = "PLIMSOLL_FILES")]
    pub files: Option<PathBuf>,
    /// Where.
    #[command(flatten)]
    pub place: Place,
}

impl Import {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        session.look(self.import(session))
    }

    async fn import(&self, session: &Session<'_>) -> Outcome {
        let keeping = self.place.keeping();
        let asked = Asked { verb: "import", tag: None, keeping };
        let shown = self.file.display().to_string();
        let opened = Parcel::open(&session.path(&self.file)).await;
        let parcel = opened.map_err(|error| {
            let said = error.explain(&asked);
            let place = said.place.clone().unwrap_or_else(|| PlaceInFile::of_file(&shown));
            said.at(place)
        })?;
        let names = parcel.contents.iter().map(|content| &content.repository);
        let otherwise = match keeping {
            Keeping::Local => Otherwise::Stays,
            Keeping::Remote => Otherwise::Refused,
        };
        let moved =
            moves(names, self.to.as_ref(), &self.alone, otherwise).map_err(|error| explain_move(*error))?;
        let surroundings = Surroundings::look(session, &asked).await?;
        let mut destinations = BTreeMap::new();
        for (from, to) in &moved {
            let store = surroundings.store(to, keeping)?;
            destinations.insert(from.clone(), Destination { repository: to.clone(), store });
        }
        let unloaded = unload(&parcel, &destinations, Lines::of(session)).await;
        let unloaded = unloaded.map_err(|error| error.explain(&asked))?;
        let written = match &self.files {
            Some(folder) => write_files(session, folder, &parcel, &moved)?,
            None => Written::default(),
        };
        let contents = parcel.contents.iter().map(|content| MovedContent {
            content: CarriedContent::of(content),
            now: moved.get(&content.repository).unwrap_or(&content.repository).to_string(),
        });
        Ok(Ended::well(Answer::Imported(ImportedInfo {
            schema: ImportedInfo::SCHEMA,
            component: parcel.record.component.to_string(),
            version: parcel.record.version.clone(),
            file: shown,
            contents: contents.collect(),
            record: parcel.record_manifest.digest.to_string(),
            sent: Amount::of(&unloaded.sent),
            present: Amount::of(&unloaded.present),
            checked: unloaded.checked.into(),
            files: written.files,
            elsewhere: written.elsewhere,
        })))
    }
}

fn explain_move(error: MoveError) -> Failure {
    let said = Diagnostic::error(Code::Usage, Cure::FixThenRunAgain, error.to_string());
    let said = match error {
        MoveError::Nowhere(from) => said.help(format!(
            "name a registry with `--to REGISTRY`, or a repository with `--as {from}=REPOSITORY`; or `--local`"
        )),
        MoveError::Together { second, .. } => {
            said.help(format!("give one of them another name: `--as {second}=REPOSITORY`"))
        }
        MoveError::Name { .. } | MoveError::Stranger(_) => said,
    };
    said.into()
}

/// What was written.
#[derive(Default)]
struct Written {
    files: Vec<String>,
    elsewhere: Vec<String>,
}

fn write_files(
    session: &Session<'_>,
    folder: &Path,
    parcel: &Parcel,
    moved: &BTreeMap<ImageRepository, ImageRepository>,
) -> Result<Written, Failure> {
    let mut written = Written::default();
    let mut write = |folder: &Path, file: &LedgerFile| {
        let shown = folder.join(&file.name);
        make_folder(&session.path(folder), &folder.display().to_string())?;
        write_whole(&session.path(&shown), &shown.display().to_string(), &file.bytes)?;
        written.files.push(shown.display().to_string());
        Ok::<_, Failure>(())
    };
    for file in &parcel.files {
        write(folder, file)?;
    }
    for file in &parcel.trust {
        write(&folder.join(TRUST_FOLDER), file)?;
    }
    let Some(compose) = parcel.file(FileRole::DockerCompose) else { return Ok(written) };
    let text = String::from_utf8_lossy(&compose.bytes);
    let read = ComposeFile::parse(&text)
        .map_err(|error| plimsoll_engine::check::compose::compose_error(&compose.name, &text, &error))?;
    let name = format!("v{}-docker-compose.imported.yml", parcel.record.version);
    let title = format!("docker compose -f {} -f {name} up -d", compose.name);
    let made = overlay(&read, moved, &title);
    write(folder, &LedgerFile { name, bytes: made.text.into_bytes() })?;
    written.elsewhere = made.elsewhere;
    Ok(written)
}
