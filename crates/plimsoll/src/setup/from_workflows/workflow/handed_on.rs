//! What steps hand on to later ones, where it is plainly readable: `echo "NAME=value" >> "$GITHUB_ENV"`.

use std::collections::BTreeMap;

use super::super::expression::{Filled, Known};
use super::super::script::replace_word;
use super::super::spelled::in_expressions;
use super::{Job, Step};

/// How the names of values begin that stand in the words of tags: `{tag}`, `{version}`.
const IN_WORDS: &str = "as.";
/// What stands for the git tag in a script, and for the version in it. The longest come first.
const WORDS: [(&str, &str); 15] = [
    ("${GITHUB_REF#refs/tags/v}", "{version}"),
    ("${GITHUB_REF/refs\\/tags\\/v/}", "{version}"),
    ("${GITHUB_REF_NAME#v}", "{version}"),
    ("${GITHUB_REF_NAME/v/}", "{version}"),
    ("${GITHUB_REF#refs/tags/}", "{tag}"),
    ("${GITHUB_REF#refs/*/}", "{tag}"),
    ("${GITHUB_REF##*/}", "{tag}"),
    ("${GITHUB_REF/refs\\/tags\\//}", "{tag}"),
    ("${GITHUB_REF_NAME}", "{tag}"),
    ("$GITHUB_REF_NAME", "{tag}"),
    ("${{ github.ref_name }}", "{tag}"),
    ("${{ github.event.release.tag_name }}", "{tag}"),
    ("${{ github.sha }}", "{commit}"),
    ("${GITHUB_SHA}", "{commit}"),
    ("$GITHUB_SHA", "{commit}"),
];

impl Known<'_> {
    /// What a value is in the words of tags, where a script says it.
    pub(in crate::setup::from_workflows) fn in_words(&self, expression: &str) -> Option<String> {
        self.values.get(&format!("{IN_WORDS}{expression}")).cloned()
    }
}

/// Adds what the steps of a job hand on to what is known in it.
pub(super) fn add(job: &mut Job) {
    let mut all: BTreeMap<String, Option<String>> = BTreeMap::new();
    for step in &job.steps {
        for (name, value) in read(step) {
            // What is said twice, and differently, depends on what happens.
            let known = all.entry(name).or_insert_with(|| value.clone());
            if *known != value {
                *known = None;
            }
        }
    }
    for (name, value) in all {
        let Some(value) = value else { continue };
        // What is at home where is known later, and nothing else.
        let known = Known { values: &job.values, repository: Some("owner/name") };
        if matches!(known.fill(&value), Filled::Known(value) if !value.contains('$')) {
            let in_words = ["{tag}", "{version}", "{commit}"].iter().any(|word| value.contains(word));
            let name = if in_words { format!("{IN_WORDS}{name}") } else { name };
            job.values.insert(name, value);
        }
    }
}

/// Adds what jobs hand on to those that wait for them.
pub(super) fn add_outputs(jobs: &mut [Job]) {
    let mut handed: BTreeMap<String, String> = BTreeMap::new();
    for job in jobs.iter() {
        for (name, value) in &job.outputs {
            let inside = value.trim().strip_prefix("${{").and_then(|value| value.strip_suffix("}}"));
            let Some(inside) = inside.map(str::trim) else { continue };
            let to = format!("needs.{}.outputs.{name}", job.id);
            for begin in ["", IN_WORDS] {
                let value = job.values.get(&format!("{begin}{inside}"));
                handed.extend(value.map(|value| (format!("{begin}{to}"), value.clone())));
            }
        }
    }
    for job in jobs {
        for (name, value) in &handed {
            job.values.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
}

/// The names that a step hands on, and their values where those are readable.
fn read(step: &Step) -> Vec<(String, Option<String>)> {
    let mut found = Vec::new();
    let mut variables: BTreeMap<String, Option<String>> = BTreeMap::new();
    let mut depth = 0_usize;
    // Lines in braces, which are written together.
    let mut together: Option<Vec<String>> = None;
    let whole = step.run.replace("\\\n", " ");
    for line in whole.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        let first = line.split([' ', ';']).next().unwrap_or_default();
        match first {
            "if" | "case" | "for" | "while" | "until" => depth += 1,
            "fi" | "esac" | "done" => depth = depth.saturating_sub(1),
            "{" => together = Some(Vec::new()),
            _ => {}
        }
        let is_sure = depth == 0;
        if let Some((name, value)) = assigned(line) {
            let value = evaluate(value, &variables).filter(|_| is_sure);
            let value = value.filter(|_| !variables.contains_key(name));
            variables.insert(name.to_owned(), value);
            continue;
        }
        let mut said = Vec::new();
        if line.starts_with('}') {
            said.extend(together.take().unwrap_or_default());
        } else if let Some(echoed) = line.trim_start_matches("{ ").strip_prefix("echo ") {
            match &mut together {
                Some(lines) => lines.push(echoed.trim_end_matches(';').to_owned()),
                None => said.push(echoed.to_owned()),
            }
        }
        let Some(file) = Handed::of(line) else { continue };
        for echoed in said {
            let Some((name, value)) = echoed_pair(&echoed) else { continue };
            let Some(name) = file.name(step, name) else { continue };
            found.push((name, evaluate(value, &variables).filter(|_| is_sure)));
        }
    }
    found
}

/// Where a line hands something on to.
#[derive(Clone, Copy)]
enum Handed {
    Variables,
    Outputs,
}

impl Handed {
    fn of(line: &str) -> Option<Handed> {
        let is_written = line.contains(">>") || line.contains("tee -a");
        match () {
            () if is_written && line.contains("GITHUB_ENV") => Some(Handed::Variables),
            () if is_written && line.contains("GITHUB_OUTPUT") => Some(Handed::Outputs),
            () => None,
        }
    }

    /// How later steps name it.
    fn name(self, step: &Step, name: &str) -> Option<String> {
        match self {
            Handed::Variables => Some(format!("env.{name}")),
            Handed::Outputs => Some(format!("steps.{}.outputs.{name}", step.id.as_deref()?)),
        }
    }
}

/// The name and value of `"NAME=value" >> …`.
fn echoed_pair(echoed: &str) -> Option<(&str, &str)> {
    let end = echoed.rfind(">>").or_else(|| echoed.rfind("| tee -a")).unwrap_or(echoed.len());
    let text = unquoted(echoed.get(..end)?.trim());
    let (name, value) = text.split_once('=')?;
    let is_part = |sign: char| sign.is_ascii_alphanumeric() || "_-".contains(sign);
    (!name.is_empty() && name.chars().all(is_part)).then_some((name, value))
}

/// `NAME=value`, alone in a line.
fn assigned(line: &str) -> Option<(&str, &str)> {
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, value) = line.split_once('=')?;
    let is_part = |sign: char| sign.is_ascii_alphanumeric() || sign == '_';
    // Before a comment; what has a command behind it is that command's alone.
    let end = value.find(" #").unwrap_or(value.len());
    let value = value.get(..end)?.trim_end().trim_end_matches(';');
    let plain = unquoted(value);
    let is_whole = plain.len() < value.len() || value.contains("$(") || !value.contains(char::is_whitespace);
    (!name.is_empty() && name.chars().all(is_part) && is_whole).then_some((name, plain))
}

fn unquoted(text: &str) -> &str {
    let within = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    within('"').or_else(|| within('\'')).unwrap_or(text)
}

/// A value of a script as expressions of a workflow; none where commands make it.
fn evaluate(value: &str, variables: &BTreeMap<String, Option<String>>) -> Option<String> {
    let mut value = without_lowering(value)?;
    for (spelled, word) in WORDS {
        value = match spelled.starts_with("$GITHUB") {
            true => replace_word(&value, spelled, word),
            false => value.replace(spelled, word),
        };
    }
    for (name, known) in variables.iter().rev() {
        let is_named = value.contains(&format!("${{{name}")) || value.contains(&format!("${name}"));
        let Some(known) = known else {
            if is_named {
                return None;
            }
            continue;
        };
        if known == "{tag}" {
            value = value.replace(&format!("${{{name}#v}}"), "{version}");
        }
        value = value.replace(&format!("${{{name}}}"), known);
        value = replace_word(&value, &format!("${name}"), known);
    }
    let is_plain = |inside: &str| {
        let name = inside.split('}').next().unwrap_or_default();
        inside.starts_with('{') || name.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '_')
    };
    (!value.contains(['`', '"', '|', ';']) && value.split("${").skip(1).all(is_plain))
        .then(|| in_expressions(&value))
}

/// The same without what makes letters small: names of images are so anyway. None where another command makes it.
fn without_lowering(value: &str) -> Option<String> {
    let mut value = value.replace(",,}", "}").replace("@L}", "}");
    while let Some((before, after)) = value.clone().split_once("$(") {
        let (inside, behind) = after.split_once(')')?;
        let (said, command) = inside.strip_prefix("echo ")?.split_once('|')?;
        let command = command.trim();
        let lowers = command.starts_with("tr ")
            && [("upper", "lower"), ("A-Z", "a-z")]
                .iter()
                .any(|(from, to)| command.split_once(from).is_some_and(|(_, behind)| behind.contains(to)));
        if !lowers {
            return None;
        }
        value = format!("{before}{}{behind}", unquoted(said.trim()));
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What later steps know, of a script in a step `a`.
    fn handed(run: &str) -> Vec<(String, String)> {
        let step = Step { id: Some("a".to_owned()), run: run.to_owned(), ..Step::default() };
        let values = [("env.REGISTRY".to_owned(), "ghcr.io".to_owned())].into();
        let mut job = Job { values, steps: vec![step], ..Job::default() };
        add(&mut job);
        job.values.remove("env.REGISTRY");
        job.values.into_iter().collect()
    }

    #[test]
    fn what_is_plain_is_handed_on() {
        for (run, name, value) in [
            ("echo \"IMAGE=acme/app\" >> $GITHUB_ENV", "env.IMAGE", "acme/app"),
            ("echo image=acme/app >> \"$GITHUB_OUTPUT\"", "steps.a.outputs.image", "acme/app"),
            (
                "echo REPO=${{env.REGISTRY}}/$(echo ${{ github.repository }} | tr '[:upper:]' '[:lower:]') >> $GITHUB_ENV",
                "env.REPO",
                "${{env.REGISTRY}}/${{ github.repository }}",
            ),
            ("echo \"A=${GITHUB_REPOSITORY,,}\" | tee -a $GITHUB_ENV", "env.A", "${{ GITHUB_REPOSITORY }}"),
            ("IMAGE=acme\nNAME=\"$IMAGE/app\"\necho \"A=${NAME}\" >> $GITHUB_ENV", "env.A", "acme/app"),
            ("{\n  echo \"A=b\"\n} >> \"$GITHUB_ENV\"", "env.A", "b"),
            ("echo \"A=$REGISTRY/x\" >> $GITHUB_ENV", "env.A", "${{ REGISTRY }}/x"),
            ("echo \"VERSION=${GITHUB_REF#refs/*/}\" >> $GITHUB_ENV", "as.env.VERSION", "{tag}"),
            (
                "TAG=${GITHUB_REF##*/} # the tag\necho \"ref=acme/app:${TAG}\" >> $GITHUB_OUTPUT",
                "as.steps.a.outputs.ref",
                "acme/app:{tag}",
            ),
            (
                "tag=${GITHUB_REF##*/}\necho \"v=${tag#v}\" >> $GITHUB_OUTPUT",
                "as.steps.a.outputs.v",
                "{version}",
            ),
        ] {
            assert_eq!(handed(run), [(name.to_owned(), value.to_owned())], "{run}");
        }
    }

    #[test]
    fn what_depends_on_something_is_not() {
        for run in [
            "echo \"A=$(cat VERSION)\" >> $GITHUB_ENV",
            "if test -n \"$X\"; then\n  echo \"A=b\" >> $GITHUB_ENV\nfi",
            "echo \"A=b\" >> $GITHUB_ENV\necho \"A=c\" >> $GITHUB_ENV",
            "NAME=$(make name)\necho \"A=$NAME\" >> $GITHUB_ENV",
            "NAME=a\nif x; then\n  NAME=b\nfi\necho \"A=$NAME\" >> $GITHUB_ENV",
            "echo \"A=${NAME%%-*}\" >> $GITHUB_ENV",
            "echo \"A=$UNKNOWN\" >> $GITHUB_ENV",
            "echo A=b",
            "NAME=a make x\necho \"A=$NAME\" >> $GITHUB_ENV",
        ] {
            assert_eq!(handed(run), [], "{run}");
        }
    }

    #[test]
    fn jobs_hand_it_on() {
        let outputs = [("image".to_owned(), "${{ steps.a.outputs.image }}".to_owned())].into();
        let values = [("steps.a.outputs.image".to_owned(), "acme/app".to_owned())].into();
        let first = Job { id: "first".to_owned(), outputs, values, ..Job::default() };
        let mut jobs = [first, Job::default()];
        add_outputs(&mut jobs);
        let [_, second] = jobs;
        assert_eq!(second.values["needs.first.outputs.image"], "acme/app");
    }
}
