//! Everything that is wrong with one file, collected.

use std::ops::Range;

use plimsoll_engine::domain::diagnostic::{Diagnostic, Place, Severity};

/// Bytes of the file.
pub type Span = Range<usize>;

/// How many problems of one kind are told: nobody mends more at once.
pub const MOST: usize = 100;

/// Proof that a problem was reported: what could not be made is accounted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told(());

/// The problems of one file.
#[derive(Debug)]
pub struct Problems<'a> {
    file: &'a str,
    text: &'a str,
    found: Vec<(Span, Diagnostic)>,
    secrets: Vec<Span>,
}

impl<'a> Problems<'a> {
    /// None yet, in a file of that name and text.
    pub fn of(file: &'a str, text: &'a str) -> Problems<'a> {
        Problems { file, text, found: Vec::new(), secrets: Vec::new() }
    }

    /// Adds an error.
    pub fn error(&mut self, span: &Span, diagnostic: Diagnostic) -> Told {
        self.found.push((span.clone(), diagnostic));
        Told(())
    }

    /// Adds a warning.
    pub fn warn(&mut self, span: &Span, diagnostic: Diagnostic) {
        self.found.push((span.clone(), diagnostic));
    }

    /// Drops everything so far: it was judged by the wrong rules.
    pub fn forget(&mut self) {
        self.found.clear();
    }

    /// A place in the file, without its text, which may hold secrets that are not hidden yet.
    pub fn place(&self, span: &Span) -> Place {
        Place { text: None, ..Place::in_text(self.file, self.text, span.clone()) }
    }

    /// Hides these bytes wherever the file is shown: a secret was written into it.
    pub fn hide(&mut self, span: &Span) {
        self.secrets.push(span.clone());
    }

    /// The problems in the order of their places, each once, divided into errors and warnings.
    ///
    /// Of very many only the first [`MOST`] are told.
    pub fn finish(mut self) -> (Vec<Diagnostic>, Vec<Diagnostic>) {
        let shown = self.masked();
        self.found.sort_by_key(|(span, _)| span.start);
        let mut distinct: Vec<(Span, Diagnostic)> = Vec::new();
        for problem in self.found {
            // Equal problems have equal places, so they are neighbours or nearly so.
            if !distinct
                .iter()
                .rev()
                .take_while(|(span, _)| *span == problem.0)
                .any(|other| *other == problem)
            {
                distinct.push(problem);
            }
        }
        let (errors, warnings): (Vec<_>, Vec<_>) =
            distinct.into_iter().partition(|(_, diagnostic)| diagnostic.severity == Severity::Error);
        let place = |problems: Vec<(Span, Diagnostic)>| {
            let placed = problems.into_iter().take(MOST);
            placed.map(|(span, diagnostic)| diagnostic.at(Place::in_text(self.file, &shown, span))).collect()
        };
        (place(errors), place(warnings))
    }

    /// The text with a star for every character of a secret's bytes, so that every place stays where it is.
    fn masked(&self) -> String {
        let mut text = self.text.to_owned();
        for span in &self.secrets {
            if let Some(secret) = text.get(span.clone()) {
                let stars: String =
                    secret.bytes().map(|byte| if byte == b'\n' { '\n' } else { '*' }).collect();
                text.replace_range(span.clone(), &stars);
            }
        }
        text
    }
}

/// Makes all of them, or none if one could not be made; every one is tried.
pub fn every<T>(results: impl IntoIterator<Item = Result<T, Told>>) -> Result<Vec<T>, Told> {
    let mut made = Vec::new();
    let mut failed = None;
    for result in results {
        match result {
            Ok(one) => made.push(one),
            Err(told) => failed = Some(told),
        }
    }
    failed.map_or(Ok(made), Err)
}

#[cfg(test)]
mod tests {
    use plimsoll_engine::domain::code::Code;
    use plimsoll_engine::domain::diagnostic::Cure;

    use super::*;

    #[test]
    fn a_secret_is_hidden_and_every_place_stays() {
        let text = "a = \"sécret\nx\"\nb = 1\n";
        let mut problems = Problems::of("f", text);
        problems.hide(&(4..15));
        problems.error(&(16..17), Diagnostic::error(Code::UnknownKey, Cure::FixThenRunAgain, "b"));
        let (errors, _) = problems.finish();
        let place = errors[0].place.as_ref().unwrap();
        assert_eq!(place.text.as_deref(), Some("a = ********\n**\nb = 1\n"));
        assert_eq!((place.line, place.column), (3, 1));
    }

    #[test]
    fn very_many_problems_are_cut() {
        let text = "x".repeat(1000);
        let mut problems = Problems::of("f", &text);
        for at in 0..1000 {
            problems.warn(&(at..at), Diagnostic::warning(Code::UnknownKey, "x"));
            problems.warn(&(at..at), Diagnostic::warning(Code::UnknownKey, "x"));
        }
        let (errors, warnings) = problems.finish();
        assert_eq!((errors.len(), warnings.len()), (0, MOST));
        assert_eq!(warnings[MOST - 1].place.as_ref().unwrap().column, MOST);
    }
}
