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

use plimsoll_oci::name::Digest;
use serde_json::{Map, Value, json};

pub use check::AppComposeError;
pub use read::{Manifest, ManifestError};

pub use crate::domain::app_compose::{
    AppCompose, GpuPolicy, ManifestVersion, PortPolicy, Requirements, Runner, Switches, VerityVolume,
};
use crate::domain::canonical;

/// The most init scripts that a guest runs.
pub const MAX_INIT_SCRIPTS: usize = 5;
/// How many hexadecimal digits of the hash are the default id of the app.
const ID_LENGTH: usize = 40;

impl AppCompose {
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

    /// What guests would refuse, or what must not stand in a manifest, whatever the compose file says.
    pub fn find_faults(&self) -> Vec<AppComposeError> {
        check::check_settings(self)
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
