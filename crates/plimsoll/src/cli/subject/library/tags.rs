//! Where tags are: as registries say, and where none is asked as records do.

use std::collections::BTreeMap;

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::domain::line::MovingTag;
use plimsoll_engine::domain::marks::ComponentMarks;
use plimsoll_engine::ledger::bearing::{asking, find_elsewhere};
use plimsoll_engine::ledger::release::{LedgerError, Release};
use plimsoll_engine::ledger::whatis::Clue;
use plimsoll_oci::name::{Digest, Reference};

use super::Library;
use crate::cli::ending::Failure;

impl Library {
    /// Where a tag is that somebody found; a digest stays what it is.
    ///
    /// # Errors
    /// The registry does not answer, or has no such tag.
    pub(crate) async fn look_at_tag(&self, reference: Reference) -> Result<Clue, Failure> {
        let (None, Some(tag)) = (&reference.digest, &reference.tag) else {
            return Ok(Clue::Reference(reference));
        };
        let there = self.archive.stores.pull(&reference.repository).resolve(tag).await;
        match self.settle(there.map_err(|error| LedgerError::World(error.into())))? {
            Some(there) => Ok(Clue::Tag(tag.clone(), there.digest)),
            None => {
                self.quiet();
                let message = format!("there is no tag `{tag}` in {}", reference.repository);
                Err(Diagnostic::error(Code::UnknownRelease, Cure::FixThenRunAgain, message)
                    .help("ask without `--registry` for what the record files of this checkout say of it")
                    .into())
            }
        }
    }

    /// The moving tags of a release that another one has: where registries are asked, as they say; where only records are, or a registry is
    /// silent, as these and what was said later have it.
    ///
    /// # Errors
    /// The records can't be read.
    pub(crate) async fn find_tags_elsewhere(
        &self,
        release: &Release,
        marks: &ComponentMarks,
    ) -> Result<Vec<MovingTag>, Failure> {
        if self.voyage.is_some()
            && let Some(elsewhere) = self.ask_where_tags_are(release, marks).await
        {
            return Ok(elsewhere);
        }
        let catalogue = self.read().await?;
        let marks = marks.of(&release.record.component);
        let mut asked = Vec::new();
        for image in release.record.docker_images.values() {
            for found in catalogue.records_with(image.name.path()) {
                // A damaged record of another release is told where that one is looked at.
                let Ok((entry, record)) = found else { continue };
                if record.component == release.record.component {
                    asked.push(asking(&entry.version, &record, marks));
                }
            }
        }
        Ok(find_elsewhere(&release.version, &asked, marks))
    }

    /// None where a registry is silent.
    async fn ask_where_tags_are(&self, release: &Release, marks: &ComponentMarks) -> Option<Vec<MovingTag>> {
        let mut elsewhere = Vec::new();
        for ((repository, tag), own) in moving_tags(release, marks) {
            match self.archive.stores.pull(&repository).resolve(&tag).await {
                Ok(Some(there)) if there.digest == own => {}
                Ok(_) => elsewhere.push((repository, tag)),
                Err(_) => return None,
            }
        }
        Some(elsewhere)
    }
}

/// The moving tags that a release asks for, by itself and by its promotions, and what of it each should be at.
fn moving_tags(release: &Release, marks: &ComponentMarks) -> BTreeMap<MovingTag, Digest> {
    let mut tags = BTreeMap::new();
    for target in &release.seal.targets {
        let Some(own) = release.seal.artifacts.get(&target.artifact) else { continue };
        tags.extend(target.moving.iter().map(|tag| ((target.repository.clone(), tag.clone()), own.clone())));
    }
    let promotions = marks.of(&release.record.component).promotions(&release.record.version);
    for channel in promotions.flat_map(|promotion| promotion.channels) {
        let own = &channel.digest;
        tags.extend(channel.tags.iter().map(|tag| ((channel.repository.clone(), tag.clone()), own.clone())));
    }
    tags
}
