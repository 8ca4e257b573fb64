//! Variables that a script sets itself.

use std::collections::BTreeMap;

use super::{assignment, commands, replace_word};
use crate::setup::from_workflows::tag_words::in_tag_words;

/// What is known of them at a place of the script.
#[derive(Default)]
pub(super) struct Variables {
    known: BTreeMap<String, String>,
    /// For each condition around the place: the variables that its branches have set, and what they were before.
    conditions: Vec<BTreeMap<String, Option<String>>>,
}

impl Variables {
    /// The commands of a line with what is known put in; what they set is known from there on.
    pub(super) fn read_line(&mut self, line: &str) -> Vec<Vec<String>> {
        let all = commands(line);
        let first = all.first().and_then(|words| words.first()).map(String::as_str);
        // `test … && NAME=a || NAME=b`
        let is_condition = all.len() > 1 && matches!(first, Some("[" | "[[" | "test"));
        if is_condition {
            self.conditions.push(BTreeMap::new());
        }
        let read = all.iter().filter_map(|words| self.read(words)).collect();
        if is_condition {
            self.leave_branch();
            self.conditions.pop();
        }
        read
    }

    /// Takes over what a command sets, and gives its words; none where it does nothing else.
    fn read(&mut self, words: &[String]) -> Option<Vec<String>> {
        let mut words = words;
        loop {
            match words.first()?.as_str() {
                "if" | "case" => self.conditions.push(BTreeMap::new()),
                "elif" | "else" => self.leave_branch(),
                "fi" | "esac" => {
                    self.leave_branch();
                    self.conditions.pop();
                }
                "sudo" | "then" | "do" | "time" => {}
                // A branch of a `case`.
                word if word.ends_with(')') && !word.contains('(') => self.leave_branch(),
                _ => break,
            }
            words = words.get(1..).unwrap_or_default();
        }
        let mut words: Vec<String> = words.iter().map(|word| self.fill(word)).collect();
        while let Some((name, value)) = words.first().and_then(|word| assignment(word)) {
            self.set(name, value);
            words.remove(0);
        }
        if matches!(words.first()?.as_str(), "export" | "local" | "readonly") {
            for (name, value) in words.iter().skip(1).filter_map(|word| assignment(word)) {
                self.set(name, value);
            }
            return None;
        }
        Some(words)
    }

    fn set(&mut self, name: &str, value: &str) {
        let before = self.known.insert(name.to_owned(), value.to_owned());
        if let Some(condition) = self.conditions.last_mut() {
            condition.entry(name.to_owned()).or_insert(before);
        }
    }

    /// What one branch of a condition has set is not known behind it, unless it was the same before.
    fn leave_branch(&mut self) {
        let Some(set) = self.conditions.last() else { return };
        let mut differing = Vec::new();
        for (name, before) in set {
            if self.known.get(name) != before.as_ref() {
                differing.push(name.clone());
            }
        }
        for name in differing {
            self.known.remove(&name);
            // Around it, too, it was set and is not known.
            let outer = self.conditions.iter_mut().rev().nth(1);
            outer.map(|outer| outer.entry(name.clone()).or_insert(None));
        }
    }

    /// Puts in what is known.
    fn fill(&self, word: &str) -> String {
        let mut filled = in_tag_words(word, &|name| self.known.get(name).cloned());
        // The longest first: `$NAME` stands in `$NAME_TAG`.
        for (name, value) in self.known.iter().rev() {
            filled = filled.replace(&format!("${{{name}}}"), value);
            if filled.contains(&format!("${name}")) {
                filled = replace_word(&filled, &format!("${name}"), value);
            }
        }
        filled
    }
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
    fn what_one_branch_sets_is_known_there_alone() {
        for (run, want) in [
            ("if x; then A=b; echo $A", "echo b"),
            ("if x; then\nA=b\nelse\nA=c\nfi\necho $A", "echo $A"),
            ("A=a\nif x; then A=b; fi\necho $A", "echo $A"),
            ("A=a\nif x; then A=a; fi\necho $A", "echo a"),
            ("A=a\nif x; then echo; fi\necho $A", "echo a"),
            ("case $x in\na) A=b ;;\n*)\nA=c\n;;\nesac\necho $A", "echo $A"),
            ("if x; then\nif y; then A=b; fi\nA=c\necho $A", "echo c"),
            ("if x; then\nif y; then A=b; fi\nA=c\nfi\necho $A", "echo $A"),
            ("[[ $x ]] && A=b || A=c\necho $A", "echo $A"),
            ("cd x && A=b\necho $A", "echo b"),
            ("fi\nesac\nA=b\necho $A", "echo b"),
        ] {
            assert_eq!(last(&run.replace("\\n", "\n")), want, "{run}");
        }
    }
}
