//! `audit`: is every release still what was released, and every tag that moves where it should be?

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args};
use plimsoll_engine::act::audit::{Audit as Found, audit};
use plimsoll_engine::act::repair::repair;
use plimsoll_engine::act::verify::{Check, Outcome as CheckOutcome};
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::world::ledger::Coverage;

use super::arguments::Place;
use super::ending::{Ended, Failure, Outcome};
use super::ledger::{Restored, restore};
use super::session::Session;
use super::subject::{Stage, Voyage, Worktree};
use crate::explain::{self, Asked, Explain as _};
use crate::output::Answer;
use crate::output::json::audit::{AuditInfo, Mended};
use crate::output::json::verification::gravest_of;
use crate::wire::Purpose;

/// Observes every release again, and every tag that moves
///
/// Of each release in the ledger every manifest, blob, record, version tag, file and git tag is looked at, as `plimsoll verify`
/// does, and each moving tag once. With --repair what was lost is written again, from any repository that still has it: content,
/// tags, files of the ledger and of release pages, entries of deployments, git tags and entries of charts. Moving tags go to where they should be; what is
/// foreign is never written over.
///
/// Exit codes: 0 all is well, 6 bytes do not have their digest, 7 something else is there, or nothing, 8 something can't be
/// reached, 9 a release is not finished.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll audit
  plimsoll audit -o json | jq '.releases[] | select(.verdict != \"ok\")'
  plimsoll audit --repair")]
pub(super) struct Audit {
    /// Write again what was lost
    #[arg(long, env = "PLIMSOLL_REPAIR", value_parser = FalseyValueParser::new(), action = ArgAction::SetTrue)]
    pub repair: bool,
    /// Where.
    #[command(flatten)]
    pub place: Place,
}

impl Audit {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        match self.repair {
            true => session.change(self.mend(session)),
            false => session.look(self.look(session)),
        }
    }

    async fn open(&self, session: &Session<'_>, purpose: Purpose) -> Result<(Worktree, Voyage), Failure> {
        let asked = Asked { verb: "audit", tag: None, keeping: self.place.keeping() };
        let worktree = Worktree::open(session, asked).await?;
        let voyage = worktree.subject.voyage(session, &worktree.head, purpose, Stage::Real)?;
        Ok((worktree, voyage))
    }

    async fn look(&self, session: &Session<'_>) -> Outcome {
        let (worktree, voyage) = self.open(session, Purpose::Look).await?;
        let found = find(&worktree, &voyage).await?;
        voyage.display.clear();
        Ok(tell(&worktree, &found, &Mended::default()))
    }

    async fn mend(&self, session: &Session<'_>) -> Outcome {
        let (worktree, voyage) = self.open(session, Purpose::Change).await?;
        let found = find(&worktree, &voyage).await?;
        let (project, asked) = (worktree.subject.project(), &worktree.subject.asked);
        let repairs = repair(&voyage.world, project, &found).await;
        let repairs = repairs.map_err(|stop| explain::findings(&stop, asked))?;
        // A checkout has the files of its time; what it lacks was not lost.
        let restored = match voyage.world.eyes().ledger().coverage() {
            Coverage::All => restore(&worktree.subject, &voyage).await?,
            Coverage::Checkout => Restored::default(),
        };
        let found = find(&worktree, &voyage).await?;
        voyage.display.clear();
        let mended = Mended { repairs, written: restored.written };
        let Ended { answer, mut problems, .. } = tell(&worktree, &found, &mended);
        problems.extend(restored.problems.all().iter().cloned());
        Ok(Ended::with(answer, problems))
    }
}

async fn find(worktree: &Worktree, voyage: &Voyage) -> Result<Found, Failure> {
    let found = audit(voyage.world.eyes(), worktree.subject.project()).await;
    found.map_err(|error| {
        voyage.display.clear();
        error.explain(&worktree.subject.asked).into()
    })
}

/// What was found, and the exit code that it stands for.
fn tell(worktree: &Worktree, found: &Found, mended: &Mended) -> Ended {
    let asked = &worktree.subject.asked;
    let info = AuditInfo::of(&worktree.subject.project().name, found, mended);
    let mut problems = worktree.warnings();
    problems.extend(found.doubts.iter().map(|doubt| doubt.explain(asked).as_warning()));
    // That a version was burnt is how it ended, not what became of it since.
    let checks = found.releases.iter().flat_map(|audited| &audited.checks).chain(&found.moving);
    let checks: Vec<Check> =
        checks.filter(|check| !matches!(check.outcome, CheckOutcome::Burnt)).cloned().collect();
    problems.extend(gravest_of(&checks).map(|code| explain_code(code, asked)));
    Ended::with(Answer::Audit(info), problems)
}

fn explain_code(code: Code, asked: &Asked) -> Diagnostic {
    let verify = Asked { tag: Some("TAG".to_owned()), ..asked.clone() }.command("verify");
    let (message, cure, help) = match code {
        Code::VerificationFailed => (
            "there is content that does not have its digest",
            Cure::FixThenRunAgain,
            "do not use what failed; look at the registry, and at what stands between".to_owned(),
        ),
        Code::SignatureRefused => (
            "a release is not signed by whom it must be",
            Cure::FixThenRunAgain,
            "do not use what nobody vouches for; whoever may sign attaches lost signatures again with `plimsoll release TAG`"
                .to_owned(),
        ),
        Code::Drift => (
            "the world is not what was released",
            Cure::FixThenRunAgain,
            format!(
                "`{} --repair` writes again what was lost; what is foreign it leaves",
                asked.command("audit")
            ),
        ),
        Code::Incomplete => (
            "a release is past its commit point, but not finished",
            Cure::RunAgain,
            "release it again, from any machine".to_owned(),
        ),
        Code::RegistryDenied => (
            "not everything may be looked at with the logins at hand",
            Cure::FixThenRunAgain,
            "log in where it was denied, or name a login under `[registries]`".to_owned(),
        ),
        _ => (
            "not everything could be looked at",
            Cure::RunAgain,
            "what could not be looked at is neither right nor wrong: audit again".to_owned(),
        ),
    };
    Diagnostic::error(code, cure, message).help(help).help(format!("see one release: `{verify}`"))
}
