//! What stands in for images and charts that can't be had without a network, put there in the same way for each
//! repository.

use std::path::Path;

use plimsoll_testkit::repo::Repo;
use serde_json::Value;
use toml_edit::{DocumentMut, Item, Table, Value as Toml};

/// The file that every image is put together from.
const FILE: &str = "stand-in-of-the-test";
/// Keys of an image that say how a Dockerfile is built.
const OF_DOCKERFILES: [&str; 10] = [
    "dockerfile",
    "context",
    "target",
    "build-args",
    "cache-from",
    "cache-to",
    "secrets",
    "ssh",
    "contexts",
    "network",
];

/// Each image that is built from a Dockerfile, or from programs that are made before, is put together from one file; each
/// chart that is fetched is an empty one of the name and version that is asked for; images of others in a compose file are
/// kept as they are written, and services with one that names no version are left alone. Nothing else is changed.
pub(super) fn put(repo: &Repo, config: &mut DocumentMut) {
    repo.write(FILE, "in the place of a program\n");
    for image in tables(config, "image") {
        for key in OF_DOCKERFILES {
            image.remove(key);
        }
        if !image.contains_key("import") {
            let text = format!("{{ files = [{{ from = \"{FILE}\", to = \"/app\" }}] }}");
            image.insert("assemble", Item::Value(text.parse::<Toml>().unwrap()));
        }
    }
    if let Some(compose) = config.get_mut("compose").and_then(Item::as_table_mut) {
        keep_others(repo, compose);
    }
    let paths: Vec<String> =
        tables(config, "chart").filter_map(|chart| Some(chart.get("path")?.as_str()?.to_owned())).collect();
    for path in paths {
        put_dependencies(repo, &path);
    }
    repo.write("plimsoll.toml", config.to_string());
}

/// Digests of what others release are asked for nowhere.
fn keep_others(repo: &Repo, compose: &mut Table) {
    compose.entry("third-party").or_insert(Item::Value("keep".into()));
    let file = compose.get("file").and_then(Item::as_str).unwrap_or_default();
    let text = std::fs::read_to_string(repo.path().join(file)).unwrap();
    let root: Value = yaml_serde::from_str(&text).unwrap();
    let named = compose.get("services").and_then(Item::as_inline_table).cloned().unwrap_or_default();
    let has_no_version = |image: &str| {
        let last = image.rsplit('/').next().unwrap_or(image);
        !image.contains('@') && !image.contains('$') && (!last.contains(':') || last.ends_with(":latest"))
    };
    let mut left = compose.get("leave").and_then(Item::as_array).cloned().unwrap_or_default();
    for (name, service) in root["services"].as_object().into_iter().flatten() {
        let image = service.get("image").and_then(Value::as_str).unwrap_or_default();
        let is_others = !image.is_empty() && service.get("build").is_none() && !named.contains_key(name);
        if is_others && has_no_version(image) && !is_released(repo, image) {
            left.push(name.as_str());
        }
    }
    if !left.is_empty() {
        compose.insert("leave", Item::Value(left.into()));
    }
}

/// Whether an image goes to a repository of the drafted configuration.
fn is_released(repo: &Repo, image: &str) -> bool {
    let config = std::fs::read_to_string(repo.path().join("plimsoll.toml")).unwrap();
    let name = image.trim_end_matches(":latest");
    [format!("\"{name}\""), format!("\"docker.io/{name}\"")].iter().any(|written| config.contains(written))
}

/// The tables of a list.
pub(super) fn tables<'a>(config: &'a mut DocumentMut, name: &str) -> impl Iterator<Item = &'a mut Table> {
    config
        .get_mut(name)
        .and_then(Item::as_array_of_tables_mut)
        .into_iter()
        .flat_map(|tables| tables.iter_mut())
}

fn put_dependencies(repo: &Repo, chart: &str) {
    let folder = repo.path().join(chart);
    let wanted = dependencies(&folder.join("Chart.yaml"));
    let locked = dependencies(&folder.join("Chart.lock"));
    for (name, range) in wanted {
        let is_there = std::fs::read_dir(folder.join("charts")).is_ok_and(|entries| {
            entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with(&name))
        });
        if is_there {
            continue;
        }
        let version = match locked.iter().find(|(locked, _)| *locked == name) {
            Some((_, version)) => version.as_str(),
            None => range.trim_start_matches(|sign: char| !sign.is_ascii_digit()),
        };
        let text = format!("apiVersion: v2\nname: {name}\nversion: {version}\n");
        repo.write(&format!("{chart}/charts/{name}/Chart.yaml"), text);
        repo.git(["add", "--force", &format!("{chart}/charts/{name}")]);
    }
}

/// Names and versions of charts that a chart depends on, and that lie elsewhere.
fn dependencies(file: &Path) -> Vec<(String, String)> {
    let Ok(text) = std::fs::read_to_string(file) else { return Vec::new() };
    let root: Value = yaml_serde::from_str(&text).unwrap();
    let listed = root.get("dependencies").and_then(Value::as_array).into_iter().flatten();
    let elsewhere = listed.filter(|one| {
        let from = one.get("repository").and_then(Value::as_str).unwrap_or_default();
        !from.is_empty() && !from.starts_with("file:")
    });
    let named = elsewhere.filter_map(|one| {
        let text = |key: &str| Some(one.get(key)?.as_str()?.to_owned());
        Some((text("name")?, text("version")?))
    });
    named.collect()
}
