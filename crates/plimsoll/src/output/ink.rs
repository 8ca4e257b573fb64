//! Colour, which never carries meaning: every text says the same without it.

/// The codes of colours that are added here and in diagnostics: bold, faint, red to cyan, dark and bright, and their end.
const COLOURS: [&str; 15] =
    ["0", "1", "2", "31", "32", "33", "34", "35", "36", "91", "92", "93", "94", "95", "96"];

/// Whether a text is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// Text alone.
    Plain,
    /// With ANSI escapes (ECMA-48, section 8.3.117).
    Coloured,
}

impl Ink {
    /// What stands out: headings, names.
    pub fn strong(self, text: &str) -> String {
        self.paint("1", text)
    }

    /// What matters less.
    pub fn faint(self, text: &str) -> String {
        self.paint("2", text)
    }

    /// What is right.
    pub fn good(self, text: &str) -> String {
        self.paint("32", text)
    }

    /// What asks for attention.
    pub fn odd(self, text: &str) -> String {
        self.paint("33", text)
    }

    /// What is wrong.
    pub fn bad(self, text: &str) -> String {
        self.paint("1;31", text)
    }

    /// What stands behind an escape, if it is a colour that we may have added ourselves. None hides what it colours.
    pub fn find_colour(self, after: &str) -> Option<&str> {
        let codes = after.strip_prefix('[')?.split_once('m')?.0;
        let known = |code: &str| COLOURS.contains(&code);
        let (colour, _) = after.split_at_checked(codes.len() + 2)?;
        (self == Ink::Coloured && codes.split(';').all(known)).then_some(colour)
    }

    fn paint(self, code: &str, text: &str) -> String {
        match self {
            Ink::Plain => text.to_owned(),
            Ink::Coloured => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        }
    }
}

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Choice {
    /// On a terminal that shows colours, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What there is to know about where a text goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A terminal that shows colours.
    Terminal,
    /// A terminal that says that it shows none (`TERM=dumb`).
    DumbTerminal,
    /// A file or a pipe.
    Elsewhere,
}

impl Choice {
    /// Decides. `no_color` and `force` are the environment's wishes: `NO_COLOR` (no-color.org) and `CLICOLOR_FORCE`
    /// (bixense.com/clicolors).
    pub fn decide(self, place: Place, no_color: Option<&str>, force: Option<&str>) -> Ink {
        let wanted = |value: Option<&str>| value.is_some_and(|value| !value.is_empty());
        let forced = wanted(force) && force != Some("0");
        match (self, place) {
            (Choice::Never, _) => Ink::Plain,
            (Choice::Always, _) => Ink::Coloured,
            (Choice::Auto, _) if wanted(no_color) => Ink::Plain,
            (Choice::Auto, _) if forced => Ink::Coloured,
            (Choice::Auto, Place::Terminal) => Ink::Coloured,
            (Choice::Auto, Place::DumbTerminal | Place::Elsewhere) => Ink::Plain,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_wins_over_the_environment_and_that_over_the_terminal() {
        use Place::{DumbTerminal, Elsewhere, Terminal};
        for (choice, place, no_color, force, want) in [
            (Choice::Auto, Terminal, None, None, Ink::Coloured),
            (Choice::Auto, DumbTerminal, None, None, Ink::Plain),
            (Choice::Auto, Elsewhere, None, None, Ink::Plain),
            (Choice::Auto, Elsewhere, None, Some("1"), Ink::Coloured),
            (Choice::Auto, Elsewhere, None, Some("0"), Ink::Plain),
            (Choice::Auto, Terminal, Some("1"), Some("1"), Ink::Plain),
            (Choice::Auto, Terminal, Some(""), None, Ink::Coloured),
            (Choice::Always, Elsewhere, Some("1"), None, Ink::Coloured),
            (Choice::Never, Terminal, None, Some("1"), Ink::Plain),
        ] {
            assert_eq!(
                choice.decide(place, no_color, force),
                want,
                "{choice:?} {place:?} {no_color:?} {force:?}"
            );
        }
    }

    #[test]
    fn plain_ink_adds_nothing() {
        assert_eq!(Ink::Plain.bad("no"), "no");
        assert_eq!(Ink::Coloured.bad("no"), "\u{1b}[1;31mno\u{1b}[0m");
    }
}
