//! The line between the binary and a registry is cut at every request of a release, in every way.
//!
//! After any of it, running again ends in the same world as an undisturbed release, and no tag was ever seen before
//! what it points at. Each request meets one fault in each run of the tests, those with even numbers at one registry
//! and those with odd ones at another. `PLIMSOLL_SEED` deals the faults otherwise: with 0 to 9 in turn each request
//! meets each fault at each registry.

use plimsoll_testkit::process::{Invocation, Output};
use plimsoll_testkit::proxy::{Fault, Lasting, When};
use plimsoll_testkit::registry::Flavor;

use crate::lane::{Copies, Lane, run_mortal};
use crate::law::broken_when_done;

/// How one request goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    /// It never arrives.
    Before,
    /// It arrives, its answer does not.
    Reply,
    /// It is answered with 503 instead.
    Busy,
    /// The connection breaks after some bytes of its body.
    InBody,
    /// It arrives, but the process that sent it is no more.
    Killed,
}

const FAULTS: [Cut; 5] = [Cut::Before, Cut::Reply, Cut::Busy, Cut::InBody, Cut::Killed];

/// Who runs the release again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Second {
    /// The same machine, with its journal and what it has sealed.
    Same,
    /// Another machine, which has nothing but the git remote.
    Another,
}

/// The number that chooses this run's share of the table.
fn seed() -> usize {
    // The environment decides which cases are run, never whether one passes.
    std::env::var("PLIMSOLL_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(0)
}

#[test]
fn distribution_3_is_cut_off_at_every_other_request() {
    every_other_request(Flavor::Distribution3, 0);
}

#[test]
fn go_containerregistry_is_cut_off_at_every_other_request() {
    every_other_request(Flavor::Refreg, 1);
}

fn every_other_request(flavor: Flavor, first: usize) {
    let Some(mut lane) = Lane::start(flavor, Copies::None) else { return };
    let project = lane.clear();
    project.machine().release("1.0.0").expect_success();
    let requests = lane.front().requests().len();
    assert_eq!(lane.take_broken(), [""; 0], "an undisturbed release keeps its order");
    let undisturbed = lane.visible_tags();
    let mut broken = Vec::new();
    for request in (1..=requests).filter(|request| (request + first + seed()).is_multiple_of(2)) {
        // Neighbours differ in the fault, every five of them in who runs again.
        let turn = request / 2 + seed() / 2;
        let cut = FAULTS[turn % FAULTS.len()];
        let second = if (turn / FAULTS.len()).is_multiple_of(2) { Second::Same } else { Second::Another };
        for what in cut_at(&mut lane, &undisturbed, request, cut, second) {
            broken.push(format!("request {request} of {requests}, {cut:?}, again on {second:?}: {what}"));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

fn cut_at(
    lane: &mut Lane,
    undisturbed: &[(String, String)],
    request: usize,
    cut: Cut,
    second: Second,
) -> Vec<String> {
    let project = lane.clear();
    let machine = project.machine();
    let first = disturbed(lane, machine.releasing("1.0.0"), request, cut);
    let mut broken = lane.take_broken();
    let ends = match cut {
        Cut::Killed => [None, Some(0), Some(0)],
        _ => [Some(0), Some(8), Some(9)],
    };
    if !ends.contains(&first.code()) {
        broken.push(format!("it ended with {:?}\n{}", first.code(), first.stderr()));
    }
    if first.code() == Some(0) {
        broken.extend(broken_when_done(&project.claims(), &lane.observer(), "1.0.0"));
    }
    let again = match second {
        Second::Same => machine.release("1.0.0"),
        Second::Another => project.machine().release("1.0.0"),
    };
    if again.code() != Some(0) {
        broken.push(format!("the second run ended with {:?}\n{}", again.code(), again.stderr()));
    }
    broken.extend(lane.take_broken());
    broken.extend(broken_when_done(&project.claims(), &lane.observer(), "1.0.0"));
    let tags = lane.visible_tags();
    if tags != undisturbed {
        broken.push(format!("the world is another: {tags:#?}, not {undisturbed:#?}"));
    }
    broken
}

/// Runs a command whose `request`th request goes wrong.
fn disturbed(lane: &Lane, command: Invocation, request: usize, cut: Cut) -> Output {
    let plan = |fault| lane.front().fail(When::request(request), fault, Lasting::Once);
    match cut {
        Cut::Before => plan(Fault::CutBefore),
        Cut::Reply => plan(Fault::LoseReply),
        Cut::Busy => plan(Fault::status(503)),
        Cut::InBody => plan(Fault::CutRequest(7)),
        Cut::Killed => return run_mortal(command, |kill| plan(Fault::after(kill))),
    }
    command.run()
}
