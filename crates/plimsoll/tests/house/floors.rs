//! The floors of the engine: a room names only rooms below its own.

use crate::paths::{Named, Place, paths};
use crate::tree::{none, sources};

const ENGINE: &str = "crates/plimsoll-engine/src";

/// From the ground up. Rooms of one floor do not name each other.
const FLOORS: [&[&str]; 9] = [
    &["domain"],
    &["world"],
    &["document", "statement"],
    &["ledger"],
    &["check"],
    &["make", "ship"],
    &["plan"],
    &["run"],
    &["act"],
];

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

/// The room of a file of the engine; none for `lib.rs`, which is the floor plan.
fn room(path: &str) -> Option<&str> {
    let inside = path.strip_prefix(ENGINE)?.strip_prefix('/')?;
    let first = inside.split('/').next()?;
    let room = first.strip_suffix(".rs").unwrap_or(first);
    (room != "lib").then_some(room)
}

/// What is wrong with a path that a room names.
fn wrong(room: &str, named: &Named) -> Option<&'static str> {
    if named.segment(0) == "super" && named.segment(1) == "super" {
        return Some("say `crate::…`");
    }
    if named.segment(0) != "crate" || named.segment(1) == room {
        return None;
    }
    let Some(other) = floor(named.segment(1)) else { return Some("name it by its room") };
    if named.place != Place::TopLevelUse {
        return Some("other rooms are named in a `use` at the top, where they can be seen");
    }
    (Some(other) >= floor(room)).then_some("that room is not below")
}

#[test]
fn every_room_has_a_floor() {
    let broken = sources(ENGINE).into_iter().filter_map(|file| {
        let room = room(&file.path)?;
        floor(room).is_none().then(|| format!("{}: {room}", file.path))
    });
    none(broken.collect(), "give these rooms of the engine a floor in FLOORS");
}

#[test]
fn a_room_names_only_rooms_below() {
    let mut broken = Vec::new();
    for file in sources(ENGINE) {
        let Some(room) = room(&file.path) else { continue };
        for named in paths(&file.parse()) {
            if let Some(why) = wrong(room, &named) {
                broken.push(format!("{} names {}: {why}", file.path, named.text()));
            }
        }
    }
    none(broken, "move the word down, or the work up");
}

#[test]
fn the_rule_of_the_floors_can_fail() {
    let verdict = |room: &str, code: &str| {
        let file = syn::parse_str(code).unwrap();
        paths(&file).iter().any(|named| wrong(room, named).is_some())
    };
    assert!(!verdict(
        "plan",
        "use crate::domain::{code::Code, git}; use crate::world::World; use super::steps;"
    ));
    assert!(!verdict("plan", "fn f() { crate::plan::steps::of() }"));
    assert!(verdict("plan", "use crate::run::Run;"));
    assert!(verdict("make", "use crate::ship::Ship;"));
    assert!(verdict("run", "fn f() { use crate::domain::Code; }"));
    assert!(verdict("run", "fn f() { crate::domain::code() }"));
    assert!(verdict("run", "fn f() { assert!(crate::domain::code()) }"));
    assert!(verdict("run", "use super::super::domain::Code;"));
    assert!(verdict("run", "use crate::Code;"));
    assert_eq!(room("crates/plimsoll-engine/src/plan/steps.rs"), Some("plan"));
    assert_eq!(room("crates/plimsoll-engine/src/lib.rs"), None);
}
