//! `whatis`: from anything that somebody found to the release that it is of.

use std::path::Path;

use clap::Args;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::ledger::whatis::{Clue, Match};
use plimsoll_oci::name::{Digest, ImageTag, Reference};
use plimsoll_tags::version::{Scheme, Version};

use super::arguments::Where;
use super::ending::{Ended, Failure, Outcome, usage};
use super::session::Session;
use super::subject::{Library, Reach};
use crate::output::Answer;
use crate::output::json::whatis::WhatIsInfo;

/// The largest file that is looked at, in bytes.
const LIMIT: u64 = 64 * 1024 * 1024;

/// Says of which release an image, digest or file is
///
/// A digest may be that of an image, of one platform of it, of a chart, of a record or of a compose file. It is looked up
/// in the record files of this checkout; nobody else is asked unless a place is named. With `--registry` a tag is looked at where
/// it is now.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll whatis ghcr.io/acme/app:1.4.0
  plimsoll whatis ghcr.io/acme/app:latest --registry ghcr.io/acme/app
  plimsoll whatis ghcr.io/acme/app@sha256:2a4c…
  plimsoll whatis sha256:2a4c…
  plimsoll whatis ./docker-compose.yml")]
pub(super) struct WhatIs {
    /// An image with tag or digest, a digest, or a file
    #[arg(value_name = "REF|DIGEST|FILE")]
    pub what: String,
    /// Where.
    #[command(flatten)]
    pub at: Where,
}

impl WhatIs {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        session.look(async {
            let clue = read_clue(session, &self.what)?;
            let library = Library::open(session, "whatis", None, &self.at, Reach::Offline).await?;
            let clue = match clue {
                Clue::Reference(reference) if self.at.registry.is_some() => {
                    library.look_at_tag(reference).await?
                }
                clue => clue,
            };
            if let Some(ended) = self.look_in(&library, &clue).await? {
                return Ok(ended);
            }
            // Charts that are released by themselves have records of their own.
            let git_ref = self.at.git_ref.as_deref();
            for charts in library.of_charts(session, git_ref, Reach::Offline).await? {
                if let Some(ended) = self.look_in(&charts, &clue).await? {
                    return Ok(ended);
                }
            }
            Err(self.unknown(&library, &clue).into())
        })
    }

    /// Of which release of a ledger it is; none if it is of none.
    async fn look_in(&self, library: &Library, clue: &Clue) -> Result<Option<Ended>, Failure> {
        let catalogue = library.read().await?;
        let said = library.read_said(catalogue.releases()).await;
        let (_, certainty) = library.judge_newest(&catalogue, &said);
        let matches = library.whatis(clue, &catalogue, &said.marks).await?;
        library.quiet();
        if matches.is_empty() {
            return Ok(None);
        }
        let at = match clue {
            Clue::Tag(_, digest) => Some(digest.to_string()),
            Clue::Digest(_) | Clue::Reference(_) => None,
        };
        let source = library.source.clone();
        let said_of_all = (&said, certainty);
        let info = WhatIsInfo::of(&self.what, &matches, catalogue.entries(), said_of_all, source);
        let info = WhatIsInfo { at, ..info };
        let mut problems = library.warnings(&catalogue.doubts);
        problems.extend(library.warn_of(&said));
        if let Clue::Tag(tag, _) = clue {
            problems.extend(warn_of_stray(tag, &matches));
        }
        Ok(Some(Ended::with(Answer::WhatIs(info), problems)))
    }

    /// It is of no release.
    fn unknown(&self, library: &Library, clue: &Clue) -> Diagnostic {
        let message = match clue {
            Clue::Tag(_, digest) => {
                format!("`{}` is at {digest}, which is of no release that is known", self.what)
            }
            Clue::Digest(_) | Clue::Reference(_) => {
                format!("`{}` is of no release that is known", self.what)
            }
        };
        Diagnostic::error(Code::UnknownRelease, Cure::FixThenRunAgain, message)
            .fact("looked in", &library.source.place)
            .help(
                "a newer ledger may know it: fetch, or name one with `--ref`, `--repository` or `--registry`",
            )
    }
}

/// What is said of a tag that is named like a version and is at what was released as another.
fn warn_of_stray(tag: &ImageTag, matches: &[Match<'_>]) -> Option<Diagnostic> {
    let entry = matches.first()?.entry;
    let named = Version::parse(Scheme::Semver, tag.as_str().trim_start_matches('v')).ok()?;
    if named == entry.version || matches.iter().any(|found| found.thing.is_version_tag()) {
        return None;
    }
    let message = format!("`{tag}` is named like a version, and is at what was released as {}", entry.tag);
    Some(Diagnostic::warning(Code::Drift, message).help(format!(
        "releases never move such a tag: look in the project what it should be at, with `plimsoll verify {named}`"
    )))
}

/// What somebody found: a file if there is one, else a digest, else an image.
fn read_clue(session: &Session<'_>, what: &str) -> Result<Clue, Failure> {
    let path = session.path(Path::new(what));
    if path.is_file() {
        let read = std::fs::metadata(&path).and_then(|about| match about.len() <= LIMIT {
            true => std::fs::read(&path),
            false => Err(std::io::Error::other(format!("more than {LIMIT} bytes"))),
        });
        let bytes = read.map_err(|error| {
            Diagnostic::error(
                Code::FileSystem,
                Cure::FixThenRunAgain,
                format!("{} can't be read", path.display()),
            )
            .because(error)
        })?;
        return Ok(Clue::Digest(Digest::of(&bytes)));
    }
    let hex = what.len() == 64 && what.bytes().all(|byte| byte.is_ascii_hexdigit());
    let digest = if hex { format!("sha256:{}", what.to_lowercase()) } else { what.to_owned() };
    if let Ok(digest) = digest.parse::<Digest>() {
        return Ok(Clue::Digest(digest));
    }
    if let Some(malformed) = find_malformed_digest(what) {
        return Err(malformed.into());
    }
    match what.parse::<Reference>() {
        Ok(reference) if reference.tag.is_some() || reference.digest.is_some() => {
            Ok(Clue::Reference(reference))
        }
        _ => {
            let message = format!("`{what}` is no image with tag or digest, no digest and no file");
            let said = usage(message).help(
                "write `ghcr.io/acme/app:1.0.0`, `sha256:` with all 64 digits of a digest, or the path of a file",
            );
            let version = Version::parse(Scheme::Semver, what.trim_start_matches('v'));
            Err(match version {
                Ok(_) => said.help(format!("to see a release: `plimsoll info {what}`")).into(),
                Err(_) => said.into(),
            })
        }
    }
}

/// What is wrong with something that is meant as a digest, by itself or of an image, and is none.
fn find_malformed_digest(what: &str) -> Option<Diagnostic> {
    let digest = what.rsplit('@').next().filter(|digest| digest.starts_with("sha256:"))?;
    let digits = digest.trim_start_matches("sha256:");
    if digest.parse::<Digest>().is_ok() {
        return None;
    }
    let message = format!("`{digest}` is no digest: behind `sha256:` stand 64 digits from 0 to 9 and a to f");
    let found = match digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        true => format!("{} digits", digits.len()),
        false => digits.to_owned(),
    };
    Some(
        usage(message)
            .fact("found", found)
            .help("give it whole: tables and lists shorten digests, and `-o json` shows all of them"),
    )
}
