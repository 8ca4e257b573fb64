//! Keys that say how releases are signed, and whose signatures count.

use super::attestation::PROVENANCE_WORDS;
use crate::config::file::shape::{Key, Shape, Table};

/// Words of `signing.format`.
pub const FORMAT_WORDS: &[&str] = &["bundle", "legacy", "both"];
/// Words of `signing.signatures`.
const SIGNATURES_WORDS: &[&str] = &["artifacts", "platforms"];

/// `[signing]`.
pub static SIGNING: Table = Table {
    title: "[signing]",
    about: "How releases are signed: every image in every repository, and the statement about the release. Without this table they are not.",
    keys: &[
        Key::optional(
            "key",
            Shape::Text,
            "The private key, cosign's or in PEM: `env:NAME`, a file, or `command:PROGRAM ARGUMENT …`, which prints it. Its password is that in PLIMSOLL_KEY_PASSWORD or COSIGN_PASSWORD; on a terminal it is asked for.",
        )
        .also(&["private-key", "cosign-key"]),
        Key::optional(
            "keyless",
            Shape::Switch,
            "Signs with the identity of the CI job, or of the token in SIGSTORE_ID_TOKEN or in the file that PLIMSOLL_IDENTITY_TOKEN names; on a terminal somebody logs in with a browser. Without it: false.",
        )
        .also(&["oidc", "identity"]),
        Key::optional(
            "identity-token",
            Shape::Text,
            "The token that proves the identity, for the audience `sigstore`: `env:NAME`, as a job of GitLab names it under `id_tokens`, `command:PROGRAM ARGUMENT …`, which prints it, or a file. Without it: as `keyless` says.",
        )
        .also(&["id-token", "token"]),
        Key::optional(
            "format",
            Shape::Word(FORMAT_WORDS),
            "In which form signatures and statements are attached: \"bundle\", as cosign 3 does, \"legacy\", under the tags `sha256-….sig` and `sha256-….att` as cosign did before, or \"both\". Without it: \"bundle\".",
        ),
        Key::optional(
            "signatures",
            Shape::Word(SIGNATURES_WORDS),
            "What is signed by itself: each image, by its index, and each chart (\"artifacts\"), or the images for each platform, too (\"platforms\"), for who verifies the digest of one platform. Without it: \"artifacts\".",
        )
        .also(&["recursive", "platforms"]),
        Key::optional(
            "provenance",
            Shape::Word(PROVENANCE_WORDS),
            "Of what it is told how it was made, as SLSA has it: each image and chart (\"artifacts\"), the images for each platform, too (\"platforms\"), or nothing (\"none\"). Without it: \"artifacts\".",
        )
        .also(&["slsa"]),
        Key::optional(
            "since",
            Shape::Either(&[Shape::Text, Shape::List(&Shape::Text)]),
            "The git tag of the first release that was signed: older versions need no signatures. Charts with git tags of their own have a first one each, in a list. Without it: every release must be signed.",
        )
        .also(&["signed-since", "first"]),
        Key::optional(
            "signing-config",
            Shape::Text,
            "Which services certify, log and timestamp: the path of Sigstore's signing_config.json. Without it: none for a key, and the public-good instance's for an identity.",
        ),
        Key::optional(
            "trusted-root",
            Shape::Text,
            "Whom to trust when signatures are verified: the path of Sigstore's trusted_root.json. Without it: for an identity whom the public-good instance names.",
        ),
    ],
    open: None,
};

/// `[[trust]]`.
pub static TRUST: Table = Table {
    title: "[[trust]]",
    about: "Whose signatures count as ours: a key, or an identity and who vouches for it. Without any: whoever [signing] names.",
    keys: &[
        Key::optional("key", Shape::Text, "A public key in PEM: a file, or `env:NAME`.")
            .also(&["public-key"]),
        Key::optional("issuer", Shape::Text, "Who vouches for the identity: the issuer of its tokens.")
            .also(&["oidc-issuer"]),
        Key::optional("identity", Shape::Text, "The identity: an e-mail address, or the URI of a workflow.")
            .also(&["certificate-identity", "subject"]),
        Key::optional(
            "repository",
            Shape::Text,
            "The web address of a repository whose workflows sign, at any of their refs.",
        ),
        Key::optional(
            "workflow",
            Shape::Text,
            "The one workflow of the repository that signs: `.github/workflows/release.yml`, or `.gitlab-ci.yml`. Without it any of them.",
        ),
        Key::optional(
            "source",
            Shape::Text,
            "The web address of the repository whose jobs sign, where their workflow lies in another one. Without it: the workflow's own, so that a repository that calls it is not us.",
        )
        .also(&["source-repository", "certificate-source-repository"]),
        Key::optional(
            "trusted-root",
            Shape::Text,
            "The path of Sigstore's trusted_root.json for this identity. Without it: that of [signing].",
        ),
        Key::optional(
            "from",
            Shape::Text,
            "Since when it counts: RFC 3339. When something was signed is what log entries and timestamps say; where a key has signed without either, what the record says of itself.",
        ),
        Key::optional(
            "until",
            Shape::Text,
            "Until when it counts, as `from`: RFC 3339. A key that is not used any more keeps its old releases valid. One that was stolen is no help for: whoever has it signs without log entry or timestamp, and writes any time into a record; take it out.",
        ),
    ],
    open: None,
};
