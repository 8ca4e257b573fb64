//! The memory world itself: turns, faults, kills, late requests, and that its invariants can break.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use plimsoll_engine::domain::claim::{Claim, ClaimName, Holder, Nonce, RecordFormat, Seal};
use plimsoll_engine::domain::step::StepId;
use plimsoll_engine::domain::target::{Necessity, Target};
use plimsoll_engine::domain::time::Moment;
use plimsoll_engine::world::World;
use plimsoll_engine::world::workshop::SealKey;
use plimsoll_oci::content::MemoryContent;
use plimsoll_oci::model::{Descriptor, ImageManifest, Manifest, MediaType};
use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};
use plimsoll_testkit::world::{Aboard, Act, Builds, End, Fault, Scheduler, Sea};

fn repository(path: &str) -> ImageRepository {
    format!("example.test/{path}").parse().expect("a repository")
}

fn tag(text: &str) -> ImageTag {
    text.parse().expect("a tag")
}

fn name() -> ClaimName {
    ClaimName { component: "app".parse().expect("a name"), version: "1.0.0".into() }
}

fn holder(aboard: &Aboard) -> Holder {
    Holder {
        run: aboard.run().into(),
        url: None,
        ci: None,
        host: aboard.machine().into(),
        boot: None,
        process: None,
        since: Moment(0),
    }
}

fn manifest(content: &str) -> (Manifest, MemoryContent) {
    let bytes = content.as_bytes().to_vec();
    let config = Descriptor::of(MediaType::CONFIG, &bytes);
    let manifest = Manifest::from_image(ImageManifest {
        schema_version: 2,
        media_type: Some(MediaType::MANIFEST),
        artifact_type: None,
        config: config.clone(),
        layers: Vec::new(),
        subject: None,
        annotations: BTreeMap::new(),
    });
    (manifest, MemoryContent::new(config, bytes.into()).expect("the descriptor fits"))
}

async fn push(world: &World, content: &str, to: &str) -> Result<(), String> {
    let step = StepId::new("push", content);
    let store = world.hands(&step).store(&repository("a"));
    let (manifest, config) = manifest(content);
    store.put_blob(&config, None).await.map_err(|error| error.to_string())?;
    store.put_manifest(&manifest).await.map_err(|error| error.to_string())?;
    store.point(&tag(to), manifest.digest(), None).await.map_err(|error| error.to_string())
}

/// Reads the claim, waits, and reserves it; true if it was this run that did.
async fn reserve(aboard: Aboard) -> bool {
    let world = &aboard.world;
    let there = world.eyes().claims().read(&name()).await.expect("an answer");
    let git_tag = aboard.git_tag("v1.0.0").await.expect("the tag is there");
    let (config, plan) = (Digest::of(b"config"), Digest::of(b"plan"));
    let nonce = Nonce::new(world.clock.random());
    let claim = Claim::begin(&name(), nonce, git_tag.clone(), config, plan, holder(&aboard), None);
    let step = StepId::new("claim", "app");
    let expected = there.as_ref().map(|held| &held.id);
    world.hands(&step).swap(&name(), expected, Some(&claim), Some(&git_tag)).await.is_ok()
}

fn sea() -> Sea {
    let sea = Sea::new(7);
    sea.make_git_tag("v1.0.0");
    sea
}

#[test]
fn of_two_swaps_from_one_state_only_one_is_done() {
    let sea = sea();
    let mut scheduler = Scheduler::new(&sea);
    let a = scheduler.start("A", &sea.machine("one", Builds::Same), reserve);
    let b = scheduler.start("B", &sea.machine("two", Builds::Same), reserve);
    scheduler.run_until(a, |act| matches!(act, Act::SwapClaim(..)));
    scheduler.run_until(b, |act| matches!(act, Act::SwapClaim(..)));
    assert_eq!(scheduler.finish(b), &End::Exited(true));
    assert_eq!(scheduler.finish(a), &End::Exited(false));
    assert_eq!(sea.claim(&name()).expect("a claim").holder.run, "B");
}

#[test]
fn a_swap_is_refused_when_the_git_tag_moved() {
    let sea = sea();
    let mut scheduler = Scheduler::new(&sea);
    let a = scheduler.start("A", &sea.machine("one", Builds::Same), reserve);
    scheduler.run_until(a, |act| matches!(act, Act::SwapClaim(..)));
    sea.remake_git_tag("v1.0.0");
    assert_eq!(scheduler.finish(a), &End::Exited(false));
    assert_eq!(sea.claim(&name()), None);
}

#[test]
fn faults_do_what_their_names_say() {
    // Whether the run is told so, whether it is done at the end, whether it was killed.
    let table = [
        (Fault::KilledBefore, None, false),
        (Fault::KilledAfter, None, true),
        (Fault::ReplyLost, Some(false), true),
        (Fault::Transient, Some(false), false),
        (Fault::Stopped, Some(false), false),
        (Fault::Late, Some(false), false),
        (Fault::Slow { reads: 3 }, Some(true), true),
    ];
    for (fault, told, done) in table {
        let sea = sea();
        let mut scheduler = Scheduler::new(&sea);
        let begin = |aboard: Aboard| async move { push(&aboard.world, "x", "v1").await.is_ok() };
        let a = scheduler.start("A", &sea.machine("one", Builds::Same), begin);
        scheduler.fault(a, fault, |effect| effect.to_string() == "point example.test/a:v1");
        let end = told.map_or(End::Killed, End::Exited);
        assert_eq!(scheduler.finish(a), &end, "{fault:?}");
        assert_eq!(sea.tag(&repository("a"), &tag("v1")).is_some(), done, "{fault:?}");
        let late = usize::from(fault == Fault::Late);
        assert_eq!(sea.late_requests(), late);
        assert_eq!(sea.let_late_request_arrive(), late == 1);
        assert_eq!(sea.tag(&repository("a"), &tag("v1")).is_some(), done || late == 1, "{fault:?}");
    }
}

#[test]
fn what_is_slow_shows_after_some_reads() {
    let sea = sea();
    let mut scheduler = Scheduler::new(&sea);
    let begin = |aboard: Aboard| async move {
        push(&aboard.world, "x", "v1").await.expect("it is done");
        let pull = aboard.world.eyes().pull(&repository("a"));
        let mut seen = Vec::new();
        for _ in 0..3 {
            seen.push(pull.resolve(&tag("v1")).await.expect("an answer").is_some());
        }
        seen
    };
    let a = scheduler.start("A", &sea.machine("one", Builds::Same), begin);
    scheduler.fault(a, Fault::Slow { reads: 2 }, |effect| effect.to_string().starts_with("point"));
    assert_eq!(scheduler.finish(a), &End::Exited(vec![false, false, true]));
}

#[test]
fn lanes_side_by_side_do_one_thing_at_a_time() {
    let sea = sea();
    let mut scheduler = Scheduler::new(&sea);
    let begin = |aboard: Aboard| async move {
        let lanes = ["x", "y", "z"].map(|content| push(&aboard.world, content, content));
        join_all(lanes).await.into_iter().all(|end| end.is_ok())
    };
    let a = scheduler.start("A", &sea.machine("one", Builds::Same), begin);
    assert_eq!(scheduler.waiting(a).len(), 3);
    // The last lane goes first, all the way.
    for _ in 0..3 {
        let act = scheduler.step_at(a, scheduler.waiting(a).len() - 1);
        assert!(matches!(*act, Act::PutContent(..) | Act::Point(..)));
    }
    let held = sea.repository(&repository("a"));
    assert_eq!((held.tag(&tag("z")).is_some(), held.tag(&tag("x")).is_some()), (true, false));
    assert_eq!(scheduler.finish(a), &End::Exited(true));
}

#[test]
fn registries_take_no_manifest_before_its_blobs_and_no_tag_before_its_manifest() {
    let sea = sea();
    let mut scheduler = Scheduler::new(&sea);
    let begin = |aboard: Aboard| async move {
        let step = StepId::new("push", "x");
        let store = aboard.world.hands(&step).store(&repository("a"));
        let (manifest, _) = manifest("x");
        let early = store.put_manifest(&manifest).await.is_err();
        early && store.point(&tag("v1"), manifest.digest(), None).await.is_err()
    };
    let a = scheduler.start("A", &sea.machine("one", Builds::Same), begin);
    assert_eq!(scheduler.finish(a), &End::Exited(true));
}

#[test]
fn collecting_takes_what_no_tag_holds() {
    let sea = sea();
    let mut scheduler = Scheduler::new(&sea);
    let begin = |aboard: Aboard| async move {
        push(&aboard.world, "x", "v1").await.expect("it is done");
        push(&aboard.world, "y", "plimsoll-1").await.expect("it is done");
    };
    let a = scheduler.start("A", &sea.machine("one", Builds::Same), begin);
    scheduler.finish(a);
    let a = repository("a");
    assert_eq!(sea.collect(&a), 0);
    sea.remove_tag(&a, &tag("v1"));
    assert_eq!(sea.collect(&a), 2);
    assert!(sea.repository(&a).manifest(manifest("y").0.digest()).is_some());
    assert!(sea.visible_tags().is_empty());
}

#[test]
fn an_outage_ends_by_itself_and_sleep_takes_no_time() {
    let sea = sea();
    sea.break_down(&repository("a"), 2);
    let mut scheduler = Scheduler::new(&sea);
    let begin = |aboard: Aboard| async move {
        let pull = aboard.world.eyes().pull(&repository("a"));
        let mut failures = 0;
        while pull.resolve(&tag("v1")).await.is_err() {
            failures += 1;
            aboard.world.clock.sleep(Duration::from_secs(3600)).await.expect("time passes");
        }
        failures
    };
    let before = sea.now();
    let a = scheduler.start("A", &sea.machine("one", Builds::Same), begin);
    assert_eq!(scheduler.finish(a), &End::Exited(2));
    assert_eq!(sea.now().seconds_since(before), 7200);
}

/// A version tag that is written before any claim is committed, on content that lacks its record.
#[test]
fn invariants_can_break() {
    let (image, _) = manifest("x");
    let target = Target {
        artifact: "app".parse().expect("a name"),
        repository: repository("a"),
        necessity: Necessity::Required,
        version_tags: vec![tag("v1")],
        first_wins: Vec::new(),
        moving: Vec::new(),
        unknown: BTreeMap::new(),
    };
    let seal = Seal {
        time: Moment(0),
        format: RecordFormat::Two,
        files: BTreeMap::new(),
        artifacts: [(target.artifact.clone(), image.digest().clone())].into(),
        images: BTreeMap::new(),
        charts: BTreeMap::new(),
        signing: None,
        statements: Vec::new(),
        targets: vec![target],
        record: Digest::of(b"record"),
        unknown: BTreeMap::new(),
    };
    for (claimed, invariant) in [(true, "I3"), (false, "I1")] {
        let sea = sea();
        let mut scheduler = Scheduler::new(&sea);
        let kept = seal.clone();
        let begin = |aboard: Aboard| async move {
            let world = aboard.world.clone();
            if claimed {
                assert!(reserve(aboard).await);
            }
            let object = "a".repeat(40).parse().expect("an object");
            let key = SealKey { name: name(), object, config: Digest::of(b""), plan: Digest::of(b"") };
            world.workshop.keep(&key, &kept).await.expect("it is kept");
            push(&world, "x", "v1").await
        };
        let a = scheduler.start("A", &sea.machine("one", Builds::Same), begin);
        let broken = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| scheduler.finish(a).clone()));
        let message = *broken.expect_err("an invariant breaks").downcast::<String>().expect("a message");
        assert!(message.starts_with(&format!("{invariant} is violated")), "{message}");
    }
}
