//! `audit --repair`: what was lost is written again, and nothing is made because somebody only said so.

use std::sync::Arc;

use bytes::Bytes;

use plimsoll_engine::act::audit::{Audit, audit};
use plimsoll_engine::act::repair::{Repair, repair};
use plimsoll_engine::act::verify::{Outcome, Place};
use plimsoll_engine::domain::chart::PackagePlace;
use plimsoll_engine::domain::deployment::{DeployOn, Deployment};
use plimsoll_engine::domain::git::{GitTag, Oid};
use plimsoll_engine::domain::marks::Mark;
use plimsoll_engine::domain::page::PagePolicy;
use plimsoll_engine::domain::project::Project;
use plimsoll_engine::statement::mark::wrap_bytes;
use plimsoll_engine::world::forge::PageStanding;
use plimsoll_oci::name::Digest;
use plimsoll_testkit::world::{End, Scheduler};

use crate::project::{C1, R1, R2, V1, holder, repository};
use crate::stage::{Settings, Stage};

/// A stage where V1 is out, and promotions are shown on the forge.
fn stage() -> Stage {
    let mut stage = Stage::new(Settings { pages: PagePolicy::Stable, ..Settings::default() });
    let production = Deployment { on: DeployOn::Promotion, environment: "production".into(), url: None };
    let mut project = Project::clone(&stage.project);
    project.deployments.wanted = vec![production];
    stage.project = Arc::new(project);
    assert!(stage.release_alone("A", "one", V1).is_done());
    stage
}

/// Audits, and repairs what was found. Gives what stood in the way, and what else came of it.
pub(crate) fn mend(stage: &Stage) -> (Arc<Audit>, Vec<String>) {
    let project = Arc::clone(&stage.project);
    let mut scheduler: Scheduler<(Arc<Audit>, Vec<String>)> = Scheduler::new(&stage.sea);
    let run = scheduler.start("repair", &stage.machine("two"), |aboard| async move {
        let found = audit(aboard.world.eyes(), &project).await.expect("a ledger");
        let repairs =
            repair(&aboard.world, &project, &holder(&aboard), &found).await.expect("it comes to an end");
        let told = repairs.releases.into_iter().map(|(_, repair)| match repair {
            Repair::Kept(why) | Repair::Partly(why) => why,
            other => format!("{other:?}"),
        });
        (Arc::new(found), told.collect())
    });
    match scheduler.finish(run) {
        End::Exited(ended) => ended.clone(),
        End::Killed => panic!("nobody kills it"),
    }
}

fn promotion(record: Digest, tag: &str, commit: Oid) -> Mark {
    Mark::Promotion {
        version: "1.0.0".into(),
        record,
        tag: GitTag(tag.to_owned()),
        commit,
        channels: Vec::new(),
    }
}

#[test]
fn nothing_is_deployed_or_shown_because_somebody_left_a_statement_in_a_registry() {
    let record = |stage: &Stage| stage.claim(V1).seal.expect("it is sealed").record;
    let commit = |stage: &Stage| stage.claim(V1).tag.commit;
    // Of another record, of another commit, and of a tag that is not there.
    let mut stages = [stage(), stage(), stage()];
    let said = [
        promotion(Digest::of(b"another"), "stable-1.0.0", commit(&stages[0])),
        promotion(record(&stages[1]), "stable-1.0.0", stages[1].sea.make_git_tag("v0.0.9").commit),
        promotion(record(&stages[2]), "no-tag", commit(&stages[2])),
    ];
    for (stage, mark) in stages.iter_mut().zip(said) {
        stage.mark(mark.clone());
        let (found, told) = mend(stage);
        assert!(stage.sea.deployments().is_empty(), "{mark:?}: {:?}", stage.sea.deployments());
        assert!(stage.sea.pages().is_empty(), "{mark:?}: {:?}", stage.sea.pages());
        let Mark::Promotion { tag, .. } = &mark else { unreachable!() };
        let drift = found.releases[0].checks.iter().any(|check| check.outcome != Outcome::Ok);
        match tag.0.as_str() {
            "no-tag" => assert!(told[0] == "git tag no-tag is gone", "{told:?}"),
            _ => assert!(!drift, "what was said of something else is no promotion: {found:?}"),
        }
    }
}

#[test]
fn a_mark_that_can_t_be_read_is_one_check_of_the_report() {
    let mut stage = stage();
    stage.say(wrap_bytes(b"{}".to_vec()));
    let checks = stage.verify(V1);
    let broken: Vec<_> = checks.iter().filter(|check| check.outcome != Outcome::Ok).collect();
    assert!(broken.iter().any(|check| check.subject == "promotions of 1.0.0"), "{broken:?}");
    assert!(checks.iter().any(|check| check.place == Place::Claims && check.outcome == Outcome::Ok));
}

#[test]
fn a_package_of_a_page_that_is_gone_is_not_listed_beside_the_index() {
    let settings =
        Settings { pages: PagePolicy::Version, packages: PackagePlace::Page, ..Settings::default() };
    let mut stage = Stage::new(settings);
    assert!(stage.release_alone("A", "one", V1).is_done());
    let (listed, _) = stage.sea.listed_charts().into_iter().next().expect("it is listed");
    stage.sea.unlist_by_hand(&listed);
    stage.sea.delete_pages(V1);
    let (_, told) = mend(&stage);
    assert!(told[0].contains("page is gone"), "{told:?}");
    assert!(stage.sea.listed_charts().is_empty(), "{:?}", stage.sea.listed_charts());
}

/// Whatever a stranger puts in its place: it need not be an object, nor readable at all, and to say the right thing is not to have
/// signed it.
#[test]
fn envelopes_on_a_page_that_nobody_signed_are_lies() {
    let mut stage = Stage::new(Settings { pages: PagePolicy::Version, ..Settings::default() });
    stage.sea.make_page(V1, "by hand", PageStanding::Published);
    assert!(stage.release_alone("A", "one", V1).is_done());
    let name = "b-v1.0.0.intoto.jsonl";
    let [page] = stage.sea.pages().try_into().expect("one page");
    let (_, there) = page.assets.into_iter().find(|(of, _)| of == name).expect("it is there");
    let lines: Vec<String> =
        String::from_utf8(there.to_vec()).expect("text").lines().map(str::to_owned).collect();
    let forged = lines.iter().map(|line| {
        let mut envelope: serde_json::Value = serde_json::from_str(line).expect("JSON");
        envelope["sum"] = "garbage".into();
        envelope.to_string() + "\n"
    });
    let several = |line: &str| format!("{line}\n").repeat(lines.len());
    let turned: String = lines.iter().rev().map(|line| line.to_owned() + "\n").collect();
    let all = [
        several("1"),
        several("[]"),
        several("\"x\""),
        several("{"),
        several("{}"),
        forged.collect(),
        turned,
    ];
    for text in all.into_iter().chain(["1".to_owned()]) {
        stage.sea.change_asset(V1, name, Some(text.clone().into()));
        let checks = stage.verify(V1);
        let check = checks.iter().find(|check| check.subject.ends_with(name)).expect("it is looked at");
        let lie = Outcome::Lies("it is not what was signed of this release".into());
        assert_eq!(check.outcome, lie, "{text}");
        assert!(!stage.release_alone("B", "two", V1).is_done());
    }
    stage.sea.change_asset(V1, name, Some(there));
    assert!(stage.verify(V1).iter().all(|check| check.outcome == Outcome::Ok));
}

/// All that was attached is gone and signed anew: what the page has is signed, too, and no page that people see is changed.
#[test]
fn envelopes_on_a_page_stay_where_everything_was_signed_anew() {
    let mut stage = Stage::new(Settings { pages: PagePolicy::Version, mirror: None, ..Settings::default() });
    assert!(stage.release_alone("A", "one", V1).is_done());
    let before = stage.sea.pages();
    for place in [R1, R2, C1] {
        let image = stage.tag(place, V1).or_else(|| stage.tag(place, "1.0.0")).expect("it has a tag");
        let held = stage.sea.repository(&repository(place));
        let attached: Vec<_> = held.referrers(&image).map(|manifest| manifest.digest().clone()).collect();
        for lost in attached {
            stage.sea.delete_content(&repository(place), &lost);
        }
    }
    assert!(stage.release_alone("B", "two", V1).is_done());
    assert_eq!(stage.sea.pages(), before);
    assert!(stage.verify(V1).iter().all(|check| check.outcome == Outcome::Ok));
}

#[test]
fn files_with_signatures_that_a_page_lost_are_found_and_written_again() {
    let settings = Settings { pages: PagePolicy::Version, ..Settings::default() };
    let mut stage = Stage::new(settings);
    stage.sea.make_page(V1, "by hand", PageStanding::Published);
    assert!(stage.release_alone("A", "one", V1).is_done());
    let broken = |stage: &mut Stage| {
        let checks = stage.verify(V1).into_iter();
        let broken = checks.filter(|check| !matches!(check.outcome, Outcome::Ok));
        broken.map(|check| (check.subject, check.outcome)).collect::<Vec<_>>()
    };
    assert_eq!(broken(&mut stage), []);
    for name in ["a-v1.0.0.sigstore.json", "b-v1.0.0.intoto.jsonl"] {
        let subject = format!("forge-asset {V1}/{name}");
        stage.sea.change_asset(V1, name, None);
        let found = broken(&mut stage);
        assert!(matches!(&found[..], [(lost, Outcome::Drift { .. })] if *lost == subject), "{found:?}");
        assert!(!stage.preview(V1).is_complete());
        let (_, told) = mend(&stage);
        assert_eq!((told, broken(&mut stage)), (vec!["Done".to_owned()], Vec::new()));
        stage.sea.change_asset(V1, name, Some(Bytes::from_static(b"{}")));
        let found = broken(&mut stage);
        assert!(
            found.contains(&(subject, Outcome::Lies("it is not what was signed of this release".into())))
        );
        stage.sea.change_asset(V1, name, None);
        assert!(stage.release_alone("B", "two", V1).is_done());
        assert_eq!(broken(&mut stage), []);
    }
}
