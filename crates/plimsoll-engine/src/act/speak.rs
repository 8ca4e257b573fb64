//! `yank`, `unyank`, `rollback`, `unhold`: something is said of released versions, and moving tags follow.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_oci::name::{Digest, ImageRepository};
use plimsoll_tags::version::Version;

use crate::domain::chart::ListedVersion;
use crate::domain::line::{MovingTag, Orphan, PublishedVersion};
use crate::domain::project::Project;
use crate::ledger::marks::Statement;
use crate::plan::saying::{Saying, Settlement};
use crate::run::chart_marks::{foresee_marks, mark_charts};
use crate::run::latest_page::settle_latest;
use crate::run::mirrors::Mirrors;
use crate::run::say::{say, word};
use crate::run::settle::{Settling, look, look_ahead, settle};
use crate::run::stop::{MirrorTrouble, Stop};
use crate::run::survey::{Survey, survey};
use crate::ship::Counted;
use crate::world::{World, WorldError};

/// What saying something would do.
#[derive(Clone, Debug)]
pub struct Foresight {
    /// What would be said.
    pub settlement: Settlement,
    /// Where moving tags would go: from which digest, to which version.
    pub moves: BTreeMap<MovingTag, (Option<Digest>, String)>,
    /// The version that each moving tag would be at.
    pub heads: BTreeMap<MovingTag, String>,
    /// Moving tags that no counted version would be left for: they would stay where they are.
    pub orphans: Vec<Orphan>,
    /// Moving tags that are at a newer version of another tool, and would stay there.
    pub kept: BTreeMap<MovingTag, Version>,
    /// Listed charts that would be marked, or whose mark would be taken away.
    pub marked: Vec<ListedVersion>,
}

/// What saying something did.
#[derive(Clone, Debug)]
pub struct Spoke {
    /// What was said.
    pub settlement: Settlement,
    /// The statements that say it.
    pub statements: BTreeSet<Digest>,
    /// Whether anything was written: statements or tags.
    pub changed: bool,
    /// Where moving tags went: from which digest, to which version.
    pub moves: BTreeMap<MovingTag, (Option<Digest>, String)>,
    /// Moving tags that no counted version is left for: they stay where they are.
    pub orphans: Vec<Orphan>,
    /// Moving tags that are at a newer version of another tool, and stay there.
    pub kept: BTreeMap<MovingTag, Version>,
    /// Listed charts that were marked, or whose mark was taken away.
    pub marked: Vec<ListedVersion>,
    /// What could not be done, and keeps nothing else from being done.
    shortfall: Shortfall,
}

/// What could not be done of saying something, though it is said.
#[derive(Clone, Debug)]
struct Shortfall {
    /// Optional mirrors that did not hear it, or whose tags did not move.
    mirrors: Vec<(ImageRepository, MirrorTrouble)>,
    /// What kept the ledger from having the statements' files.
    unfiled: Option<WorldError>,
}

impl Spoke {
    /// Judges what was done, once everything that follows from it is done too: pages, environments.
    ///
    /// # Errors
    /// The ledger has not got the statements' files, or an optional mirror is incomplete.
    pub fn judge(&self) -> Result<(), Stop> {
        let Shortfall { mirrors, unfiled } = self.shortfall.clone();
        match unfiled {
            Some(error) => Err(error.into()),
            None => Stop::unless_in_line(&mirrors),
        }
    }

    /// Optional mirrors that were left behind.
    pub fn behind(&self) -> impl Iterator<Item = &ImageRepository> {
        self.shortfall.mirrors.iter().map(|(repository, _)| repository)
    }
}

/// Looks at what saying something would do, and says nothing.
///
/// # Errors
/// It can't be said, or what was said before can't be read.
pub async fn foresee(world: &World, project: &Project, saying: &Saying) -> Result<Foresight, Stop> {
    foresee_with(world, project, saying, Mirrors::new(project)).await
}

/// The same with what is known of mirrors.
pub(super) async fn foresee_with(
    world: &World,
    project: &Project,
    saying: &Saying,
    mut mirrors: Mirrors,
) -> Result<Foresight, Stop> {
    let (surveyed, settlement, new) = prepare(world, project, saying, &mut mirrors).await?;
    let eyes = world.eyes();
    let first = look(eyes, project, &BTreeSet::new(), &mut mirrors).await?;
    let known = first.into_keys().collect();
    let courses = look_ahead(eyes, project, &known, &mut mirrors, new.as_ref()).await?;
    let marked = foresee_marks(world, project, saying, &settlement).await?;
    let (moves, heads, orphans) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
    let mut foresight = Foresight { settlement, moves, heads, orphans, kept: BTreeMap::new(), marked };
    for (tag, course) in courses {
        if let Some(version) = course.kept {
            foresight.kept.insert(tag, version);
            continue;
        }
        if let Some((version, _)) = &course.head {
            foresight.heads.insert(tag.clone(), version.clone());
        }
        if let Some((version, _)) = course.find_move().filter(|_| !mirrors.is_left(&tag.0)) {
            foresight.moves.insert(tag, (course.now.clone(), version.clone()));
        }
        let own = |orphan: &Orphan| is_of_this(orphan, &surveyed.versions, &foresight.settlement);
        foresight.orphans.extend(course.orphan.filter(own));
    }
    Ok(foresight)
}

/// Says something, and moves the tags that follow from it. Whoever is killed meanwhile says it again and changes nothing
/// twice. What is left to be told of it is [`Spoke::judge`]d at the end of everything.
///
/// # Errors
/// It can't be said; or a repository that must hear it can't be written, and then nothing moves.
pub async fn speak(world: &World, project: &Project, saying: &Saying) -> Result<Spoke, Stop> {
    speak_with(world, project, saying, Mirrors::new(project)).await
}

/// The same with what is known of mirrors.
pub(super) async fn speak_with(
    world: &World,
    project: &Project,
    saying: &Saying,
    mut mirrors: Mirrors,
) -> Result<Spoke, Stop> {
    let (survey, settlement, new) = prepare(world, project, saying, &mut mirrors).await?;
    let spoken = say(world, project, &survey, &settlement, new.as_ref(), &mut mirrors).await?;
    let (mut settling, mut changed, mut marked) = (Settling::default(), spoken.wrote, Vec::new());
    if let Some(key) = Counted::by_survey(&survey.versions) {
        settling = settle(world, project, &key, &mut mirrors).await?;
        changed |= settling.wrote;
        changed |= settle_latest(world, project, &key, &mut mirrors).await?;
        marked = mark_charts(world, project, &key, saying, &settlement).await?;
        changed |= !marked.is_empty();
    }
    let Settling { moved: moves, mut orphans, kept, .. } = settling;
    orphans.retain(|orphan| is_of_this(orphan, &survey.versions, &settlement));
    let shortfall = Shortfall { mirrors: mirrors.into_troubles().collect(), unfiled: spoken.unfiled };
    let statements = spoken.statements;
    Ok(Spoke { settlement, statements, changed, moves, orphans, kept, marked, shortfall })
}

/// Whether a tag without a head is one that what is said is about: of others it was told when that became so, and audits tell it.
fn is_of_this(orphan: &Orphan, versions: &[PublishedVersion], settlement: &Settlement) -> bool {
    let mut about = versions.iter().filter(|one| settlement.about.contains(&one.version.to_string()));
    about.any(|one| one.moving.contains_key(&orphan.tag))
}

async fn prepare(
    world: &World,
    project: &Project,
    saying: &Saying,
    mirrors: &mut Mirrors,
) -> Result<(Survey, Settlement, Option<Statement>), Stop> {
    let survey = survey(world.eyes(), project, mirrors, None).await?;
    let settlement = saying.settle(&survey.versions, &survey.marks)?;
    // Where a version was released first is where others look for what was said of it.
    let concerned = |published: &&PublishedVersion| settlement.about.contains(&published.version.to_string());
    let places =
        survey.versions.iter().filter(concerned).filter_map(|published| published.marked_in.as_ref());
    if let Some(error) = places.filter_map(|place| mirrors.find_silence(place)).next() {
        return Err(error.clone().into());
    }
    let new = word(world, project, &settlement);
    Ok((survey, settlement, new))
}
