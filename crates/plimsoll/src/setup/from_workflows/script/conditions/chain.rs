//! On what each part of `[ A ] && [ B ] || push` depends. `&&` and `||` bind alike, from the left.

use super::Guard;
use super::parts::Joint;
use crate::setup::from_workflows::script::commands;

/// What the parts so far come to.
#[derive(Clone, Debug, Default)]
pub(super) enum Chain {
    /// Commands alone: what stands behind them is done.
    #[default]
    Done,
    /// Tests alone.
    Tested(Guard),
    /// Tests, and commands that may fail as well.
    Mixed(Guard),
}

impl Chain {
    /// On what the next part depends; none: it is done.
    pub(super) fn reach(&self, joint: Joint) -> Option<Guard> {
        match (joint, self) {
            (Joint::Next, _) | (_, Chain::Done) => None,
            (Joint::And, Chain::Tested(guard) | Chain::Mixed(guard)) => Some(guard.clone()),
            (Joint::Or, Chain::Tested(guard)) => Some(guard.not()),
            // What is done where one of several fails is not plain.
            (Joint::Or, Chain::Mixed(guard)) => Some(guard.not().open()),
        }
    }

    /// With a test behind it.
    pub(super) fn tested(self, joint: Joint, test: Guard) -> Chain {
        match (joint, self) {
            (Joint::Next, _) => Chain::Tested(test),
            (Joint::And, Chain::Done) => Chain::Mixed(test),
            (Joint::Or, Chain::Done) => Chain::Mixed(test.open()),
            (Joint::And, Chain::Tested(guard)) => Chain::Tested(Guard::all(&[guard, test])),
            (Joint::Or, Chain::Tested(guard)) => Chain::Tested(guard.or(&test)),
            (Joint::And, Chain::Mixed(guard)) => Chain::Mixed(Guard::all(&[guard, test])),
            (Joint::Or, Chain::Mixed(guard)) => Chain::Mixed(guard.or(&test).open()),
        }
    }

    /// With a command behind it.
    pub(super) fn done(self, joint: Joint) -> Chain {
        match (joint, self) {
            (Joint::And, Chain::Tested(guard) | Chain::Mixed(guard)) => Chain::Mixed(guard),
            // One of both is done.
            (Joint::Next | Joint::Or, _) | (_, Chain::Done) => Chain::Done,
        }
    }
}

/// Whether a part asks something, and does nothing.
pub(super) fn asks(part: &str) -> bool {
    let last = commands(part).pop().unwrap_or_default();
    matches!(last.first().map(String::as_str), Some("[" | "[[" | "test" | "!" | "grep" | "egrep" | "fgrep"))
        || part.starts_with("[[ ")
        || part.starts_with("((")
}
