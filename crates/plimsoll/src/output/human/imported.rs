//! What was imported.

use super::count;
use super::exported::render_content;
use crate::output::ink::Ink;
use crate::output::json::imported::ImportedInfo;

/// Renders it.
pub fn render(answer: &ImportedInfo, ink: Ink) -> String {
    let ImportedInfo { component, version, file, .. } = answer;
    let mut text = format!("{}\n\n", ink.good(&format!("imported {component} {version} from {file}")));
    for moved in &answer.contents {
        text.push_str(&render_content(&moved.content, &[("now", &moved.now)], ink));
        text.push('\n');
    }
    text.push_str(&format!("record {}\n", answer.record));
    let (sent, present, checked) = (answer.sent, answer.present, answer.checked);
    text.push_str(&format!(
        "{} and {} sent ({} bytes), {} and {} were there\n",
        count(sent.manifests, "manifest"),
        count(sent.blobs, "blob"),
        sent.bytes,
        present.manifests,
        present.blobs
    ));
    text.push_str(&format!(
        "checked there: {}, {}, {}, {}\n",
        count(checked.manifests, "manifest"),
        count(checked.blobs, "blob"),
        count(checked.referrers, "referrer"),
        count(checked.tags, "tag")
    ));
    for file in &answer.files {
        text.push_str(&format!("written: {file}\n"));
    }
    text
}

/// What is left to say.
pub fn remarks(answer: &ImportedInfo) -> Vec<String> {
    match answer.elsewhere.is_empty() {
        true => Vec::new(),
        false => vec![format!(
            "the compose file names images that are none of this release and not in the archive: {}",
            answer.elsewhere.join(", ")
        )],
    }
}
