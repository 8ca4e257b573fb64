//! dstack's `app-compose.json`: the manifest of a confidential VM, with the pinned compose file inside.
//!
//! Written once, in the canonical form of dstack's SDKs: keys sorted at every depth, no white space, UTF-8, no line break
//! at the end. Its hash is the SHA-256 of exactly these bytes; neither guest nor VMM normalises them.
//!
//! What is required and every switch is written out, so that the text does not hang on a guest's defaults; everything
//! else is written where it is configured.
//!
//! Source: Dstack-TEE/dstack `dstack-types` (`AppCompose`), `docs/normalized-app-compose.md`, guest `app-compose.sh`.

mod check;
mod read;

use std::collections::BTreeSet;

use plimsoll_oci::name::Digest;
use serde_json::{Map, Value, json};

pub use check::AppComposeError;
pub use read::{Manifest, ManifestError};

use crate::domain::canonical;

/// The most init scripts that a guest runs.
pub const MAX_INIT_SCRIPTS: usize = 5;
/// How many hexadecimal digits of the hash are the default id of the app.
const ID_LENGTH: usize = 40;

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

    /// The bytes of the file, with the text of a compose file inside.
    ///
    /// # Errors
    /// A guest would refuse it, or it holds what it must not; see [`AppComposeError`].
    pub fn render(&self, compose: &str) -> Result<Vec<u8>, Vec<AppComposeError>> {
        let errors = check::check(self, compose);
        if !errors.is_empty() {
            return Err(errors);
        }
        let mut bytes = canonical::render_compact(&self.value(compose));
        // Unlike other files of a release it has no line break at its end: the SDKs' canonical form has none.
        bytes.pop();
        Ok(bytes)
    }

    fn value(&self, compose: &str) -> Value {
        let switches = self.switches;
        let mut manifest = Map::new();
        let mut set = |key: &str, value: Value| drop(manifest.insert(key.to_owned(), value));
        set(
            "manifest_version",
            match self.manifest_version {
                ManifestVersion::One => json!(1),
                ManifestVersion::Two => json!(2),
                ManifestVersion::Three => json!("3"),
            },
        );
        set("name", json!(self.name));
        set("runner", json!(self.runner.word()));
        match &self.runner {
            Runner::Bash(script) => set("bash_script", json!(script)),
            Runner::DockerCompose | Runner::NerdctlCompose => set("docker_compose_file", json!(compose)),
        }
        for (key, value) in [
            ("public_logs", switches.public_logs),
            ("public_sysinfo", switches.public_sysinfo),
            ("public_tcbinfo", switches.public_tcbinfo),
            ("kms_enabled", switches.kms_enabled),
            ("gateway_enabled", switches.gateway_enabled),
            ("local_key_provider_enabled", switches.local_key_provider_enabled),
            ("no_instance_id", switches.no_instance_id),
            ("secure_time", switches.secure_time),
        ] {
            set(key, json!(value));
        }
        for (key, value) in [
            ("pre_launch_script", &self.pre_launch_script),
            ("snapshotter", &self.snapshotter),
            ("key_provider", &self.key_provider),
            ("key_provider_id", &self.key_provider_id),
            ("storage_fs", &self.storage_fs),
        ] {
            if let Some(value) = value {
                set(key, json!(value));
            }
        }
        match self.init_scripts.as_slice() {
            [] => {}
            [one] => set("init_script", json!(one)),
            several => set("init_script", json!(several)),
        }
        if !self.features.is_empty() {
            set("features", json!(self.features));
        }
        if !self.allowed_envs.is_empty() {
            set("allowed_envs", json!(self.allowed_envs));
        }
        if let Some(size) = &self.swap_size {
            set("swap_size", size.parse::<u64>().map_or_else(|_| json!(size), |bytes| json!(bytes)));
        }
        if let Some(version) = self.event_log_version {
            set("event_log_version", json!(version));
        }
        if let Some(policy) = &self.port_policy {
            let ports = policy.ports.iter().map(|(port, pp)| json!({ "port": port, "pp": pp }));
            let ports: Vec<Value> = ports.collect();
            set("port_policy", json!({ "ports": ports, "restrict_mode": policy.restrict_mode }));
        }
        if let Some(requirements) = &self.requirements {
            set("requirements", requirements.value());
        }
        if !self.verity_volumes.is_empty() {
            let volume = |volume: &VerityVolume| {
                let VerityVolume { source, verity_root, target } = volume;
                json!({ "source": source, "verity_root": verity_root, "target": target })
            };
            let volumes: Vec<Value> = self.verity_volumes.iter().map(volume).collect();
            set("verity_volumes", json!(volumes));
        }
        Value::Object(manifest)
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

impl Requirements {
    fn value(&self) -> Value {
        let gpu = self.gpu_policy.as_ref().map(|gpu| {
            object([
                ("attest_gpu", gpu.attest_gpu.map(Value::from)),
                ("rego", gpu.rego.clone().map(Value::from)),
                ("allow_devtools", gpu.allow_devtools.map(Value::from)),
                ("allow_debug", gpu.allow_debug.map(Value::from)),
                ("allow_insecure_boot", gpu.allow_insecure_boot.map(Value::from)),
            ])
        });
        object([
            ("os_version", self.os_version.clone().map(Value::from)),
            ("platforms", self.platforms.clone().map(Value::from)),
            ("tdx_measure_acpi_tables", self.tdx_measure_acpi_tables.map(Value::from)),
            ("launch_token_hash", self.launch_token_hash.clone().map(Value::from)),
            ("gpu_policy", gpu),
        ])
    }
}

fn object<const N: usize>(entries: [(&str, Option<Value>); N]) -> Value {
    entries.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
}

/// The hash of a manifest: what attestations measure and chains allow.
pub fn hash(bytes: &[u8]) -> Digest {
    Digest::of(bytes)
}

/// The id that an app has by default: the first twenty bytes of its hash.
pub fn app_id(hash: &Digest) -> &str {
    hash.hex().get(..ID_LENGTH).unwrap_or(hash.hex())
}

#[cfg(test)]
mod tests;
