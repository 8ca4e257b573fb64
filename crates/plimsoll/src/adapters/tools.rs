//! Programs that are used where they are there, and which of them are.

use futures_util::future::join_all;

use super::errand::Errands;

/// A program, and whether it is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tool {
    /// What people call it.
    pub name: &'static str,
    /// What it is used for.
    pub purpose: &'static str,
    /// Its version; else why it can't be used.
    pub version: Result<String, String>,
}

struct Known {
    name: &'static str,
    words: &'static [&'static str],
    purpose: &'static str,
}

/// What is asked, in the order in which it is shown. Builders are asked apart: see `builder::choice`.
const KNOWN: &[Known] = &[
    Known { name: "git", words: &["git", "--version"], purpose: "tags, claims, files of commits" },
    Known {
        name: "docker",
        words: &["docker", "version", "--format", "{{.Server.Version}}"],
        purpose: "smoke commands, sealed gates, build --load",
    },
    Known {
        name: "podman",
        words: &["podman", "version", "--format", "{{.Server.Version}}"],
        purpose: "the same, without docker",
    },
    Known { name: "docker compose", words: &["docker", "compose", "version"], purpose: "deploy" },
    Known {
        name: "docker-compose",
        words: &["docker-compose", "version"],
        purpose: "the same, as a program",
    },
    Known { name: "helm", words: &["helm", "version", "--short"], purpose: "looking at what charts install" },
    Known { name: "syft", words: &["syft", "--version"], purpose: "listing what is in images" },
];

/// Asks every program for its version, side by side.
pub(crate) async fn find_tools(errands: &Errands) -> Vec<Tool> {
    join_all(KNOWN.iter().map(|known| async move {
        let version = ask(errands, known).await;
        Tool { name: known.name, purpose: known.purpose, version }
    }))
    .await
}

async fn ask(errands: &Errands, known: &Known) -> Result<String, String> {
    let (program, arguments) = known.words.split_first().ok_or("it has no name")?;
    let answer = errands.call(program, &[]).args(arguments).run().await;
    let answer = answer.map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&answer.stdout).into_owned();
    match (answer.code, find_version(&said)) {
        (Some(0), Some(version)) => Ok(version),
        (Some(0), None) => Err("it does not say its version".to_owned()),
        _ => {
            // What comes after is how to ask for help.
            let why = answer.stderr.trim().lines().next().unwrap_or_default().trim();
            Err(if why.is_empty() { "it does not work".to_owned() } else { why.to_owned() })
        }
    }
}

/// The first word that begins like a version, without `v` and build.
pub(crate) fn find_version(said: &str) -> Option<String> {
    let word = said
        .split_whitespace()
        .map(|word| word.trim_start_matches('v'))
        .find(|word| word.starts_with(|first: char| first.is_ascii_digit()) && word.contains('.'))?;
    Some(word.split('+').next().unwrap_or(word).trim_end_matches(',').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_programs_say() {
        for (said, version) in [
            ("git version 2.39.5", Some("2.39.5")),
            ("v3.22.0+gabcdef", Some("3.22.0")),
            ("Docker Compose version v2.40.3", Some("2.40.3")),
            ("docker-compose version 1.29.2, build 5becea4c", Some("1.29.2")),
            ("20.10.24+dfsg1\n", Some("20.10.24")),
            ("syft 1.33.0\n", Some("1.33.0")),
            ("syft [not provided]\n", None),
            ("usage: nothing", None),
            ("", None),
        ] {
            assert_eq!(find_version(said).as_deref(), version, "{said}");
        }
    }
}
