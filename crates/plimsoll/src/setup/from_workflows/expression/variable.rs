//! What a variable of a step's environment is: the one place that says it of those that are set, and of those that are not.

use super::{Known, names};

/// What stands for a value that only a run knows.
pub(in crate::setup::from_workflows) const OPEN: &str = "${{ unknown }}";
/// Under this name stands that steps set variables whose names can't be read.
pub(in crate::setup::from_workflows) const UNREAD: &str = "unread.env";
/// How the names of variables begin that a runner sets, or an action of docker.
const GIVEN: [&str; 3] = ["GITHUB_", "RUNNER_", "DOCKER_METADATA_"];

/// What a variable of the environment is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::setup::from_workflows) enum Variable {
    /// This, which may have expressions in it.
    Is(String),
    /// It is set, or may be, and only a run knows to what.
    Open,
    /// Nothing sets it.
    Unset,
}

impl Known<'_> {
    /// What a variable is in the environment of a step.
    pub(in crate::setup::from_workflows) fn variable(&self, name: &str) -> Variable {
        let key = format!("env.{name}");
        let is_given = || GIVEN.iter().any(|begin| name.starts_with(begin)) || name == "CI";
        match self.values.get(&key) {
            // One that is itself is known to be set, and not to what.
            Some(value) if names(value, &key) => Variable::Open,
            Some(value) => Variable::Is(value.clone()),
            None if self.in_words(&key).is_some() || is_given() => Variable::Open,
            None if self.values.contains_key(UNREAD) => Variable::Open,
            None => Variable::Unset,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_what_is_set_or_open() {
        let mut values = [("env.A", "b"), ("env.B", "${{ env.B }}"), ("as.env.C", "{tag}")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        let all = |values: &std::collections::BTreeMap<String, String>| {
            ["A", "B", "C", "D", "GITHUB_REF"].map(|name| Known { values, repository: None }.variable(name))
        };
        let is = || Variable::Is("b".to_owned());
        assert_eq!(all(&values), [is(), Variable::Open, Variable::Open, Variable::Unset, Variable::Open]);
        values.insert(UNREAD.to_owned(), String::new());
        assert_eq!(all(&values), [is(), Variable::Open, Variable::Open, Variable::Open, Variable::Open]);
    }
}
