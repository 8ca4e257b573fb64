//! Is what is signed a statement, of the wanted type?

use crate::bundle::Content;
use crate::dsse::IN_TOTO;
use crate::statement::{Statement, StatementError};
use crate::verify::{Case, Outcome};

/// Why what is stated is not what was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PredicateRefusal {
    /// The envelope holds something else.
    #[error("the envelope holds `{0}`, not an in-toto statement")]
    PayloadType(String),
    /// It is no statement.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// It is a statement of another type.
    #[error("the statement is a {found}, not a {want}")]
    OtherType {
        /// The type that was asked for.
        want: String,
        /// Its type.
        found: String,
    },
    /// A statement was asked for, and a file's bytes are signed.
    #[error("a statement of the type {0} was asked for, and the bundle signs bytes")]
    NoStatement(String),
}

impl PredicateRefusal {
    /// The reason as a word.
    pub fn word(&self) -> &'static str {
        match self {
            PredicateRefusal::PayloadType(_) => "predicate-payload-type",
            PredicateRefusal::Statement(_) => "predicate-malformed",
            PredicateRefusal::OtherType { .. } => "predicate-other-type",
            PredicateRefusal::NoStatement(_) => "predicate-missing",
        }
    }
}

pub(super) fn check(case: &Case<'_>) -> (Outcome, Option<Statement>) {
    let wanted = case.policy.predicate_type.as_ref();
    let envelope = match &case.bundle.content {
        Content::Envelope(envelope) => envelope,
        Content::Message { .. } => {
            let outcome = match wanted {
                Some(wanted) => Outcome::Refused(PredicateRefusal::NoStatement(wanted.clone()).into()),
                None => Outcome::NotApplicable("the bundle signs bytes, no statement"),
            };
            return (outcome, None);
        }
    };
    if envelope.payload_type != IN_TOTO {
        return (Outcome::Refused(PredicateRefusal::PayloadType(envelope.payload_type.clone()).into()), None);
    }
    let statement = match Statement::parse(&envelope.payload) {
        Ok(statement) => statement,
        Err(why) => return (Outcome::Refused(PredicateRefusal::Statement(why).into()), None),
    };
    let found = statement.predicate_type.clone();
    let outcome = match wanted {
        Some(want) if *want != found => {
            Outcome::Refused(PredicateRefusal::OtherType { want: want.clone(), found }.into())
        }
        _ => Outcome::Passed(found),
    };
    (outcome, Some(statement))
}
