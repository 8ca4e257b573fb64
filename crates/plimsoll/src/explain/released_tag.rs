//! The tags of a released version, where they are not what they were.

use std::fmt;

use plimsoll_engine::act::verify::TagFate;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::domain::git::{GitTag, TagAt};

use super::{Asked, Keeping};

/// The version was released, and its tag is another one now.
pub fn moved_since(released: &TagAt, asked: &Asked) -> Diagnostic {
    let message = format!("{} was released before, and the git tag was moved since", released.name);
    let moved = of_then(Diagnostic::error(Code::TagMovedSince, Cure::FixThenRunAgain, message), released);
    put_back(moved, released, TagFate::Moved, asked)
        .help("a released version never changes: what is new is the next version")
}

/// The version was released, and its tag is gone.
pub fn gone_since(released: &TagAt, asked: &Asked) -> Diagnostic {
    let message = format!("{} was released before, and the git tag is gone since", released.name);
    let gone = of_then(Diagnostic::error(Code::TagMovedSince, Cure::FixThenRunAgain, message), released);
    put_back(gone, released, TagFate::Gone, asked)
}

fn of_then(diagnostic: Diagnostic, released: &TagAt) -> Diagnostic {
    diagnostic.fact("released from", &released.commit).fact("tag object then", &released.object)
}

/// How the tag of then comes back, as the object that it was.
pub fn put_back(diagnostic: Diagnostic, released: &TagAt, fate: TagFate, asked: &Asked) -> Diagnostic {
    let TagAt { name, object, commit, .. } = released;
    // `git tag` would make a tag of a tag where tags are signed.
    let tag = format!("put it back: `git update-ref refs/tags/{name} {object}`");
    let back = match asked.keeping {
        Keeping::Local => diagnostic.help(tag),
        Keeping::Remote => diagnostic.help(match fate {
            TagFate::Moved => format!("{tag}, then `git push --force origin {name}`"),
            TagFate::Gone => format!("{tag}, then `git push origin {name}`"),
        }),
    };
    match object == commit {
        true => back,
        false => back.help("if git does not know that object, do it in a clone that still has the tag: made anew it is another one"),
    }
}

/// How an image tag comes back that somebody has pointed at something else.
pub fn point_back(
    repository: impl fmt::Display,
    tag: impl fmt::Display,
    released: impl fmt::Display,
    keeping: Keeping,
) -> String {
    let place = match keeping {
        Keeping::Local => "local:",
        Keeping::Remote => "",
    };
    format!("put it back: `plimsoll copy {place}{repository}@{released} {place}{repository}:{tag}`")
}

/// The remote was asked for a tag, and does not have it.
pub fn in_this_clone_alone(name: &GitTag) -> Diagnostic {
    Diagnostic::warning(Code::TagNotPushed, format!("git tag {name} is in this clone alone"))
        .help(format!("push it, so that others can verify the release: `git push origin {name}`"))
        .help(format!(
            "if it was withdrawn before it was released, do not release it: delete it here, too, with `git tag -d {name}`; of a released version the tag of then has to come back, as the same object"
        ))
}
