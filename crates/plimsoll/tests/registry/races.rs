//! Several machines at once, fifty times each.
//!
//! Every round has a project, a git remote and repositories of its own, in one registry in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::process::Output;
use plimsoll_testkit::registry::{Access, Flavor, Registry};
use serde_json::Value;

use crate::law::broken_when_done;
use crate::machine::{Machine, json};
use crate::observer::Observer;
use crate::project::{Fleet, Inputs, Project};

const ROUNDS: usize = 50;
const LANES: usize = 2;

/// What one round came to: the exit codes of the racers, and what was broken.
type Round = (Vec<Option<i32>>, Vec<String>);

/// Runs all rounds of a race and says on standard error how they ended.
fn race(name: &str, round: impl Fn(&str, usize) -> Round + Sync) {
    let environment = Environment::new();
    let Some(registry) = Registry::start(&environment, Flavor::Refreg, Access::Anonymous) else { return };
    let (next, broken) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let ends: Mutex<BTreeMap<Vec<Option<i32>>, usize>> = Mutex::default();
    thread::scope(|scope| {
        for _ in 0..LANES {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= ROUNDS {
                        break;
                    }
                    let (mut codes, found) = round(&registry.address(), number);
                    codes.sort_unstable();
                    *ends.lock().expect("no round panics with it").entry(codes).or_default() += 1;
                    let found = found.into_iter().map(|what| format!("round {number}: {what}"));
                    broken.lock().expect("no round panics with it").extend(found);
                }
            });
        }
    });
    let ends = ends.into_inner().expect("no round panics with it");
    let shown: Vec<String> = ends.iter().map(|(codes, times)| format!("{codes:?} × {times}")).collect();
    // Not by `println!`: what a race came to is worth knowing also when it passes.
    let _ = writeln!(std::io::stderr(), "race: {name}: {}", shown.join(", "));
    let broken = broken.into_inner().expect("no round panics with it");
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// Starts all commands, each a little after the one before, and waits for their ends.
fn at_once(commands: Vec<plimsoll_testkit::process::Invocation>, apart: Duration) -> Vec<Output> {
    let mut running = Vec::new();
    for command in commands {
        running.push(command.start());
        thread::sleep(apart);
    }
    running.into_iter().map(plimsoll_testkit::process::Running::wait).collect()
}

/// Rounds differ in how long after the first the second begins.
fn apart(number: usize) -> Duration {
    Duration::from_millis([0, 5, 20, 60, 120][number % 5])
}

/// A project of a round whose two machines build different bytes.
fn rivals(registry: &str, number: usize, head: &str) -> (Fleet, Project, [Machine; 2]) {
    let fleet = Fleet::at(&format!("{registry}/round-{number}")).with_head(head);
    let project = Project::new(&fleet.render(), Inputs::Built);
    project.tag("1.0.0");
    let machines = ["one", "two"].map(|name| {
        let machine = project.machine();
        machine.build(&format!("{name} {number}"));
        machine
    });
    (fleet, project, machines)
}

/// The digests that a run which says that it succeeded has told.
fn told(output: &Output) -> BTreeSet<String> {
    let images = json(output)["images"].clone();
    images
        .as_array()
        .into_iter()
        .flatten()
        .map(|image| image["digest"].as_str().unwrap_or_default().to_owned())
        .collect()
}

fn codes(outputs: &[Output]) -> Vec<Option<i32>> {
    outputs.iter().map(Output::code).collect()
}

#[test]
fn of_two_machines_that_release_one_version_one_wins() {
    race("one version, two machines", |registry, number| {
        let (fleet, project, machines) = rivals(registry, number, "");
        let observer = Observer::at(registry);
        // In every second round each thinks that the other is dead.
        let command = |machine: &Machine| match number % 2 {
            0 => machine.releasing("1.0.0"),
            _ => machine.releasing("1.0.0").arg("--take-over"),
        };
        let ends = at_once(machines.iter().map(command).collect(), apart(number));
        let mut broken = broken_when_done(&project.claims(), &observer, "1.0.0");
        let tagged = |tag: &str| -> BTreeSet<String> {
            [&fleet.app, &fleet.tool].into_iter().filter_map(|place| observer.resolve(place, tag)).collect()
        };
        let won = tagged("1.0.0");
        for end in &ends {
            match end.code() {
                Some(0) if told(end) == won => {}
                Some(5 | 9) => {}
                other => broken.push(format!("{other:?}, told {}\n{}", end.stdout(), end.stderr())),
            }
        }
        if !codes(&ends).contains(&Some(0)) {
            broken.push(format!("nobody won: {:?}", ends.iter().map(Output::stderr).collect::<Vec<_>>()));
        }
        // Whoever lost adopts.
        for (machine, _) in machines.iter().zip(&ends).filter(|(_, end)| end.code() != Some(0)) {
            let again = machine.release("1.0.0");
            if again.code() != Some(0) || told(&again) != won {
                broken.push(format!("again: {:?}\n{}", again.code(), again.stderr()));
            }
        }
        if tagged("1.0.0") != won || tagged("latest") != won {
            broken.push("the second runs changed a tag".to_owned());
        }
        (codes(&ends), broken)
    });
}

#[test]
fn without_a_claim_a_version_never_means_two_things() {
    race("one version, two machines, no claim", |registry, number| {
        let (fleet, _project, machines) = rivals(registry, number, "claim = \"none\"");
        let observer = Observer::at(registry);
        let mut ends =
            at_once(machines.iter().map(|machine| machine.releasing("1.0.0")).collect(), apart(number));
        let first = codes(&ends);
        let mut broken = broken_sets(&observer, &fleet, &ends);
        // Running again may end the same way, but still never with two meanings.
        for machine in &machines {
            ends.push(machine.release("1.0.0"));
            broken.extend(broken_sets(&observer, &fleet, &ends));
        }
        (first, broken)
    });
}

/// All version tags are of one announced set, and of the one that was told wherever success was.
fn broken_sets(observer: &Observer, fleet: &Fleet, ends: &[Output]) -> Vec<String> {
    let mut broken = Vec::new();
    let tagged: BTreeSet<String> =
        [&fleet.app, &fleet.tool].into_iter().filter_map(|place| observer.resolve(place, "1.0.0")).collect();
    let sets = announced(observer, &fleet.app);
    if !tagged.is_empty() && !sets.iter().any(|set| tagged.is_subset(set)) {
        broken.push(format!("two meanings: {tagged:?} of {sets:?}"));
    }
    for end in ends {
        match end.code() {
            Some(0) if told(end) == tagged => {}
            Some(5 | 9) => {}
            other => broken.push(format!("{other:?}, tagged {tagged:?}\n{}\n{}", end.stdout(), end.stderr())),
        }
    }
    broken
}

/// The digests of every set whose record lies in a repository.
fn announced(observer: &Observer, repository: &str) -> Vec<BTreeSet<String>> {
    let hidden = observer.tags(repository).into_keys().filter(|tag| tag.starts_with("plimsoll-1.0.0-"));
    let set = |tag: String| {
        let manifest: Value = serde_json::from_slice(&observer.manifest(repository, &tag)?).ok()?;
        (manifest["artifactType"] == "application/vnd.plimsoll.release.v2+json").then_some(())?;
        let record = observer.blob(repository, manifest["layers"][1]["digest"].as_str()?)?;
        let record: Value = serde_json::from_slice(&record).ok()?;
        let images = record["docker_images"].as_object()?.values();
        Some(images.filter_map(|image| image["digest"].as_str()).map(str::to_owned).collect())
    };
    hidden.filter_map(set).collect()
}

#[test]
fn of_two_versions_at_once_latest_is_the_higher() {
    race("1.2.4 and 1.3.0 at once", |registry, number| {
        let fleet = Fleet::at(&format!("{registry}/round-{number}"));
        let project = Project::new(&fleet.render(), Inputs::Committed);
        let mut versions = ["1.2.4", "1.3.0"];
        for version in versions {
            project.tag(version);
        }
        if number.is_multiple_of(2) {
            versions.reverse();
        }
        let machines = versions.map(|version| (project.machine(), version));
        let commands = machines.iter().map(|(machine, version)| machine.releasing(version));
        let ends = at_once(commands.collect(), apart(number));
        let observer = Observer::at(registry);
        let mut broken = Vec::new();
        for (end, version) in ends.iter().zip(versions) {
            if end.code() != Some(0) {
                broken.push(format!("{version}: {:?}\n{}", end.code(), end.stderr()));
            }
        }
        for place in [&fleet.app, &fleet.tool] {
            for (tag, version) in [("latest", "1.3.0"), ("1.3", "1.3.0"), ("1.2", "1.2.4")] {
                let (found, want) = (observer.resolve(place, tag), observer.resolve(place, version));
                if found.is_none() || found != want {
                    broken.push(format!("{place}:{tag} is {found:?}, and {version} is {want:?}"));
                }
            }
        }
        (codes(&ends), broken)
    });
}

#[test]
fn of_two_commits_that_are_published_at_once_the_newer_is_at_the_moving_tag() {
    race("two commits of one branch", |registry, number| {
        // Every second round has no tag of the commit's own.
        let own = if number % 2 == 0 { ", \"sha-{sha}\"" } else { "" };
        let tags = format!("\"branch:main\" = [\"main\"{own}]\n");
        let fleet = Fleet::at(&format!("{registry}/published-{number}"));
        let configuration =
            fleet.render().replace("[image-defaults.tags]\n", &format!("[image-defaults.tags]\n{tags}"));
        let project = Project::new(&configuration, Inputs::Built);
        project.commit("1.0.0");
        project.push(&["HEAD:main"]);
        let older = project.machine();
        project.commit("1.0.1");
        project.push(&["HEAD:main"]);
        let newer = project.machine();
        let (mut machines, mut commands) = (vec![older, newer], Vec::new());
        if number % 4 > 1 {
            machines.reverse();
        }
        for machine in &machines {
            machine.build(&format!("commit {}", machine.clone.git(["rev-parse", "HEAD"])));
            commands.push(machine.ask(["publish", "--ref", "main"]));
        }
        let outputs = at_once(commands, apart(number));
        let mut broken: Vec<String> = outputs
            .iter()
            .filter(|output| output.code() != Some(0))
            .map(|output| output.stderr().to_owned())
            .collect();
        let newest = project.author().git(["rev-parse", "HEAD"]);
        let observer = Observer::at(registry);
        for repository in [&fleet.app, &fleet.tool] {
            let told = outputs.iter().map(json).find(|answer| answer["commit"] == newest.trim());
            let images = told.map(|answer| answer["images"].clone()).unwrap_or_default();
            let image =
                images.as_array().into_iter().flatten().find(|image| image["repository"] == **repository);
            let want = image.and_then(|image| image["digest"].as_str().map(str::to_owned));
            let found = observer.resolve(repository, "main");
            if want.is_none() || found != want {
                broken.push(format!("{repository}:main is {found:?}, and the newest commit's is {want:?}"));
            }
        }
        (codes(&outputs), broken)
    });
}
