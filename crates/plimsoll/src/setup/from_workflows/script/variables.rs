//! Variables that a script sets itself.

use std::collections::BTreeMap;

use super::{assignment, commands, replace_word};
use crate::setup::from_workflows::tag_words::in_tag_words;

/// What a variable is that a script has set.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    Known(String),
    /// Something, and only a run knows what.
    Open,
}

/// What is known of them at a place of the script.
#[derive(Default)]
pub(super) struct Variables {
    set: BTreeMap<String, Value>,
    /// For each condition around the place: the variables that its branches have set, and what they were before.
    conditions: Vec<BTreeMap<String, Option<Value>>>,
}

/// Commands that say how a line goes on, and those that only prepare: what stands behind them with `&&` is done.
const SURE: [&str; 9] = ["cd", "export", "local", "mkdir", "pushd", "readonly", "set", "shift", "true"];
/// Words that begin, part or end what depends on something.
const PARTS: [&str; 11] = ["if", "elif", "else", "fi", "case", "esac", "for", "while", "until", "do", "done"];

impl Variables {
    /// The commands of a line with what is known put in; what they set is known from there on.
    pub(super) fn read_line(&mut self, line: &str) -> Vec<Vec<String>> {
        let all = commands(line);
        let is_condition = is_condition(line, &all);
        if is_condition {
            self.conditions.push(BTreeMap::new());
        }
        let read = all.iter().filter_map(|words| self.read(words)).collect();
        if is_condition {
            self.leave_condition();
        }
        read
    }

    /// Takes over what a command sets, and gives its words; none where it does nothing else.
    fn read(&mut self, words: &[String]) -> Option<Vec<String>> {
        let mut words = words;
        loop {
            match words.first()?.as_str() {
                "if" | "case" | "while" | "until" => self.conditions.push(BTreeMap::new()),
                "for" | "select" => {
                    self.conditions.push(BTreeMap::new());
                    let name = words.get(1)?;
                    self.set(name, Value::Open);
                    return None;
                }
                "elif" | "else" => self.leave_branch(),
                "fi" | "esac" | "done" => self.leave_condition(),
                "sudo" | "then" | "do" | "time" | "!" => {}
                // A branch of a `case`.
                word if word.ends_with(')') && !word.contains('(') => self.leave_branch(),
                _ => break,
            }
            words = words.get(1..).unwrap_or_default();
        }
        let mut words: Vec<String> = words.iter().map(|word| self.fill(word)).collect();
        while let Some((name, value)) = words.first().and_then(|word| assignment(word)) {
            self.set(name, Value::Known(value.to_owned()));
            words.remove(0);
        }
        match words.first()?.as_str() {
            "export" | "local" | "readonly" | "declare" | "typeset" => {
                for (name, value) in words.iter().skip(1).filter_map(|word| assignment(word)) {
                    self.set(name, Value::Known(value.to_owned()));
                }
                None
            }
            "read" | "mapfile" | "readarray" | "unset" => {
                for name in words.iter().skip(1).filter(|word| !word.starts_with('-')) {
                    self.set(name, Value::Open);
                }
                None
            }
            _ => Some(words),
        }
    }

    fn set(&mut self, name: &str, value: Value) {
        let before = self.set.insert(name.to_owned(), value);
        if let Some(condition) = self.conditions.last_mut() {
            condition.entry(name.to_owned()).or_insert(before);
        }
    }

    fn leave_condition(&mut self) {
        self.leave_branch();
        self.conditions.pop();
    }

    /// What one branch of a condition has set is not known behind it, unless it was the same before.
    fn leave_branch(&mut self) {
        let Some(set) = self.conditions.last() else { return };
        let mut differing = Vec::new();
        for (name, before) in set {
            if self.set.get(name) != before.as_ref() {
                differing.push((name.clone(), before.clone()));
            }
        }
        for (name, before) in differing {
            self.set.insert(name.clone(), Value::Open);
            // Around it, too, it was set and is not known.
            let outer = self.conditions.iter_mut().rev().nth(1);
            outer.map(|outer| outer.entry(name).or_insert(before));
        }
    }

    fn known(&self, name: &str) -> Option<String> {
        match self.set.get(name)? {
            Value::Known(value) => Some(value.clone()),
            Value::Open => None,
        }
    }

    /// Puts in what is known. What only a run knows is none of the job's variables, even where that has one of this name.
    fn fill(&self, word: &str) -> String {
        let mut filled = in_tag_words(word, &|name| self.known(name));
        let is_open = |value: &Value| *value == Value::Open;
        // The longest first: `$NAME` stands in `$NAME_TAG`.
        for (name, _) in self.set.iter().rev().filter(|(_, value)| is_open(value)) {
            let variable = format!("${name}");
            let plain = filled.replace(&format!("${{{name}}}"), &variable);
            filled = replace_word(&plain, &variable, &format!("${{{{ ${name} }}}}"));
        }
        for (name, value) in self.set.iter().rev() {
            let Value::Known(value) = value else { continue };
            filled = filled.replace(&format!("${{{name}}}"), value);
            if filled.contains(&format!("${name}")) {
                filled = replace_word(&filled, &format!("${name}"), value);
            }
        }
        filled
    }
}

/// Whether what a line sets depends on something: `test … && NAME=a || NAME=b`.
fn is_condition(line: &str, all: &[Vec<String>]) -> bool {
    let Some(first) = all.first().and_then(|words| words.first()).map(String::as_str) else { return false };
    let is_joined = line.contains("&&") || line.contains("||");
    let is_plain = SURE.contains(&first) || assignment(first).is_some();
    let is_part = PARTS.contains(&first) || first.ends_with(')') || line.contains("; do");
    all.len() > 1 && !is_part && (matches!(first, "[" | "[[" | "test") || (is_joined && !is_plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words of the last command.
    fn last(run: &str) -> String {
        let mut variables = Variables::default();
        let mut all: Vec<Vec<String>> =
            run.lines().flat_map(|line| variables.read_line(line.trim())).collect();
        all.pop().unwrap_or_default().join(" ")
    }

    #[test]
    fn what_is_set_is_put_in() {
        for (run, want) in [
            ("A=x; B=$A/y\necho ${B}", "echo x/y"),
            ("export A=x\necho $A $AB", "echo x $AB"),
            ("TAG=${GITHUB_REF##*/}\nV=${TAG#v}\necho $TAG $V", "echo {tag} {version}"),
            ("V=$(git describe --tags)\necho a:$V", "echo a:{tag}"),
            ("V=`echo $GITHUB_REF | cut -d/ -f3`\necho a:$V", "echo a:{tag}"),
            ("V=$(cat VERSION)\necho a:$V", "echo a:$(cat VERSION)"),
        ] {
            assert_eq!(last(&run.replace("\\n", "\n")), want, "{run}");
        }
    }

    #[test]
    fn what_a_script_sets_in_a_way_that_only_a_run_knows_is_none_of_the_jobs_variables() {
        for (run, want) in [
            ("grep -q x y && A=b\necho $A", "echo ${{ $A }}"),
            ("docker pull x || A=b\necho ${A}/c", "echo ${{ $A }}/c"),
            ("while read -r A; do\necho $A\ndone\necho $B", "echo $B"),
            ("read -r A < file\necho $A", "echo ${{ $A }}"),
            ("for A in $ALL; do\necho $A", "echo ${{ $A }}"),
            ("while x; do\nA=b\ndone\necho $A-$AB", "echo ${{ $A }}-$AB"),
            ("if x; then A=b; fi\nC=$A/c\necho $C", "echo ${{ $A }}/c"),
            ("A=${A:-b}\necho $A", "echo ${A:-b}"),
        ] {
            assert_eq!(last(run), want, "{run}");
        }
    }

    #[test]
    fn what_one_branch_sets_is_known_there_alone() {
        for (run, want) in [
            ("if x; then A=b; echo $A", "echo b"),
            ("if x; then\nA=b\nelse\nA=c\nfi\necho $A", "echo ${{ $A }}"),
            ("A=a\nif x; then A=b; fi\necho $A", "echo ${{ $A }}"),
            ("A=a\nif x; then A=a; fi\necho $A", "echo a"),
            ("A=a\nif x; then echo; fi\necho $A", "echo a"),
            ("case $x in\na) A=b ;;\n*)\nA=c\n;;\nesac\necho $A", "echo ${{ $A }}"),
            ("if x; then\nif y; then A=b; fi\nA=c\necho $A", "echo c"),
            ("if x; then\nif y; then A=b; fi\nA=c\nfi\necho $A", "echo ${{ $A }}"),
            ("[[ $x ]] && A=b || A=c\necho $A", "echo ${{ $A }}"),
            ("cd x && A=b\necho $A", "echo b"),
            ("fi\nesac\nA=b\necho $A", "echo b"),
        ] {
            assert_eq!(last(&run.replace("\\n", "\n")), want, "{run}");
        }
    }
}
