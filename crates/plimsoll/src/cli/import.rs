//! `import`: an exported release into another registry.

mod heard;
mod moves;
mod vouching;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args};
use plimsoll_engine::document::compose::{self, ComposeFile};
use plimsoll_engine::document::values;
use plimsoll_engine::domain::claim::FileRole;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Place as PlaceInFile};
use plimsoll_engine::world::ledger::LedgerFile;
use plimsoll_engine::world::signatures::SignaturesView;
use plimsoll_helm::archive::read_chart;
use plimsoll_oci::name::ImageRepository;
use plimsoll_sigstore::trust::TrustedRoot;

use super::arguments::Place;
use super::compose::{make_folder, write_whole};
use super::copy::{Lines, Surroundings};
use super::ending::{Ended, Failure, Left, Outcome, usage};
use super::required_signer::Signer;
use super::session::Session;
use crate::explain::{Asked, Explain as _, Keeping};
use crate::output::Answer;
use crate::output::json::copied::Amount;
use crate::output::json::exported::CarriedContent;
use crate::output::json::imported::{ImportedInfo, MovedContent, SignaturesThere};
use crate::output::json::release::SaidInfo;
use crate::release_archive::{Destination, Parcel, ParcelError, UnloadError, unload};
use crate::wire;
use heard::Heard;
use moves::{Below, Move, MoveError, Otherwise, moves};
use vouching::{Asking, find_trusting};

/// The folder of the files that somebody trusts by.
const TRUST_FOLDER: &str = "trust";

/// Puts an exported release into another registry, byte for byte
///
/// What was said of the release before it was exported (that it was yanked, or rolled back from) goes along, and is said there before any
/// version tag is written. What was said of it there before counts as well, and is told.
///
/// The archive must hold together: every file and digest as its record says. Then content is sent, what refers to it, the
/// record, and last the version tags, once everything was looked at in the new place. A version tag that is something else
/// there is refused before anything is sent. No other network is needed, but for an identity that is named without `--trusted-root`, of whom
/// Sigstore's public-good instance is asked. Running it again verifies what is there.
///
/// Every signature is verified in the archive, before anything is sent, and again where it lies then. Who must have signed is said by
/// the options, else by [[trust]] of a plimsoll.toml here; an archive whose record is not signed is refused then. Where neither says it,
/// the keys in the archive count, if it is signed. A trusted root in the archive vouches for nobody whom you name.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll import app-1.4.0.tar --to registry.internal/mirror
  plimsoll import app-1.4.0.tar --to registry.internal --files deploy
  plimsoll import app-1.4.0.tar --to registry.internal --key release.pub
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
    /// Write the release's files into this folder, what to trust by, and a compose file and values for its charts that name
    /// the new place
    #[arg(long, value_name = "DIR", env = "PLIMSOLL_FILES")]
    pub files: Option<PathBuf>,
    /// Who must have signed.
    #[command(flatten)]
    pub signer: Signer,
    /// Ask nobody who signed: only whether the archive holds together
    #[arg(long, env = "PLIMSOLL_INTEGRITY_ONLY", value_parser = FalseyValueParser::new(), action = ArgAction::SetTrue)]
    pub integrity_only: bool,
    /// Where.
    #[command(flatten)]
    pub place: Place,
}

impl Import {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        let asking = Asking::read(&self.signer, self.integrity_only, session)?;
        let stated_root = match &asking {
            Asking::For(stated) => self.signer.find_root(session, stated)?,
            Asking::Nobody => None,
        };
        let left = Cell::new(Left::Nothing);
        let imported = session.look(self.import(session, &asking, stated_root, &left));
        imported.map_err(|failure| failure.leaving(left.get()))
    }

    async fn import(
        &self,
        session: &Session<'_>,
        asking: &Asking,
        stated_root: Option<TrustedRoot>,
        left: &Cell<Left>,
    ) -> Outcome {
        let keeping = self.place.keeping();
        let asked = Asked { verb: "import", tag: None, keeping };
        let shown = self.file.display().to_string();
        let path = session.path(&self.file);
        if !path.exists() {
            let message = format!("there is no `{shown}`");
            return Err(Diagnostic::error(Code::FileMissing, Cure::FixThenRunAgain, message)
                .help("name the archive that `plimsoll export` wrote")
                .into());
        }
        let opened = Parcel::open(&path).await;
        let parcel = opened.map_err(|error| {
            let said = error.explain(&asked);
            let place = said.place.clone().unwrap_or_else(|| PlaceInFile::of_file(&shown));
            let said = said.at(place);
            match error {
                ParcelError::Archive(_) => said.help("name the archive that `plimsoll export` wrote"),
                _ => said,
            }
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
        let trusting = find_trusting(asking, stated_root.as_ref(), &surroundings, &parcel)?;
        let signatures = trusting.as_ref().map(|trusting| &*trusting.signatures as &dyn SignaturesView);
        // Whoever ends it now leaves what was written.
        left.set(Left::Some);
        let unloaded = unload(&parcel, &destinations, signatures, &*wire::clock(), Lines::of(session)).await;
        let unloaded = unloaded.map_err(|error| {
            left.set(what_is_left(&error));
            error.explain(&asked)
        })?;
        let written = match &self.files {
            Some(folder) => write_files(session, folder, &parcel, &moved, &asked).await?,
            None => Written::default(),
        };
        let contents = parcel.contents.iter().map(|content| MovedContent {
            content: CarriedContent::of(content),
            now: moved.get(&content.repository).unwrap_or(&content.repository).to_string(),
        });
        let heard = Heard::listen(&parcel, &destinations).await;
        let imported = Answer::Imported(ImportedInfo {
            schema: ImportedInfo::SCHEMA,
            component: parcel.record.component.to_string(),
            version: parcel.record.version.clone(),
            file: shown,
            contents: contents.collect(),
            record: parcel.record_manifest.digest.to_string(),
            sent: Amount::of(&unloaded.sent),
            present: Amount::of(&unloaded.present),
            checked: unloaded.checked.into(),
            signatures: unloaded.vouched.zip(trusting).map(|(vouched, trusting)| SignaturesThere {
                said_by: trusting.said_by.word(),
                signers: vouched.signers.into_iter().collect(),
                statements: vouched.statements,
            }),
            signed: parcel.seal.signing.is_some(),
            files: written.files,
            elsewhere: written.elsewhere,
            unnamed: written.unnamed,
            marks: parcel.said.files.len(),
            said: SaidInfo::told(&heard.marks, &parcel.record.version, &parcel.seal.record),
        });
        Ok(Ended::with(imported, heard.warn(&parcel, &asked)))
    }
}

/// What an archive that could not be unloaded has left there.
fn what_is_left(error: &UnloadError) -> Left {
    match error {
        UnloadError::Taken { .. } | UnloadError::Unvouched(_) => Left::Nothing,
        UnloadError::TakenMeanwhile { .. }
        | UnloadError::Unlisted { .. }
        | UnloadError::NotThere { .. }
        | UnloadError::UnvouchedThere(_)
        | UnloadError::Store(_) => Left::Some,
    }
}

fn explain_move(error: MoveError) -> Failure {
    let said = usage(error.to_string());
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
    unnamed: Vec<String>,
}

async fn write_files(
    session: &Session<'_>,
    folder: &Path,
    parcel: &Parcel,
    moved: &BTreeMap<ImageRepository, ImageRepository>,
    asked: &Asked,
) -> Result<Written, Failure> {
    let charts = chart_values(parcel, moved, asked).await?;
    let mut written = Written::default();
    let mut write = |folder: &Path, file: &LedgerFile| {
        written.files.push(write_file(session, folder, file)?);
        Ok::<_, Failure>(())
    };
    for file in &parcel.files {
        write(folder, file)?;
    }
    for file in &parcel.said.files {
        write(folder, file)?;
    }
    for file in &parcel.trust {
        write(&folder.join(TRUST_FOLDER), file)?;
    }
    for values in charts.iter().filter_map(|(_, values)| values.as_ref()) {
        write(folder, values)?;
    }
    let unnamed = charts.iter().filter(|(_, values)| values.is_none()).map(|(chart, _)| chart.clone());
    written.unnamed = unnamed.collect();
    let Some(compose) = parcel.file(FileRole::DockerCompose) else { return Ok(written) };
    let text = String::from_utf8_lossy(&compose.bytes);
    let read = ComposeFile::parse(&text)
        .map_err(|error| plimsoll_engine::check::compose::compose_error(&compose.name, &text, &error))?;
    let name = format!("v{}-docker-compose.imported.yml", parcel.record.version);
    let title = format!("docker compose -f {} -f {name} up -d", compose.name);
    let made = compose::overlay(&read, moved, &title);
    let file = LedgerFile { name, bytes: made.text.into_bytes() };
    written.files.push(write_file(session, folder, &file)?);
    written.elsewhere = made.elsewhere;
    Ok(written)
}

/// Writes a file and gives its path as the user would.
fn write_file(session: &Session<'_>, folder: &Path, file: &LedgerFile) -> Result<String, Failure> {
    let shown = folder.join(&file.name);
    make_folder(&session.path(folder), &folder.display().to_string())?;
    write_whole(&session.path(&shown), &shown.display().to_string(), &file.bytes)?;
    Ok(shown.display().to_string())
}

/// For every chart of the release its name and the values that name the new place; none where its own name no image that was
/// moved.
async fn chart_values(
    parcel: &Parcel,
    moved: &BTreeMap<ImageRepository, ImageRepository>,
    asked: &Asked,
) -> Result<Vec<(String, Option<LedgerFile>)>, Failure> {
    let mut all = Vec::new();
    for recorded in parcel.record.whole.iter().flat_map(|whole| whole.charts.values()) {
        let package = parcel.read_package(&recorded.digest).await.map_err(|error| error.explain(asked))?;
        let unreadable = |why: String| {
            let message = format!("the chart {} can't be read", recorded.name);
            Diagnostic::error(Code::LayoutInvalid, Cure::FixThenRunAgain, message).because(why)
        };
        let chart = read_chart(&package).map_err(|error| unreadable(error.to_string()))?;
        let file = format!("v{}-{}-values.imported.yaml", parcel.record.version, recorded.name);
        // The record's word, which no path may come of.
        if !wire::is_file_name(&file) {
            return Err(unreadable("its name can't be part of a file's".to_owned()).into());
        }
        let place = moved.get(&recorded.repository).unwrap_or(&recorded.repository);
        let (name, version) = (&recorded.name, &recorded.version);
        let named = match &recorded.tag {
            Some(_) => format!("oci://{place} --version {version}"),
            // No chart repository came along: it is there by its digest.
            None => format!("oci://{place}@{}", recorded.digest),
        };
        let title = format!("helm upgrade --install {name} {named} --values {file}");
        let text = values::overlay(&chart, moved, &title).map_err(|error| unreadable(error.to_string()))?;
        all.push((
            recorded.name.clone(),
            text.map(|text| LedgerFile { name: file, bytes: text.into_bytes() }),
        ));
    }
    Ok(all)
}
