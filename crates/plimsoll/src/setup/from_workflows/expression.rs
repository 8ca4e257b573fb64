//! `${{ … }}` in a workflow: what is known is put in.

mod variable;

use std::cell::Cell;
use std::collections::BTreeMap;

pub(super) use self::variable::{OPEN, UNREAD, Variable};
use super::condition;

/// How deep values may name one another, and how many are put into one text: those that name each other have no end.
const DEPTH: usize = 10;
const MOST: usize = 200;

/// What is known when a workflow is read.
pub(super) struct Known<'a> {
    /// `env.NAME` and `matrix.NAME`.
    pub(super) values: &'a BTreeMap<String, String>,
    /// `owner/name`.
    pub(super) repository: Option<&'a str>,
}

/// A text with `${{ … }}` in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Filled {
    /// Everything was known.
    Known(String),
    /// Something was not: the text with what was known, and the first expression that was not.
    Unknown { text: String, expression: String },
}

impl Filled {
    /// The text, with what was known.
    pub(super) fn into_text(self) -> String {
        match self {
            Filled::Known(text) | Filled::Unknown { text, .. } => text,
        }
    }
}

/// Whether one of the expressions in a text names this one, by its whole name.
pub(super) fn names(text: &str, name: &str) -> bool {
    let is_part = |sign: char| sign.is_ascii_alphanumeric() || "._-".contains(sign);
    let of_environment = format!("env.{name}");
    let expressions = text.split("${{").skip(1).filter_map(|rest| rest.split_once("}}"));
    let mut words = expressions.flat_map(|(inside, _)| inside.split(|sign| !is_part(sign)));
    words.any(|word| word == name || word == of_environment)
}

/// What stands in a text that is one expression: `${{ … }}` and nothing else.
pub(super) fn inside(text: &str) -> Option<&str> {
    text.trim().strip_prefix("${{")?.strip_suffix("}}").map(str::trim)
}

impl Known<'_> {
    /// Puts in what is known.
    pub(super) fn fill(&self, text: &str) -> Filled {
        self.fill_with(text, &|_| None)
    }

    /// The same, where `also` may know more.
    pub(super) fn fill_with(&self, text: &str, also: &dyn Fn(&str) -> Option<String>) -> Filled {
        let also = |expression: &str| also(expression).or_else(|| condition::work_out(expression, self));
        self.fill_within(text, &also, DEPTH, &Cell::new(MOST))
    }

    /// A list of lines, with those put in that are lists themselves: `${{ matrix.tags }}`.
    pub(super) fn spread(&self, list: &str) -> String {
        let spread = |line: &str| {
            let filled = self.fill(line).into_text();
            let is_list = filled.contains('\n') || (inside(line).is_some() && filled.contains(','));
            if is_list { filled } else { line.to_owned() }
        };
        list.lines().map(spread).collect::<Vec<_>>().join("\n")
    }

    /// Puts in what is known by its name alone.
    pub(super) fn fill_plainly(&self, text: &str) -> Filled {
        self.fill_within(text, &|_| None, DEPTH, &Cell::new(MOST))
    }

    fn fill_within(
        &self,
        text: &str,
        also: &dyn Fn(&str) -> Option<String>,
        depth: usize,
        budget: &Cell<usize>,
    ) -> Filled {
        let mut filled = String::new();
        let mut unknown = None;
        let mut rest = text;
        while let Some((before, opened)) = rest.split_once("${{") {
            let Some((inside, closed)) = opened.split_once("}}") else { break };
            filled.push_str(before);
            let inside = inside.trim();
            let found = self.find(inside).or_else(|| self.judge(inside)).or_else(|| also(inside));
            let is_affordable = depth > 0 && budget.get() > 0;
            budget.set(budget.get().saturating_sub(1));
            match found.filter(|_| is_affordable) {
                // What is put in may have expressions of its own: `env` that names `github.repository`.
                Some(value) if value.contains("${{") => {
                    match self.fill_within(&value, also, depth - 1, budget) {
                        Filled::Known(value) => filled.push_str(&value),
                        Filled::Unknown { text, expression } => {
                            filled.push_str(&text);
                            unknown.get_or_insert(expression);
                        }
                    }
                }
                Some(value) => filled.push_str(&value),
                None => {
                    filled.push_str(&format!("${{{{ {inside} }}}}"));
                    unknown.get_or_insert_with(|| inside.to_owned());
                }
            }
            rest = closed;
        }
        filled.push_str(rest);
        match unknown {
            None => Filled::Known(filled),
            Some(expression) => Filled::Unknown { text: filled, expression },
        }
    }

    /// What a condition comes to, as far as the matrix and variables decide it: the part that they do not is left.
    fn judge(&self, condition: &str) -> Option<String> {
        if condition.contains("||") || condition.contains(['(', '[']) {
            return None;
        }
        let parts: Vec<&str> = condition.split("&&").map(str::trim).collect();
        let mut open = Vec::new();
        for part in &parts {
            match self.compare(part) {
                Some(true) => {}
                Some(false) => return Some("false".to_owned()),
                None => open.push(*part),
            }
        }
        match open.as_slice() {
            [] => Some("true".to_owned()),
            [one] if parts.len() > 1 => Some(format!("${{{{ {one} }}}}")),
            _ => None,
        }
    }

    /// `matrix.NAME == 'value'`, where the value is known.
    fn compare(&self, part: &str) -> Option<bool> {
        let (name, wanted, is_same) = match (part.split_once("=="), part.split_once("!=")) {
            (Some((name, wanted)), _) => (name, wanted, true),
            (None, Some((name, wanted))) => (name, wanted, false),
            (None, None) => return None,
        };
        let name = name.trim();
        let wanted = wanted.trim().strip_prefix('\'')?.strip_suffix('\'')?;
        let is_decided = name.starts_with("matrix.") || name.starts_with("env.");
        let value = self.values.get(name).filter(|value| is_decided && !value.contains("${{"))?;
        // It may be a switch, which is not the same as its name.
        if name.starts_with("matrix.") && matches!(value.as_str(), "true" | "false") {
            return None;
        }
        Some(value.eq_ignore_ascii_case(wanted) == is_same)
    }

    fn find(&self, expression: &str) -> Option<String> {
        let (owner, name) = self.repository.and_then(|repository| repository.split_once('/')).unzip();
        match expression {
            "github.repository" | "GITHUB_REPOSITORY" => self.repository.map(str::to_owned),
            "github.repository_owner" | "GITHUB_REPOSITORY_OWNER" => owner.map(str::to_owned),
            "github.event.repository.name" => name.map(str::to_owned),
            // A value that names itself is nothing that could be put in.
            _ => {
                // A shell's variable may stand under its own name, or be one of the workflow.
                let value =
                    self.values.get(expression).or_else(|| self.values.get(&format!("env.{expression}")));
                value.filter(|value| !names(value, expression)).cloned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_put_in() {
        let values = [
            ("env.REGISTRY", "ghcr.io"),
            ("env.NAME", "${{ github.repository }}"),
            ("env.A", "${{ env.A }}"),
        ];
        let values = values.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        let known = Known { values: &values, repository: Some("acme/app") };
        let filled = |text: &str| known.fill(text);
        assert_eq!(filled("${{ env.REGISTRY }}/${{env.NAME}}"), Filled::Known("ghcr.io/acme/app".into()));
        assert_eq!(filled("${{ github.repository_owner }}"), Filled::Known("acme".into()));
        let unknown = |text: &str, expression: &str| Filled::Unknown {
            text: text.into(),
            expression: expression.into(),
        };
        assert_eq!(filled("a ${{ secrets.B }}"), unknown("a ${{ secrets.B }}", "secrets.B"));
        assert_eq!(filled("${{ env.A }}"), unknown("${{ env.A }}", "env.A"));
        assert_eq!(filled("${{ open"), Filled::Known("${{ open".into()));
    }

    #[test]
    fn lists_in_lists_are_spread() {
        let values = [("env.ONE", "a"), ("env.TWO", "b\nc\n"), ("env.THREE", "d,${{ github.sha }}")];
        let values = values.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        let known = Known { values: &values, repository: None };
        let list = "${{ env.ONE }}\n${{ env.TWO }}\n${{ env.THREE }}\ne,${{ env.ONE }}";
        assert_eq!(known.spread(list), "${{ env.ONE }}\nb\nc\n\nd,${{ github.sha }}\ne,${{ env.ONE }}");
    }

    #[test]
    fn conditions_are_judged_as_far_as_they_are_decided() {
        let values = [("matrix.flavor", "alpine"), ("matrix.slim", "true"), ("env.SLIM", "true")];
        let values = values.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        let known = Known { values: &values, repository: None };
        for (condition, want) in [
            ("matrix.flavor == 'alpine'", "true"),
            ("matrix.flavor == 'debian'", "false"),
            ("matrix.flavor != 'debian' && matrix.flavor == 'Alpine'", "true"),
            ("matrix.flavor == 'debian' && github.ref == 'refs/heads/main'", "false"),
            ("matrix.flavor == 'alpine' && github.actor == 'ann'", "${{ github.actor == 'ann' }}"),
            (
                "matrix.flavor == 'debian' || github.actor == 'ann'",
                "${{ matrix.flavor == 'debian' || github.actor == 'ann' }}",
            ),
            ("env.SLIM == 'true'", "true"),
            ("matrix.slim == 'true'", "${{ matrix.slim == 'true' }}"),
            ("matrix.other == 'debian'", "${{ matrix.other == 'debian' }}"),
        ] {
            let (Filled::Known(found) | Filled::Unknown { text: found, .. }) =
                known.fill(&format!("${{{{ {condition} }}}}"));
            assert_eq!(found, want, "{condition}");
        }
    }

    #[test]
    fn what_chooses_among_known_values_is_known() {
        let values = [
            ("matrix.flavor", "slim"),
            ("env.A", "x${{ env.A == 'b' && 'c' || env.B }}"),
            ("env.B", "${{ env.A }}"),
        ];
        let values = values.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        let known = Known { values: &values, repository: Some("acme/app") };
        for (text, want) in [
            ("Dockerfile${{ matrix.flavor == 'slim' && '.slim' || '' }}", Some("Dockerfile.slim")),
            ("${{ matrix.flavor != 'slim' && 'a' || 'b' }}", Some("b")),
            ("${{ github.repository == 'acme/app' && 'acme/app' || '' }}", Some("acme/app")),
            ("${{ format('{0}-{1}', matrix.flavor, 'x') }}", Some("slim-x")),
            ("${{ github.event_name == 'push' && 'a' || 'b' }}", None),
            ("${{ env.A }}", None),
            ("${{ github.ref_name }}", None),
        ] {
            let found = match known.fill(text) {
                Filled::Known(text) => Some(text),
                Filled::Unknown { .. } => None,
            };
            assert_eq!(found.as_deref(), want, "{text}");
        }
    }

    #[test]
    fn values_that_name_each_other_have_an_end() {
        let twice = "${{ env.B }}${{ env.B }}";
        let values = [("env.A", twice), ("env.B", "${{ env.A }}${{ env.A }}")];
        let values = values.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        let known = Known { values: &values, repository: None };
        let Filled::Unknown { text, expression } = known.fill("${{ env.A }}") else { panic!("it is known") };
        assert!(["env.A", "env.B"].contains(&expression.as_str()), "{expression}");
        assert!(text.len() < 20_000, "{}", text.len());
    }
}
