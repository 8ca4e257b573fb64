//! What changed between two releases.

use super::{WIDTH, count, cut, fold, short_commit, shorten};
use crate::output::ink::Ink;
use crate::output::json::difference::{
    ChartChanged, DifferenceInfo, FromTo, ImageChanged, LineChanged, PlatformChanged,
};

/// How many commits are listed.
const COMMITS: usize = 20;
/// How many lines of a file.
const LINES: usize = 60;

/// Renders the difference: images, then charts, files and commits.
pub fn render(answer: &DifferenceInfo, ink: Ink) -> String {
    let versions = format!("{} {} → {}", answer.component, answer.versions.from, answer.versions.to);
    let mut text = format!("{}\n", ink.strong(&versions));
    let images = &answer.images;
    for (names, word) in [(&images.added, "added"), (&images.removed, "removed"), (&images.same, "unchanged")]
    {
        for name in names {
            text.push_str(&format!("\nimage {name}  {word}\n"));
        }
    }
    for image in &images.changed {
        text.push_str(&format!("\n{}", render_image(image, ink)));
    }
    let charts = &answer.charts;
    for (names, word) in [(&charts.added, "added"), (&charts.removed, "removed"), (&charts.same, "unchanged")]
    {
        for name in names {
            text.push_str(&format!("\nchart {name}  {word}\n"));
        }
    }
    for chart in &charts.changed {
        text.push_str(&format!("\n{}", render_chart(chart, ink)));
    }
    for (file, change) in &answer.files {
        let word = match (&change.hash.from, &change.hash.to) {
            (None, _) => "added",
            (_, None) => "removed",
            _ => "changed",
        };
        text.push_str(&format!("\nfile {file}  {word}\n"));
        text.push_str(&render_lines(change.lines.as_deref().unwrap_or_default(), "  "));
    }
    for (name, change) in &answer.attestations {
        text.push_str(&format!("\nattestations of {name}\n"));
        for (mark, kinds, others) in [("-", &change.from, &change.to), ("+", &change.to, &change.from)] {
            for kind in kinds.difference(others) {
                text.push_str(&format!("  {mark} {kind}\n"));
            }
        }
    }
    match &answer.log {
        None => text.push_str("\ncommits  this clone does not have them\n"),
        Some(log) => {
            let behind = match answer.backwards {
                true => format!(", left behind with {}", answer.versions.from),
                false => String::new(),
            };
            text.push_str(&format!("\n{}{behind}\n", count(log.len(), "commit")));
            for commit in log.iter().take(COMMITS) {
                let line = format!("  {}  {}", short_commit(&commit.commit), commit.subject);
                text.push_str(&format!("{}\n", cut(&line, WIDTH)));
            }
            if log.len() > COMMITS {
                text.push_str(&format!("  and {} more\n", log.len() - COMMITS));
            }
        }
    }
    text
}

/// What people are told beside it.
pub fn remarks(answer: &DifferenceInfo) -> Vec<String> {
    let FromTo { from, to } = &answer.versions;
    let backwards = answer
        .backwards
        .then(|| format!("{from} is the newer one: this is what going back to {to} would change"));
    backwards.into_iter().chain(answer.source.remark()).collect()
}

fn render_lines(lines: &[LineChanged], before: &str) -> String {
    let mut text = String::new();
    for line in lines.iter().take(LINES) {
        let (sign, line) = match line {
            LineChanged::Gone(line) => ('-', line),
            LineChanged::New(line) => ('+', line),
        };
        text.push_str(&format!("{before}{sign} {line}\n"));
    }
    if lines.len() > LINES {
        text.push_str(&format!("{before}and {} more\n", count(lines.len() - LINES, "line")));
    }
    text
}

fn render_chart(chart: &ChartChanged, ink: Ink) -> String {
    let mut text =
        format!("chart {}  {} → {}\n", ink.strong(&chart.name), chart.version.from, chart.version.to);
    text.push_str(&shorten(&format!("  {} → {}\n", chart.digest.from, chart.digest.to)));
    if let Some(why) = &chart.unread {
        text.push_str(&format!("  {}\n", fold(2, &format!("changed; it can't be read: {why}"))));
    }
    for (path, lines) in chart.files.iter().flatten() {
        text.push_str(&format!("  {path}\n"));
        text.push_str(&render_lines(lines.as_deref().unwrap_or_default(), "    "));
    }
    text
}

fn render_image(image: &ImageChanged, ink: Ink) -> String {
    let mut text = format!("image {}\n", ink.strong(&image.name));
    text.push_str(&shorten(&format!("  {} → {}\n", image.digest.from, image.digest.to)));
    for (label, change) in &image.labels {
        text.push_str(&render_change(&format!("  label {label}"), change));
    }
    for (platform, change) in &image.platforms {
        text.push_str(&render_platform(platform, change));
    }
    text
}

fn render_platform(platform: &str, change: &PlatformChanged) -> String {
    match change {
        PlatformChanged::Added => format!("  {platform}  added\n"),
        PlatformChanged::Removed => format!("  {platform}  removed\n"),
        PlatformChanged::Unread { why, .. } => {
            format!("  {}\n", fold(4, &format!("{platform} changed; it can't be read: {why}")))
        }
        PlatformChanged::Changed { size, layers, layers_added, layers_removed, config, .. } => {
            let mut text = format!(
                "  {platform}  {} → {} bytes, {} → {} layers ({} new, {} gone)\n",
                size.from,
                size.to,
                layers.from,
                layers.to,
                layers_added.len(),
                layers_removed.len(),
            );
            for (key, change) in config {
                text.push_str(&render_change(&format!("    {key}"), change));
            }
            text
        }
    }
}

/// A value before and after, on a line of its own each where one does not fit the page.
fn render_change(named: &str, change: &FromTo<Option<String>>) -> String {
    let said =
        |value: &Option<String>| value.as_deref().map_or("none".to_owned(), |value| format!("`{value}`"));
    let (from, to) = (said(&change.from), said(&change.to));
    let line = format!("{named}: {from} → {to}");
    match line.chars().count() <= WIDTH {
        true => line + "\n",
        false => {
            let indent = named.len() - named.trim_start().len() + 2;
            format!("{named}:\n{:indent$}{from}\n{:indent$}→ {to}\n", "", "")
        }
    }
}
