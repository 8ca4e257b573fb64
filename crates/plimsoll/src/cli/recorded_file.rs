//! The deployment files of one release, each compared with its recorded hash.

use clap::Args;
use plimsoll_engine::domain::claim::FileRole;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Place};
use plimsoll_engine::ledger::release::{Comparing, Release};
use plimsoll_oci::name::Digest;

use super::arguments::Where;
use super::ending::{Ended, Failure, Outcome};
use super::passed_over::warn_of_release;
use super::session::Session;
use super::subject::{Library, Reach};
use crate::output::Answer;
use crate::output::json::file::FileInfo;

/// A file of a release.
#[derive(Clone, Debug, Args)]
pub(super) struct OfRelease {
    /// The git tag, or the version
    #[arg(value_name = "TAG", required = true)]
    pub tag: Option<String>,
    /// Where.
    #[command(flatten)]
    pub at: Where,
}

impl OfRelease {
    /// Shows the file of the release that is named, and compares it with its recorded hash.
    pub(super) fn run(&self, session: &Session<'_>, verb: &'static str, role: FileRole) -> Outcome {
        let tag = self.tag.as_deref().unwrap_or_default();
        session.look(show(session, verb, role, tag, &self.at))
    }
}

async fn show(session: &Session<'_>, verb: &'static str, role: FileRole, tag: &str, at: &Where) -> Outcome {
    let library = Library::open(session, verb, Some(tag), at, Reach::Everything).await?;
    let release = library.find(tag, Comparing::Strictly).await?;
    let recorded = read_recorded(&library, verb, role, &release).await;
    let (marks, trouble) = library.read_marks(std::slice::from_ref(&release)).await;
    library.quiet();
    let mut warnings = library.warnings(&[]);
    warnings.extend(trouble.into_iter().chain(warn_of_release(&marks, &release)));
    Ok(Ended::with(Answer::File(recorded?.info), warnings))
}

/// A file of a release, as it was released.
pub(super) struct Recorded {
    /// What is known of it.
    pub(super) info: FileInfo,
    /// Its bytes.
    pub(super) bytes: Vec<u8>,
}

/// Reads a file of a release and compares it with its recorded hash.
pub(super) async fn read_recorded(
    library: &Library,
    verb: &'static str,
    role: FileRole,
    release: &Release,
) -> Result<Recorded, Failure> {
    let tag = &release.tag.name;
    let error = |code, message: String| Diagnostic::error(code, Cure::FixThenRunAgain, message);
    let Some(recorded) = release.record.file(role) else {
        return Err(error(Code::FileMissing, format!("{tag} was released without a file for `{verb}`"))
            .help("its record names none")
            .into());
    };
    let path = library.path(&recorded.file);
    let Some(bytes) = library.read_file(&recorded.file).await? else {
        return Err(error(Code::FileMissing, format!("{path} is not there"))
            .at(Place::of_file(&path))
            .help("`plimsoll ledger rebuild` writes what is missing from the registry")
            .into());
    };
    let found = Digest::of(&bytes);
    if let Some(want) = recorded.hash.as_ref().filter(|want| **want != found.hex()) {
        return Err(error(Code::ContentLies, format!("{path} is not the file that was released"))
            .at(Place::of_file(&path))
            .fact("want", want)
            .fact("found", found.hex())
            .help("do not deploy it; take back what was done to the file")
            .into());
    }
    let info = FileInfo {
        schema: FileInfo::SCHEMA,
        component: release.record.component.to_string(),
        version: release.record.version.clone(),
        file: recorded.file.clone(),
        path,
        hash: found.hex().to_owned(),
        verified: recorded.hash.is_some(),
        source: library.source.clone(),
    };
    Ok(Recorded { info, bytes })
}
