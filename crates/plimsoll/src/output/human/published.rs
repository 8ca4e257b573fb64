//! What `publish` came to.

use super::{short_commit, wrap};
use crate::output::ink::Ink;
use crate::output::json::published::{PublishDone, PublishedInfo, PublishedStatus};

/// Where the values begin.
const COLUMN: usize = 13;

/// Renders what a run came to.
pub fn render(done: &PublishDone, ink: Ink) -> String {
    let PublishDone { component, version, reference, .. } = done;
    let line = match done.status {
        PublishedStatus::Published => format!("published {component} {version} of {reference}"),
        PublishedStatus::Finished => format!("finished publishing {component} {version} of {reference}"),
        PublishedStatus::Built => {
            format!("built {component} {version} of {reference}, and published nothing")
        }
        PublishedStatus::AlreadyPublished if !done.behind.is_empty() => {
            format!("{component} {version} of {reference} is published already")
        }
        PublishedStatus::AlreadyPublished => {
            format!("{component} {version} of {reference} is published already; nothing was missing")
        }
    };
    let images: Vec<String> = done.images.iter().map(|image| paragraph(image, ink)).collect();
    format!("{}\n\n{}", ink.good(&line), images.join("\n"))
}

/// What is left to say.
pub fn remarks(done: &PublishDone) -> Vec<String> {
    let mut remarks: Vec<String> = done
        .moved_on
        .iter()
        .map(|tag| format!("{} is at the newer commit {}", tag.tag, short_commit(&tag.commit)))
        .collect();
    if !done.left_alone.is_empty() {
        let (tags, reference) = (done.left_alone.join(", "), &done.reference);
        remarks.push(format!("left alone, since no published commit is on {reference} as it is now: {tags}"));
    }
    remarks.push(match (done.status, done.ephemeral) {
        (PublishedStatus::Built, _) => {
            "the commits come from another repository: no gate was run, no secret was read, nothing left this machine"
                .to_owned()
        }
        (_, true) => "ephemeral: the pull request's next commit takes its tags".to_owned(),
        (_, false) => "everything is done; running the same command again changes nothing".to_owned(),
    });
    remarks
}

fn paragraph(image: &PublishedInfo, ink: Ink) -> String {
    let mut text = format!("{}  {}\n", ink.strong(&image.name), image.repository);
    let mut line = |name: &str, values: Vec<&str>| {
        if !values.is_empty() {
            let name = ink.faint(&format!("{name:<width$}", width = COLUMN - 2));
            text.push_str(&format!("  {name}{}\n", wrap(COLUMN, values)));
        }
    };
    line("tags", image.tags.iter().chain(&image.moving_tags).map(String::as_str).collect());
    line("platforms", image.platforms.keys().map(String::as_str).collect());
    line("mirrors", image.mirrors.iter().map(|mirror| mirror.repository.as_str()).collect());
    text.push_str(&format!("  {}\n", image.digest));
    text
}
