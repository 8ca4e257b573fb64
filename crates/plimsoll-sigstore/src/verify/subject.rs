//! Is the artifact a subject of the statement?

use crate::bundle::Content;
use crate::statement::Statement;
use crate::verify::{Case, Outcome};

/// Why the statement is not about the artifact.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubjectRefusal {
    /// No subject has its digest.
    #[error("none of the statement's {subjects} subjects is {artifact}")]
    Missing {
        /// How many subjects there are.
        subjects: usize,
        /// The artifact's digest.
        artifact: String,
    },
    /// What was signed in the older form is another image.
    #[error("the image {found} is signed, not {want}")]
    OtherImage {
        /// The image's digest.
        want: String,
        /// That of what is signed.
        found: String,
    },
}

impl SubjectRefusal {
    /// The reason as a word.
    pub fn word(&self) -> &'static str {
        match self {
            SubjectRefusal::Missing { .. } => "subject-missing",
            SubjectRefusal::OtherImage { .. } => "subject-other-image",
        }
    }
}

pub(super) fn check(case: &Case<'_>, statement: Option<&Statement>) -> Outcome {
    let Some(statement) = statement else {
        return match &case.bundle.content {
            Content::Message { .. } => Outcome::NotApplicable("the bundle signs bytes, no statement"),
            Content::Envelope(_) => Outcome::NotMade("there is no statement that could be read"),
        };
    };
    let artifact = case.artifact.name().map(ToString::to_string).unwrap_or_default();
    match statement.find_subject(case.artifact) {
        Some(subject) if subject.name.is_empty() => Outcome::Passed(artifact),
        Some(subject) => Outcome::Passed(format!("{} {artifact}", subject.name)),
        None => {
            Outcome::Refused(SubjectRefusal::Missing { subjects: statement.subject.len(), artifact }.into())
        }
    }
}
