//! What stands in for base images and charts that can't be had without a network, put there in the same way for each
//! repository.

use std::path::Path;

use plimsoll_testkit::repo::Repo;
use serde_json::Value;
use toml_edit::{DocumentMut, Item, Table, Value as Toml};

/// The file that every image is put together from.
const FILE: &str = "stand-in-of-the-test";
/// Keys of an image that say how a Dockerfile is built.
const OF_DOCKERFILES: [&str; 6] = ["dockerfile", "context", "target", "build-args", "cache-from", "cache-to"];

/// Each image that is built from a Dockerfile, or from programs that are made before, is put together from one file; each
/// chart that is fetched is an empty one of the name and version that is asked for. Nothing else is changed.
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
    let paths: Vec<String> =
        tables(config, "chart").filter_map(|chart| Some(chart.get("path")?.as_str()?.to_owned())).collect();
    for path in paths {
        put_dependencies(repo, &path);
    }
    repo.write("plimsoll.toml", config.to_string());
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
