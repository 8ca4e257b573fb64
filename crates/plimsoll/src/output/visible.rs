//! What a terminal would obey is made visible: texts come from registries, bundles and files of strangers, too.

use super::ink::Ink;

/// What begins everything that a terminal obeys.
const ESCAPE: char = '\u{1b}';

/// A text of several lines, in which a terminal obeys nothing but the ends of lines, tabs, and the colours that `ink` adds itself.
pub fn visible(text: &str, ink: Ink) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(ESCAPE) {
        shown.push_str(&tame(before));
        let colour = ink.find_colour(after);
        match colour {
            Some(colour) => shown.extend(["\u{1b}", colour]),
            None => shown.push_str(&annotate_snippets::normalize_untrusted_str("\u{1b}")),
        }
        rest = after.get(colour.map_or(0, str::len)..).unwrap_or_default();
    }
    shown.push_str(&tame(rest));
    shown
}

/// A text that stays in its line, and in which a terminal obeys nothing: what strangers wrote can't pass for what we say.
pub fn one_line(text: &str) -> String {
    visible(text, Ink::Plain).replace('\n', "\u{240a}")
}

/// A text without escapes.
fn tame(text: &str) -> String {
    if !text.chars().any(|c| c.is_control() || !c.is_ascii()) {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len());
    for piece in text.split_inclusive(['\n', '\t']) {
        let end = piece.trim_end_matches(['\n', '\t']).len();
        let (piece, end) = piece.split_at(end);
        // Controls of one byte (ECMA-48, 5.3), which that leaves.
        let piece = annotate_snippets::normalize_untrusted_str(piece);
        shown.extend(piece.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }));
        shown.push_str(end);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_obeys_ends_of_lines_and_our_own_colours_alone() {
        let ours = format!("{}\n\t{}", Ink::Coloured.good("right"), Ink::Coloured.bad("wrong"));
        assert_eq!(visible(&ours, Ink::Coloured), ours);
        assert_eq!(visible("\u{1b}[32mright", Ink::Plain), "␛[32mright");
        for (theirs, shown) in [
            ("a\u{1b}[2J\u{1b}[Hb", "a␛[2J␛[Hb"),
            ("a\u{1b}[8mb\u{1b}[32", "a␛[8mb␛[32"),
            ("a\rb\u{7}\u{8}c\u{9b}2J", "a␍b␇␈c\u{fffd}2J"),
            ("\u{1b}]0;title\u{7}", "␛]0;title␇"),
            ("a\u{202e}b", "a\u{fffd}b"),
            ("é → ü", "é → ü"),
        ] {
            assert_eq!(visible(theirs, Ink::Coloured), shown, "{theirs:?}");
        }
    }

    #[test]
    fn what_must_stay_in_its_line_does() {
        assert_eq!(one_line("x\u{1b}[32m\n\nok  signed\r\n"), "x␛[32m␊␊ok  signed␍␊");
    }
}
