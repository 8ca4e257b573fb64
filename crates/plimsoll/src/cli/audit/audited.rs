//! The ledgers that are audited: the project's, and that of each chart that can be released by itself.

use plimsoll_engine::act::audit::{Audit, audit};
use plimsoll_engine::act::repair::repair;
use plimsoll_engine::act::verify::{Check, Outcome};
use plimsoll_engine::domain::artifact::ArtifactName;
use plimsoll_engine::domain::diagnostic::Diagnostic;
use plimsoll_engine::world::ledger::Coverage;

use crate::cli::ending::Failure;
use crate::cli::ledger::{Restored, restore};
use crate::cli::session::Session;
use crate::cli::subject::{Stage, Subject, Voyage, Worktree, warn_of_unheard};
use crate::explain::{self, Asked, Explain as _};
use crate::output::json::audit::{AuditInfo, Mended};
use crate::output::json::rebuilt::ReplacedInfo;
use crate::output::json::verification::{gravest_of, verdict};
use crate::wire::Purpose;

/// What an audit found in a ledger.
pub(super) struct AuditedLedger {
    component: ArtifactName,
    /// What was found, after what was mended.
    pub(super) found: Audit,
    /// Whether all that was released has its files there.
    pub(super) coverage: Coverage,
    /// What was mended.
    pub(super) mended: Mended,
}

impl AuditedLedger {
    /// All that is looked at, the project first.
    pub(super) async fn look_at_all(
        session: &Session<'_>,
        worktree: &Worktree,
    ) -> Result<Vec<AuditedLedger>, Failure> {
        let charts = worktree.subject.of_own_charts();
        let mut ledgers = Vec::new();
        for subject in std::iter::once(&worktree.subject).chain(&charts) {
            let voyage = subject.voyage(session, &worktree.head, Purpose::Look, Stage::Real)?;
            let found = find(subject, &voyage).await;
            voyage.display.clear();
            ledgers.push(AuditedLedger::of(subject, &voyage, found?, Mended::default()));
        }
        Ok(ledgers)
    }

    /// The same after what was lost is written again; and what could not be.
    pub(super) async fn mend_all(
        session: &Session<'_>,
        worktree: &Worktree,
    ) -> Result<(Vec<AuditedLedger>, Vec<Diagnostic>), Failure> {
        let charts = worktree.subject.of_own_charts();
        let (mut ledgers, mut problems) = (Vec::new(), Vec::new());
        for subject in std::iter::once(&worktree.subject).chain(&charts) {
            let voyage = subject.voyage(session, &worktree.head, Purpose::Change, Stage::Real)?;
            let found = find(subject, &voyage).await?;
            let repaired = repair(&voyage.world, subject.project(), &voyage.holder, &found).await;
            let repaired = repaired.map_err(|stop| explain::findings(&stop, &subject.asked))?;
            // A checkout has the files of its time; what it lacks was not lost.
            let restored = match voyage.world.eyes().ledger().coverage() {
                Coverage::All => restore(subject, &voyage).await?,
                Coverage::Checkout => Restored::default(),
            };
            let found = find(subject, &voyage).await?;
            voyage.display.clear();
            let replaced = restored.replaced.into_iter().map(ReplacedInfo::from).collect();
            let mended = Mended { repaired: Some(repaired), written: restored.written, replaced };
            ledgers.push(AuditedLedger::of(subject, &voyage, found, mended));
            problems.extend(restored.problems.all().iter().cloned());
        }
        Ok((ledgers, problems))
    }

    fn of(subject: &Subject, voyage: &Voyage, found: Audit, mended: Mended) -> AuditedLedger {
        let component = subject.project().name.clone();
        AuditedLedger { component, found, coverage: voyage.world.eyes().ledger().coverage(), mended }
    }

    /// All that was looked at, but that a version was burnt: that is how it ended, not what became of it since.
    pub(super) fn checks(&self) -> impl Iterator<Item = &Check> {
        let checks = self.found.releases.iter().flat_map(|audited| &audited.checks).chain(&self.found.moving);
        checks.filter(|check| !matches!(check.outcome, Outcome::Burnt))
    }

    /// What is answered: the first ledger, with the others that have anything in them as its charts.
    pub(super) fn info(ledgers: &[AuditedLedger], asked: &Asked) -> AuditInfo {
        let info = |ledger: &AuditedLedger| {
            let unheard = warn_of_unheard(&ledger.found.said, asked);
            AuditInfo::of(&ledger.component, &ledger.found, &ledger.mended, &unheard)
        };
        let mut all = ledgers.iter().map(info);
        let project = all.next().expect("the project itself is looked at");
        let checks: Vec<Check> = ledgers.iter().flat_map(AuditedLedger::checks).cloned().collect();
        AuditInfo {
            verdict: verdict(gravest_of(&checks)),
            charts: all.filter(|chart| !chart.is_empty()).collect(),
            ..project
        }
    }
}

async fn find(subject: &Subject, voyage: &Voyage) -> Result<Audit, Failure> {
    let found = audit(voyage.world.eyes(), subject.project()).await;
    found.map_err(|error| {
        voyage.display.clear();
        error.explain(&subject.asked).into()
    })
}
