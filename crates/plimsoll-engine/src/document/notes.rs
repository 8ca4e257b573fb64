//! The text of a release page: what people wrote or what commits tell, and the digests of what was released.

use plimsoll_tags::conventional::{Change, Entry};

use crate::domain::artifact::ArtifactName;
use crate::domain::claim::{ClaimName, Seal};
use crate::domain::git::{GitTag, Oid};
use crate::domain::page::{MARKER, Maturity, NewPage, PageText, Teller};

/// Renders what commits tell users, gravest first: Markdown. Commits that follow no convention, or change nothing that
/// users see, are left out. Empty if nothing is left.
///
/// `commits` are their names and whole messages, newest first.
pub fn render_changes(commits: &[(Oid, String)]) -> String {
    let entries: Vec<(&Oid, Entry)> =
        commits.iter().filter_map(|(commit, message)| Some((commit, Entry::parse(message)?))).collect();
    let sections =
        [(Change::Breaking, "Breaking changes"), (Change::Feature, "Features"), (Change::Fix, "Fixes")];
    let mut text = String::new();
    for (change, title) in sections {
        let lines: Vec<String> = entries
            .iter()
            .filter(|(_, entry)| entry.change == change)
            .map(|(commit, entry)| render_entry(commit, entry))
            .collect();
        if !lines.is_empty() {
            let gap = if text.is_empty() { "" } else { "\n" };
            text.push_str(&format!("{gap}## {title}\n\n{}", lines.concat()));
        }
    }
    text
}

fn render_entry(commit: &Oid, entry: &Entry) -> String {
    let scope = entry.scope.as_ref().map(|scope| format!("**{}:** ", escape(scope))).unwrap_or_default();
    format!("- {scope}{} ({})\n", escape(&entry.description), commit.short())
}

/// A text of somebody's as text: but for code it is no markup, so that it has no link that leads elsewhere than it says, no
/// picture, and calls nobody.
fn escape(text: &str) -> String {
    let pieces: Vec<&str> = text.split('`').collect();
    // Where each begun piece of code ends, one backtick each, every other piece is code.
    let is_paired = pieces.len() % 2 == 1 && pieces.iter().skip(1).step_by(2).all(|code| !code.is_empty());
    let mut escaped = String::with_capacity(text.len());
    for (number, piece) in pieces.iter().enumerate() {
        match (number % 2 == 1, is_paired) {
            (true, true) => escaped.push_str(&format!("`{piece}`")),
            (_, true) => escaped.push_str(&escape_plain(piece)),
            (_, false) => {
                escaped.push_str(if number == 0 { "" } else { "\\`" });
                escaped.push_str(&escape_plain(piece));
            }
        }
    }
    // At its beginning it could be a heading, a quote or a list.
    match escaped.starts_with(['#', '>', '+', '-', '=']) {
        true => format!("\\{escaped}"),
        false => escaped,
    }
}

fn escape_plain(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            // A space of no width: what forges take for somebody's name must follow at once.
            '@' => escaped.push_str("@\u{200b}"),
            '\\' | '[' | ']' | '*' | '_' | '~' => escaped.extend(['\\', character]),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// How long a page may be, in characters: GitHub takes 125,000, and no other forge takes less.
const PAGE_LIMIT: usize = 125_000;

/// The first lines of a text that `room` characters have room for, with a word on the rest.
fn cut(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let word = |left: usize| format!("\n… and {left} more lines\n");
    let room = room.saturating_sub(word(usize::MAX).chars().count());
    let mut kept = String::new();
    let mut taken = 0;
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next_if(|line| taken + line.chars().count() <= room) {
        taken += line.chars().count();
        kept.push_str(line);
    }
    kept + &word(lines.count())
}

/// The page of a set.
pub fn render_page(
    name: &ClaimName,
    tag: &GitTag,
    text: &PageText,
    maturity: Maturity,
    seal: &Seal,
) -> NewPage {
    let images = format!("{}\n{MARKER}\n", render_images(name, seal));
    let mut body = String::new();
    if !text.about.trim().is_empty() {
        let room = PAGE_LIMIT.saturating_sub(images.chars().count() + 2);
        body.push_str(cut(text.about.trim_end(), room).trim_end());
        body.push_str("\n\n");
    }
    body.push_str(&images);
    NewPage { tag: tag.clone(), title: text.title.clone(), body, maturity, teller: text.teller }
}

/// The page of a chart of a set, under the chart's own tag.
pub fn render_chart_page(
    name: &ClaimName,
    tag: &GitTag,
    artifact: &ArtifactName,
    maturity: Maturity,
    seal: &Seal,
) -> NewPage {
    let mut body = String::new();
    let target = seal.targets.iter().find(|target| target.artifact == *artifact);
    let sealed = seal.charts.get(artifact);
    if let (Some(sealed), Some(target), Some(digest)) = (sealed, target, seal.artifacts.get(artifact)) {
        let (version, installs, place) = (&sealed.version, &sealed.app_version, &target.repository);
        let source = match (&sealed.listed_in, target.version_tags.first()) {
            (Some(listed), None) => format!("{} --repo {}", sealed.chart, listed.url),
            _ => format!("oci://{place}"),
        };
        body.push_str(&format!(
            "Helm chart {} {version}, which installs {installs}.\n\n```\nhelm install {} {source} --version {version}\n```\n\n",
            sealed.chart, sealed.chart,
        ));
        body.push_str(&format!(
            "| chart | pinned reference |\n| --- | --- |\n| {} | `{place}@{digest}` |\n\n",
            sealed.chart
        ));
    }
    body.push_str(&format!("It belongs to {} {}.\n\n{MARKER}\n", name.component, name.version));
    let title =
        sealed.map_or_else(|| tag.to_string(), |sealed| format!("{} {}", sealed.chart, sealed.version));
    NewPage { tag: tag.clone(), title, body, maturity, teller: Teller::Text }
}

fn render_images(name: &ClaimName, seal: &Seal) -> String {
    let mut text =
        String::from("## Images\n\n| image | pinned reference | platforms |\n| --- | --- | --- |\n");
    for target in &seal.targets {
        let Some(digest) = seal.artifacts.get(&target.artifact) else { continue };
        let tag = target.version_tags.first().map(|tag| format!(":{tag}")).unwrap_or_default();
        let image = seal.images.get(&target.artifact);
        let platforms: Vec<String> =
            image.map(|image| image.platforms.keys().map(ToString::to_string).collect()).unwrap_or_default();
        text.push_str(&format!(
            "| {} | `{}{tag}@{digest}` | {} |\n",
            target.artifact,
            target.repository,
            platforms.join(", ")
        ));
    }
    text.push_str(&format!(
        "\nWhat belongs to {} {} is in its record, attached.\n",
        name.component, name.version
    ));
    text
}

#[cfg(test)]
mod tests;
