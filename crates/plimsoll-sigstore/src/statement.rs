//! In-toto statements: what is said (the predicate) of what (the subjects).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::artifact::{Artifact, ArtifactDigest, HashAlgorithm};
use crate::encoding::parse_hex;

/// The type of statements that are written here.
pub const STATEMENT_V1: &str = "https://in-toto.io/Statement/v1";
/// The type that cosign still writes for attestations.
pub const STATEMENT_V0_1: &str = "https://in-toto.io/Statement/v0.1";
/// The predicate type by which cosign says "this image is signed".
pub const COSIGN_SIGNATURE: &str = "https://sigstore.dev/cosign/sign/v1";

/// A statement (in-toto Attestation Framework, Statement v1 and v0.1).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Statement {
    /// The type of the statement itself.
    #[serde(rename = "_type")]
    pub statement_type: String,
    /// What it is about.
    pub subject: Vec<Subject>,
    /// What kind of thing it says.
    pub predicate_type: String,
    /// What it says.
    #[serde(default)]
    pub predicate: Value,
}

/// One thing that a statement is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Subject {
    /// Its name; cosign gives images none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Its digests: algorithm → lower-case digits, of which any may be matched.
    pub digest: BTreeMap<String, String>,
    /// What else is said of it, such as the annotations that a user gave to cosign.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, Value>,
}

/// Why a payload is no statement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// It is no JSON of the right shape.
    #[error("the payload is no in-toto statement: {0}")]
    Shape(String),
    /// Its type is another.
    #[error("the payload is a `{0}`, not an in-toto statement")]
    Type(String),
}

impl Statement {
    /// Reads a payload.
    ///
    /// # Errors
    /// [`StatementError`].
    pub fn parse(payload: &[u8]) -> Result<Statement, StatementError> {
        let statement: Statement =
            serde_json::from_slice(payload).map_err(|error| StatementError::Shape(error.to_string()))?;
        match statement.statement_type.as_str() {
            STATEMENT_V1 | STATEMENT_V0_1 => Ok(statement),
            _ => Err(StatementError::Type(statement.statement_type)),
        }
    }

    /// The payload of an envelope that says this.
    pub fn render(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("all keys of a statement are texts")
    }

    /// The statement by which cosign 3 signs an image.
    pub fn cosign_signature(of: &ArtifactDigest) -> Statement {
        let digest = BTreeMap::from([(of.algorithm().name().to_owned(), of.hex())]);
        Statement {
            statement_type: STATEMENT_V1.to_owned(),
            subject: vec![Subject { name: String::new(), digest, annotations: BTreeMap::new() }],
            predicate_type: COSIGN_SIGNATURE.to_owned(),
            predicate: Value::Object(serde_json::Map::new()),
        }
    }

    /// The subject that an artifact is: one whose every digest of an algorithm that is known of the artifact is the
    /// artifact's, and at least one is.
    pub fn find_subject(&self, artifact: &Artifact) -> Option<&Subject> {
        self.subject.iter().find(|subject| {
            let mut matched = false;
            for (name, digits) in &subject.digest {
                let Some(algorithm) = HashAlgorithm::from_name(name) else { continue };
                let Some(known) = artifact.digest(algorithm) else { continue };
                if parse_hex(digits).as_deref() != Some(known.bytes()) {
                    return false;
                }
                matched = true;
            }
            matched
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_matches_by_all_digests_that_are_known() {
        let artifact = Artifact::of_bytes(b"abc".to_vec());
        let digits = |algorithm: HashAlgorithm| algorithm.digest(b"abc").hex();
        let with = |pairs: &[(&str, String)]| {
            let digest = pairs.iter().map(|(name, digits)| ((*name).to_owned(), digits.clone())).collect();
            let subject = Subject { name: "a".into(), digest, annotations: BTreeMap::new() };
            let mut statement = Statement::cosign_signature(&HashAlgorithm::Sha256.digest(b"abc"));
            statement.subject = vec![subject];
            statement.find_subject(&artifact).is_some()
        };
        let (short, long) = (digits(HashAlgorithm::Sha256), digits(HashAlgorithm::Sha512));
        assert!(with(&[("sha256", short.clone())]));
        assert!(with(&[("sha256", short.clone()), ("sha512", long.clone()), ("gitBlob", "00".into())]));
        assert!(!with(&[("sha256", short), ("sha512", long.replace(['0', '1'], "2"))]));
        assert!(!with(&[("gitBlob", "00".into())]));
        assert!(!with(&[]));
    }

    #[test]
    fn says_what_is_no_statement() {
        assert!(matches!(Statement::parse(b"{}"), Err(StatementError::Shape(_))));
        let other = br#"{"_type":"x","subject":[],"predicateType":"y","predicate":{}}"#;
        assert_eq!(Statement::parse(other), Err(StatementError::Type("x".into())));
    }
}
