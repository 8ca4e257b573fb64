//! What a release has in image repositories, and where: for whoever takes it elsewhere.

use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};

use crate::domain::artifact::ArtifactName;
use crate::domain::claim::Seal;
use crate::statement::record::Record;

/// What something of a release is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ContentKind {
    /// An image with all its platforms.
    Image,
    /// A chart.
    Chart,
}

/// One thing that a release has in repositories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// What it is.
    pub kind: ContentKind,
    /// What it is called in the project.
    pub name: ArtifactName,
    /// Its digest.
    pub digest: Digest,
    /// Its first repository.
    pub repository: ImageRepository,
    /// Further repositories with the same bytes.
    pub mirrors: Vec<ImageRepository>,
    /// The tags that it has for good.
    pub tags: Vec<ImageTag>,
}

/// Everything that a release has in repositories, its record aside: images first, each kind by name.
pub fn contents(record: &Record, seal: &Seal) -> Vec<Content> {
    let mut found: Vec<Content> = Vec::new();
    for target in &seal.targets {
        let Some(digest) = seal.artifacts.get(&target.artifact) else { continue };
        match found.iter_mut().find(|content| content.name == target.artifact) {
            Some(content) => content.mirrors.push(target.repository.clone()),
            None => found.push(Content {
                kind: match record.docker_images.contains_key(&target.artifact) {
                    true => ContentKind::Image,
                    false => ContentKind::Chart,
                },
                name: target.artifact.clone(),
                digest: digest.clone(),
                repository: target.repository.clone(),
                mirrors: Vec::new(),
                tags: target.version_tags.clone(),
            }),
        }
    }
    found.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::statement::release::name_record;

    fn record(charts: serde_json::Value) -> Record {
        let digest = |text: &str| Digest::of(text.as_bytes()).to_string();
        let image = |name: &str, mirrors: serde_json::Value| {
            json!({
                "name": name, "primary_tag": "1.0.0", "all_tags": ["1.0.0", "latest"], "moving_tags": ["latest"],
                "digest": digest(name), "media_type": "application/vnd.oci.image.index.v1+json", "size": 7,
                "labels": {}, "platforms": {}, "mirrors": mirrors,
            })
        };
        let value = json!({
            "format": 2, "needs": "0.1.0", "component": "app", "version": "1.0.0",
            "release_date": "2026-01-01T00:00:00Z", "git_commit": "1".repeat(40), "git_ref": "refs/tags/v1.0.0",
            "git_tag_object": "2".repeat(40), "files": {}, "charts": charts, "attestations": [],
            "docker_images": {
                "web": image("ghcr.io/a/web", json!([{ "repository": "quay.io/a/web", "necessity": "optional" }])),
                "api": image("ghcr.io/a/api", json!([])),
            },
        });
        serde_json::from_value(value).unwrap()
    }

    fn of(record: &Record) -> Vec<Content> {
        contents(record, &record.seal(name_record(record)).unwrap())
    }

    #[test]
    fn images_have_their_mirrors_and_no_moving_tag() {
        let found = of(&record(json!({})));
        let names: Vec<&str> = found.iter().map(|content| content.name.as_str()).collect();
        assert_eq!(names, ["api", "web"]);
        assert_eq!(found[1].mirrors, ["quay.io/a/web".parse().unwrap()]);
        assert_eq!(found[1].tags, ["1.0.0".parse().unwrap()]);
    }

    #[test]
    fn charts_come_last() {
        let digest = Digest::of(b"chart");
        let charts = json!({ "chart": {
            "repository": "ghcr.io/a/charts/app", "version": "0.3.0+1", "digest": digest.to_string(), "name": "app",
            "app_version": "1.0.0", "tag": "0.3.0_1", "size": 7,
            "package": { "file": "app-0.3.0+1.tgz", "hash": digest.hex(), "size": 9 },
        }});
        let found = of(&record(charts));
        let chart = found.last().unwrap();
        assert_eq!((chart.kind, &chart.tags), (ContentKind::Chart, &vec!["0.3.0_1".parse().unwrap()]));
        assert_eq!(chart.repository.to_string(), "ghcr.io/a/charts/app");
    }
}
