//! What `git push --porcelain` reports of each ref (git-push(1), "Output").

use crate::adapters::process::Output;

/// What became of one ref.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It was changed by this push.
    Done,
    /// It already was what was to be pushed; a lease was not looked at.
    UpToDate,
    /// It was not changed; why, in git's words.
    Rejected(String),
}

/// What a push that has ended reports of the ref `name`; `None` if it got no answer about it.
pub(super) fn read_fate(output: &Output, name: &str) -> Option<Fate> {
    let fate = parse_fate(&String::from_utf8_lossy(&output.stdout), name)?;
    match (fate, output.code) {
        // Only an exit code of 0 vouches for what the lines say was done.
        (fate @ (Fate::Done | Fate::UpToDate), Some(0)) => Some(fate),
        (Fate::Done | Fate::UpToDate, _) => None,
        (rejected, _) => Some(rejected),
    }
}

/// Reads lines of `flag TAB from:to TAB summary`.
fn parse_fate(report: &str, name: &str) -> Option<Fate> {
    report.lines().find_map(|line| {
        let mut parts = line.splitn(3, '\t');
        let (flag, refs, summary) = (parts.next()?, parts.next()?, parts.next()?);
        let (_, to) = refs.split_once(':')?;
        if to != name {
            return None;
        }
        match flag {
            " " | "+" | "-" | "*" => Some(Fate::Done),
            "=" => Some(Fate::UpToDate),
            "!" => Some(Fate::Rejected(summary.to_owned())),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const REPORT: &str = "To file:///r.git\n\
        *\taaa:refs/a\t[new reference]\n\
        +\tbbb:refs/b\t0187f3b...1a88562 (forced update)\n\
        -\t:refs/c\t[deleted]\n\
        =\tddd:refs/d\t[up to date]\n\
        !\teee:refs/e\t[rejected] (stale info)\n\
        !\t(delete):refs/f\t[remote rejected] (hook declined)\n\
        Done\n";

    fn output(code: i32) -> Output {
        Output { code: Some(code), stdout: REPORT.into(), stderr: String::new() }
    }

    #[test]
    fn reads_each_flag() {
        for name in ["refs/a", "refs/b", "refs/c"] {
            assert_eq!(read_fate(&output(0), name), Some(Fate::Done), "{name}");
            assert_eq!(read_fate(&output(128), name), None, "{name}");
        }
        assert_eq!(read_fate(&output(0), "refs/d"), Some(Fate::UpToDate));
        assert_eq!(read_fate(&output(1), "refs/e"), Some(Fate::Rejected("[rejected] (stale info)".into())));
        assert_eq!(
            read_fate(&output(1), "refs/f"),
            Some(Fate::Rejected("[remote rejected] (hook declined)".into()))
        );
        assert_eq!(read_fate(&output(0), "refs"), None);
    }

    proptest! {
        #[test]
        fn never_panics(report: String, name: String) {
            let _ = parse_fate(&report, &name);
        }
    }
}
