//! What was imported.

use super::count;
use super::exported::render_content;
use crate::output::ink::Ink;
use crate::output::json::imported::{ImportedInfo, SignaturesThere};

/// Renders it.
pub fn render(answer: &ImportedInfo, ink: Ink) -> String {
    let ImportedInfo { component, version, file, .. } = answer;
    let mut text = format!("{}\n\n", ink.good(&format!("imported {component} {version} from {file}")));
    for moved in &answer.contents {
        text.push_str(&render_content(&moved.content, &[("now", &moved.now)], ink));
        text.push('\n');
    }
    text.push_str(&format!("record artifact {}\n", answer.record));
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
    if answer.marks > 0 {
        text.push_str(&format!("said of it there: {}\n", count(answer.marks, "mark")));
    }
    if let Some(SignaturesThere { signers, statements, .. }) = &answer.signatures {
        let verified =
            format!("verified there: {}, signed by {}", count(*statements, "statement"), signers.join(", "));
        text.push_str(&format!("{verified}\n"));
    }
    for file in &answer.files {
        text.push_str(&format!("written: {file}\n"));
    }
    text
}

/// What is left to say.
pub fn remarks(answer: &ImportedInfo) -> Vec<String> {
    let mut remarks = Vec::new();
    if !answer.elsewhere.is_empty() {
        remarks.push(format!(
            "the compose file names images that are none of this release and not in the archive: {}",
            answer.elsewhere.join(", ")
        ));
    }
    if !answer.unnamed.is_empty() {
        remarks.push(format!(
            "no values name the new place for these charts, since theirs name no image of the release: {}",
            answer.unnamed.join(", ")
        ));
    }
    match &answer.signatures {
        Some(found) if found.said_by == "archive" => remarks.push(
            "whose signatures count was said by the archive itself: compare the key with one that you have from elsewhere"
                .to_owned(),
        ),
        None if answer.signed => remarks.push(
            "it is signed, and nobody says who must have: name the key with `--key`, or the identity".to_owned(),
        ),
        None => remarks.push("it is not signed: nobody vouches for who made it".to_owned()),
        Some(_) => {}
    }
    remarks.extend(answer.contents.first().map(|first| {
        format!(
            "it is all there, and running the same command again changes nothing; look at it: `plimsoll info {} --registry {}`",
            answer.version, first.now
        )
    }));
    remarks
}
