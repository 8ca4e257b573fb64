//! The process is killed at any moment, between two requests or two commands of git.

use std::thread;
use std::time::{Duration, Instant};

use plimsoll_testkit::registry::Flavor;

use crate::lane::{Copies, Lane};
use crate::law::broken_when_done;

const KILLS: u32 = 20;

/// As a fraction of the time that an undisturbed release takes, spread evenly but not in order: the golden ratio.
fn moment(number: u32) -> f64 {
    (f64::from(number) * 0.618_033_988_75).fract()
}

#[test]
fn after_a_kill_at_any_moment_running_again_ends_in_the_same_world() {
    let Some(mut lane) = Lane::start(Flavor::Distribution3, Copies::One) else { return };
    let project = lane.clear();
    let begin = Instant::now();
    project.machine().release("1.0.0").expect_success();
    let takes = begin.elapsed();
    let undisturbed = lane.visible_tags();
    let mut broken = Vec::new();
    for number in 1..=KILLS {
        let after = takes.mul_f64(moment(number));
        broken.extend(
            killed_after(&mut lane, &undisturbed, after).into_iter().map(|what| format!("{after:?}: {what}")),
        );
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

fn killed_after(lane: &mut Lane, undisturbed: &[(String, String)], after: Duration) -> Vec<String> {
    let project = lane.clear();
    let machine = project.machine();
    let mut running = machine.releasing("1.0.0").start();
    thread::sleep(after);
    running.kill();
    running.wait();
    let mut broken = Vec::new();
    let again = machine.release("1.0.0");
    if again.code() != Some(0) {
        broken.push(format!("the second run ended with {:?}\n{}", again.code(), again.stderr()));
    }
    broken.extend(lane.take_broken());
    broken.extend(broken_when_done(&project.claims(), &lane.observer(), "1.0.0"));
    if lane.visible_tags() != undisturbed {
        broken.push(format!("the world is another: {:#?}", lane.visible_tags()));
    }
    broken
}
