//! Releases of which only record files tell.

use plimsoll_oci::name::Digest;
use plimsoll_tags::version::Version;

use super::{Comparing, KnownFrom, LedgerError, Release, Scope};
use crate::domain::project::{ClaimPolicy, Project};
use crate::statement::record::Record;
use crate::statement::release::{name_record, parse_statement, statement_name};
use crate::world::ledger::LedgerFile;

impl Release {
    /// True if only a record tells of it though the project's releases have claims.
    pub fn has_lost_claim(&self, project: &Project) -> bool {
        let claimed = project.claim != ClaimPolicy::None && !self.record.was_written_later();
        self.from == KnownFrom::File && claimed
    }
}

/// A release that only a record file tells of; none if it is another component's.
pub(in crate::ledger) fn from_file(
    version: &str,
    file: &LedgerFile,
    scope: Scope<'_>,
    comparing: Comparing,
) -> Result<Option<Release>, LedgerError> {
    let record = match comparing {
        Comparing::Strictly => Record::parse(&file.name, &file.bytes, &scope.whose())?,
        Comparing::Later => Record::parse_meaning(&file.name, &file.bytes, &scope.whose())?,
    };
    if !scope.covers(&record) {
        return Ok(None);
    }
    let misplaced = || LedgerError::Misplaced { file: file.name.clone(), version: version.to_owned() };
    if record.version != version {
        return Err(misplaced());
    }
    let parsed = scope.parse_version(&record.version).ok_or_else(misplaced)?;
    let digest = match record.format {
        0 | 1 => Digest::of(&file.bytes),
        _ => name_record(&record),
    };
    release_of(parsed, record, digest, scope).map(Some).ok_or_else(misplaced)
}

/// A release of which only files tell, as the statement has it: that names the hash of the record file, so of two that
/// disagree the record file is the one that was changed. A statement that does not hold together proves nothing.
pub(super) fn as_stated(release: Release, files: &[LedgerFile], scope: Scope<'_>) -> Release {
    let name = statement_name(&release.record.version);
    let statement = files.iter().find(|file| file.name == name);
    let Some(Ok(stated)) = statement.map(|file| parse_statement(&name, &file.bytes)) else { return release };
    let same = stated.version == release.record.version && stated.component == release.record.component;
    if !same || stated == release.record {
        return release;
    }
    let digest = name_record(&stated);
    release_of(release.version.clone(), stated, digest, scope).unwrap_or(release)
}

/// The release of a record that lies in an image repository, by the digest that a claim would name; none if its version is none.
pub(in crate::ledger) fn from_artifact(record: Record, digest: Digest, scope: Scope<'_>) -> Option<Release> {
    release_of(scope.parse_version(&record.version)?, record, digest, scope)
}

/// The release of a record; none if it holds something that no seal could have said.
fn release_of(version: Version, record: Record, digest: Digest, scope: Scope<'_>) -> Option<Release> {
    let seal = record.seal(digest)?;
    let (tag, state, from) = (record.tag(), scope.state(), KnownFrom::File);
    Some(Release { version, record, seal, tag, state, from })
}
