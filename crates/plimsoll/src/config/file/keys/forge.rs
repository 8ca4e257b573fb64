//! `[forge]` and `[[deployment]]`.

use crate::config::file::shape::{Key, Shape, Table};

/// Words of `forge.release`.
const RELEASE_WORDS: &[&str] = &["version", "stable", "never"];
/// Words of `forge.kind`.
const KIND_WORDS: &[&str] = &["github", "gitea", "forgejo", "gitlab"];
/// Words of `forge.notes`.
const NOTES_WORDS: &[&str] = &["commits", "forge", "none"];

/// Words of `deployment.on`.
const OCCASION_WORDS: &[&str] = &["version", "prerelease", "promotion"];

/// `[[deployment]]`.
pub static DEPLOYMENT: Table = Table {
    title: "[[deployment]]",
    about: "An environment that follows releases or promotions, as the forge shows it.",
    keys: &[
        Key::optional(
            "on",
            Shape::Word(OCCASION_WORDS),
            "What it follows: the release of a \"version\" or of a \"prerelease\", or a \"promotion\". Without it: \
             \"version\".",
        )
        .also(&["when", "occasion"]),
        Key::required("environment", Shape::Text, "Its name on the forge: \"production\".").also(&["name"]),
        Key::optional("url", Shape::Text, "Where people find what is deployed there; {version} stands for the version."),
    ],
    open: None,
};

/// `[forge]`.
pub static FORGE: Table = Table {
    title: "[forge]",
    about: "The page that a forge shows of a release.",
    keys: &[
        Key::optional(
            "release",
            Shape::Word(RELEASE_WORDS),
            "What gets a page: every \"version\", those that are promoted (\"stable\"), or \"never\". Without it: \
             \"version\".",
        )
        .also(&["on", "when", "policy"]),
        Key::optional(
            "kind",
            Shape::Word(KIND_WORDS),
            "Which service the forge is. Without it: what its host's name tells.",
        )
        .also(&["type", "provider"]),
        Key::optional(
            "url",
            Shape::Text,
            "The web address of the repository on the forge. Without it: project.source.",
        )
        .also(&["repository", "repo"]),
        Key::optional(
            "token",
            Shape::Secret,
            "The environment variable with a token that may write to the repository: env:NAME. Without it: \
             GITHUB_TOKEN or GH_TOKEN, on Gitea FORGEJO_TOKEN or GITEA_TOKEN, on GitLab GITLAB_TOKEN or CI_JOB_TOKEN; a \
             CI job's token is shown to its own forge only.",
        ),
        Key::optional(
            "notes",
            Shape::Word(NOTES_WORDS),
            "What the page says beside the digests: what the \"commits\" since the version before tell, what GitHub \
             writes by itself (\"forge\"), or \"none\" of it. Without it: \"commits\".",
        ),
        Key::optional(
            "attestations",
            Shape::Switch,
            "Whether the forge keeps what is attested, too: GitHub alone does, of what an identity signed. `gh attestation verify` finds it \
             there. Without it: false.",
        ),
        Key::optional(
            "notes-file",
            Shape::Text,
            "A Markdown file of the tag's commit that the page says instead; {version} stands for the version.",
        )
        .also(&["changelog"]),
    ],
    open: None,
};
