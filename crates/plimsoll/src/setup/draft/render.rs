//! The text of the file.

use std::fmt::Write as _;

use plimsoll_tags::table::Table;
use serde_json::Value;

use super::git_tags::GitTags;
use super::{Gate, Home};
use crate::config::file::keys::IMAGE;
use crate::config::file::shape::Standing;
use crate::setup::from_workflows::{Carried, DraftImage, DraftRule, Login, Page, Part};
use crate::setup::holdings::{FoundChart, Holdings};

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
    render_gate(&mut text, gate);
    render_git_tags(&mut text, git_tags);
    for image in &carried.images {
        render_image(&mut text, image);
    }
    for login in &carried.logins {
        render_login(&mut text, login);
    }
    let mut left: Vec<String> = carried
        .images
        .iter()
        .flat_map(|image| image.left.iter().map(move |what| format!("image {}: {what}", image.name)))
        .collect();
    left.extend(carried.left.iter().cloned());
    render_charts(&mut text, &carried, holdings, home, &mut left);
    render_compose(&mut text, &carried, holdings);
    render_page(&mut text, &carried, home);
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

fn render_gate(text: &mut String, gate: &Gate) {
    match gate {
        Gate::Default => {}
        Gate::Files(files) => {
            let _ = write!(text, "\n[version]\nfiles = {}\n", list(files));
        }
        Gate::Off(why) => {
            let _ = write!(text, "\n[version]\n# Not held against the tag yet: {why}.\nfiles = []\n");
        }
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

/// Charts that workflows publish, or that nothing does yet.
fn render_charts(
    text: &mut String,
    carried: &Carried,
    holdings: &Holdings,
    home: &Home,
    left: &mut Vec<String>,
) {
    if holdings.charts.is_empty() && carried.charts.is_some() {
        left.push("charts are published, and there is no Chart.yaml".to_owned());
    }
    let own = || home.registry.as_ref().map(|registry| format!("oci://{registry}/charts"));
    let listed = find_chart_repository(carried, home);
    let place = match &carried.charts {
        Some(places) => places.first().cloned(),
        None if carried.files.is_empty() => own(),
        None => None,
    };
    if let (Some(branch), None, false) = (&carried.chart_branch, &listed, holdings.charts.is_empty()) {
        left.push(format!("charts are listed on the branch {branch}: nothing says where it is served"));
    }
    for pattern in &carried.chart_tags {
        left.push(format!(
            "git tags {pattern} release charts alone: `version = \"independent\"` and `git-tag` of a chart do that"
        ));
    }
    if carried.chart_branch.is_some() && !holdings.charts.is_empty() {
        left.push("a push to a branch releases charts by itself: `plimsoll chart release` in a job of its own does that".to_owned());
    }
    for place in carried.charts.iter().flatten().skip(1) {
        left.push(format!("charts go to {place}, too"));
    }
    for chart in &holdings.charts {
        let pins = find_pins(chart, &carried.images);
        let mut lines = format!("\n[[chart]]\npath = {}\n", quoted(&chart.path));
        if place.is_some() || listed.is_none() {
            let _ = writeln!(lines, "oci = {}", quoted(place.as_deref().unwrap_or("oci://…")));
        }
        if !pins.is_empty() {
            let pins: Vec<String> =
                pins.iter().map(|(path, what)| format!("{} = {}", quoted(path), quoted(what))).collect();
            let _ = writeln!(lines, "image = {{ {} }}", pins.join(", "));
        }
        if let Some(listed) = &listed {
            lines.push_str(listed);
        }
        match (&place, &listed) {
            (Some(_), _) | (_, Some(_)) => text.push_str(&lines),
            (None, None) => {
                text.push_str(&commented(&lines));
                left.push(format!("chart {}: nothing says which registry it goes to", chart.path));
            }
        }
    }
}

/// The lines of a chart that a branch lists, served by GitHub Pages: its numbers are its own there.
fn find_chart_repository(carried: &Carried, home: &Home) -> Option<String> {
    let branch = carried.chart_branch.as_ref()?;
    let (owner, name) = home.repository.as_ref().filter(|_| home.has_pages)?.split_once('/')?;
    let url = format!("https://{}.github.io/{name}", owner.to_lowercase());
    Some(format!(
        "version = \"independent\"\nhttp = {{ branch = {}, url = {} }}\n",
        quoted(branch),
        quoted(&url)
    ))
}

/// Where a chart's values name the images: a path, and what stands there.
fn find_pins(chart: &FoundChart, images: &[DraftImage]) -> Vec<(String, String)> {
    let mut pins = Vec::new();
    let mut add = |path: &str, image: &DraftImage| {
        let found = path.split('.').try_fold(&chart.values, |value, key| value.get(key));
        let Some(Value::Object(named)) = found else { return };
        // A digest pins more than a tag.
        let known = ["digest", "tag"].into_iter().find(|key| named.get(*key).is_some_and(is_scalar));
        pins.extend(known.map(|key| (format!("{path}.{key}"), format!("{}.{key}", image.name))));
    };
    match images {
        [image] => add("image", image),
        images => {
            for image in images {
                let short = image.name.rsplit('-').next().unwrap_or(&image.name);
                add(&format!("{short}.image"), image);
                add(&format!("image.{short}"), image);
            }
        }
    }
    pins
}

fn is_scalar(value: &Value) -> bool {
    value.is_string() || value.is_null()
}

/// The compose file, where it runs an image that is released here.
fn render_compose(text: &mut String, carried: &Carried, holdings: &Holdings) {
    let Some(compose) = &holdings.compose else { return };
    let runs = carried.images.iter().flat_map(|image| &image.repositories).any(|name| {
        compose.text.lines().any(|line| {
            let image =
                line.trim().strip_prefix("image:").map(|image| image.trim().trim_matches(['"', '\'']));
            image.is_some_and(|image| {
                image == name
                    || image.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with([':', '@']))
            })
        })
    });
    let lines = format!("\n[compose]\nfile = {}\n", quoted(&compose.path));
    match runs {
        true => text.push_str(&lines),
        false => text.push_str(&commented(&format!("{lines}services = {{ … = \"…\" }}\n"))),
    }
}

fn render_page(text: &mut String, carried: &Carried, home: &Home) {
    if !home.has_pages {
        return;
    }
    let is_promoted = carried.git_tags.iter().any(|pattern| pattern.ends_with("-stable"));
    match carried.page {
        Some(Page::Made | Page::ByHand) => {
            let which = if is_promoted { "stable" } else { "version" };
            let _ = write!(text, "\n[forge]\nrelease = \"{which}\"\n");
        }
        None => text.push_str(&commented(
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
    let _ = writeln!(text, "repository = {}", quoted(&repositories.next().unwrap_or_default()));
    let mirrors: Vec<String> = repositories.collect();
    if !mirrors.is_empty() {
        let _ = writeln!(text, "mirrors = {}", list(&mirrors));
    }
    if !image.platforms.is_empty() {
        let _ = writeln!(text, "platforms = {}", list(&image.platforms));
    }
    for (key, value) in
        [("dockerfile", &image.dockerfile), ("context", &image.context), ("target", &image.target)]
    {
        if let Some(value) = value {
            let line = format!("{key} = {}\n", quoted(value));
            text.push_str(&live_or_comment(is_live_image(key), &line));
        }
    }
    if !image.flavor.is_empty() {
        let _ = writeln!(text, "flavor = {}", list(&image.flavor));
    }
    let pairs =
        [("build-args", &image.build_args), ("labels", &image.labels), ("annotations", &image.annotations)];
    for (key, pairs) in pairs {
        if !pairs.is_empty() {
            let pairs: Vec<String> =
                pairs.iter().map(|(key, value)| format!("{} = {}", quoted(key), quoted(value))).collect();
            let _ = writeln!(text, "{key} = {{ {} }}", pairs.join(", "));
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
        let _ = write!(text, "{key} = [\n{lines}]\n");
    }
}

/// Docker Hub goes without its name in workflows.
pub(in crate::setup) fn with_host(repository: &str) -> String {
    let host = repository.split('/').next().unwrap_or_default();
    let has_host = repository.contains('/') && (host.contains(['.', ':']) || host == "localhost");
    if has_host { repository.to_owned() } else { format!("docker.io/{repository}") }
}

/// What this version of Plimsoll does not act on yet would be an error, so it stands as a comment.
fn live_or_comment(is_live: bool, lines: &str) -> String {
    if is_live { lines.to_owned() } else { commented(lines) }
}

fn commented(lines: &str) -> String {
    lines.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("# {line}\n") }).collect()
}

fn is_live_image(key: &str) -> bool {
    IMAGE.find(key).is_some_and(|key| matches!(key.standing, Standing::Optional | Standing::Required))
}

fn rule_of(rule: &DraftRule) -> String {
    match rule.class {
        None => quoted(&rule.text),
        Some(class) => format!("{{ tag = {}, class = {} }}", quoted(&rule.text), quoted(&class.to_string())),
    }
}

fn quoted(text: &str) -> String {
    toml_edit::Value::from(text).to_string().trim().to_owned()
}

fn list(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", texts.join(", "))
}
