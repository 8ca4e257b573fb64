//! What a release on this machine would stop for before it begins, said by those who are asked whether it can begin.

use plimsoll_engine::check::Findings;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::Diagnostic;
use plimsoll_engine::domain::git::Oid;
use plimsoll_engine::domain::time::Moment;
use plimsoll_engine::run::readiness::{find_missing_programs, find_unusable_keys};

use super::ending::Failure;
use super::session::Session;
use super::subject::{Stage, Subject};
use super::trust_files::find_missing_trust;
use crate::explain;
use crate::wire::Purpose;

/// Programs and files that are missing here, and keys that can't be used here, as warnings: the machine that releases may have
/// them.
pub(super) async fn readiness_findings(
    session: &Session<'_>,
    subject: &Subject,
    commit: &Oid,
    time: Moment,
) -> Result<Findings, Failure> {
    // What is looked at is this machine alone: no registry is asked, no claim, no remote.
    let here = Stage::Rehearsal(subject.repository.root());
    let voyage = subject.voyage(session, commit, Purpose::Look, here)?;
    let (eyes, project) = (voyage.world.eyes(), subject.project());
    let missing = find_missing_programs(eyes, project).await;
    let unusable = find_unusable_keys(eyes, project, time).await;
    voyage.display.clear();
    let stops = missing.iter().chain(&unusable);
    let findings = stops.flat_map(|stop| explain::findings(stop, &subject.asked));
    let unready = findings.map(|found| elsewhere(found.as_warning()));
    Ok(unready.chain(find_missing_trust(subject, commit).await).collect())
}

/// The same, saying where it matters.
fn elsewhere(warning: Diagnostic) -> Diagnostic {
    let needs = match warning.code {
        Code::ToolMissing => "the machine that releases needs it: `plimsoll release` stops there without it",
        _ => {
            "only the machine that releases needs it, as a CI job with a secret: here `plimsoll release` would stop"
        }
    };
    warning.help(needs)
}
