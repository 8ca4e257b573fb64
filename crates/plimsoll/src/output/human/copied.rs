//! What was copied.

use crate::output::json::copied::CopiedInfo;

/// Renders it: a line for each tag, or for each digest that got none, and one for all.
pub fn render(answer: &CopiedInfo) -> String {
    let mut text = String::new();
    for tag in &answer.tags {
        let how = match &tag.was {
            None => "new".to_owned(),
            Some(was) if *was == tag.digest => "was there".to_owned(),
            Some(was) => format!("moved from {was}"),
        };
        text.push_str(&format!("{} -> {} ({how})\n", tag.tag, tag.digest));
    }
    let tagged = |digest: &&String| !answer.tags.iter().any(|tag| tag.digest == **digest);
    for digest in answer.digests.iter().filter(tagged) {
        text.push_str(&format!("{digest}\n"));
    }
    let (sent, present) = (answer.sent, answer.present);
    text.push_str(&format!(
        "{} manifests and {} blobs sent ({} bytes), {} and {} were there\n",
        sent.manifests, sent.blobs, sent.bytes, present.manifests, present.blobs
    ));
    text
}

/// What is there now.
pub fn remark(answer: &CopiedInfo) -> String {
    let CopiedInfo { source, target, .. } = answer;
    let again = "running the same command again changes nothing as long as that stays as it is";
    format!("{target} has, byte for byte, what was asked for of {source}; {again}")
}
