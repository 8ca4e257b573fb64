//! What must be true of an ending (claim protocol, I5), and of the world when all is quiet (I4, I6).

use std::collections::BTreeMap;

use plimsoll_engine::domain::claim::{Claim, ClaimName, Seal, State};
use plimsoll_engine::domain::git::Oid;
use plimsoll_engine::domain::project::ClaimPolicy;
use plimsoll_engine::statement::record::role_file_name;
use plimsoll_helm::archive::read_chart;
use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};
use plimsoll_tags::version::{Scheme, Version};
use plimsoll_testkit::world::{Author, Change, Deed, RunId};

use crate::ending::{Ended, Stopped};
use crate::project::claim_name;
use crate::stage::Stage;

/// Checks that what a run said when it ended is true. Called right after its last step; a killed run said nothing.
///
/// # Panics
/// When it is not.
pub(crate) fn check_ending(stage: &Stage, run: RunId) {
    let Some(ended) = stage.ended(run) else { return };
    if let Err(lie) = judge(stage, run, &ended) {
        panic!("{} said {ended:?}, but {lie}\n{}", stage.sailing(run).run, stage.scheduler.story());
    }
}

fn takes_claim_away(deed: &Deed) -> bool {
    matches!(deed.change, Change::Claim { to: None, .. })
}

fn judge(stage: &Stage, run: RunId, ended: &Ended) -> Result<(), String> {
    let sailing = stage.sailing(run);
    let name = claim_name(&sailing.git_tag);
    let claim = stage.sea.claim(&name);
    let state = claim.as_ref().map(|claim| claim.state);
    let history = stage.sea.history();
    let moved = git_tag_changes(&history, &sailing.git_tag) > 1;
    let pushed = history.iter().any(is_foreign_push);
    let removed = history.iter().any(|deed| matches!(deed.change, Change::Removed(_)));
    let must = |true_: bool, lie: &str| if true_ { Ok(()) } else { Err(lie.to_owned()) };
    match ended {
        Ended::Released(_, record) if stage.settings.claim == ClaimPolicy::None => {
            check_unclaimed_success(stage, run, record)
        }
        Ended::Released(_, record) => {
            let claim = claim.ok_or("there is no claim")?;
            check_claimed_success(&name, &claim, record, &history)
        }
        // A run that had read the git tag before may have begun anew.
        Ended::Withdrawn => {
            must(claim.is_none() || history.iter().any(takes_claim_away), "the claim is there")
        }
        Ended::NoTag => must(stage.sea.git_tag(&sailing.git_tag).is_none(), "the tag is there"),
        Ended::Stopped(stopped) => match stopped {
            Stopped::Taken => must(pushed || stage.settings.claim == ClaimPolicy::None, "nobody pushed"),
            Stopped::Deposed => {
                let holds = claim.is_some_and(|claim| claim.holder.run == sailing.run);
                must(!holds, "it holds the claim")
            }
            Stopped::Burnt => must(state == Some(State::Burnt), "the claim is not burnt"),
            Stopped::Drift => must(
                state == Some(State::Published) && (pushed || removed),
                "nothing differs by others' doing",
            ),
            Stopped::Lost => must(state == Some(State::Published) && removed, "nothing was removed"),
            Stopped::TagMoved => {
                let ours = has_committed(&history, &sailing.run);
                must(moved && !ours, "the tag was not moved, or not before it committed")
            }
            Stopped::MirrorDrift => must(state == Some(State::Published) && pushed, "nobody pushed"),
            Stopped::GitTagDrift => must(moved, "the tag was not moved"),
            Stopped::TagMovedSince => must(moved && state >= Some(State::Committed), "it is not so"),
            Stopped::Gone => must(removed, "nothing was removed"),
            Stopped::PublicUnclaimed => must(pushed, "nobody pushed"),
            Stopped::ClaimLost => must(claim.is_none(), "there is a claim"),
            Stopped::NotWithdrawable(_) => must(state >= Some(State::Committed), "it can be withdrawn"),
            Stopped::Unsettled => Err("moving tags always come to rest".into()),
            Stopped::Mark
            | Stopped::Held
            | Stopped::Mirrors
            | Stopped::Contested
            | Stopped::Collision
            | Stopped::Failed(_) => Ok(()),
        },
    }
}

/// I5: exit 0 only when published, each tag was ours, and the git tag had not moved before the commit.
fn check_claimed_success(
    name: &ClaimName,
    claim: &Claim,
    record: &Digest,
    history: &[Deed],
) -> Result<(), String> {
    let seal = claim.seal.as_ref().ok_or("the claim has no seal")?;
    if claim.state != State::Published || seal.record != *record {
        return Err(format!("the claim is {} with another set", claim.state));
    }
    let ours = |place: &ImageRepository, tag: &ImageTag, digest: &Digest| {
        history.iter().any(|deed| {
            deed.author != Author::Stranger
                && matches!(&deed.change, Change::Tag { repository, tag: of, to: Some(to), .. }
                    if repository == place && of == tag && to == digest)
        })
    };
    for target in &seal.targets {
        let digest = seal.artifacts.get(&target.artifact).ok_or("an artifact is not in the seal")?;
        for tag in &target.version_tags {
            if !ours(&target.repository, tag, digest) {
                return Err(format!("{}:{tag} was never ours", target.repository));
            }
        }
    }
    let mut object: Option<Oid> = None;
    for deed in history {
        match &deed.change {
            Change::GitTag { name, to, .. } if *name == claim.tag.name => object.clone_from(to),
            Change::Claim { name: of, to: Some(to), .. } if of == name && to.state == State::Committed => {
                let stood = object.as_ref() == Some(&claim.tag.object) || !claim.tag.on_remote;
                return if stood {
                    Ok(())
                } else {
                    Err("the git tag had moved before the commit point".into())
                };
            }
            _ => {}
        }
    }
    Err("it was never committed".into())
}

/// I7: no two runs succeed with different sets, and no version tag means another run's set.
fn check_unclaimed_success(stage: &Stage, run: RunId, record: &Digest) -> Result<(), String> {
    for other in stage.releases() {
        if let Some(Ended::Released(_, theirs)) = stage.ended(other) {
            let same_version = stage.sailing(other).git_tag == stage.sailing(run).git_tag;
            if same_version && theirs != *record {
                return Err("another run succeeded with another set".into());
            }
        }
    }
    let seal = stage.sea.sets().into_iter().find(|seal| seal.record == *record).ok_or("nobody sealed it")?;
    for target in &seal.targets {
        for tag in &target.version_tags {
            let Some(found) = stage.sea.tag(&target.repository, tag) else {
                return Err(format!("{tag} is gone"));
            };
            let other = stage.sea.find_set(&found).is_some_and(|set| set.record != *record);
            if other && Some(&found) != seal.artifacts.get(&target.artifact) {
                return Err(format!("{}:{tag} means another run's set", target.repository));
            }
        }
    }
    Ok(())
}

/// I4: a fresh run on a fresh machine, alone and undisturbed, ends with 0, or truthfully with 5 or 7.
///
/// # Panics
/// When it does not.
pub(crate) fn check_a_fresh_run(stage: &mut Stage, run: &str, git_tag: &str) -> Ended {
    let fresh = stage.release(run, &format!("machine of {run}"), git_tag);
    let ended = stage.end(fresh);
    let story = || stage.scheduler.story();
    assert!(matches!(ended.exit(), 0 | 5 | 7), "a fresh run alone ended with {ended:?}\n{}", story());
    if ended.is_done() {
        assert_eq!(check_tags(stage, git_tag), Ok(()), "a fresh run alone was content\n{}", story());
    }
    ended
}

/// Every version tag of the set is right, and every moving tag is at its head.
pub(crate) fn check_tags(stage: &Stage, git_tag: &str) -> Result<(), String> {
    let seal = match stage.settings.claim {
        ClaimPolicy::Held { .. } => stage.claim(git_tag).seal.ok_or("the claim has no seal")?,
        ClaimPolicy::None => return Ok(()),
    };
    for target in &seal.targets {
        for tag in &target.version_tags {
            if stage.sea.tag(&target.repository, tag).as_ref() != seal.artifacts.get(&target.artifact) {
                return Err(format!("{}:{tag} is not the set's", target.repository));
            }
        }
        if let Some(lack) = stage.sea.find_lack(&seal, Some(&target.repository)) {
            return Err(lack);
        }
    }
    check_files(stage, git_tag, &seal)?;
    check_charts(stage, &seal)?;
    check_moving_tags(stage, &[])
}

/// The files that the seal names lie in the ledger, byte for byte, and what they name is the set's.
fn check_files(stage: &Stage, git_tag: &str, seal: &Seal) -> Result<(), String> {
    let wanted = stage.project.file_roles();
    if !seal.files.keys().eq(wanted.iter()) {
        return Err(format!("the seal has {:?}", seal.files.keys()));
    }
    let version = claim_name(git_tag).version;
    for (role, sealed) in &seal.files {
        let name = role_file_name(&version, *role);
        let bytes = stage.sea.files().remove(&name).ok_or_else(|| format!("{name} is not there"))?;
        if !sealed.digest.matches(&bytes) {
            return Err(format!("{name} is not what was sealed"));
        }
        let text = String::from_utf8_lossy(&bytes);
        if let Some(other) = seal.image_digests().values().find(|digest| !text.contains(&digest.to_string()))
        {
            return Err(format!("{name} does not name {other}"));
        }
    }
    Ok(())
}

/// The charts of the seal name every image of it.
fn check_charts(stage: &Stage, seal: &Seal) -> Result<(), String> {
    for (name, sealed) in &seal.charts {
        let target = seal.targets.iter().find(|target| target.artifact == *name).ok_or("it goes nowhere")?;
        let held = stage.sea.repository(&target.repository);
        let package =
            held.blob(&sealed.package.digest).ok_or_else(|| format!("the package of {name} is gone"))?;
        let chart = read_chart(package).map_err(|error| error.to_string())?;
        let values = chart.find_text("values.yaml").unwrap_or_default();
        if let Some(other) =
            seal.image_digests().values().find(|digest| !values.contains(&digest.to_string()))
        {
            return Err(format!("chart {name} does not name {other}"));
        }
        let page = sealed.listed_version().ok_or("the chart is listed nowhere")?;
        if stage.sea.listed_charts().get(&page) != Some(&sealed.package.digest) {
            return Err(format!("{page} is not the set's"));
        }
    }
    Ok(())
}

/// I6: every moving tag is at the highest published version that asks for it and that is not passed over.
pub(crate) fn check_moving_tags(stage: &Stage, passed_over: &[&str]) -> Result<(), String> {
    let mut heads: BTreeMap<(ImageRepository, ImageTag), (Version, Digest)> = BTreeMap::new();
    let mut asked: Vec<(ImageRepository, ImageTag)> = Vec::new();
    for (name, claim) in stage.sea.claims() {
        let Some(seal) = claim.seal.filter(|_| claim.state == State::Published) else { continue };
        let version = Version::parse(Scheme::Semver, &name.version).map_err(|error| error.to_string())?;
        for (place, digest) in moving(&seal) {
            asked.push(place.clone());
            if passed_over.contains(&name.version.as_str()) {
                continue;
            }
            let head = heads.entry(place).or_insert_with(|| (version.clone(), digest.clone()));
            if version > head.0 {
                *head = (version.clone(), digest);
            }
        }
    }
    for place in asked {
        let Some((version, digest)) = heads.get(&place) else { continue };
        let found = stage.sea.tag(&place.0, &place.1);
        if found.as_ref() != Some(digest) {
            return Err(format!("{}:{} is at {found:?}, not at {version}", place.0, place.1));
        }
    }
    Ok(())
}

fn moving(seal: &Seal) -> impl Iterator<Item = ((ImageRepository, ImageTag), Digest)> {
    seal.targets.iter().flat_map(|target| {
        let digest = seal.artifacts.get(&target.artifact).cloned();
        let tags = target.moving.iter();
        tags.filter_map(move |tag| Some(((target.repository.clone(), tag.clone()), digest.clone()?)))
    })
}

/// How often we pointed each visible tag at each digest.
pub(crate) fn count_writes(history: &[Deed]) -> BTreeMap<(ImageRepository, ImageTag, Digest), usize> {
    let mut counts = BTreeMap::new();
    for deed in history.iter().filter(|deed| deed.author != Author::Stranger) {
        if let Change::Tag { repository, tag, to: Some(to), .. } = &deed.change
            && !tag.as_str().starts_with("plimsoll-")
        {
            *counts.entry((repository.clone(), tag.clone(), to.clone())).or_insert(0) += 1;
        }
    }
    counts
}

/// True if a run has brought a claim past the commit point.
fn has_committed(history: &[Deed], run: &str) -> bool {
    history.iter().any(|deed| {
        matches!(&deed.change, Change::Claim { to: Some(to), .. }
            if to.state == State::Committed && to.holder.run == run)
    })
}

fn git_tag_changes(history: &[Deed], git_tag: &str) -> usize {
    let changes = |deed: &&Deed| matches!(&deed.change, Change::GitTag { name, .. } if name.0 == git_tag);
    history.iter().filter(changes).count()
}

fn is_foreign_push(deed: &Deed) -> bool {
    deed.author == Author::Stranger && matches!(deed.change, Change::Tag { to: Some(_), .. })
}
