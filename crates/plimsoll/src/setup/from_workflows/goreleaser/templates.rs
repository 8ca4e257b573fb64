//! Templates of GoReleaser's file: `{{ .Tag }}`, `{{ .Version }}` and the like.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{text, texts};
use crate::setup::from_workflows::expression::Known;
use crate::setup::from_workflows::image::DraftImage;
use crate::setup::from_workflows::references::Sent;
use crate::setup::from_workflows::rules::{Rules, Source};
use crate::setup::from_workflows::workflow::Triggers;

/// Conditions of templates that hold for all but prereleases.
const NOT_OF_PRERELEASES: [&str; 2] = ["{{ if not .Prerelease }}", "{{if not .Prerelease}}"];

/// What is known of templates.
pub(super) struct Words {
    pub(super) project: String,
    /// Variables that the file sets.
    env: BTreeMap<String, String>,
}

impl Words {
    pub(super) fn of(root: &Value) -> Words {
        let pairs = texts(root, "env");
        let env =
            pairs.iter().filter_map(|pair| pair.split_once('=')).filter(|(_, value)| !value.contains("{{"));
        Words {
            project: text(root, "project_name").unwrap_or("app").to_owned(),
            env: env.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        }
    }

    /// Puts in what is known, in the notation of rules; the first action that is not known otherwise.
    pub(super) fn fill(&self, template: &str) -> Result<String, String> {
        let mut filled = String::new();
        // What moves is left alone by prereleases anyway.
        let unconditional = NOT_OF_PRERELEASES.iter().find_map(|condition| {
            let (before, inside) = template.split_once(condition)?;
            let (inside, after) = inside.split_once("{{ end }}").or_else(|| inside.split_once("{{end}}"))?;
            Some(format!("{before}{inside}{after}"))
        });
        let mut rest = unconditional.as_deref().unwrap_or(template);
        while let Some((before, opened)) = rest.split_once("{{") {
            let (inside, closed) = opened.split_once("}}").ok_or_else(|| template.to_owned())?;
            filled.push_str(before);
            let inside = inside.trim_matches(|sign: char| sign == '-' || sign.is_whitespace());
            filled.push_str(&self.find(inside).ok_or_else(|| inside.to_owned())?);
            rest = closed;
        }
        Ok(filled + rest)
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
            ".ProjectName" => &self.project,
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
            let filled = match self.fill(template) {
                Ok(filled) => filled,
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
