//! What a ledger's files should be beside those that follow from records: what was said of releases, and what signs them.

use plimsoll_oci::name::Digest;

use super::verify::{Check, Outcome, Place};
use crate::domain::marks::{Mark, Marks};
use crate::domain::project::Project;
use crate::ledger::release::Release;
use crate::run::mirrors::Mirrors;
use crate::run::signing::find_signed;
use crate::run::stop::Stop;
use crate::run::survey::{Survey, survey_registries};
use crate::ship::ShipError;
use crate::statement::mark::{MARK_ENDING, find_marked_version, mark_file_name};
use crate::statement::record::file_name;
use crate::world::ledger::{Coverage, LedgerFile};
use crate::world::{Eyes, WorldError};

/// Everything that the registries say of versions, as the files that the ledger should have of it: under the names that they have
/// there, if it has them.
///
/// # Errors
/// What was said can't be read.
pub async fn expected_marks(eyes: Eyes<'_>, project: &Project) -> Result<Vec<LedgerFile>, Stop> {
    let survey = survey_registries(eyes, project, &mut Mirrors::new(project)).await?;
    Ok(as_files(eyes, &survey).await?)
}

async fn as_files(eyes: Eyes<'_>, survey: &Survey) -> Result<Vec<LedgerFile>, WorldError> {
    let filed = eyes.ledger().read_all(MARK_ENDING).await?;
    let mut expected = Vec::new();
    for (digest, bytes) in &survey.statements {
        let there = filed.iter().find(|file| file.bytes == *bytes).map(|file| file.name.clone());
        let new = || Some(mark_file_name(&find_subject(&survey.marks, digest)?, digest));
        let name = there.or_else(new);
        expected.extend(name.map(|name| LedgerFile { name, bytes: bytes.clone() }));
    }
    Ok(expected)
}

/// The version among whose files a statement lies; none if the ledger does not keep it.
pub(super) fn find_subject(marks: &Marks, statement: &Digest) -> Option<String> {
    let (_, mark) = marks.all().find(|(digest, _)| *digest == statement)?;
    match mark {
        // A burnt version has no record there.
        Mark::Yank { record: None, .. } => None,
        Mark::Hold { to, .. } => Some(to.clone()),
        Mark::Yank { .. } | Mark::Promotion { .. } | Mark::Lift { .. } => {
            marks.versions_of(statement).first().map(|version| (*version).to_owned())
        }
    }
}

/// What the ledger's files have of what was said.
#[derive(Debug, Default)]
pub(super) struct Filed {
    /// A check of each mark that should be there, with the version among whose files it lies.
    pub checks: Vec<(String, Check)>,
    /// Marks that a checkout lacks. It may be older than they are, so that is no fault.
    pub unfiled: Vec<String>,
}

/// Compares the ledger's files with what was said. A checkout that has no record of a version is not asked for what was said of it.
pub(super) async fn check_marks(eyes: Eyes<'_>, survey: &Survey) -> Result<Filed, WorldError> {
    let (mut filed, coverage) = (Filed::default(), eyes.ledger().coverage());
    for file in as_files(eyes, survey).await? {
        let Some(version) = find_marked_version(&file.name) else { continue };
        let want = Digest::of(&file.bytes);
        let outcome = match (eyes.ledger().read(&file.name).await?, coverage) {
            (Some(there), _) if there == file.bytes => Outcome::Ok,
            (Some(there), _) => Outcome::Lies(format!("its digest is {}, not {want}", Digest::of(&there))),
            (None, Coverage::All) => Outcome::Drift { want: want.to_string(), found: None },
            (None, Coverage::Checkout) => {
                if eyes.ledger().read(&file_name(version)).await?.is_some() {
                    filed.unfiled.push(file.name);
                }
                continue;
            }
        };
        let check = Check::required(Place::Ledger, format!("file {}", file.name), outcome);
        filed.checks.push((version.to_owned(), check));
    }
    Ok(filed)
}

/// The files of the ledger that sign a release: from its own bundle if that counts, else from what is attached in a registry. None
/// where releases are not signed.
///
/// # Errors
/// Nothing that counts is there, or it is not said whose signatures count.
pub async fn expected_signatures(eyes: Eyes<'_>, release: &Release) -> Result<Vec<LedgerFile>, ShipError> {
    find_signed(eyes, &release.claim_name(), &release.tag, &release.seal).await
}
