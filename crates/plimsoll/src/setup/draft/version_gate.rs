//! Which version files the tag is held against.

use plimsoll_tags::version::Version;

use super::git_tags::GitTags;
use super::render::list;
use crate::setup::holdings::{FoundVersion, Holdings};

/// Which version files the tag is held against.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Gate {
    /// Those that Plimsoll looks at by itself, or none.
    Default,
    /// These.
    Files(Vec<String>),
    /// None, because of what is told.
    Off,
}

/// Chooses. A file that would stop every release is no gate; those that do not, stay one.
pub(super) fn choose(holdings: &Holdings, git_tags: &GitTags, left: &mut Vec<String>) -> Gate {
    let Some(first) = holdings.versions.first() else { return Gate::Default };
    let behind = |file: &&FoundVersion| {
        let version = Version::parse(git_tags.scheme, &file.version).ok();
        version.zip(git_tags.highest.as_ref()).is_some_and(|(version, highest)| version < *highest)
    };
    let is_newest = |file: &&FoundVersion| {
        let version = Version::parse(git_tags.scheme, &file.version).ok();
        version.is_some() && version == git_tags.highest
    };
    let (late, fit): (Vec<&FoundVersion>, Vec<&FoundVersion>) = holdings.versions.iter().partition(behind);
    let agree = |files: &[&FoundVersion]| {
        files.iter().all(|file| files.first().is_some_and(|first| file.version == first.version))
    };
    let newest: Vec<&FoundVersion> = fit.iter().copied().filter(is_newest).collect();
    // Those of the newest tag are surely kept up; else those that agree on the next one.
    let kept = match (newest.is_empty(), agree(&fit)) {
        (false, _) => newest,
        (true, true) => fit,
        (true, false) => Vec::new(),
    };
    if kept.is_empty() {
        let why = match (late.first(), &git_tags.highest) {
            (Some(late), Some(highest)) if agree(&holdings.versions.iter().collect::<Vec<_>>()) => {
                format!("{} says {}, and there is a tag of {highest}", late.path, late.version)
            }
            _ => disagreement(holdings, first),
        };
        left.push(format!("version files: {why}: none is held against the tag"));
        return Gate::Off;
    }
    let others: Vec<&FoundVersion> = holdings.versions.iter().filter(|file| !kept.contains(file)).collect();
    let paths: Vec<String> = kept.iter().map(|file| file.path.clone()).collect();
    if !others.is_empty() {
        let says: Vec<String> =
            others.iter().map(|file| format!("{} says {}", file.path, file.version)).collect();
        left.push(format!(
            "version files: {}: only {} is held against the tag",
            says.join(", "),
            list(&paths).trim_matches(['[', ']'])
        ));
        return Gate::Files(paths);
    }
    match kept.iter().any(|one| one.path == "package.json") {
        true => Gate::Files(paths),
        false => Gate::Default,
    }
}

fn disagreement(holdings: &Holdings, first: &FoundVersion) -> String {
    let other = holdings.versions.iter().find(|other| other.version != first.version).unwrap_or(first);
    format!("{} says {}, and {} says {}", first.path, first.version, other.path, other.version)
}

#[cfg(test)]
mod tests {
    use plimsoll_tags::version::Scheme;

    use super::*;

    #[test]
    fn files_that_agree_with_the_newest_tag_stay_a_gate() {
        let files = |paths: &[&str]| Gate::Files(paths.iter().map(|&path| path.to_owned()).collect());
        for (versions, tag, want, told) in [
            (
                &[("Cargo.toml", "1.2.0"), ("package.json", "0.0.1")][..],
                Some("1.2.0"),
                files(&["Cargo.toml"]),
                1,
            ),
            // The next release is prepared already.
            (&[("Cargo.toml", "1.3.0"), ("package.json", "0.0.1")], Some("1.2.0"), files(&["Cargo.toml"]), 1),
            (&[("Cargo.toml", "1.2.0"), ("VERSION", "1.3.0")], Some("1.2.0"), files(&["Cargo.toml"]), 1),
            (&[("Cargo.toml", "1.2.0"), ("VERSION", "1.2.0")], Some("1.1.0"), Gate::Default, 0),
            (&[("package.json", "1.2.0")], Some("1.2.0"), files(&["package.json"]), 0),
            (&[("Cargo.toml", "1.2.0"), ("VERSION", "1.3.0")], None, Gate::Off, 1),
            (&[("Cargo.toml", "1.0.0"), ("VERSION", "1.0.0")], Some("1.2.0"), Gate::Off, 1),
            (&[("Cargo.toml", "0.1.0"), ("VERSION", "1.0.0")], Some("1.2.0"), Gate::Off, 1),
            (&[], Some("1.2.0"), Gate::Default, 0),
        ] {
            let file = |&(path, version): &(&str, &str)| FoundVersion {
                path: path.to_owned(),
                version: version.to_owned(),
            };
            let holdings = Holdings { versions: versions.iter().map(file).collect(), ..Holdings::default() };
            let highest = tag.map(|tag| Version::parse(Scheme::Semver, tag).unwrap());
            let git_tags = GitTags { highest, ..GitTags::default() };
            let mut left = Vec::new();
            assert_eq!(choose(&holdings, &git_tags, &mut left), want, "{versions:?} {tag:?}");
            assert_eq!(left.len(), told, "{left:?}");
        }
    }
}
