//! What people read: the shapes of [`json`](super::json) as text of at most 80 columns, digests aside.

pub mod app_compose;
pub mod audit;
pub mod built;
pub mod chart;
pub mod charts;
pub mod check;
pub mod compose;
pub mod copied;
pub mod demo;
pub mod deployed;
pub mod difference;
pub mod doctor;
pub mod exported;
pub mod file;
pub mod garbage;
pub mod ignored;
pub mod image_signatures;
pub mod images;
pub mod imported;
pub mod init;
pub mod key;
pub mod next;
pub mod on_forge;
pub mod plan;
pub mod publish_plan;
pub mod published;
pub mod rebuilt;
pub mod release;
pub mod released;
pub mod releases;
pub mod signature;
pub mod signed;
pub mod site;
pub mod statement;
pub mod status;
pub mod table;
pub mod tagged;
pub mod tags;
pub mod verification;
pub mod version;
pub mod whatis;
pub mod withdrawn;

/// How wide a line may be.
pub const WIDTH: usize = 80;

const ALGORITHM: &str = "sha256:";
const HEX: usize = 64;
const SHORT: usize = 12;

/// Shortens every digest in a text to its first twelve characters.
pub fn shorten(text: &str) -> String {
    let mut short = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(ALGORITHM) {
        short.push_str(before);
        short.push_str(ALGORITHM);
        let hex = after.bytes().take_while(u8::is_ascii_hexdigit).count();
        let (shown, skipped) = if hex == HEX { (SHORT, HEX) } else { (hex, hex) };
        short.push_str(after.get(..shown).unwrap_or_default());
        rest = after.get(skipped..).unwrap_or_default();
    }
    short.push_str(rest);
    short
}

/// The first seven characters of a commit, as git shows them.
pub fn short_commit(commit: &str) -> &str {
    commit.get(..7).unwrap_or(commit)
}

/// Words with commas between them, in lines that begin at `indent` and end before [`WIDTH`]. The first line is not
/// indented: it goes on where the caller is.
pub fn wrap<'a>(indent: usize, words: impl IntoIterator<Item = &'a str>) -> String {
    fill(indent, words, ",")
}

/// A sentence in lines that begin at `indent` and end before [`WIDTH`]; a longer word, such as an address, stays whole.
/// The first line is not indented: it goes on where the caller is.
pub fn fold(indent: usize, sentence: &str) -> String {
    fill(indent, sentence.split_whitespace(), "")
}

/// The text, or its beginning and an ellipsis, in at most `width` columns.
pub fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{kept}…")
}

fn fill<'a>(indent: usize, words: impl IntoIterator<Item = &'a str>, between: &str) -> String {
    let mut words = words.into_iter().peekable();
    let mut text = String::new();
    let mut column = indent;
    while let Some(word) = words.next() {
        let comma = if words.peek().is_some() { between } else { "" };
        let length = word.chars().count() + comma.len();
        if column > indent && column + 1 + length > WIDTH {
            text.push('\n');
            text.push_str(&" ".repeat(indent));
            column = indent;
        } else if column > indent {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        text.push_str(comma);
        column += length;
    }
    text
}

/// `1 image`, `2 images`.
pub fn count(number: usize, word: &str) -> String {
    match number {
        1 => format!("1 {word}"),
        _ => format!("{number} {word}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_digests_are_shortened() {
        let digest = format!("sha256:{}", "ab".repeat(32));
        assert_eq!(
            shorten(&format!("push a@{digest} and sha256:xy")),
            "push a@sha256:abababababab and sha256:xy"
        );
        assert_eq!(shorten("sha256:"), "sha256:");
    }

    #[test]
    fn lists_are_wrapped_where_they_would_be_too_wide() {
        let words: Vec<String> = (0..12).map(|number| format!("v1.{number}.0-alpha")).collect();
        let text = format!("{}{}", " ".repeat(10), wrap(10, words.iter().map(String::as_str)));
        assert!(
            text.lines().all(|line| line.chars().count() <= WIDTH && line.starts_with(&" ".repeat(10))),
            "{text}"
        );
        assert_eq!(text.split_whitespace().count(), 12);
        assert_eq!(wrap(4, ["one"]), "one");
    }

    #[test]
    fn sentences_fold_between_words() {
        let sentence = "a reason that nobody could say in fewer words ".repeat(4);
        let text = format!("{}{}", " ".repeat(11), fold(11, &sentence));
        assert!(text.lines().count() > 2, "{text}");
        assert!(
            text.lines().all(|line| line.chars().count() <= WIDTH && line.starts_with(&" ".repeat(11))),
            "{text}"
        );
        assert!(text.split_whitespace().eq(sentence.split_whitespace()));
        let address = format!("https://ci.example/{}", "run/".repeat(30));
        assert_eq!(fold(11, &address), address);
        assert_eq!(cut("abcdef", 4), "abc…");
    }
}
