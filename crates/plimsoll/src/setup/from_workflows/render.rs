//! The text of the file.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use plimsoll_tags::table::Table;

use super::image::DraftImage;
use super::{Draft, WorkflowFile};
use crate::config::file::keys::IMAGE;
use crate::config::file::shape::Standing;

/// Renders a draft.
pub(super) fn render(
    files: &[WorkflowFile],
    images: Vec<DraftImage>,
    charts: &BTreeSet<String>,
    git_tags: &BTreeSet<String>,
    left: Vec<String>,
) -> Draft {
    let mut text = String::from("# Drafted by `plimsoll init --from-workflows` from\n");
    for file in files {
        let _ = writeln!(text, "#   {}", file.path);
    }
    text.push_str("# Read it, then ask `plimsoll check`.\n");
    render_git_tags(&mut text, git_tags);
    for image in &images {
        render_image(&mut text, image);
    }
    for chart in charts {
        // Where it goes, and what is written into it, can't be told from a workflow.
        let lines = format!(
            "\n[[chart]]\npath = {}\noci = \"oci://…\"\nimage = {{ \"image.digest\" = \"….digest\" }}\n",
            quoted(chart)
        );
        text.push_str(&commented(&lines));
    }
    let mut all: Vec<String> = images
        .iter()
        .flat_map(|image| image.left.iter().map(move |what| format!("image {}: {what}", image.name)))
        .collect();
    all.extend(left);
    if !all.is_empty() {
        text.push_str("\n# What could not be carried over:\n");
        for what in &all {
            let _ = writeln!(text, "# - {}", what.replace('\n', " "));
        }
    }
    Draft { text, images: images.into_iter().map(|image| image.name).collect(), left: all }
}

/// Patterns of git tags: `v*` is the default.
fn render_git_tags(text: &mut String, patterns: &BTreeSet<String>) {
    let is_stable = |pattern: &&String| pattern.ends_with("-stable");
    let stable = patterns.iter().find(is_stable);
    let first = patterns.iter().find(|pattern| !is_stable(pattern));
    let prefix = first.map(|pattern| {
        let end = pattern.find(['*', '[', '?', '+', '!', '0', '1']).unwrap_or(pattern.len());
        pattern.get(..end).unwrap_or_default()
    });
    let version = prefix.filter(|prefix| !matches!(*prefix, "v"));
    if version.is_none() && stable.is_none() {
        return;
    }
    text.push_str("\n[tags]\n");
    let before = prefix.unwrap_or("v");
    if version.is_some() {
        let _ = writeln!(text, "version = {}", quoted(&format!("{before}{{version}}")));
    }
    if stable.is_some() {
        let _ = writeln!(text, "stable = {}", quoted(&format!("{before}{{version}}-stable")));
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
        let lines: String = rules.iter().map(|rule| format!("    {},\n", quoted(rule))).collect();
        let _ = write!(text, "{key} = [\n{lines}]\n");
    }
}

/// Docker Hub goes without its name in workflows.
fn with_host(repository: &str) -> String {
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

fn quoted(text: &str) -> String {
    toml_edit::Value::from(text).to_string().trim().to_owned()
}

fn list(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", texts.join(", "))
}
