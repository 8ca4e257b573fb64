//! `audit`: every release of the ledger observed again.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt as _};
use plimsoll_tags::version::Version;

use super::filed::{Filed, check_marks};
use super::lost_claims::{find_records, list_tags};
use super::unsaid::{Unsaid, find_unsaid};
use super::verify::{
    Check, Demand, Outcome, Place, check_chart_marks, check_moving, check_promotions, describe,
    describe_stop, verify_release,
};
use crate::domain::claim::{Claim, State};
use crate::domain::event::Event;
use crate::domain::marks::Marks;
use crate::domain::project::{ClaimPolicy, Project};
use crate::domain::target::Necessity;
use crate::ledger::doubt::Doubt;
use crate::ledger::published::parse_claims;
use crate::ledger::recorded;
use crate::ledger::release::{Answer, Comparing, LedgerError, Release, Scope, find_release};
use crate::ledger::sources::Sources;
use crate::run::hearing::{Hearing, hear, hear_beside};
use crate::run::mirrors::{Mirrors, repositories};
use crate::run::survey::{survey, survey_registries};
use crate::statement::record::{RECORD_ENDING, find_version};
use crate::world::Eyes;

/// How many releases are looked at side by side.
const RELEASES_AT_ONCE: usize = 4;

/// What an audit found.
#[derive(Debug)]
pub struct Audit {
    /// Each release, highest version first.
    pub releases: Vec<Audited>,
    /// What was said of releases later, as moving tags and the forge follow it.
    pub marks: Marks,
    /// The same from everybody who has it, also where not everybody could be asked.
    pub said: Hearing,
    /// Every moving tag of the ledger.
    pub moving: Vec<Check>,
    /// Records that are not believed.
    pub doubts: Vec<Doubt>,
    /// Marks that a checkout's ledger has no file of.
    pub unfiled: Vec<String>,
    /// Marks that repositories lack.
    pub unsaid: Vec<Unsaid>,
}

/// One release, observed again.
#[derive(Debug)]
pub struct Audited {
    /// The version, as its claim or record names it.
    pub version: String,
    /// The release, if its record can be read.
    pub release: Option<Box<Release>>,
    /// Every check but those of moving tags.
    pub checks: Vec<Check>,
}

/// Observes every release of the ledger again, and every moving tag once.
///
/// # Errors
/// It can't be known which releases there are.
pub async fn audit(eyes: Eyes<'_>, project: &Project) -> Result<Audit, LedgerError> {
    let versions = find_versions(eyes, project).await?;
    let count = versions.len();
    let looks = versions.into_iter().enumerate().map(|(number, (version, told_by))| async move {
        eyes.tell(Event::Note(format!("looking at {version} ({} of {count})", number + 1)));
        audit_release(eyes, project, version, told_by).await
    });
    let looks: Vec<_> = looks.collect();
    let found: Vec<_> = stream::iter(looks).buffer_unordered(RELEASES_AT_ONCE).collect().await;
    let (mut releases, mut doubts) = (Vec::new(), Vec::new());
    for found in found {
        match found {
            Found::Release(audited) => releases.push(audited),
            Found::Doubt(doubt) => doubts.push(*doubt),
            Found::Nothing => {}
        }
    }
    let order = |audited: &Audited| Version::parse(project.tags.scheme(), &audited.version).ok();
    releases.sort_by_key(|audited| std::cmp::Reverse(order(audited)));
    let Later { marks, said, mut moving, filed, unsaid } = audit_later(eyes, project, &releases).await;
    for Audited { release, checks, .. } in &mut releases {
        if let Some(release) = release.as_ref().filter(|release| is_shown(release)) {
            checks.extend(check_promotions(eyes, project, release, &marks).await);
            checks.extend(check_chart_marks(eyes, release, &marks).await);
        }
    }
    let lacking = unsaid.iter().map(|one| (one.version.clone(), one.check()));
    for (version, check) in filed.checks.into_iter().chain(lacking) {
        let about = releases.iter().position(|audited| audited.version == version);
        // What was said of a version of before Plimsoll stands with what moves by it.
        match about.and_then(|place| releases.get_mut(place)) {
            Some(audited) => audited.checks.push(check),
            None => moving.push(check),
        }
    }
    Ok(Audit { releases, marks, said, moving, doubts, unfiled: filed.unfiled, unsaid })
}

/// True if promotions of a release may have made something on the forge.
fn is_shown(release: &Release) -> bool {
    release.state.is_published() && !release.record.was_written_later()
}

/// What became of a version.
enum Found {
    Release(Audited),
    Doubt(Box<Doubt>),
    Nothing,
}

/// What tells of a version.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ToldBy {
    /// A claim past its commit point, or a record file.
    Ledger,
    /// A version tag alone, and what may be a record beside it.
    Tag,
}

/// Every version that a claim past its commit point, a record file or an image repository tells of.
async fn find_versions(eyes: Eyes<'_>, project: &Project) -> Result<BTreeMap<String, ToldBy>, LedgerError> {
    let claims = parse_claims(&project.name, eyes.claims().list(&project.name).await?)?;
    let mut known: BTreeSet<String> = claims.iter().map(|claim| claim.version.clone()).collect();
    let past = claims.into_iter().filter(|claim| claim.state >= State::Committed);
    let mut versions: BTreeMap<String, ToldBy> =
        past.map(|claim: Claim| (claim.version, ToldBy::Ledger)).collect();
    let files = eyes.ledger().read_all(RECORD_ENDING).await?;
    let filed = files.iter().filter_map(|file| find_version(&file.name)).map(str::to_owned);
    versions.extend(filed.map(|version| (version, ToldBy::Ledger)));
    known.extend(versions.keys().cloned());
    if project.claim != ClaimPolicy::None {
        // Of a silent repository it is told where moving tags are looked at.
        let tags = list_tags(eyes, project).await;
        let lost = recorded::find_versions(project, &tags, &known);
        versions.extend(lost.into_iter().map(|version| (version, ToldBy::Tag)));
    }
    Ok(versions)
}

/// What is known of a version from claim or file; where neither is, what image repositories have recorded.
async fn find(
    eyes: Eyes<'_>,
    project: &Project,
    version: &str,
    told_by: ToldBy,
) -> Result<Answer, LedgerError> {
    if told_by == ToldBy::Ledger {
        return find_release(Sources::of(eyes), Scope::of_project(project), version, Comparing::Later).await;
    }
    let recorded = find_records(eyes, project, version).await?.into_iter().next();
    Ok(recorded.map_or(Answer::Unknown, |release| Answer::Release(Box::new(release))))
}

async fn audit_release(eyes: Eyes<'_>, project: &Project, version: String, told_by: ToldBy) -> Found {
    match find(eyes, project, &version, told_by).await {
        Ok(Answer::Release(release)) => {
            let checks = match verify_release(eyes, project, &release, Demand::Policy).await {
                Ok(verification) => verification.into_checks(),
                Err(stop) => {
                    let subject = format!("release {version}");
                    let outcome = describe_stop(&stop);
                    vec![Check::required(Place::Claims, subject, outcome)]
                }
            };
            Found::Release(Audited { version, release: Some(release), checks })
        }
        Ok(Answer::Doubt(doubt)) => Found::Doubt(doubt),
        Ok(Answer::Unknown) => Found::Nothing,
        Err(error) => {
            let outcome = match &error {
                LedgerError::World(error) => Outcome::Unreachable(error.to_string()),
                other => Outcome::Lies(other.to_string()),
            };
            let subject = format!("record of {version}");
            let check = Check::required(Place::Ledger, subject, outcome);
            Found::Release(Audited { version, release: None, checks: vec![check] })
        }
    }
}

/// What became of releases after they were published.
#[derive(Default)]
struct Later {
    marks: Marks,
    said: Hearing,
    moving: Vec<Check>,
    filed: Filed,
    unsaid: Vec<Unsaid>,
}

/// What was said of releases, whether the ledger has it, and every moving tag that one of them or a promotion asks for, looked at
/// once.
async fn audit_later(eyes: Eyes<'_>, project: &Project, releases: &[Audited]) -> Later {
    let mut mirrors = Mirrors::new(project);
    let audited = || releases.iter().filter_map(|audited| audited.release.as_deref());
    let known = match survey(eyes, project, &mut mirrors, None).await {
        Ok(known) => known,
        Err(stop) => {
            let subject = "moving-tag, all of them".to_owned();
            let unknown = Check::required(Place::Registry, subject, describe_stop(&stop));
            // It may be a file of the ledger that can't be understood; the registries say what it should be.
            let registries = survey_registries(eyes, project, &mut Mirrors::new(project)).await;
            let filed = match registries {
                Ok(heard) => check_marks(eyes, &heard).await.unwrap_or_default(),
                Err(_) => Filed::default(),
            };
            let said = hear(Sources::of(eyes), project, audited()).await;
            return Later { said, moving: vec![unknown], filed, ..Later::default() };
        }
    };
    let configured = repositories(project);
    // Tags that only another tool's versions would ask for are its own business.
    let ours = known.versions.iter().filter(|published| published.is_ours());
    let asked = ours.flat_map(|published| published.moving.keys());
    let asked = asked.map(|tag| {
        // What the configuration does not name any more keeps no audit from being well.
        let necessity = configured.get(&tag.0).copied().unwrap_or(Necessity::Optional);
        (tag.clone(), necessity)
    });
    let mut moving = check_moving(eyes, project, asked.collect()).await;
    let filed = check_marks(eyes, &known).await.unwrap_or_else(|error| {
        let (subject, outcome) = ("marks among the ledger's files".to_owned(), describe(&error));
        moving.push(Check::required(Place::Ledger, subject, outcome));
        Filed::default()
    });
    let said = hear_beside(eyes.ledger(), project, (known.marks.clone(), &mirrors), audited()).await;
    let unsaid = find_unsaid(project, &known, audited());
    Later { marks: known.marks, said, moving, filed, unsaid }
}
