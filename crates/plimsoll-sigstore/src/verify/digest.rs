//! Does the artifact have the digest that the bundle says?

use crate::bundle::Content;
use crate::verify::{Case, Outcome};

/// Why the artifact is another.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DigestRefusal {
    /// Its digest is another.
    #[error("the bundle is for {want}, and this is {found}")]
    Differs {
        /// What the bundle says.
        want: String,
        /// The artifact's.
        found: String,
    },
    /// It is known by another algorithm only.
    #[error("the bundle is for {want}, and this is known by another algorithm only")]
    OtherAlgorithm {
        /// What the bundle says.
        want: String,
    },
}

impl DigestRefusal {
    /// The reason as a word.
    pub fn word(&self) -> &'static str {
        match self {
            DigestRefusal::Differs { .. } => "digest-differs",
            DigestRefusal::OtherAlgorithm { .. } => "digest-other-algorithm",
        }
    }
}

pub(super) fn check(case: &Case<'_>) -> Outcome {
    let want = match &case.bundle.content {
        Content::Message { digest: Some(digest), .. } => digest,
        Content::Message { digest: None, .. } => {
            return Outcome::NotApplicable("the bundle states no digest");
        }
        Content::Envelope(_) => return Outcome::NotApplicable("the statement names what it is about"),
    };
    let refused = match case.artifact.digest(want.algorithm()) {
        Some(found) if found == want => return Outcome::Passed(found.to_string()),
        Some(found) => DigestRefusal::Differs { want: want.to_string(), found: found.to_string() },
        None => DigestRefusal::OtherAlgorithm { want: want.to_string() },
    };
    Outcome::Refused(refused.into())
}
