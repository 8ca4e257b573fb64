//! F11 and F12: taking an attempt back.

use plimsoll_engine::domain::claim::State;

use crate::acts::{removes_claim, swaps_to};
use crate::ending::{Ended, Stopped};
use crate::project::{R1, V1, image_tag, repository};
use crate::stage::{Settings, Stage};

fn stage() -> Stage {
    Stage::new(Settings::default())
}

#[test]
fn f11_what_commits_meanwhile_keeps_its_git_tag() {
    let mut stage = stage();
    let a = stage.release("A", "one", V1);
    stage.past(a, swaps_to(State::Sealed));
    let withdraw = stage.withdraw("W", "two", V1);
    stage.until(withdraw, removes_claim);
    stage.past(a, swaps_to(State::Committed));
    assert_eq!(stage.end(withdraw), Ended::Stopped(Stopped::NotWithdrawable(State::Committed)));
    assert!(stage.sea.git_tag(V1).is_some());
    assert!(stage.end(a).is_done());
}

#[test]
fn f11_who_loses_the_claim_to_a_withdrawal_is_deposed() {
    let mut stage = stage();
    let a = stage.release("A", "one", V1);
    stage.past(a, swaps_to(State::Sealed));
    let withdraw = stage.withdraw("W", "two", V1);
    assert_eq!(stage.end(withdraw), Ended::Withdrawn);
    assert!(stage.sea.git_tag(V1).is_none());
    let ended = stage.end(a);
    assert!(matches!(ended, Ended::Stopped(Stopped::Deposed | Stopped::TagMoved)), "{ended:?}");
    assert!(stage.sea.visible_tags().is_empty());
    stage.sea.make_git_tag(V1);
    assert!(stage.release_alone("B", "two", V1).is_done());
}

#[test]
fn f12_a_burnt_version_is_spent() {
    let mut stage = stage();
    let a = stage.release("A", "one", V1);
    stage.past(a, swaps_to(State::Committed));
    stage.sea.push_foreign(&repository(R1), &image_tag(V1));
    assert_eq!(stage.end(a), Ended::Stopped(Stopped::Burnt));
    let withdraw = stage.withdraw("W", "two", V1);
    assert_eq!(stage.end(withdraw), Ended::Stopped(Stopped::NotWithdrawable(State::Burnt)));
    stage.sea.remove_tag(&repository(R1), &image_tag(V1));
    assert_eq!(stage.release_alone("B", "two", V1), Ended::Stopped(Stopped::Burnt));
    assert_eq!(stage.tag(R1, V1), None);
}

#[test]
fn f12_a_published_version_is_spent() {
    let mut stage = stage();
    assert!(stage.release_alone("A", "one", V1).is_done());
    let withdraw = stage.withdraw("W", "two", V1);
    assert_eq!(stage.end(withdraw), Ended::Stopped(Stopped::NotWithdrawable(State::Published)));
    assert!(stage.sea.git_tag(V1).is_some());
}
