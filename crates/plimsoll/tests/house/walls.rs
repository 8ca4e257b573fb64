//! Walls between crates and inside the binary.

use std::fs;

use crate::paths::paths;
use crate::tree::{none, root, sources};

/// The engine does no I/O of its own; these are how one would begin.
const OUTSIDE: [&str; 5] = ["tokio", "reqwest", "hyper", "clap", "plimsoll_http"];

#[test]
fn the_engine_names_no_runtime() {
    let mut broken = Vec::new();
    for file in sources("crates/plimsoll-engine/src") {
        let named = paths(&file.parse());
        let named = named.iter().filter(|named| OUTSIDE.contains(&named.segment(0)));
        broken.extend(named.map(|named| format!("{} names {}", file.path, named.text())));
    }
    let manifest = fs::read_to_string(root().join("crates/plimsoll-engine/Cargo.toml"))
        .expect("the engine has a Cargo.toml");
    let dependencies = manifest.split("\n[").filter(|table| table.starts_with("dependencies]"));
    for line in dependencies.flat_map(str::lines) {
        let name = line.split(['.', ' ', '=']).next().unwrap_or_default().replace('-', "_");
        if OUTSIDE.contains(&name.as_str()) {
            broken.push(format!("crates/plimsoll-engine/Cargo.toml depends on {name}"));
        }
    }
    none(broken, "make it a role in the engine's `world` and an adapter in the binary");
}

#[test]
fn only_the_wiring_names_the_adapters() {
    let mut broken = Vec::new();
    for file in sources("crates/plimsoll/src") {
        let inside = file.path.trim_start_matches("crates/plimsoll/src/");
        if inside == "wire.rs" || inside.starts_with("wire/") || inside.starts_with("adapters") {
            continue;
        }
        let named = paths(&file.parse());
        let named = named.iter().filter(|named| named.segments.iter().any(|one| one == "adapters"));
        broken.extend(named.map(|named| format!("{} names {}", file.path, named.text())));
    }
    none(broken, "take a role from `World` instead of an adapter");
}

/// A server that shared code with the client would share its mistakes, and no test of one against the other would show
/// them.
#[test]
fn the_server_shares_nothing_with_the_client() {
    let mut broken = Vec::new();
    for file in sources("crates/plimsoll-registry/src") {
        let named = paths(&file.parse());
        let client = |segments: &[String]| {
            let names = |one: &str| segments.iter().any(|segment| segment == one);
            names("plimsoll_http") || (names("plimsoll_oci") && names("remote"))
        };
        let named = named.iter().filter(|named| client(&named.segments));
        broken.extend(named.map(|named| format!("{} names {}", file.path, named.text())));
    }
    none(broken, "write it again, from the specification");
}
