//! The text of the file.

use std::fmt::Write as _;

use plimsoll_tags::table::Table;
use plimsoll_tags::version::Scheme;

use super::Home;
use super::charts::{self, Around};
use super::families::word_of;
use super::git_tags::GitTags;
use super::homes::MARK;
use super::version_gate::Gate;
use super::{app_compose, compose, deployments, gates, told};
use crate::config::file::keys::IMAGE;
use crate::config::file::shape::Standing;
use crate::config::resolve::records::DEFAULT_DIRECTORY;
use crate::setup::from_workflows::{Carried, DraftImage, DraftRule, Given, Login, Page, Part};
use crate::setup::holdings::{FoundVersion, Holdings};

/// What stands above what could not be carried over.
pub(super) const LEFT: &str = "# What could not be carried over:";

/// The text, and the names of its images.
pub(super) struct Rendered {
    pub(super) text: String,
    pub(super) images: Vec<String>,
}

/// Renders a draft; gives also what could not be carried over.
pub(super) fn render(
    carried: Carried,
    unreleased: &[DraftImage],
    git_tags: &GitTags,
    holdings: &Holdings,
    home: &Home,
    gate: &Gate,
) -> (Rendered, Vec<String>) {
    let mut text = String::from("# Drafted by `plimsoll init`");
    if !carried.files.is_empty() {
        text.push_str(" from\n");
        for file in &carried.files {
            let _ = writeln!(text, "#   {file}");
        }
        text.push_str("# Read it");
    } else {
        text.push_str(". Read it");
    }
    text.push_str(", then ask `plimsoll check`.\n\n");
    let _ = writeln!(text, "required-version = {}", quoted(&required_version(env!("CARGO_PKG_VERSION"))));
    if home.registry.is_none() && carried.files.is_empty() {
        text.push_str("# No registry is known: images stay in .plimsoll/ until this line is gone and `repository` names one.\n");
        text.push_str("registry = \"local\"\n");
    }
    let _ = write!(text, "\n[project]\nname = {}\n", quoted(&home.name));
    render_gate(&mut text, git_tags.scheme, gate);
    render_git_tags(&mut text, git_tags);
    for image in &carried.images {
        render_image(&mut text, image);
    }
    for image in unreleased {
        let mut table = String::new();
        render_image(&mut table, image);
        text.push_str(&commented(&table));
    }
    for login in &carried.logins {
        let mut table = String::new();
        render_login(&mut table, login);
        text.push_str(&if login.is_guess { commented(&table) } else { table });
    }
    let mut left: Vec<String> = carried
        .images
        .iter()
        .flat_map(|image| image.left.iter().map(move |what| format!("image {}: {what}", image.name)))
        .collect();
    left.extend(carried.left.iter().cloned());
    let around = Around { carried: &carried, git_tags, holdings, home, charts: &[] };
    charts::render(&mut text, around, &mut left);
    let has_compose = compose::render(&mut text, &carried.images, holdings, &mut left);
    app_compose::render(&mut text, holdings, &carried, has_compose, &mut left);
    gates::render(&mut text, &carried.gates, &mut left);
    render_records(&mut text, home);
    render_page(&mut text, &carried, home);
    deployments::render(&mut text, &carried.deployments, home, git_tags, &mut left);
    let left = told::arrange(left);
    if !left.is_empty() {
        let _ = writeln!(text, "\n{LEFT}");
        for what in &left {
            let _ = writeln!(text, "# - {}", what.replace('\n', " "));
        }
    }
    (Rendered { text, images: carried.images.into_iter().map(|image| image.name).collect() }, left)
}

/// This version, and those after it that keep what it promises.
fn required_version(this: &str) -> String {
    let mut numbers = this.split(['.', '-', '+']).map(|number| number.parse::<u64>().unwrap_or(0));
    let (major, minor) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    match major {
        0 => format!(">=0.{minor}, <0.{}", minor + 1),
        _ => format!(">={major}.{minor}, <{}", major + 1),
    }
}

fn render_gate(text: &mut String, scheme: Scheme, gate: &Gate) {
    let scheme = (scheme != Scheme::default()).then(|| format!("scheme = {}\n", quoted(scheme.name())));
    let files = match gate {
        Gate::Default => None,
        Gate::Files(files) => {
            let files: Vec<String> = files.iter().map(version_file).collect();
            Some(format!("files = [{}]\n", files.join(", ")))
        }
        Gate::Off => Some("# Not held against the tag yet: why stands below.\nfiles = []\n".to_owned()),
    };
    let lines: String = scheme.into_iter().chain(files).collect();
    if !lines.is_empty() {
        let _ = write!(text, "\n[version]\n{lines}");
    }
}

fn version_file(file: &FoundVersion) -> String {
    match file.pattern {
        None => quoted(&file.path),
        Some(pattern) => format!("{{ file = {}, pattern = {} }}", quoted(&file.path), quoted(pattern)),
    }
}

fn render_login(text: &mut String, login: &Login) {
    let value = |part: &Part| match part {
        Part::Written(text) => quoted(text),
        Part::Variable(name) | Part::Setting(name) => quoted(&format!("env:{name}")),
    };
    let _ = write!(
        text,
        "\n[registries.{}]\nusername = {}\npassword = {}\n",
        quoted(&login.registry),
        value(&login.username),
        value(&login.password)
    );
}

/// Records are called after versions: those of two families would take each other's names in one folder.
fn render_records(text: &mut String, home: &Home) {
    if let Some(begin) = &home.family {
        let folder = format!("{DEFAULT_DIRECTORY}/{}", word_of(begin));
        let _ = write!(text, "\n[records]\ndirectory = {}\n", quoted(&folder));
    }
}

fn render_page(text: &mut String, carried: &Carried, home: &Home) {
    if !home.has_pages {
        return;
    }
    let is_promoted = carried.git_tags.iter().any(|pattern| pattern.ends_with("-stable"));
    match carried.page {
        Some(Page::Made | Page::ByGoreleaser | Page::ByHand) => {
            let which = if is_promoted { "stable" } else { "version" };
            let _ = write!(text, "\n[forge]\nrelease = \"{which}\"\n");
        }
        // What somebody publishes by hand is not published at once.
        Some(Page::Drafted) | None => text.push_str(&commented(
            "\n[forge]\nrelease = \"version\"               # a release page for each version\n",
        )),
    }
}

/// What of git tags is not the default.
fn render_git_tags(text: &mut String, tags: &GitTags) {
    if (&tags.before, &tags.stable, tags.prereleases) == (&None, &None, false) {
        return;
    }
    text.push_str("\n[tags]\n");
    if let Some(before) = &tags.before {
        let _ = writeln!(text, "version = {}", quoted(&format!("{before}{{version}}")));
    }
    if let Some(before) = &tags.stable {
        let _ = writeln!(text, "stable = {}", quoted(&format!("{before}{{version}}-stable")));
    }
    if tags.prereleases {
        text.push_str("prerelease = true\n");
    }
}

fn render_image(text: &mut String, image: &DraftImage) {
    text.push_str("\n[[image]]\n");
    let _ = writeln!(text, "name = {}", quoted(&image.name));
    let mut repositories = image.repositories.iter().map(|name| with_host(name));
    let repository = format!("repository = {}", quoted(&repositories.next().unwrap_or_default()));
    let _ = match image.guess.as_ref().map(|guess| guess.written.as_deref()) {
        None => writeln!(text, "{repository}"),
        Some(None) => {
            writeln!(text, "# {repository}{MARK}: no workflow says it in words that are understood")
        }
        Some(Some(written)) => writeln!(text, "# {repository}{MARK}: the workflow has {written}"),
    };
    let mirrors: Vec<String> = repositories.collect();
    if !mirrors.is_empty() {
        let _ = writeln!(text, "mirrors = {}", list(&mirrors));
    }
    match &image.unread_platforms {
        _ if !image.platforms.is_empty() => {
            let _ = writeln!(text, "platforms = {}", list(&image.platforms));
        }
        Some(written) => {
            let _ = writeln!(text, "platforms = [\"linux/amd64\"]  # A guess: the workflow says {written}");
        }
        None => {}
    }
    for (key, value) in
        [("dockerfile", &image.dockerfile), ("context", &image.context), ("target", &image.target)]
    {
        if let Some(value) = value {
            let line = format!("{key} = {}\n", quoted(value));
            text.push_str(&if is_live_image(key) { line } else { commented(&line) });
        }
    }
    if let Some(program) = &image.program {
        let from = quoted(&format!("dist/{{os}}-{{arch}}/{program}"));
        // Where ko puts it.
        let to = quoted(&format!("/ko-app/{program}"));
        let _ = writeln!(
            text,
            "assemble = {{ base = \"scratch\", files = [{{ from = {from}, to = {to}, mode = \"0755\" }}], entrypoint = [{to}] }}"
        );
    }
    if !image.flavor.is_empty() {
        let _ = writeln!(text, "flavor = {}", list(&image.flavor));
    }
    render_given(text, &image.given);
    let pairs =
        [("build-args", &image.build_args), ("labels", &image.labels), ("annotations", &image.annotations)];
    for (key, pairs) in pairs {
        if !pairs.is_empty() {
            let _ = writeln!(text, "{key} = {}", table(pairs));
        }
    }
    if image.rules.0.is_empty() {
        return;
    }
    text.push_str("\n[image.tags]\n");
    for (table, rules) in &image.rules.0 {
        let key = match table {
            Table::Branch(_) | Table::AnyBranch => quoted(&table.to_string()),
            Table::Release | Table::Promotion | Table::PullRequest => table.to_string(),
        };
        let lines: String = rules.iter().map(|rule| format!("    {},\n", rule_of(rule))).collect();
        let remark = image.remark.as_ref().filter(|_| *table == Table::Release);
        let remark = remark.map(|remark| format!("# {remark}\n")).unwrap_or_default();
        let _ = write!(text, "{remark}{key} = [\n{lines}]\n");
    }
}

/// What a build is given beside its Dockerfile.
fn render_given(text: &mut String, given: &Given) {
    for (key, pairs) in [("secrets", &given.secrets), ("contexts", &given.contexts)] {
        if !pairs.is_empty() {
            let _ = writeln!(text, "{key} = {}", table(pairs));
        }
    }
    if let Some(network) = &given.network {
        let _ = writeln!(text, "network = {}", quoted(network));
    }
    for (key, texts) in
        [("ssh", &given.ssh), ("cache-from", &given.cache_from), ("cache-to", &given.cache_to)]
    {
        if !texts.is_empty() {
            let _ = writeln!(text, "{key} = {}", list(texts));
        }
    }
}

fn table(pairs: &[(String, String)]) -> String {
    let pairs: Vec<String> =
        pairs.iter().map(|(key, value)| format!("{} = {}", quoted(key), quoted(value))).collect();
    format!("{{ {} }}", pairs.join(", "))
}

/// Docker Hub goes without its name in workflows, or by another one.
pub(in crate::setup) fn with_host(repository: &str) -> String {
    let host = repository.split('/').next().unwrap_or_default();
    let has_host = repository.contains('/') && (host.contains(['.', ':']) || host == "localhost");
    match repository.strip_prefix("index.docker.io/") {
        Some(path) => format!("docker.io/{path}"),
        None if has_host => repository.to_owned(),
        None => format!("docker.io/{repository}"),
    }
}

pub(super) fn commented(lines: &str) -> String {
    lines.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("# {line}\n") }).collect()
}

/// Whether this version of Plimsoll acts on a key; one that it does not would be an error.
fn is_live_image(key: &str) -> bool {
    IMAGE.find(key).is_some_and(|key| matches!(key.standing, Standing::Optional | Standing::Required))
}

fn rule_of(rule: &DraftRule) -> String {
    match rule.class {
        None => quoted(&rule.text),
        Some(class) => format!("{{ tag = {}, class = {} }}", quoted(&rule.text), quoted(&class.to_string())),
    }
}

pub(super) fn quoted(text: &str) -> String {
    toml_edit::Value::from(text).to_string().trim().to_owned()
}

pub(super) fn list(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", texts.join(", "))
}
