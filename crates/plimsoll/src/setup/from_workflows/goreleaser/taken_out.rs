//! What GoReleaser's file publishes beside images, and how those are taken out of it.

use serde_json::Value;

use super::{Environment, GoreleaserFile, OTHERS, find, has, page_of};

/// Keys that make images.
const IMAGES: [&str; 4] = ["dockers", "docker_manifests", "dockers_v2", "kos"];

impl GoreleaserFile {
    /// Whether images are pushed by it, as far as it says.
    pub(in crate::setup) fn pushes_images(&self, repository: Option<&str>) -> bool {
        let found = find(self, repository, &Environment::default());
        found.unread || !found.images.is_empty() || !found.undecided.is_empty()
    }

    /// Whether something is published by it beside images.
    pub(in crate::setup) fn publishes_more(&self) -> bool {
        let root = self.root();
        page_of(&root).is_some() || OTHERS.iter().any(|key| has(&root, key))
    }

    /// What helps where it pushes what is released here.
    pub(in crate::setup) fn how_to_take_images_out(&self) -> String {
        let root = self.root();
        let keys: Vec<String> =
            IMAGES.iter().filter(|key| has(&root, key)).map(|key| format!("`{key}`")).collect();
        match keys.is_empty() {
            true => format!("take its images out of {}", self.file.path),
            false => format!("take {} out of {}", keys.join(", "), self.file.path),
        }
    }

    fn root(&self) -> Value {
        yaml_serde::from_str(&self.file.text).unwrap_or(Value::Null)
    }
}
