//! What a Dockerfile says that a draft needs: its last stage, and which files it wants of its context.

/// The name of the last stage, where it has one.
pub(crate) fn last_stage(text: &str) -> Option<&str> {
    let is_from =
        |line: &&str| line.split_whitespace().next().is_some_and(|word| word.eq_ignore_ascii_case("from"));
    let last = text.lines().rfind(is_from)?;
    let mut words = last.split_whitespace().rev();
    let (name, word) = (words.next()?, words.next()?);
    word.eq_ignore_ascii_case("as").then_some(name)
}

/// Whether it has stages at all, which a text has that is a Dockerfile.
pub(crate) fn has_stages(text: &str) -> bool {
    let begins =
        |line: &str| line.split_whitespace().next().is_some_and(|word| word.eq_ignore_ascii_case("from"));
    text.lines().any(begins)
}

/// The paths that are copied from the context, cut off at their first wildcard with a star; a whole context says nothing.
pub(crate) fn wanted_paths(text: &str) -> Vec<String> {
    let text = text.replace("\\\r\n", " ").replace("\\\n", " ");
    text.lines().flat_map(wanted_by).collect()
}

fn wanted_by(line: &str) -> Vec<String> {
    let mut words = line.split_whitespace();
    let is_copy = |word: &str| ["copy", "add"].iter().any(|known| word.eq_ignore_ascii_case(known));
    if !words.next().is_some_and(is_copy) {
        return Vec::new();
    }
    let (options, words): (Vec<&str>, Vec<&str>) = words.partition(|word| word.starts_with("--"));
    if options.iter().any(|option| option.starts_with("--from")) {
        return Vec::new();
    }
    let bare = |word: &&str| word.trim_matches(['[', ']', '"', ',']).to_owned();
    let Some((_, sources)) = words.split_last() else { return Vec::new() };
    let is_of_context =
        |word: &String| !word.contains("://") && !word.contains('$') && !word.starts_with("<<");
    let sources = sources.iter().map(bare).filter(is_of_context);
    let plain = sources.filter_map(|source| {
        let wildcard = source.find(['*', '?', '[']);
        let begin = source.get(..wildcard.unwrap_or(source.len()))?;
        let begin = begin.trim_start_matches("./").trim_start_matches('/').trim_end_matches('/');
        let is_telling = !matches!(begin, "" | ".") && !begin.starts_with("..");
        let star = if wildcard.is_some() { "*" } else { "" };
        is_telling.then(|| format!("{begin}{star}"))
    });
    plain.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_stage_and_what_is_wanted_are_read() {
        for (text, stage, wanted) in [
            ("FROM a AS b\nFROM b as Last\n", Some("Last"), &[][..]),
            ("FROM a AS b\nFROM --platform=x b\n", None, &[]),
            ("copy --chown=1:1 package*.json ./src /a/\n", None, &["package*", "src"]),
            (
                "COPY [\"go.mod\", \"go.sum\", \"./\"]\nCOPY . .\nCOPY --from=b /x /x",
                None,
                &["go.mod", "go.sum"],
            ),
            ("COPY a \\\n  b /c\nADD https://x.example/y $Z ../w /y\nCOPY", None, &["a", "b"]),
            ("", None, &[]),
        ] {
            assert_eq!(
                (last_stage(text), wanted_paths(text)),
                (stage, wanted.iter().map(|&path| path.to_owned()).collect()),
                "{text}"
            );
        }
    }
}
