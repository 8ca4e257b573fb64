//! Why a file of a forge is no YAML, so that it can be mended.

use plimsoll_edit::yaml::tree::{Tree, TreeError};

/// Says why; the error's own words are of a program that reads YAML, and know of no file.
pub(super) fn describe(text: &str, error: &yaml_serde::Error) -> String {
    match Tree::parse(text) {
        Err(TreeError::SecondDocument { line }) => format!(
            "line {line}: a second document begins, and such a file is one: take out the `---`, or put what is behind it into a file of its own"
        ),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_document_is_told_as_one() {
        let describe =
            |text: &str| describe(text, &yaml_serde::from_str::<serde_json::Value>(text).unwrap_err());
        assert!(describe("on: push\n---\njobs: {}\n").starts_with("line 2: a second document begins"));
        assert!(!describe("on: [\n").contains("document begins"));
    }
}
