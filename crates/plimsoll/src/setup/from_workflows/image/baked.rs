//! The images that docker/bake-action pushes.

use std::collections::BTreeMap;

use plimsoll_tags::notation::action::record::parse_lines;

use super::super::bake::{Bake, METADATA, Written};
use super::super::expression::{Filled, Known, Variable};
use super::super::places::short_name;
use super::super::spelled::{Spelled, in_expressions, read_tags};
use super::super::workflow::Step;
use super::super::{builder_inputs, pairs, runner};
use super::{DraftImage, Found, Place, apart, build_push, label};

/// What of a target is no matter of the image.
const NEEDLESS: [&str; 8] =
    ["description", "inherits", "load", "name", "no-cache", "no-cache-filter", "output", "pull"];
/// What of it is read.
const READ: [&str; 14] = [
    "annotations",
    "args",
    "cache-from",
    "cache-to",
    "context",
    "contexts",
    "dockerfile",
    "labels",
    "network",
    "platforms",
    "secret",
    "ssh",
    "tags",
    "target",
];
/// Inputs of the action that are read, or that Plimsoll has no use for.
const INPUTS: [&str; 11] = [
    "builder",
    "files",
    "github-token",
    "load",
    "no-cache",
    "provenance",
    "pull",
    "push",
    "set",
    "source",
    "targets",
];

/// What docker/bake-action pushes in a step. What is not read of it is told, with the names of its targets.
pub(super) fn find(place: Place<'_>, found: &mut Found) -> Vec<DraftImage> {
    let Place { step, known, .. } = place;
    let lines = |input: &str| parse_lines(&step.input(input).unwrap_or_default().replace(',', "\n"));
    let named = lines("targets").into_iter().map(|name| known.fill(&name).into_text()).collect::<Vec<_>>();
    let named = if named.is_empty() { vec!["default".to_owned()] } else { named };
    let paths = lines("files").into_iter().filter(|line| !line.contains(".outputs.bake-file"));
    let paths: Vec<String> = paths
        .map(|path| {
            known.fill(&path).into_text().trim_start_matches("cwd://").trim_start_matches("./").to_owned()
        })
        .collect();
    let unread = |what: &str| {
        let targets = named.join(", ");
        format!("step `{}`: {what}: targets {targets} of `docker buildx bake` are not read", label(step))
    };
    let Some(bake) = Bake::read(&paths, &place.workflow.bakes) else {
        found.unread = true;
        found.left.push(unread("its files are not understood"));
        return Vec::new();
    };
    let mut images = Vec::new();
    for name in bake.expand(&named) {
        let Some((target, from)) = bake.target(&name) else {
            found.unread = true;
            found.left.push(unread(&format!("there is no target {name} in its files")));
            continue;
        };
        let reader = Target { place, bake: &bake, name: &name, body: target };
        match reader.read(&from) {
            Some(image) => images.push(image),
            None => found.left.push(format!("step `{}`: where target {name} goes", label(step))),
        }
    }
    images
}

struct Target<'a> {
    place: Place<'a>,
    bake: &'a Bake,
    name: &'a str,
    body: BTreeMap<String, Written>,
}

impl Target<'_> {
    fn read(&self, from: &[String]) -> Option<DraftImage> {
        let Place { step, known, triggers, .. } = self.place;
        let mut image = DraftImage { apart: apart(self.place.job), ..DraftImage::default() };
        let files = step.input("files").unwrap_or_default();
        let metadata =
            build_push::find_metadata(self.place, files).filter(|_| from.iter().any(|name| name == METADATA));
        match metadata {
            Some((job, metadata)) => {
                let known = Known { values: &job.values, repository: known.repository };
                build_push::read_metadata(triggers, metadata, &known, &mut image);
            }
            None => {
                let lines = self.set_tags().unwrap_or_else(|| self.lines("tags", &mut image));
                read_tags(Spelled { triggers, lines: &lines }, known, &mut image);
            }
        }
        if image.repositories.is_empty() {
            return None;
        }
        if image.name.is_empty() {
            image.name = short_name(&image.repositories);
        }
        image.apart = Some(self.name.to_owned());
        let context = self.one("context", &mut image).map(|path| path.trim_start_matches("./").to_owned());
        let context = context.filter(|path| !path.is_empty() && path != ".");
        // It is looked for in the folder that it is built in.
        let file = self.one("dockerfile", &mut image).unwrap_or_else(|| "Dockerfile".to_owned());
        let file = file.trim_start_matches("./");
        image.dockerfile = Some(match &context {
            Some(folder) => format!("{}/{file}", folder.trim_end_matches('/')),
            None => file.to_owned(),
        });
        image.context = context;
        image.target = self.one("target", &mut image);
        image.platforms = self.lines("platforms", &mut image);
        for line in parse_lines(step.input("set").unwrap_or_default()) {
            let line = known.fill(&line).into_text();
            let platform =
                line.split_once(".platform=").filter(|(name, _)| *name == "*" || *name == self.name);
            match platform {
                Some((_, platforms)) if !platforms.contains("${{") => {
                    image.platforms = platforms.split(',').map(str::to_owned).collect();
                }
                _ if line.contains(".output=") || self.tags_of(&line).is_some() => {}
                _ => image.left.push(format!("set: {line}")),
            }
        }
        if image.platforms.is_empty() {
            runner::add_platform(known, &mut image);
        }
        let arguments = self.lines("args", &mut image).join("\n");
        pairs::read_build_args(&arguments, known, &mut image);
        let labels = self.lines("labels", &mut image).join("\n");
        pairs::read_labels(&labels, known, &mut image);
        let annotations = self.lines("annotations", &mut image).join("\n");
        pairs::read_annotations(&annotations, known, &mut image);
        let mut given = Step { env: step.env.clone(), ..Step::default() };
        for (input, key) in [
            ("build-contexts", "contexts"),
            ("cache-from", "cache-from"),
            ("cache-to", "cache-to"),
            ("network", "network"),
            ("ssh", "ssh"),
        ] {
            given.with.insert(input.to_owned(), self.lines(key, &mut image).join("\n"));
        }
        builder_inputs::read(&given, known, &mut image);
        for line in self.lines("secret", &mut image) {
            builder_inputs::add_secret_flag(&line, &mut image);
        }
        let others =
            self.body.keys().filter(|key| !READ.contains(&key.as_str()) && !NEEDLESS.contains(&key.as_str()));
        image.left.extend(others.map(|key| format!("target {}: {key}", self.name)));
        let inputs = step.with.iter().filter(|(input, _)| !INPUTS.contains(&input.as_str()));
        image.left.extend(inputs.map(|(input, value)| format!("{input}: {}", value.trim())));
        Some(image)
    }

    /// The tags that the step sets in the place of those of the file; none where it sets none.
    fn set_tags(&self) -> Option<Vec<String>> {
        let lines = parse_lines(self.place.step.input("set").unwrap_or_default());
        let tags: Vec<String> = lines.iter().filter_map(|line| self.tags_of(line)).collect();
        (!tags.is_empty()).then_some(tags)
    }

    fn tags_of(&self, line: &str) -> Option<String> {
        let (name, tag) = line.split_once(".tags=")?;
        (name == "*" || name == self.name).then(|| tag.to_owned())
    }

    fn one(&self, key: &str, image: &mut DraftImage) -> Option<String> {
        let line = self.lines(key, image).pop()?;
        match self.place.known.fill(&line) {
            Filled::Known(text) if !text.contains("://") => Some(text),
            Filled::Known(text) | Filled::Unknown { text, .. } => {
                image.left.push(format!("target {}: {key}: {text}", self.name));
                None
            }
        }
    }

    /// The texts that stand under a key, or its pairs as `NAME=VALUE`. What is not read is told.
    fn lines(&self, key: &str, image: &mut DraftImage) -> Vec<String> {
        let Some(value) = self.body.get(key) else { return Vec::new() };
        let mut lines = Vec::new();
        let mut tell = |what: &str| image.left.push(format!("target {}: {key}: {what}", self.name));
        match value {
            Written::Table(table) => {
                for (name, value) in table {
                    match self.text(value) {
                        Ok(Some(text)) => lines.push(format!("{name}={text}")),
                        Ok(None) => {}
                        Err(text) => tell(&format!("{name} = {text}")),
                    }
                }
            }
            Written::List(list) => {
                for value in list {
                    match self.text(value) {
                        Ok(text) => lines.extend(text.filter(|text| !text.is_empty())),
                        Err(text) => tell(&text),
                    }
                }
            }
            one => match self.text(one) {
                Ok(text) => lines.extend(text.filter(|text| !text.is_empty())),
                Err(text) => tell(&text),
            },
        }
        lines
    }

    /// A text with what variables are; none where it is nothing. An error is what can't be read.
    fn text(&self, value: &Written) -> Result<Option<String>, String> {
        let text = match value {
            Written::Text(text) => text.clone(),
            Written::Variable(name) => format!("${{{name}}}"),
            Written::Nothing => return Ok(None),
            Written::Unread(text) => return Err(text.clone()),
            Written::List(_) | Written::Table(_) => return Err("a list in a list".to_owned()),
        };
        // A variable alone that is nothing is nothing.
        if let Some(name) = text.strip_prefix("${").and_then(|text| text.strip_suffix('}'))
            && self.variable(name).is_some_and(|value| value.is_none())
        {
            return Ok(None);
        }
        let mut filled = String::new();
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once("${") {
            let (name, behind) = after.split_once('}').ok_or_else(|| text.clone())?;
            let is_name = |sign: char| sign.is_ascii_alphanumeric() || sign == '_';
            if !name.chars().all(is_name) {
                return Err(text.clone());
            }
            filled.push_str(before);
            match self.variable(name) {
                Some(value) => filled.push_str(&value.unwrap_or_default()),
                None => filled.push_str(&in_expressions(&format!("${{{name}}}"))),
            }
            rest = behind;
        }
        filled.push_str(rest);
        Ok(Some(filled))
    }

    /// What a variable is: what the job says, or the file where nothing sets it. None where only a run knows; nothing where it is
    /// none.
    fn variable(&self, name: &str) -> Option<Option<String>> {
        match self.place.known.variable(name) {
            Variable::Is(value) => return Some(Some(value)),
            Variable::Open => return None,
            Variable::Unset => {}
        }
        match self.bake.variables.get(name)? {
            Written::Nothing => Some(None),
            Written::Text(text) if !text.contains("${") => Some(Some(text.clone())),
            _ => None,
        }
    }
}
