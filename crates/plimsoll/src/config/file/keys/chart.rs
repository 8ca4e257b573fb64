//! The keys of Helm charts.

use crate::config::file::shape::{Key, Open, Shape, Table};

/// Words of `chart.version`.
const VERSION_WORDS: &[&str] = &["match", "independent"];

/// Words of `chart.render`.
const RENDER_WORDS: &[&str] = &["required", "if-present"];

/// Words of `chart.http.packages`.
const PACKAGES_WORDS: &[&str] = &["branch", "page"];

/// An entry of `[[chart]]`.
pub static CHART: Table = Table {
    title: "[[chart]]",
    about: "A Helm chart that is released with the images: packaged with their digests in it, pushed, and recorded.",
    keys: &[
        Key::required("path", Shape::Text, "The folder with Chart.yaml, from the repository's root, which is `.`.")
            .also(&["folder", "directory", "dir", "context"]),
        Key::optional(
            "name",
            Shape::Text,
            "What Chart.yaml calls it. Without it: the folder's name. Records call it so too, with `-chart` behind it where \
             an image has this name.",
        ),
        Key::optional(
            "version",
            Shape::Word(VERSION_WORDS),
            "Which version the chart gets: \"match\", that of the release, or \"independent\", a number of its own: what Chart.yaml \
             says if that is above every number so far, else the next patch. Without it: \"match\".",
        ),
        Key::optional(
            "app-version",
            Shape::Text,
            "What appVersion is, by the version of the release, where this project releases none of the images that the chart \
             installs: \"v{version}\". Without it: the tag of its image, else what Chart.yaml says.",
        )
        .also(&["appVersion"]),
        Key::optional(
            "git-tag",
            Shape::Text,
            "The git tag that each version of the chart gets, on the commit that it was released from: \"app-{version}\". Without it: \
             none.",
        )
        .also(&["tag"]),
        Key::optional(
            "page",
            Shape::Switch,
            "Whether that tag gets a page on the forge, with the package and what signs the release; never marked as the latest. Gitea, \
             Forgejo and GitLab have no such mark and show the newest page by time, a chart's too. Without it: false.",
        )
        .also(&["release", "forge-release"]),
        Key::optional(
            "image",
            Shape::Table(&VALUES),
            "What is written into values.yaml: a path there = what of which image.",
        )
        .also(&["images", "values", "set"]),
        Key::optional(
            "oci",
            Shape::Text,
            "What its name is put behind: \"oci://ghcr.io/acme/charts\". Without it the chart is in the repository of `http` alone.",
        )
        .also(&["repository", "registry", "push"]),
        Key::optional(
            "http",
            Shape::Table(&HTTP),
            "A chart repository over HTTP that lists the chart: a branch, and where it is served.",
        )
        .also(&["pages", "gh-pages", "index"]),
        Key::optional(
            "pgp-key",
            Shape::Text,
            "The OpenPGP private key, in armour, that signs the package for `helm verify`: `env:NAME`, a file, or \
             `command:PROGRAM ARGUMENT …`, which prints it. Its password is that in PLIMSOLL_PGP_PASSWORD. Without it: there is no .prov file.",
        )
        .also(&["gpg-key", "sign", "provenance", "keyring"]),
        Key::optional(
            "render",
            Shape::Word(RENDER_WORDS),
            "Whether a release without Helm, which can't look at what the chart installs, is refused (\"required\") or goes on \
             (\"if-present\"). Without it: \"required\"; into the local registry it always goes on.",
        )
        .also(&["template", "verify"]),
        Key::optional(
            "presets",
            Shape::List(&Shape::Text),
            "Files of values that the chart is rendered with, beside its own: paths in its folder, with `*` and `?`. Without \
             it: \"ci/*.yaml\".",
        )
        .also(&["values-files", "ci-values"]),
        Key::optional(
            "allow",
            Shape::List(&Shape::Text),
            "Images of others that need not be there for us: repositories, or what they begin with before a `*`.",
        )
        .also(&["ignore", "allow-images"]),
    ],
    open: None,
};

/// `chart.http`.
static HTTP: Table = Table {
    title: "chart.http",
    about: "A branch of the remote with index.yaml at its root, which somebody serves.",
    keys: &[
        Key::required(
            "branch",
            Shape::Text,
            "The branch, such as \"gh-pages\"; it is made if it is not there.",
        ),
        Key::required("url", Shape::Text, "Where it is served: what `helm repo add` is told."),
        Key::optional(
            "packages",
            Shape::Word(PACKAGES_WORDS),
            "Where packages lie: on the branch, beside the index (\"branch\"), or on the release page of the forge (\"page\"), \
             whose address the index names then. Without it: \"branch\".",
        ),
    ],
    open: None,
};

/// `chart.image`.
static VALUES: Table = Table {
    title: "chart.image",
    about: "What is written into values.yaml, which must have the value already.",
    keys: &[],
    open: Some(Open {
        prefix: "",
        placeholder: "PATH",
        about: "A path such as \"image.digest\": the name of an [[image]], a dot, and digest, tag, repository, registry, path \
                or reference.",
        shape: Shape::Text,
    }),
};
