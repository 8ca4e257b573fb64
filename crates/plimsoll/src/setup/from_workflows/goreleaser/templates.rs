//! Templates of GoReleaser's file: `{{ .Tag }}`, `{{ .Version }}` and the like.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::conditions::{Unfolded, unfold};
use super::environment::{Environment, Variable};
use super::texts;
use crate::setup::from_workflows::expression::Known;
use crate::setup::from_workflows::image::DraftImage;
use crate::setup::from_workflows::places::{is_open, parse_place, split_tag};
use crate::setup::from_workflows::references::Sent;
use crate::setup::from_workflows::rules::{Rules, Source};
use crate::setup::from_workflows::workflow::Triggers;

/// What is known of templates.
pub(super) struct Words {
    /// The project's name, where that is known.
    pub(super) project: Option<String>,
    /// Variables that the file sets; none: what to is a template.
    env: BTreeMap<String, Option<String>>,
    /// Those that it is given.
    given: Environment,
}

impl Words {
    pub(super) fn of(root: &Value, project: Option<String>, given: &Environment) -> Words {
        let pairs = texts(root, "env");
        let pairs = pairs.iter().filter_map(|pair| pair.split_once('='));
        let plain = |value: &str| (!value.contains("{{")).then(|| value.to_owned());
        let env = pairs.map(|(name, value)| (name.to_owned(), plain(value))).collect();
        Words { project, env, given: given.clone() }
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
            _ => return self.find_variable(action),
        };
        Some(text.to_owned())
    }

    /// What a variable is: `.Env.NAME`, `index .Env "NAME"`, `envOrDefault "NAME" "VALUE"`. The first is an error where it is not set.
    fn find_variable(&self, action: &str) -> Option<String> {
        let quoted = |text: &str| Some(text.trim().strip_prefix('"')?.strip_suffix('"')?.to_owned());
        let (name, instead) = if let Some(name) = action.strip_prefix(".Env.") {
            (name.to_owned(), None)
        } else if let Some(name) = action.strip_prefix("index .Env ") {
            (quoted(name)?, Some(String::new()))
        } else {
            let (name, instead) = action.strip_prefix("envOrDefault ")?.trim().split_once(' ')?;
            (quoted(name)?, Some(quoted(instead)?))
        };
        match (self.env.get(&name), self.given.get(&name)) {
            (Some(own), _) => own.clone(),
            (None, Variable::Is(value)) => Some(value.to_owned()),
            (None, Variable::Unset) => instead,
            (None, Variable::Unknown) => None,
        }
    }

    /// A name of which a part is not known, with its tag, which is.
    fn leave_open(&self, template: &str) -> Option<Open> {
        let (name, tag) = template.rsplit_once(':').filter(|(_, tag)| !tag.contains('/'))?;
        let tag = self.unfold(tag).ok().map(|tag| tag.finals).filter(|tag| !tag.is_empty())?;
        let open = |action: &str| self.find(action).or_else(|| Some(format!("${{{{ {action} }}}}")));
        let name = unfold(name, open).ok()?.finals;
        Some(Open { repository: parse_place(&name), tag })
    }

    /// Gives an image its repositories and tags: `acme/app:{{ .Tag }}`.
    pub(super) fn name(&self, templates: &[String], image: &mut DraftImage) {
        let mut tags: Vec<String> = Vec::new();
        let mut by_place: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut known = BTreeSet::new();
        let mut unplaced: Vec<String> = Vec::new();
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
                Err(action) => match self.leave_open(template) {
                    Some(Open { repository: Some(repository), tag }) => format!("{repository}:{tag}"),
                    Some(Open { repository: None, tag }) => {
                        image.left.push(tell_unknown(template, &action));
                        unplaced.push(tag);
                        continue;
                    }
                    None => {
                        image.left.push(tell_unknown(template, &action));
                        continue;
                    }
                },
            };
            let (repository, tag) = match split_tag(&filled) {
                Some((repository, tag)) => (in_small_letters(repository), tag.to_owned()),
                None => (in_small_letters(&filled), "latest".to_owned()),
            };
            if !image.repositories.contains(&repository) {
                image.repositories.push(repository.clone());
            }
            by_place.entry(repository).or_default().push(tag.clone());
            if known.insert(tag.clone()) {
                tags.push(tag);
            }
        }
        if image.repositories.is_empty() {
            tags.extend(unplaced.into_iter().filter(|tag| known.insert(tag.clone())));
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

/// A name that is not known whole.
struct Open {
    /// What is known of it; none: nothing that tells it from others.
    repository: Option<String>,
    tag: String,
}

fn tell_unknown(template: &str, action: &str) -> String {
    match action.strip_prefix(".Env.") {
        Some(name) => format!("tag: {template} (`.Env.{name}`: nothing that is read says what it is)"),
        None => format!("tag: {template} (`{action}` is known to GoReleaser alone)"),
    }
}

/// A name without capitals, but in what is not known of it.
fn in_small_letters(name: &str) -> String {
    if is_open(name) { name.to_owned() } else { name.to_lowercase() }
}

/// Whether a name with its tag is nothing: GoReleaser passes over empty ones.
fn is_nothing(filled: &str) -> bool {
    filled.is_empty() || filled.ends_with(':')
}
