//! `[app-compose]`: the dstack manifest around the pinned compose file.

use plimsoll_engine::check::compose::app_compose_error;
use plimsoll_engine::document::app_compose::AppComposeError;
use plimsoll_engine::domain::app_compose::{
    AppCompose, GpuPolicy, ManifestVersion, PortPolicy, Requirements, Runner, Switches, VerityVolume,
};
use plimsoll_engine::domain::artifact::ArtifactName;

use super::texts::{one_or_more, texts};
use super::{invalid, missing, unforeseen};
use crate::config::file::written::Section;
use crate::config::problems::{Problems, Told, every};

/// Resolves the table of a project of that name.
///
/// # Errors
/// Something in it can't be meant, or guests would refuse it, which was told.
pub fn resolve(
    root: &Section,
    project: &ArtifactName,
    problems: &mut Problems<'_>,
) -> Result<Option<AppCompose>, Told> {
    let Some(section) = root.section("app-compose")? else { return Ok(None) };
    let manifest = read(section, project, problems)?;
    if !matches!(manifest.runner, Runner::Bash(_)) && !root.has("compose") {
        let message = "[app-compose] needs the compose file that it runs";
        let help = "name it: `file = \"docker-compose.yml\"` under `[compose]`";
        return Err(problems.error(&section.span, missing(message).help(help)));
    }
    let told = manifest.find_faults().iter().map(|fault| tell(section, fault, problems)).last();
    told.map_or(Ok(Some(manifest)), Err)
}

/// Tells of a fault where its key stands. What may be a secret is not shown.
fn tell(section: &Section, fault: &AppComposeError, problems: &mut Problems<'_>) -> Told {
    let (key, is_secret) = match fault {
        AppComposeError::ValueOfVariable { .. } | AppComposeError::NotAName { .. } => ("allowed-envs", true),
        _ => ("", false),
    };
    let span = match section.entry(key) {
        Some(entry) => {
            if let (Ok(node), true) = (&entry.node, is_secret) {
                problems.hide(&node.span);
            }
            &entry.key
        }
        None => &section.span,
    };
    problems.error(span, app_compose_error(fault))
}

fn read(section: &Section, project: &ArtifactName, problems: &mut Problems<'_>) -> Result<AppCompose, Told> {
    let text = |key: &str| Ok::<_, Told>(section.text(key)?.map(|text| text.value.to_owned()));
    let name = text("name")?.unwrap_or_else(|| project.to_string());
    let runner = read_runner(section, problems);
    let init_scripts = one_or_more(section, "init-script", problems);
    let features = texts(section, "features", problems);
    let allowed_envs = texts(section, "allowed-envs", problems);
    let port_policy = section.section("port-policy")?.map(|policy| read_port_policy(policy, problems));
    let requirements = section.section("requirements")?.map(|wanted| read_requirements(wanted, problems));
    let verity_volumes = read_volumes(section, problems);
    Ok(AppCompose {
        manifest_version: match text("manifest-version")?.as_deref() {
            Some("1") => ManifestVersion::One,
            Some("3") => ManifestVersion::Three,
            _ => ManifestVersion::Two,
        },
        name,
        runner: runner?,
        pre_launch_script: text("pre-launch-script")?,
        init_scripts: init_scripts?,
        snapshotter: text("snapshotter")?,
        features: features?,
        switches: read_switches(section)?,
        key_provider: text("key-provider")?,
        key_provider_id: text("key-provider-id")?,
        allowed_envs: allowed_envs?.into_iter().collect(),
        storage_fs: text("storage-fs")?,
        swap_size: text("swap-size")?,
        event_log_version: match text("event-log-version")?.as_deref() {
            Some("1") => Some(1),
            Some("2") => Some(2),
            _ => None,
        },
        port_policy: port_policy.transpose()?,
        requirements: requirements.transpose()?,
        verity_volumes: verity_volumes?,
    })
}

fn read_runner(section: &Section, problems: &mut Problems<'_>) -> Result<Runner, Told> {
    let script = section.text("bash-script")?;
    match (section.text("runner")?, script) {
        (Some(runner), Some(script)) if runner.value == "bash" => Ok(Runner::Bash(script.value.to_owned())),
        (Some(runner), None) if runner.value == "bash" => {
            let message = "the runner `bash` needs a `bash-script`";
            Err(problems.error(&runner.span, missing(message)))
        }
        (_, Some(script)) => {
            let message = "`bash-script` means nothing to any other runner than `bash`";
            Err(problems.error(&script.span, invalid(message).help("write `runner = \"bash\"`")))
        }
        (Some(runner), None) if runner.value == "nerdctl-compose" => Ok(Runner::NerdctlCompose),
        (_, None) => Ok(Runner::DockerCompose),
    }
}

fn read_switches(section: &Section) -> Result<Switches, Told> {
    let default = Switches::default();
    let switch = |key: &str, default: bool| Ok::<_, Told>(section.switch(key)?.unwrap_or(default));
    Ok(Switches {
        public_logs: switch("public-logs", default.public_logs)?,
        public_sysinfo: switch("public-sysinfo", default.public_sysinfo)?,
        public_tcbinfo: switch("public-tcbinfo", default.public_tcbinfo)?,
        kms_enabled: switch("kms-enabled", default.kms_enabled)?,
        gateway_enabled: switch("gateway-enabled", default.gateway_enabled)?,
        local_key_provider_enabled: switch("local-key-provider-enabled", default.local_key_provider_enabled)?,
        no_instance_id: switch("no-instance-id", default.no_instance_id)?,
        secure_time: switch("secure-time", default.secure_time)?,
    })
}

fn read_port_policy(policy: &Section, problems: &mut Problems<'_>) -> Result<PortPolicy, Told> {
    let mut ports = Vec::new();
    for (key, is_proxied) in [("ports", false), ("proxied-ports", true)] {
        for port in texts(policy, key, problems)? {
            match port.parse::<u16>() {
                Ok(number) if number > 0 => ports.push((number, is_proxied)),
                _ => {
                    let message = format!("`{port}` is no port: a number from 1 to 65535");
                    return Err(problems.error(&policy.span, invalid(message)));
                }
            }
        }
    }
    Ok(PortPolicy { ports, restrict_mode: policy.switch("restrict-mode")?.unwrap_or_default() })
}

fn read_requirements(wanted: &Section, problems: &mut Problems<'_>) -> Result<Requirements, Told> {
    let text = |key: &str| Ok::<_, Told>(wanted.text(key)?.map(|text| text.value.to_owned()));
    let platforms = texts(wanted, "platforms", problems)?;
    let gpu_policy = match wanted.section("gpu-policy")? {
        None => None,
        Some(gpu) => Some(GpuPolicy {
            attest_gpu: gpu.switch("attest-gpu")?,
            rego: gpu.text("rego")?.map(|rego| rego.value.to_owned()),
            allow_devtools: gpu.switch("allow-devtools")?,
            allow_debug: gpu.switch("allow-debug")?,
            allow_insecure_boot: gpu.switch("allow-insecure-boot")?,
        }),
    };
    Ok(Requirements {
        os_version: text("os-version")?,
        platforms: wanted.has("platforms").then_some(platforms),
        tdx_measure_acpi_tables: wanted.switch("tdx-measure-acpi-tables")?,
        launch_token_hash: text("launch-token-hash")?,
        gpu_policy,
    })
}

fn read_volumes(section: &Section, problems: &mut Problems<'_>) -> Result<Vec<VerityVolume>, Told> {
    let Some(list) = section.list("verity-volumes")? else { return Ok(Vec::new()) };
    every(list.value.iter().map(|item| {
        let node = item.as_ref().map_err(|told| *told)?;
        let Some(volume) = node.section() else { return Err(unforeseen(&node.span, problems)) };
        let mut text = |key: &str| match volume.text(key)? {
            Some(text) => Ok(text.value.to_owned()),
            None => Err(unforeseen(&volume.span, problems)),
        };
        Ok(VerityVolume {
            source: text("source")?,
            verity_root: text("verity-root")?,
            target: text("target")?,
        })
    }))
}
