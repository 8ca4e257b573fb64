//! Somebody with another tool pushes the version tag while a release is under way.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use plimsoll_testkit::proxy::{Fault, Lasting, When};
use plimsoll_testkit::registry::Flavor;

use crate::lane::{Copies, Lane};
use crate::machine::{error_code, expect_error};

const ROUNDS: usize = 50;
const POLL: Duration = Duration::from_millis(2);
const PATIENCE: u32 = 1_000;

/// The number of the last request before the commit that writes something: after it come only looks, made side by
/// side, of which the one at the version tag may be over before another has begun.
fn requests_before_commit(lane: &mut Lane) -> usize {
    let project = lane.clear();
    project.machine().release("1.0.0").expect_success();
    let requests = lane.front().requests();
    let before =
        requests.iter().take_while(|one| one.method != "PUT" || !one.path.ends_with("/manifests/1.0.0"));
    before.filter(|one| one.method == "PUT").last().expect("a release writes before it commits").number
}

#[test]
fn a_stranger_who_comes_before_the_commit_is_left_alone_and_nothing_of_ours_is_visible() {
    let Some(mut lane) = Lane::start(Flavor::Refreg, Copies::None) else { return };
    let requests = requests_before_commit(&mut lane);
    let mut came = 0;
    for round in 0..ROUNDS {
        let project = lane.clear();
        let place = lane.repositories[round % lane.repositories.len()].clone();
        let acted = Arc::new(AtomicBool::new(false));
        let act = {
            let (claims, observer, place, acted) =
                (project.claims(), lane.observer(), place.clone(), Arc::clone(&acted));
            move || {
                if !matches!(claims.state("1.0.0").as_str(), "committed" | "published") {
                    observer.push_foreign(&place, "1.0.0", "a stranger's");
                    acted.store(true, Ordering::SeqCst);
                }
            }
        };
        let moment = 1 + round * (requests - 1) / ROUNDS;
        lane.front().fail(When::request(moment), Fault::after(act), Lasting::Once);
        let machine = project.machine();
        let end = machine.release("1.0.0");
        if !acted.load(Ordering::SeqCst) {
            // The requests of this round came in another order, and the commit before this one.
            end.expect_success();
            continue;
        }
        came += 1;
        let end = end.expect_code(5);
        assert_eq!(error_code(&end), "tag-taken", "request {moment}");
        let visible = lane.visible_tags();
        assert!(
            visible.len() == 1 && visible[0].0 == format!("{place}:1.0.0"),
            "request {moment}: {visible:?}"
        );
        assert_eq!(lane.take_broken(), [""; 0]);
        if round.is_multiple_of(5) {
            expect_error(machine.release("1.0.0"), 5, "tag-taken");
            assert_eq!(lane.visible_tags(), visible);
        }
    }
    assert!(came * 10 > ROUNDS * 9, "the stranger came only {came} times");
}

/// Lets a stranger push `tool`'s tag just before it is looked at for the first time after the commit, when `app`'s
/// tag is ours already.
fn come_between(lane: &Lane, claims: &crate::claim::Claims, version: &'static str) -> Arc<AtomicBool> {
    let acted = Arc::new(AtomicBool::new(false));
    let (app, tool) = (lane.repositories[0].clone(), lane.repositories[1].clone());
    let place = format!("/{}/manifests/{version}", tool.split_once('/').map_or("", |(_, path)| path));
    for method in ["GET", "HEAD"] {
        for nth in 1..=20 {
            let (claims, observer, acted) = (claims.clone(), lane.observer(), Arc::clone(&acted));
            let (app, tool) = (app.clone(), tool.clone());
            let act = move || {
                if claims.state(version) != "committed" || acted.swap(true, Ordering::SeqCst) {
                    return;
                }
                for _ in 0..PATIENCE {
                    if observer.resolve(&app, version).is_some() {
                        break;
                    }
                    thread::sleep(POLL);
                }
                observer.push_foreign(&tool, version, "a stranger's");
            };
            lane.front().fail(When::nth(method, &place, nth), Fault::after(act), Lasting::Once);
        }
    }
    acted
}

#[test]
fn a_stranger_who_comes_between_two_version_tags_burns_the_version() {
    let Some(mut lane) = Lane::start(Flavor::Refreg, Copies::None) else { return };
    for round in 0..ROUNDS {
        let project = lane.clear();
        let acted = come_between(&lane, &project.claims(), "1.0.0");
        let machine = project.machine();
        let end = machine.release("1.0.0");
        assert!(acted.load(Ordering::SeqCst), "round {round}: the stranger did not come");
        expect_error(end, 5, "burnt");
        assert_eq!(project.claims().state("1.0.0"), "burnt");
        let tags = lane.visible_tags();
        assert!(tags.iter().all(|(tag, _)| tag.ends_with(":1.0.0")), "round {round}: {tags:?}");
        assert!(tags.iter().any(|(tag, _)| *tag == format!("{}:1.0.0", lane.repositories[0])), "{tags:?}");
        if round.is_multiple_of(5) {
            // Burnt for good: here and elsewhere.
            let again = if round.is_multiple_of(2) { machine } else { project.machine() };
            expect_error(again.release("1.0.0"), 5, "burnt");
            assert_eq!(lane.visible_tags(), tags);
        }
        assert_eq!(lane.take_broken(), [""; 0]);
    }
}

#[test]
fn a_burnt_version_leaves_moving_tags_where_they_are_until_the_next() {
    let Some(mut lane) = Lane::start(Flavor::Distribution3, Copies::One) else { return };
    let project = lane.clear();
    let machine = project.machine();
    machine.release("1.0.0").expect_success();
    let before = lane.visible_tags();
    let is_moving = |(tag, _): &&(String, String)| tag.ends_with(":latest") || tag.ends_with(":1.0");
    project.tag("1.0.1");
    let acted = come_between(&lane, &project.claims(), "1.0.1");
    expect_error(project.machine().release("1.0.1"), 5, "burnt");
    assert!(acted.load(Ordering::SeqCst));
    let after = lane.visible_tags();
    assert_eq!(
        after.iter().filter(is_moving).collect::<Vec<_>>(),
        before.iter().filter(is_moving).collect::<Vec<_>>()
    );
    project.tag("1.0.2");
    project.machine().release("1.0.2").expect_success();
    let observer = lane.observer();
    for repository in &lane.repositories {
        let want = observer.resolve(repository, "1.0.2");
        assert!(want.is_some());
        assert_eq!(
            (observer.resolve(repository, "latest"), observer.resolve(repository, "1.0")),
            (want.clone(), want)
        );
    }
}
