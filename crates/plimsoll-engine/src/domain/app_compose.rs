//! What a project says of its dstack manifest.
//!
//! Source: Dstack-TEE/dstack `dstack-types` (`AppCompose`).

use std::collections::BTreeSet;

/// A manifest without its compose file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppCompose {
    /// The format, which says what guests are wanted.
    pub manifest_version: ManifestVersion,
    /// The name of the app.
    pub name: String,
    /// What runs it.
    pub runner: Runner,
    /// Run by bash before the runner starts.
    pub pre_launch_script: Option<String>,
    /// Run by bash before anything else.
    pub init_scripts: Vec<String>,
    /// What keeps layers, for `nerdctl-compose`.
    pub snapshotter: Option<String>,
    /// Deprecated switches of old guests.
    pub features: Vec<String>,
    /// What is switched on and off.
    pub switches: Switches,
    /// What gives the app its keys.
    pub key_provider: Option<String>,
    /// Which of them, in hexadecimal.
    pub key_provider_id: Option<String>,
    /// The names of environment variables that the operator may set.
    pub allowed_envs: BTreeSet<String>,
    /// The file system of the disk.
    pub storage_fs: Option<String>,
    /// Swap space: a number of bytes, or a size with its unit.
    pub swap_size: Option<String>,
    /// The format of the event log.
    pub event_log_version: Option<u64>,
    /// What the gateway does with ports.
    pub port_policy: Option<PortPolicy>,
    /// What the guest and its machine must be.
    pub requirements: Option<Requirements>,
    /// Volumes that are checked block by block.
    pub verity_volumes: Vec<VerityVolume>,
}

/// The format of a manifest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum ManifestVersion {
    /// `1`.
    One,
    /// `2`.
    #[default]
    Two,
    /// `"3"`, a text, so that guests that do not know what it asks for refuse it.
    Three,
}

/// What runs an app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Runner {
    /// Docker Compose.
    DockerCompose,
    /// nerdctl's compose, which builds nothing.
    NerdctlCompose,
    /// A script, and no compose file.
    Bash(String),
}

/// What is switched on and off. The defaults are dstack's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switches {
    /// Whether anybody may read logs.
    pub public_logs: bool,
    /// Whether anybody may read what the system is doing.
    pub public_sysinfo: bool,
    /// Whether anybody may read the state of the trusted computing base.
    pub public_tcbinfo: bool,
    /// Whether a key management service gives the keys.
    pub kms_enabled: bool,
    /// Whether the app is behind the gateway.
    pub gateway_enabled: bool,
    /// Whether a provider on the same machine gives the keys.
    pub local_key_provider_enabled: bool,
    /// Whether instances have no ids of their own.
    pub no_instance_id: bool,
    /// Whether time is taken from a source that is checked.
    pub secure_time: bool,
}

impl Default for Switches {
    fn default() -> Switches {
        Switches {
            public_logs: false,
            public_sysinfo: false,
            public_tcbinfo: true,
            kms_enabled: false,
            gateway_enabled: false,
            local_key_provider_enabled: false,
            no_instance_id: false,
            secure_time: true,
        }
    }
}

/// What the gateway does with ports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PortPolicy {
    /// Port → whether the PROXY protocol is spoken.
    pub ports: Vec<(u16, bool)>,
    /// Whether all other ports are closed.
    pub restrict_mode: bool,
}

/// What the guest and its machine must be. Guests refuse what they do not know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requirements {
    /// The versions of the guest's system.
    pub os_version: Option<String>,
    /// The platforms that may attest it.
    pub platforms: Option<Vec<String>>,
    /// Whether ACPI tables are measured.
    pub tdx_measure_acpi_tables: Option<bool>,
    /// The hash of the token that a launch needs, in hexadecimal.
    pub launch_token_hash: Option<String>,
    /// What GPUs must prove.
    pub gpu_policy: Option<GpuPolicy>,
}

/// What GPUs must prove.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GpuPolicy {
    /// Whether they must attest themselves.
    pub attest_gpu: Option<bool>,
    /// A policy in Rego over what they claim.
    pub rego: Option<String>,
    /// Whether development tools may be on.
    pub allow_devtools: Option<bool>,
    /// Whether debugging may be on.
    pub allow_debug: Option<bool>,
    /// Whether they may have started insecurely.
    pub allow_insecure_boot: Option<bool>,
}

/// A read-only volume that is checked block by block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerityVolume {
    /// The name of its file.
    pub source: String,
    /// Its root hash, in hexadecimal.
    pub verity_root: String,
    /// The absolute path where it is mounted.
    pub target: String,
}

impl AppCompose {
    /// A manifest of that name with dstack's defaults.
    pub fn named(name: &str) -> AppCompose {
        AppCompose {
            manifest_version: ManifestVersion::default(),
            name: name.to_owned(),
            runner: Runner::DockerCompose,
            pre_launch_script: None,
            init_scripts: Vec::new(),
            snapshotter: None,
            features: Vec::new(),
            switches: Switches::default(),
            key_provider: None,
            key_provider_id: None,
            allowed_envs: BTreeSet::new(),
            storage_fs: None,
            swap_size: None,
            event_log_version: None,
            port_policy: None,
            requirements: None,
            verity_volumes: Vec::new(),
        }
    }
}

impl Runner {
    /// Its word.
    pub fn word(&self) -> &'static str {
        match self {
            Runner::DockerCompose => "docker-compose",
            Runner::NerdctlCompose => "nerdctl-compose",
            Runner::Bash(_) => "bash",
        }
    }
}
