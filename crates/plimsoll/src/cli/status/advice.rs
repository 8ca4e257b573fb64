//! What to do about releases: a sentence each.

use std::collections::BTreeMap;

use plimsoll_engine::domain::claim::{Claim, State, Vital};
use plimsoll_engine::domain::diagnostic::Diagnostic;
use plimsoll_engine::domain::line::MovingTag;
use plimsoll_engine::domain::project::Project;
use plimsoll_engine::ledger::release::Release;
use plimsoll_engine::world::WorldError;
use plimsoll_oci::name::{ImageRepository, ImageTag};
use plimsoll_tags::version::Version;

use super::Complete;
use crate::explain::{self, Asked, Explain as _};
use crate::output::human::count;

/// What to say of a claim whose release would end at once: why, the problems say.
pub(super) fn advise_stopped(state: State, asked: &Asked) -> String {
    match state {
        State::Published => "it is released; what is wrong with it since stands above".to_owned(),
        State::Committed => "it can't be finished as long as this stands in the way".to_owned(),
        State::Reserved | State::Sealed => format!(
            "nothing is visible, and it can't go on as long as this stands in the way; `{}` takes it back",
            asked.command("withdraw")
        ),
        State::Burnt => "it can't go on as long as this stands in the way".to_owned(),
    }
}

/// The releases that no claim speaks for.
pub(super) fn warn_of_lost_claims(
    lost: Result<Vec<Release>, WorldError>,
    asked: &Asked,
) -> Option<Diagnostic> {
    let lost = match lost {
        Ok(lost) => lost,
        Err(error) => return Some(error.explain(asked).as_warning()),
    };
    let tags: Vec<&str> = lost.iter().map(|release| release.tag.name.0.as_str()).collect();
    (!tags.is_empty()).then(|| explain::claim::lost(&tags, asked).as_warning())
}

/// What to say of a claim whose steps could not be looked at.
pub(super) fn advise_unread(claim: &Claim, vital: Vital, asked: &Asked) -> String {
    match claim.state {
        State::Published => "it is released; whether anything is missing could not be looked at".to_owned(),
        State::Reserved | State::Sealed | State::Committed | State::Burnt => advise(claim, vital, asked),
    }
}

/// What to do about announcements, where no claim is held.
pub(super) fn advise_announced(announced: &[ImageTag], complete: Complete, asked: &Asked) -> String {
    let release = asked.command("release");
    match (announced, complete) {
        ([_], Complete::Yes) => "it is released; nothing is missing".to_owned(),
        ([_], Complete::Unknown) => "it is announced; what could not be looked at may be missing".to_owned(),
        ([tag], Complete::No) => format!("one set is announced, by {tag}; `{release}` finishes it"),
        _ => {
            let tags: Vec<&str> = announced.iter().map(ImageTag::as_str).collect();
            format!("several sets are announced: delete all of these tags but one: {}", tags.join(", "))
        }
    }
}

/// What has not followed releases that are published, a sentence for each of them.
pub(super) fn advise_lagging(
    tags: &[(MovingTag, String)],
    unrecorded: &[String],
    project: &Project,
    asked: &Asked,
) -> Vec<String> {
    let parse = |version| Version::parse(project.tags.scheme(), version).ok();
    let mut lacks: BTreeMap<(Option<Version>, &str), Vec<String>> = BTreeMap::new();
    for ((repository, tag), version) in tags {
        let lacking = lacks.entry((parse(version), version)).or_default();
        lacking.push(format!("{repository}:{tag} is not at it"));
    }
    for version in unrecorded {
        let lacking = lacks.entry((parse(version), version)).or_default();
        lacking.push("the ledger has no record of it".to_owned());
    }
    let repair = format!("{} --repair", Asked { tag: None, ..asked.clone() }.command("audit"));
    let say = |((parsed, version), lacks): ((Option<Version>, &str), Vec<String>)| {
        let tag = parsed.map_or(version.to_owned(), |parsed| project.tags.version().render(&parsed));
        let release = Asked { tag: Some(tag), ..asked.clone() }.command("release");
        format!(
            "{version} is published, but {}; `{release}` does what is left, and so does `{repair}`",
            lacks.join(", ")
        )
    };
    lacks.into_iter().map(say).collect()
}

/// What was said of a release later, and is not everywhere: a sentence for each repository.
pub(super) fn advise_unsaid<'a>(
    unsaid: &'a BTreeMap<ImageRepository, usize>,
    asked: &Asked,
) -> impl Iterator<Item = String> + use<'a> {
    let repair = format!("{} --repair", Asked { tag: None, ..asked.clone() }.command("audit"));
    unsaid.iter().map(move |(repository, marks)| {
        let marks = count(*marks, "mark");
        format!("{repository} lacks what was said of it later ({marks}): who asks there alone does not hear it; `{repair}` writes it there")
    })
}

/// What to do about a claim, as one sentence.
pub(super) fn advise(claim: &Claim, vital: Vital, asked: &Asked) -> String {
    let asked = Asked { verb: "status", tag: Some(claim.tag.name.to_string()), ..asked.clone() };
    let release = asked.command("release");
    match claim.state {
        State::Reserved | State::Sealed => {
            let back = asked.command("withdraw");
            match vital {
                Vital::Alive => {
                    "nothing is visible; its run is alive on this machine: wait for it".to_owned()
                }
                Vital::Gone => format!(
                    "nothing is visible; its run, which was on this machine, is dead: `{release}` goes on, and `{back}` takes it back"
                ),
                Vital::Elsewhere => format!(
                    "nothing is visible; if the run on {} is dead, `{release}` goes on, and `{back}` takes it back",
                    claim.holder.host
                ),
            }
        }
        State::Committed => format!("`{release}` finishes it, from any machine"),
        State::Published => "it is released; nothing is missing".to_owned(),
        State::Burnt => "this version is spent; release the next one".to_owned(),
    }
}
