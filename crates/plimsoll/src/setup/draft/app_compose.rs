//! The dstack manifest: what one that lies in the repository says, in the words of `[app-compose]`.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::render::{commented, quoted};
use crate::config::file::keys::APP_COMPOSE;
use crate::config::file::shape::{Shape, Table};
use crate::setup::from_workflows::Carried;
use crate::setup::holdings::{FoundFile, Holdings};

/// What stands in a manifest and is made anew for each release.
const MADE: [&str; 1] = ["docker_compose_file"];
/// The folder where records of releases lie, in whatever way they came there.
const RECORDS: &str = "releases/";

/// Writes the table, live where there is a compose file that it can stand around.
pub(super) fn render(
    text: &mut String,
    holdings: &Holdings,
    carried: &Carried,
    has_compose: bool,
    left: &mut Vec<String>,
) {
    let Some(manifest) = choose(&holdings.app_composes, left) else {
        let named = holdings.workflows.iter().find(|file| makes_manifest(&file.text));
        if let Some(file) = named {
            text.push_str(&commented("\n[app-compose]\n"));
            left.push(format!(
                "{}: it makes a dstack manifest, and none lies here to see what is in it: [app-compose] makes one, with dstack's defaults",
                file.path
            ));
        }
        return;
    };
    let path = &manifest.path;
    let fields = match serde_json::from_str::<Value>(&manifest.text) {
        Ok(Value::Object(fields)) if fields.contains_key("manifest_version") => fields,
        Ok(_) => return left.push(format!("{path}: it is no dstack manifest: it has no `manifest_version`")),
        Err(error) => return left.push(format!("{path}: it is no dstack manifest: {error}")),
    };
    let mut lines = format!("\n# As in {path}.\n[app-compose]\n");
    for (key, value) in fields.iter().filter(|(key, _)| !MADE.contains(&key.as_str())) {
        match line_of(key, value, &APP_COMPOSE) {
            Line::Is(line) => lines.push_str(&(line + "\n")),
            Line::Needless => {}
            Line::Unknown => left.push(format!("{path}: `{key}` = {value}")),
        }
    }
    let needs_compose = fields.get("runner").and_then(Value::as_str) != Some("bash");
    match has_compose || !needs_compose {
        true => text.push_str(&lines),
        false => {
            text.push_str(&commented(&lines));
            let what = if carried.images.is_empty() { "no image" } else { "no compose file with an image" };
            left.push(format!(
                "{path}: a dstack manifest stands around [compose], and {what} is released here"
            ));
        }
    }
}

/// The manifest that says what those of releases have in common: one that is kept by hand, else that of the last release.
fn choose<'a>(manifests: &'a [FoundFile], left: &mut Vec<String>) -> Option<&'a FoundFile> {
    let (records, kept): (Vec<_>, Vec<_>) =
        manifests.iter().partition(|manifest| manifest.path.starts_with(RECORDS));
    for other in kept.iter().skip(1) {
        left.push(format!("{}: a configuration has one [app-compose]", other.path));
    }
    kept.first().or(records.last()).copied()
}

/// Whether a script says its name.
fn makes_manifest(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    lines.any(|line| ["app-compose", "app_compose"].iter().any(|word| line.contains(word)))
}

/// A field of a manifest as a line of the table.
enum Line {
    Is(String),
    /// It says what holds anyway.
    Needless,
    /// There is no key for it, or not with such a value.
    Unknown,
}

fn line_of(key: &str, value: &Value, table: &Table) -> Line {
    let is_nothing = match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    };
    let name = key.replace('_', "-");
    let found = table.keys.iter().find(|known| known.name == name || known.aliases.contains(&name.as_str()));
    match found {
        _ if is_nothing => Line::Needless,
        None => Line::Unknown,
        Some(known) => match in_toml(key, value, &known.shape) {
            Some(value) => Line::Is(format!("{} = {value}", known.name)),
            None => Line::Unknown,
        },
    }
}

/// A value as TOML writes it, if it is of this shape.
fn in_toml(key: &str, value: &Value, shape: &Shape) -> Option<String> {
    match (shape, value) {
        (Shape::Text, Value::String(text)) => Some(quoted(text)),
        (Shape::Text, Value::Number(number)) => Some(quoted(&number.to_string())),
        (Shape::Switch, Value::Bool(switch)) => Some(switch.to_string()),
        (Shape::Word(words), Value::String(_) | Value::Number(_)) => {
            let word = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            words.contains(&word.as_str()).then(|| quoted(&word))
        }
        (Shape::List(inner), Value::Array(list)) => {
            let list: Option<Vec<String>> = list.iter().map(|one| in_toml(key, one, inner)).collect();
            Some(format!("[{}]", list?.join(", ")))
        }
        (Shape::Either(shapes), value) => shapes.iter().find_map(|shape| in_toml(key, value, shape)),
        (Shape::Table(_), Value::Object(fields)) if key == "port_policy" => ports(fields),
        (Shape::Table(table), Value::Object(fields)) => {
            let mut pairs = String::new();
            for (key, value) in fields {
                match line_of(key, value, table) {
                    Line::Is(line) => {
                        let _ = write!(pairs, "{}{line}", if pairs.is_empty() { " " } else { ", " });
                    }
                    Line::Needless => {}
                    Line::Unknown => return None,
                }
            }
            Some(format!("{{{pairs} }}"))
        }
        _ => None,
    }
}

/// Which ports are open, and which of them with the PROXY protocol.
fn ports(policy: &Map<String, Value>) -> Option<String> {
    let (mut plain, mut proxied) = (Vec::new(), Vec::new());
    for port in policy.get("ports").and_then(Value::as_array).into_iter().flatten() {
        let number = quoted(&port.get("port")?.as_u64()?.to_string());
        let is_proxied = port.get("pp").and_then(Value::as_bool).unwrap_or(false);
        if is_proxied { proxied.push(number) } else { plain.push(number) }
    }
    let is_strict = policy.get("restrict_mode").and_then(Value::as_bool).unwrap_or(false);
    Some(format!(
        "{{ ports = [{}], proxied-ports = [{}], restrict-mode = {is_strict} }}",
        plain.join(", "),
        proxied.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"{
        "manifest_version": 2, "name": "app", "runner": "docker-compose", "docker_compose_file": "services: {}",
        "kms_enabled": true, "tproxy_enabled": true, "public_logs": false, "allowed_envs": ["TOKEN"], "swap_size": 1024,
        "features": [], "pre_launch_script": "", "key_provider_id": null, "salt": "x",
        "port_policy": { "ports": [{ "port": 80 }, { "port": 443, "pp": true }], "restrict_mode": true },
        "requirements": { "platforms": ["dstack-tdx"], "gpu_policy": { "attest_gpu": true } }
    }"#;

    fn rendered(files: &[(&str, &str)], has_compose: bool) -> (String, Vec<String>) {
        let found =
            |(path, text): &(&str, &str)| FoundFile { path: (*path).to_owned(), text: (*text).to_owned() };
        let holdings = Holdings { app_composes: files.iter().map(found).collect(), ..Holdings::default() };
        let (mut text, mut left) = (String::new(), Vec::new());
        render(&mut text, &holdings, &Carried::default(), has_compose, &mut left);
        (text, left)
    }

    #[test]
    fn a_manifest_is_said_in_the_words_of_its_table() {
        let (text, left) = rendered(&[("app-compose.json", MANIFEST)], true);
        for line in [
            "[app-compose]\n",
            "manifest-version = \"2\"\n",
            "gateway-enabled = true\n",
            "allowed-envs = [\"TOKEN\"]\n",
            "swap-size = \"1024\"\n",
            "port-policy = { ports = [\"80\"], proxied-ports = [\"443\"], restrict-mode = true }\n",
            "requirements = { platforms = [\"dstack-tdx\"], gpu-policy = { attest-gpu = true } }\n",
        ] {
            let mut sorted = text.clone();
            // The order of JSON's keys means nothing.
            sorted = sorted.replace(
                "requirements = { gpu-policy = { attest-gpu = true }, platforms = [\"dstack-tdx\"] }",
                "requirements = { platforms = [\"dstack-tdx\"], gpu-policy = { attest-gpu = true } }",
            );
            assert!(sorted.contains(line), "{line}{text}");
        }
        assert!(!text.contains("features") && !text.contains("services"), "{text}");
        assert_eq!(left, ["app-compose.json: `salt` = \"x\""]);
    }

    #[test]
    fn a_manifest_without_its_compose_file_is_a_comment() {
        let (text, left) = rendered(&[("app-compose.json", MANIFEST)], false);
        assert!(text.contains("# [app-compose]\n") && !text.contains("\n[app-compose]"), "{text}");
        assert_eq!(left.len(), 2, "{left:?}");
        let (text, left) = rendered(&[("app-compose.json", "{}"), ("b/app-compose.json", MANIFEST)], true);
        assert_eq!((text.as_str(), left.len()), ("", 2), "{left:?}");
        let made =
            [("releases/v1.0.0-app-compose.json", "{}"), ("releases/v1.1.0-app-compose.json", MANIFEST)];
        let (text, _) = rendered(&made, true);
        assert!(text.contains("# As in releases/v1.1.0-app-compose.json."), "{text}");
    }
}
