//! Is this tag one of ours, and what does it mean?

use plimsoll_tags::git_tag::{Refusal, RefusalReason, TagPolicy, TagVerdict};
use plimsoll_tags::version::{Scheme, Version, VersionFault};

use crate::check::Findings;
use crate::domain::code::Code;
use crate::domain::diagnostic::{Cure, Diagnostic};
use crate::domain::occasion::Occasion;

/// The occasion of a tag that a person named.
pub(super) fn judge_named(policy: &TagPolicy, tag: &str) -> Result<Occasion, Findings> {
    // `read_named` has no tag outside the family; if it had, the tag would be refused all the same.
    judge(policy, policy.read_named(tag))?.map_err(|nearest| {
        let refusal = Refusal {
            tag: tag.to_owned(),
            reason: RefusalReason::OutsideFamily,
            patterns: policy.patterns().map(ToString::to_string).collect(),
            nearest,
        };
        explain(policy, &refusal).into()
    })
}

/// The occasion of a tag that an event is about; `Err` within is the tag that was perhaps meant by one that is not
/// ours.
pub(super) fn judge_event(
    policy: &TagPolicy,
    tag: &str,
) -> Result<Result<Occasion, Option<String>>, Findings> {
    judge(policy, policy.read(tag))
}

fn judge(policy: &TagPolicy, verdict: TagVerdict) -> Result<Result<Occasion, Option<String>>, Findings> {
    match verdict {
        TagVerdict::Version(version) => Ok(Ok(Occasion::Version(version))),
        TagVerdict::Prerelease(version) => Ok(Ok(Occasion::Prerelease(version))),
        TagVerdict::Promotion(version) => Ok(Ok(Occasion::Promotion(version))),
        TagVerdict::Outside { nearest } => Ok(Err(nearest)),
        TagVerdict::Refused(refusal) => Err(explain(policy, &refusal).into()),
    }
}

fn explain(policy: &TagPolicy, refusal: &Refusal) -> Diagnostic {
    let code = match refusal.reason {
        RefusalReason::PrereleasesRefused { .. } => Code::PrereleaseRefused,
        RefusalReason::NotAVersion { .. }
        | RefusalReason::NotCanonical { .. }
        | RefusalReason::PrereleasePromoted { .. }
        | RefusalReason::NoPatternFits
        | RefusalReason::OutsideFamily => Code::TagInvalid,
    };
    let mut diagnostic =
        Diagnostic::error(code, Cure::FixThenRunAgain, format!("git tag `{}` is refused", refusal.tag))
            .because(&refusal.reason)
            .fact("patterns", refusal.patterns.join(", "));
    if let Some(nearest) = &refusal.nearest {
        diagnostic = diagnostic.fact("nearest", nearest).help(format!("did you mean `{nearest}`?"));
    }
    match &refusal.reason {
        RefusalReason::PrereleasesRefused { .. } => {
            diagnostic.help("to release prereleases, write `prerelease = true` under `[tags]`")
        }
        RefusalReason::NotAVersion { pattern, error }
            if policy.scheme() == Scheme::Semver
                && matches!(error.fault, VersionFault::ExtraPart { .. })
                && matches!(pattern.find_version(Scheme::Pep440, &refusal.tag), Some(Ok(_))) =>
        {
            let version = pattern.find_version_text(&refusal.tag).unwrap_or_default();
            diagnostic.help(format!(
                "{version} is a version by {}: write `scheme = \"pep440\"` under `[version]` if that is meant",
                Scheme::Pep440
            ))
        }
        _ => diagnostic,
    }
}

/// Spells the version tag of a version.
pub(super) fn version_tag(policy: &TagPolicy, version: &Version) -> String {
    policy.version().render(version)
}
