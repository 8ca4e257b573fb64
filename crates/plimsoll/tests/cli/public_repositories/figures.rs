//! What is counted of a repository.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use plimsoll_testkit::process::Output;
use serde_json::Value;
use toml_edit::{DocumentMut, Item};

use super::checkout::checkout;
use super::stand_ins::{self, tables};
use super::table::Row;
use crate::carried_over::init_with_guesses;
use crate::scene::Scene;

/// What `init`, `check`, `plan` and `rehearse` said.
pub(super) struct Figures {
    /// Images, charts, compose files, rules of image tags, and deployments that were drafted, and lines that say what was not.
    pub(super) drafted: [usize; 6],
    /// What `check` says, by its codes.
    pub(super) check: String,
    /// How many steps each tag's plan has, or the code that it ends with.
    pub(super) plans: Vec<String>,
    /// How the rehearsals end.
    pub(super) rehearsals: Vec<String>,
    /// What was drafted and said, for whoever looks into a figure.
    pub(super) behind: String,
}

impl Figures {
    /// Tries a commit of a git directory.
    pub(super) fn of(directory: &Path, row: &Row) -> Figures {
        let scene = Scene { repo: checkout(directory, row) };
        let name = &row.repository;
        let init = init_with_guesses(&scene);
        let done = json(name, &init);
        init.expect_success();
        let text = scene.read("plimsoll.toml");
        let left = done["left"].as_array().map_or(0, Vec::len);
        // A line that is not carried over stands in the file, too.
        let told = text.split("# What could not be carried over:").nth(1).unwrap_or_default().lines();
        assert_eq!(told.filter(|line| line.starts_with("# - ")).count(), left, "{name}\n{text}");
        let mut config: DocumentMut = text.parse().unwrap();
        let drafted = [
            tables(&mut config, "image").count(),
            tables(&mut config, "chart").count(),
            usize::from(config.contains_key("compose")),
            tables(&mut config, "image").map(|image| count_rules(image.get("tags"))).sum(),
            tables(&mut config, "deployment").count(),
            left,
        ];
        let check = said_by_check(name, &scene.plimsoll("check -o json").run());
        stand_ins::put(&scene.repo, &mut config);
        let before = config.get("tags").and_then(|tags| tags.get("version")).and_then(Item::as_str);
        let before = before.unwrap_or("v{version}").trim_end_matches("{version}");
        let version = row.tags.first().and_then(|tag| tag.strip_prefix(before)).unwrap_or_default();
        // Where files name the version, it is the release's.
        if scene.run("version show").code() == Some(0) {
            scene.run(&format!("version set {version}")).expect_success();
        }
        scene.repo.commit("Move over");
        let mut plans = Vec::new();
        let mut rehearsals = Vec::new();
        let mut behind = String::new();
        for tag in &row.tags {
            let plan = scene.plimsoll(&format!("plan {tag} -o json")).run();
            let answer = json(name, &plan);
            plans.push(match answer["steps"].as_array() {
                Some(steps) => steps.len().to_string(),
                None => code(&answer),
            });
            let rehearsal = scene.plimsoll(&format!("rehearse {tag} -o json")).run();
            let answer = json(name, &rehearsal);
            rehearsals.push(match (rehearsal.code(), answer["status"].as_str()) {
                (Some(0), Some("rehearsed")) => "yes".to_owned(),
                _ => code(&answer),
            });
            let _ = write!(behind, "=== {name} {tag}\n{}\n{}", plan.stderr(), rehearsal.stderr());
        }
        let _ = write!(behind, "=== {name}\n{text}");
        Figures { drafted, check, plans, rehearsals, behind }
    }
}

fn json(name: &str, output: &Output) -> Value {
    serde_json::from_str(output.stdout())
        .unwrap_or_else(|error| panic!("{name}: {error}: {}", output.stderr()))
}

fn code(answer: &Value) -> String {
    format!("`{}`", answer["error"]["code"].as_str().unwrap_or("no code"))
}

fn count_rules(tags: Option<&Item>) -> usize {
    let tables = tags.and_then(Item::as_table_like);
    let lists = tables.into_iter().flat_map(|table| table.iter()).filter_map(|(_, list)| list.as_array());
    lists.map(toml_edit::Array::len).sum()
}

/// Warnings that say more of the machine than of the repository.
pub(crate) const OF_MACHINES: [&str; 3] = ["emulated-uncached", "key-unusable", "tool-missing"];

/// The codes of what `check` says; errors are said to be some.
fn said_by_check(name: &str, output: &Output) -> String {
    let answer = json(name, output);
    let mut codes: BTreeMap<(bool, String), usize> = BTreeMap::new();
    for problem in answer["problems"].as_array().into_iter().flatten() {
        let code = problem["code"].as_str().unwrap_or_default().to_owned();
        if OF_MACHINES.contains(&code.as_str()) {
            continue;
        }
        *codes.entry((problem["severity"] != "error", code)).or_default() += 1;
    }
    let mut said = String::new();
    for ((is_warning, code), count) in codes {
        let separator = if said.is_empty() { "" } else { ", " };
        let error = if is_warning { "" } else { "error " };
        let _ = write!(said, "{separator}{count} {error}`{code}`");
    }
    if said.is_empty() { "right".to_owned() } else { said }
}
