//! Which tests of a shell stand around a command: `if [ "$GITHUB_REF_TYPE" = tag ]; then … fi`, `case`, `[[ … ]] && …`.

mod chain;
mod parts;
mod plain_tests;
mod walk;

use self::plain_tests::{all_of, any_of, as_condition};

pub(super) use self::walk::guarded;

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
        let condition = self.condition.as_ref().map(|condition| match enclosed_whole(condition, "!(") {
            Some(inner) => inner.to_owned(),
            None => format!("!({condition})"),
        });
        let written = match enclosed_whole(&self.written, "not (") {
            Some(inner) => inner.to_owned(),
            None => format!("not ({})", self.written),
        };
        Guard { condition, written }
    }

    /// Something decides it that is not read.
    fn open(self) -> Guard {
        Guard { condition: None, ..self }
    }

    /// Where all of them hold.
    fn all(guards: &[Guard]) -> Guard {
        let conditions: Option<Vec<&str>> = guards.iter().map(|guard| guard.condition.as_deref()).collect();
        let written: Vec<&str> = guards.iter().map(|guard| guard.written.as_str()).collect();
        Guard { condition: conditions.map(|conditions| all_of(&conditions)), written: written.join(" and ") }
    }

    fn or(&self, other: &Guard) -> Guard {
        let both = self.condition.as_deref().zip(other.condition.as_deref());
        let condition = both.map(|(one, other)| any_of(&[one, other]));
        Guard { condition, written: format!("{} or {}", self.written, other.written) }
    }
}

/// What stands between `begin`, which opens a bracket, and its other one at the very end.
fn enclosed_whole<'a>(text: &'a str, begin: &str) -> Option<&'a str> {
    let inner = text.strip_prefix(begin)?;
    let (inner, behind) = parts::enclosed(text.get(begin.len() - 1..)?).filter(|_| !inner.is_empty())?;
    behind.is_empty().then_some(inner)
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
            (format!("{test} && {{\n  push a\n}}\npush b"), vec![is_main, ""]),
            (format!("{test} && {{ x; push a; }} || push b; push c"), vec![is_main, "?", ""]),
            (format!("{test} && echo x; push a"), vec![""]),
            (format!("{test} &&\n  push a\npush b"), vec![is_main, ""]),
            (format!("{test} && [ $GITHUB_REF_NAME = a ] && push a"), vec![&format!("{is_main} && github.ref_name == 'a'")]),
            (format!("[ $GITHUB_REF_NAME = a ] || {test} && push a"), vec![&format!("(github.ref_name == 'a') || ({is_main})")]),
            (format!("grep -q x y && {test} && push a"), vec!["?"]),
            (format!("cd a && {test} && push a || push b"), vec![is_main, "?"]),
            (format!("{test} || exit 0\npush a"), vec![is_main]),
            (format!("{test} && exit\npush a"), vec![&not_main]),
            (format!("{test} || {{ echo x; exit 1; }}; push a"), vec![is_main]),
            ("[ -n \"$VERSION\" ] || exit 1\npush a".to_owned(), vec![""]),
            ("[ -n \"$VERSION\" ] || exit 0\npush a".to_owned(), vec!["?"]),
            (format!("if {test}; then\n  if x; then exit 0; fi\nfi\npush a"), vec!["?"]),
            (format!("if [ $GITHUB_REF_NAME = a ]; then exit 0; fi; {test} && push a"), vec![&format!("!(github.ref_name == 'a') && {is_main}")]),
            (format!("done() {{\n  {test} && return 0\n  push a\n}}\npush b"), vec![&not_main, ""]),
            (format!("for x in $ALL; do\n  {test} || continue\n  push a\ndone\npush b"), vec![is_main, ""]),
            (format!("if {test}; then\n  push a\nelse if x; then\n  push b\nfi\npush c\nfi\npush d"), vec![is_main, &format!("{not_main} && ?"), &not_main, ""]),
            ("case \"$GITHUB_REF\" in refs/heads/main) push a;; *) (push b\n)\npush c;; esac; push d".to_owned(), vec![is_main, &format!("{not_main} && true"), &format!("{not_main} && true"), ""]),
            ("python - <<EOF\nfor x in y:\n  if z:\n    {\nEOF\npush a".to_owned(), vec![""]),
            ("if x:\n  push a".to_owned(), vec![""]),
            ("cd a && push a".to_owned(), vec![""]),
        ] {
            assert_eq!(around(&run), want, "{run}");
        }
    }
}
