//! C3: an optional mirror holds nobody up, burns nothing, and is brought in line by running again.

use plimsoll_engine::domain::claim::State;
use plimsoll_engine::domain::project::ClaimPolicy;
use plimsoll_engine::domain::target::Necessity;
use plimsoll_engine::run::released::Part;
use plimsoll_testkit::world::{Act, Fault};

use crate::acts::{point_of, points, reads_tag, swaps_to};
use crate::ending::{Ended, Stopped};
use crate::project::{M1, R1, R2, V1, image_tag, repository};
use crate::stage::{Settings, Stage};
use crate::truth::check_tags;

fn stage() -> Stage {
    Stage::new(Settings { mirror: Some(Necessity::Optional), ..Settings::default() })
}

const ALL: [&str; 4] = [V1, "sha-0000000", "1.0", "latest"];

#[test]
fn a_mirror_that_answers_gets_every_tag() {
    let mut stage = stage();
    assert!(stage.release_alone("A", "one", V1).is_done());
    for tag in ALL {
        assert_eq!(stage.tag(M1, tag), stage.tag(R1, tag), "{tag}");
    }
}

#[test]
fn a_mirror_that_is_down_is_reported_and_finished_later() {
    // It goes down before the push, before its version tag, before its moving tags are read, before they are written.
    let moments: [fn(&Act) -> bool; 4] = [
        |act| swaps_to(State::Sealed)(act),
        |act| swaps_to(State::Published)(act),
        |act| reads_tag(M1, "latest")(act),
        |act| points(M1, "latest")(act),
    ];
    for (at, moment) in moments.into_iter().enumerate() {
        let mut stage = stage();
        let a = stage.release("A", "one", V1);
        stage.until(a, moment);
        stage.sea.break_down(&repository(M1), u32::MAX);
        assert_eq!(stage.end(a), Ended::Stopped(Stopped::Mirrors), "moment {at}");
        assert_eq!(stage.state(V1), Some(State::Published));
        for place in [R1, R2] {
            assert!(stage.tag(place, "latest").is_some(), "moment {at}: {place} was held up");
        }
        stage.sea.break_down(&repository(M1), 0);
        let ended = stage.release_alone("B", "two", V1);
        assert!(matches!(ended, Ended::Released(Part::Adopted, _)), "moment {at}: {ended:?}");
        assert_eq!(check_tags(&stage, V1), Ok(()), "moment {at}");
        for tag in ALL {
            assert_eq!(stage.tag(M1, tag), stage.tag(R1, tag), "moment {at}: {tag}");
        }
    }
}

#[test]
fn a_mirror_that_hiccups_is_not_even_reported() {
    for tag in ALL {
        let mut stage = stage();
        let a = stage.release("A", "one", V1);
        stage.scheduler.fault(a, Fault::Transient, point_of(M1, tag));
        let ended = stage.end(a);
        assert!(ended.is_done(), "{tag}: {ended:?}");
    }
}

#[test]
fn a_mirror_that_fell_silent_is_not_asked_again() {
    let mut stage = stage();
    let a = stage.release("A", "one", V1);
    stage.until(a, reads_tag(M1, "latest"));
    stage.sea.break_down(&repository(M1), u32::MAX);
    let mut asked = 0;
    while let Some(act) = stage.scheduler.waiting(a).first() {
        asked +=
            usize::from(matches!(&**act, Act::ReadTag(at, _) | Act::ListTags(at) if *at == repository(M1)));
        stage.scheduler.step(a);
    }
    assert_eq!(stage.ended(a), Some(Ended::Stopped(Stopped::Mirrors)));
    assert_eq!(asked, 1);
}

#[test]
fn without_claims_a_user_who_stops_at_a_mirror_has_stopped() {
    let mirror = Some(Necessity::Optional);
    let mut stage = Stage::new(Settings { mirror, claim: ClaimPolicy::None, ..Settings::default() });
    let a = stage.release("A", "one", V1);
    stage.scheduler.fault(a, Fault::Stopped, point_of(M1, V1));
    let ended = stage.end(a);
    assert!(matches!(&ended, Ended::Stopped(Stopped::Failed(why)) if why.contains("Stopped")), "{ended:?}");
    assert!(stage.sea.files().is_empty(), "the run went on");
}

#[test]
fn without_claims_a_mirror_that_is_mended_is_no_nothing() {
    let mirror = Some(Necessity::Optional);
    let mut stage = Stage::new(Settings { mirror, claim: ClaimPolicy::None, ..Settings::default() });
    assert!(stage.release_alone("A", "one", V1).is_done());
    stage.sea.remove_tag(&repository(M1), &image_tag(V1));
    let ended = stage.release_alone("B", "one", V1);
    assert!(matches!(ended, Ended::Released(Part::Adopted, _)), "{ended:?}");
}

#[test]
fn a_stranger_in_a_mirror_burns_nothing() {
    let mut stage = stage();
    let a = stage.release("A", "one", V1);
    stage.past(a, swaps_to(State::Committed));
    let strange = stage.sea.push_foreign(&repository(M1), &image_tag(V1));
    assert_eq!(stage.end(a), Ended::Stopped(Stopped::MirrorDrift));
    assert_eq!((stage.state(V1), stage.tag(M1, V1)), (Some(State::Published), Some(strange)));
    assert!(stage.tag(R1, "latest").is_some());
}
