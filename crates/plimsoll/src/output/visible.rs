//! What a terminal or the runner of a CI job would obey is made harmless: texts come from registries, bundles, commits and files of
//! strangers, too.

use super::ink::Ink;

/// What begins everything that a terminal obeys.
const ESCAPE: char = '\u{1b}';

/// What begins a command to the runner anywhere in a line (actions/runner, `ActionCommand.cs`).
const OLD_COMMAND: &str = "##[";
/// What begins one at the start of a line, after blanks.
const COMMAND: &str = "::";
/// What nobody sees and no runner reads over.
const BREAK: char = '\u{200b}';

/// A text of several lines, in which a terminal obeys nothing but the ends of lines, tabs, and the colours that `ink` adds itself,
/// and in which the runner of a CI job obeys nothing.
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
    unheard(shown)
}

/// A text that no runner takes a command from: a commit's subject could set the outputs of the step else, or fail it.
fn unheard(text: String) -> String {
    if !text.contains(OLD_COMMAND) && !text.contains(COMMAND) {
        return text;
    }
    let text = text.replace(OLD_COMMAND, &format!("##{BREAK}["));
    let quiet = |line: &str| match line.trim_start().starts_with(COMMAND) {
        true => {
            let (blanks, command) = line.split_at(line.len() - line.trim_start().len());
            format!("{blanks}{BREAK}{command}")
        }
        false => line.to_owned(),
    };
    text.split_inclusive('\n').map(quiet).collect()
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
    fn the_runner_of_a_job_obeys_nothing() {
        for (theirs, shown) in [
            ("fix: x ##[set-output name=a;]b", "fix: x ##\u{200b}[set-output name=a;]b"),
            ("one\n  ::set-env name=A::b\ntwo", "one\n  \u{200b}::set-env name=A::b\ntwo"),
            ("::stop-commands::x", "\u{200b}::stop-commands::x"),
            ("a::b c", "a::b c"),
            ("## [1.0.0]", "## [1.0.0]"),
        ] {
            assert_eq!(visible(theirs, Ink::Plain), shown, "{theirs:?}");
        }
    }

    #[test]
    fn what_must_stay_in_its_line_does() {
        assert_eq!(one_line("x\u{1b}[32m\n\nok  signed\r\n"), "x␛[32m␊␊ok  signed␍␊");
    }
}
