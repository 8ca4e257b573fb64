//! What is signed of a release: statements, each about one manifest.

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use plimsoll_oci::model::Descriptor;
use plimsoll_oci::name::Digest;

/// A statement about one manifest, which is signed and attached to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attestation {
    /// What it is about.
    pub subject: Descriptor,
    /// What kind of thing it says.
    pub predicate_type: String,
    /// What is signed: an in-toto statement.
    pub payload: Payload,
    /// Which signed statements that are there count as this one.
    pub equality: Equality,
    /// How it is attached.
    pub form: AttachedForm,
}

/// What somebody signed, as it lies beside what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// A bundle; in cosign's older form what was signed, or the envelope with it.
    pub bytes: Bytes,
    /// In the older form the signature, and what it takes to verify it; none beside a bundle.
    pub annotations: BTreeMap<String, String>,
}

impl Signed {
    /// A bundle.
    pub fn bundle(bytes: Bytes) -> Signed {
        Signed { bytes, annotations: BTreeMap::new() }
    }
}

/// The bytes of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// Here: they follow from the seal.
    Written(Bytes),
    /// Where the images are: in the workshop that made them, and beside every record of the release.
    Made(Box<Descriptor>),
}

impl Payload {
    /// The bytes, if they are here.
    pub fn written(&self) -> Option<&Bytes> {
        match self {
            Payload::Written(bytes) => Some(bytes),
            Payload::Made(_) => None,
        }
    }

    /// Their digest.
    pub fn digest(&self) -> Digest {
        match self {
            Payload::Written(bytes) => Digest::of(bytes),
            Payload::Made(descriptor) => descriptor.digest.clone(),
        }
    }
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

/// How one signed statement is attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AttachedForm {
    /// A Sigstore bundle in an artifact that refers to what is signed, as cosign 3 makes it.
    Bundle,
    /// A layer below a tag beside the image, as cosign made it before: `sha256-….sig`, and `.att` for other statements.
    Legacy,
}

impl fmt::Display for AttachedForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            AttachedForm::Bundle => "bundle",
            AttachedForm::Legacy => "legacy",
        })
    }
}

/// Whether statements that are signed are given to the forge, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Posting {
    /// They are attached to what they are about, and that is all.
    #[default]
    Attached,
    /// The forge keeps them as well.
    Posted,
}

impl Posting {
    /// Whether the forge is given nothing.
    pub fn is_attached(&self) -> bool {
        *self == Posting::Attached
    }
}

/// In which form signatures are attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignatureForm {
    /// Sigstore bundles that refer to what is signed, as cosign 3 makes them.
    Bundle,
    /// Below a tag beside each image, as cosign made them before version 3.
    Legacy,
    /// Both.
    Both,
}

impl SignatureForm {
    /// How signatures are attached.
    pub fn attached(self) -> &'static [AttachedForm] {
        match self {
            SignatureForm::Bundle => &[AttachedForm::Bundle],
            SignatureForm::Legacy => &[AttachedForm::Legacy],
            SignatureForm::Both => &[AttachedForm::Bundle, AttachedForm::Legacy],
        }
    }
}

impl fmt::Display for SignatureForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SignatureForm::Bundle => "bundle",
            SignatureForm::Legacy => "legacy",
            SignatureForm::Both => "both",
        })
    }
}
