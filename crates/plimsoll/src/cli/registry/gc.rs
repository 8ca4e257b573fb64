//! `registry gc`: removes what nothing in the local registry refers to.

use std::collections::BTreeSet;
use std::time::Duration;

use clap::Args;
use plimsoll_engine::statement::artifact;
use plimsoll_oci::content::read_whole;
use plimsoll_oci::layout::{Keep, LocalRegistry, LocalRepository};
use plimsoll_oci::model::Manifest;
use plimsoll_oci::name::Digest;
use plimsoll_oci::store::{Pull as _, StoreError};

use super::Folder;
use crate::cli::ending::{Ended, Failure, Outcome};
use crate::cli::session::Session;
use crate::config::resolve::claim::parse_duration;
use crate::explain::{Asked, Explain as _, Keeping};
use crate::output::Answer;
use crate::output::json::garbage::{CleanedRepository, Garbage};
use crate::wire;

/// The largest record that is read for the digests in it, in bytes.
const RECORD_LIMIT: u64 = 64 * 1024 * 1024;

/// Removes what nothing in the local registry refers to
///
/// Kept is what a tag names, what refers to that, what is below either, everything that a record, a mark or a claim names,
/// whatever it may be in, and what was pushed or asked for during the time of grace. Releases and pushes may go on
/// meanwhile.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll registry gc
  plimsoll registry gc --grace 7d")]
pub(in crate::cli) struct Gc {
    /// Where.
    #[command(flatten)]
    pub folder: Folder,
    /// Keep what was pushed or asked for less than this ago
    #[arg(long, value_name = "TIME", env = "PLIMSOLL_GRACE", default_value = "24h", value_parser = parse_grace)]
    pub grace: Duration,
}

fn parse_grace(text: &str) -> Result<Duration, String> {
    parse_duration(text)
        .map(Duration::from_secs)
        .ok_or_else(|| "write a number and s, m, h or d: `90m`, `7d`".into())
}

impl Gc {
    pub(in crate::cli) fn run(&self, session: &Session<'_>) -> Outcome {
        session.attend(async {
            let asked = Asked { verb: "registry gc", tag: None, keeping: Keeping::Local };
            let storage = self.folder.open_existing(session, "registry gc").await?;
            let explain = |error: StoreError| Failure::from(error.explain(&asked));
            let mut digests = BTreeSet::new();
            if let Some(root) = self.folder.project(session, &asked).await? {
                let named = wire::texts_that_name_content(&root).map_err(|error| error.explain(&asked))?;
                named.iter().for_each(|text| digests.extend(digests_in(text)));
            }
            digests.extend(named_by_records(&storage).await.map_err(explain)?);
            let keep = Keep { digests, grace: self.grace };
            let mut repositories = Vec::new();
            for name in storage.repositories().map_err(explain)? {
                let repository = storage.repository(&name);
                let Some(layout) = repository.layout().map_err(explain)? else { continue };
                let collected = layout.collect(&keep).map_err(explain)?;
                repositories.push(CleanedRepository {
                    repository: name.to_string(),
                    removed: collected.removed.keys().map(ToString::to_string).collect(),
                    bytes: collected.bytes(),
                    kept: collected.kept,
                });
            }
            Ok(Ended::well(Answer::Garbage(Garbage::of(storage.root(), repositories))))
        })
    }
}

/// Everything that records and marks in the registry name, and they themselves.
async fn named_by_records(storage: &LocalRegistry) -> Result<BTreeSet<Digest>, StoreError> {
    let mut digests = BTreeSet::new();
    for name in storage.repositories()? {
        let repository = storage.repository(&name);
        let Some(layout) = repository.layout()? else { continue };
        for entry in layout.listed()? {
            let found = match repository.manifest(&entry.digest).await {
                // What can't be read is no record; whether it may go is for the collection to say.
                Err(StoreError::Model(_)) => None,
                found => found?,
            };
            if let Some(manifest) = found.filter(is_statement) {
                digests.insert(entry.digest);
                digests.extend(digests_in(&read_statement(&repository, &manifest).await?));
            }
        }
    }
    Ok(digests)
}

fn is_statement(manifest: &Manifest) -> bool {
    manifest
        .artifact_type()
        .is_some_and(|kind| [artifact::RECORD, artifact::FIRST_RECORD, artifact::MARK].contains(kind))
}

async fn read_statement(repository: &LocalRepository, manifest: &Manifest) -> Result<Vec<u8>, StoreError> {
    let mut text = Vec::new();
    for blob in manifest.blobs() {
        if let Some(content) = repository.blob(blob).await? {
            text.extend_from_slice(&read_whole(content.as_ref(), RECORD_LIMIT).await?);
        }
    }
    Ok(text)
}

/// Every digest that stands in a text, whatever it stands for: keeping too much does no harm.
fn digests_in(text: &[u8]) -> BTreeSet<Digest> {
    let text = String::from_utf8_lossy(text);
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == ':'));
    words.filter_map(|word| word.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_digests_wherever_they_stand() {
        let (one, two) = (Digest::of(b"1"), Digest::of(b"2"));
        let text = format!(r#"{{"image":"ghcr.io/a/b@{one}","x":["{two}"],"no":"sha256:12"}}"#);
        assert_eq!(digests_in(text.as_bytes()), BTreeSet::from([one, two]));
    }

    #[test]
    fn reads_times() {
        assert_eq!(parse_grace("7d"), Ok(Duration::from_secs(7 * 24 * 3600)));
        assert_eq!(parse_grace("0s"), Ok(Duration::ZERO));
        assert!(parse_grace("soon").is_err());
    }
}
