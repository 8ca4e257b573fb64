//! Words as a shell would split them, quotes taken off.

/// Splits arguments at blanks that are neither quoted nor escaped.
pub(super) fn split(text: &str, escape: char) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (None, blank) if blank.is_whitespace() => words.extend(word.take()),
            (Some(open), close) if open == close => quote = None,
            (None, '"' | '\'') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            // In single quotes nothing is special. A dollar stays escaped, for whoever expands variables.
            (None | Some('"'), escaped) if escaped == escape => {
                let word = word.get_or_insert_default();
                match characters.next() {
                    Some('$') => word.push_str("\\$"),
                    Some(next) => word.push(next),
                    None => word.push(escaped),
                }
            }
            _ => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    words
}
