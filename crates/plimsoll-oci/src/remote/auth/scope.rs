//! What a token is good for (distribution, "Token Scope Documentation").

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The most scopes that a registry can add to what we ask for.
const MOST_SCOPES: usize = 16;

/// Actions on resources: `repository:acme/app:pull,push`. Merged, ordered, and so comparable.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Scopes(BTreeMap<String, BTreeSet<String>>);

impl Scopes {
    /// Reading a repository.
    pub(crate) fn pull(path: &str) -> Self {
        Self::default().with(path, &["pull"])
    }

    /// Reading and writing a repository.
    pub(crate) fn push(path: &str) -> Self {
        Self::default().with(path, &["pull", "push"])
    }

    /// Reading, writing and deleting in a repository.
    pub(crate) fn delete(path: &str) -> Self {
        Self::default().with(path, &["pull", "push", "delete"])
    }

    /// These, and reading another repository.
    pub(crate) fn and_pull(self, path: &str) -> Self {
        self.with(path, &["pull"])
    }

    /// These and others.
    pub(crate) fn and(mut self, others: &Self) -> Self {
        for (resource, actions) in &others.0 {
            self.0.entry(resource.clone()).or_default().extend(actions.iter().cloned());
        }
        self
    }

    fn with(mut self, path: &str, actions: &[&str]) -> Self {
        let known = self.0.entry(format!("repository:{path}")).or_default();
        known.extend(actions.iter().map(|action| (*action).to_owned()));
        self
    }

    /// These and what a challenge asks for: scopes separated by spaces. What is no scope is left out.
    pub(crate) fn with_challenge(mut self, text: &str) -> Self {
        for scope in text.split_ascii_whitespace().take(MOST_SCOPES) {
            // The resource's name may hold a colon (`host:port`), so the actions are what follows the last one.
            let Some((resource, actions)) = scope.rsplit_once(':') else { continue };
            if !resource.contains(':') {
                continue;
            }
            let known = self.0.entry(resource.to_owned()).or_default();
            known.extend(actions.split(',').filter(|action| !action.is_empty()).map(str::to_owned));
        }
        self
    }

    /// True if a token for these is good for `other` too.
    pub(crate) fn cover(&self, other: &Self) -> bool {
        other.0.iter().all(|(resource, actions)| {
            self.0.get(resource).is_some_and(|known| known.contains("*") || actions.is_subset(known))
        })
    }

    /// Each scope as the token service wants it.
    pub(crate) fn each(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|(resource, actions)| {
            let actions: Vec<&str> = actions.iter().map(String::as_str).collect();
            format!("{resource}:{}", actions.join(","))
        })
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let each: Vec<String> = self.each().collect();
        f.write_str(&each.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn merges_and_prints_in_order() {
        let scopes =
            Scopes::push("b").and_pull("a").with_challenge("repository:b:delete,pull registry:catalog:*");
        assert_eq!(scopes.to_string(), "registry:catalog:* repository:a:pull repository:b:delete,pull,push");
    }

    #[test]
    fn a_port_in_a_name_is_no_action() {
        let scopes = Scopes::default().with_challenge("repository:host:5000/app:pull");
        assert_eq!(scopes.to_string(), "repository:host:5000/app:pull");
    }

    #[test]
    fn more_covers_less() {
        assert!(Scopes::push("a").cover(&Scopes::pull("a")));
        assert!(!Scopes::pull("a").cover(&Scopes::push("a")));
        assert!(!Scopes::push("a").cover(&Scopes::pull("b")));
        assert!(Scopes::default().with_challenge("repository:a:*").cover(&Scopes::push("a")));
    }

    #[test]
    fn a_registry_cannot_ask_for_ever_more() {
        let many: Vec<String> = (0..1000).map(|n| format!("repository:r{n}:pull")).collect();
        assert_eq!(Scopes::default().with_challenge(&many.join(" ")).each().count(), MOST_SCOPES);
    }

    proptest! {
        #[test]
        fn never_panics(text in ".*") {
            let scopes = Scopes::default().with_challenge(&text);
            prop_assert!(scopes.cover(&scopes));
        }
    }
}
