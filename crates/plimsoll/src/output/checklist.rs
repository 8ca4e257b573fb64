//! The checklist of a release, ticked with what proves each line: Markdown, for an issue or for the release notes.

use super::human::{count, short_commit};
use super::json::on_forge::{DeploymentInfo, PageInfo};
use super::json::released::ReleaseDone;
use super::json::statement::{GatesInfo, Proof, StatementInfo};

/// What the answer of a command does not tell.
#[derive(Clone, Debug, Default)]
pub struct Circumstances {
    /// Whether the commit lies on the default branch; none if nobody can tell.
    pub on_default_branch: Option<bool>,
    /// The page of the CI run.
    pub run: Option<String>,
    /// The gates that the configuration wants before and after making, whether this run came to them or not.
    pub gates: Vec<String>,
    /// The promotion tag of the version; none if versions are not promoted.
    pub promotion_tag: Option<String>,
}

/// One line: ticked if it is proven, and by what.
struct Item {
    tick: Tick,
    text: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tick {
    Done,
    Open,
}

impl Item {
    fn done(text: impl Into<String>) -> Item {
        Item { tick: Tick::Done, text: text.into() }
    }

    fn open(text: impl Into<String>) -> Item {
        Item { tick: Tick::Open, text: text.into() }
    }
}

/// Renders the checklist of a version that was released.
pub fn render_released(done: &ReleaseDone, circumstances: &Circumstances) -> String {
    let ReleaseDone { tag, commit, record, images, charts, .. } = done;
    let mut items = vec![merged(commit, circumstances)];
    items.push(gates(&done.gates, &circumstances.gates));
    let mut published =
        format!("Version tag `{tag}` is on commit `{}`, and is published", short_commit(commit));
    for image in images {
        let platforms: Vec<&str> = image.platforms.keys().map(String::as_str).collect();
        published.push_str(&format!(
            "\n  - `{}@{}` ({})",
            image.repository,
            image.digest,
            platforms.join(", ")
        ));
    }
    for chart in charts {
        published.push_str(&format!("\n  - `{}@{}`", chart.repository, chart.digest));
    }
    published.push_str(&format!("\n  - record `{record}`"));
    items.push(Item::done(published));
    match &circumstances.promotion_tag {
        Some(promotion) => items.push(Item::open(format!("Promotion tag `{promotion}` on the same commit"))),
        None => items.push(page(done.page.as_ref())),
    }
    items.extend(done.deployments.iter().map(deployment));
    items.push(run(circumstances, "release"));
    render(tag, &items)
}

/// Renders the checklist of a version that was promoted; none for other statements.
pub fn render_promoted(info: &StatementInfo, circumstances: &Circumstances) -> Option<String> {
    let Proof { tag, commit, checks, gates, state } = info.proof.as_ref()?;
    let version = info.version.as_deref().unwrap_or_default();
    let mut items = vec![merged(commit, circumstances)];
    items.push(match state {
        GatesInfo::Passed => Item::done(format!("Gates succeeded: {}", quote_all(gates))),
        GatesInfo::PassedBefore => {
            Item::done(format!("Gates succeeded when it was promoted first: {}", quote_all(gates)))
        }
        GatesInfo::ToRun => Item::open(format!("Gates: {}", quote_all(gates))),
        GatesInfo::None => Item::open("Gates: none are configured"),
    });
    items.push(Item::done(format!(
        "Version {version} is published, and served as it was recorded: {}",
        count(*checks, "check")
    )));
    items.push(Item::done(format!("Promotion tag `{tag}` is on its commit `{}`", short_commit(commit))));
    let said = info.statements.iter().map(|digest| format!("\n  - statement `{digest}`"));
    items.push(Item::done(format!("The promotion is recorded{}", said.collect::<String>())));
    items.push(page(info.page.as_ref()));
    items.extend(info.deployments.iter().map(deployment));
    items.push(run(circumstances, "promotion"));
    Some(render(tag, &items))
}

fn merged(commit: &str, circumstances: &Circumstances) -> Item {
    let commit = short_commit(commit);
    match circumstances.on_default_branch {
        Some(true) => Item::done(format!("Commit `{commit}` is on the default branch")),
        Some(false) => Item::open(format!("Commit `{commit}` is not on the default branch")),
        None => Item::open(format!("Commit `{commit}`: whether it is on the default branch can't be told")),
    }
}

/// The gates of a version: those that succeeded in this run, out of those that are configured.
fn gates(passed: &[String], configured: &[String]) -> Item {
    let not_run: Vec<String> = configured.iter().filter(|gate| !passed.contains(gate)).cloned().collect();
    match (configured, not_run.as_slice()) {
        ([], _) => Item::open("Gates: none are configured"),
        (_, []) => Item::done(format!("Gates succeeded: {}", quote_all(configured))),
        (_, not_run) => Item::open(format!("Gates: not run here: {}", quote_all(not_run))),
    }
}

fn page(page: Option<&PageInfo>) -> Item {
    match page {
        Some(page) if page.lacks.is_empty() => Item::done(format!("Release page: {}", page.url)),
        Some(page) => Item::open(format!("Release page: {} (lacks {})", page.url, page.lacks.join(", "))),
        None => Item::open("Release page: none is configured"),
    }
}

fn deployment(deployment: &DeploymentInfo) -> Item {
    let DeploymentInfo { environment, url, at, .. } = deployment;
    match (at, url) {
        (Some(at), _) => Item::open(format!("`{environment}` stays at {at}")),
        (None, Some(url)) => Item::done(format!("Deployed to `{environment}`: {url}")),
        (None, None) => Item::done(format!("Deployed to `{environment}`")),
    }
}

fn run(circumstances: &Circumstances, what: &str) -> Item {
    match &circumstances.run {
        Some(page) => Item::done(format!("The run of this {what}: {page}")),
        None => Item::done(format!("This {what} was run outside of CI")),
    }
}

fn quote_all(commands: &[String]) -> String {
    commands.iter().map(|command| format!("`{command}`")).collect::<Vec<_>>().join(", ")
}

fn render(tag: &str, items: &[Item]) -> String {
    let mut text = format!("# Release checklist of {tag}\n\n");
    for Item { tick, text: line } in items {
        let mark = if *tick == Tick::Done { 'x' } else { ' ' };
        text.push_str(&format!("- [{mark}] {line}\n"));
    }
    text
}
