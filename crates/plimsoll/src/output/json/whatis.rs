//! What something is of.

use plimsoll_engine::ledger::entry::Entry;
use plimsoll_engine::ledger::standing::{Standing, Standings};
use plimsoll_engine::ledger::whatis::{Match, Thing};
use plimsoll_engine::run::hearing::Hearing;
use serde::Serialize;

use super::release::StateInfo;
use super::source::SourceInfo;
use super::word::words;

/// `plimsoll.whatis/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WhatIsInfo {
    /// The schema's name.
    pub schema: &'static str,
    /// What was asked about.
    pub asked: String,
    /// Of a tag that was looked at in a registry: the digest that it points at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// What it is, newest release first.
    pub matches: Vec<MatchInfo>,
    /// Where the answer comes from.
    pub source: SourceInfo,
}

/// One thing that it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MatchInfo {
    /// The product.
    pub component: String,
    /// The version, without `v`.
    pub version: String,
    /// The git tag.
    pub tag: String,
    /// The commit.
    pub commit: String,
    /// What kind of thing it is.
    pub thing: ThingInfo,
    /// The image's or chart's name in the project, or the file's.
    pub name: String,
    /// Of a tag: whether it is a chart's.
    #[serde(skip)]
    pub of_chart: bool,
    /// Of a platform: which.
    pub platform: Option<String>,
    /// How far the release came.
    pub state: StateInfo,
    /// How the release stands among the others.
    pub standing: StandingInfo,
    /// What replaces it.
    pub replaced_by: Option<String>,
}

words! {
    /// A kind of thing that a release has.
    ThingInfo {
        /// An image's index.
        Image = "image",
        /// One platform of an image.
        Platform = "platform",
        /// A tag that stays.
        VersionTag = "version-tag",
        /// A tag that moves.
        MovingTag = "moving-tag",
        /// A chart.
        Chart = "chart",
        /// A file beside the record.
        File = "file",
    }
}

words! {
    /// How a release stands among the others.
    StandingInfo {
        /// It is the newest that counts and is no prerelease.
        Latest = "latest",
        /// It is the newest prerelease, and nothing replaces it yet.
        Prerelease = "prerelease",
        /// A newer one replaces it.
        Superseded = "superseded",
        /// A rollback passes it over.
        HeldBack = "held-back",
        /// It must not be used.
        Yanked = "yanked",
        /// It is not published.
        Unpublished = "unpublished",
        /// It is published, and whether it counts is not known.
        Unknown = "unknown",
    }
}

/// How much is known of what counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// All of it.
    Whole,
    /// A higher version may be released.
    HigherHidden,
    /// More may have been said of any version.
    MarksUnheard,
}

impl WhatIsInfo {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.whatis/v1";

    /// What was found among all `entries`, of which this was `said` later.
    pub fn of(
        asked: &str,
        matches: &[Match<'_>],
        entries: &[Entry],
        (said, certainty): (&Hearing, Certainty),
        source: SourceInfo,
    ) -> WhatIsInfo {
        let standings = Standings::of(entries, &said.marks);
        let standing = |entry: &Entry| standing_heard(entry, &standings, said, certainty);
        let matches = matches.iter().map(|found| match_info(found, standing(found.entry))).collect();
        WhatIsInfo { schema: WhatIsInfo::SCHEMA, asked: asked.to_owned(), at: None, matches, source }
    }
}

fn match_info(found: &Match<'_>, (standing, replaced_by): (StandingInfo, Option<String>)) -> MatchInfo {
    let (thing, name, platform) = match &found.thing {
        Thing::Image { name } => (ThingInfo::Image, name, None),
        Thing::Platform { name, platform } => (ThingInfo::Platform, name, Some(platform.clone())),
        Thing::VersionTag { name } => (ThingInfo::VersionTag, name, None),
        Thing::MovingTag { name } => (ThingInfo::MovingTag, name, None),
        Thing::Chart { name } => (ThingInfo::Chart, name, None),
        Thing::File { name } => (ThingInfo::File, name, None),
    };
    MatchInfo {
        component: found.entry.component.to_string(),
        version: found.entry.written.clone(),
        tag: found.entry.tag.to_string(),
        commit: found.entry.commit.to_string(),
        thing,
        name: name.clone(),
        of_chart: found.entry.images.iter().all(|image| image.to_string() != *name),
        platform,
        state: found.entry.state.into(),
        standing,
        replaced_by,
    }
}

/// A standing, and what replaces the release.
pub fn standing(standing: &Standing) -> (StandingInfo, Option<String>) {
    match standing {
        Standing::Unpublished => (StandingInfo::Unpublished, None),
        Standing::Latest => (StandingInfo::Latest, None),
        Standing::Prerelease => (StandingInfo::Prerelease, None),
        Standing::Superseded { by } => (StandingInfo::Superseded, Some(by.clone())),
        Standing::HeldBack { by } => (StandingInfo::HeldBack, by.clone()),
        Standing::Yanked { by } => (StandingInfo::Yanked, by.clone()),
    }
}

/// How a release stands, where the place that it or what replaces it was announced in may be silent.
pub fn standing_heard(
    entry: &Entry,
    standings: &Standings<'_>,
    said: &Hearing,
    certainty: Certainty,
) -> (StandingInfo, Option<String>) {
    let stands = standings.of_entry(entry);
    // What was said of it is true whatever else was.
    let (itself, by) = match &stands {
        Standing::HeldBack { by } | Standing::Yanked { by } => (false, by.as_ref()),
        Standing::Superseded { by } => (true, Some(by)),
        Standing::Latest | Standing::Prerelease | Standing::Unpublished => (true, None),
    };
    let doubted = (itself && said.is_in_doubt(&entry.written)) || by.is_some_and(|by| said.is_in_doubt(by));
    standing_within(&stands, if doubted { Certainty::MarksUnheard } else { certainty })
}

/// The same, where more may be so than is known. That something was said of a release stays true.
fn standing_within(stands: &Standing, certainty: Certainty) -> (StandingInfo, Option<String>) {
    match (certainty, stands) {
        (Certainty::Whole, _)
        | (Certainty::HigherHidden, Standing::Superseded { .. })
        | (_, Standing::Unpublished) => standing(stands),
        (Certainty::MarksUnheard, Standing::Superseded { .. })
        | (_, Standing::Latest | Standing::Prerelease) => (StandingInfo::Unknown, None),
        // What would replace it may have been yanked itself.
        (_, Standing::HeldBack { .. } | Standing::Yanked { .. }) => (standing(stands).0, None),
    }
}
