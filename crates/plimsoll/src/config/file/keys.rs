//! Every key of the file.
//!
//! A key that nothing acts on yet stands here too, so that it is refused by name: what is written and silently
//! ignored would be a promise that is not kept.

mod attestation;
mod build;
mod chart;
mod deployment;
mod forge;
mod image;
mod signing;

pub use attestation::{ATTESTATION, FROM_WORDS, PROVENANCE_WORDS};
pub use build::{BUILD, GATES};
pub use chart::CHART;
pub use deployment::{APP_COMPOSE, COMPOSE};
pub use forge::{DEPLOYMENT, FORGE};
pub use image::{ATTESTATION_WORDS, IMAGE, NETWORK_WORDS};
pub use signing::{FORMAT_WORDS, SIGNING, TRUST};

use super::shape::{Key, Open, Shape, Table};

/// Words of the top-level key `registry`.
pub const REGISTRY_WORDS: &[&str] = &["remote", "local"];
/// Words of `claim`.
pub const CLAIM_WORDS: &[&str] = &["git", "none"];

/// The file itself.
pub static ROOT: Table = Table {
    title: "plimsoll.toml",
    about: "How Plimsoll releases this repository.",
    keys: &[
        Key::optional(
            "required-version",
            Shape::Text,
            "The versions of Plimsoll that may be used, as Cargo writes requirements: \">=0.1, <2\".",
        )
        .also(&["plimsoll", "plimsoll-version", "min-version"]),
        Key::optional(
            "registry",
            Shape::Word(REGISTRY_WORDS),
            "\"local\" puts every repository into the registry under .plimsoll/, as --local does.",
        ),
        Key::optional("project", Shape::Table(&PROJECT), "What is released.").also(&["package"]),
        Key::optional("version", Shape::Table(&VERSION), "Where the version stands, and how it is read."),
        Key::optional("tags", Shape::Table(&TAGS), "Which git tags are releases.").also(&["git"]),
        Key::optional("image-defaults", Shape::Table(&IMAGE), "Any key of [[image]], for every image."),
        Key::optional("image", Shape::List(&Shape::Table(&IMAGE)), "The container images.")
            .also(&["docker", "container"]),
        Key::optional("records", Shape::Table(&RECORDS), "Where the records of releases are kept.")
            .also(&["record", "ledger"]),
        Key::optional(
            "claim",
            Shape::Either(&[Shape::Word(CLAIM_WORDS), Shape::Table(&CLAIM)]),
            "How two runs of one version are kept apart: \"git\", \"none\", or a table.",
        ),
        Key::optional("registries", Shape::Table(&REGISTRIES), "How registries are reached.")
            .also(&["auth", "credentials"]),
        Key::optional(
            "chart",
            Shape::List(&Shape::Table(&CHART)),
            "The Helm charts that are released with the images.",
        )
        .also(&["helm"]),
        Key::optional(
            "compose",
            Shape::Table(&COMPOSE),
            "A compose file that is released with pinned images.",
        )
        .also(&["docker-compose"]),
        Key::optional(
            "app-compose",
            Shape::Table(&APP_COMPOSE),
            "A dstack manifest around the compose file.",
        )
        .also(&["dstack"]),
        Key::optional("signing", Shape::Table(&SIGNING), "How releases are signed.")
            .also(&["sign", "cosign"]),
        Key::optional("trust", Shape::List(&Shape::Table(&TRUST)), "Whose signatures count as ours."),
        Key::optional(
            "attestation",
            Shape::List(&Shape::Table(&ATTESTATION)),
            "What is stated of images and charts, beside their provenance: SBOMs, findings of scanners, anything.",
        )
        .also(&["attestations", "sbom"]),
        Key::optional("forge", Shape::Table(&FORGE), "The page that a forge shows of a release.")
            .also(&["github", "gitea", "gitlab"]),
        Key::optional(
            "deployment",
            Shape::List(&Shape::Table(&DEPLOYMENT)),
            "The environments that follow releases and promotions.",
        )
        .also(&["environment"]),
        Key::optional("build", Shape::Table(&BUILD), "What builds from Dockerfiles.")
            .also(&["builder", "buildx"]),
        Key::optional("gates", Shape::Table(&GATES), "Commands that must succeed.").also(&["hooks"]),
        Key::reserved("component", "Kept for several products in one repository."),
    ],
    open: None,
};

/// `[project]`.
pub static PROJECT: Table = Table {
    title: "[project]",
    about: "What is released.",
    keys: &[
        Key::optional(
            "name",
            Shape::Text,
            "Its name. Without it: the last part of the git remote's address, else the directory's name.",
        ),
        Key::optional("description", Shape::Text, "One sentence about it."),
        Key::optional("license", Shape::Text, "An SPDX licence expression.").also(&["licence", "licenses"]),
        Key::optional(
            "source",
            Shape::Text,
            "The web address of its repository. Without it: the git remote's.",
        )
        .also(&["repository", "repo", "git"]),
        Key::optional("url", Shape::Text, "The web address of its home page.").also(&["homepage", "website"]),
        Key::reserved("component", "Kept for several products in one repository."),
    ],
    open: None,
};

/// `[version]`.
pub static VERSION: Table = Table {
    title: "[version]",
    about: "Where the version stands, and how it is read.",
    keys: &[
        Key::optional(
            "files",
            Shape::List(&Shape::Either(&[Shape::Text, Shape::Table(&VERSION_FILE)])),
            "The files that must agree with the tag; an empty list switches that off. Without it: those of \
             pyproject.toml, Cargo.toml and VERSION at the root that name a version.",
        )
        .also(&["file", "from"]),
        Key::optional(
            "scheme",
            Shape::Word(&["semver", "pep440"]),
            "The rules that versions follow. Without it: \"semver\".",
        )
        .also(&["style", "format"]),
    ],
    open: None,
};

/// An entry of `version.files`.
pub static VERSION_FILE: Table = Table {
    title: "version.files",
    about: "A version file of any format.",
    keys: &[
        Key::required("file", Shape::Text, "Its path, from the repository's root.").also(&["path", "name"]),
        Key::optional("pattern", Shape::Text, "The text round the version: `VERSION = \"{version}\"`.")
            .also(&["search", "regex", "match"]),
    ],
    open: None,
};

/// `[tags]`.
pub static TAGS: Table = Table {
    title: "[tags]",
    about: "Which git tags are releases. Image tags stand in image.tags.",
    keys: &[
        Key::optional("version", Shape::Text, "The pattern of version tags. Without it: \"v{version}\".")
            .also(&["release", "pattern", "prefix"]),
        Key::optional(
            "stable",
            Shape::Text,
            "The pattern of promotion tags, if releases are promoted by tag.",
        )
        .also(&["promotion", "promote"]),
        Key::optional("prerelease", Shape::Switch, "Whether prereleases are released. Without it: false.")
            .also(&["prereleases", "pre-release", "pre-releases"]),
        Key::reserved("component", "Kept for several products in one repository."),
    ],
    open: None,
};

/// `[records]`.
pub static RECORDS: Table = Table {
    title: "[records]",
    about: "Where the records of releases are kept.",
    keys: &[
        Key::optional(
            "directory",
            Shape::Text,
            "The directory, from the repository's root. Without it: \"releases\".",
        )
        .also(&["dir", "path"]),
        Key::optional(
            "commit",
            Shape::Text,
            "The branch of the remote that records are committed to. Without it, or with \"none\": they stay in the working tree.",
        )
        .also(&["branch"]),
        Key::optional(
            "pull-request",
            Shape::Text,
            "The branch that records are proposed to, each version's on a branch plimsoll/records-vX.Y.Z of its own.",
        )
        .also(&["pr"]),
        Key::optional(
            "author",
            Shape::Text,
            "Who commits them, as `Name <address>`. Without it: who the user is to git.",
        )
        .also(&["committer"]),
        Key::optional("sign-off", Shape::Switch, "Whether commits have a Signed-off-by line. Without it: false.")
            .also(&["signoff", "signed-off"]),
    ],
    open: None,
};

/// `[claim]`.
pub static CLAIM: Table = Table {
    title: "[claim]",
    about: "A claim on the git remote keeps two runs of one version apart.",
    keys: &[Key::optional(
        "stale",
        Shape::Text,
        "The age at which an unfinished run counts as dead, longer than the longest build: \"90m\", \"6h\". \
         Without it: \"6h\".",
    )
    .also(&["timeout", "stale-after", "expires"])],
    open: None,
};

/// `[registries]`.
pub static REGISTRIES: Table = Table {
    title: "[registries]",
    about: "How registries are reached, by host.",
    keys: &[],
    open: Some(Open {
        prefix: "",
        placeholder: "HOST",
        about: "A registry, by host or host:port.",
        shape: Shape::Table(&REGISTRY),
    }),
};

/// `[registries."HOST"]`.
pub static REGISTRY: Table = Table {
    title: "[registries.\"HOST\"]",
    about: "How one registry is reached. Without credentials here, those that docker and podman have are used.",
    keys: &[
        Key::optional("username", Shape::Text, "The user's name, or env:NAME.").also(&["user", "login"]),
        Key::optional("password", Shape::Secret, "The environment variable with the password: env:NAME.")
            .also(&["pass", "secret"]),
        Key::optional(
            "token",
            Shape::Secret,
            "The environment variable with an identity token: env:NAME. Instead of username and password.",
        )
        .also(&["identity-token", "identitytoken"]),
        Key::optional(
            "certificate-authority",
            Shape::Text,
            "A PEM file of certificates to trust beside the system's, from the repository's root.",
        )
        .also(&["ca", "ca-file", "cacert"]),
        Key::optional(
            "plain-http",
            Shape::Switch,
            "Whether to speak HTTP without TLS. Credentials then travel in the clear. This machine's own \
             registries need no switch; with `false` they too are spoken to by TLS.",
        )
        .also(&["insecure", "http"]),
        Key::optional(
            "immutable-tags",
            Shape::Switch,
            "Whether it lets no tag be written twice. What would take a second write of the list of signatures of an \
             image is then refused before it is signed. Without it: false, and the registry is asked.",
        )
        .also(&["immutable", "tag-immutability"]),
    ],
    open: None,
};
