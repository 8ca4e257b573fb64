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
    let mut words = words.into_iter().peekable();
    let mut text = String::new();
    let mut column = indent;
    while let Some(word) = words.next() {
        let comma = if words.peek().is_some() { "," } else { "" };
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
}
