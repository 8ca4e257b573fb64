//! The keys of what runs programs: builders and gates.

use crate::config::file::shape::{Key, Shape, Table};

/// Words of `build.with`.
const BUILDER_WORDS: &[&str] = &["buildx", "buildctl", "buildah", "podman"];

/// `[build]`.
pub static BUILD: Table = Table {
    title: "[build]",
    about: "What builds from Dockerfiles.",
    keys: &[
        Key::optional(
            "with",
            Shape::Word(BUILDER_WORDS),
            "The builder. Without it: the first of these that can be used.",
        )
        .also(&["tool", "program"]),
        Key::optional("builder", Shape::Text, "The builder of `docker buildx`, by name. Without it: the one in use.")
            .also(&["name", "buildx-builder"]),
        Key::optional(
            "address",
            Shape::Text,
            "Where `buildctl` finds buildkitd. Without it: $BUILDKIT_HOST, else where it usually is.",
        )
        .also(&["addr", "host"]),
        Key::optional(
            "sbom-scanner",
            Shape::Text,
            "The image that BuildKit makes SBOMs with, best by digest. Without it: BuildKit's own choice, docker/buildkit-syft-scanner.",
        )
        .also(&["scanner", "sbom-generator"]),
        Key::optional(
            "timeout",
            Shape::Text,
            "How long one build may take, and syft for one image: \"90m\". Shorter than `claim.stale`. Without it: \"2h\".",
        )
        .also(&["limit"]),
        Key::optional(
            "environment",
            Shape::List(&Shape::Text),
            "The names of further variables that builders see. Tokens and passwords are not among the others.",
        )
        .also(&["env"]),
    ],
    open: None,
};

/// `[gates]`.
pub static GATES: Table = Table {
    title: "[gates]",
    about: "Commands that must succeed, run by sh in a clean checkout of the commit.",
    keys: &[
        Key::optional("source", Shape::List(&Shape::Text), "Before anything is made.")
            .also(&["before", "pre"]),
        Key::optional(
            "sealed",
            Shape::List(&Shape::Text),
            "After everything was made and checked, before any of it leaves this machine. $PLIMSOLL_IMAGE_NAME is the \
             image in docker or podman, $PLIMSOLL_CHART_NAME the package of a chart.",
        )
        .also(&["after", "post", "image"]),
        Key::optional("promote", Shape::List(&Shape::Text), "Before a version is promoted.").also(&["promotion"]),
        Key::optional("timeout", Shape::Text, "How long one command may take. Without it: \"30m\".")
            .also(&["limit"]),
        Key::optional(
            "environment",
            Shape::List(&Shape::Text),
            "The names of further variables that commands see. Tokens and passwords are not among the others.",
        )
        .also(&["env"]),
    ],
    open: None,
};
