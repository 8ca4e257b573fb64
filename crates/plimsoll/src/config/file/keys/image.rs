//! The keys of an image.

use crate::config::file::shape::{Key, Open, Shape, Table};

/// `[[image]]` and `[image-defaults]`.
pub static IMAGE: Table = Table {
    title: "[[image]]",
    about: "A container image: how it is made, where it goes, which tags it gets.",
    keys: &[
        Key::optional("name", Shape::Text, "Its name in the project. A single image may do without."),
        Key::optional("repository", Shape::Text, "Where it goes: ghcr.io/acme/app.")
            .also(&["repo", "image", "registry"]),
        Key::optional(
            "mirrors",
            Shape::List(&Shape::Either(&[Shape::Text, Shape::Table(&MIRROR)])),
            "Where else it goes, byte for byte the same.",
        )
        .also(&["mirror", "repositories"]),
        Key::optional(
            "platforms",
            Shape::List(&Shape::Text),
            "The platforms that it must have: linux/amd64, linux/arm64.",
        )
        .also(&["platform", "arch", "architectures"]),
        Key::optional("labels", Shape::Table(&LABELS), "Labels; they win over the inferred ones.")
            .also(&["label"]),
        Key::optional(
            "annotations",
            Shape::Table(&ANNOTATIONS),
            "Annotations; they win over the inferred ones.",
        )
        .also(&["annotation"]),
        Key::optional(
            "tags",
            Shape::Either(&[LIST, Shape::Table(&IMAGE_TAGS)]),
            "The image tags that it gets, by occasion; or one list for releases, branches and pull requests.",
        )
        .also(&["tag"]),
        Key::optional(
            "flavor",
            Shape::Either(&[Shape::Text, Shape::List(&Shape::Text)]),
            "What holds for all its rules in the notation of docker/metadata-action: \"latest=false\", \
             \"suffix=-slim,onlatest=true\". Without it: \"latest=auto\".",
        )
        .also(&["flavour"]),
        Key::optional("assemble", Shape::Table(&ASSEMBLE), "Puts it together from a base and files.")
            .also(&["files", "layers"]),
        Key::optional("import", Shape::Table(&IMPORT), "Takes what something else has built.")
            .also(&["existing", "archive", "layout"]),
        Key::optional("dockerfile", Shape::Text, "The Dockerfile that builds it, from the repository's root.")
            .also(&["containerfile", "docker-file", "file"]),
        Key::optional(
            "context",
            Shape::Text,
            "With `dockerfile`: the directory that it is built in. Without it: the repository's root.",
        )
        .also(&["path"]),
        Key::optional("target", Shape::Text, "With `dockerfile`: the stage. Without it: the last one.")
            .also(&["stage"]),
        Key::optional("build-args", Shape::Table(&ARGUMENTS), "With `dockerfile`: arguments of the build.")
            .also(&["args", "build-arg"]),
        Key::optional(
            "secrets",
            Shape::Table(&SECRETS),
            "With `dockerfile`: secrets of the build, by id. They get into no layer, label or log.",
        )
        .also(&["secret"]),
        Key::optional(
            "ssh",
            Shape::List(&Shape::Text),
            "With `dockerfile`: SSH agents or keys that the build may use: \"default\", \"id=path\".",
        ),
        Key::optional(
            "contexts",
            Shape::Table(&CONTEXTS),
            "With `dockerfile`: further contexts, by name. A directory that is not in the commit is the working \
             directory's.",
        )
        .also(&["build-contexts"]),
        Key::optional(
            "network",
            Shape::Word(NETWORK_WORDS),
            "With `dockerfile`: what its commands can reach. Without it: \"default\".",
        ),
        Key::optional(
            "cache-from",
            Shape::List(&Shape::Text),
            "With `dockerfile`: where caches are read, as BuildKit writes it; {image} and {platform} keep them apart.",
        ),
        Key::optional(
            "cache-to",
            Shape::List(&Shape::Text),
            "With `dockerfile`: where caches are written: \"type=gha,mode=max\".",
        )
        .also(&["cache"]),
        Key::optional(
            "builder-attestations",
            Shape::List(&Shape::Word(ATTESTATION_WORDS)),
            "With `dockerfile`: what BuildKit attests inside of the index. They make every build's index another one. \
             Without it: nothing.",
        )
        .also(&["attestations", "attests"]),
        Key::optional(
            "smoke",
            Shape::List(&Shape::Text),
            "A command that must succeed in the image, before it is sealed, on each platform that runs here.",
        )
        .also(&["test"]),
        Key::reserved("component", "Kept for several products in one repository."),
    ],
    open: None,
};

/// Words of `network`.
pub const NETWORK_WORDS: &[&str] = &["default", "none", "host"];
/// Words of `builder-attestations`.
pub const ATTESTATION_WORDS: &[&str] = &["provenance", "sbom"];

static ARGUMENTS: Table = Table {
    title: "[image.build-args]",
    about: "Arguments of the build. VERSION, BUILD_DATE and VCS_REF are given to a Dockerfile that declares them.",
    keys: &[],
    open: Some(Open { prefix: "", placeholder: "NAME", about: "An argument.", shape: Shape::Text }),
};

static SECRETS: Table = Table {
    title: "[image.secrets]",
    about: "Secrets of the build.",
    keys: &[],
    open: Some(Open {
        prefix: "",
        placeholder: "ID",
        about: "env:NAME for a variable, file:PATH for a file from the repository's root.",
        shape: Shape::Text,
    }),
};

static CONTEXTS: Table = Table {
    title: "[image.contexts]",
    about: "Further contexts of the build.",
    keys: &[],
    open: Some(Open {
        prefix: "",
        placeholder: "NAME",
        about: "A directory from the repository's root, docker-image://…@sha256:…, or an https:// address.",
        shape: Shape::Text,
    }),
};

static MIRROR: Table = Table {
    title: "image.mirrors",
    about: "A further repository of an image.",
    keys: &[
        Key::required("repository", Shape::Text, "The repository.").also(&["repo", "image", "name"]),
        Key::optional("optional", Shape::Switch, "Whether a release succeeds without it. Without it: false.")
            .also(&["required"]),
    ],
    open: None,
};

static LABELS: Table = Table {
    title: "[image.labels]",
    about: "Labels of the image.",
    keys: &[],
    open: Some(Open {
        prefix: "",
        placeholder: "KEY",
        about: "A label. `{{branch}}`, `{{tag}}`, `{{sha}}`, `{{commit_date 'YYYY-MM-DD'}}` and the like stand for what they say.",
        shape: Shape::Text,
    }),
};

static ANNOTATIONS: Table = Table {
    title: "[image.annotations]",
    about: "Annotations of the image.",
    keys: &[],
    open: Some(Open {
        prefix: "",
        placeholder: "KEY",
        about: "An annotation; expressions as in labels.",
        shape: Shape::Text,
    }),
};

const LIST: Shape = Shape::List(&Shape::Either(&[Shape::Text, Shape::Table(&RULE)]));

const RULES: Shape = Shape::Either(&[LIST, Shape::Table(&OCCASION)]);

static IMAGE_TAGS: Table = Table {
    title: "[image.tags]",
    about: "The image tags of each occasion. Git tags stand in [tags].",
    keys: &[
        Key::optional(
            "release",
            RULES,
            "For version tags. Without it: \"{version}\", \"{major}.{minor}\" (SemVer only) and \"latest\".",
        )
        .also(&["version", "tag", "semver"]),
        Key::optional("promotion", RULES, "For promotion tags. Without it: none.")
            .also(&["stable", "promote"]),
        Key::optional("pull-request", RULES, "For pull requests. Without it: none.").also(&[
            "pr",
            "pull_request",
            "merge-request",
        ]),
        Key::reserved("component", "Kept for several products in one repository."),
    ],
    open: Some(Open {
        prefix: "branch:",
        placeholder: "NAME",
        about: "For pushes to that branch; `branch:*` for those to any other.",
        shape: RULES,
    }),
};

static OCCASION: Table = Table {
    title: "image.tags, as a table",
    about: "The image tags of one occasion, and the platforms that are made for it.",
    keys: &[
        Key::required(
            "tags",
            Shape::List(&Shape::Either(&[Shape::Text, Shape::Table(&RULE)])),
            "The image tags.",
        )
        .also(&["tag", "rules"]),
        Key::optional(
            "platforms",
            Shape::List(&Shape::Text),
            "The platforms that are made for this occasion. Without it: those of the image.",
        )
        .also(&["platform"]),
    ],
    open: None,
};

static RULE: Table = Table {
    title: "an image tag",
    about: "An image tag with more to say than its text.",
    keys: &[
        Key::required(
            "tag",
            Shape::Text,
            "The tag, with placeholders: \"{version}\"; or a rule of docker/metadata-action: \"type=sha\".",
        )
        .also(&["value", "pattern", "name", "template"]),
        Key::optional("if", Shape::Word(&["on-default-branch"]), "What must hold for the commit.")
            .also(&["when", "enable"]),
        Key::optional(
            "class",
            Shape::Word(&["write-once", "first-wins", "moving"]),
            "What may become of the tag. Without it: deduced from the placeholders.",
        )
        .also(&["type", "kind"]),
        Key::optional(
            "line",
            Shape::Word(&["version", "branch", "promotion"]),
            "What a moving tag follows. It follows from where the tag stands and is checked against that.",
        )
        .also(&["follows"]),
    ],
    open: None,
};

static ASSEMBLE: Table = Table {
    title: "[image.assemble]",
    about: "An image put together from a base and files, without a builder.",
    keys: &[
        Key::optional(
            "base",
            Shape::Either(&[Shape::Text, Shape::Table(&IMPORT)]),
            "What it stands on: \"scratch\", an image by digest, or a layout or archive. Without it: \"scratch\".",
        )
        .also(&["from"]),
        Key::optional("files", Shape::List(&Shape::Table(&FILE)), "Its files.").also(&["copy", "contents"]),
        Key::optional("entrypoint", Shape::List(&Shape::Text), "The command that always runs."),
        Key::optional("command", Shape::List(&Shape::Text), "Its default arguments.").also(&["cmd", "args"]),
        Key::optional("env", Shape::Table(&ENV), "Environment.").also(&["environment"]),
        Key::optional("user", Shape::Text, "The user or uid, with the group after a colon.").also(&["run-as"]),
        Key::optional("working-directory", Shape::Text, "The directory that it starts in.")
            .also(&["workdir", "cwd", "directory"]),
        Key::optional("ports", Shape::List(&Shape::Text), "The ports that it listens on: \"8080/tcp\".")
            .also(&["expose", "port"]),
    ],
    open: None,
};

static ENV: Table = Table {
    title: "[image.assemble.env]",
    about: "The environment that the image starts with. It is public.",
    keys: &[],
    open: Some(Open { prefix: "", placeholder: "NAME", about: "A variable.", shape: Shape::Text }),
};

static FILE: Table = Table {
    title: "image.assemble.files",
    about: "One file of an assembled image, or all of a directory.",
    keys: &[
        Key::required(
            "from",
            Shape::Text,
            "Its path, from the repository's root; {os}, {arch} and {variant} are the platform's. With `/` at its end: everything in that directory.",
        )
        .also(&["source", "src"]),
        Key::required("to", Shape::Text, "Its path in the image; of a directory, where everything in it goes.").also(&[
            "dest",
            "destination",
            "path",
            "target",
        ]),
        Key::optional(
            "mode",
            Shape::Text,
            "Its permissions, in octal: \"0755\". Without it: 0755 for what may be executed, else 0644.",
        )
        .also(&["chmod", "permissions"]),
    ],
    open: None,
};

static IMPORT: Table = Table {
    title: "[image.import]",
    about: "Existing content: one of layout, archive and image.",
    keys: &[
        Key::optional("layout", Shape::Text, "An OCI image layout, from the repository's root.")
            .also(&["directory", "dir"]),
        Key::optional("archive", Shape::Text, "A tar file: an OCI archive, or what docker save writes.")
            .also(&["tar", "file"]),
        Key::optional("image", Shape::Text, "An image by digest: ghcr.io/acme/app@sha256:…").also(&[
            "digest",
            "reference",
            "ref",
        ]),
        Key::optional("tag", Shape::Text, "Which image of the layout or archive, where there are several.")
            .also(&["name"]),
    ],
    open: None,
};
