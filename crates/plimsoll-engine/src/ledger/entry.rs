//! What a list says of a release.

use plimsoll_tags::version::Version;

use super::release::{LedgerError, Release, ReleaseState, Scope};
use crate::domain::artifact::ArtifactName;
use crate::domain::git::{GitTag, Oid};
use crate::domain::time::Moment;
use crate::statement::record::Headline;
use crate::world::ledger::LedgerFile;

/// What a list says of a release.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The version.
    pub version: Version,
    /// The version as its record has it.
    pub written: String,
    /// The component.
    pub component: ArtifactName,
    /// The git tag.
    pub tag: GitTag,
    /// The commit.
    pub commit: Oid,
    /// When it was sealed.
    pub time: Moment,
    /// The names of its images.
    pub images: Vec<ArtifactName>,
    /// Its charts: what `Chart.yaml` calls each, and its version.
    pub charts: Vec<(String, String)>,
    /// How far it is.
    pub state: ReleaseState,
}

impl Entry {
    /// What a list says of this release.
    pub fn of(release: &Release) -> Entry {
        Entry {
            version: release.version.clone(),
            written: release.record.version.clone(),
            component: release.record.component.clone(),
            tag: release.tag.name.clone(),
            commit: release.tag.commit.clone(),
            time: release.seal.time,
            images: release.seal.images.keys().cloned().collect(),
            charts: release
                .seal
                .charts
                .values()
                .map(|chart| (chart.chart.clone(), chart.version.clone()))
                .collect(),
            state: release.state,
        }
    }

    /// What a list says of the release that a record file tells of, `version` being the one in its name; none if it is
    /// another component's.
    pub(super) fn of_file(
        version: &str,
        file: &LedgerFile,
        scope: Scope<'_>,
    ) -> Result<Option<Entry>, LedgerError> {
        let headline = Headline::parse(&file.name, &file.bytes)?;
        let component = headline.component.clone().unwrap_or_else(|| scope.whose());
        if scope.component.is_some_and(|asked| component != *asked) {
            return Ok(None);
        }
        let misplaced = || LedgerError::Misplaced { file: file.name.clone(), version: version.to_owned() };
        if headline.version != version {
            return Err(misplaced());
        }
        Ok(Some(Entry {
            version: scope.parse_version(version).ok_or_else(misplaced)?,
            written: version.to_owned(),
            component,
            tag: headline.tag(),
            commit: headline.git_commit.clone(),
            time: Moment::parse(&headline.release_date).ok_or_else(misplaced)?,
            state: scope.state(),
            charts: headline.charts(),
            images: headline.into_images(),
        }))
    }
}
