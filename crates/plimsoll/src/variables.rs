//! Environment variables as a value: read once at the door, handed on to whoever needs some.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;

/// Environment variables. `Debug` shows names only: values may be secrets.
#[derive(Clone, Default)]
pub struct Variables(BTreeMap<OsString, OsString>);

impl Variables {
    /// The variables of this process.
    pub fn of_this_process() -> Variables {
        Variables(std::env::vars_os().collect())
    }

    /// A variable's value; `None` if it is not set.
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        self.0.get(OsStr::new(name)).map(OsString::as_os_str)
    }

    /// A variable's value as text; `None` if it is not set, empty or not UTF-8.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.to_str().filter(|text| !text.is_empty())
    }

    /// Those of the variables that are named.
    #[must_use]
    pub fn only(&self, names: &[&str]) -> Variables {
        let named = |name: &&str| self.get(name).map(|value| (OsString::from(name), value.to_owned()));
        Variables(names.iter().filter_map(named).collect())
    }

    /// Sets a variable.
    pub fn set(&mut self, name: impl Into<OsString>, value: impl Into<OsString>) {
        self.0.insert(name.into(), value.into());
    }

    /// Every variable, in the order of names.
    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.0.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }
}

impl<N: Into<OsString>, V: Into<OsString>> FromIterator<(N, V)> for Variables {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Variables {
        Variables(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_names_only() {
        let variables: Variables = [("TOKEN", "hunter2")].into_iter().collect();
        assert_eq!(format!("{variables:?}"), r#"{"TOKEN"}"#);
    }

    #[test]
    fn keeps_only_what_is_named() {
        let variables: Variables = [("A", "1"), ("B", "2"), ("C", "")].into_iter().collect();
        let kept = variables.only(&["A", "C", "D"]);
        assert_eq!(kept.get("A"), Some(OsStr::new("1")));
        assert_eq!((kept.get("B"), kept.get("D")), (None, None));
        assert_eq!((kept.get("C"), kept.text("C")), (Some(OsStr::new("")), None));
    }
}
