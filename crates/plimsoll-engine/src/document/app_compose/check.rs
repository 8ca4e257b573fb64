//! What guests refuse, and what must not stand in a manifest.

use std::collections::BTreeSet;

use super::{AppCompose, MAX_INIT_SCRIPTS, ManifestVersion, Runner};
use crate::document::compose::ComposeFile;

/// The platforms that guests know.
const PLATFORMS: [&str; 4] = ["dstack-tdx", "dstack-gcp-tdx", "dstack-amd-sev-snp", "dstack-nitro-enclave"];

/// Why a manifest can't be written. Keys are spelled as in the manifest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppComposeError {
    /// A text that must say something is empty.
    #[error("`{key}` is empty")]
    Empty {
        /// The key.
        key: &'static str,
    },
    /// A value is none of those that guests know.
    #[error("`{key}` is `{found}`, and guests know {wanted}")]
    Unknown {
        /// The key.
        key: &'static str,
        /// What stands there.
        found: String,
        /// What guests know.
        wanted: &'static str,
    },
    /// A key asks for guests that older ones must not stand in for.
    #[error("`{key}` needs `manifest_version` \"3\": older guests would pass over it")]
    NeedsThree {
        /// The key.
        key: &'static str,
    },
    /// A key means nothing to the runner.
    #[error("`{key}` means nothing to the runner `{runner}`")]
    NotForRunner {
        /// The key.
        key: &'static str,
        /// The runner.
        runner: &'static str,
    },
    /// There are more than guests run.
    #[error("{count} init scripts are more than {MAX_INIT_SCRIPTS}")]
    TooManyScripts {
        /// How many.
        count: usize,
    },
    /// A name of an environment variable is none.
    #[error("`allowed_envs` holds names of variables, and `{name}` is none")]
    NotAName {
        /// What stands before the first `=`: a value is never shown.
        name: String,
    },
    /// A value stands where a name belongs: a secret would be published.
    #[error("`allowed_envs` holds a value for `{name}`, and whatever stands there is published")]
    ValueOfVariable {
        /// The variable.
        name: String,
    },
    /// Two volumes are mounted at one place.
    #[error("two volumes are mounted at `{target}`")]
    SameTarget {
        /// The place.
        target: String,
    },
    /// The compose file builds what it runs.
    #[error("service `{service}` is built, and `nerdctl-compose` builds nothing")]
    Builds {
        /// The service.
        service: String,
    },
    /// The compose file reads files that are not in the manifest.
    #[error("`{path}` under `{key}` of the compose file is not in the guest: only the file itself is")]
    PathLeftBehind {
        /// The path.
        path: String,
        /// Its key in the compose file.
        key: &'static str,
    },
}

/// Everything that is wrong, in the order of the keys.
pub(super) fn check(manifest: &AppCompose, compose: &str) -> Vec<AppComposeError> {
    let mut errors = check_settings(manifest);
    errors.extend(services(&manifest.runner, compose));
    errors
}

/// What is wrong whatever the compose file says.
pub(super) fn check_settings(manifest: &AppCompose) -> Vec<AppComposeError> {
    let mut errors = Vec::new();
    texts(manifest, &mut errors);
    variables(manifest, &mut errors);
    let scripts = manifest.init_scripts.len();
    if scripts > MAX_INIT_SCRIPTS {
        errors.push(AppComposeError::TooManyScripts { count: scripts });
    }
    for (key, is_asked_for) in
        [("init_script", scripts > 1), ("requirements", manifest.requirements.is_some())]
    {
        if is_asked_for && manifest.manifest_version < ManifestVersion::Three {
            errors.push(AppComposeError::NeedsThree { key });
        }
    }
    if manifest.snapshotter.is_some() && manifest.runner != Runner::NerdctlCompose {
        errors.push(AppComposeError::NotForRunner { key: "snapshotter", runner: manifest.runner.word() });
    }
    let mut targets = BTreeSet::new();
    for volume in &manifest.verity_volumes {
        if !targets.insert(&volume.target) {
            errors.push(AppComposeError::SameTarget { target: volume.target.clone() });
        }
    }
    errors
}

fn texts(manifest: &AppCompose, errors: &mut Vec<AppComposeError>) {
    if manifest.name.trim().is_empty() {
        errors.push(AppComposeError::Empty { key: "name" });
    }
    if matches!(&manifest.runner, Runner::Bash(script) if script.trim().is_empty()) {
        errors.push(AppComposeError::Empty { key: "bash_script" });
    }
    let one_of = |wanted: &'static [&'static str]| move |text: &str| wanted.contains(&text);
    let is_hex =
        |text: &str| text.len().is_multiple_of(2) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mut judge = |key, value: Option<&str>, wanted, is_known: &dyn Fn(&str) -> bool| {
        if let Some(found) = value.filter(|value| !is_known(value)) {
            errors.push(AppComposeError::Unknown { key, found: found.to_owned(), wanted });
        }
    };
    let m = manifest;
    judge("snapshotter", m.snapshotter.as_deref(), "overlayfs and stargz", &one_of(&["overlayfs", "stargz"]));
    judge(
        "key_provider",
        m.key_provider.as_deref(),
        "none, kms, local and tpm",
        &one_of(&["none", "kms", "local", "tpm"]),
    );
    judge("key_provider_id", m.key_provider_id.as_deref(), "hexadecimal digits in pairs", &is_hex);
    judge("storage_fs", m.storage_fs.as_deref(), "zfs and ext4", &one_of(&["zfs", "ext4"]));
    judge("swap_size", m.swap_size.as_deref(), "bytes, or a size such as 2G", &is_size);
    let version = m.event_log_version.map(|version| version.to_string());
    judge("event_log_version", version.as_deref(), "1 and 2", &one_of(&["1", "2"]));
    let requirements = m.requirements.as_ref();
    for platform in requirements.and_then(|all| all.platforms.as_deref()).unwrap_or_default() {
        judge(
            "requirements.platforms",
            Some(platform),
            "dstack-tdx, dstack-gcp-tdx, dstack-amd-sev-snp and dstack-nitro-enclave",
            &one_of(&PLATFORMS),
        );
    }
    let token = requirements.and_then(|all| all.launch_token_hash.as_deref());
    let is_hash = |text: &str| text.len() == 64 && is_hex(text);
    judge("requirements.launch_token_hash", token, "64 hexadecimal digits", &is_hash);
    for volume in &m.verity_volumes {
        let is_name = |text: &str| !text.is_empty() && !text.contains('/');
        let is_absolute = |text: &str| text.starts_with('/');
        judge("verity_volumes.source", Some(&volume.source), "the name of a file", &is_name);
        judge("verity_volumes.verity_root", Some(&volume.verity_root), "64 hexadecimal digits", &is_hash);
        judge("verity_volumes.target", Some(&volume.target), "an absolute path", &is_absolute);
    }
}

/// A whole number of bytes, or of the unit behind it: `536870912`, `512M`, `2G`. Guests know no other units.
fn is_size(text: &str) -> bool {
    let (number, factor) = match text.char_indices().next_back() {
        Some((at, unit)) if unit.is_ascii_alphabetic() => {
            let power = "kmgt".find(unit.to_ascii_lowercase()).map(|place| 10 * (place + 1));
            (text.get(..at).unwrap_or_default(), power.map(|power| 1_u64 << power))
        }
        _ => (text, Some(1)),
    };
    let is_plain = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let bytes =
        number.parse::<u64>().ok().zip(factor).and_then(|(number, factor)| number.checked_mul(factor));
    is_plain && bytes.is_some()
}

fn variables(manifest: &AppCompose, errors: &mut Vec<AppComposeError>) {
    for entry in &manifest.allowed_envs {
        let (name, value) = match entry.split_once('=') {
            Some((name, _)) => (name, true),
            None => (entry.as_str(), false),
        };
        let is_name = !name.is_empty()
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric());
        if value {
            errors.push(AppComposeError::ValueOfVariable { name: name.to_owned() });
        } else if !is_name {
            errors.push(AppComposeError::NotAName { name: name.to_owned() });
        }
    }
}

/// What can't run in a guest, which has the text of the compose file and nothing else.
fn services(runner: &Runner, compose: &str) -> Vec<AppComposeError> {
    // Whoever pinned it has read it; what is no compose file was refused there.
    let Ok(file) = ComposeFile::parse(compose) else { return Vec::new() };
    let mut errors = Vec::new();
    match runner {
        Runner::Bash(_) => return errors,
        Runner::NerdctlCompose => {
            let built = file.services().iter().filter(|service| service.is_built);
            errors.extend(built.map(|service| AppComposeError::Builds { service: service.name.clone() }));
        }
        Runner::DockerCompose => {}
    }
    let left_behind = file.find_relative_paths().into_iter();
    errors.extend(
        left_behind.map(|path| AppComposeError::PathLeftBehind { path: path.path, key: path.kind.key() }),
    );
    errors
}
