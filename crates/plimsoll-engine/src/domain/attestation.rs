//! What is signed of a release: statements, each about one manifest.

use std::fmt;

use bytes::Bytes;
use plimsoll_oci::model::Descriptor;

/// A statement about one manifest, which is signed and attached to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attestation {
    /// What it is about.
    pub subject: Descriptor,
    /// What kind of thing it says.
    pub predicate_type: String,
    /// The bytes that are signed: an in-toto statement.
    pub payload: Bytes,
    /// Which signed statements that are there count as this one.
    pub equality: Equality,
}

/// Which signed statements count as the one that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Equality {
    /// Any of its type about its subject: there is nothing else in it.
    Meaning,
    /// Those with the very same bytes.
    Bytes,
}

/// What a bundle is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// Somebody who counts has signed it.
    Vouched {
        /// Who: a key or an identity.
        by: String,
    },
    /// Nobody who counts has, or it is something else.
    Refused {
        /// Why.
        why: String,
    },
}

/// In which form signatures are attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignatureForm {
    /// Sigstore bundles that refer to what is signed, as cosign 3 makes them.
    Bundle,
}

impl fmt::Display for SignatureForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SignatureForm::Bundle => "bundle",
        })
    }
}
