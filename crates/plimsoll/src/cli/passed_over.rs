//! What is said of a release that does not count any more, to whoever uses it all the same.

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::Diagnostic;
use plimsoll_engine::domain::git::GitTag;
use plimsoll_engine::domain::marks::{ComponentMarks, Mark, Marks};
use plimsoll_engine::ledger::release::Release;

/// That a version was yanked or rolled back from, if it was. That it must not be used weighs more.
pub(super) fn warn_of_marks(marks: &Marks, tag: &GitTag, version: &str) -> Option<Diagnostic> {
    let yanked = marks.yank_reason(version);
    let yanked = yanked.map(|reason| format!("{tag} was yanked, and must not be used: {reason}"));
    let held = || {
        marks.about(version).find_map(|mark| match mark {
            Mark::Hold { to, .. } => Some(format!("{tag} is passed over by a rollback to {to}")),
            Mark::Yank { .. } | Mark::Lift { .. } | Mark::Promotion { .. } => None,
        })
    };
    Some(Diagnostic::warning(Code::PassedOver, yanked.or_else(held)?))
}

/// The same of a release, by what was said of all components.
pub(super) fn warn_of_release(marks: &ComponentMarks, release: &Release) -> Option<Diagnostic> {
    let record = &release.record;
    warn_of_marks(marks.of(&record.component), &release.tag.name, &record.version)
}
