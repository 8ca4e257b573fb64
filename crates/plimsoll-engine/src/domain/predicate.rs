//! What kinds of things are stated of images and charts.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// "This is signed", as cosign 3 says it.
pub const SIGNATURE: &str = "https://sigstore.dev/cosign/sign/v1";
/// SLSA provenance, version 1.
pub const SLSA_PROVENANCE: &str = "https://slsa.dev/provenance/v1";
/// An SPDX document.
pub const SPDX: &str = "https://spdx.dev/Document";
/// A CycloneDX bill of materials.
pub const CYCLONE_DX: &str = "https://cyclonedx.org/bom";
/// Any text, as cosign states it.
pub const CUSTOM: &str = "https://cosign.sigstore.dev/attestation/v1";
/// Findings of a scanner, as cosign states them.
const VULNERABILITIES: &str = "https://cosign.sigstore.dev/attestation/vuln/v1";
/// An OpenVEX document.
const OPEN_VEX: &str = "https://openvex.dev/ns";

/// Short names, which are cosign's, and what they stand for.
const NAMES: [(&str, &str, Shape); 10] = [
    ("slsaprovenance1", SLSA_PROVENANCE, Shape::Having("buildDefinition")),
    ("slsaprovenance", "https://slsa.dev/provenance/v0.2", Shape::Having("buildType")),
    ("slsaprovenance02", "https://slsa.dev/provenance/v0.2", Shape::Having("buildType")),
    ("spdxjson", SPDX, Shape::Having("spdxVersion")),
    ("spdx", SPDX, Shape::Spdx),
    ("cyclonedx", CYCLONE_DX, Shape::Having("bomFormat")),
    ("vuln", VULNERABILITIES, Shape::Having("scanner")),
    ("openvex", OPEN_VEX, Shape::Having("statements")),
    ("link", "https://in-toto.io/attestation/link/v0.3", Shape::Having("materials")),
    ("custom", CUSTOM, Shape::Text),
];

/// A predicate type: what kind of thing is stated.
///
/// Two are the same if their URIs are: what was named by one short name may be read back as another.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PredicateType {
    uri: String,
    shape: Shape,
}

impl PartialEq for PredicateType {
    fn eq(&self, other: &Self) -> bool {
        self.uri == other.uri
    }
}

impl Eq for PredicateType {}

impl PartialOrd for PredicateType {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for PredicateType {
    fn cmp(&self, other: &Self) -> Ordering {
        self.uri.cmp(&other.uri)
    }
}

/// How a predicate looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// A JSON object.
    Object,
    /// A JSON object with this field.
    Having(&'static str),
    /// An SPDX document: JSON, or text of tags and values.
    Spdx,
    /// Any text.
    Text,
}

/// A text that names no predicate type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no predicate type: a URI, or one of {names}", names = short_names().collect::<Vec<_>>().join(", "))]
pub struct PredicateTypeError(pub String);

/// The short names of predicate types.
pub fn short_names() -> impl Iterator<Item = &'static str> {
    NAMES.iter().map(|(name, _, _)| *name)
}

impl PredicateType {
    /// The URI that stands in statements.
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// How such a predicate looks.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// That something is signed.
    pub fn signature() -> PredicateType {
        PredicateType { uri: SIGNATURE.to_owned(), shape: Shape::Object }
    }

    /// Provenance of SLSA, version 1.
    pub fn provenance() -> PredicateType {
        PredicateType { uri: SLSA_PROVENANCE.to_owned(), shape: Shape::Having("buildDefinition") }
    }
}

impl FromStr for PredicateType {
    type Err = PredicateTypeError;

    fn from_str(text: &str) -> Result<PredicateType, PredicateTypeError> {
        if let Some((_, uri, shape)) = NAMES.iter().find(|(name, _, _)| *name == text) {
            return Ok(PredicateType { uri: (*uri).to_owned(), shape: *shape });
        }
        let is_uri = text.split_once(':').is_some_and(|(scheme, rest)| {
            let lettered = scheme.starts_with(|c: char| c.is_ascii_alphabetic());
            let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
            lettered && scheme.chars().all(legal) && !rest.is_empty()
        });
        let is_plain = text.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\'));
        if !is_uri || !is_plain {
            return Err(PredicateTypeError(text.to_owned()));
        }
        // A document of a known type has that type's fields; the version of one may stand behind it.
        let known = NAMES.iter().rev().find(|(_, uri, _)| *uri == text);
        let shape = known.map_or(Shape::Object, |(_, _, shape)| *shape);
        Ok(PredicateType { uri: text.to_owned(), shape })
    }
}

impl TryFrom<String> for PredicateType {
    type Error = PredicateTypeError;

    fn try_from(text: String) -> Result<PredicateType, PredicateTypeError> {
        text.parse()
    }
}

impl From<PredicateType> for String {
    fn from(kind: PredicateType) -> String {
        kind.uri
    }
}

impl fmt::Display for PredicateType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.uri)
    }
}

impl fmt::Debug for PredicateType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.uri)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn short_names_are_cosigns_and_anything_else_is_a_uri() {
        let table = [
            ("slsaprovenance1", Ok(SLSA_PROVENANCE)),
            ("spdx", Ok(SPDX)),
            ("spdxjson", Ok(SPDX)),
            ("cyclonedx", Ok(CYCLONE_DX)),
            ("https://spdx.dev/Document/v2.3", Ok("https://spdx.dev/Document/v2.3")),
            ("urn:example:checked", Ok("urn:example:checked")),
            ("sbom", Err(())),
            ("", Err(())),
            ("https:", Err(())),
            ("1http://x", Err(())),
            ("https://a b", Err(())),
            ("https://a\"b", Err(())),
        ];
        for (text, want) in table {
            let found = text.parse::<PredicateType>();
            let found = found.as_ref().map(PredicateType::uri).map_err(|_| ());
            assert_eq!(found, want, "{text}");
        }
        let why = "sbom".parse::<PredicateType>().unwrap_err().to_string();
        assert!(why.contains("`sbom`") && why.contains("cyclonedx"), "{why}");
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_and_read_again(text in "\\PC{0,40}") {
            if let Ok(kind) = text.parse::<PredicateType>() {
                prop_assert_eq!(kind.to_string().parse::<PredicateType>().map(|again| again.uri), Ok(kind.uri));
            }
        }
    }
}
