//! What steps say one after the other of one name, some of them under conditions.

use crate::setup::from_workflows::expression::{Filled, Known, inside};
use crate::setup::from_workflows::workflow::{Job, Step};

/// Whether a step runs, as far as its condition says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Runs {
    Always,
    Never,
    /// Where this holds.
    Under(String),
}

impl Runs {
    pub(super) fn of(step: &Step, job: &Job) -> Runs {
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
            Filled::Known(_) | Filled::Unknown { .. } => Runs::Under(condition.to_owned()),
        }
    }
}

/// What is said of one name. No value is one that can't be read.
pub(super) struct Said {
    /// What was said whatever happens; none: nothing, and what stood there before is left.
    first: Option<Option<String>>,
    /// What was said behind it under conditions.
    then: Vec<(String, Option<String>)>,
}

impl Said {
    pub(super) fn first(value: Option<String>, runs: &Runs) -> Said {
        match runs {
            Runs::Under(condition) => Said { first: None, then: vec![(condition.clone(), value)] },
            Runs::Always | Runs::Never => Said { first: Some(value), then: Vec::new() },
        }
    }

    pub(super) fn say_again(&mut self, value: Option<String>, runs: &Runs) {
        if let Runs::Under(condition) = runs {
            self.then.push((condition.clone(), value));
        } else if !self.then.is_empty() || self.first != Some(value) {
            // What is said twice, and differently, depends on what happens.
            *self = Said { first: Some(None), then: Vec::new() };
        }
    }

    /// The value that is left at the end, or an expression that chooses among several; none where one of them can't be read.
    /// `settle` knows what a value is made of.
    pub(super) fn settle(self, before: &str, settle: impl Fn(String) -> Option<String>) -> Option<String> {
        let first = match self.first {
            Some(value) => settle(value?)?,
            None => before.to_owned(),
        };
        let mut chosen = first;
        for (condition, value) in self.then {
            let value = settle(value?)?;
            if value != chosen {
                chosen = choose(&condition, &value, &chosen)?;
            }
        }
        Some(chosen)
    }
}

/// An expression that is one text or another; none where that can't be written as one.
fn choose(condition: &str, value: &str, otherwise: &str) -> Option<String> {
    // What is nothing would be passed over.
    let (condition, value, otherwise) = match value {
        "" => (format!("!({condition})"), otherwise, value),
        _ => (format!("({condition})"), value, otherwise),
    };
    let is_plain = !value.is_empty() && !condition.contains("${{");
    let (value, otherwise) = (term(value)?, term(otherwise)?);
    let value = if value.contains("||") { format!("({value})") } else { value };
    is_plain.then(|| format!("${{{{ {condition} && {value} || {otherwise} }}}}"))
}

/// A text as a part of an expression.
fn term(text: &str) -> Option<String> {
    if let Some(inside) = inside(text).filter(|inside| !inside.contains("${{")) {
        let is_chosen = inside.contains("||") || inside == "unknown";
        return Some(if is_chosen { inside.to_owned() } else { format!("({inside})") });
    }
    if !text.contains("${{") {
        return Some(format!("'{}'", text.replace('\'', "''")));
    }
    // Words of tags would stand in the braces of a template.
    if text.replace("${{", "").replace("}}", "").contains(['{', '}']) {
        return None;
    }
    let (mut template, mut given) = (String::new(), String::new());
    let mut rest = text;
    let mut count = 0_usize;
    while let Some((before, opened)) = rest.split_once("${{") {
        let (expression, after) = opened.split_once("}}")?;
        template.push_str(&format!("{before}{{{count}}}"));
        given.push_str(&format!(", {}", expression.trim()));
        count += 1;
        rest = after;
    }
    template.push_str(rest);
    Some(format!("format('{}'{given})", template.replace('\'', "''")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_parts_of_expressions() {
        for (text, want) in [
            ("it's", Some("'it''s'")),
            ("", Some("''")),
            ("${{ github.repository }}", Some("(github.repository)")),
            (
                "ghcr.io/${{ github.repository }}-${{ a }}",
                Some("format('ghcr.io/{0}-{1}', github.repository, a)"),
            ),
            ("{tag}", Some("'{tag}'")),
            ("{tag}-${{ a }}", None),
        ] {
            assert_eq!(term(text).as_deref(), want, "{text}");
        }
        assert_eq!(choose("c", "", "b").as_deref(), Some("${{ !(c) && 'b' || '' }}"));
        assert_eq!(choose("c", "", ""), None);
    }
}
