//! Which tests of a shell stand around a command: `if [ "$GITHUB_REF_TYPE" = tag ]; then … fi`, `case`, `[[ … ]] && …`.

mod plain_tests;

use self::plain_tests::{as_condition, matching};

/// A test around a command, as it comes out there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::setup::from_workflows) struct Guard {
    /// As a condition of a workflow; none: it is not plain.
    pub(in crate::setup::from_workflows) condition: Option<String>,
    /// As it is written.
    pub(in crate::setup::from_workflows) written: String,
}

impl Guard {
    fn of(test: &str) -> Guard {
        Guard { condition: as_condition(test), written: test.trim().to_owned() }
    }

    fn not(&self) -> Guard {
        Guard {
            condition: self.condition.as_ref().map(|condition| format!("!({condition})")),
            written: format!("not {}", self.written),
        }
    }
}

/// What is begun and not ended yet: an `if`, a `case`.
#[derive(Default)]
struct Block {
    /// The tests of the branches before.
    before: Vec<Guard>,
    /// That of this one.
    own: Option<Guard>,
    /// One that is written and not asked yet.
    next: Option<Guard>,
    /// What a `case` is about.
    subject: Option<String>,
}

impl Block {
    fn leave_branch(&mut self) {
        self.before.extend(self.own.take());
    }

    fn guards(&self) -> impl Iterator<Item = Guard> + '_ {
        self.before.iter().map(Guard::not).chain(self.own.clone())
    }
}

/// How many lines the test of one `if` may have.
const LONGEST: usize = 6;

/// The lines of a script, parted where a shell parts them, each with the tests around it.
pub(super) fn guarded(lines: &[String]) -> Vec<(String, Vec<Guard>)> {
    let lines = lines.iter().map(|line| line.trim()).filter(|line| !line.starts_with('#'));
    let pieces: Vec<&str> = lines.flat_map(parted).collect();
    let mut blocks: Vec<Block> = Vec::new();
    let mut written = Vec::new();
    for (at, piece) in pieces.iter().copied().enumerate() {
        let (word, rest) = piece.split_once(char::is_whitespace).unwrap_or((piece, ""));
        let begins = |word: &str| word == "then" || word.starts_with("then ");
        let test = || {
            let behind = pieces.iter().skip(at + 1).take(LONGEST).position(|piece| begins(piece))?;
            let more = pieces.iter().skip(at + 1).take(behind).copied();
            Some(Guard::of(&[rest].into_iter().chain(more).collect::<Vec<_>>().join(" ")))
        };
        match (word, blocks.last_mut()) {
            // One without `then` is of another language.
            ("if", _) => blocks.extend(test().map(|next| Block { next: Some(next), ..Block::default() })),
            ("elif", Some(block)) => {
                block.leave_branch();
                block.next = test();
            }
            ("then", Some(block)) => block.own = block.next.take(),
            ("else", Some(block)) => block.leave_branch(),
            ("case", _) => {
                let subject = rest.trim_end().strip_suffix(" in").unwrap_or(rest).trim().to_owned();
                blocks.push(Block { subject: Some(subject), ..Block::default() });
            }
            ("fi" | "esac", _) => drop(blocks.pop()),
            (_, Some(block)) => {
                if let (Some(subject), Some(pattern)) = (&block.subject, pattern_of(piece)) {
                    let condition = matching(subject, pattern);
                    let guard = Guard { condition, written: format!("{subject} is {pattern}") };
                    block.leave_branch();
                    block.own = Some(guard);
                }
            }
            (_, None) => {}
        }
        let around = blocks.iter().flat_map(Block::guards);
        written.push((piece.to_owned(), around.chain(of_line(piece)).collect()));
    }
    written
}

/// What a branch of a `case` is for: what stands before its bracket.
fn pattern_of(piece: &str) -> Option<&str> {
    let (pattern, _) = piece.split_once(')')?;
    let pattern = pattern.strip_prefix('(').unwrap_or(pattern);
    (!pattern.contains(['(', '$'])).then_some(pattern.trim())
}

/// The test that the rest of its own line depends on.
fn of_line(piece: &str) -> Option<Guard> {
    let end = match piece.split_whitespace().next()? {
        "[[" => piece.find("]]")? + 2,
        "[" => piece.find(" ]")? + 2,
        "test" => piece.find("&&").or_else(|| piece.find("||"))?,
        _ => return None,
    };
    let (test, rest) = (piece.get(..end)?, piece.get(end..)?.trim_start());
    let guard = Guard::of(test);
    // What is done where one of several fails is not plain.
    let is_plain = !rest.get(2..)?.contains("||");
    let guard = if is_plain { guard } else { Guard { condition: None, ..guard } };
    match rest.get(..2)? {
        "&&" => Some(guard),
        "||" => Some(guard.not()),
        _ => None,
    }
}

/// A line in its parts, where it begins, parts or ends something.
fn parted(line: &str) -> Vec<&str> {
    let is_block = ["if ", "elif ", "then", "else", "fi", "case ", "esac"].iter().any(|word| {
        line.match_indices(word).any(|(at, _)| {
            let before = line.get(..at).unwrap_or_default().trim_end();
            before.is_empty() || before.ends_with(';')
        })
    });
    if !is_block && !line.contains(";;") {
        return vec![line];
    }
    let (mut parts, mut begin, mut quote, mut depth) = (Vec::new(), 0, None, 0_usize);
    for (at, sign) in line.char_indices() {
        match (sign, quote) {
            (sign, Some(open)) if sign == open => quote = None,
            (_, Some(_)) => {}
            ('"' | '\'' | '`', None) => quote = Some(sign),
            ('(' | '{', None) => depth += 1,
            (')' | '}', None) => depth = depth.saturating_sub(1),
            (';', None) if depth == 0 => {
                parts.extend(line.get(begin..at));
                begin = at + 1;
            }
            _ => {}
        }
    }
    parts.extend(line.get(begin..));
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tests around each line that pushes.
    fn around(run: &str) -> Vec<String> {
        let lines: Vec<String> = run.lines().map(str::to_owned).collect();
        let shown = |guards: Vec<Guard>| {
            let conditions = guards.into_iter().map(|guard| guard.condition.unwrap_or("?".to_owned()));
            conditions.collect::<Vec<_>>().join(" && ")
        };
        let pushes = guarded(&lines).into_iter().filter(|(line, _)| line.contains("push"));
        pushes.map(|(_, guards)| shown(guards)).collect()
    }

    #[test]
    fn tests_stand_around_what_they_decide() {
        let is_main = "github.ref == 'refs/heads/main'";
        let not_main = format!("!({is_main})");
        let test = "[ \"$GITHUB_REF\" = \"refs/heads/main\" ]";
        for (run, want) in [
            (format!("if {test}; then\n  push a\nelse\n  push b\nfi\npush c"), vec![is_main, &not_main, ""]),
            (format!("if {test}\nthen push a; else push b; fi; push c"), vec![is_main, &not_main, ""]),
            (format!("if {test}; then tag x && push a; fi"), vec![is_main]),
            (format!("{test} && push a\npush b"), vec![is_main, ""]),
            (format!("{test} || push a"), vec![&not_main]),
            (format!("if {test}; then\nif make it; then\npush a\nfi\npush b\nfi"), vec![&format!("{is_main} && ?"), is_main]),
            ("case \"$GITHUB_REF\" in\n  refs/heads/main)\n    push a\n    ;;\n  *) push b ;;\nesac\npush c".to_owned(), vec![is_main, &format!("{not_main} && true"), ""]),
            ("if x:\n  push a".to_owned(), vec![""]),
            ("cd a && push a".to_owned(), vec![""]),
        ] {
            assert_eq!(around(&run), want, "{run}");
        }
    }
}
