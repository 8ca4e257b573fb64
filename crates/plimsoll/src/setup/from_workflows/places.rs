//! Names of images with expressions in them that only the forge knows: `${{ vars.REGISTRY }}/app`.
//!
//! What is known of such a name is kept beside the expression, so that parts of the work that say the same are one image.

use plimsoll_tags::notation::action::record::parse_lines;

use super::spelled::COMMAND;

/// That it is a guess where an image goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::setup) struct Guess {
    /// What the workflow has in its place; none: nothing that could be read.
    pub(in crate::setup) written: Option<String>,
}

/// What expressions begin and end with.
const MARKS: [&str; 2] = ["${{", "}}"];

/// A name and its tag, at the last colon that stands in no expression.
pub(super) fn split_tag(text: &str) -> Option<(&str, &str)> {
    let masked = masked(text);
    let at = masked.rfind(':')?;
    let (name, tag) = (text.get(..at)?, text.get(at + 1..)?);
    (!masked.get(at..)?.contains('/')).then_some((name, tag))
}

/// Texts that stand in lines, or between commas outside of expressions.
pub(super) fn split_list(text: &str) -> Vec<String> {
    let masked = masked(text);
    let mut lines = String::new();
    for (at, sign) in text.char_indices() {
        let is_comma = sign == ',' && masked.get(at..).is_some_and(|rest| rest.starts_with(','));
        lines.push(if is_comma { '\n' } else { sign });
    }
    parse_lines(&lines)
}

/// The repository that a name is, in small letters; none where nothing of it is known, or it is no name.
pub(super) fn parse_place(name: &str) -> Option<String> {
    let hidden = masked(name);
    let is_part = |sign: char| sign.is_ascii_alphanumeric() || "._-/:".contains(sign) || sign == HIDDEN;
    // Of a registry alone, or of nothing, it is not known which image is meant, nor how many.
    let is_word = |part: &str| part.chars().any(|sign| sign.is_ascii_alphanumeric());
    let is_known = hidden.split('/').any(|part| is_word(part) && !part.contains(['.', ':']))
        || hidden.rsplit('/').next().is_some_and(is_word);
    let is_whole = hidden.split('/').all(|part| !part.is_empty());
    if !is_known || !is_whole || !hidden.chars().all(is_part) || name.contains(COMMAND) {
        return None;
    }
    let small = name.char_indices().map(|(at, sign)| match hidden.get(at..) {
        Some(rest) if rest.starts_with(HIDDEN) => sign,
        _ => sign.to_ascii_lowercase(),
    });
    Some(small.collect())
}

/// Whether only the forge knows a part of a name.
pub(in crate::setup) fn is_open(name: &str) -> bool {
    name.contains(MARKS[0])
}

/// A name as its file has it: the actions of GoReleaser's templates stand in braces alone.
pub(in crate::setup) fn as_written(name: &str) -> String {
    name.replace("${{ .", "{{ .")
}

/// The parts of a name between slashes; none for one that only the forge knows a piece of.
pub(in crate::setup) fn known_parts(name: &str) -> Vec<Option<&str>> {
    let hidden = masked(name);
    let mut parts = Vec::new();
    let mut begin = 0;
    for part in hidden.split('/') {
        let end = begin + part.len();
        parts.push(name.get(begin..end).filter(|_| !part.contains(HIDDEN)));
        begin = end + 1;
    }
    parts
}

/// The last word of the first name, as far as it is known.
pub(super) fn short_name(repositories: &[String]) -> String {
    let first = repositories.first().map_or("", String::as_str);
    let hidden = masked(first);
    let known = |part: &str| {
        let name = part.split(':').next().unwrap_or_default();
        name.replace(HIDDEN, "").trim_matches(['-', '.', '_']).to_lowercase()
    };
    let mut words = hidden.split('/').rev().map(known).filter(|word| !word.is_empty());
    words.next().unwrap_or_default()
}

/// What stands for a byte of an expression.
const HIDDEN: char = '\u{1}';

/// The same text, as long as it is, whose expressions are hidden.
fn masked(text: &str) -> String {
    let mut masked = String::new();
    let mut rest = text;
    while let Some((before, inside)) = rest.split_once(MARKS[0]) {
        let Some((expression, after)) = inside.split_once(MARKS[1]) else { break };
        masked.push_str(before);
        let length = MARKS[0].len() + expression.len() + MARKS[1].len();
        masked.extend(std::iter::repeat_n(HIDDEN, length));
        rest = after;
    }
    masked.push_str(rest);
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_stands_behind_the_last_colon_outside_of_expressions() {
        for (text, want) in [
            ("acme/app:1", Some(("acme/app", "1"))),
            (
                "docker.io/Acme/app:${{ steps.x.outputs.y }}",
                Some(("docker.io/Acme/app", "${{ steps.x.outputs.y }}")),
            ),
            ("${{ a || 'b:c/d' }}/app:v1", Some(("${{ a || 'b:c/d' }}/app", "v1"))),
            ("localhost:5000/app", None),
            ("${{ env.IMAGE }}", None),
            ("${{ open:1", Some(("${{ open", "1"))),
        ] {
            assert_eq!(split_tag(text), want, "{text}");
        }
    }

    #[test]
    fn expressions_in_lists_stay_whole() {
        let list = "a/b:1, a/c:${{ format('{0},{1}', a, b) }}\nd/e:2";
        assert_eq!(split_list(list), ["a/b:1", "a/c:${{ format('{0},{1}', a, b) }}", "d/e:2"]);
    }

    #[test]
    fn what_is_known_of_a_name_is_kept() {
        for (name, place, short) in [
            ("ghcr.io/Acme/App", Some("ghcr.io/acme/app"), "app"),
            ("${{ vars.REGISTRY }}/App", Some("${{ vars.REGISTRY }}/app"), "app"),
            ("docker.io/${{ secrets.USER }}/app", Some("docker.io/${{ secrets.USER }}/app"), "app"),
            ("acme/app-${{ matrix.x }}", Some("acme/app-${{ matrix.x }}"), "app"),
            ("ghcr.io/acme/${{ matrix.x }}", Some("ghcr.io/acme/${{ matrix.x }}"), "acme"),
            ("ghcr.io/${{ vars.IMAGE }}", None, "ghcr.io"),
            ("${{ vars.IMAGE }}", None, ""),
            ("${{ vars.A }}/${{ vars.B }}", None, ""),
            ("${{ $(cat NAME) }}/app", None, "app"),
            ("{tag}/app", None, "app"),
            ("acme/app:${{ a##*/ }}:latest", Some("acme/app:${{ a##*/ }}:latest"), "app"),
            ("acme//app", None, "app"),
        ] {
            assert_eq!(parse_place(name).as_deref(), place, "{name}");
            assert_eq!(short_name(&[name.to_owned()]), short, "{name}");
        }
        let parts = known_parts("docker.io/${{ a/b }}/app-${{ c }}/x");
        assert_eq!(parts, [Some("docker.io"), None, None, Some("x")]);
    }
}
