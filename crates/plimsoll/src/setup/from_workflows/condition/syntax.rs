//! How conditions are written (docs.github.com, "Expressions").

/// A condition, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::setup::from_workflows) enum Term {
    /// `'text'`.
    Text(String),
    /// A number, as it is written.
    Number(String),
    /// `true` or `false`.
    Switch(bool),
    /// `null`.
    Nothing,
    /// `github.ref`, in small letters but for what follows the first dot.
    Name(String),
    /// A function and what it is given.
    Call(String, Vec<Term>),
    Not(Box<Term>),
    All(Vec<Term>),
    Any(Vec<Term>),
    Same(Box<Term>, Box<Term>),
    /// Something that is not judged here: `<`, `>`.
    Other,
}

/// How deep parts may lie in one another.
const DEPTH: usize = 24;

/// Reads a condition; none where it is not written as one.
pub(in crate::setup::from_workflows) fn parse(text: &str) -> Option<Term> {
    let mut reader = Reader { rest: text.trim() };
    let term = reader.any(DEPTH)?;
    reader.rest.is_empty().then_some(term)
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn take(&mut self, sign: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(sign)?.trim_start();
        Some(())
    }

    fn any(&mut self, depth: usize) -> Option<Term> {
        self.several("||", Term::Any, |reader| {
            reader.several("&&", Term::All, |reader| reader.comparison(depth.checked_sub(1)?))
        })
    }

    fn several(
        &mut self,
        sign: &str,
        join: fn(Vec<Term>) -> Term,
        part: impl Fn(&mut Self) -> Option<Term>,
    ) -> Option<Term> {
        let first = part(self)?;
        let mut parts = vec![first];
        while self.take(sign).is_some() {
            parts.push(part(self)?);
        }
        match parts.len() {
            1 => parts.pop(),
            _ => Some(join(parts)),
        }
    }

    fn comparison(&mut self, depth: usize) -> Option<Term> {
        let left = self.unary(depth)?;
        for sign in ["==", "!=", "<=", ">=", "<", ">"] {
            if self.take(sign).is_none() {
                continue;
            }
            let same = Term::Same(Box::new(left), Box::new(self.unary(depth)?));
            return Some(match sign {
                "==" => same,
                "!=" => Term::Not(Box::new(same)),
                _ => Term::Other,
            });
        }
        Some(left)
    }

    fn unary(&mut self, depth: usize) -> Option<Term> {
        if self.rest.starts_with('!') && !self.rest.starts_with("!=") {
            self.take("!")?;
            return Some(Term::Not(Box::new(self.unary(depth.checked_sub(1)?)?)));
        }
        if self.take("(").is_some() {
            let inside = self.any(depth)?;
            self.take(")")?;
            return Some(inside);
        }
        if self.rest.starts_with('\'') {
            return self.text().map(Term::Text);
        }
        self.named(depth)
    }

    /// `'it''s'` is `it's`.
    fn text(&mut self) -> Option<String> {
        let mut text = String::new();
        let mut rest = self.rest.strip_prefix('\'')?;
        loop {
            let (before, after) = rest.split_once('\'')?;
            text.push_str(before);
            match after.strip_prefix('\'') {
                Some(more) => {
                    text.push('\'');
                    rest = more;
                }
                None => {
                    self.rest = after.trim_start();
                    return Some(text);
                }
            }
        }
    }

    fn word(&mut self) -> Option<String> {
        let is_part = |sign: char| sign.is_ascii_alphanumeric() || "_-.*".contains(sign);
        let end = self.rest.find(|sign| !is_part(sign)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!word.is_empty()).then(|| word.to_owned())
    }

    fn named(&mut self, depth: usize) -> Option<Term> {
        let mut name = self.word()?;
        if self.rest.starts_with('(') {
            self.take("(")?;
            let mut given = Vec::new();
            while self.take(")").is_none() {
                given.push(self.any(depth)?);
                if self.take(",").is_none() {
                    self.take(")")?;
                    break;
                }
            }
            // What is taken out of what a function gives is not known.
            if self.rest.starts_with(['.', '[']) {
                self.places(&mut String::new(), depth)?;
                return Some(Term::Other);
            }
            return Some(Term::Call(name.to_ascii_lowercase(), given));
        }
        if name.starts_with(|sign: char| sign.is_ascii_digit() || "-.".contains(sign)) {
            self.rest = self.rest.trim_start();
            return Some(Term::Number(name));
        }
        self.places(&mut name, depth)?;
        Some(match name.as_str() {
            "true" => Term::Switch(true),
            "false" => Term::Switch(false),
            "null" => Term::Nothing,
            _ => Term::Name(name),
        })
    }

    /// What stands behind a name: `['ref']` is `.ref`.
    fn places(&mut self, name: &mut String, depth: usize) -> Option<()> {
        while self.rest.starts_with(['.', '[']) {
            if self.take("[").is_some() {
                match self.any(depth)? {
                    Term::Text(place) | Term::Number(place) => name.push_str(&format!(".{place}")),
                    _ => name.push_str(".*"),
                }
                self.rest = self.rest.strip_prefix(']')?;
            } else {
                name.push_str(&self.word()?);
            }
        }
        self.rest = self.rest.trim_start();
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_read_as_they_are_written() {
        let name = |name: &str| Term::Name(name.to_owned());
        let text = |text: &str| Term::Text(text.to_owned());
        let same = |left, right| Term::Same(Box::new(left), Box::new(right));
        let not = |term| Term::Not(Box::new(term));
        for (written, want) in [
            ("github.ref == 'refs/heads/main'", same(name("github.ref"), text("refs/heads/main"))),
            ("github['ref']!='it''s'", not(same(name("github.ref"), text("it's")))),
            (
                "!startsWith( github.ref , 'a' ) && (a || b.c[0])",
                Term::All(vec![
                    not(Term::Call("startswith".into(), vec![name("github.ref"), text("a")])),
                    Term::Any(vec![name("a"), name("b.c.0")]),
                ]),
            ),
            ("always() && true", Term::All(vec![Term::Call("always".into(), vec![]), Term::Switch(true)])),
            ("fromJSON(a).b == 'c'", same(Term::Other, text("c"))),
            ("a.b > 3", Term::Other),
        ] {
            assert_eq!(parse(written), Some(want), "{written}");
        }
    }

    #[test]
    fn what_is_no_condition_is_none() {
        for written in ["", "a b", "a ==", "'open", "f(a", "a & b", "${{ a }} && b", "a[b"] {
            assert_eq!(parse(written), None, "{written}");
        }
        for deep in ["(".repeat(100_000), "!".repeat(100_000), "f(".repeat(100_000), "a[".repeat(100_000)] {
            assert_eq!(parse(&deep), None);
        }
        let long = vec!["a"; 100_000].join(" || ");
        assert!(parse(&long).is_some());
    }
}
