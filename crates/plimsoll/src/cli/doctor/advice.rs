//! What people run into at single registries, said before they do: how packages are made, who may see them, which tags a
//! rule for immutable tags must leave out.
//!
//! Sources: docs.github.com, "Configuring a package's access control and visibility" and "Working with the Container
//! registry"; docs.aws.amazon.com, "Preventing image tags from being overwritten in Amazon ECR" and "Creating an Amazon ECR
//! private repository"; cloud.google.com, "Configure immutable image tags"; docs.docker.com, "Immutable tags on Docker Hub".

use std::collections::BTreeMap;

use plimsoll_engine::domain::project::Project;
use plimsoll_oci::name::ImageRepository;
use plimsoll_tags::class::Class;
use plimsoll_tags::notation::short::{Piece, Placeholder, Template};

use crate::output::json::doctor::Answered;

/// How many filters ECR takes.
const MOST_FILTERS: usize = 5;
/// The tags under which signatures are listed where the registry has no list of its own.
const FALLBACK_TAGS: &str = "sha256-*";

/// The forms of the tags that releases, branches and pull requests write, by repository.
pub(super) struct TagForms(BTreeMap<ImageRepository, Forms>);

/// Forms of tags, each with what may become of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Forms(Vec<(Template, Class)>);

static NONE: Forms = Forms(Vec::new());

impl TagForms {
    pub(super) fn of(project: &Project) -> TagForms {
        let mut all: BTreeMap<ImageRepository, Forms> = BTreeMap::new();
        for image in &project.images {
            let forms = image.tags.rule_set().forms();
            let mirrors = image.mirrors.iter().map(|mirror| &mirror.repository);
            for repository in mirrors.chain([&image.repository]) {
                let known = all.entry(repository.clone()).or_default();
                let new = forms.iter().filter(|form| !known.0.contains(form)).cloned();
                known.0 = known.0.iter().cloned().chain(new).collect();
            }
        }
        TagForms(all)
    }

    pub(super) fn of_repository(&self, repository: &ImageRepository) -> &Forms {
        self.0.get(repository).unwrap_or(&NONE)
    }
}

impl Forms {
    /// The tags that move.
    pub(super) fn moving(&self) -> Vec<&Template> {
        let moving = self.0.iter().filter(|(_, class)| matches!(class, Class::Moving(_)));
        moving.map(|(template, _)| template).collect()
    }

    fn versions(&self) -> impl Iterator<Item = &Template> {
        self.0.iter().filter(|(_, class)| *class == Class::WriteOnce).map(|(template, _)| template)
    }
}

/// Where a command runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Runs {
    /// In a job with a token of its own.
    InActions,
    /// Elsewhere.
    Elsewhere,
}

/// What is known of a repository.
pub(super) struct Known<'a> {
    pub(super) repository: &'a ImageRepository,
    pub(super) push: Answered,
    pub(super) public: Answered,
    pub(super) referrers: Answered,
    pub(super) runs: Runs,
    pub(super) tags: &'a Forms,
}

/// What there is to know about a repository at its registry.
pub(super) fn advise(known: &Known<'_>) -> Vec<String> {
    let host = known.repository.registry().as_str();
    match host {
        "ghcr.io" => of_github(known),
        "docker.io" => of_docker_hub(known),
        _ if host.ends_with(".amazonaws.com") && host.contains(".dkr.ecr.") => of_ecr(known),
        _ if host.ends_with("-docker.pkg.dev") => of_artifact_registry(known),
        _ => Vec::new(),
    }
}

fn of_github(known: &Known<'_>) -> Vec<String> {
    let mut advice = Vec::new();
    match (known.push, known.runs) {
        (Answered::No, Runs::InActions) => advice.push(
            "the job needs `packages: write`; a package that another repository or a person made first must let this \
             repository in: its settings, Manage Actions access, role Write"
                .to_owned(),
        ),
        (Answered::No, Runs::Elsewhere) => {
            advice.push("it takes classic tokens only, with the scope write:packages".to_owned());
        }
        _ => {}
    }
    match known.public {
        Answered::No => advice.push("the package is private: make it public in its settings".to_owned()),
        Answered::Unknown => advice.push(
            "a package is private after its first push: make it public in its settings then. It belongs to the \
             repository that its images name as their source"
                .to_owned(),
        ),
        Answered::Yes | Answered::NotAsked => {}
    }
    advice
}

fn of_docker_hub(known: &Known<'_>) -> Vec<String> {
    let patterns: Vec<String> = known.tags.versions().map(expression).collect();
    match (patterns.as_slice(), known.tags.moving().as_slice()) {
        ([], _) | (_, []) => Vec::new(),
        (patterns, _) => vec![format!(
            "if tags are to be immutable: these only, since others move: ^({})$",
            patterns.join("|")
        )],
    }
}

fn of_artifact_registry(known: &Known<'_>) -> Vec<String> {
    match known.tags.moving().first() {
        Some(tag) => {
            vec![format!(
                "immutable tags are all tags of a repository here: leave that off, since {tag} moves"
            )]
        }
        None => Vec::new(),
    }
}

fn of_ecr(known: &Known<'_>) -> Vec<String> {
    let name = known.repository.path();
    let mut advice = Vec::new();
    if known.push != Answered::Yes {
        advice
            .push(format!("no push makes a repository: aws ecr create-repository --repository-name {name}"));
    }
    let (filters, too_wide) = filters(known);
    let said = match (too_wide, filters.len()) {
        (Some(tag), _) => format!(
            "its tags can't be immutable: a filter that lets {tag} move lets versions move too (or release no {tag})"
        ),
        (None, 0) => return advice,
        (None, 1..=MOST_FILTERS) => {
            let each = filters.iter().map(|filter| format!("filterType=WILDCARD,filter={filter}"));
            let each = each.collect::<Vec<_>>().join(" ");
            format!(
                "if tags are to be immutable: aws ecr put-image-tag-mutability --repository-name {name} \
                 --image-tag-mutability IMMUTABLE_WITH_EXCLUSION --image-tag-mutability-exclusion-filters {each}"
            )
        }
        (None, many) => {
            format!(
                "its tags can't be immutable: it takes {MOST_FILTERS} filters, and {many} kinds of tags move"
            )
        }
    };
    advice.push(said);
    advice
}

/// The filters that leave the tags that move out of a rule for immutable tags, and a tag whose filter would leave out
/// versions too.
fn filters<'a>(known: &Known<'a>) -> (Vec<String>, Option<&'a Template>) {
    let mut filters: Vec<String> = Vec::new();
    for tag in known.tags.moving() {
        let filter = wildcard(tag);
        if known.tags.versions().any(|version| fits(&filter, &sample(version))) {
            return (filters, Some(tag));
        }
        if !filters.contains(&filter) {
            filters.push(filter);
        }
    }
    if known.referrers != Answered::Yes {
        filters.push(FALLBACK_TAGS.to_owned());
    }
    (filters, None)
}

/// A star for each placeholder.
fn wildcard(template: &Template) -> String {
    spell(template, |_| "*".to_owned(), str::to_owned)
}

/// A version's tag, as an example.
fn sample(template: &Template) -> String {
    let example = |placeholder| match placeholder {
        Placeholder::Version | Placeholder::Tag => "12.34.56",
        Placeholder::Major => "12",
        Placeholder::Minor => "34",
        Placeholder::Patch => "56",
        Placeholder::Sha => "0a1b2c3",
        Placeholder::Commit => "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567",
        Placeholder::Branch => "main",
        Placeholder::Number => "7",
    };
    spell(template, |placeholder| example(placeholder).to_owned(), str::to_owned)
}

/// A regular expression for a version's tags.
fn expression(template: &Template) -> String {
    let part = |placeholder| match placeholder {
        Placeholder::Version | Placeholder::Tag => r"[0-9]+\.[0-9]+\.[0-9]+.*",
        Placeholder::Major | Placeholder::Minor | Placeholder::Patch | Placeholder::Number => "[0-9]+",
        Placeholder::Sha | Placeholder::Commit => "[0-9a-f]+",
        Placeholder::Branch => ".*",
    };
    spell(template, |placeholder| part(placeholder).to_owned(), |literal| literal.replace('.', r"\."))
}

fn spell(template: &Template, put: impl Fn(Placeholder) -> String, write: impl Fn(&str) -> String) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Literal(text) => write(text),
        Piece::Placeholder(placeholder) => put(*placeholder),
    };
    template.pieces().iter().map(piece).collect()
}

/// Whether a text fits a pattern whose stars stand for anything.
fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use plimsoll_tags::class::Line;

    use super::*;

    fn forms(versions: &[&str], moving: &[&str]) -> Forms {
        let of = |text: &&str, class: Class| (Template::parse(text).unwrap(), class);
        let versions = versions.iter().map(|text| of(text, Class::WriteOnce));
        Forms(versions.chain(moving.iter().map(|text| of(text, Class::Moving(Line::Version)))).collect())
    }

    fn advice(repository: &str, tags: &Forms, push: Answered, public: Answered, runs: Runs) -> Vec<String> {
        let repository = repository.parse().unwrap();
        advise(&Known { repository: &repository, push, public, referrers: Answered::Yes, runs, tags })
    }

    #[test]
    fn packages_of_github_are_private_and_belong_to_somebody() {
        let ask = |push, public, runs| advice("ghcr.io/acme/app", &NONE, push, public, runs);
        let (yes, no, unknown) = (Answered::Yes, Answered::No, Answered::Unknown);
        assert_eq!(ask(yes, yes, Runs::InActions), [""; 0]);
        assert!(ask(no, yes, Runs::InActions)[0].contains("Manage Actions access, role Write"));
        assert!(ask(no, yes, Runs::Elsewhere)[0].contains("write:packages"));
        assert_eq!(ask(yes, no, Runs::Elsewhere), ["the package is private: make it public in its settings"]);
        assert!(
            ask(yes, unknown, Runs::Elsewhere)[0].starts_with("a package is private after its first push")
        );
    }

    #[test]
    fn filters_leave_out_what_moves_and_no_version() {
        let host = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app";
        let ask = |versions: &[&str], moving: &[&str], push| {
            advice(host, &forms(versions, moving), push, Answered::No, Runs::Elsewhere)
        };
        let (yes, unknown) = (Answered::Yes, Answered::Unknown);
        assert_eq!(
            ask(&["v{version}"], &["latest", "edge"], yes),
            ["if tags are to be immutable: aws ecr put-image-tag-mutability --repository-name app \
              --image-tag-mutability IMMUTABLE_WITH_EXCLUSION --image-tag-mutability-exclusion-filters \
              filterType=WILDCARD,filter=latest filterType=WILDCARD,filter=edge"]
        );
        assert!(ask(&["{version}"], &["{major}.{minor}"], yes)[0].contains("lets {major}.{minor} move"));
        assert_eq!(ask(&["v{version}"], &["pr-{number}"], yes).len(), 1);
        assert!(ask(&["v{version}"], &["a", "b", "c", "d", "e", "f"], yes)[0].contains("and 6 kinds"));
        assert_eq!(ask(&["v{version}"], &[], yes), [""; 0]);
        assert_eq!(
            ask(&[], &[], unknown),
            ["no push makes a repository: aws ecr create-repository --repository-name app"]
        );
    }

    #[test]
    fn others_have_rules_of_their_own() {
        let tags = forms(&["v{version}"], &["latest"]);
        let ask = |host: &str, tags: &Forms| {
            advice(&format!("{host}/acme/app"), tags, Answered::Yes, Answered::Yes, Runs::Elsewhere)
        };
        assert_eq!(
            ask("docker.io", &tags),
            [r"if tags are to be immutable: these only, since others move: ^(v[0-9]+\.[0-9]+\.[0-9]+.*)$"]
        );
        assert!(ask("europe-docker.pkg.dev", &tags)[0].contains("since latest moves"));
        for host in ["docker.io", "europe-docker.pkg.dev", "registry.example"] {
            assert_eq!(ask(host, &forms(&["v{version}"], &[])), [""; 0], "{host}");
        }
    }

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, text, want) in [
            ("*", "1.2.3", true),
            ("*.*", "1.2.3", true),
            ("v*", "1.2.3", false),
            ("pr-*", "v1.2.3", false),
            ("latest", "latest", true),
            ("latest", "latest-2", false),
            ("*-alpine", "1.2.3-alpine", true),
            ("*-alpine", "1.2.3", false),
        ] {
            assert_eq!(fits(pattern, text), want, "{pattern} {text}");
        }
    }
}
