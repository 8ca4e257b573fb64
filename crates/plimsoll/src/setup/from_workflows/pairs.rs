//! Labels, annotations and arguments of the build: lines of `KEY=VALUE`.

use plimsoll_tags::notation::action::expression::{Expression, Scope};
use plimsoll_tags::notation::action::record::parse_lines;

use super::expression::{Filled, Known};
use super::image::DraftImage;

/// Arguments that Plimsoll gives by itself.
const GIVEN: [&str; 3] = ["VERSION", "BUILD_DATE", "VCS_REF"];

/// Takes over labels.
pub(super) fn read_labels(text: &str, known: &Known<'_>, image: &mut DraftImage) {
    for line in own_lines(text) {
        match (read_expression(&line, known), line.split_once('=')) {
            (Some(pair), _) => image.labels.push(pair),
            (None, Some((key, _))) if is_inferred(key) => {}
            (None, _) => image.left.push(format!("label: {line}")),
        }
    }
}

/// Takes over annotations; their levels say where, which Plimsoll decides.
pub(super) fn read_annotations(text: &str, known: &Known<'_>, image: &mut DraftImage) {
    for line in own_lines(text) {
        let key = |key: &str| key.rsplit(':').next().unwrap_or(key).to_owned();
        match (read_expression(&line, known), line.split_once('=')) {
            (Some((name, value)), _) => image.annotations.push((key(&name), value)),
            (None, Some((name, _))) if is_inferred(&key(name)) => {}
            (None, _) => image.left.push(format!("annotation: {line}")),
        }
    }
}

/// Takes over arguments of the build.
pub(super) fn read_build_args(text: &str, known: &Known<'_>, image: &mut DraftImage) {
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match (known.fill(line), line.split_once('=')) {
            (Filled::Known(line), Some(_)) => image.build_args.extend(split(&line)),
            (Filled::Unknown { .. }, Some((name, _))) if GIVEN.contains(&name) => {}
            (Filled::Known(text) | Filled::Unknown { text, .. }, _) => {
                image.left.push(format!("build-args: {text}"));
            }
        }
    }
}

/// The lines that are written here. Those that stand for an output (`${{ steps.meta.outputs.labels }}`) are read with its
/// step.
fn own_lines(text: &str) -> impl Iterator<Item = String> {
    parse_lines(text).into_iter().filter(|line| !(line.starts_with("${{") && line.contains(".outputs.")))
}

/// A line whose expressions can all be kept: those of workflows put in, those of docker/metadata-action as they are.
fn read_expression(line: &str, known: &Known<'_>) -> Option<(String, String)> {
    let Filled::Known(line) = known.fill(line) else { return None };
    let (key, value) = split(&line)?;
    Expression::parse(&value, Scope::Global).ok().map(|_| (key, value))
}

fn split(line: &str) -> Option<(String, String)> {
    line.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()))
}

/// Labels that Plimsoll sets by itself.
fn is_inferred(key: &str) -> bool {
    let key = key.strip_prefix("org.opencontainers.image.").unwrap_or_default();
    matches!(key, "version" | "revision" | "created" | "source" | "url")
}
