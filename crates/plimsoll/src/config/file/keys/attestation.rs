//! Keys that say what is stated of releases, beside that they are signed.

use crate::config::file::shape::{Key, Shape, Table};

/// Words of `signing.provenance`.
pub const PROVENANCE_WORDS: &[&str] = &["artifacts", "platforms", "none"];
/// Words of `attestation.from`.
pub const FROM_WORDS: &[&str] = &["builder", "syft"];

/// `[[attestation]]`.
pub static ATTESTATION: Table = Table {
    title: "[[attestation]]",
    about: "A statement that is signed and attached to images or charts: an SBOM, the findings of a scanner, anything. Needs [signing].",
    keys: &[
        Key::required(
            "type",
            Shape::Text,
            "What kind of thing it says: a URI, or one of cosign's short names, such as \"spdx\" and \"cyclonedx\".",
        )
        .also(&["predicate-type", "kind"]),
        Key::optional(
            "path",
            Shape::Text,
            "The file with what is stated, from the repository's root. {name} stands for the image or chart; with {os}, {arch} or {variant} there is one for each platform.",
        )
        .also(&["file", "predicate"]),
        Key::optional(
            "from",
            Shape::Word(FROM_WORDS),
            "Who states it instead of a file: \"builder\" signs what BuildKit attested of the image for each platform, \"syft\" lists what is in it, as \"spdx\" or \"cyclonedx\".",
        ),
        Key::optional("artifact", Shape::Text, "What it is about: the name of an [[image]] or a [[chart]]. Without it: every image.")
            .also(&["image", "chart", "of", "subject"]),
    ],
    open: None,
};
