//! Names of files as scripts write them: `charts/*`, `app-$VERSION.tgz`, `$package`.

/// What stands where only a run knows it: anything.
const OPEN: char = '\0';

/// Whether it is this file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::setup) enum Match {
    No,
    /// What only a run knows may be it.
    Maybe,
    Yes,
}

/// A name of a file or a folder, with stars and with what only a run knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::setup) struct Pattern(String);

impl Pattern {
    /// What may be anything.
    pub(super) fn open() -> Pattern {
        Pattern(OPEN.to_string())
    }

    /// A word of a script with what is known put in; an expression that is left, or a word of tags, may be anything.
    pub(super) fn of(text: &str) -> Pattern {
        let mut written = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['$', '{', '[']) {
            let (before, behind) = rest.split_at(at);
            written.push_str(before);
            written.push(OPEN);
            rest = behind.get(length_of(behind)..).unwrap_or_default();
        }
        written.push_str(rest);
        Pattern(normal(&written))
    }

    /// The same in a folder.
    pub(super) fn in_folder(self, folder: &str) -> Pattern {
        let is_whole = self.0.starts_with(['/', OPEN]);
        Pattern(if is_whole { self.0 } else { normal(&format!("{folder}/{}", self.0)) })
    }

    /// As a folder that others are named from.
    pub(super) fn folder(&self) -> &str {
        &self.0
    }

    /// Whether it is the folder of a chart.
    pub(in crate::setup) fn is_folder(&self, path: &str) -> Match {
        // The root may be named in many ways.
        let below_root = self.0.strip_prefix(OPEN).and_then(|rest| rest.strip_prefix('/'));
        let all = [Some(self.0.as_str()), below_root];
        match all.into_iter().flatten().any(|pattern| fits(pattern, path)) {
            false => Match::No,
            true if self.0.contains(OPEN) => Match::Maybe,
            true => Match::Yes,
        }
    }

    /// Whether it is the package of a chart, `app-1.2.3.tgz`, or its folder.
    pub(super) fn is_package(&self, path: &str, name: &str) -> Match {
        let last = self.0.rsplit('/').next().unwrap_or_default();
        let base = last.strip_suffix(".tgz").unwrap_or(last);
        let version = base.strip_prefix(name).filter(|_| !name.is_empty());
        let is_version = |rest: &str| {
            let begin = rest.strip_prefix('-').map(|rest| rest.trim_start_matches('v'));
            rest.is_empty()
                || begin.is_some_and(|rest| {
                    rest.is_empty() || rest.starts_with(|sign: char| sign.is_ascii_digit() || is_sign(sign))
                })
        };
        if version.is_some_and(is_version) || self.is_folder(path) == Match::Yes {
            return Match::Yes;
        }
        // A number stands behind a name, and `app-$VERSION` is no `app-more-1.2.3`.
        let is_number = base.split(['*', OPEN]).next().is_some_and(|before| before.ends_with('-'))
            && base.contains(OPEN)
            && !base.starts_with(['*', OPEN]);
        match !is_number && fits(base, &format!("{name}-1.2.3")) {
            true => Match::Maybe,
            false => Match::No,
        }
    }
}

impl Pattern {
    /// Whether it is a name with a version behind it, whatever chart that is of.
    pub(super) fn has_version(&self) -> bool {
        let last = self.0.rsplit('/').next().unwrap_or_default();
        let is_version = |(at, _): (usize, &str)| {
            let behind = last.get(at + 1..).unwrap_or_default().trim_start_matches('v');
            behind.starts_with(|sign: char| sign.is_ascii_digit() || is_sign(sign))
        };
        !last.starts_with(is_sign) && last.match_indices('-').any(is_version)
    }
}

/// How long what only a run knows is, which a text begins with.
fn length_of(text: &str) -> usize {
    let ends = [("${{", "}}"), ("${", "}"), ("$(", ")"), ("{", "}"), ("[", "]")];
    let found = ends.iter().find(|(begin, _)| text.starts_with(begin));
    match found {
        Some((_, end)) => text.find(end).map_or(text.len(), |at| at + end.len()),
        None => {
            let is_part = |sign: char| sign.is_ascii_alphanumeric() || sign == '_';
            let name = text.get(1..).unwrap_or_default();
            1 + name.find(|sign| !is_part(sign)).unwrap_or(name.len())
        }
    }
}

/// Whether a sign stands for others.
fn is_sign(sign: char) -> bool {
    matches!(sign, '*' | '?' | OPEN)
}

/// A path without what makes no difference.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

/// Whether a text is one of those that a pattern stands for.
fn fits(pattern: &str, text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    // How much of the text may be used up.
    let mut ends = vec![false; text.len() + 1];
    ends[0] = true;
    for sign in pattern.chars() {
        let mut next = vec![false; ends.len()];
        for at in 0..ends.len() {
            let reads = |is_it: bool| is_it && at > 0;
            let before = text.get(at.wrapping_sub(1)).copied().unwrap_or('/');
            next[at] = match sign {
                '*' => ends[at] || (reads(before != '/') && next[at - 1]),
                OPEN => ends[at] || (reads(true) && next[at - 1]),
                '?' => reads(before != '/') && ends[at - 1],
                sign => reads(before == sign) && ends[at - 1],
            };
        }
        ends = next;
    }
    ends.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_that_of_a_chart() {
        for (text, path, want) in [
            ("charts/app", "charts/app", Match::Yes),
            ("./charts/app/", "charts/app", Match::Yes),
            ("charts/*", "charts/app", Match::Yes),
            ("charts/*/", "charts/app/more", Match::No),
            ("charts/${{ x }}", "charts/app", Match::Maybe),
            ("charts/${{ x }}-${{ y }}", "charts/app", Match::No),
            ("${{ github.workspace }}/charts/app", "charts/app", Match::Maybe),
            ("$(cat NAME)", "charts/app", Match::Maybe),
            (".", ".", Match::Yes),
            ("charts/../other", "other", Match::Yes),
            ("charts/app", "charts/apps", Match::No),
        ] {
            assert_eq!(Pattern::of(text).is_folder(path), want, "{text}");
        }
        assert_eq!(Pattern::of(".").in_folder("charts/app").is_folder("charts/app"), Match::Yes);
    }

    #[test]
    fn a_package_is_called_after_its_chart() {
        for (text, name, want) in [
            ("app-1.2.3.tgz", "app", Match::Yes),
            ("out/app-${{ V }}.tgz", "app", Match::Yes),
            ("app-{version}.tgz", "app", Match::Yes),
            ("app-*.tgz", "app", Match::Yes),
            ("app.tgz", "app", Match::Yes),
            ("app-*.tgz", "app-more", Match::Maybe),
            ("app-${{ V }}.tgz", "app-more", Match::No),
            ("app-more-1.0.tgz", "app", Match::No),
            ("*.tgz", "app", Match::Maybe),
            ("${{ $package }}", "app", Match::Maybe),
            ("${{ N }}-${{ V }}.tgz", "app", Match::Maybe),
            ("other-1.0.tgz", "app", Match::No),
            ("charts/app", "other", Match::Yes),
        ] {
            assert_eq!(Pattern::of(text).is_package("charts/app", name), want, "{text} {name}");
        }
    }
}
