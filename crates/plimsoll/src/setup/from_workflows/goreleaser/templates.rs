//! Templates of GoReleaser's file: `{{ .Tag }}`, `{{ .Version }}` and the like.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::conditions::{Unfolded, unfold};
use super::texts;
use crate::setup::from_workflows::expression::Known;
use crate::setup::from_workflows::image::DraftImage;
use crate::setup::from_workflows::references::Sent;
use crate::setup::from_workflows::rules::{Rules, Source};
use crate::setup::from_workflows::workflow::Triggers;

/// What is known of templates.
pub(super) struct Words {
    /// The project's name, where that is known.
    pub(super) project: Option<String>,
    /// Variables that the file sets.
    env: BTreeMap<String, String>,
}

impl Words {
    pub(super) fn of(root: &Value, project: Option<String>) -> Words {
        let pairs = texts(root, "env");
        let env =
            pairs.iter().filter_map(|pair| pair.split_once('=')).filter(|(_, value)| !value.contains("{{"));
        Words { project, env: env.map(|(name, value)| (name.to_owned(), value.to_owned())).collect() }
    }

    /// Puts in what is known, in the notation of rules; the first action that is not known otherwise.
    pub(super) fn unfold(&self, template: &str) -> Result<Unfolded, String> {
        unfold(template, |action| self.find(action))
    }

    /// What a template is for releases, as far as that is known.
    pub(super) fn fill(&self, template: &str) -> String {
        self.unfold(template).map_or_else(|_| template.to_owned(), |unfolded| unfolded.finals)
    }

    fn find(&self, action: &str) -> Option<String> {
        let text = match action {
            ".Tag" => "{tag}",
            ".Version" => "{version}",
            ".RawVersion" => "{major}.{minor}.{patch}",
            ".Major" => "{major}",
            ".Minor" => "{minor}",
            ".Patch" => "{patch}",
            ".ShortCommit" => "{sha}",
            ".Commit" | ".FullCommit" => "{commit}",
            ".ProjectName" => return self.project.clone(),
            // A tag is its version with or without that letter before it.
            "trimprefix .Tag \"v\"" => "{version}",
            _ => return self.env.get(action.strip_prefix(".Env.")?).cloned(),
        };
        Some(text.to_owned())
    }

    /// Gives an image its repositories and tags: `acme/app:{{ .Tag }}`.
    pub(super) fn name(&self, templates: &[String], image: &mut DraftImage) {
        let mut tags: Vec<String> = Vec::new();
        let mut by_place: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut known = BTreeSet::new();
        for template in templates {
            let filled = match self.unfold(template) {
                Ok(Unfolded { finals, prereleases }) => {
                    if is_nothing(&finals) {
                        let who =
                            if is_nothing(&prereleases) { "no release" } else { "none but a prerelease" };
                        image.left.push(format!("tag: {template} ({who} has it)"));
                        continue;
                    }
                    // What moves is left alone by prereleases anyway.
                    if finals != prereleases && !is_nothing(&prereleases) {
                        image.left.push(format!(
                            "tag: {template} (of a prerelease it is {prereleases}, and here it is {finals})"
                        ));
                    }
                    finals
                }
                Err(action) => {
                    image.left.push(format!("tag: {template} (`{action}` is known to GoReleaser alone)"));
                    continue;
                }
            };
            let (repository, tag) = match filled.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')) {
                Some((repository, tag)) => (repository.to_lowercase(), tag.to_owned()),
                None => (filled.to_lowercase(), "latest".to_owned()),
            };
            if !image.repositories.contains(&repository) {
                image.repositories.push(repository.clone());
            }
            by_place.entry(repository).or_default().push(tag.clone());
            if known.insert(tag.clone()) {
                tags.push(tag);
            }
        }
        let triggers = Triggers { tags: Some(Vec::new()), ..Triggers::default() };
        let values = BTreeMap::new();
        let known = Known { values: &values, repository: None };
        if !tags.is_empty() {
            let source = Source { triggers: &triggers, known: &known };
            image.rules = Rules::read(&tags, &[], source, &mut image.left);
        }
        for (place, tags) in by_place {
            let source = Source { triggers: &triggers, known: &known };
            // What can't be carried over of them is told of all.
            let rules = Rules::read(&tags, &[], source, &mut Vec::new());
            image.sent.push(Sent::to(&place, &triggers, rules, &[]));
        }
    }
}

/// Whether a name with its tag is nothing: GoReleaser passes over empty ones.
fn is_nothing(filled: &str) -> bool {
    filled.is_empty() || filled.ends_with(':')
}
