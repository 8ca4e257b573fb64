//! Which version files the tag is held against.

use plimsoll_tags::version::Version;

use super::git_tags::GitTags;
use super::render::list;
use crate::setup::holdings::{FoundVersion, Holdings, PLAIN};

/// Which version files the tag is held against.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Gate {
    /// Those that Plimsoll looks at by itself, or none.
    Default,
    /// These.
    Files(Vec<FoundVersion>),
    /// None, because of what is told.
    Off,
}

/// Chooses. A file that would stop every release is no gate; those that do not, stay one.
pub(super) fn choose(holdings: &Holdings, git_tags: &GitTags, left: &mut Vec<String>) -> Gate {
    let mut passed_over = holdings.versions_passed_over.clone();
    let mut versions: Vec<&FoundVersion> = Vec::new();
    for file in &holdings.versions {
        // What holds nothing else is refused unless it is a version; others may be spelled as their readers have it.
        match file.path == PLAIN && Version::parse(git_tags.scheme, &file.version).is_err() {
            true => passed_over.push((file.path.clone(), format!("`{}`", file.version))),
            false => versions.push(file),
        }
    }
    left.extend(passed_over.iter().map(|(path, what)| {
        format!("version files: {path} has {what}, which is no version: it is not held against the tag")
    }));
    let gate = match versions.first() {
        None => Gate::Default,
        Some(first) => choose_among(&versions, first, git_tags, left),
    };
    match gate {
        // Plimsoll would look at what is passed over by itself.
        Gate::Default if !passed_over.is_empty() && versions.is_empty() => Gate::Off,
        Gate::Default if !passed_over.is_empty() => Gate::Files(versions.into_iter().cloned().collect()),
        gate => gate,
    }
}

/// Chooses among files that name versions.
fn choose_among(
    versions: &[&FoundVersion],
    first: &FoundVersion,
    git_tags: &GitTags,
    left: &mut Vec<String>,
) -> Gate {
    let behind = |file: &&FoundVersion| {
        let version = Version::parse(git_tags.scheme, &file.version).ok();
        version.zip(git_tags.highest.as_ref()).is_some_and(|(version, highest)| version < *highest)
    };
    let is_newest = |file: &&FoundVersion| {
        let version = Version::parse(git_tags.scheme, &file.version).ok();
        version.is_some() && version == git_tags.highest
    };
    let (late, fit): (Vec<&FoundVersion>, Vec<&FoundVersion>) = versions.iter().copied().partition(behind);
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
            (Some(late), Some(highest)) if agree(versions) => {
                format!("{} says {}, and there is a tag of {highest}", late.path, late.version)
            }
            _ => disagreement(versions, first),
        };
        left.push(format!("version files: {why}: none is held against the tag"));
        return Gate::Off;
    }
    let others: Vec<&&FoundVersion> = versions.iter().filter(|file| !kept.contains(file)).collect();
    let files = || Gate::Files(kept.iter().map(|&file| file.clone()).collect());
    if !others.is_empty() {
        let says: Vec<String> =
            others.iter().map(|file| format!("{} says {}", file.path, file.version)).collect();
        let paths: Vec<String> = kept.iter().map(|file| file.path.clone()).collect();
        left.push(format!(
            "version files: {}: only {} is held against the tag",
            says.join(", "),
            list(&paths).trim_matches(['[', ']'])
        ));
        return files();
    }
    match kept.iter().any(|one| one.path == "package.json" || one.pattern.is_some()) {
        true => files(),
        false => Gate::Default,
    }
}

fn disagreement(versions: &[&FoundVersion], first: &FoundVersion) -> String {
    let other = versions.iter().find(|other| other.version != first.version).map_or(first, |other| *other);
    format!("{} says {}, and {} says {}", first.path, first.version, other.path, other.version)
}

#[cfg(test)]
mod tests {
    use plimsoll_tags::version::Scheme;

    use super::*;

    #[test]
    fn files_that_agree_with_the_newest_tag_stay_a_gate() {
        let named = |&(path, version): &(&str, &str)| FoundVersion {
            path: path.to_owned(),
            version: version.trim_start_matches('v').to_owned(),
            pattern: version.starts_with('v').then_some("v{version}"),
        };
        let cargo = &[("Cargo.toml", "1.2.0")][..];
        let next = &[("Cargo.toml", "1.3.0")][..];
        let npm = &[("package.json", "1.2.0")][..];
        let with_v = &[("VERSION", "v1.2.0")][..];
        let off = None;
        let default = Some(&[][..]);
        for (versions, tag, want, told) in [
            (&[("Cargo.toml", "1.2.0"), ("package.json", "0.0.1")][..], Some("1.2.0"), Some(cargo), 1),
            // The next release is prepared already.
            (&[("Cargo.toml", "1.3.0"), ("package.json", "0.0.1")], Some("1.2.0"), Some(next), 1),
            (&[("Cargo.toml", "1.2.0"), ("VERSION", "1.3.0")], Some("1.2.0"), Some(cargo), 1),
            (&[("Cargo.toml", "1.2.0"), ("VERSION", "1.2.0")], Some("1.1.0"), default, 0),
            (npm, Some("1.2.0"), Some(npm), 0),
            (&[("Cargo.toml", "1.2.0"), ("VERSION", "1.3.0")], None, off, 1),
            (&[("Cargo.toml", "1.0.0"), ("VERSION", "1.0.0")], Some("1.2.0"), off, 1),
            (&[("Cargo.toml", "0.1.0"), ("VERSION", "1.0.0")], Some("1.2.0"), off, 1),
            (&[], Some("1.2.0"), default, 0),
            (with_v, Some("1.2.0"), Some(with_v), 0),
            // Plimsoll would look at it by itself.
            (&[("VERSION", "1.2")], None, off, 1),
            (&[("Cargo.toml", "1.2.0"), ("VERSION", "1.2")], None, Some(cargo), 1),
        ] {
            let holdings = Holdings { versions: versions.iter().map(named).collect(), ..Holdings::default() };
            let highest = tag.map(|tag| Version::parse(Scheme::Semver, tag).unwrap());
            let git_tags = GitTags { highest, ..GitTags::default() };
            let mut left = Vec::new();
            let want = match want {
                None => Gate::Off,
                Some([]) => Gate::Default,
                Some(files) => Gate::Files(files.iter().map(named).collect()),
            };
            assert_eq!(choose(&holdings, &git_tags, &mut left), want, "{versions:?} {tag:?}");
            assert_eq!(left.len(), told, "{left:?}");
        }
    }
}
