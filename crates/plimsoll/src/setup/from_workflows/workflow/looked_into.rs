//! What scripts and makefiles of the repository do that steps run: where they publish something, their commands stand behind
//! the one that runs them.

use std::collections::BTreeMap;

use super::super::WorkflowFile;
use super::super::called_files::{Call, calls, is_makefile};
use super::super::expression::UNREAD;
use super::super::makefile::{Given, Makefile};
use super::Step;
use super::handed_on::IN_WORDS;

/// How deep scripts may run one another.
const DEPTH: usize = 5;
/// How long what a step runs may get.
const LONGEST: usize = 256 * 1024;

/// Words in commands by which they may publish something.
const SURELY: [&str; 3] = ["push", "publish", "release"];
/// Words by which they only look at it.
const LOOKING: [&str; 7] = ["test", "tests", "smoke", "check", "lint", "verify", "validate"];
/// Words by which it is images.
const IMAGES: [&str; 4] = ["container", "docker", "image", "images"];

/// Looks into what a step runs. `environment` is what the job says of variables.
pub(super) fn look_into(step: Step, called: &[WorkflowFile], environment: &BTreeMap<String, String>) -> Step {
    if step.run.is_empty() {
        return step;
    }
    let step = Step { run: with_commands(&step.run, environment), ..step };
    let mut variables: BTreeMap<String, String> = BTreeMap::new();
    for begin in ["env.".to_owned(), format!("{IN_WORDS}env.")] {
        let named = environment.iter().filter_map(|(name, value)| Some((name.strip_prefix(&begin)?, value)));
        variables.extend(named.map(|(name, value)| (name.to_owned(), value.clone())));
    }
    variables.extend(step.env.clone());
    let is_whole = !environment.contains_key(UNREAD);
    let (open, unseen, text) = (Vec::new(), Vec::new(), String::new());
    let mut reader = Reader { called, variables: &variables, is_whole, open, unseen, text };
    reader.read(&step.run, step.folder.as_deref().unwrap_or_default(), DEPTH);
    let Reader { mut unseen, text, .. } = reader;
    unseen.extend(open_commands(&step.run));
    let inner = Step { run: format!("{}\n{text}", step.run), unseen: unseen.clone(), ..step.clone() };
    let is_more = !text.is_empty() && inner.publishes() && (!step.publishes() || inner.pushes_by_script());
    if !is_more {
        return Step { unseen, ..step };
    }
    let first = step.run.trim().lines().next().unwrap_or_default().to_owned();
    let name = if step.name.is_empty() { first } else { step.name };
    Step { name, is_looked_into: true, ..inner }
}

/// A script with the commands that the matrix or the environment of its job says, where expressions stand for them.
fn with_commands(run: &str, environment: &BTreeMap<String, String>) -> String {
    let filled = |line: &str| {
        let command = line.trim_start().strip_prefix("${{").and_then(|rest| rest.split_once("}}"));
        let said = command.and_then(|(name, rest)| Some(format!("{}{rest}", environment.get(name.trim())?)));
        said.unwrap_or_else(|| line.to_owned())
    };
    run.lines().map(filled).collect::<Vec<_>>().join("\n")
}

/// Commands of which only a run knows what they are, and that may publish by their words.
fn open_commands(run: &str) -> impl Iterator<Item = String> {
    let is_open = |line: &&str| {
        let rest = line.strip_prefix("${{").and_then(|rest| rest.split_once("}}")).map(|(_, rest)| rest);
        rest.is_some_and(|rest| SURELY.iter().any(|word| rest.contains(word)))
    };
    run.lines().map(str::trim).filter(is_open).map(str::to_owned)
}

struct Reader<'a> {
    called: &'a [WorkflowFile],
    variables: &'a BTreeMap<String, String>,
    /// Whether those are all variables of the job.
    is_whole: bool,
    /// What is read already: scripts name themselves.
    open: Vec<Call>,
    /// Commands that may publish, and that are not read.
    unseen: Vec<String>,
    text: String,
}

impl Reader<'_> {
    fn read(&mut self, run: &str, folder: &str, depth: usize) {
        for (command, call) in calls(run, folder) {
            let found = depth.checked_sub(1).and_then(|depth| self.open(&call, folder, depth));
            if found.is_none() && may_publish(&command, &call) && !self.unseen.contains(&command) {
                self.unseen.push(command);
            }
        }
    }

    /// Puts down what a call runs; none where that is not there.
    fn open(&mut self, call: &Call, from: &str, depth: usize) -> Option<()> {
        let is_open = |open: &Call| match (open, call) {
            (Call::Script { path: open, .. }, Call::Script { path, .. }) => open == path,
            (open, call) => open == call,
        };
        if self.open.iter().any(is_open) {
            return Some(());
        }
        let (text, folder) = match call {
            Call::Task | Call::Other => return None,
            Call::Script { path, given } => {
                let file = self.called.iter().find(|file| file.path == *path)?;
                if !is_shell(file) {
                    return None;
                }
                (with_given(&file.text, given), from.to_owned())
            }
            Call::Make { paths, folder, targets, given, environment } => {
                let file =
                    paths.iter().find_map(|path| self.called.iter().find(|file| file.path == *path))?;
                let mut variables = self.variables.clone();
                variables.extend(environment.iter().cloned());
                let given = Given { command_line: given, environment: &variables, is_whole: self.is_whole };
                let commands = Makefile::read(file, self.called).commands_of(targets, &given)?;
                // Each has a shell of its own.
                let place = format!("cd ${{GITHUB_WORKSPACE}}/{folder}\n");
                let lines = commands.lines().map(|line| format!("{place}{line}\n"));
                (lines.collect::<String>(), folder.clone())
            }
        };
        if self.text.len() + text.len() > LONGEST {
            return None;
        }
        self.text.push_str(&format!("cd ${{GITHUB_WORKSPACE}}/{from}\n{text}\n"));
        self.open.push(call.clone());
        self.read(&text, &folder, depth);
        self.open.pop();
        Some(())
    }
}

/// Whether a script is one of a shell.
fn is_shell(file: &WorkflowFile) -> bool {
    let first = file.text.lines().next().unwrap_or_default();
    let name = file.path.rsplit('/').next().unwrap_or(&file.path);
    let is_named = !name.contains('.') || name.ends_with("sh");
    !is_makefile(&file.path) && if first.starts_with("#!") { first.contains("sh") } else { is_named }
}

/// A script with what it is given in the place of `$1` and its like.
fn with_given(text: &str, given: &[String]) -> String {
    let mut text = text.to_owned();
    for (place, word) in given.iter().enumerate().take(9) {
        let number = place + 1;
        text = text.replace(&format!("${{{number}}}"), word).replace(&format!("${number}"), word);
    }
    text
}

/// Whether a command that is not read may publish images, by its words.
fn may_publish(command: &str, call: &Call) -> bool {
    let words: Vec<String> = command
        .split(|sign: char| !sign.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    let has = |some: &[&str]| some.iter().any(|word| words.iter().any(|own| own == word));
    let is_sure = has(&SURELY) && !has(&LOOKING);
    match call {
        Call::Script { .. } | Call::Make { .. } | Call::Task => is_sure,
        // Packages are published in that way.
        Call::Other => is_sure && has(&IMAGES),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looked(run: &str, files: &[(&str, &str)]) -> (String, String, Vec<String>) {
        let called: Vec<WorkflowFile> = files
            .iter()
            .map(|(path, text)| WorkflowFile { path: (*path).into(), text: (*text).into() })
            .collect();
        let step = Step { run: run.into(), ..Step::default() };
        let step = look_into(step, &called, &BTreeMap::new());
        (step.name, step.run, step.unseen)
    }

    #[test]
    fn commands_of_what_publishes_stand_in_the_step() {
        let makefile = ("Makefile", "test:\n\tgo test\npush:\n\t./ci/push.sh acme/app\n");
        let script = ("ci/push.sh", "#!/usr/bin/env bash\ndocker build -t $1:1 .\ndocker push $1:1\n");
        let (name, run, unseen) = looked("make push", &[makefile, script]);
        assert_eq!((name.as_str(), unseen), ("make push", vec![]));
        assert!(run.contains("docker push acme/app:1\n"), "{run}");
        // What publishes nothing stays as it is written.
        assert_eq!(looked("make test", &[makefile]), (String::new(), "make test".into(), vec![]));
    }

    #[test]
    fn what_can_not_be_read_and_may_publish_is_named() {
        let python = ("ci/push.py", "#!/usr/bin/env python3\nprint(1)\n");
        for (run, files, is_named) in [
            ("make push", &[][..], true),
            ("make push", &[("Makefile", "include more.mk\n")], true),
            ("./ci/push.sh", &[], true),
            ("./ci/push.py", &[python], true),
            ("npm run docker:push", &[], true),
            ("just publish", &[], true),
            ("nix run .#push-image", &[], true),
            ("bazel run //:push", &[], true),
            ("dagger call publish", &[], true),
            ("cargo xtask publish", &[], true),
            ("bazel test //...", &[], false),
            ("cargo publish", &[], false),
            ("just test", &[], false),
            ("make test", &[], false),
            ("./ci/record.sh > releases/a && git push", &[], false),
            ("./ci/release_test.sh", &[], false),
            (
                "./ci/release.sh",
                &[("ci/release.sh", "#!/bin/sh\ncat <<END\n./ci/release.sh --help\nEND\n")],
                false,
            ),
            ("npm publish", &[], false),
            ("npm run build", &[], false),
            ("./gradlew build", &[], false),
            ("# make push", &[], false),
        ] {
            let (_, left, unseen) = looked(run, files);
            assert_eq!((left.as_str(), unseen.len()), (run, usize::from(is_named)), "{run}");
        }
    }
}
