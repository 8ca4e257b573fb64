//! What stands for the git tag, the version and the commit in scripts: `${GITHUB_REF##*/}`, `$(echo $GITHUB_REF | cut -d/ -f3)`,
//! `$(git describe --tags)`. The plain forms are put into the words of tags; any other stays as it is written.

mod pipes;

use self::pipes::piped;

/// What a text of a script stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stands {
    /// The whole name of the git tag: `refs/tags/v1.0.0`.
    Reference,
    Tag,
    Version,
    Commit,
    /// Its first seven digits.
    Short,
}

/// What the names of git tags begin with, whole.
const TAGS: &str = "refs/tags/";

impl Stands {
    /// Those that have no word stay what the forge calls them.
    const fn word(self) -> &'static str {
        match self {
            Stands::Reference => "${GITHUB_REF}",
            Stands::Tag => "{tag}",
            Stands::Version => "{version}",
            Stands::Commit => "{commit}",
            Stands::Short => "{sha}",
        }
    }

    fn of_variable(name: &str) -> Option<Stands> {
        match name {
            "GITHUB_REF" => Some(Stands::Reference),
            "GITHUB_REF_NAME" => Some(Stands::Tag),
            "GITHUB_SHA" => Some(Stands::Commit),
            _ => None,
        }
    }

    /// What a text is, if it is one of them and nothing else.
    fn of_text(text: &str) -> Option<Stands> {
        let text = text.trim();
        let name = text.strip_prefix("${{").and_then(|inside| inside.strip_suffix("}}")).map(str::trim);
        match name.unwrap_or(text) {
            "{tag}" | "github.ref_name" | "github.event.release.tag_name" => Some(Stands::Tag),
            "{version}" => Some(Stands::Version),
            "{commit}" | "github.sha" => Some(Stands::Commit),
            "{sha}" => Some(Stands::Short),
            "github.ref" => Some(Stands::Reference),
            _ => {
                let name = text.strip_prefix("${").and_then(|inside| inside.strip_suffix('}'));
                Stands::of_variable(name.or_else(|| text.strip_prefix('$'))?)
            }
        }
    }

    /// What is left of it where these first signs are taken away.
    fn without(self, begin: &str) -> Option<Stands> {
        match self {
            Stands::Reference if matches!(begin, "refs/tags/" | "refs/*/" | "*/*/") => Some(Stands::Tag),
            Stands::Reference => Stands::Tag.without(begin.strip_prefix(TAGS)?),
            Stands::Tag if is_family(begin) => Some(Stands::Version),
            Stands::Version if begin == "v" => Some(Stands::Version),
            Stands::Tag | Stands::Version | Stands::Commit | Stands::Short => None,
        }
    }

    /// What is left of it behind so many signs.
    fn behind(self, signs: usize) -> Option<Stands> {
        match (self, signs) {
            (Stands::Reference, 10) => Some(Stands::Tag),
            (Stands::Reference, 11) | (Stands::Tag, 1) => Some(Stands::Version),
            (same, 0) => Some(same),
            _ => None,
        }
    }

    /// What is left of it behind the last slash.
    fn last(self) -> Option<Stands> {
        match self {
            Stands::Reference | Stands::Tag => Some(Stands::Tag),
            same => Some(same),
        }
    }

    /// What a shell makes of it: what stands behind the name in `${NAME…}`.
    fn expanded(self, how: &str) -> Option<Stands> {
        if matches!(how, "" | ",," | "@L") {
            return Some(self);
        }
        if let Some(begin) = how.strip_prefix('#') {
            return match begin.strip_prefix('#') {
                Some("*/") => self.last(),
                begin => self.without(begin.unwrap_or(how.trim_start_matches('#'))),
            };
        }
        if let Some(replaced) = how.strip_prefix('/') {
            let replaced = replaced.strip_prefix(['/', '#']).unwrap_or(replaced).replace("\\/", "\u{1}");
            let (from, to) = replaced.split_once('/').unwrap_or((&replaced, ""));
            let from = from.replace('\u{1}', "/");
            return self.without(&from).filter(|_| to.is_empty());
        }
        let range = how.strip_prefix(':')?.trim();
        match (self, range.replace(' ', "").as_str()) {
            (Stands::Commit, ":7" | "0:7") => Some(Stands::Short),
            (_, number) => self.behind(number.parse().ok()?),
        }
    }
}

/// Whether git tags may begin so: `v`, `api-v`, `chart-`.
fn is_family(begin: &str) -> bool {
    let ends = ["v", "-", "@", "_"].iter().any(|end| begin.ends_with(end)) || begin.ends_with("/v");
    ends && begin.chars().all(|sign| sign.is_ascii_alphanumeric() || "-_@/.".contains(sign))
}

/// The same text, where what stands for a git tag and what is made of it are words of tags. `variables` knows what the script
/// itself has set.
pub(super) fn in_tag_words(text: &str, variables: &dyn Fn(&str) -> Option<String>) -> String {
    let mut written = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, whole) = rest.split_at(at);
        written.push_str(before);
        let (length, found) = match whole.get(1..2) {
            Some("(") => command(whole, variables),
            Some("{") if whole.starts_with("${{") => expression(whole),
            Some("{") => expansion(whole, variables),
            _ => variable(whole, variables),
        };
        let taken = whole.get(..length).unwrap_or(whole);
        written.push_str(&found.unwrap_or_else(|| taken.to_owned()));
        rest = whole.get(taken.len()..).unwrap_or_default();
    }
    written.push_str(rest);
    written
}

/// The same, where the name of the git tag is that of the branch on another occasion.
pub(super) fn with_ref_names(text: &str) -> String {
    text.replace("{tag}", "${{ github.ref_name }}")
}

/// The words of tags as a shell and the forge have them: what is no tag knows no such words.
pub(super) fn out_of_tag_words(text: &str) -> String {
    let words = [
        ("{tag}", "${{ github.ref_name }}"),
        ("{version}", "${GITHUB_REF_NAME#v}"),
        ("{commit}", "${{ github.sha }}"),
        ("{sha}", "${GITHUB_SHA::7}"),
    ];
    words.iter().fold(text.to_owned(), |text, (word, written)| text.replace(word, written))
}

/// `$(…)`: how long it is, and what it stands for.
fn command(whole: &str, variables: &dyn Fn(&str) -> Option<String>) -> (usize, Option<String>) {
    let Some(end) = closing(whole) else { return (whole.len(), None) };
    let inside = whole.get(2..end).unwrap_or_default();
    let found = piped(&in_tag_words(inside, variables));
    (end + 1, found.map(|stands| stands.word().to_owned()))
}

/// Where the bracket closes that is opened first.
fn closing(whole: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, sign) in whole.char_indices() {
        match sign {
            '(' => depth += 1,
            ')' if depth == 1 => return Some(at),
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// `${{ … }}`, which the forge puts in before the script runs.
fn expression(whole: &str) -> (usize, Option<String>) {
    let Some(end) = whole.find("}}") else { return (whole.len(), None) };
    let length = end + 2;
    let stands = whole.get(..length).and_then(Stands::of_text).filter(|one| *one != Stands::Reference);
    (length, stands.map(|stands| stands.word().to_owned()))
}

/// `${NAME…}`.
fn expansion(whole: &str, variables: &dyn Fn(&str) -> Option<String>) -> (usize, Option<String>) {
    let Some(end) = whole.find('}') else { return (whole.len(), None) };
    let inside = whole.get(2..end).unwrap_or_default();
    let is_part = |sign: char| sign.is_ascii_alphanumeric() || sign == '_';
    let (name, how) = inside.split_at(inside.find(|sign| !is_part(sign)).unwrap_or(inside.len()));
    let own = || Stands::of_text(&variables(name)?);
    let stands = Stands::of_variable(name).or_else(own).and_then(|stands| stands.expanded(how));
    (end + 1, stands.map(|stands| stands.word().to_owned()))
}

/// `$NAME`.
fn variable(whole: &str, variables: &dyn Fn(&str) -> Option<String>) -> (usize, Option<String>) {
    let is_part = |sign: char| sign.is_ascii_alphanumeric() || sign == '_';
    let behind = whole.get(1..).unwrap_or_default();
    let end = behind.find(|sign| !is_part(sign)).unwrap_or(behind.len());
    let name = behind.get(..end).unwrap_or_default();
    let given = Stands::of_variable(name).filter(|one| *one != Stands::Reference);
    let stands = given.or_else(|| Stands::of_text(&variables(name)?));
    (end + 1, stands.map(|stands| stands.word().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_forms_are_words_of_tags() {
        let own = |name: &str| {
            [("TAG", "{tag}"), ("REF", "$GITHUB_REF"), ("OTHER", "x")]
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        };
        for (text, want) in [
            ("a/b:${GITHUB_REF##*/}", "a/b:{tag}"),
            ("${GITHUB_REF#refs/tags/}", "{tag}"),
            ("${GITHUB_REF#refs/*/}", "{tag}"),
            ("${GITHUB_REF#*/*/}", "{tag}"),
            ("${GITHUB_REF#refs/tags/v}", "{version}"),
            ("${GITHUB_REF/refs\\/tags\\//}", "{tag}"),
            ("${GITHUB_REF/refs\\/tags\\/v/}", "{version}"),
            ("${GITHUB_REF:10}", "{tag}"),
            ("${GITHUB_REF:11}", "{version}"),
            ("$GITHUB_REF_NAME-x", "{tag}-x"),
            ("${GITHUB_REF_NAME}", "{tag}"),
            ("${GITHUB_REF_NAME#v}", "{version}"),
            ("${GITHUB_REF_NAME#chart-}", "{version}"),
            ("${GITHUB_REF_NAME/v/}", "{version}"),
            ("${GITHUB_REF_NAME:1}", "{version}"),
            ("${TAG#v}", "{version}"),
            ("${TAG:1}", "{version}"),
            ("${REF##*/}", "{tag}"),
            ("sha-${GITHUB_SHA::7}", "sha-{sha}"),
            ("${GITHUB_SHA:0:7}", "{sha}"),
            ("$GITHUB_SHA", "{commit}"),
            ("${{ github.ref_name }}", "{tag}"),
            ("v$(echo $GITHUB_REF | cut -d/ -f3)", "v{tag}"),
            ("$(echo ${GITHUB_REF} | cut -d '/' -f 3)", "{tag}"),
            ("$(echo \"${GITHUB_REF#refs/tags/}\" | sed 's/^v//')", "{version}"),
            ("$(echo \"${{ github.ref }}\" | sed -e 's,.*/\\(.*\\),\\1,')", "{tag}"),
            ("$(echo $TAG | tr -d v)", "{version}"),
            ("$(echo $GITHUB_REF_NAME | cut -c2-)", "{version}"),
            ("$(echo $GITHUB_REF | awk -F/ '{print $3}')", "{tag}"),
            ("$(basename $GITHUB_REF)", "{tag}"),
            ("$(basename \"${GITHUB_REF}\")", "{tag}"),
            ("$(git describe --tags)", "{tag}"),
            ("$(git describe --tags --abbrev=0 2>/dev/null)", "{tag}"),
            ("$(git describe --tags --always --dirty | sed 's/^v//')", "{version}"),
            ("$(git rev-parse --short HEAD)", "{sha}"),
            ("$(git rev-parse HEAD)", "{commit}"),
        ] {
            assert_eq!(in_tag_words(text, &own), want, "{text}");
        }
    }

    #[test]
    fn any_other_form_stays_as_it_is() {
        for text in [
            "$GITHUB_REFS",
            "${GITHUB_REF}",
            "$GITHUB_REF",
            "${GITHUB_REF%/*}",
            "${GITHUB_REF_NAME%%-*}",
            "${GITHUB_REF_NAME#release}",
            "${GITHUB_REF_NAME//./-}",
            "${GITHUB_REF_NAME:2}",
            "${GITHUB_SHA::8}",
            "${OTHER#v}",
            "$(cat VERSION)",
            "$(./version.sh)",
            "$(git describe --tags || echo none)",
            "$(git describe --tags $(git rev-list --tags --max-count=1))",
            "$(git describe --tags --abbrev=0 HEAD~1)",
            "$(echo $GITHUB_REF | cut -d/ -f2)",
            "$(echo $GITHUB_REF_NAME | tr . -)",
            "$(echo $NAME | cut -d/ -f3)",
            "$(git rev-parse --short=10 HEAD)",
            "$(open",
            "${open",
            "${{ open",
            "$",
            "${{ github.repository }}",
        ] {
            assert_eq!(in_tag_words(text, &|_| None), text);
        }
    }
}
