//! Here-documents (Dockerfile reference, "Here-Documents").

/// The end of a here-document that an instruction begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Heredoc {
    /// The line that ends it.
    pub(super) name: String,
    /// Whether tabs before that line do not count (`<<-`).
    pub(super) tabs: Tabs,
}

/// Whether leading tabs count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tabs {
    Kept,
    Stripped,
}

/// The here-documents of an instruction's arguments, in order.
pub(super) fn find_heredocs(arguments: &str) -> Vec<Heredoc> {
    let mut found = Vec::new();
    let mut quote = None;
    let mut characters = arguments.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match (quote, character) {
            (Some(open), close) if open == close => quote = None,
            (Some('\''), _) => {}
            (_, '\\') => {
                characters.next();
            }
            (None, '\'' | '"') => quote = Some(character),
            (None, '<') => {
                let rest = arguments.get(at..).unwrap_or_default();
                // `<<<` is a here-string, which has no body.
                let marks = rest.len() - rest.trim_start_matches('<').len();
                if marks == 2 {
                    found.extend(parse_heredoc(rest.get(2..).unwrap_or_default()));
                }
                for _ in 1..marks {
                    characters.next();
                }
            }
            _ => {}
        }
    }
    found
}

fn parse_heredoc(rest: &str) -> Option<Heredoc> {
    let (tabs, rest) = match rest.strip_prefix('-') {
        Some(rest) => (Tabs::Stripped, rest),
        None => (Tabs::Kept, rest),
    };
    let name = match rest.chars().next()? {
        quote @ ('\'' | '"') => rest.get(1..)?.split(quote).next()?,
        _ => {
            let end = rest
                .find(|c: char| c.is_whitespace() || matches!(c, ';' | '&' | '|' | '>' | '<' | ')' | '('));
            rest.get(..end.unwrap_or(rest.len()))?
        }
    };
    let is_word = |name: &str| {
        let first = name.chars().next()?;
        let legal = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        (first.is_alphabetic() || first == '_').then_some(())?;
        name.chars().all(legal).then_some(())
    };
    is_word(name)?;
    Some(Heredoc { name: name.to_owned(), tabs })
}

pub(super) fn is_end(line: &str, heredoc: &Heredoc) -> bool {
    let line = match heredoc.tabs {
        Tabs::Kept => line,
        Tabs::Stripped => line.trim_start_matches('\t'),
    };
    line == heredoc.name
}
