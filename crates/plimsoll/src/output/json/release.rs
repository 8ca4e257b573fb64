//! One release as the ledger knows it.

use plimsoll_engine::check::Findings;
use plimsoll_engine::domain::marks::{ComponentMarks, Mark, Marks};
use plimsoll_engine::ledger::release::{KnownFrom, Release, ReleaseState};
use plimsoll_oci::name::Digest;
use serde::Serialize;

use super::charts::{ReleasedChart, charts_of};
use super::images::{ReleasedImage, add_promoted, images_of};
use super::problem::Problem;
use super::source::SourceInfo;
use super::word::words;

/// `plimsoll.release/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReleaseInfo {
    /// The schema's name.
    pub schema: &'static str,
    /// The product.
    pub component: String,
    /// The version, without `v`.
    pub version: String,
    /// The git tag.
    pub tag: String,
    /// How far it came.
    pub state: StateInfo,
    /// When it was sealed, RFC 3339.
    pub released: String,
    /// The commit.
    pub commit: String,
    /// What the git tag pointed at: a tag object, or the commit itself.
    pub tag_object: String,
    /// The digest of its record.
    pub record: String,
    /// What says so: `claim-and-file`, `claim` or `file`.
    pub known_from: &'static str,
    /// Whether it was made before its record was.
    pub adopted: bool,
    /// What was said of it later and holds.
    pub said: Vec<SaidInfo>,
    /// Its images.
    pub images: Vec<ReleasedImage>,
    /// Its charts.
    pub charts: Vec<ReleasedChart>,
    /// Where the answer comes from.
    pub source: SourceInfo,
    /// What keeps this from being all that there is to know.
    pub problems: Vec<Problem>,
}

words! {
    /// How far a release came.
    StateInfo {
        /// Its content is sealed.
        Committed = "committed",
        /// Everything of it is visible.
        Published = "published",
        /// It will never be.
        Burnt = "burnt",
        /// Its record says that it was published, and nothing else was asked.
        Recorded = "recorded",
    }
}

/// What was said of a release later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum SaidInfo {
    /// It is not to be used.
    Yank {
        /// Why.
        reason: String,
    },
    /// A rollback passed it over.
    Hold {
        /// The version that was gone back to.
        to: String,
    },
    /// It was proven, and counts for the tags of its channels.
    Promotion {
        /// The git tag that says so.
        tag: String,
    },
}

impl ReleaseInfo {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.release/v1";

    /// What there is to say of a release.
    pub fn of(
        release: &Release,
        marks: &ComponentMarks,
        source: SourceInfo,
        problems: &Findings,
    ) -> ReleaseInfo {
        let mut images = images_of(&release.seal);
        add_promoted(&mut images, release, marks);
        ReleaseInfo {
            schema: ReleaseInfo::SCHEMA,
            component: release.record.component.to_string(),
            version: release.version.to_string(),
            tag: release.tag.name.to_string(),
            state: release.state.into(),
            released: release.seal.time.to_string(),
            commit: release.tag.commit.to_string(),
            tag_object: release.tag.object.to_string(),
            record: release.seal.record.to_string(),
            known_from: match release.from {
                KnownFrom::ClaimAndFile => "claim-and-file",
                KnownFrom::Claim => "claim",
                KnownFrom::File => "file",
            },
            adopted: release.record.adopted,
            said: SaidInfo::of(release, marks),
            images,
            charts: charts_of(&release.seal),
            source,
            problems: problems.all().iter().map(Problem::from).collect(),
        }
    }
}

impl SaidInfo {
    /// What was said of a release and is in force.
    pub fn of(release: &Release, marks: &ComponentMarks) -> Vec<SaidInfo> {
        let marks = marks.of(&release.record.component);
        SaidInfo::told(marks, &release.record.version, &release.seal.record)
    }

    /// What marks in force say of a version with this record.
    pub fn told(marks: &Marks, version: &str, released: &Digest) -> Vec<SaidInfo> {
        let said = |mark: &Mark| match mark {
            Mark::Yank { reason, .. } => Some(SaidInfo::Yank { reason: reason.clone() }),
            Mark::Hold { to, .. } => Some(SaidInfo::Hold { to: to.clone() }),
            // One of another record promotes nothing.
            Mark::Promotion { record, tag, .. } => {
                (record == released).then(|| SaidInfo::Promotion { tag: tag.to_string() })
            }
            Mark::Lift { .. } => None,
        };
        let promotions = marks.promotions(version).map(|promotion| promotion.mark);
        marks.about(version).chain(promotions).filter_map(said).collect()
    }
}

impl From<ReleaseState> for StateInfo {
    fn from(state: ReleaseState) -> StateInfo {
        match state {
            ReleaseState::Committed => StateInfo::Committed,
            ReleaseState::Published => StateInfo::Published,
            ReleaseState::Burnt => StateInfo::Burnt,
            ReleaseState::Recorded => StateInfo::Recorded,
        }
    }
}
