//! What stands in different tables, compared: one rule per file.

mod chart_numbers;
mod collisions;
mod example;
mod gate_variables;
mod lines;
mod names;
mod primary;
mod unused;

use plimsoll_engine::domain::chart::Chart;
use plimsoll_engine::domain::project::Image;
use plimsoll_tags::git_tag::{TagPattern, TagPolicy};
use plimsoll_tags::version::Scheme;

use super::file::written::{Node, Section};
use super::problems::Problems;
use super::resolve::build::{GateSettings, Sealed};
use super::resolve::image::ImageAt;
use example::Example;

/// Compares all images with each other and with the tag policy, as far as they can be meant.
pub fn check(images: &[ImageAt], tags: Option<&TagPolicy>, scheme: Scheme, problems: &mut Problems<'_>) {
    names::check(images, problems);
    for image in images {
        lines::check(&image.tags, scheme, problems);
        primary::check(&image.tags, problems);
        unused::check(&image.tags, tags, problems);
    }
    if let Some(example) = Example::of(scheme, &pattern_of(tags)) {
        collisions::check(images, &example, problems);
    }
}

/// Compares charts with images; `root` is what is written.
pub fn check_charts(
    root: &Section,
    charts: &[Chart],
    images: &[ImageAt],
    (tags, scheme): (Option<&TagPolicy>, Scheme),
    problems: &mut Problems<'_>,
) {
    let (Some(example), Ok(Some(list))) = (Example::of(scheme, &pattern_of(tags)), root.list("chart")) else {
        return;
    };
    let sections = list.value.iter().flatten().filter_map(Node::section);
    let span = |section: &Section| {
        let oci = section.text("oci").ok().flatten().map(|oci| oci.span);
        oci.unwrap_or_else(|| section.span.clone())
    };
    chart_numbers::check(sections.map(span).zip(charts), images, &example, problems);
}

/// Compares the names that sealed gates see; `root` is what is written.
pub fn check_gates(
    root: &Section,
    gates: &GateSettings,
    (images, charts): (&[Image], &[Chart]),
    problems: &mut Problems<'_>,
) {
    if gates.sealed.is_empty() {
        return;
    }
    let section = root.section("gates").ok().flatten().unwrap_or(root);
    let span = section.entry("sealed").map_or(&section.span, |entry| &entry.key);
    let sealed = images.iter().map(|image| (Sealed::Image, &image.name));
    let sealed = sealed.chain(charts.iter().map(|chart| (Sealed::Chart, &chart.name)));
    gate_variables::check(sealed, span, problems);
}

/// How git tags of versions are spelled. A pattern that can't be meant was told; the default stands for it.
fn pattern_of(tags: Option<&TagPolicy>) -> TagPattern {
    tags.map_or_else(TagPattern::default, |tags| tags.version().clone())
}

/// Says so where nothing would be released.
pub fn check_content(images: &[Image], charts: &[Chart], problems: &mut Problems<'_>) {
    if images.is_empty() && charts.is_empty() {
        unused::check_images(problems);
    }
}
