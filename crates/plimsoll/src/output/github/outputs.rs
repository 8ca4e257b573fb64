//! Outputs of a step, for the steps after it.

use crate::output::json;
use crate::output::json::ignored::{Ignored, What};
use crate::output::json::images::Images;
use crate::output::json::published::PublishDone;
use crate::output::json::released::ReleaseDone;

/// What ends a value of several lines. It must not be in the value, so it is random.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delimiter(String);

impl Delimiter {
    /// A delimiter of random bits.
    pub fn new(bits: u128) -> Delimiter {
        Delimiter(format!("plimsoll_{bits:032x}"))
    }
}

/// Renders the outputs of a job that another kind of tag set off.
pub fn render_ignored(ignored: &Ignored, delimiter: &Delimiter) -> String {
    let changed = ignored.changed.to_string();
    let name = match &ignored.what {
        What::Tag(_) => "tag",
        What::Ref(_) => "ref",
        What::Chart(_) => "chart",
    };
    render(delimiter, &[(name, ignored.what.name()), ("status", ignored.status), ("changed", &changed)])
}

/// Renders the outputs of a release: `version`, `tag`, `commit`, `status`, `changed`, `record`, `digest` (of the only
/// or first image), `digests` (name=digest, a line each) and `images` (as `plimsoll images -o json` prints them).
pub fn render_outputs(done: &ReleaseDone, delimiter: &Delimiter) -> String {
    let images = Images {
        schema: Images::SCHEMA,
        component: done.component.clone(),
        version: done.version.clone(),
        images: done.images.clone(),
        source: None,
    };
    let digests: Vec<String> =
        done.images.iter().map(|image| format!("{}={}", image.name, image.digest)).collect();
    let digest = done.images.first().map(|image| image.digest.clone()).unwrap_or_default();
    let changed = done.changed.to_string();
    let (images, digests) = (json::render(&images), digests.join("\n"));
    let outputs = [
        ("version", done.version.as_str()),
        ("tag", &done.tag),
        ("commit", &done.commit),
        ("status", done.status.word()),
        ("changed", &changed),
        ("record", &done.record),
        ("digest", &digest),
        ("digests", &digests),
        ("images", images.trim_end()),
    ];
    render(delimiter, &outputs)
}

/// Renders the outputs of `publish`: `ref`, `version`, `commit`, `status`, `changed`, `digest` (of the only or first
/// image), `digests` (name=digest, a line each) and `images` (as `plimsoll publish -o json` prints them).
pub fn render_published(done: &PublishDone, delimiter: &Delimiter) -> String {
    let digests: Vec<String> =
        done.images.iter().map(|image| format!("{}={}", image.name, image.digest)).collect();
    let digest = done.images.first().map(|image| image.digest.clone()).unwrap_or_default();
    let (images, changed) = (json::render(&done.images), done.changed.to_string());
    let digests = digests.join("\n");
    let outputs = [
        ("ref", done.reference.as_str()),
        ("version", &done.version),
        ("commit", &done.commit),
        ("status", done.status.word()),
        ("changed", &changed),
        ("digest", &digest),
        ("digests", &digests),
        ("images", images.trim_end()),
    ];
    render(delimiter, &outputs)
}

pub(super) fn render(Delimiter(end): &Delimiter, outputs: &[(&str, &str)]) -> String {
    outputs.iter().map(|(name, value)| format!("{name}<<{end}\n{value}\n{end}\n")).collect()
}
