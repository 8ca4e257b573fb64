//! Two texts, line by line.

/// A line that only one of two texts has at its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// Only the first has it.
    Gone(String),
    /// Only the second has it.
    New(String),
}

/// The most pairs of lines that are compared. Longer texts are compared as if they had no line in common.
const PAIRS: usize = 4_000_000;

/// The lines that differ, in the order of the texts: as few as can be.
pub(super) fn compare_lines(from: &str, to: &str) -> Vec<Line> {
    let (from, to): (Vec<&str>, Vec<&str>) = (from.lines().collect(), to.lines().collect());
    let (mut from, mut to) = (from.as_slice(), to.as_slice());
    while let ([first, rest @ ..], [other, others @ ..]) = (from, to)
        && first == other
    {
        (from, to) = (rest, others);
    }
    while let ([rest @ .., last], [others @ .., other]) = (from, to)
        && last == other
    {
        (from, to) = (rest, others);
    }
    let common = match from.len().saturating_mul(to.len()) <= PAIRS {
        true => Common::of(from, to),
        false => Common { lengths: Vec::new(), width: 0 },
    };
    let (mut lines, mut at) = (Vec::new(), (0, 0));
    loop {
        match (from.get(at.0), to.get(at.1)) {
            (None, None) => return lines,
            (Some(old), Some(new)) if old == new => at = (at.0 + 1, at.1 + 1),
            (Some(old), new) if new.is_none() || common.at(at.0 + 1, at.1) >= common.at(at.0, at.1 + 1) => {
                lines.push(Line::Gone((*old).to_owned()));
                at.0 += 1;
            }
            (_, new) => {
                lines.extend(new.map(|new| Line::New((*new).to_owned())));
                at.1 += 1;
            }
        }
    }
}

/// How many lines the rests of two texts have in common, in order, from each pair of places on.
struct Common {
    lengths: Vec<u32>,
    width: usize,
}

impl Common {
    fn of(from: &[&str], to: &[&str]) -> Common {
        let width = to.len() + 1;
        let mut common = Common { lengths: vec![0; width * (from.len() + 1)], width };
        for (row, old) in from.iter().enumerate().rev() {
            for (column, new) in to.iter().enumerate().rev() {
                let length = match old == new {
                    true => common.at(row + 1, column + 1) + 1,
                    false => common.at(row + 1, column).max(common.at(row, column + 1)),
                };
                if let Some(place) = common.lengths.get_mut(row * width + column) {
                    *place = length;
                }
            }
        }
        common
    }

    fn at(&self, row: usize, column: usize) -> u32 {
        self.lengths.get(row * self.width + column).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(from: &str, to: &str) -> Vec<String> {
        let lines = compare_lines(from, to).into_iter();
        lines
            .map(|line| match line {
                Line::Gone(line) => format!("-{line}"),
                Line::New(line) => format!("+{line}"),
            })
            .collect()
    }

    #[test]
    fn only_what_differs_is_named() {
        for (from, to, want) in [
            ("a\nb\nc\n", "a\nb\nc\n", vec![]),
            ("a\nb\nc\n", "a\nB\nc\n", vec!["-b", "+B"]),
            ("a\nc\n", "a\nb\nc\n", vec!["+b"]),
            ("", "a\nb", vec!["+a", "+b"]),
            ("x\na\ny\nb", "a\nz\nb", vec!["-x", "-y", "+z"]),
        ] {
            assert_eq!(shown(from, to), want, "{from:?} {to:?}");
        }
        let (long, other) = ("a\n".repeat(3000), "b\n".repeat(3000));
        assert_eq!(compare_lines(&long, &other).len(), 6000);
    }

    proptest! {
        #[test]
        fn taking_and_adding_the_lines_makes_the_other_text(from in "[abc\n]{0,30}", to in "[abc\n]{0,30}") {
            let lines = compare_lines(&from, &to);
            let gone = lines.iter().filter(|line| matches!(line, Line::Gone(_))).count();
            let new = lines.len() - gone;
            prop_assert_eq!(from.lines().count() - gone, to.lines().count() - new, "what is kept is common to both");
            let mut kept_old: Vec<&str> = from.lines().collect();
            let mut kept_new: Vec<&str> = to.lines().collect();
            // What is left of both, once each named line is taken out in order, is the same.
            let take = |kept: &mut Vec<&str>, want: &str, at: &mut usize| {
                while kept.get(*at).is_some_and(|line| *line != want) {
                    *at += 1;
                }
                kept.remove(*at);
            };
            let (mut old_at, mut new_at) = (0, 0);
            for line in &lines {
                match line {
                    Line::Gone(line) => take(&mut kept_old, line, &mut old_at),
                    Line::New(line) => take(&mut kept_new, line, &mut new_at),
                }
            }
            prop_assert_eq!(kept_old.len(), kept_new.len());
        }
    }
}
