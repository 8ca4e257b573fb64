//! Variables in values.
//!
//! `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME-default}`, `${NAME:?message}`, `${NAME?message}`,
//! `${NAME:+alternative}`, `${NAME+alternative}`, nested in each other; `$$` is a `$`.
//!
//! Source: compose-spec 12-interpolation.

/// How deep defaults may stand in defaults.
const MAX_DEPTH: usize = 16;

/// A value with variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Variable { name: String, unset: Unset },
}

/// What stands for a variable that is not set.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Unset {
    /// Nothing, and that is a mistake as far as an image is concerned.
    Missing,
    /// Another value; with `:+` and `+` an empty one.
    Default(Template),
}

/// Why a value is no template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A `${` without its `}`.
    #[error("`${{` without its `}}`")]
    Unclosed,
    /// A `$` in front of something that is no name.
    #[error("a `$` before no variable's name; a `$` itself is written `$$`")]
    Name,
    /// Something between a name and its `}` that says nothing.
    #[error("`{found}` behind the variable `{name}`")]
    Operator {
        /// The variable.
        name: String,
        /// What stands behind it.
        found: char,
    },
    /// Too many defaults in defaults.
    #[error("more than {MAX_DEPTH} defaults inside of each other")]
    TooDeep,
}

impl Template {
    /// Reads a value.
    ///
    /// # Errors
    /// See [`TemplateError`].
    pub fn parse(text: &str) -> Result<Template, TemplateError> {
        let (template, rest) = parse_parts(text, End::Text, 0)?;
        debug_assert!(rest.is_empty(), "a whole text is read to its end");
        Ok(template)
    }

    /// Whether there is any variable in it.
    pub fn has_variables(&self) -> bool {
        self.0.iter().any(|part| matches!(part, Part::Variable { .. }))
    }

    /// The value where no variable is set.
    ///
    /// # Errors
    /// The names of the variables that have no default.
    pub fn expand_unset(&self) -> Result<String, Vec<String>> {
        let mut missing = Vec::new();
        let mut text = String::new();
        self.expand_into(&mut text, &mut missing);
        if missing.is_empty() { Ok(text) } else { Err(missing) }
    }

    fn expand_into(&self, text: &mut String, missing: &mut Vec<String>) {
        for part in &self.0 {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Variable { unset: Unset::Default(default), .. } => default.expand_into(text, missing),
                Part::Variable { name, unset: Unset::Missing } => {
                    if !missing.contains(name) {
                        missing.push(name.clone());
                    }
                }
            }
        }
    }

    /// The names of all variables, also of those in defaults, each once.
    pub fn variables(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for part in &self.0 {
            let Part::Variable { name, unset } = part else { continue };
            let inner = match unset {
                Unset::Missing => Vec::new(),
                Unset::Default(default) => default.variables(),
            };
            for name in [name.clone()].into_iter().chain(inner) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        names
    }
}

/// What ends a run of parts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Text,
    Brace,
}

fn parse_parts(text: &str, end: End, depth: usize) -> Result<(Template, &str), TemplateError> {
    if depth > MAX_DEPTH {
        return Err(TemplateError::TooDeep);
    }
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    loop {
        let Some(first) = rest.chars().next() else {
            if end == End::Brace {
                return Err(TemplateError::Unclosed);
            }
            flush(&mut plain, &mut parts);
            return Ok((Template(parts), rest));
        };
        let after = rest.get(first.len_utf8()..).unwrap_or_default();
        rest = match first {
            '}' if end == End::Brace => {
                flush(&mut plain, &mut parts);
                return Ok((Template(parts), after));
            }
            '$' if after.starts_with('$') => {
                plain.push('$');
                after.get(1..).unwrap_or_default()
            }
            '$' => {
                flush(&mut plain, &mut parts);
                let (part, after) = parse_variable(after, depth)?;
                parts.push(part);
                after
            }
            other => {
                plain.push(other);
                after
            }
        };
    }
}

fn flush(plain: &mut String, parts: &mut Vec<Part>) {
    if !plain.is_empty() {
        parts.push(Part::Text(std::mem::take(plain)));
    }
}

/// What stands behind a `$`.
fn parse_variable(text: &str, depth: usize) -> Result<(Part, &str), TemplateError> {
    let Some(braced) = text.strip_prefix('{') else {
        let (name, rest) = split_name(text).ok_or(TemplateError::Name)?;
        return Ok((Part::Variable { name: name.to_owned(), unset: Unset::Missing }, rest));
    };
    let (name, rest) = split_name(braced).ok_or(TemplateError::Name)?;
    let name = name.to_owned();
    let operator = rest.strip_prefix(':').unwrap_or(rest);
    match operator.chars().next() {
        Some('}') if operator.len() == rest.len() => {
            Ok((Part::Variable { name, unset: Unset::Missing }, operator.get(1..).unwrap_or_default()))
        }
        Some(sign @ ('-' | '?' | '+')) => {
            let (inner, rest) = parse_parts(operator.get(1..).unwrap_or_default(), End::Brace, depth + 1)?;
            let unset = match sign {
                '-' => Unset::Default(inner),
                '+' => Unset::Default(Template(Vec::new())),
                _ => Unset::Missing,
            };
            Ok((Part::Variable { name, unset }, rest))
        }
        Some(found) => Err(TemplateError::Operator { name, found }),
        None => Err(TemplateError::Unclosed),
    }
}

/// Splits a name off: `[_a-zA-Z][_a-zA-Z0-9]*`.
fn split_name(text: &str) -> Option<(&str, &str)> {
    let is_name = |c: char| c == '_' || c.is_ascii_alphanumeric();
    let end = text.find(|c| !is_name(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    name.starts_with(|c: char| c == '_' || c.is_ascii_alphabetic()).then_some((name, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_value_is_where_nothing_is_set() {
        let missing = |names: &[&str]| Err(names.iter().map(|name| (*name).to_owned()).collect());
        for (text, want) in [
            ("plain", Ok("plain".to_owned())),
            ("$$HOME $${X}", Ok("$HOME ${X}".to_owned())),
            ("${A:-repo:tag}", Ok("repo:tag".to_owned())),
            ("${A-x}/${B:-}", Ok("x/".to_owned())),
            ("${A:-${B:-${C-deep}}}:1", Ok("deep:1".to_owned())),
            ("${A:+alt}${B+alt}x", Ok("x".to_owned())),
            ("$A:${B}", missing(&["A", "B"])),
            ("${A:?set A to {x}} ${B?}", missing(&["A", "B"])),
            ("${A:-$B}", missing(&["B"])),
            ("$A$A", missing(&["A"])),
        ] {
            if text.contains("{x}") {
                // The first `}` ends it, nested or not.
                assert_eq!(Template::parse(text).unwrap().expand_unset(), missing(&["A", "B"]), "{text}");
                continue;
            }
            assert_eq!(Template::parse(text).unwrap().expand_unset(), want, "{text}");
        }
    }

    #[test]
    fn what_is_no_template() {
        let deep = "${A:-".repeat(20) + &"}".repeat(20);
        for (text, want) in [
            ("${A", TemplateError::Unclosed),
            ("${A:-x", TemplateError::Unclosed),
            ("a$", TemplateError::Name),
            ("$1", TemplateError::Name),
            ("${}", TemplateError::Name),
            ("${A!x}", TemplateError::Operator { name: "A".into(), found: '!' }),
            ("${A:}", TemplateError::Operator { name: "A".into(), found: '}' }),
            (&deep, TemplateError::TooDeep),
        ] {
            assert_eq!(Template::parse(text), Err(want), "{text}");
        }
    }

    #[test]
    fn variables_of_defaults_count() {
        let template = Template::parse("${A:-${B:-x}}/$C:${A}").unwrap();
        assert_eq!(template.variables(), ["A", "B", "C"]);
        assert!(!Template::parse("a$$b").unwrap().has_variables());
    }

    proptest! {
        #[test]
        fn never_panics_and_keeps_what_has_no_dollar(text in "[a-zA-Z0-9:/.{}$?+-]{0,40}") {
            if let Ok(template) = Template::parse(&text) && !text.contains('$') {
                prop_assert_eq!(template.expand_unset(), Ok(text));
            }
        }
    }
}
