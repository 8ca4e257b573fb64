//! Values for a chart that name other places for its images.

use std::collections::BTreeMap;

use plimsoll_helm::chart::{Chart, VALUES_YAML};
use plimsoll_helm::yaml::{self, YamlError};
use plimsoll_oci::name::{ImageRepository, Reference};
use serde_json::{Map, Value};

use crate::domain::canonical::sorted;

/// The key that stands beside the path of an image where its registry is a value of its own.
const REGISTRY: &str = "registry";
/// What the path beside it is called.
const PATHS: [&str; 4] = ["repository", "image", "path", "name"];

/// Values to give to Helm beside a chart's own, as YAML: `helm install -f`. `None` if the chart's values, and those of the
/// charts in it, name nothing that was moved. `title` is a comment.
///
/// # Errors
/// A `values.yaml` can't be read.
pub fn overlay(
    chart: &Chart,
    moved: &BTreeMap<ImageRepository, ImageRepository>,
    title: &str,
) -> Result<Option<String>, YamlError> {
    let changed = change(&values_of(chart)?, moved);
    Ok(changed.map(|changed| format!("# {}\n{}", title.replace('\n', " "), render(&changed, 0))))
}

/// The values of a chart with those of the charts in it, as Helm puts them together: what the outer one says counts.
fn values_of(chart: &Chart) -> Result<Value, YamlError> {
    let mut all = Map::new();
    for inner in &chart.subcharts {
        let name = &inner.metadata.name;
        let values = values_of(inner)?;
        let uses = chart.metadata.dependencies.iter().filter(|one| one.name == *name);
        let mut keys: Vec<&String> =
            uses.map(|one| if one.alias.is_empty() { name } else { &one.alias }).collect();
        if keys.is_empty() {
            keys.push(name);
        }
        all.extend(keys.into_iter().map(|key| (key.clone(), values.clone())));
    }
    let mut all = Value::Object(all);
    if let Some(text) = chart.find_text(VALUES_YAML) {
        lay_over(&mut all, yaml::read(text)?);
    }
    Ok(all)
}

fn lay_over(below: &mut Value, above: Value) {
    match (below, above) {
        (Value::Object(below), Value::Object(above)) => {
            for (key, value) in above {
                match below.get_mut(&key) {
                    Some(there) => lay_over(there, value),
                    None => {
                        below.insert(key, value);
                    }
                }
            }
        }
        // A file without values is no reason to forget those of the charts inside.
        (Value::Object(_), Value::Null) => {}
        (below, above) => *below = above,
    }
}

/// The part of some values that must be said anew; `None` if that is nothing. A list is said whole, since Helm puts lists
/// in each other's place.
fn change(value: &Value, moved: &BTreeMap<ImageRepository, ImageRepository>) -> Option<Value> {
    match value {
        Value::String(text) => Some(Value::String(find_new(text, moved)?.to_string())),
        Value::Array(items) => {
            let changed: Vec<Option<Value>> = items.iter().map(|item| change(item, moved)).collect();
            changed.iter().any(Option::is_some).then(|| {
                let whole = items.iter().zip(changed).map(|(item, changed)| {
                    let mut item = item.clone();
                    if let Some(changed) = changed {
                        lay_over(&mut item, changed);
                    }
                    item
                });
                Value::Array(whole.collect())
            })
        }
        Value::Object(map) => {
            let mut changed = apart(map, moved);
            for (key, value) in map {
                if !changed.contains_key(key)
                    && let Some(value) = change(value, moved)
                {
                    changed.insert(key.clone(), value);
                }
            }
            (!changed.is_empty()).then_some(Value::Object(changed))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// The new name of an image that a text names.
fn find_new(text: &str, moved: &BTreeMap<ImageRepository, ImageRepository>) -> Option<Reference> {
    // A word alone is more likely a word than an image of Docker Hub's library.
    let named: Reference = text.parse().ok().filter(|_| text.contains('/'))?;
    let repository = moved.get(&named.repository)?.clone();
    Some(Reference { repository, ..named })
}

/// Registry and path of an image whose registry stands beside its path.
fn apart(map: &Map<String, Value>, moved: &BTreeMap<ImageRepository, ImageRepository>) -> Map<String, Value> {
    let mut changed = Map::new();
    let Some(registry) = map.get(REGISTRY).and_then(Value::as_str).filter(|host| !host.is_empty()) else {
        return changed;
    };
    for key in PATHS {
        let Some(path) = map.get(key).and_then(Value::as_str) else { continue };
        let Some(new) = find_new(&format!("{registry}/{path}"), moved) else { continue };
        let host = new.repository.registry().to_string();
        let path = new.to_string().strip_prefix(&format!("{host}/")).map(str::to_owned).unwrap_or_default();
        changed.insert(REGISTRY.to_owned(), Value::String(host));
        changed.insert(key.to_owned(), Value::String(path));
    }
    changed
}

/// YAML in blocks, with every text in JSON's quotes: they are YAML's whatever is in them.
fn render(value: &Value, indent: usize) -> String {
    let Value::Object(map) = value else { return format!("{}{value}\n", " ".repeat(indent)) };
    let mut text = String::new();
    for (key, value) in map.iter().collect::<BTreeMap<_, _>>() {
        text.push_str(&format!("{}{}:", " ".repeat(indent), Value::from(key.as_str())));
        match value {
            Value::Object(inner) if !inner.is_empty() => {
                text.push_str(&format!("\n{}", render(value, indent + 2)));
            }
            flat => text.push_str(&format!(" {}\n", sorted(flat))),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use plimsoll_helm::chart::ChartFile;

    use super::*;

    fn chart(files: &[(&str, &str)]) -> Chart {
        let file = |(path, text): &(&str, &str)| ChartFile { path: (*path).into(), bytes: (*text).into() };
        Chart::from_files(files.iter().map(file).collect()).unwrap()
    }

    fn made(files: &[(&str, &str)]) -> Option<String> {
        let moved = [
            ("ghcr.io/acme/app", "registry.internal:5000/m/acme/app"),
            ("ghcr.io/acme/worker", "registry.internal:5000/m/acme/worker"),
        ];
        let moved = moved.map(|(from, to)| (from.parse().unwrap(), to.parse().unwrap()));
        overlay(&chart(files), &BTreeMap::from(moved), "moved").unwrap()
    }

    const CHART: (&str, &str) = ("Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.0.0\n");

    #[test]
    fn every_way_of_naming_an_image_is_found_and_nothing_else_is_said() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let values = format!(
            "replicas: 2\n\
             image:\n  repository: ghcr.io/acme/app\n  tag: v1.0.0\n  pullPolicy: Always\n\
             apart: {{ registry: ghcr.io, repository: acme/app, tag: v1.0.0 }}\n\
             whole: ghcr.io/acme/worker:v1.0.0@{digest}\n\
             other: postgres:16\n\
             link: https://ghcr.io/acme/app\n\
             sidecars:\n- name: w\n  image: ghcr.io/acme/worker:v1.0.0\n- name: x\n  image: busybox\n"
        );
        let found = made(&[CHART, ("values.yaml", &values)]).unwrap();
        assert_eq!(
            found,
            format!(
                "# moved\n\
                 \"apart\":\n  \"registry\": \"registry.internal:5000\"\n  \"repository\": \"m/acme/app\"\n\
                 \"image\":\n  \"repository\": \"registry.internal:5000/m/acme/app\"\n\
                 \"sidecars\": [{{\"image\":\"registry.internal:5000/m/acme/worker:v1.0.0\",\"name\":\"w\"}},\
                 {{\"image\":\"busybox\",\"name\":\"x\"}}]\n\
                 \"whole\": \"registry.internal:5000/m/acme/worker:v1.0.0@{digest}\"\n"
            )
        );
        assert!(yaml::read(&found).is_ok());
    }

    #[test]
    fn charts_inside_are_told_under_the_names_that_they_have_there() {
        let outer = "apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies:\n\
                     - { name: worker, version: 1.0.0, alias: first, repository: '' }\n";
        let inner = "apiVersion: v2\nname: worker\nversion: 1.0.0\n";
        let found = made(&[
            ("Chart.yaml", outer),
            ("values.yaml", ""),
            ("charts/worker/Chart.yaml", inner),
            ("charts/worker/values.yaml", "image: ghcr.io/acme/worker:1\n"),
        ]);
        let want = "# moved\n\"first\":\n  \"image\": \"registry.internal:5000/m/acme/worker:1\"\n";
        assert_eq!(found.as_deref(), Some(want));
    }

    #[test]
    fn where_nothing_is_named_nothing_is_written() {
        assert_eq!(made(&[CHART]), None);
        assert_eq!(made(&[CHART, ("values.yaml", "image: postgres:16\napp: app\n")]), None);
    }
}
