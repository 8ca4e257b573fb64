//! Makefiles, as far as they are plain: variables, targets, what those need, and their commands.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use super::WorkflowFile;
use super::called_files::included;

/// How deep variables may name one another, and targets need one another.
const DEPTH: usize = 8;
/// How many variables are put into one command.
const MOST: usize = 400;
/// How long what a target does may get.
const LONGEST: usize = 64 * 1024;

/// A makefile.
#[derive(Debug, Default)]
pub(super) struct Makefile {
    variables: BTreeMap<String, Variable>,
    /// Those that a target has of its own, and all that it needs.
    of_targets: Vec<(String, String, Variable)>,
    rules: Vec<Rule>,
    /// The files that it is made of.
    files: BTreeSet<String>,
    /// Whether it includes a file that is not read.
    is_partial: bool,
}

/// A variable.
#[derive(Clone, Debug)]
struct Variable {
    /// None: what it is depends on something.
    value: Option<String>,
    /// Whether one of the job stands instead of it (`?=`).
    yields: bool,
}

/// What makes a target.
#[derive(Debug)]
struct Rule {
    target: String,
    needs: Vec<String>,
    commands: Vec<String>,
}

/// What a target is made with.
pub(super) struct Given<'a> {
    /// Variables of the command line, which stand instead of all others.
    pub(super) command_line: &'a [(String, String)],
    /// Variables of the job.
    pub(super) environment: &'a BTreeMap<String, String>,
    /// Whether the job has no others.
    pub(super) is_whole: bool,
}

/// What a variable is, and who says it.
enum Value<'a> {
    /// The makefile: others may stand in it.
    Own(&'a str),
    /// A shell, which has put in what is its own.
    Given(&'a str),
}

impl Makefile {
    /// Reads one with the files that it includes.
    pub(super) fn read(file: &WorkflowFile, files: &[WorkflowFile]) -> Makefile {
        let mut made = Makefile::default();
        made.add(file, files, DEPTH);
        made
    }

    fn add(&mut self, file: &WorkflowFile, files: &[WorkflowFile], room: usize) {
        let made = self;
        // Files may include each other, and one many times.
        if !made.files.insert(file.path.clone()) {
            return;
        }
        let mut depth = 0_usize;
        let mut is_defined = false;
        // How many rules the commands that follow belong to.
        let mut open = 0;
        for line in file.text.replace("\\\n", " ").lines() {
            let bare = line.split(" #").next().unwrap_or(line).trim();
            let first = bare.split_whitespace().next().unwrap_or_default();
            match first {
                "define" => is_defined = true,
                "endef" => is_defined = false,
                _ if is_defined => {}
                "ifeq" | "ifneq" | "ifdef" | "ifndef" => depth += 1,
                "endif" => depth = depth.saturating_sub(1),
                "include" | "-include" | "sinclude" => {
                    for path in included(&file.path, bare) {
                        let is_known = path.is_some();
                        let other = path.and_then(|path| files.iter().find(|other| other.path == path));
                        match (other, room.checked_sub(1)) {
                            (Some(other), Some(room)) => made.add(other, files, room),
                            // One that need not be there, and is not.
                            (None, _) if is_known && first != "include" => {}
                            _ => made.is_partial = true,
                        }
                    }
                }
                "else" | "" | "vpath" => {}
                _ if first.starts_with('#') => {}
                _ if line.starts_with('\t') => {
                    let rules = made.rules.iter_mut().rev().take(open);
                    rules.for_each(|rule| rule.commands.push(line.trim().to_owned()));
                }
                _ => open = made.read_line(bare, depth > 0),
            }
        }
    }

    /// Reads a line that is no command; gives how many rules it begins.
    fn read_line(&mut self, line: &str, is_conditional: bool) -> usize {
        if let Some((name, sign, value)) = assigned(line) {
            let is_new = !self.variables.contains_key(name);
            let known = self
                .variables
                .entry(name.to_owned())
                .or_insert(Variable { value: Some(value.to_owned()), yields: sign == "?=" });
            if is_conditional || sign == "+=" || plain(value).is_none() {
                known.value = described(value).filter(|_| is_new && !is_conditional);
            } else if !is_new && sign != "?=" {
                *known = Variable { value: Some(value.to_owned()), yields: false };
            }
            return 0;
        }
        let Some((targets, needs)) = line.split_once(':') else { return 0 };
        if let Some((name, sign, value)) = assigned(needs.trim_start_matches(':').trim()) {
            let is_plain = !is_conditional && sign != "+=";
            let value = if is_plain { described(value).or_else(|| plain(value)) } else { None };
            let variable = Variable { value, yields: sign == "?=" };
            let own = |target: &str| (target.to_owned(), name.to_owned(), variable.clone());
            self.of_targets.extend(targets.split_whitespace().map(own));
            return 0;
        }
        let (needs, command) = needs.split_once(';').map_or((needs, None), |(needs, run)| (needs, Some(run)));
        let needs = needs.trim_start_matches(':').split('|').flat_map(str::split_whitespace);
        let needs: Vec<String> = needs.map(str::to_owned).collect();
        let mut count = 0;
        for target in targets.split_whitespace() {
            let commands = command.iter().map(|command| command.trim().to_owned()).collect();
            self.rules.push(Rule { target: target.to_owned(), needs: needs.clone(), commands });
            count += 1;
        }
        count
    }

    /// The commands that make these targets, the first one where none is named, each a line of a shell; none where a target
    /// is not there.
    pub(super) fn commands_of(&self, targets: &[String], given: &Given<'_>) -> Option<String> {
        let first = || self.rules.iter().map(|rule| &rule.target).find(|name| !name.starts_with('.'));
        let targets: Vec<&String> =
            if targets.is_empty() { vec![first()?] } else { targets.iter().collect() };
        let (done, of_target, text) = (Vec::new(), Vec::new(), String::new());
        let mut made = Making { makefile: self, given, done, of_target, text };
        for target in targets {
            made.make(target, DEPTH)?;
        }
        Some(made.text)
    }

    /// The rules of a target, and what `%` stands for.
    fn rules_of<'a>(&'a self, target: &'a str) -> Vec<(&'a Rule, &'a str)> {
        let plain: Vec<_> =
            self.rules.iter().filter(|rule| rule.target == target).map(|rule| (rule, "")).collect();
        if plain.iter().any(|(rule, _)| !rule.commands.is_empty()) {
            return plain;
        }
        let of_pattern = self.rules.iter().find_map(|rule| {
            let (before, after) = rule.target.split_once('%')?;
            let stem = target.strip_prefix(before)?.strip_suffix(after)?;
            Some((rule, stem))
        });
        plain.into_iter().chain(of_pattern).collect()
    }

    /// Puts variables in. What is not known stands there as a shell's own.
    fn fill(&self, text: &str, given: &Scope<'_>, depth: usize, budget: &Cell<usize>) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            filled.push_str(before);
            // An expression of a workflow, in what is given.
            if let Some((inside, behind)) = after.strip_prefix("{{").and_then(|after| after.split_once("}}"))
            {
                filled.push_str(&format!("${{{{{inside}}}}}"));
                rest = behind;
                continue;
            }
            if let Some(behind) = after.strip_prefix('$') {
                filled.push('$');
                rest = behind;
                continue;
            }
            let of = |open: char, close: char| after.strip_prefix(open)?.split_once(close);
            let Some((name, behind)) = of('(', ')').or_else(|| of('{', '}')) else {
                filled.push('$');
                rest = after;
                continue;
            };
            let is_name = name.chars().all(|sign| sign.is_ascii_alphanumeric() || "_-.".contains(sign));
            let is_affordable = depth > 0 && budget.get() > 0 && filled.len() < LONGEST;
            budget.set(budget.get().saturating_sub(1));
            match self.value(name, given).filter(|_| is_name && is_affordable) {
                Some(Value::Own(value)) => filled.push_str(&self.fill(value, given, depth - 1, budget)),
                Some(Value::Given(value)) => filled.push_str(value),
                None if is_name && name != "MAKE" => filled.push_str(&format!("${{{name}}}")),
                None => filled.push_str(&format!("$({name})")),
            }
            rest = behind;
        }
        filled.push_str(rest);
        filled
    }

    fn value<'a>(&'a self, name: &str, scope: &'a Scope<'_>) -> Option<Value<'a>> {
        let Scope { given, of_target } = scope;
        if let Some((_, value)) = given.command_line.iter().find(|(known, _)| known == name) {
            return Some(Value::Given(value));
        }
        let of_target = of_target.iter().rev().find(|(known, _)| known == name).map(|(_, variable)| variable);
        let of_job = given.environment.get(name).map(|value| Value::Given(value));
        match of_target.or_else(|| self.variables.get(name)) {
            Some(variable) if variable.yields && of_job.is_some() => of_job,
            // What is not read may say otherwise.
            Some(variable) if variable.yields && (self.is_partial || !given.is_whole) => None,
            Some(variable) => variable.value.as_deref().map(Value::Own),
            None => of_job,
        }
    }
}

/// What variables there are where a target is made.
struct Scope<'a> {
    given: &'a Given<'a>,
    /// Those of the target, and of those that need it, which come first.
    of_target: &'a [(String, Variable)],
}

/// A value that nothing chooses and no command says.
fn plain(value: &str) -> Option<String> {
    (!value.contains("$(shell") && !value.contains("$(if")).then(|| value.to_owned())
}

/// What a command amounts to whose output is a value: the git tag.
fn described(value: &str) -> Option<String> {
    let command = value.trim().strip_prefix("$(shell")?.strip_suffix(')')?.trim();
    let is_tag = command.starts_with("git describe") && command.contains("--tags");
    is_tag.then(|| "$${GITHUB_REF_NAME}".to_owned())
}

/// `NAME ?= value`.
fn assigned(line: &str) -> Option<(&str, &str, &str)> {
    let line = ["export ", "override "].iter().find_map(|word| line.strip_prefix(word)).unwrap_or(line);
    let at = line.find('=')?;
    let (before, value) = (line.get(..at)?, line.get(at + 1..)?);
    let name = before.trim_end_matches([':', '?', '+', '!']);
    let sign = line.get(name.len()..at + 1)?;
    let name = name.trim();
    let is_name =
        !name.is_empty() && name.chars().all(|sign| sign.is_ascii_alphanumeric() || "_-.".contains(sign));
    is_name.then_some((name, sign.trim(), value.trim()))
}

struct Making<'a> {
    makefile: &'a Makefile,
    given: &'a Given<'a>,
    done: Vec<String>,
    /// Variables of the targets that are being made.
    of_target: Vec<(String, Variable)>,
    text: String,
}

impl Making<'_> {
    fn make(&mut self, target: &str, depth: usize) -> Option<()> {
        if self.done.iter().any(|done| done == target) || depth == 0 || self.text.len() > LONGEST {
            return Some(());
        }
        self.done.push(target.to_owned());
        let rules = self.makefile.rules_of(target);
        if rules.is_empty() {
            return None;
        }
        let around = self.of_target.len();
        let own = self.makefile.of_targets.iter().filter(|(of, ..)| of == target || of == "%");
        self.of_target.extend(own.map(|(_, name, variable)| (name.clone(), variable.clone())));
        for (rule, stem) in rules {
            let needs: Vec<String> =
                rule.needs.iter().map(|name| self.fill(name).replace('%', stem)).collect();
            for name in &needs {
                // A file that is there needs no making.
                let _ = self.make(name, depth - 1);
            }
            for command in &rule.commands {
                let first = needs.first().map(String::as_str).unwrap_or_default();
                let command = command.trim_start_matches(['@', '-', '+']).trim();
                let command = command.replace("$@", target).replace("$<", first).replace("$*", stem);
                let command = self.fill(&command);
                self.text.push_str(&command);
                self.text.push('\n');
            }
        }
        self.of_target.truncate(around);
        Some(())
    }

    fn fill(&self, text: &str) -> String {
        let scope = Scope { given: self.given, of_target: &self.of_target };
        self.makefile.fill(text, &scope, DEPTH, &Cell::new(MOST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(text: &str, targets: &[&str], command_line: &[(&str, &str)]) -> Option<String> {
        let targets: Vec<String> = targets.iter().map(|&name| name.to_owned()).collect();
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let command_line: Vec<_> = command_line.iter().map(owned).collect();
        let environment = [("TAG".to_owned(), "of-job".to_owned())].into();
        let given = Given { command_line: &command_line, environment: &environment, is_whole: true };
        let file = WorkflowFile { path: "Makefile".into(), text: text.into() };
        Makefile::read(&file, &[]).commands_of(&targets, &given)
    }

    const TEXT: &str = "IMAGE ?= ghcr.io/acme/app # where\nTAG ?= dev\nFIXED := f\nFIXED += g\nV = $(shell git describe --tags)\nifeq ($(A),b)\nODD = x\nendif\n.PHONY: push\npush: build\n\t@docker push $(IMAGE):$(TAG)\nbuild:\n\tdocker build -t ${IMAGE}:$(TAG) \\\n\t  .\nodd:\n\techo $(ODD) $(FIXED) $$HOME $(call f,x) $(V)\npush-%: ; docker push $*\n";

    #[test]
    fn targets_are_made_after_what_they_need() {
        let want = "docker build -t ghcr.io/acme/app:of-job    .\ndocker push ghcr.io/acme/app:of-job\n";
        let found = made(TEXT, &["push"], &[]).map(|text| text.replace('\t', ""));
        assert_eq!(
            found.as_deref().map(|text| text.split_whitespace().collect::<Vec<_>>()),
            Some(want.split_whitespace().collect())
        );
        assert_eq!(made(TEXT, &[], &[]), made(TEXT, &["push"], &[]));
        let given = made(TEXT, &["push"], &[("TAG", "${{ github.ref_name }}")]);
        assert!(
            given.is_some_and(|text| text.ends_with("docker push ghcr.io/acme/app:${{ github.ref_name }}\n"))
        );
        assert_eq!(made(TEXT, &["push-web"], &[]).as_deref(), Some("docker push web\n"));
        assert_eq!(made(TEXT, &["none"], &[]), None);
    }

    #[test]
    fn what_depends_on_something_stays_a_variable() {
        let want = "echo ${ODD} ${FIXED} $HOME $(call f,x) ${GITHUB_REF_NAME}\n";
        assert_eq!(made(TEXT, &["odd"], &[]).as_deref(), Some(want));
        // Nor has what names itself no end.
        let many = "$(B)".repeat(200);
        for text in [
            format!("B = {many}\na: a\n\techo $(B)\n"),
            format!("B = $(C)$(C)\nC = {}\na:\n\techo {many}\n", "$(B)".repeat(50)),
        ] {
            assert!(made(&text, &["a"], &[]).is_some_and(|text| text.len() < 1 << 20));
        }
    }
}
