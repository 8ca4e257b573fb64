//! Conditions in templates of GoReleaser's file: `{{ if not .Prerelease }}…{{ else }}…{{ end }}`.

use std::fmt::Write as _;

/// A template without its conditions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Unfolded {
    /// What it is for releases that are no prereleases.
    pub(super) finals: String,
    /// What it is for prereleases.
    pub(super) prereleases: String,
}

/// For which releases a condition holds. A snapshot and a nightly are none.
#[derive(Clone, Copy)]
struct Holds {
    finals: bool,
    prereleases: bool,
}

const ALWAYS: Holds = Holds { finals: true, prereleases: true };
const NEVER: Holds = Holds { finals: false, prereleases: false };
const PRERELEASES: Holds = Holds { finals: false, prereleases: true };

/// A piece of a template.
enum Piece<'a> {
    Text(&'a str),
    /// What stands between `{{` and `}}`.
    Action(&'a str),
}

/// Takes conditions out of a template, and puts in what `find` has for its actions; the first one that is not known otherwise.
pub(super) fn unfold(template: &str, find: impl Fn(&str) -> Option<String>) -> Result<Unfolded, String> {
    let mut unfolded = Unfolded::default();
    let mut open: Vec<Holds> = Vec::new();
    for piece in pieces(template)? {
        let now = open.iter().copied().fold(ALWAYS, Holds::and);
        let text = match piece {
            Piece::Text(text) => text.to_owned(),
            Piece::Action(action) => {
                match (action.split_once(' ').unwrap_or((action, "")), open.last_mut()) {
                    (("if", condition), _) => {
                        open.push(read(condition, &find).ok_or_else(|| action.to_owned())?);
                        continue;
                    }
                    (("else", ""), Some(last)) => {
                        *last = last.not();
                        continue;
                    }
                    (("end", ""), Some(_)) => {
                        open.pop();
                        continue;
                    }
                    _ if !now.finals && !now.prereleases => continue,
                    _ => find(action).ok_or_else(|| action.to_owned())?,
                }
            }
        };
        for (holds, side) in
            [(now.finals, &mut unfolded.finals), (now.prereleases, &mut unfolded.prereleases)]
        {
            if holds {
                let _ = side.write_str(&text);
            }
        }
    }
    match open.is_empty() {
        true => Ok(unfolded),
        false => Err(template.to_owned()),
    }
}

/// The pieces of a template. A dash beside the braces takes the blanks beyond them away.
fn pieces(template: &str) -> Result<Vec<Piece<'_>>, String> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some((before, opened)) = rest.split_once("{{") {
        let (inside, after) = opened.split_once("}}").ok_or_else(|| template.to_owned())?;
        let (inside, before) = match inside.strip_prefix('-') {
            Some(inside) => (inside, before.trim_end()),
            None => (inside, before),
        };
        let (inside, after) = match inside.strip_suffix('-') {
            Some(inside) => (inside, after.trim_start()),
            None => (inside, after),
        };
        pieces.extend([Piece::Text(before), Piece::Action(inside.trim())]);
        rest = after;
    }
    pieces.push(Piece::Text(rest));
    Ok(pieces)
}

/// For which releases a condition holds, where that is known before.
fn read(condition: &str, find: &dyn Fn(&str) -> Option<String>) -> Option<Holds> {
    let words = arguments(condition)?;
    let read = |condition: &str| read(condition, find);
    match words.as_slice() {
        [".IsSnapshot" | ".IsNightly"] => Some(NEVER),
        [".Prerelease"] | ["ne", ".Prerelease", "\"\""] => Some(PRERELEASES),
        ["eq", ".Prerelease", "\"\""] => Some(PRERELEASES.not()),
        ["not", inner] => Some(read(inner)?.not()),
        ["and", all @ ..] => all.iter().try_fold(ALWAYS, |holds, one| Some(holds.and(read(one)?))),
        ["or", any @ ..] => any.iter().try_fold(NEVER, |holds, one| Some(holds.or(read(one)?))),
        ["isEnvSet", name] => read(&format!("index .Env {name}")),
        ["eq", one, other] => Some(Holds::of(value(one, find)? == value(other, find)?)),
        ["ne", one, other] => Some(Holds::of(value(one, find)? != value(other, find)?)),
        words => Some(Holds::of(!find(&words.join(" "))?.is_empty())),
    }
}

/// What a word of a condition is, where that is the same for each release.
fn value(word: &str, find: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let written = word.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).map(str::to_owned);
    written.or_else(|| find(word)).filter(|value| !value.contains('{'))
}

/// The words of a condition, without the parentheses around one of them.
fn arguments(condition: &str) -> Option<Vec<&str>> {
    let mut words = Vec::new();
    let mut rest = condition.trim();
    while !rest.is_empty() {
        let end = match rest.starts_with('(') {
            true => closing(rest)?,
            false => rest.find(char::is_whitespace).unwrap_or(rest.len()),
        };
        let (word, after) = rest.split_at_checked(end)?;
        words.push(word);
        rest = after.strip_prefix(')').unwrap_or(after).trim_start();
    }
    let bare = words.into_iter().map(|word| word.strip_prefix('(').unwrap_or(word).trim());
    Some(bare.collect())
}

/// Where the parenthesis closes that a text begins with.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    text.char_indices().find_map(|(at, sign)| {
        match sign {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        (depth == 0).then_some(at)
    })
}

impl Holds {
    /// What is the same for all releases.
    fn of(all: bool) -> Holds {
        if all { ALWAYS } else { NEVER }
    }

    fn not(self) -> Holds {
        Holds { finals: !self.finals, prereleases: !self.prereleases }
    }

    fn and(self, other: Holds) -> Holds {
        Holds { finals: self.finals && other.finals, prereleases: self.prereleases && other.prereleases }
    }

    fn or(self, other: Holds) -> Holds {
        self.not().and(other.not()).not()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_of_releases_are_read() {
        let find = |action: &str| match action {
            ".Tag" => Some("T".to_owned()),
            "index .Env \"SET\"" | ".Env.SET" => Some("yes".to_owned()),
            "index .Env \"UNSET\"" => Some(String::new()),
            ".Version" => Some("{version}".to_owned()),
            _ => None,
        };
        for (template, want) in [
            ("{{ if not .IsSnapshot }}a:{{ .Tag }}{{ end }}", Ok(("a:T", "a:T"))),
            ("{{ if .IsNightly }}a:{{ .Date }}{{ end }}", Ok(("", ""))),
            ("{{ if and (not .Prerelease) (not .IsSnapshot) }}a{{ end }}", Ok(("a", ""))),
            ("a:{{if not .Prerelease}}b{{else}}c{{end}}", Ok(("a:b", "a:c"))),
            ("a {{- if eq .Prerelease \"\" -}} b {{- else }} c{{ end }}", Ok(("ab", "a c"))),
            ("{{ if or .Prerelease .IsNightly }}next{{ else }}latest{{ end }}", Ok(("latest", "next"))),
            ("{{ if not .Prerelease }}{{ if .IsSnapshot }}x{{ else }}y{{ end }}{{ end }}", Ok(("y", ""))),
            ("{{ if index .Env \"SET\" }}a{{ else }}b{{ end }}", Ok(("a", "a"))),
            ("{{ if not (index .Env \"UNSET\") }}a{{ end }}", Ok(("a", "a"))),
            ("{{ if isEnvSet \"UNSET\" }}a{{ end }}", Ok(("", ""))),
            (
                "{{ if eq .Env.SET \"yes\" }}a{{ end }}{{ if ne (index .Env \"SET\") \"yes\" }}b{{ end }}",
                Ok(("a", "a")),
            ),
            ("{{ if and (not .Prerelease) (isEnvSet \"SET\") }}a{{ end }}", Ok(("a", ""))),
            ("{{ if eq .Version \"1.0.0\" }}a{{ end }}", Err("if eq .Version \"1.0.0\"")),
            ("{{ if isEnvSet \"A\" }}a{{ end }}", Err("if isEnvSet \"A\"")),
            ("{{ if .Prerelease }}a{{ else if .IsNightly }}b{{ end }}", Err("else if .IsNightly")),
            ("{{ if (not .Prerelease }}a{{ end }}", Err("if (not .Prerelease")),
            ("{{ .Date }}", Err(".Date")),
            ("{{ if .Prerelease }}a", Err("{{ if .Prerelease }}a")),
            ("a{{ end }}", Err("end")),
        ] {
            let found = unfold(template, find).map(|found| (found.finals, found.prereleases));
            let want = want.map(|(finals, prereleases): (&str, &str)| (finals.into(), prereleases.into()));
            assert_eq!(found, want.map_err(str::to_owned), "{template}");
        }
    }
}
