//! Something that was said of released versions, and the tags that followed.

use std::collections::BTreeMap;

use plimsoll_engine::act::speak::{Foresight, Spoke};
use plimsoll_engine::domain::artifact::ArtifactName;
use plimsoll_engine::domain::line::{MovingTag, Orphan};
use plimsoll_engine::domain::marks::Mark;
use plimsoll_engine::plan::saying::{Settlement, Words};
use plimsoll_oci::name::Digest;
use plimsoll_tags::version::Version;
use serde::Serialize;

use super::on_forge::{DeploymentInfo, PageInfo};
use super::word::words;

/// `plimsoll.statement/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StatementInfo {
    /// The schema's name.
    pub schema: &'static str,
    /// The product.
    pub component: String,
    /// What was wanted.
    pub act: Speech,
    /// The version that it is about; of a rollback the one that was gone back to. Null where none was named.
    pub version: Option<String>,
    /// What became of it.
    pub status: StatementStatus,
    /// Whether anything was written: statements or tags. Null where that was only looked at.
    pub changed: Option<bool>,
    /// What is said now (`docs/formats/mark.md`); null if nothing new.
    pub statement: Option<Mark>,
    /// Of a yank that was said before: why, as it was said then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The digests of the statements that say it.
    pub statements: Vec<String>,
    /// Moving tags that moved, or would.
    pub moves: Vec<MoveInfo>,
    /// Moving tags that no version is left for: they stay where they are.
    pub orphans: Vec<OrphanInfo>,
    /// Moving tags that are at a newer version of another tool: they stay there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<KeptTag>,
    /// Listed charts that were marked as deprecated, or would be; of `unyank` those whose mark was taken away, or would be.
    pub charts: Vec<String>,
    /// Of a rollback: the compose file of the release that was gone back to, if it has one.
    pub compose: Option<PinnedFile>,
    /// Of a promotion: its page on the forge; null if it gets none.
    pub page: Option<PageInfo>,
    /// What stands in the environments that followed.
    pub deployments: Vec<DeploymentInfo>,
    /// Of a promotion: what it stands on.
    pub proof: Option<Proof>,
    /// Optional mirrors that were left behind, or would be.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub behind: Vec<String>,
    /// Of a rollback: the version that was gone back to.
    #[serde(skip)]
    pub back_to: Option<String>,
}

words! {
    /// What became of something that was to be said.
    StatementStatus {
        /// It was said.
        Said = "said",
        /// Somebody said it before.
        SaidBefore = "said-before",
        /// It would be said.
        WouldSay = "would-say",
        /// It was true already.
        NothingToSay = "nothing-to-say",
    }
}

/// What is wanted of released versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Speech {
    /// A version must not be used.
    Yank,
    /// It may be used again.
    Unyank,
    /// Tags go back.
    Rollback,
    /// Tags go forward again.
    Unhold,
    /// A version is good.
    Promote,
}

/// What a promotion stands on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// The git tag that promotes.
    pub tag: String,
    /// Its commit, which is the version's own.
    pub commit: String,
    /// How many checks of the release were made, none of which failed.
    pub checks: usize,
    /// The gates.
    pub gates: Vec<String>,
    /// What became of them.
    pub state: GatesInfo,
}

/// What became of gates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum GatesInfo {
    /// There are none.
    None,
    /// They would be run.
    ToRun,
    /// They succeeded.
    Passed,
    /// They succeeded when the version was promoted first.
    PassedBefore,
}

/// A moving tag that moved, or would.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MoveInfo {
    /// The tag.
    #[serde(flatten)]
    pub tag: TagInfo,
    /// The digest that it was at; null if it was not there.
    pub from: Option<String>,
    /// The version that it is at now.
    pub to: String,
}

/// A moving tag that no version is left for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OrphanInfo {
    /// The tag.
    #[serde(flatten)]
    pub tag: TagInfo,
    /// The yanked version that it stays at; null if it is at none.
    pub yanked: Option<String>,
    /// The versions that ask for it and that only a rollback passes over, lowest first.
    pub held: Vec<String>,
}

/// A moving tag that is at a newer version of another tool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeptTag {
    /// The tag.
    #[serde(flatten)]
    pub tag: TagInfo,
    /// The version.
    pub at: String,
}

/// A tag in a repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TagInfo {
    /// Where.
    pub repository: String,
    /// Which.
    pub tag: String,
}

/// A compose file whose images are digests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PinnedFile {
    /// Where it lies.
    pub path: String,
    /// Its SHA-256, as recorded.
    pub hash: String,
    /// Its text.
    pub text: String,
}

impl Speech {
    /// The command.
    pub fn verb(self) -> &'static str {
        match self {
            Speech::Yank => "yank",
            Speech::Unyank => "unyank",
            Speech::Rollback => "rollback",
            Speech::Unhold => "unhold",
            Speech::Promote => "promote",
        }
    }
}

impl StatementInfo {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.statement/v1";

    /// What saying it would do.
    pub fn foreseen(act: Speech, component: &ArtifactName, foreseen: &Foresight) -> StatementInfo {
        let orphans = foreseen.orphans.iter();
        let info = StatementInfo::of(act, component, &foreseen.settlement, &foreseen.moves, orphans);
        let charts = foreseen.marked.iter().map(ToString::to_string).collect();
        let status = match &foreseen.settlement.words {
            Words::New(_) => StatementStatus::WouldSay,
            Words::Said(_) => StatementStatus::SaidBefore,
            Words::Nothing => StatementStatus::NothingToSay,
        };
        StatementInfo { status, charts, kept: KeptTag::all(&foreseen.kept), ..info }
    }

    /// What saying it did.
    pub fn said(act: Speech, component: &ArtifactName, spoke: &Spoke) -> StatementInfo {
        let orphans = spoke.orphans.iter();
        let info = StatementInfo::of(act, component, &spoke.settlement, &spoke.moves, orphans);
        let status = match &spoke.settlement.words {
            Words::New(_) => StatementStatus::Said,
            Words::Said(_) => StatementStatus::SaidBefore,
            Words::Nothing => StatementStatus::NothingToSay,
        };
        let statements = spoke.statements.iter().map(ToString::to_string).collect();
        let charts = spoke.marked.iter().map(ToString::to_string).collect();
        let kept = KeptTag::all(&spoke.kept);
        let behind = spoke.behind().map(ToString::to_string).collect();
        StatementInfo { status, changed: Some(spoke.changed), statements, charts, kept, behind, ..info }
    }

    fn of<'a>(
        act: Speech,
        component: &ArtifactName,
        settlement: &Settlement,
        moves: &BTreeMap<MovingTag, (Option<Digest>, String)>,
        orphans: impl Iterator<Item = &'a Orphan>,
    ) -> StatementInfo {
        let moved = |(tag, (from, to)): (&MovingTag, &(Option<Digest>, String))| MoveInfo {
            tag: TagInfo::of(tag),
            from: from.as_ref().map(ToString::to_string),
            to: to.clone(),
        };
        StatementInfo {
            schema: StatementInfo::SCHEMA,
            component: component.to_string(),
            act,
            version: None,
            status: StatementStatus::NothingToSay,
            changed: None,
            statement: match &settlement.words {
                Words::New(mark) => Some(mark.clone()),
                Words::Said(_) | Words::Nothing => None,
            },
            statements: match &settlement.words {
                Words::Said(digests) => digests.iter().map(ToString::to_string).collect(),
                Words::New(_) | Words::Nothing => Vec::new(),
            },
            reason: None,
            moves: moves.iter().map(moved).collect(),
            orphans: orphans.map(OrphanInfo::of).collect(),
            kept: Vec::new(),
            charts: Vec::new(),
            compose: None,
            page: None,
            deployments: Vec::new(),
            proof: None,
            behind: Vec::new(),
            back_to: settlement.back_to.clone(),
        }
    }
}

impl KeptTag {
    /// All, in order.
    pub fn all(kept: &BTreeMap<MovingTag, Version>) -> Vec<KeptTag> {
        let of = |(tag, version): (&MovingTag, &Version)| KeptTag {
            tag: TagInfo::of(tag),
            at: version.to_string(),
        };
        kept.iter().map(of).collect()
    }
}

impl OrphanInfo {
    fn of(orphan: &Orphan) -> OrphanInfo {
        let held = orphan.held.iter().map(ToString::to_string).collect();
        OrphanInfo { tag: TagInfo::of(&orphan.tag), yanked: orphan.yanked.clone(), held }
    }
}

impl TagInfo {
    fn of((repository, tag): &MovingTag) -> TagInfo {
        TagInfo { repository: repository.to_string(), tag: tag.to_string() }
    }
}
