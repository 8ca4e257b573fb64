//! F9 and F13: one record, and which records count.

use std::time::Duration;

use plimsoll_engine::domain::claim::State;
use plimsoll_engine::ledger::release::{Belief, Scope, read_releases};
use plimsoll_engine::ledger::sources::Sources;
use plimsoll_engine::statement::artifact::RECORD;
use plimsoll_oci::name::Digest;
use plimsoll_tags::version::Scheme;
use plimsoll_testkit::world::{Builds, End, Scheduler};

use crate::acts::swaps_to;
use crate::project::{M1, R1, R2, V1, repository};
use crate::stage::{Settings, Stage};

/// The digests of all records in a repository.
fn records(stage: &Stage, place: &str) -> Vec<Digest> {
    let held = stage.sea.repository(&repository(place));
    let manifests = held.tags().values().filter_map(|digest| held.manifest(digest));
    let records = manifests.filter(|manifest| manifest.artifact_type() == Some(&RECORD));
    let mut layers: Vec<Digest> =
        records.flat_map(|record| record.blobs().nth(1)).map(|layer| layer.digest.clone()).collect();
    layers.sort();
    layers.dedup();
    layers
}

#[test]
fn f9_a_machine_that_goes_on_writes_the_record_it_has_sealed() {
    let mut stage = Stage::new(Settings::default());
    let a = stage.release("A", "one", V1);
    stage.until(a, swaps_to(State::Committed));
    stage.scheduler.kill(a);
    stage.sea.wait(Duration::from_secs(60));
    assert!(stage.release_alone("A again", "one", V1).is_done());
    let record = stage.claim(V1).seal.expect("it is sealed").record;
    for place in [R1, R2, M1] {
        assert_eq!(records(&stage, place), std::slice::from_ref(&record), "{place}");
    }
}

#[test]
fn f9_whichever_machine_goes_on_writes_the_same_bytes() {
    let files_after = |finisher: &str| {
        let mut stage = Stage::new(Settings::default());
        let a = stage.release("A", "one", V1);
        stage.until(a, swaps_to(State::Published));
        stage.scheduler.kill(a);
        stage.sea.wait(Duration::from_secs(60));
        assert!(stage.sea.files().is_empty(), "nothing is written before it is published");
        assert!(stage.release_alone("B", finisher, V1).is_done());
        stage.sea.files()
    };
    let files = files_after("two");
    assert!(
        files.contains_key("v1.0.0-release-info.json") && files.contains_key("v1.0.0-release.intoto.json")
    );
    assert_eq!(files, files_after("three"));
    assert_eq!(files, files_after("one"));
}

#[test]
fn f9_of_two_records_of_equal_bytes_the_claims_counts() {
    let mut stage = Stage::new(Settings { builds: Builds::Same, ..Settings::default() });
    let a = stage.release("A", "one", V1);
    stage.until(a, swaps_to(State::Committed));
    stage.scheduler.kill(a);
    stage.sea.wait(Duration::from_secs(60));
    assert!(stage.release_alone("B", "two", V1).is_done());
    let record = stage.claim(V1).seal.expect("it is sealed").record;
    for place in [R1, R2, M1] {
        let found = records(&stage, place);
        assert!(found.len() == 2 && found.contains(&record), "{place}: {found:?}");
    }
}

#[test]
fn f13_the_ledger_knows_nothing_of_a_deposed_run() {
    let mut stage = Stage::new(Settings::default());
    let a = stage.release("A", "one", V1);
    stage.until(a, swaps_to(State::Committed));
    assert!(stage.release_alone("B", "two", V1).is_done());
    stage.end(a);
    let of_b = stage.claim(V1).seal.expect("it is sealed").record;
    assert_eq!(records(&stage, R1).len(), 2);
    let project = stage.project.clone();
    let mut reader = Scheduler::new(&stage.sea);
    let list = reader.start("list", &stage.machine("three"), |aboard| async move {
        let releases = read_releases(
            Sources::of(aboard.world.eyes()),
            Scope { component: Some(&project.name), scheme: Some(Scheme::Semver), belief: Belief::Confirmed },
        )
        .await;
        releases
            .expect("the ledger can be read")
            .releases
            .into_iter()
            .map(|release| release.seal.record)
            .collect::<Vec<_>>()
    });
    assert_eq!(reader.finish(list), &End::Exited(vec![of_b]));
}
