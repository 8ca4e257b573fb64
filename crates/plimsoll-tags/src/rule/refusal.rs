//! Why a rule gives no tag: it has no class, it does not apply, or it fails.

use crate::class::ClassName;
use crate::notation::action::amount::Unclear;
use crate::notation::action::evaluation::EvaluationError;
use crate::notation::short::{Placeholder, RenderError};
use crate::table::Table;
use crate::value::{TagValue, ValueError};
use crate::version::Version;

/// Why a rule has no class, or not the one it names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClassError {
    /// The table does not know what to put in.
    #[error("`{placeholder}` is not known in `{table}`")]
    NotKnown {
        /// The placeholder.
        placeholder: Placeholder,
        /// The table that the rule stands in.
        table: Table,
    },
    /// Major, minor and patch together are not always the whole version.
    #[error("`{rule}` is not always the whole version: write `{{version}}`, or name the class")]
    WholeVersionByParts {
        /// The rule as it is written.
        rule: String,
    },
    /// A number stands there without those before it, so versions that have nothing in common share a tag.
    #[error("`{rule}` has `{placeholder}` without the number before it")]
    PartWithoutItsWhole {
        /// The rule as it is written.
        rule: String,
        /// The number that stands alone.
        placeholder: Placeholder,
    },
    /// Every branch would write the same tag.
    #[error(
        "`{rule}` is the same tag for every branch: put the branch in it, or give one branch a table of its own"
    )]
    SharedByBranches {
        /// The rule as it is written.
        rule: String,
    },
    /// The tags of the rule are none.
    #[error(transparent)]
    Illegal(ValueError),
    /// Nothing says what the tags of the rule have in common.
    #[error("`{rule}` can't be classified: {unclear}")]
    Unclear {
        /// The rule as it is written.
        rule: String,
        /// Why.
        unclear: Box<Unclear>,
    },
    /// The rule yields nothing in the table.
    #[error("`{rule}` never yields a tag in `{table}`")]
    Never {
        /// The rule as it is written.
        rule: String,
        /// The table.
        table: Table,
    },
    /// Every pull request would write the same tag.
    #[error("`{rule}` is the same tag for every pull request: put `{{number}}` in it")]
    SharedByPullRequests {
        /// The rule as it is written.
        rule: String,
    },
    /// The named class gives less than the whole version deserves.
    #[error("`{rule}` names one version and can only be write-once, not {named}")]
    VersionTagMoves {
        /// The rule as it is written.
        rule: String,
        /// The class that the rule names.
        named: ClassName,
    },
    /// The named class would make the second release a conflict.
    #[error("`{rule}` is the same tag for several releases and cannot be write-once")]
    SharedTagFrozen {
        /// The rule as it is written.
        rule: String,
    },
}

/// Why a rule that applies yields no tag.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Skip {
    /// Its condition does not hold.
    #[error("`{rule}` is only written for commits on the default branch")]
    NotOnDefaultBranch {
        /// The rule as it is written.
        rule: String,
    },
    /// A prerelease moves nothing.
    #[error("`{rule}` does not follow prereleases, and {version} is one")]
    Prerelease {
        /// The rule as it is written.
        rule: String,
        /// The version.
        version: Version,
    },
    /// 0.x versions promise each other nothing, so a tag `0` would mislead.
    #[error("`{rule}` does not follow 0.x versions: name its class to allow it")]
    MajorZero {
        /// The rule as it is written.
        rule: String,
        /// The version.
        version: Version,
    },
    /// The rule writes a version by its parts, and this version has more of them.
    #[error("`{rule}` is not the whole of version {version}")]
    NotWholeVersion {
        /// The rule as it is written.
        rule: String,
        /// The version.
        version: Version,
    },
    /// It is a rule of docker/metadata-action that gives nothing for this event.
    #[error("`{rule}` gives nothing here")]
    Nothing {
        /// The rule as it is written.
        rule: String,
    },
    /// A branch has the name of a tag that another table gives.
    #[error("`{value}` is not written for a branch: `{table}` gives that tag")]
    TakenByAnotherTable {
        /// The tag.
        value: TagValue,
        /// The table whose rules give it.
        table: Table,
    },
    /// Another rule of the same table yields this tag already, of a class that binds more.
    #[error("`{rule}` gives `{value}`, which another rule writes as {class}")]
    TakenByAnotherRule {
        /// The rule as it is written.
        rule: String,
        /// The tag.
        value: TagValue,
        /// The class under which it is written.
        class: ClassName,
    },
}

/// Why a rule fails for an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// It has no class.
    #[error(transparent)]
    Class(#[from] ClassError),
    /// It gives no legal tag.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// It is a rule of docker/metadata-action that can't be evaluated.
    #[error(transparent)]
    Evaluation(#[from] EvaluationError),
}
