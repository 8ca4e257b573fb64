//! Every effect of a release × what happens to it × what is left on the machine × which machine goes on × which bytes
//! it makes: always the same end.

use std::collections::BTreeMap;

use plimsoll_engine::domain::attestation::Posting;
use plimsoll_engine::domain::chart::PackagePlace;
use plimsoll_engine::domain::claim::State;
use plimsoll_engine::domain::deployment::DeploymentState;
use plimsoll_engine::domain::page::PagePolicy;
use plimsoll_engine::run::order::Takeover;
use plimsoll_engine::world::Effect;
use plimsoll_engine::world::forge::PageStanding;
use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};
use plimsoll_testkit::world::{Author, Builds, Change, Deed, End, Fault};

use crate::ending::Ended;
use crate::project::{R3, STALE, V1, image_tag, repository};
use crate::stage::{Settings, Stage};
use crate::truth::{check_tags, count_writes};

/// Where the release is run again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Again {
    /// On the same machine, which still has layout and journal.
    Here,
    /// On the same machine, which has lost both.
    HereWithNothing,
    /// On another machine.
    Elsewhere,
}

fn stage(builds: Builds) -> Stage {
    let platforms = (&["amd64", "arm64"][..], &["amd64"][..]);
    let (pages, packages) = (PagePolicy::Version, PackagePlace::Page);
    let posting = Posting::Posted;
    Stage::new(Settings {
        builds,
        platforms,
        takeover: Takeover::WhenDead,
        pages,
        packages,
        posting,
        ..Settings::default()
    })
}

/// Which artifact each visible tag means; what else lies there.
type Shape = BTreeMap<(ImageRepository, ImageTag), String>;

fn shape(stage: &Stage) -> (Shape, Vec<String>) {
    let seal = stage.claim(V1).seal.expect("the claim is sealed");
    let means = |digest: &Digest| {
        let found = seal.artifacts.iter().find(|(_, artifact)| *artifact == digest);
        found.map_or_else(|| format!("not of the set: {digest}"), |(name, _)| name.to_string())
    };
    let tags = stage.sea.visible_tags();
    let tags = tags.into_iter().filter(|((_, tag), _)| !tag.as_str().starts_with("sha-"));
    let shape = tags.map(|(place, digest)| (place, means(&digest))).collect();
    (shape, stage.sea.files().into_keys().collect())
}

fn undisturbed(builds: Builds) -> (Vec<Effect>, (Shape, Vec<String>)) {
    let mut stage = stage(builds);
    let run = stage.release("A", "one", V1);
    assert!(stage.end(run).is_done());
    (stage.scheduler.effects(run), shape(&stage))
}

/// Runs one cell of the matrix; gives what broke.
fn cell(builds: Builds, effect: &Effect, fault: Fault, again: Again, want: &(Shape, Vec<String>)) {
    let mut stage = stage(builds);
    let first = stage.release("A", "one", V1);
    let same = effect.clone();
    stage.scheduler.fault(first, fault, move |other| *other == same);
    let killed = *stage.scheduler.finish(first) == End::Killed;
    assert_eq!(killed, matches!(fault, Fault::KilledBefore | Fault::KilledAfter), "{effect} was not met");
    crate::truth::check_ending(&stage, first);
    // Whoever goes on with the set takes what was found when it was sealed.
    stage.sea.host_image(&repository(R3), &image_tag("16"));
    let machine = match again {
        Again::Here => "one",
        Again::HereWithNothing => {
            stage.machine("one").lose_layout();
            stage.machine("one").lose_journal();
            "one"
        }
        Again::Elsewhere => {
            // Nobody there can know that the first run is gone: only its age tells.
            stage.sea.wait(std::time::Duration::from_secs(STALE + 1));
            "two"
        }
    };
    let second = stage.release_alone("B", machine, V1);
    assert!(second.is_done(), "{second:?}\n{}", stage.scheduler.story());
    let third = stage.release_alone("C", "three", V1);
    let nothing = matches!(third, Ended::Released(plimsoll_engine::run::released::Part::Nothing, _));
    assert!(nothing, "there was something left to do: {third:?}\n{}", stage.scheduler.story());
    assert_eq!(check_tags(&stage, V1), Ok(()));
    assert_eq!(shape(&stage), *want, "{}", stage.scheduler.story());
    let history = stage.sea.history();
    for (what, count) in count_writes(&history) {
        assert_eq!(count, 1, "{what:?} was written {count} times\n{}", stage.scheduler.story());
    }
    for state in [State::Committed, State::Published] {
        assert_eq!(count_swaps(&history, state), 1);
    }
    let files = history.iter().filter(|deed| matches!(deed.change, Change::File(_))).count();
    assert_eq!(files, 1, "the record was written {files} times");
    let pages = stage.sea.pages();
    assert_eq!(pages.len(), 1, "{pages:?}\n{}", stage.scheduler.story());
    let shown = |deed: &&Deed| matches!(deed.change, Change::Page(_, PageStanding::Immutable));
    assert_eq!(history.iter().filter(shown).count(), 1, "{}", stage.scheduler.story());
    let posted = stage.sea.attestations().len();
    assert_eq!(posted, 4, "the statement about the release, and provenance of two images and a chart");
    assert_eq!(stage.sea.latest_page().map(|tag| tag.0).as_deref(), Some(V1));
    let deployments = stage.sea.deployments();
    let [deployment] = deployments.as_slice() else {
        panic!("{deployments:?}\n{}", stage.scheduler.story());
    };
    assert_eq!(deployment.state, DeploymentState::Success, "{}", stage.scheduler.story());
    let listed = history.iter().filter(|deed| matches!(deed.change, Change::Listed(_))).count();
    assert_eq!(listed, 1, "the chart was listed {listed} times");
}

fn count_swaps(history: &[Deed], state: State) -> usize {
    let swaps = history.iter().filter(|deed| deed.author != Author::Stranger);
    let to = |deed: &&Deed| matches!(&deed.change, Change::Claim { to: Some(to), .. } if to.state == state);
    swaps.filter(to).count()
}

fn row(fault: Fault) {
    let agains: &[Again] = match fault {
        Fault::KilledBefore | Fault::KilledAfter => &[Again::Here, Again::HereWithNothing, Again::Elsewhere],
        // The first run goes on: hardly anything is left to do again.
        _ => &[Again::Here, Again::Elsewhere],
    };
    for builds in [Builds::Same, Builds::Different] {
        let (effects, want) = undisturbed(builds);
        assert!(effects.len() > 40, "only {} effects", effects.len());
        for effect in &effects {
            for again in agains.iter().copied() {
                let name = format!("{fault:?} at `{effect}`, {builds:?} bytes, again {again:?}");
                let run = || cell(builds, effect, fault, again, &want);
                let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
                assert!(ended.is_ok(), "{name}");
            }
        }
    }
}

#[test]
fn killed_before_any_effect() {
    row(Fault::KilledBefore);
}

#[test]
fn killed_after_any_effect() {
    row(Fault::KilledAfter);
}

#[test]
fn the_reply_to_any_effect_is_lost() {
    row(Fault::ReplyLost);
}

#[test]
fn any_effect_fails_once() {
    row(Fault::Transient);
}

#[test]
fn any_effect_is_slow_to_appear() {
    row(Fault::Slow { reads: 3 });
}

#[test]
fn the_user_stops_a_run_at_any_effect() {
    row(Fault::Stopped);
}
