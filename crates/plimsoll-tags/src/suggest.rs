//! The nearest known word to one that is not known.

/// Returns the known word that `found` most likely meant, or nothing when none is near.
///
/// `aliases` are words of other tools with the word that has their meaning here. A spelling counts as near when at
/// most a third of it, and at most two letters, have to change.
pub(crate) fn nearest(
    found: &str,
    known: &[&'static str],
    aliases: &[(&str, &'static str)],
) -> Option<&'static str> {
    let found = found.trim().to_ascii_lowercase();
    if let Some((_, meant)) = aliases.iter().find(|(alias, _)| *alias == found) {
        return Some(meant);
    }
    known
        .iter()
        .map(|word| (strsim::damerau_levenshtein(&found, word), *word))
        .filter(|(distance, word)| *distance <= 2.min(word.len().div_ceil(3)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_of_the_finger_is_found_and_a_strange_word_is_not() {
        let known = ["version", "major", "sha"];
        for (found, want) in [
            ("verison", Some("version")),
            ("Version", Some("version")),
            ("majr", Some("major")),
            ("commit", Some("sha")),
            ("shoe", None),
            ("date", None),
            ("", None),
        ] {
            assert_eq!(nearest(found, &known, &[("commit", "sha")]), want, "{found}");
        }
    }
}
