//! `yank`, `unyank`, `rollback`, `unhold`: something is said of released versions, and moving tags follow.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_oci::name::Digest;

use crate::domain::line::{MovingTag, PublishedVersion};
use crate::domain::project::Project;
use crate::ledger::marks::Statement;
use crate::plan::saying::{Saying, Settlement};
use crate::run::chart_marks::mark_charts;
use crate::run::ending::Stop;
use crate::run::latest_page::settle_latest;
use crate::run::mirrors::Mirrors;
use crate::run::say::{say, word};
use crate::run::settle::{look, look_ahead, settle};
use crate::run::survey::{Survey, survey};
use crate::ship::Counted;
use crate::world::World;

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
    pub orphans: Vec<MovingTag>,
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
    pub orphans: Vec<MovingTag>,
}

/// Looks at what saying something would do, and says nothing.
///
/// # Errors
/// It can't be said, or what was said before can't be read.
pub async fn foresee(world: &World, project: &Project, saying: &Saying) -> Result<Foresight, Stop> {
    let mut mirrors = Mirrors::new(project);
    let (_, settlement, new) = prepare(world, project, saying, &mut mirrors).await?;
    let eyes = world.eyes();
    let first = look(eyes, project, &BTreeSet::new(), &mut mirrors).await?;
    let known = first.into_keys().collect();
    let courses = look_ahead(eyes, project, &known, &mut mirrors, new.as_ref()).await?;
    let mut foresight =
        Foresight { settlement, moves: BTreeMap::new(), heads: BTreeMap::new(), orphans: Vec::new() };
    for (tag, course) in courses {
        if let Some((version, _)) = &course.head {
            foresight.heads.insert(tag.clone(), version.clone());
        }
        match course.head {
            None if course.now.is_some() => foresight.orphans.push(tag),
            Some((version, head)) if course.now.as_ref() != Some(&head) => {
                foresight.moves.insert(tag, (course.now, version));
            }
            None | Some(_) => {}
        }
    }
    Ok(foresight)
}

/// Says something, and moves the tags that follow from it. Whoever is killed meanwhile says it again and changes nothing
/// twice.
///
/// # Errors
/// It can't be said; or a repository that must hear it can't be written, and then nothing moves.
pub async fn speak(world: &World, project: &Project, saying: &Saying) -> Result<Spoke, Stop> {
    let mut mirrors = Mirrors::new(project);
    let (survey, settlement, new) = prepare(world, project, saying, &mut mirrors).await?;
    let spoken = say(world, project, &survey, &settlement, new.as_ref(), &mut mirrors).await?;
    let (mut moves, mut orphans, mut changed) = (BTreeMap::new(), Vec::new(), spoken.wrote);
    if let Some(key) = Counted::by_survey(&survey.versions) {
        let settling = settle(world, project, &key, &mut mirrors).await?;
        changed |= settling.wrote;
        changed |= settle_latest(world, project, &key, &mut mirrors).await?;
        changed |= mark_charts(world, project, &key, saying, &settlement).await?;
        (moves, orphans) = (settling.moved, settling.orphans);
    }
    if let Some(error) = spoken.unfiled {
        return Err(error.into());
    }
    let troubles: Vec<_> = mirrors.into_troubles().collect();
    if !troubles.is_empty() {
        return Err(Stop::Mirrors { troubles });
    }
    Ok(Spoke { settlement, statements: spoken.statements, changed, moves, orphans })
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
