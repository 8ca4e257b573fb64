//! Loops of a shell over words that are written out: `for registry in ghcr.io docker.io; do … done`.

use super::shell::commands;

/// How many lines a script may have once its loops are written out.
const MOST: usize = 2000;

/// The lines of a script, where those of such a loop stand once for each of its words. Any other loop stays as it is.
pub(super) fn unrolled(run: &str) -> Vec<String> {
    let whole = run.replace("\\\n", " ");
    let lines: Vec<&str> = whole.lines().collect();
    let mut written = Vec::new();
    write_out(&lines, &mut written);
    // Too many are left as they are: nothing may get lost.
    if written.len() < MOST { written } else { lines.into_iter().map(str::to_owned).collect() }
}

fn write_out(lines: &[&str], written: &mut Vec<String>) {
    let mut rest = lines;
    while let Some((line, behind)) = rest.split_first() {
        rest = behind;
        let found = Loop::find(line, behind).filter(|_| written.len() < MOST);
        let Some(Loop { name, words, body, length }) = found else {
            written.push((*line).to_owned());
            continue;
        };
        for word in words {
            written.push(format!("{name}={word}"));
            if written.len() < MOST {
                write_out(&body, written);
            }
        }
        rest = behind.get(length..).unwrap_or_default();
    }
}

/// A loop over words that are written out.
struct Loop<'a> {
    name: &'a str,
    words: Vec<String>,
    body: Vec<&'a str>,
    /// How many lines of it stand behind its first one.
    length: usize,
}

impl<'a> Loop<'a> {
    /// The loop that a line begins.
    fn find(line: &'a str, behind: &[&'a str]) -> Option<Loop<'a>> {
        let (name, rest) = line.trim().strip_prefix("for ")?.trim_start().split_once(' ')?;
        let rest = rest.trim_start().strip_prefix("in ")?;
        let (list, inside) = match rest.split_once(';') {
            Some((list, behind)) => (list, behind.trim_start().strip_prefix("do")?.trim()),
            None => (rest, ""),
        };
        let words = commands(list).pop()?;
        let is_plain =
            |word: &String| word.chars().all(|sign| sign.is_ascii_alphanumeric() || "._-/:@+".contains(sign));
        if words.is_empty() || !words.iter().all(is_plain) {
            return None;
        }
        // What leaves a round does not leave the next one.
        let leaves = |line: &str| line.contains("continue") || line.contains("break");
        if !inside.is_empty() {
            // All of it stands in one line, where no other loop does.
            let body = inside.strip_suffix("done")?.trim_end().strip_suffix(';')?;
            let body = vec![body];
            let found = Loop { name, words, body, length: 0 };
            return Some(found).filter(|_| !inside.contains("; do ") && !leaves(inside));
        }
        let mut depth = 1_usize;
        for (at, line) in behind.iter().enumerate() {
            let first = line.trim().split([' ', ';']).next().unwrap_or_default();
            match first {
                "for" | "while" | "until" if !line.contains("done") => depth += 1,
                "done" => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                let body = behind.get(..at).filter(|body| !body.iter().any(|line| leaves(line)))?;
                let body = body.iter().copied();
                let body = body.enumerate().filter(|(at, line)| *at > 0 || line.trim() != "do");
                let body = body.map(|(_, line)| line).collect();
                return Some(Loop { name, words, body, length: at + 1 });
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_for_each_word_stands_once_for_each() {
        for (run, want) in [
            ("for r in a b; do push $r; done\nend", "r=a|push $r|r=b|push $r|end"),
            ("for r in a b; do\n  push $r\ndone", "r=a|push $r|r=b|push $r"),
            ("for r in 'a' \"b\"\ndo\n  push $r\ndone", "r=a|push $r|r=b|push $r"),
            ("for r in a; do\nfor t in 1 2; do\npush $r:$t\ndone\ndone", "r=a|t=1|push $r:$t|t=2|push $r:$t"),
            ("for r in \\\n a \\\n b; do push $r; done", "r=a|push $r|r=b|push $r"),
        ] {
            let found: Vec<String> = unrolled(run).iter().map(|line| line.trim().to_owned()).collect();
            assert_eq!(found.join("|"), want, "{run}");
        }
    }

    #[test]
    fn what_is_done_for_words_that_only_a_run_knows_stays_as_it_is() {
        for run in [
            "for r in $ALL; do push $r; done",
            "for r in ${{ inputs.all }}; do push $r; done",
            "for r in $(cat list); do push $r; done",
            "for r in *.tgz; do push $r; done",
            "for r in {1..3}; do push $r; done",
            "for r in a b; do\npush $r",
            "for ((i=0; i<3; i++)); do push $i; done",
            "for r in a; do for t in b; do push $r:$t; done; done",
            "for r in a; do\ntest -f $r || continue\npush $r\ndone",
        ] {
            assert_eq!(unrolled(run).join("\n"), run);
        }
        let deep = "for r in a b c d e f; do\n".repeat(20) + &"done\n".repeat(20);
        assert_eq!(unrolled(&deep).len(), 40);
    }
}
