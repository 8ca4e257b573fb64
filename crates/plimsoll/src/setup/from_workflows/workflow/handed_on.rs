//! What steps hand on to later ones, where it is plainly readable: `echo "NAME=value" >> "$GITHUB_ENV"`.

mod values;

use std::collections::BTreeMap;

use self::values::{evaluate, unquoted};
use super::super::expression::{Filled, Known, inside};
use super::super::script::heredoc_words;
use super::{Job, Step};

/// How the names of values begin that stand in the words of tags: `{tag}`, `{version}`.
pub(super) const IN_WORDS: &str = "as.";
impl Known<'_> {
    /// What a value is in the words of tags, where a script says it.
    pub(in crate::setup::from_workflows) fn in_words(&self, expression: &str) -> Option<String> {
        self.values.get(&format!("{IN_WORDS}{expression}")).cloned()
    }
}

/// Adds what the steps of a job hand on to what is known in it.
pub(super) fn add(job: &mut Job) {
    // In the order in which they are said: each may name those before it.
    let mut all: Vec<(String, Option<String>)> = Vec::new();
    for step in &job.steps {
        let runs = Runs::of(step, job);
        if runs == Runs::Never {
            continue;
        }
        for (name, value) in read(step) {
            let value = value.filter(|_| runs == Runs::Always);
            // What is said twice, and differently, depends on what happens.
            match all.iter_mut().find(|(known, _)| *known == name) {
                Some((_, known)) if *known != value => *known = None,
                Some(_) => {}
                None => all.push((name, value)),
            }
        }
    }
    // Whatever a step says takes the place of what stood there before, even where it can't be read.
    let before: BTreeMap<String, String> =
        all.iter().filter_map(|(name, _)| job.values.remove_entry(name)).collect();
    for (name, value) in all {
        let Some(value) = value else { continue };
        // A value may be made of what it was before: `NAME=${NAME,,}`.
        let value = match before.get(&name) {
            None => value,
            Some(own) => {
                let own = [(name.clone(), own.clone())].into();
                Known { values: &own, repository: None }.fill(&value).into_text()
            }
        };
        // What is at home where is known later, and nothing else.
        let known = Known { values: &job.values, repository: Some("owner/name") };
        if matches!(known.fill(&value), Filled::Known(value) if !value.contains('$')) {
            let in_words =
                ["{tag}", "{version}", "{commit}", "{sha}"].iter().any(|word| value.contains(word));
            let name = if in_words { format!("{IN_WORDS}{name}") } else { name };
            job.values.insert(name, value);
        }
    }
}

/// Whether a step runs, as far as its condition says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Runs {
    Always,
    Never,
    Sometimes,
}

impl Runs {
    fn of(step: &Step, job: &Job) -> Runs {
        let condition = inside(&step.condition).unwrap_or(step.condition.trim());
        match condition {
            "" | "always()" | "success()" | "!cancelled()" | "true" => return Runs::Always,
            "false" => return Runs::Never,
            _ => {}
        }
        // The matrix is what it is; variables may have changed until then.
        let matrix = job.values.iter().filter(|(name, _)| name.starts_with("matrix."));
        let matrix = matrix.map(|(name, value)| (name.clone(), value.clone())).collect();
        let known = Known { values: &matrix, repository: None };
        match known.fill(&format!("${{{{ {condition} }}}}")) {
            Filled::Known(decided) if decided == "true" => Runs::Always,
            Filled::Known(decided) if decided == "false" => Runs::Never,
            Filled::Known(_) | Filled::Unknown { .. } => Runs::Sometimes,
        }
    }
}

/// The names that a step hands on, and their values where those are readable.
fn read(step: &Step) -> Vec<(String, Option<String>)> {
    let mut found = Vec::new();
    let mut variables: BTreeMap<String, Option<String>> = BTreeMap::new();
    let mut depth = 0_usize;
    // Lines in braces, which are written together.
    let mut together: Option<Vec<&str>> = None;
    let whole = step.run.replace("\\\n", " ");
    let mut lines = whole.lines().map(str::trim);
    while let Some(line) = lines.next() {
        if line.starts_with('#') {
            continue;
        }
        let first = line.split([' ', ';']).next().unwrap_or_default();
        match first {
            "if" | "case" | "for" | "while" | "until" => depth += 1,
            "fi" | "esac" | "done" => depth = depth.saturating_sub(1),
            "{" if !line.contains('}') => together = Some(Vec::new()),
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
        } else {
            match &mut together {
                Some(lines) => lines.push(line.trim_end_matches(';')),
                None => said.push(line.trim_start_matches("{ ")),
            }
        }
        let Some(file) = Handed::of(line) else { continue };
        let mut texts: Vec<&str> = Vec::new();
        for end in heredoc_words(line) {
            if let Some(length) = lines.clone().position(|line| line == end) {
                texts.extend(lines.by_ref().take(length));
                lines.next();
            }
        }
        let echoed = said.iter().map(|line| (line.strip_prefix("echo ").and_then(echoed_pair), *line));
        let written = texts.iter().map(|line| (echoed_pair(line), *line));
        for (pair, line) in echoed.chain(written) {
            match pair {
                Some((name, value)) => {
                    let value = evaluate(value, &variables).filter(|_| is_sure);
                    found.extend(file.name(step, name).map(|name| (name, value)));
                }
                None => {
                    let names = find_names(line).filter_map(|name| file.name(step, name));
                    found.extend(names.map(|name| (name, None)));
                }
            }
        }
    }
    found
}

/// What stands before `=` or `<<` anywhere in a command that writes something that can't be read.
fn find_names(command: &str) -> impl Iterator<Item = &str> {
    let words = command.split(|sign: char| sign.is_whitespace() || "\"';(".contains(sign));
    words.filter_map(|word| {
        let end = word.find('=').or_else(|| word.find("<<"))?;
        let is_part = |sign: char| sign.is_ascii_alphanumeric() || "_-".contains(sign);
        word.get(..end).filter(|name| !name.is_empty() && name.chars().all(is_part))
    })
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

    /// What is known in a job whose variables are `before`, of steps with conditions.
    fn known_after(before: &[(&str, &str)], steps: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let steps = steps.iter().map(|(condition, run)| Step {
            condition: (*condition).to_owned(),
            run: (*run).to_owned(),
            ..Step::default()
        });
        let mut job =
            Job { values: before.iter().map(owned).collect(), steps: steps.collect(), ..Job::default() };
        add(&mut job);
        job.values.into_iter().filter(|(name, _)| !name.starts_with("matrix.")).collect()
    }

    #[test]
    fn a_step_with_a_condition_is_not_sure() {
        let run = "echo \"TAG=pr\" >> $GITHUB_ENV";
        let before = [("env.TAG", "latest"), ("matrix.flavor", "slim")];
        for (condition, want) in [
            ("", Some("pr")),
            ("always()", Some("pr")),
            ("${{ success() }}", Some("pr")),
            ("matrix.flavor == 'slim'", Some("pr")),
            ("matrix.flavor == 'full'", Some("latest")),
            ("false", Some("latest")),
            ("github.event_name == 'pull_request'", None),
            ("${{ env.TAG == 'latest' }}", None),
            ("failure()", None),
        ] {
            let want: Vec<_> =
                want.map(|value| ("env.TAG".to_owned(), value.to_owned())).into_iter().collect();
            assert_eq!(known_after(&before, &[(condition, run)]), want, "{condition}");
        }
    }

    #[test]
    fn what_a_step_says_takes_the_place_of_what_stood_there() {
        for (run, want) in [
            (
                "echo \"VERSION=${GITHUB_REF#refs/tags/v}\" >> $GITHUB_ENV",
                Some(("as.env.VERSION", "{version}")),
            ),
            ("echo \"VERSION=1\" >> $GITHUB_ENV", Some(("env.VERSION", "1"))),
            ("echo \"VERSION=${VERSION}-1\" >> $GITHUB_ENV", Some(("env.VERSION", "dev-1"))),
            ("cat >> $GITHUB_ENV <<EOF\nVERSION=2\nEOF", Some(("env.VERSION", "2"))),
            ("echo \"VERSION=$(cat VERSION)\" >> $GITHUB_ENV", None),
            ("test -z \"$X\" || echo \"VERSION=x\" >> $GITHUB_ENV", None),
            ("if x; then echo \"VERSION=x\" >> $GITHUB_ENV; fi", None),
            ("printf 'VERSION=%s\\n' \"$X\" >> $GITHUB_ENV", None),
            ("{ echo \"VERSION=x\"; echo \"B=$X\"; } >> $GITHUB_ENV", None),
            ("{\n  printf 'VERSION=%s' x\n} >> $GITHUB_ENV", None),
            ("echo \"VERSION<<EOF\" >> $GITHUB_ENV", None),
            ("VERSION=x make env >> $GITHUB_ENV", None),
            ("./other.sh >> $GITHUB_ENV", Some(("env.VERSION", "dev"))),
            ("VERSION=x", Some(("env.VERSION", "dev"))),
        ] {
            let want: Vec<_> =
                want.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect();
            assert_eq!(known_after(&[("env.VERSION", "dev")], &[("", run)]), want, "{run}");
        }
        let name = "echo \"NAME=${NAME,,}\" >> $GITHUB_ENV";
        assert_eq!(
            known_after(&[("env.NAME", "${{ github.repository }}")], &[("", name)]),
            [("env.NAME".to_owned(), "${{ github.repository }}".to_owned())]
        );
    }

    #[test]
    fn a_value_that_was_made_before_another_changed_is_not_known() {
        let steps = [("", "echo \"A=$B\" >> $GITHUB_ENV"), ("", "echo \"B=new\" >> $GITHUB_ENV")];
        let known = known_after(&[("env.B", "old")], &steps);
        assert_eq!(known, [("env.B".to_owned(), "new".to_owned())]);
    }
}
