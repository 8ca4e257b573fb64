//! Two texts, line by line, as `diff --unified` shows them.

/// How many lines are shown around a change.
const AROUND: usize = 2;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Same,
    Gone,
    New,
}

/// Renders how `new` differs from `old`; empty if it does not.
pub(crate) fn render(path: &str, old: &str, new: &str) -> String {
    if old == new {
        return String::new();
    }
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let lines = compare(&old, &new);
    let mut text = format!("--- {path}\n+++ what would be drafted\n");
    let mut shown_to = 0;
    for (at, (mark, _)) in lines.iter().enumerate() {
        if *mark == Mark::Same {
            continue;
        }
        let from = at.saturating_sub(AROUND).max(shown_to);
        if from > shown_to || shown_to == 0 {
            text.push_str("@@\n");
        }
        // As far as the last change that is near.
        let mut to = at;
        while let Some(next) =
            lines.iter().skip(to + 1).take(2 * AROUND).position(|(mark, _)| *mark != Mark::Same)
        {
            to += next + 1;
        }
        if at < shown_to {
            continue;
        }
        let to = (to + AROUND + 1).min(lines.len());
        for (mark, line) in lines.iter().take(to).skip(from) {
            let sign = match mark {
                Mark::Same => ' ',
                Mark::Gone => '-',
                Mark::New => '+',
            };
            text.push_str(format!("{sign}{line}").trim_end());
            text.push('\n');
        }
        shown_to = to;
    }
    text
}

/// The shortest way from one to the other: the longest common subsequence, by the table of its lengths.
fn compare<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<(Mark, &'a str)> {
    let width = new.len() + 1;
    let mut lengths = vec![0usize; (old.len() + 1) * width];
    let at = |lengths: &[usize], row: usize, column: usize| {
        lengths.get(row * width + column).copied().unwrap_or(0)
    };
    for (row, one) in old.iter().enumerate().rev() {
        for (column, other) in new.iter().enumerate().rev() {
            let length = match one == other {
                true => at(&lengths, row + 1, column + 1) + 1,
                false => at(&lengths, row + 1, column).max(at(&lengths, row, column + 1)),
            };
            if let Some(cell) = lengths.get_mut(row * width + column) {
                *cell = length;
            }
        }
    }
    let (mut row, mut column, mut lines) = (0, 0, Vec::new());
    loop {
        match (old.get(row), new.get(column)) {
            (None, None) => return lines,
            (Some(one), Some(other)) if one == other => {
                lines.push((Mark::Same, *one));
                (row, column) = (row + 1, column + 1);
            }
            (Some(one), other)
                if other.is_none() || at(&lengths, row + 1, column) >= at(&lengths, row, column + 1) =>
            {
                lines.push((Mark::Gone, *one));
                row += 1;
            }
            (_, Some(other)) => {
                lines.push((Mark::New, *other));
                column += 1;
            }
            (Some(_), None) => return lines,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn changes_are_shown_with_what_is_around() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n";
        let new = "1\n2\nthree\n4\n5\n6\n7\n8\n9\n10\n12\n13\n";
        insta::assert_snapshot!(render("a.toml", old, new), @r"
        --- a.toml
        +++ what would be drafted
        @@
         1
         2
        -3
        +three
         4
         5
        @@
         9
         10
        -11
         12
        +13
        ");
        assert_eq!(render("a.toml", old, old), "");
    }

    proptest! {
        #[test]
        fn both_texts_can_be_told_from_it(old in lines(), new in lines()) {
            let lines = compare(&old, &new);
            let of = |gone: Mark| -> Vec<&str> {
                lines.iter().filter(|(mark, _)| *mark != gone).map(|(_, line)| *line).collect()
            };
            prop_assert_eq!(of(Mark::New), old);
            prop_assert_eq!(of(Mark::Gone), new);
        }
    }

    fn lines() -> impl Strategy<Value = Vec<&'static str>> {
        proptest::collection::vec(proptest::sample::select(vec!["a", "b", "c"]), 0..12)
    }
}
