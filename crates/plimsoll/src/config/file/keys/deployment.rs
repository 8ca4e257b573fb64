//! The keys of what deploys a release: the compose file and the dstack manifest around it.

use crate::config::file::shape::{Key, Open, Shape, Table};

/// Words of `compose.third-party`.
const THIRD_PARTY_WORDS: &[&str] = &["pin", "keep"];
/// Words of `compose.build`.
const BUILD_WORDS: &[&str] = &["drop", "keep"];
/// Words of `app-compose.manifest-version`.
const MANIFEST_WORDS: &[&str] = &["1", "2", "3"];
/// Words of `app-compose.runner`.
const RUNNER_WORDS: &[&str] = &["docker-compose", "nerdctl-compose", "bash"];
/// Words of `app-compose.event-log-version`.
const EVENT_LOG_WORDS: &[&str] = &["1", "2"];

/// `[compose]`.
pub static COMPOSE: Table = Table {
    title: "[compose]",
    about: "A compose file that is released with its images pinned to digests, as vX.Y.Z-docker-compose.yml.",
    keys: &[
        Key::required("file", Shape::Text, "The compose file, from the repository's root.").also(&["path"]),
        Key::optional(
            "services",
            Shape::Table(&SERVICES),
            "What services run. Without it: the image of this project that goes to the repository that the file names.",
        )
        .also(&["images"]),
        Key::optional(
            "third-party",
            Shape::Word(THIRD_PARTY_WORDS),
            "What becomes of images that are not released here: \"pin\" looks them up, \"keep\" leaves them, as long as \
             they name a version. Without it: \"pin\".",
        ),
        Key::optional("leave", Shape::List(&Shape::Text), "Services that are left alone.")
            .also(&["ignore", "exclude"]),
        Key::optional(
            "build",
            Shape::Word(BUILD_WORDS),
            "What becomes of the `build` sections of services that are pinned. Without it: \"drop\".",
        ),
        Key::optional(
            "rebase",
            Shape::Switch,
            "Whether relative paths are rewritten to lead from the records directory to where they led. Without it: false.",
        ),
    ],
    open: None,
};

/// `[compose.services]`.
static SERVICES: Table = Table {
    title: "[compose.services]",
    about: "What services run.",
    keys: &[],
    open: Some(Open {
        prefix: "",
        placeholder: "NAME",
        about: "A service, or an image as the file writes it: the name of an [[image]], or any image by its reference.",
        shape: Shape::Text,
    }),
};

/// `[app-compose]`.
pub static APP_COMPOSE: Table = Table {
    title: "[app-compose]",
    about: "A dstack manifest around the pinned compose file, released as vX.Y.Z-app-compose.json.",
    keys: &[
        Key::optional("name", Shape::Text, "The app's name. Without it: the project's."),
        Key::optional(
            "manifest-version",
            Shape::Word(MANIFEST_WORDS),
            "The format; \"3\" keeps guests out that do not know what it asks for. Without it: \"2\".",
        ),
        Key::optional(
            "runner",
            Shape::Word(RUNNER_WORDS),
            "What runs the app. Without it: \"docker-compose\".",
        ),
        Key::optional(
            "bash-script",
            Shape::Text,
            "The script, for the runner \"bash\", which needs no [compose].",
        ),
        Key::optional("pre-launch-script", Shape::Text, "Run by bash before the runner starts."),
        Key::optional(
            "init-script",
            Shape::Either(&[Shape::Text, Shape::List(&Shape::Text)]),
            "Run by bash before anything else; several need manifest-version \"3\".",
        )
        .also(&["init-scripts"]),
        Key::optional(
            "snapshotter",
            Shape::Text,
            "\"overlayfs\" or \"stargz\", for the runner \"nerdctl-compose\".",
        ),
        Key::optional("features", Shape::List(&Shape::Text), "Switches of old guests."),
        Key::optional("public-logs", Shape::Switch, "Whether anybody may read logs. Without it: false."),
        Key::optional(
            "public-sysinfo",
            Shape::Switch,
            "Whether anybody may read what the system does. Without it: false.",
        ),
        Key::optional(
            "public-tcbinfo",
            Shape::Switch,
            "Whether anybody may read the state of the trusted computing base. Without it: true.",
        ),
        Key::optional(
            "kms-enabled",
            Shape::Switch,
            "Whether a key management service gives the keys. Without it: false.",
        ),
        Key::optional(
            "gateway-enabled",
            Shape::Switch,
            "Whether the app is behind the gateway. Without it: false.",
        )
        .also(&["tproxy-enabled"]),
        Key::optional(
            "local-key-provider-enabled",
            Shape::Switch,
            "Whether a provider on the same machine gives the keys. Without it: false.",
        ),
        Key::optional(
            "key-provider",
            Shape::Text,
            "\"none\", \"kms\", \"local\" or \"tpm\". Without it: as the switches say.",
        ),
        Key::optional("key-provider-id", Shape::Text, "Which of them, in hexadecimal."),
        Key::optional(
            "allowed-envs",
            Shape::List(&Shape::Text),
            "The names of variables that the operator may set, encrypted. Names only: this is published.",
        )
        .also(&["allowed-env", "env", "environment"]),
        Key::optional(
            "no-instance-id",
            Shape::Switch,
            "Whether instances have no ids of their own. Without it: false.",
        ),
        Key::optional(
            "secure-time",
            Shape::Switch,
            "Whether time comes from a checked source. Without it: true.",
        ),
        Key::optional("storage-fs", Shape::Text, "\"zfs\" or \"ext4\"."),
        Key::optional("swap-size", Shape::Text, "Bytes, or a size: \"2G\"."),
        Key::optional("event-log-version", Shape::Word(EVENT_LOG_WORDS), "The format of the event log."),
        Key::optional("port-policy", Shape::Table(&PORT_POLICY), "What the gateway does with ports."),
        Key::optional(
            "requirements",
            Shape::Table(&REQUIREMENTS),
            "What guest and machine must be. Needs manifest-version \"3\".",
        ),
        Key::optional(
            "verity-volumes",
            Shape::List(&Shape::Table(&VERITY_VOLUME)),
            "Read-only volumes that are checked block by block.",
        ),
    ],
    open: None,
};

static PORT_POLICY: Table = Table {
    title: "[app-compose.port-policy]",
    about: "What the gateway does with ports.",
    keys: &[
        Key::optional("ports", Shape::List(&Shape::Text), "Ports that are open: \"8080\"."),
        Key::optional(
            "proxied-ports",
            Shape::List(&Shape::Text),
            "Ports that are open and spoken to with the PROXY protocol.",
        ),
        Key::optional(
            "restrict-mode",
            Shape::Switch,
            "Whether all other ports are closed. Without it: false.",
        ),
    ],
    open: None,
};

static REQUIREMENTS: Table = Table {
    title: "[app-compose.requirements]",
    about: "What guest and machine must be.",
    keys: &[
        Key::optional("os-version", Shape::Text, "The versions of the guest's system: \">=0.5.5\"."),
        Key::optional(
            "platforms",
            Shape::List(&Shape::Text),
            "Platforms that may attest it: \"dstack-tdx\", \"dstack-gcp-tdx\", \"dstack-amd-sev-snp\", \"dstack-nitro-enclave\".",
        ),
        Key::optional("tdx-measure-acpi-tables", Shape::Switch, "Whether ACPI tables are measured."),
        Key::optional(
            "launch-token-hash",
            Shape::Text,
            "The SHA-256 of the token that a launch needs, in hexadecimal.",
        ),
        Key::optional("gpu-policy", Shape::Table(&GPU_POLICY), "What GPUs must prove."),
    ],
    open: None,
};

static GPU_POLICY: Table = Table {
    title: "[app-compose.requirements.gpu-policy]",
    about: "What GPUs must prove.",
    keys: &[
        Key::optional("attest-gpu", Shape::Switch, "Whether they must attest themselves."),
        Key::optional("rego", Shape::Text, "A policy in Rego over what they claim."),
        Key::optional("allow-devtools", Shape::Switch, "Whether development tools may be on."),
        Key::optional("allow-debug", Shape::Switch, "Whether debugging may be on."),
        Key::optional("allow-insecure-boot", Shape::Switch, "Whether they may have started insecurely."),
    ],
    open: None,
};

static VERITY_VOLUME: Table = Table {
    title: "app-compose.verity-volumes",
    about: "A read-only volume.",
    keys: &[
        Key::required("source", Shape::Text, "The name of its file."),
        Key::required("verity-root", Shape::Text, "Its root hash, in hexadecimal."),
        Key::required("target", Shape::Text, "The absolute path where it is mounted."),
    ],
    open: None,
};
