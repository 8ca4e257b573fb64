//! ^C, once and twice.

use std::time::{Duration, Instant};

use plimsoll_testkit::fault_registry::wire::{Answer, Delivery};
use plimsoll_testkit::fault_registry::{Effect, FaultRegistry, Habits};
use plimsoll_testkit::process::Running;
use plimsoll_testkit::repo::Repo;

use crate::scene::{CONFIG, Scene};

/// A release that waits for a registry that says nothing to `method` requests whose path contains `path`.
fn waiting(method: &'static str, path: &str) -> (Scene, FaultRegistry, Running) {
    let registry = FaultRegistry::start(Habits::default());
    let config = CONFIG.replace("registry.example", &registry.address());
    let scene = Scene::with_config(&config);
    scene.repo.annotated_tag("v1.0.0");
    let remote = Repo::bare(scene.environment(), "origin.git");
    scene.repo.remote("origin", &remote.url()).push("origin", ["main", "v1.0.0"]);
    registry.fault(method, path, 0, 1000, Effect::Instead(Answer::status(200).delivered(Delivery::Silent)));
    let running = scene.plimsoll("release v1.0.0 --no-progress").start();
    let until = Instant::now() + Duration::from_secs(60);
    while registry.count(method, path) == 0 {
        assert!(Instant::now() < until, "the release never came to {method} {path}");
        std::thread::sleep(Duration::from_millis(10));
    }
    (scene, registry, running)
}

#[test]
fn the_second_stops_at_once_and_says_whether_running_again_is_safe() {
    let (scene, registry, running) = waiting("PUT", "/manifests/");
    running.interrupt();
    std::thread::sleep(Duration::from_millis(300));
    running.interrupt();
    let begun = Instant::now();
    let output = running.wait();
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_eq!(output.code(), Some(130), "{}", output.stderr());
    assert!(output.stderr().contains("once more stops at once"), "{}", output.stderr());
    assert!(output.stderr().contains("error[interrupted]"), "{}", output.stderr());
    assert!(
        output.stderr().ends_with("running the same command again is safe and goes on from here\n"),
        "{}",
        output.stderr()
    );
    drop(registry);
    drop(scene);
}

/// Of a run on this machine it is known whether it lives.
#[test]
fn status_knows_whether_a_run_on_this_machine_is_dead() {
    let (scene, registry, running) = waiting("PUT", "/manifests/");
    let status = || scene.run("status").expect_success().stderr().to_owned();
    assert!(status().contains("its run is alive on this machine"), "{}", status());
    drop(running);
    assert!(status().contains("is dead: `plimsoll release v1.0.0` goes on"), "{}", status());
    drop(registry);
}

/// Nobody takes a version from under a run without being told.
#[test]
fn who_withdraws_is_told_of_a_run_that_is_at_work() {
    let (scene, registry, running) = waiting("PUT", "/manifests/");
    let shown = scene.run("withdraw v1.0.0 --dry-run").expect_success();
    let told = "warning[claim-held]: a run is at work on this version";
    assert!(shown.stderr().contains(told), "{}", shown.stderr());
    drop(running);
    let shown = scene.run("withdraw v1.0.0 --dry-run").expect_success();
    assert!(!shown.stderr().contains("warning"), "{}", shown.stderr());
    drop(registry);
}

#[test]
fn who_has_withdrawn_a_version_is_told_of_the_run_that_it_was_taken_from() {
    let (scene, registry, running) = waiting("PUT", "/manifests/");
    let withdrawn = scene.run("withdraw v1.0.0 --yes").expect_success();
    let told = "warning[claim-held]: a run was at work on this version";
    assert!(withdrawn.stderr().contains(told), "{}", withdrawn.stderr());
    drop(running);
    assert_eq!(registry.manifest("app", "1.0.0"), None);
}

#[test]
fn the_first_finishes_what_is_in_flight() {
    let registry = FaultRegistry::start(Habits::default());
    let config = CONFIG.replace("registry.example", &registry.address());
    let scene = Scene::with_config(&config);
    scene.repo.annotated_tag("v1.0.0");
    let remote = Repo::bare(scene.environment(), "origin.git");
    scene.repo.remote("origin", &remote.url()).push("origin", ["main", "v1.0.0"]);
    let slow = Effect::rewrite(|answer| {
        std::thread::sleep(Duration::from_millis(800));
        answer
    });
    registry.fault("PUT", "/blobs/uploads/", 0, 1000, slow);
    let running = scene.plimsoll("release v1.0.0 --no-progress").start();
    while registry.count("PUT", "/blobs/uploads/") == 0 {
        std::thread::sleep(Duration::from_millis(10));
    }
    running.interrupt();
    let output = running.wait();
    assert_eq!(output.code(), Some(130), "{}", output.stderr());
    assert_eq!(registry.manifest("app", "1.0.0"), None);
    scene.run("release v1.0.0").expect_success();
}

#[test]
fn looking_stops_at_once() {
    let registry = FaultRegistry::start(Habits::default());
    let config = CONFIG.replace("registry.example", &registry.address());
    let scene = Scene::with_config(&config);
    scene.repo.annotated_tag("v1.0.0");
    let remote = Repo::bare(scene.environment(), "origin.git");
    scene.repo.remote("origin", &remote.url()).push("origin", ["main", "v1.0.0"]);
    let silent = Answer::status(200).delivered(Delivery::Silent);
    registry.fault("HEAD", "", 0, 1000, Effect::Instead(silent.clone()));
    registry.fault("GET", "", 0, 1000, Effect::Instead(silent));
    let running = scene.plimsoll("plan v1.0.0 --online").start();
    while registry.seen().is_empty() {
        std::thread::sleep(Duration::from_millis(10));
    }
    running.interrupt();
    let output = running.wait();
    assert_eq!(output.code(), Some(130), "{}", output.stderr());
    assert_eq!(output.stdout(), "");
}
