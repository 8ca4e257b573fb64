//! Local actions that are made of steps (docs.github.com, "Metadata syntax for GitHub Actions", composite actions): their steps
//! stand in the place of the one that calls them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::WorkflowFile;
use super::super::called_files::{action_files, calls, normal};
use super::Step;
use super::calls::both;
use super::jobs::{read_step, scalar, texts};

/// How deep actions may call one another.
const DEPTH: usize = 10;
/// The most calls that are followed in a job.
const MOST: usize = 60;

/// The steps of a job without calls, and what its actions were given.
#[derive(Default)]
pub(super) struct Opened {
    pub(super) steps: Vec<Step>,
    /// What the actions' own names stand for.
    pub(super) values: BTreeMap<String, String>,
    /// What calls hand on: `steps.ID.outputs.NAME`, in the words of the job.
    outputs: BTreeMap<String, String>,
}

/// Puts the steps of local actions in the place of those that call them.
pub(super) fn open(steps: Vec<Step>, called: &[WorkflowFile]) -> Opened {
    let mut opener = Opener { called, calls: 0, opened: Opened::default() };
    let steps = opener.open_all(steps, DEPTH);
    Opened { steps, ..opener.opened }
}

impl Opened {
    /// A text of the job in which outputs of actions stand for what those are.
    pub(super) fn rename(&self, text: &str) -> String {
        in_expressions(text, |expression| self.say(expression))
    }

    fn say(&self, expression: &str) -> Said {
        if let Some(value) = self.outputs.get(expression) {
            return Said::Text(value.clone());
        }
        Said::Expression(in_names(expression, |name| {
            let value = self.outputs.get(name)?.trim();
            let inside = value.strip_prefix("${{")?.strip_suffix("}}")?;
            (!inside.contains("${{")).then(|| format!("({})", inside.trim()))
        }))
    }
}

struct Opener<'a> {
    called: &'a [WorkflowFile],
    calls: usize,
    opened: Opened,
}

/// What stands in the place of an expression.
pub(super) enum Said {
    /// Another one.
    Expression(String),
    /// A text, which may have some.
    Text(String),
}

/// Names of an action, in the job that calls it.
struct Names<'a> {
    /// What its inputs are called.
    begin: String,
    inputs: &'a BTreeMap<String, String>,
    folder: &'a str,
}

impl Opener<'_> {
    fn open_all(&mut self, steps: Vec<Step>, depth: usize) -> Vec<Step> {
        let mut all = Vec::new();
        for step in steps {
            let step = self.with_outputs(step);
            match self.open_one(&step, depth) {
                Some(inner) => all.extend(inner),
                None => all.push(step),
            }
        }
        all
    }

    fn with_outputs(&self, step: Step) -> Step {
        if self.opened.outputs.is_empty() {
            return step;
        }
        let rename = |text: &str| self.opened.rename(text);
        let condition = condition(&step.condition, |expression| self.opened.say(expression));
        Step { condition, ..each_text(step, rename) }
    }

    fn open_one(&mut self, step: &Step, depth: usize) -> Option<Vec<Step>> {
        let folder = normal("", step.uses.strip_prefix("./")?)?;
        let paths = action_files(&folder);
        let file = paths.iter().find_map(|path| self.called.iter().find(|file| file.path == *path))?;
        let root: Value = yaml_serde::from_str(&file.text).ok()?;
        let steps = root.pointer("/runs/steps")?.as_array()?;
        let depth = depth.checked_sub(1)?;
        if self.calls >= MOST {
            return None;
        }
        self.calls += 1;
        let number = self.calls;
        let inputs = inputs_of(&root, step);
        let names = Names { begin: format!("action.{number}"), inputs: &inputs, folder: &folder };
        for (name, value) in &inputs {
            self.opened.values.insert(format!("{}.{name}", names.begin), value.clone());
        }
        let inner = steps.iter().map(|inner| names.of_step(read_step(inner), step)).collect();
        let inner = self.open_all(inner, depth);
        // One that publishes nothing, and works out nothing, stays one step.
        let is_of_interest = |step: &Step| {
            step.publishes()
                || step.uses == "docker/login-action"
                || calls(&step.run, "").iter().any(|(command, _)| command.contains("push"))
        };
        let works_out = |step: &Step| step.run.is_empty() || step.run.contains("GITHUB_");
        if !inner.iter().any(is_of_interest) && !inner.iter().all(works_out) {
            return None;
        }
        if let Some(id) = &step.id {
            for (name, output) in root.get("outputs").and_then(Value::as_object).into_iter().flatten() {
                let value = names.rename(&scalar(output.get("value")));
                let value = self.opened.rename(&value);
                self.opened.outputs.insert(format!("steps.{id}.outputs.{name}"), value);
            }
        }
        Some(inner)
    }
}

/// What an action is given: what its caller says, else its own defaults. Names are the same in large letters.
fn inputs_of(root: &Value, step: &Step) -> BTreeMap<String, String> {
    let declared = root.get("inputs").and_then(Value::as_object).into_iter().flatten();
    let default = |input: &Value| texts("", Some(input)).remove("default").unwrap_or_default();
    let mut inputs: BTreeMap<String, String> =
        declared.map(|(name, input)| (name.to_lowercase(), default(input))).collect();
    inputs.extend(step.with.iter().map(|(name, value)| (name.to_lowercase(), value.clone())));
    inputs
}

impl Names<'_> {
    fn of_step(&self, inner: Step, caller: &Step) -> Step {
        let own = condition(&inner.condition, |expression| self.say(expression));
        let condition = both(&caller.condition, &own);
        let mut step = Step { condition, ..each_text(inner, |text| self.rename(text)) };
        step.id = step.id.map(|id| self.id(&id));
        step.has_env |= caller.has_env;
        for (name, value) in &caller.env {
            step.env.entry(name.clone()).or_insert_with(|| value.clone());
        }
        step
    }

    fn rename(&self, text: &str) -> String {
        in_expressions(text, |expression| self.say(expression))
    }

    /// Steps of two calls may be called the same.
    fn id(&self, id: &str) -> String {
        format!("{}-{id}", self.begin.replace('.', "-"))
    }

    fn say(&self, expression: &str) -> Said {
        let given = |name: &str| self.inputs.get(&name.strip_prefix("inputs.")?.to_lowercase());
        if let Some(value) = given(expression) {
            return Said::Text(value.clone());
        }
        if expression == "github.action_path" {
            return Said::Text(format!("./{}", self.folder));
        }
        Said::Expression(in_names(expression, |name| {
            if let Some(input) = name.strip_prefix("inputs.") {
                return Some(format!("{}.{}", self.begin, input.to_lowercase()));
            }
            let (id, rest) = name.strip_prefix("steps.")?.split_once('.')?;
            Some(format!("steps.{}.{rest}", self.id(id)))
        }))
    }
}

/// A step with other texts, but for its condition.
pub(super) fn each_text(step: Step, rename: impl Fn(&str) -> String) -> Step {
    let each = |texts: BTreeMap<String, String>| {
        texts.into_iter().map(|(name, value)| (name, rename(&value))).collect::<BTreeMap<_, _>>()
    };
    Step {
        name: rename(&step.name),
        run: rename(&step.run),
        with: each(step.with),
        env: each(step.env),
        folder: step.folder.map(|folder| rename(&folder)),
        ..step
    }
}

/// A condition with other names: an expression, with or without its braces.
fn condition(text: &str, say: impl Fn(&str) -> Said) -> String {
    if text.contains("${{") {
        let bare = text.trim();
        let whole = bare.strip_prefix("${{").and_then(|text| text.strip_suffix("}}"));
        let Some(inside) = whole.filter(|inside| !inside.contains("${{")) else {
            return in_expressions(text, say);
        };
        return condition(inside.trim(), say);
    }
    match say(text.trim()) {
        Said::Expression(expression) => expression,
        Said::Text(text) => match text.trim().strip_prefix("${{").and_then(|text| text.strip_suffix("}}")) {
            Some(inside) => inside.trim().to_owned(),
            None => format!("'{}'", text.replace('\'', "''")),
        },
    }
}

/// A text with what is said in the place of each `${{ … }}`.
pub(super) fn in_expressions(text: &str, say: impl Fn(&str) -> Said) -> String {
    let mut renamed = String::new();
    let mut rest = text;
    while let Some((before, opened)) = rest.split_once("${{") {
        let Some((inside, closed)) = opened.split_once("}}") else { break };
        renamed.push_str(before);
        match say(inside.trim()) {
            Said::Expression(expression) => renamed.push_str(&format!("${{{{ {expression} }}}}")),
            Said::Text(text) => renamed.push_str(&text),
        }
        rest = closed;
    }
    renamed + rest
}

/// An expression with other names; what stands in quotes stays.
pub(super) fn in_names(expression: &str, rename: impl Fn(&str) -> Option<String>) -> String {
    let mut renamed = String::new();
    for (number, part) in expression.split('\'').enumerate() {
        if number > 0 {
            renamed.push('\'');
        }
        // Every second part is a text.
        if number % 2 == 1 {
            renamed.push_str(part);
            continue;
        }
        let is_part = |sign: char| sign.is_ascii_alphanumeric() || "._-".contains(sign);
        let mut rest = part;
        while !rest.is_empty() {
            let end = rest.find(|sign| !is_part(sign)).unwrap_or(rest.len());
            let (name, behind) = rest.split_at(end);
            match rename(name) {
                Some(other) => renamed.push_str(&other),
                None => renamed.push_str(name),
            }
            let between = behind.find(is_part).unwrap_or(behind.len());
            let (signs, behind) = behind.split_at(between);
            renamed.push_str(signs);
            rest = behind;
        }
    }
    renamed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> WorkflowFile {
        WorkflowFile { path: path.into(), text: text.into() }
    }

    fn steps(text: &str) -> Vec<Step> {
        let steps: Value = yaml_serde::from_str(text).expect("it is YAML");
        steps.as_array().into_iter().flatten().map(read_step).collect()
    }

    const ACTION: &str = "inputs: { image: { required: true }, push: { default: 'false' }, Tags: {} }\noutputs: { digest: { value: '${{ steps.build.outputs.digest }}' } }\nruns:\n  using: composite\n  steps:\n    - { id: meta, uses: docker/metadata-action@v5, with: { images: '${{ inputs.image }}', tags: '${{ inputs.tags }}' } }\n    - { id: build, if: \"inputs.push == 'true' || inputs.image == 'inputs.image'\", uses: docker/build-push-action@v6, with: { push: '${{ inputs.push }}', tags: '${{ steps.meta.outputs.tags }}' } }\n";

    #[test]
    fn steps_of_an_action_stand_where_it_is_called() {
        let called = [file("ci/image/action.yml", ACTION)];
        let opened = open(
            steps(
                "- { id: image, if: github.ref_type == 'tag', uses: ./ci/image, with: { image: 'ghcr.io/${{ github.repository }}', tags: \"a\\nb\" } }\n- run: sign ${{ steps.image.outputs.digest }}\n- { uses: ./ci/none }\n",
            ),
            &called,
        );
        let [meta, build, sign, none] = opened.steps.as_slice() else { panic!("{:?}", opened.steps) };
        assert_eq!(meta.id.as_deref(), Some("action-1-meta"));
        assert_eq!(
            (meta.input("images"), meta.input("tags")),
            (Some("ghcr.io/${{ github.repository }}"), Some("a\nb"))
        );
        assert_eq!(meta.condition, "github.ref_type == 'tag'");
        assert_eq!(
            (build.input("push"), build.input("tags")),
            (Some("false"), Some("${{ steps.action-1-meta.outputs.tags }}"))
        );
        assert_eq!(
            build.condition,
            "(github.ref_type == 'tag') && (action.1.push == 'true' || action.1.image == 'inputs.image')"
        );
        assert_eq!(sign.run, "sign ${{ steps.action-1-build.outputs.digest }}");
        assert_eq!(none.uses, "./ci/none");
        assert_eq!(opened.values.get("action.1.push").map(String::as_str), Some("false"));
    }

    #[test]
    fn actions_that_call_one_another_have_an_end() {
        let twice = "runs: { using: composite, steps: [ { uses: ./a }, { uses: ./a } ] }";
        let opened = open(steps("- uses: ./a\n"), &[file("a/action.yml", twice)]);
        assert!(opened.steps.len() < 200, "{}", opened.steps.len());
    }
}
