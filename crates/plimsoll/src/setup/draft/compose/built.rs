//! Which released image a service builds: the one of the same Dockerfile and stage.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::setup::dockerfile::{has_stages, last_stage};
use crate::setup::from_workflows::DraftImage;
use crate::setup::from_workflows::called_files::joined;

/// What a service builds.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Build {
    /// The Dockerfile, from the repository's root.
    pub(super) dockerfile: String,
    /// The context, from the repository's root.
    pub(super) context: String,
    /// The stage; none: the last one.
    target: Option<String>,
}

/// What the services of a compose file build.
pub(in crate::setup::draft) struct Builds<'a> {
    by_service: Vec<(String, Build)>,
    /// The texts of Dockerfiles, by their paths.
    dockerfiles: &'a BTreeMap<String, String>,
}

/// What is known of the image that a service builds.
pub(super) enum Built<'a> {
    /// It is this one.
    Image(&'a DraftImage),
    /// An image is built from the same Dockerfile, and may be of another stage, as is said here.
    OtherStage(String),
    /// No image is built from its Dockerfile.
    Nothing,
}

impl Build {
    /// Reads `build` of a service; none where it leads out of the repository.
    fn of(file: &str, build: &Value) -> Option<Build> {
        let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
        let text = |key: &str| build.get(key).and_then(Value::as_str);
        let context = build.as_str().or_else(|| text("context")).unwrap_or(".");
        Some(Build {
            dockerfile: joined(&[folder, context, text("dockerfile").unwrap_or("Dockerfile")])?,
            context: joined(&[folder, context])?,
            target: text("target").map(str::to_owned),
        })
    }
}

impl<'b> Builds<'b> {
    /// Reads them in the text of a compose file of this path.
    pub(in crate::setup::draft) fn of(
        path: &str,
        text: &str,
        dockerfiles: &'b BTreeMap<String, String>,
    ) -> Builds<'b> {
        let raw: Value = yaml_serde::from_str(text).unwrap_or(Value::Null);
        let services = raw.get("services").and_then(Value::as_object);
        let builds = services
            .into_iter()
            .flatten()
            .filter_map(|(name, service)| Some((name.clone(), Build::of(path, service.get("build")?)?)));
        Builds { by_service: builds.collect(), dockerfiles }
    }

    /// The folder that is sent along where a service builds a Dockerfile; the root is empty.
    pub(in crate::setup::draft) fn context_of(&self, dockerfile: &str) -> Option<&str> {
        let found = self.by_service.iter().find(|(_, build)| build.dockerfile == dockerfile);
        found.map(|(_, build)| build.context.as_str())
    }

    /// The image that a service builds: the one of the same stage. Where nobody knows the last stage, as the Dockerfile can't be
    /// read, one that is the only one to be named is taken for it.
    pub(super) fn find<'a>(&self, service: &str, images: &'a [DraftImage]) -> Built<'a> {
        let found = self.by_service.iter().find(|(name, _)| name == service);
        let Some((_, build)) = found else { return Built::Nothing };
        let is_made_of = |image: &&DraftImage| image.dockerfile.as_ref() == Some(&build.dockerfile);
        let made: Vec<&DraftImage> = images.iter().filter(is_made_of).collect();
        let Some(&first) = made.first() else { return Built::Nothing };
        let wanted = self.stage(&build.target, build);
        if let Some(same) = made.iter().find(|image| self.stage(&image.target, build) == wanted) {
            return Built::Image(same);
        }
        let mut others = self.by_service.iter().filter(|(_, other)| other.dockerfile == build.dockerfile);
        let is_alone = others.all(|(_, other)| other.target == build.target);
        let is_read = self.dockerfiles.get(&build.dockerfile).is_some_and(|text| has_stages(text));
        if is_alone && !is_read && made.len() == 1 && first.target.is_none() {
            return Built::Image(first);
        }
        let shown = |target: &Option<String>| match target {
            Some(target) => format!("the stage `{target}`"),
            None => "the last stage".to_owned(),
        };
        Built::OtherStage(format!(
            "it builds {} of {}, and image {} is {}",
            shown(&build.target),
            build.dockerfile,
            first.name,
            shown(&first.target)
        ))
    }

    /// The stage that is meant, as far as it has a name.
    fn stage(&self, target: &Option<String>, build: &Build) -> Option<String> {
        let last = || self.dockerfiles.get(&build.dockerfile).and_then(|text| last_stage(text));
        target.as_deref().or_else(last).map(str::to_lowercase)
    }
}
