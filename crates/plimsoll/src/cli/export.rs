//! `export`: one release as one file.

use std::path::{Path, PathBuf};

use clap::Args;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Place as PlaceInFile};
use plimsoll_engine::ledger::release::{Comparing, Release, ReleaseState};
use plimsoll_engine::run::hearing::Hearing;
use plimsoll_engine::world::ledger::LedgerFile;
use plimsoll_oci::archive;
use plimsoll_oci::layout::Layout;

use super::arguments::Where;
use super::copy::{Lines, temporary};
use super::ending::{Ended, Failure, Outcome};
use super::passed_over::warn_of_release;
use super::session::Session;
use super::subject::{Library, Reach};
use crate::explain::{Asked, Explain as _, explain_former, explain_unheard};
use crate::output::Answer;
use crate::output::json::exported::{CarriedContent, ExportedInfo};
use crate::output::json::source::SourceKind;
use crate::release_archive::{FILE_LIMIT, Luggage, fill};
use crate::wire;

/// Writes one release into one file, for where there is no network
///
/// The file is an image layout in a tar, with every image and chart of the release, on every platform, what refers to them
/// (signatures, attestations), the record, and what was said of the release later: that it was yanked, or rolled back from. Everything has the bytes that it has in the registries, and the same release, of which
/// the same was said, makes the same file. `plimsoll import` puts it into another registry; other tools read it too.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll export v1.4.0                                app-1.4.0.tar
  plimsoll export v1.4.0 /media/usb/app.tar --trust cosign.pub
  plimsoll export v1.4.0 --registry ghcr.io/acme/app    without a project")]
pub(super) struct Export {
    /// The git tag, or the version
    #[arg(value_name = "TAG")]
    pub tag: String,
    /// The file to write; without it, PROJECT-VERSION.tar
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Put this file into the archive too, for whoever verifies there: a public key, a trusted root (may be repeated)
    #[arg(long, value_name = "FILE", env = "PLIMSOLL_TRUST", value_delimiter = ',')]
    pub trust: Vec<PathBuf>,
    /// Where.
    #[command(flatten)]
    pub at: Where,
}

impl Export {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        session.look(async {
            let library =
                Library::open(session, "export", Some(&self.tag), &self.at, Reach::Everything).await?;
            let release = library.find(&self.tag, Comparing::Strictly).await?;
            refuse_unfinished(&release, &library.asked)?;
            let trust =
                self.trust.iter().map(|path| read_trust(session, path)).collect::<Result<Vec<_>, _>>()?;
            let names = trust.iter().map(|file| file.name.clone()).collect();
            let record = &release.record;
            let file = self
                .file
                .clone()
                .unwrap_or_else(|| PathBuf::from(format!("{}-{}.tar", record.component, record.version)));
            let path = session.path(&file);
            // Beside the archive, where there has to be room anyway.
            let folder = temporary(path.parent().filter(|folder| !folder.as_os_str().is_empty()))?;
            let explain =
                |error: plimsoll_oci::store::StoreError| Failure::from(error.explain(&library.asked));
            let layout = Layout::create(folder.path()).map_err(explain)?;
            let said = library.read_said(std::slice::from_ref(&release)).await;
            refuse_unheard(&library, &said, &release)?;
            let marks = said.marks.of(&record.component);
            let carried = marks.concerning(&record.version).into_iter();
            let carried: Vec<Vec<u8>> = carried.filter_map(|mark| said.bytes.get(mark)).cloned().collect();
            let (count, luggage) = (carried.len(), Luggage { trust, marks: carried });
            let (stores, place) = (library.stores(), library.place());
            let filled = fill(&layout, stores, &release, place, luggage, Lines::of(session)).await;
            library.quiet();
            let filled = filled.map_err(|error| not_exported(&release, error.explain(&library.asked)))?;
            let size = archive::write(&layout, &path).map_err(explain)?;
            let mut warnings = library.warnings(&[]);
            warnings.extend(library.warn_of(&said));
            warnings.extend(warn_of_others(&library, &release));
            let passed_over = warn_of_release(&said.marks, &release);
            warnings.extend(passed_over.map(|warning| warning.help(advise(&library.asked))));
            Ok(Ended::with(
                Answer::Exported(ExportedInfo {
                    schema: ExportedInfo::SCHEMA,
                    component: record.component.to_string(),
                    version: record.version.clone(),
                    file: file.display().to_string(),
                    size,
                    contents: filled.contents.iter().map(CarriedContent::of).collect(),
                    record: filled.record.to_string(),
                    referrers: filled.referrers,
                    trust: names,
                    marks: count,
                }),
                warnings,
            ))
        })
    }
}

/// What is to be done about a release that does not count.
fn advise(asked: &Asked) -> String {
    let newest = Asked { tag: None, ..asked.clone() }.command("latest");
    format!(
        "the archive says so, too, and so will the place that it is imported into; see which release counts: `{newest}`"
    )
}

fn refuse_unfinished(release: &Release, asked: &Asked) -> Result<(), Failure> {
    let tag = &release.tag.name;
    match release.state {
        ReleaseState::Burnt => {
            let message = format!("{tag} was burnt: it was never released");
            Err(Diagnostic::error(Code::Burnt, Cure::NewVersion, message).into())
        }
        ReleaseState::Committed => {
            let message = format!("{tag} is past its commit point, but not finished");
            Err(Diagnostic::error(Code::Incomplete, Cure::FixThenRunAgain, message)
                .help(format!("finish it first: `{}`", asked.command("release")))
                .into())
        }
        ReleaseState::Published | ReleaseState::Recorded => Ok(()),
    }
}

/// Where an archive is read nobody can be asked: it has to say what was said of its release.
fn refuse_unheard(library: &Library, said: &Hearing, release: &Release) -> Result<(), Failure> {
    let former = said.find_doubt(&release.record.version);
    let explained = match (said.unread.first(), former) {
        (Some(unheard), _) => explain_unheard([unheard], &library.asked),
        (None, Some(former)) => explain_former([former], &library.asked),
        (None, None) => return Ok(()),
    };
    library.quiet();
    Err(not_exported(release, explained)
        .help("an archive is read where nobody can be asked, so that it is not written without what may have been said of its release")
        .help("if that place is gone for good: `--registry REPOSITORY` takes the release and what was said of it from another place alone")
        .into())
}

/// Where one place alone is asked a yank that lies elsewhere stays behind, and nobody can ask for it where the archive is read.
fn warn_of_others(library: &Library, release: &Release) -> Option<Diagnostic> {
    let source = &library.source;
    let alone = match source.kind {
        SourceKind::Project | SourceKind::Local => return None,
        SourceKind::Registry if library.place().is_some_and(|place| release.seal.requires(place)) => {
            return None;
        }
        SourceKind::Registry | SourceKind::Directory | SourceKind::Ref | SourceKind::Repository => {
            &source.place
        }
    };
    let message = format!(
        "whether {} was yanked was asked of {alone} alone: what was said of it elsewhere is not in the archive",
        release.tag.name
    );
    Some(
        Diagnostic::warning(Code::PassedOver, message)
            .help("in the project, without naming a place, everybody who may know of it is asked"),
    )
}

fn not_exported(release: &Release, why: Diagnostic) -> Diagnostic {
    Diagnostic { message: format!("{} can't be exported: {}", release.tag.name, why.message), ..why }
}

fn read_trust(session: &Session<'_>, path: &Path) -> Result<LedgerFile, Failure> {
    let shown = path.display().to_string();
    let error = |code, message| {
        Diagnostic::error(code, Cure::FixThenRunAgain, message).at(PlaceInFile::of_file(&shown))
    };
    let bytes = wire::read_bounded(&session.path(path), FILE_LIMIT)
        .map_err(|why| error(Code::FileSystem, format!("{shown} can't be read")).because(why))?
        .ok_or_else(|| error(Code::FileMissing, format!("{shown} is not there")))?;
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if !wire::is_file_name(name) {
        let message = format!("{shown} can't be taken along: call it by a plain name");
        return Err(error(Code::Usage, message).into());
    }
    Ok(LedgerFile { name: name.to_owned(), bytes })
}
