//! `audit`: is every release still what was released, and every tag that moves where it should be?

mod audited;

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args};
use plimsoll_engine::act::audit::Audited;
use plimsoll_engine::act::verify::{Check, Demand, Outcome as CheckOutcome, Place as CheckPlace, TagFate};
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::domain::git::TagAt;
use plimsoll_engine::world::ledger::Coverage;

use self::audited::AuditedLedger;
use super::arguments::Place;
use super::ending::{Ended, Failure, Outcome};
use super::session::Session;
use super::subject::{Worktree, warn_of_unheard};
use super::verify::explain_unsigned;
use crate::explain::released_tag::put_back;
use crate::explain::{self, Asked, Explain as _, Keeping};
use crate::output::Answer;
use crate::output::json::verification::gravest_of;

/// Observes every release again, and every tag that moves
///
/// Of each release in the ledger, and of each chart that was released by itself, every manifest, blob, record, version tag, file and git tag is looked at, as `plimsoll verify`
/// does, and each moving tag once. With --repair what was lost is written again, from any repository that still has it: claims, content,
/// image tags, files of the ledger and of release pages, entries of deployments, the git tags and entries that charts have of their own. Moving tags go to
/// where they should be; what is foreign is never written over, and the git tag of a release comes back by hand alone: it says how.
///
/// Exit codes: 0 all is well, 6 bytes do not have their digest or a release is not signed by whom it must be, 7 something else is there, or nothing, 8 something can't be
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

    async fn open(&self, session: &Session<'_>) -> Result<Worktree, Failure> {
        Worktree::open(session, Asked { verb: "audit", tag: None, keeping: self.place.keeping() }).await
    }

    async fn look(&self, session: &Session<'_>) -> Outcome {
        let worktree = self.open(session).await?;
        let ledgers = AuditedLedger::look_at_all(session, &worktree).await?;
        Ok(tell(&worktree, &ledgers))
    }

    async fn mend(&self, session: &Session<'_>) -> Outcome {
        let worktree = self.open(session).await?;
        let (ledgers, left) = AuditedLedger::mend_all(session, &worktree).await?;
        let Ended { answer, mut problems, .. } = tell(&worktree, &ledgers);
        problems.extend(left);
        Ok(Ended::with(answer, problems))
    }
}

/// What was found, and the exit code that it stands for.
fn tell(worktree: &Worktree, ledgers: &[AuditedLedger]) -> Ended {
    let asked = &worktree.subject.asked;
    let mut problems = worktree.warnings();
    for AuditedLedger { found, .. } in ledgers {
        problems.extend(warn_of_unheard(&found.said, asked));
        problems.extend(found.doubts.iter().map(|doubt| doubt.explain(asked).as_warning()));
        problems.extend((!found.unfiled.is_empty()).then(|| explain_unfiled(&found.unfiled, asked)));
    }
    problems.extend(explain_lost_claims(ledgers, asked));
    let checks = ledgers.iter().flat_map(AuditedLedger::checks);
    let checks: Vec<Check> = checks.filter(|check| !check.is_of_lost_claim()).cloned().collect();
    let tags: Vec<(&TagAt, TagFate)> = releases(ledgers).filter_map(find_tag_fate).collect();
    let is_of_tag = |check: &&Check| tags.iter().any(|(tag, _)| check.find_tag_fate(&tag.name).is_some());
    let others: Vec<Check> = checks.iter().filter(|check| !is_of_tag(check)).cloned().collect();
    let cures = Cures::of(&others, ledgers);
    problems.extend(gravest_of(&checks).map(|code| match code {
        Code::Drift => {
            let told = explain_code(code, cures, asked);
            tags.iter().fold(told, |told, (tag, fate)| put_back(told, tag, *fate, asked))
        }
        Code::SignatureRefused => match find_unsigned(ledgers, &checks) {
            Some(tags) => explain_unsigned(&tags, Demand::Policy),
            None => explain_code(Code::SignatureRefused, cures, asked),
        },
        code => explain_code(code, cures, asked),
    }));
    Ended::with(Answer::Audit(AuditedLedger::info(ledgers, asked)), problems)
}

fn releases(ledgers: &[AuditedLedger]) -> impl Iterator<Item = &Audited> {
    ledgers.iter().flat_map(|ledger| &ledger.found.releases)
}

/// The git tags of the releases whose records are not signed; none where signatures are refused as well.
fn find_unsigned<'a>(ledgers: &'a [AuditedLedger], checks: &[Check]) -> Option<Vec<&'a str>> {
    let mut unvouched = checks.iter().filter(|check| matches!(check.outcome, CheckOutcome::Unvouched(_)));
    let is_unsigned = |audited: &&Audited| audited.checks.iter().any(Check::is_of_unsigned_record);
    let releases = releases(ledgers).filter(is_unsigned).filter_map(|audited| audited.release.as_ref());
    unvouched
        .all(Check::is_of_unsigned_record)
        .then(|| releases.map(|release| release.tag.name.0.as_str()).collect())
}

/// What is said of releases whose claims are gone. What a repair has left it names itself.
fn explain_lost_claims(ledgers: &[AuditedLedger], asked: &Asked) -> Option<Diagnostic> {
    let is_lost = |audited: &&Audited| audited.checks.iter().any(Check::is_of_lost_claim);
    let releases = releases(ledgers).filter(is_lost).filter_map(|audited| audited.release.as_ref());
    let tags: Vec<&str> = releases.map(|release| release.tag.name.0.as_str()).collect();
    match (tags.as_slice(), is_mended(ledgers)) {
        ([], _) => None,
        (tags, false) => Some(explain::claim::lost(tags, asked)),
        (tags, true) => Some(explain::claim::left(tags)),
    }
}

fn is_mended(ledgers: &[AuditedLedger]) -> bool {
    ledgers.iter().any(|ledger| ledger.mended.repaired.is_some())
}

/// The git tag that a release was made from, where that was moved or deleted: only by hand does it come back.
fn find_tag_fate(audited: &Audited) -> Option<(&TagAt, TagFate)> {
    let tag = &audited.release.as_ref()?.tag;
    Some((tag, audited.checks.iter().find_map(|check| check.find_tag_fate(&tag.name))?))
}

/// What writes again what was lost.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Cures {
    repair: bool,
    rebuild: bool,
    /// There is something that neither of them brings back.
    left: bool,
    damaged: Damaged,
}

/// What does not have its digest.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Damaged {
    /// Files of the ledger, and nothing else.
    Files,
    /// Content, whatever else.
    Content,
}

impl Cures {
    /// Files of a checkout are written by `ledger rebuild` alone; what a repair has left, another leaves as well.
    fn of(checks: &[Check], ledgers: &[AuditedLedger]) -> Cures {
        let is_checkout = ledgers.iter().any(|ledger| ledger.coverage == Coverage::Checkout);
        let coverage = if is_checkout { Coverage::Checkout } else { Coverage::All };
        let is_lost =
            |check: &&Check| matches!(check.outcome, CheckOutcome::Drift { .. } | CheckOutcome::Lies(_));
        let is_filed = |check: &Check| check.place == CheckPlace::Ledger;
        let mut lost = checks.iter().filter(is_lost).map(is_filed);
        let rebuild = coverage == Coverage::Checkout && lost.clone().any(|filed| filed);
        let others = lost.any(|filed| !filed || coverage == Coverage::All);
        let mut lies = checks.iter().filter(|check| matches!(check.outcome, CheckOutcome::Lies(_)));
        let damaged = if lies.all(is_filed) { Damaged::Files } else { Damaged::Content };
        let repair = others && !is_mended(ledgers);
        Cures { repair, rebuild, left: others && !repair && !rebuild, damaged }
    }

    fn help(self, asked: &Asked) -> Vec<String> {
        let repair = format!(
            "`{} --repair` writes again what was lost; what is foreign it leaves",
            asked.command("audit")
        );
        let rebuild = format!("`{}` writes the files of the ledger again", asked.command("ledger rebuild"));
        let left = "what is left is foreign, or nothing has it any more: look at it, above".to_owned();
        let all = [(self.repair, repair), (self.rebuild, rebuild), (self.left, left)];
        all.into_iter().filter(|(helps, _)| *helps).map(|(_, help)| help).collect()
    }
}

/// A checkout lacks something that was said: whoever reads its files alone does not hear of it.
fn explain_unfiled(unfiled: &[String], asked: &Asked) -> Diagnostic {
    let message = "something was said of releases that the files of this checkout do not have";
    let said = Diagnostic::warning(Code::Drift, message);
    let said = unfiled.iter().fold(said, |said, file| said.fact("missing", file));
    said.help(format!("pull, or write them with `{}`, and commit them", asked.command("ledger rebuild")))
        .help("until then whoever reads these files alone may be shown a version that was yanked")
}

fn explain_code(code: Code, cures: Cures, asked: &Asked) -> Diagnostic {
    let verify = Asked { tag: Some("TAG".to_owned()), ..asked.clone() }.command("verify");
    if code == Code::Drift {
        let drift = Diagnostic::error(code, Cure::FixThenRunAgain, "the world is not what was released");
        let drift = cures.help(asked).into_iter().fold(drift, Diagnostic::help);
        return drift.help(format!("see one release: `{verify}`"));
    }
    let (message, cure, help) = match code {
        Code::VerificationFailed if cures.damaged == Damaged::Files => (
            "there are files of the ledger that are not what was released",
            Cure::FixThenRunAgain,
            format!("`{}` puts what was released in their place, and keeps them", asked.command("ledger rebuild")),
        ),
        Code::VerificationFailed if asked.keeping == Keeping::Local => (
            "there are files of this machine that do not have their digest",
            Cure::FixThenRunAgain,
            format!(
                "they lie in the local registry, each as `.plimsoll/registry/REPOSITORY/blobs/sha256/DIGEST`: look at the disk; `{} --repair` writes them again from another repository that has them",
                asked.command("audit")
            ),
        ),
        Code::VerificationFailed => (
            "there is content that does not have its digest",
            Cure::FixThenRunAgain,
            "do not use what failed; look at the registry, and at what stands between".to_owned(),
        ),
        Code::SignatureRefused => (
            "a release is not signed by whom it must be",
            Cure::FixThenRunAgain,
            "do not use what nobody vouches for; whoever may sign attaches lost signatures again with `plimsoll release TAG`, and [[trust]] says whose count"
                .to_owned(),
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
