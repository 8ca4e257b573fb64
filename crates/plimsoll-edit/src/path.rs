//! Where a value stands in a structured text.

use std::fmt;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// Into a table, by key.
    Key(String),
    /// Into a list, by place from 0.
    Index(usize),
}

/// A path of keys and indices: `project.version`, `packages."".version`, `services.web.ports[0]`.
///
/// Keys are separated by `.`; a key that is not made of letters, digits, `_`, `-` and `/` alone is quoted with `"`,
/// in which `\` escapes `"` and `\`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct KeyPath(Vec<Step>);

/// Why a text is no path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// There is nothing.
    #[error("a path cannot be empty")]
    Empty,
    /// A quote or a bracket is not closed.
    #[error("`{path}` has an open `{opened}`")]
    Unclosed {
        /// The path.
        path: String,
        /// What was opened.
        opened: char,
    },
    /// A key or an index is missing, or something else stands in its place.
    #[error("`{path}` has {found:?} where a key or an index is wanted")]
    Unexpected {
        /// The path.
        path: String,
        /// What stands there, nothing at the end.
        found: Option<char>,
    },
    /// The text between brackets is no number.
    #[error("`{index}` in `{path}` is no index")]
    Index {
        /// The path.
        path: String,
        /// The text between the brackets.
        index: String,
    },
}

impl KeyPath {
    /// Makes a path of keys.
    pub fn of<'key>(keys: impl IntoIterator<Item = &'key str>) -> Self {
        Self(keys.into_iter().map(|key| Step::Key(key.to_owned())).collect())
    }

    /// Reads a path.
    ///
    /// # Errors
    /// See [`PathError`].
    pub fn parse(text: &str) -> Result<Self, PathError> {
        if text.is_empty() {
            return Err(PathError::Empty);
        }
        let mut steps = Vec::new();
        let mut rest = text;
        loop {
            let (step, after) = parse_step(text, rest)?;
            steps.push(step);
            rest = match after.chars().next() {
                None => return Ok(Self(steps)),
                Some('[') => after,
                Some('.') => after.get(1..).unwrap_or_default(),
                found => return Err(PathError::Unexpected { path: text.to_owned(), found }),
            };
        }
    }

    /// Returns the steps from the root.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// Returns this path with one more step.
    #[must_use]
    pub fn join(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// Returns the first `length` steps.
    pub(crate) fn prefix(&self, length: usize) -> Self {
        Self(self.0.iter().take(length).cloned().collect())
    }
}

fn parse_step<'text>(path: &str, rest: &'text str) -> Result<(Step, &'text str), PathError> {
    let unclosed = |opened| PathError::Unclosed { path: path.to_owned(), opened };
    if let Some(bracketed) = rest.strip_prefix('[') {
        let (index, after) = bracketed.split_once(']').ok_or_else(|| unclosed('['))?;
        let number =
            index.parse().map_err(|_| PathError::Index { path: path.to_owned(), index: index.to_owned() })?;
        return Ok((Step::Index(number), after));
    }
    if let Some(quoted) = rest.strip_prefix('"') {
        let mut key = String::new();
        let mut characters = quoted.chars();
        loop {
            match characters.next() {
                Some('"') => return Ok((Step::Key(key), characters.as_str())),
                Some('\\') => key.push(characters.next().ok_or_else(|| unclosed('"'))?),
                Some(character) => key.push(character),
                None => return Err(unclosed('"')),
            }
        }
    }
    let length = rest.find(|character| !is_bare(character)).unwrap_or(rest.len());
    if length == 0 {
        return Err(PathError::Unexpected { path: path.to_owned(), found: rest.chars().next() });
    }
    let (key, after) = rest.split_at(length);
    Ok((Step::Key(key.to_owned()), after))
}

fn is_bare(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '-' | '/')
}

impl fmt::Display for KeyPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(formatter, "[{index}]")?,
                Step::Key(key) => {
                    if place > 0 {
                        formatter.write_str(".")?;
                    }
                    if !key.is_empty() && key.chars().all(is_bare) {
                        formatter.write_str(key)?;
                    } else {
                        write!(formatter, "\"{}\"", key.replace('\\', "\\\\").replace('"', "\\\""))?;
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{KeyPath, PathError, Step};

    #[test]
    fn paths_as_people_write_them() {
        for (text, steps) in [
            ("version", vec![Step::Key("version".into())]),
            ("tool.poetry.version", ["tool", "poetry", "version"].map(|key| Step::Key(key.into())).to_vec()),
            ("packages.\"\".version", ["packages", "", "version"].map(|key| Step::Key(key.into())).to_vec()),
            ("a.\"b.\\\"c\"", ["a", "b.\"c"].map(|key| Step::Key(key.into())).to_vec()),
            (
                "a[0][12].b",
                vec![Step::Key("a".into()), Step::Index(0), Step::Index(12), Step::Key("b".into())],
            ),
        ] {
            assert_eq!(KeyPath::parse(text).unwrap().steps(), steps);
        }
    }

    #[test]
    fn what_is_no_path_and_why() {
        let path = |text: &str| text.to_owned();
        for (text, want) in [
            ("", PathError::Empty),
            ("a.", PathError::Unexpected { path: path("a."), found: None }),
            (".a", PathError::Unexpected { path: path(".a"), found: Some('.') }),
            ("a b", PathError::Unexpected { path: path("a b"), found: Some(' ') }),
            ("a[0", PathError::Unclosed { path: path("a[0"), opened: '[' }),
            ("\"a", PathError::Unclosed { path: path("\"a"), opened: '"' }),
            ("a[x]", PathError::Index { path: path("a[x]"), index: path("x") }),
        ] {
            assert_eq!(KeyPath::parse(text), Err(want), "{text}");
        }
    }

    fn any_step() -> impl Strategy<Value = Step> {
        prop_oneof!["\\PC{0,6}".prop_map(Step::Key), (0..1000_usize).prop_map(Step::Index)]
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(steps in prop::collection::vec(any_step(), 1..5)) {
            let path = steps.into_iter().fold(KeyPath::default(), |path, step| path.join(step));
            prop_assert_eq!(KeyPath::parse(&path.to_string()), Ok(path));
        }
    }
}
