//! The word that was probably meant.

/// Returns the known word that is nearest to `found`, if it is near enough to be a slip: at most a third of it, and at
/// most three letters, have to change.
pub(in crate::config) fn nearest<'a>(
    found: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let found = found.to_ascii_lowercase().replace('_', "-");
    known
        .into_iter()
        .map(|word| (strsim::damerau_levenshtein(&found, word), word))
        .filter(|(distance, word)| *distance <= 3.min(word.chars().count().div_ceil(3)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_slips_and_leaves_strange_words_alone() {
        let known = ["required-version", "project", "image", "if", "env"];
        for (found, want) in [
            ("required_version", Some("required-version")),
            ("Project", Some("project")),
            ("porject", Some("project")),
            ("images", Some("image")),
            ("is", Some("if")),
            ("deployments", None),
            ("", None),
        ] {
            assert_eq!(nearest(found, known), want, "{found}");
        }
    }
}
