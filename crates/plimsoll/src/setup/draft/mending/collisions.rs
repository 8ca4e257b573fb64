//! Two images that would have one tag in one repository: the first keeps it, unless it alone is a variant, whose tags all have
//! a word beside the version.
//!
//! Today the one that is pushed last has it. The other goes without that tag where it has others, else it stands as a comment.

use plimsoll_engine::domain::diagnostic::Diagnostic;

use super::{Kind, Mended, find_name, line_of, with_told};

/// What keeps `latest` from going with rules of docker/metadata-action.
const NO_LATEST: &str = "\"latest=false\"";

/// Parts the two: the first change after which less is refused. None where none helps.
pub(super) fn part<E>(
    text: &str,
    problem: &Diagnostic,
    refused: usize,
    mut judge: impl FnMut(&str) -> Result<Vec<Diagnostic>, E>,
) -> Result<Option<Mended>, E> {
    let Some(at) = line_of(problem) else { return Ok(None) };
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let at = find_variant(&lines, at, &problem.message).unwrap_or(at);
    let Some((from, to)) = find_image(&lines, at) else { return Ok(None) };
    let (image, why) = (find_name(&lines, at), problem.message.replace('\n', " "));
    let mut ways: Vec<Mended> = Vec::new();
    for place in from..to {
        let Some(Kind::Rule(rule)) = lines.get(place).map(|line| Kind::of(line)) else { continue };
        let told = format!("{image}rule: {}: {why}", rule.trim_end_matches(','));
        ways.push(replaced(&lines, place, &[format!("    # {rule}  # {why}")], told));
    }
    let told = format!("{image}flavor: latest=false was added: {why}");
    ways.push(
        match (from..to).find(|place| lines.get(*place).is_some_and(|line| line.starts_with("flavor = ["))) {
            Some(place) => {
                let flavor = lines.get(place).map(|line| line.replacen('[', &format!("[{NO_LATEST}, "), 1));
                replaced(&lines, place, &Vec::from_iter(flavor), told)
            }
            None => {
                let own = lines.get(at).cloned().unwrap_or_default();
                replaced(&lines, at, &[own, format!("flavor = [{NO_LATEST}]")], told)
            }
        },
    );
    let mut whole = lines.clone();
    for line in
        whole.iter_mut().skip(from).take(to - from).filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        *line = format!("# {line}");
    }
    let told = format!("{image}{why}: it stands as a comment, until it has a repository or tags of its own");
    ways.push(with_told(whole, vec![told]));
    for mended in ways {
        if judge(&mended.text)?.len() < refused {
            return Ok(Some(mended));
        }
    }
    Ok(None)
}

/// Where the other image is named that a problem is about, if that one is a variant, and the one where it was found is none.
fn find_variant(lines: &[String], at: usize, message: &str) -> Option<usize> {
    let named = |at: usize| lines.get(at - 1).is_some_and(|line| line == "[[image]]");
    let own = find_image(lines, at)?;
    let mut quoted = message.split('`').skip(1).step_by(2);
    let other = quoted.find_map(|name| {
        let line = format!("name = \"{name}\"");
        let there = (1..lines.len()).find(|&at| lines.get(at) == Some(&line) && named(at))?;
        (there < own.0 || there >= own.1).then_some(there)
    })?;
    let is_variant = |(from, to): (usize, usize)| {
        let rules = lines.iter().take(to).skip(from).filter_map(|line| match Kind::of(line) {
            Kind::Rule(rule) => Some(rule.trim_end_matches(',').trim_matches('"').to_owned()),
            _ => None,
        });
        let versions: Vec<String> =
            rules.filter(|rule| rule.contains("version") || rule.contains("semver")).collect();
        let has_word =
            |rule: &String| rule.contains("suffix=") || rule.contains("prefix=") || rule.contains("}-");
        !versions.is_empty() && versions.iter().all(has_word)
    };
    (is_variant(find_image(lines, other)?) && !is_variant(own)).then_some(other)
}

/// The text with other lines in the place of one.
fn replaced(lines: &[String], place: usize, by: &[String], told: String) -> Mended {
    let mut lines = lines.to_vec();
    lines.splice(place..=place, by.iter().cloned());
    with_told(lines, vec![told])
}

/// The lines of the image around a line, and of its tables.
fn find_image(lines: &[String], at: usize) -> Option<(usize, usize)> {
    let from = lines.iter().take(at + 1).rposition(|line| line == "[[image]]")?;
    let is_end = |line: &String| {
        line == "[[image]]"
            || line == "# [[image]]"
            || (line.starts_with('[') && !line.starts_with("[image."))
    };
    let length = lines.iter().skip(from + 1).position(is_end).unwrap_or(lines.len() - from - 1);
    let last = lines
        .iter()
        .skip(from + 1)
        .take(length)
        .rposition(|line| !line.is_empty() && !line.starts_with('#'))?;
    Some((from, from + 2 + last))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use plimsoll_engine::document::version_file::Texts;

    use crate::config::{self, Surroundings};
    use crate::setup::draft::mending::mend;

    /// A draft of two images of one repository, as often mended as it needs; and what was said.
    fn mended(first: &str, second: &str) -> (String, Vec<String>) {
        let image = |name: &str, rules: &str| {
            format!(
                "\n[[image]]\nname = \"{name}\"\nrepository = \"ghcr.io/acme/app\"\nplatforms = [\"linux/amd64\"]\ndockerfile = \"Dockerfile\"\n\n[image.tags]\nrelease = [\n{rules}]\n"
            )
        };
        let mut text = format!(
            "[project]\nname = \"app\"\n{}{}\n# [forge]\n# release = \"version\"\n",
            image("app", first),
            image("debug", second)
        );
        let texts: &Texts<'_> = &|_| None;
        let surroundings = Surroundings { directory: Some("app"), remote: None, texts };
        let judge = |text: &str| {
            Ok::<_, Infallible>(config::parse("plimsoll.toml", text, surroundings).err().unwrap_or_default())
        };
        let mut left = Vec::new();
        while let Some(mended) = mend(&text, judge).unwrap() {
            text = mended.text;
            left.extend(mended.left);
        }
        assert!(config::parse("plimsoll.toml", &text, surroundings).is_ok(), "{text}");
        (text, left)
    }

    #[test]
    fn a_tag_of_two_images_stays_with_the_first() {
        let (text, left) =
            mended("    \"{version}\",\n    \"latest\",\n", "    \"{version}-debug\",\n    \"latest\",\n");
        assert!(text.contains("    \"{version}-debug\",\n    # \"latest\",  # images `app`"), "{text}");
        assert!(left[0].starts_with("image debug: rule: \"latest\": images `app` and `debug`"), "{left:?}");
    }

    #[test]
    fn a_variant_yields_to_what_has_the_bare_version() {
        let rule = "    \"type=semver,pattern={{version}}\",\n";
        let (text, left) = mended("    \"type=semver,pattern={{version}},suffix=-debug\",\n", rule);
        assert!(text.contains("\nname = \"app\"\nflavor = [\"latest=false\"]\n"), "{text}");
        assert_eq!(text.matches("\nflavor = ").count(), 1, "{text}");
        assert!(left[0].starts_with("image app: flavor: latest=false was added: "), "{left:?}");
    }

    #[test]
    fn latest_that_goes_with_rules_stays_with_the_first() {
        let rule = "    \"type=semver,pattern={{version}}\",\n";
        let (text, left) = mended(rule, "    \"type=semver,pattern={{version}},suffix=-debug\",\n");
        assert_eq!(text.matches("\nflavor = [\"latest=false\"]\n").count(), 1, "{text}");
        assert!(left[0].starts_with("image debug: flavor: latest=false was added: "), "{left:?}");
    }

    #[test]
    fn an_image_without_a_tag_of_its_own_is_a_comment() {
        let rule = "    \"type=semver,pattern={{version}}\",\n";
        let (text, left) = mended(rule, rule);
        assert!(text.contains("\n# [[image]]\n# name = \"debug\"\n"), "{text}");
        assert!(text.contains("\n# [image.tags]\n# release = [\n"), "{text}");
        assert!(text.contains("\n# [forge]\n# release = "), "{text}");
        assert!(left[0].contains("it stands as a comment"), "{left:?}");
    }
}
