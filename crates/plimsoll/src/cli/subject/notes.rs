//! What a release page says beside the digests: a file of the tag's commit, or what the commits tell.

use plimsoll_engine::document::notes::render_changes;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Place};
use plimsoll_engine::domain::git::GitTag;
use plimsoll_engine::domain::occasion::Occasion;
use plimsoll_engine::domain::page::{PageText, Teller};
use plimsoll_tags::version::Version;

use super::Tagged;
use crate::cli::ending::Failure;
use crate::config::Notes;
use crate::explain::Explain as _;
use crate::wire::RepositoryError;

/// The largest file of notes that is read, in bytes: GitHub takes no longer text.
const NOTES_LIMIT: u64 = 125_000;

impl Tagged {
    /// What the tag's page says; none if the tag gets no page.
    pub(crate) async fn read_page_text(&self) -> Result<Option<PageText>, Failure> {
        if !self.subject.project().pages.covers(&self.occasion) {
            return Ok(None);
        }
        let version = match &self.occasion {
            Occasion::Promotion(version) => Some(version),
            other => other.released(),
        };
        let Some(version) = version else { return Ok(None) };
        let notes = &self.subject.config.forge.notes;
        let about = match notes {
            Notes::None | Notes::Forge => String::new(),
            Notes::File(path) => {
                self.read_notes_file(&path.replace("{version}", &version.to_string())).await?
            }
            Notes::Commits => {
                self.read_changes(version).await.map_err(|error| error.explain(&self.subject.asked))?
            }
        };
        let teller = if *notes == Notes::Forge { Teller::Forge } else { Teller::Text };
        Ok(Some(PageText { title: self.tag.name.to_string(), about, teller }))
    }

    async fn read_notes_file(&self, path: &str) -> Result<String, Failure> {
        let bytes = self.subject.repository.read_file(&self.tag.commit, path, NOTES_LIMIT).await;
        let bytes = bytes.map_err(|error| error.explain(&self.subject.asked))?;
        let missing = || {
            let message = format!("the notes of this release, {path}, are not in its commit");
            Diagnostic::error(Code::FileMissing, Cure::FixThenRunAgain, message)
                .at(Place::of_file(path))
                .help("commit the file before the tag is made, or leave `notes-file` out")
        };
        Ok(String::from_utf8_lossy(&bytes.ok_or_else(missing)?).into_owned())
    }

    /// What the commits since the version before tell. A shallow clone does not know: then nothing is told.
    async fn read_changes(&self, version: &Version) -> Result<String, RepositoryError> {
        let repository = &self.subject.repository;
        let tags = match repository.read_tags_below(&self.tag.commit).await {
            Ok(tags) => tags,
            Err(RepositoryError::CutOff) => return Ok(String::new()),
            Err(error) => return Err(error),
        };
        let before = self.find_before(version, tags);
        Ok(render_changes(&repository.read_history_of(&self.tag.commit, before.as_ref()).await?))
    }

    /// The tag of the highest version below this one: for a release the last release, prereleases left out.
    fn find_before(&self, version: &Version, tags: Vec<String>) -> Option<GitTag> {
        let policy = &self.subject.project().tags;
        let versions = tags.into_iter().filter_map(|tag| {
            let found = Version::parse(policy.scheme(), policy.version().find_version_text(&tag)?).ok()?;
            let counts = found < *version && (version.is_prerelease() || !found.is_prerelease());
            (counts && policy.version().render(&found) == tag).then_some((found, GitTag(tag)))
        });
        versions.max_by(|(one, _), (two, _)| one.cmp(two)).map(|(_, tag)| tag)
    }
}
