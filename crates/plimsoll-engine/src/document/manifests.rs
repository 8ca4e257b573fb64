//! Kubernetes manifests as Helm prints them: which images they run.

use std::collections::BTreeSet;

use plimsoll_helm::yaml::{self, YamlError};
use serde_json::Value;

/// What stands between two manifests.
const SEPARATOR: &str = "---";

/// The images that manifests name, each once and in their own order: every text under a key `image`, however deep.
///
/// # Errors
/// A manifest is no YAML.
pub fn find_images(text: &str) -> Result<BTreeSet<String>, YamlError> {
    let mut images = BTreeSet::new();
    for manifest in split(text) {
        collect(&yaml::read(&manifest)?, &mut images);
    }
    Ok(images)
}

/// The manifests of a text. A line of three dashes in a block of text is indented.
fn split(text: &str) -> Vec<String> {
    let mut manifests = vec![String::new()];
    for line in text.split_inclusive('\n') {
        let is_separator = line.strip_prefix(SEPARATOR).is_some_and(|rest| {
            rest.trim().is_empty() || rest.starts_with(' ') && rest.trim_start().starts_with('#')
        });
        match (is_separator, manifests.last_mut()) {
            (false, Some(last)) => last.push_str(line),
            _ => manifests.push(String::new()),
        }
    }
    let says_something = |manifest: &String| {
        manifest.lines().any(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
    };
    manifests.into_iter().filter(says_something).collect()
}

fn collect(value: &Value, images: &mut BTreeSet<String>) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                match value {
                    Value::String(image) if key == "image" => {
                        if !image.is_empty() {
                            images.insert(image.clone());
                        }
                    }
                    other => collect(other, images),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, images)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_found_wherever_they_stand() {
        let text = "\
---
# Source: app/templates/a.yaml
kind: Pod
spec:
  initContainers: [{ image: busybox:1 }]
  containers:
  - image: \"ghcr.io/acme/app@sha256:ab\"
  - { name: again, image: busybox:1 }
--- # second
kind: ConfigMap
data:
  text: |
    ---
    image: not-one
---

# only a comment
---
kind: Own
spec: { image: { repository: x }, deep: [ { image: quay.io/acme/side:v1 } ] }
";
        let found: Vec<String> = find_images(text).unwrap().into_iter().collect();
        assert_eq!(found, ["busybox:1", "ghcr.io/acme/app@sha256:ab", "quay.io/acme/side:v1"]);
        assert!(find_images("").unwrap().is_empty());
        assert!(find_images("a: [\n").is_err());
    }
}
