//! What could not be carried over, in the order of its weight, and each sentence once with its places.

/// Sentences about what a release may do otherwise than what is done today: they come first.
const WEIGHTY: [&str; 15] = [
    " is a guess",
    " are a guess",
    "where it goes",
    "it goes to ",
    "tag: ",
    "rule: ",
    "no tags for releases",
    "no workflow pushes it for a release",
    "every image here is released",
    "branches ",
    "charts go to ",
    "nothing says which registry",
    "login at ",
    " pushes images",
    " is not read",
];
/// Sentences about work that is no part of a release: they come last.
const ASIDE: [&str; 10] = [
    "a release does not run it",
    "no release runs it",
    "no release does it",
    "no release waits for that",
    "what it makes is not in the commit that the image is built from",
    " (another build of the same image ",
    ": no workflow pushes an image of it",
    ": by its name not for releases",
    ": by its path not for releases",
    " runs only if ",
];
/// What is said of steps of which their action alone is known.
const OTHER_ACTIONS: &str = "a release does not run these actions";

/// A sentence, and what it is said of.
struct Told {
    /// What it is about, up to the colon: a file, or images.
    place: Option<String>,
    /// Steps of that place.
    steps: Vec<String>,
    /// The sentence.
    rest: String,
}

/// Arranges what is told: the same sentence once, what weighs most first.
pub(super) fn arrange(left: Vec<String>) -> Vec<String> {
    let mut groups: Vec<Vec<Told>> = Vec::new();
    for told in left.iter().map(|what| Told::of(what)) {
        let is_same = |group: &&mut Vec<Told>| {
            group.first().is_some_and(|first| first.rest == told.rest && first.kind() == told.kind())
        };
        match groups.iter_mut().find(is_same) {
            Some(group) => match group.iter_mut().find(|known| known.place == told.place) {
                Some(known) if !told.steps.is_empty() => known.steps.extend(told.steps),
                Some(_) => {}
                None => group.push(told),
            },
            None => groups.push(vec![told]),
        }
    }
    let mut lines: Vec<String> = groups.iter().map(|group| render(group)).collect();
    lines.sort_by_key(|line| weight(line));
    lines
}

/// How far back a line stands.
fn weight(line: &str) -> u8 {
    let has = |words: &[&str]| words.iter().any(|word| line.contains(word));
    match line {
        _ if has(&ASIDE) || line.starts_with(OTHER_ACTIONS) => 2,
        _ if has(&WEIGHTY) => 0,
        _ => 1,
    }
}

/// What places may share a sentence.
#[derive(PartialEq, Eq)]
enum Kind {
    /// Images: `image app`.
    Image,
    /// Files of workflows.
    Workflow,
    /// Anything else stands alone.
    Alone,
}

impl Told {
    fn of(what: &str) -> Told {
        let alone = || Told { place: None, steps: Vec::new(), rest: what.to_owned() };
        let Some((place, rest)) = what.split_once(": ") else { return alone() };
        let is_image = place.strip_prefix("image ").is_some_and(|name| !name.contains(' '));
        let is_file = !place.contains(' ') && (place.ends_with(".yml") || place.ends_with(".yaml"));
        if !is_image && !is_file {
            return alone();
        }
        let place = Some(place.to_owned());
        let step = rest.strip_prefix("step `").and_then(|rest| rest.split_once('`')).filter(|_| is_file);
        let Some((step, behind)) = step else {
            return Told { place, steps: Vec::new(), rest: rest.to_owned() };
        };
        let action = behind.strip_prefix(" (").and_then(|behind| behind.strip_suffix(')'));
        match action.filter(|action| !action.contains([' ', ')'])) {
            Some(action) if action == step => {
                Told { place, steps: vec![format!("`{action}`")], rest: OTHER_ACTIONS.to_owned() }
            }
            Some(action) => {
                Told { place, steps: vec![format!("`{step}` ({action})")], rest: OTHER_ACTIONS.to_owned() }
            }
            None => Told { place, steps: vec![format!("`{step}`")], rest: behind.to_owned() },
        }
    }

    fn kind(&self) -> Kind {
        match self.place.as_deref() {
            Some(place) if place.starts_with("image ") => Kind::Image,
            Some(_) => Kind::Workflow,
            None => Kind::Alone,
        }
    }
}

/// A sentence with its places, as it was told where it has but one.
fn render(group: &[Told]) -> String {
    let Some(first) = group.first() else { return String::new() };
    let place = first.place.as_deref().unwrap_or_default();
    let is_one = group.len() == 1 && first.steps.len() <= 1;
    match (first.kind(), first.steps.first()) {
        (Kind::Alone, _) => first.rest.clone(),
        (_, None) if is_one => format!("{place}: {}", first.rest),
        (_, Some(step)) if is_one && first.rest == OTHER_ACTIONS => format!("{place}: step {step}"),
        (_, Some(step)) if is_one => format!("{place}: step {step}{}", first.rest),
        (Kind::Image, _) => {
            let names = group.iter().filter_map(|told| told.place.as_deref()?.strip_prefix("image "));
            format!("images {}: {}", names.collect::<Vec<_>>().join(", "), first.rest)
        }
        (Kind::Workflow, _) => {
            let sentence = first.rest.trim_start_matches([':', ' ']);
            let places: Vec<String> = group.iter().map(Told::with_steps).collect();
            format!("{sentence}: {}", places.join("; "))
        }
    }
}

impl Told {
    fn with_steps(&self) -> String {
        let place = self.place.as_deref().unwrap_or_default();
        match self.steps.as_slice() {
            [] => place.to_owned(),
            [one] => format!("{place}, step {one}"),
            steps => format!("{place}, steps {}", steps.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arranged(left: &[&str]) -> Vec<String> {
        arrange(left.iter().map(|&what| what.to_owned()).collect())
    }

    #[test]
    fn a_sentence_stands_once_with_its_places() {
        assert_eq!(
            arranged(&[
                "a.yml: step `x`: a release does not run it",
                "a.yml: step `Notify` (acme/tell)",
                "a.yml: step `y`: a release does not run it",
                "b.yml: step `x`: a release does not run it",
                "b.yml: step `acme/tell` (acme/tell)",
                "image api: pull: true",
                "image web: pull: true",
                "image web: target: x",
            ]),
            [
                "images api, web: pull: true",
                "image web: target: x",
                "a release does not run it: a.yml, steps `x`, `y`; b.yml, step `x`",
                "a release does not run these actions: a.yml, step `Notify` (acme/tell); b.yml, step `acme/tell`",
            ]
        );
    }

    #[test]
    fn what_stands_alone_stays_as_it_is() {
        for what in [
            "a.yml: step `x`: a release does not run it",
            "a.yml: step `Notify` (acme/tell)",
            "a.yml: step `Build: all`: it runs `cosign sign`",
            "image web: tag: acme/web:$(cat VERSION)",
            "charts are published, and there is no Chart.yaml",
            "chart a: b",
            "git tags a: b",
        ] {
            assert_eq!(arranged(&[what]), [what]);
        }
    }

    #[test]
    fn what_weighs_most_comes_first() {
        assert_eq!(
            arranged(&[
                "a.yml: step `x`: a release does not run it",
                "image web: pull: true",
                "image web: where it goes: only the forge knows",
                "login at r.example",
            ]),
            [
                "image web: where it goes: only the forge knows",
                "login at r.example",
                "image web: pull: true",
                "a.yml: step `x`: a release does not run it",
            ]
        );
    }
}
