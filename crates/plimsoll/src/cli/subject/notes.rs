//! What a release page says beside the digests: a file of the tag's commit, or what the commits tell.

use plimsoll_engine::document::notes::render_changes;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Place};
use plimsoll_engine::domain::git::{GitTag, Oid};
use plimsoll_engine::domain::occasion::Occasion;
use plimsoll_engine::domain::page::{PageText, Teller};
use plimsoll_tags::version::Version;

use super::{Subject, Tagged};
use crate::cli::ending::Failure;
use crate::config::Notes;
use crate::explain::Explain as _;
use crate::wire::RepositoryError;

/// The largest file of notes that is read, in bytes: GitHub takes no longer text.
const NOTES_LIMIT: u64 = 125_000;

impl Subject {
    /// What stops a release of a commit whose file of notes is not there; nothing where its tag gets no page, or no such file.
    pub(crate) async fn find_missing_notes(
        &self,
        occasion: &Occasion,
        commit: &Oid,
    ) -> Result<Option<Diagnostic>, Failure> {
        let (Notes::File(path), Some(version)) = (&self.config.forge.notes, self.find_paged(occasion)) else {
            return Ok(None);
        };
        let path = notes_path(path, version);
        let bytes = self.read_notes(commit, &path).await?;
        Ok(bytes.is_none().then(|| missing(&path)))
    }

    /// The version whose tag gets a page.
    fn find_paged<'a>(&self, occasion: &'a Occasion) -> Option<&'a Version> {
        if !self.project().pages.covers(occasion) {
            return None;
        }
        match occasion {
            Occasion::Promotion(version) => Some(version),
            other => other.released(),
        }
    }

    async fn read_notes(&self, commit: &Oid, path: &str) -> Result<Option<Vec<u8>>, Failure> {
        let bytes = self.repository.read_file(commit, path, NOTES_LIMIT).await;
        Ok(bytes.map_err(|error| error.explain(&self.asked))?)
    }
}

fn notes_path(path: &str, version: &Version) -> String {
    path.replace("{version}", &version.to_string())
}

fn missing(path: &str) -> Diagnostic {
    let message = format!("the notes of this release, {path}, are not in its commit");
    Diagnostic::error(Code::FileMissing, Cure::FixThenRunAgain, message)
        .at(Place::of_file(path))
        .help("commit the file before the tag is made, or leave `notes-file` out")
}

impl Tagged {
    /// What the tag's page says; none if the tag gets no page.
    pub(crate) async fn read_page_text(&self) -> Result<Option<PageText>, Failure> {
        let Some(version) = self.subject.find_paged(&self.occasion) else { return Ok(None) };
        let notes = &self.subject.config.forge.notes;
        let about = match notes {
            Notes::None | Notes::Forge => String::new(),
            Notes::File(path) => {
                let path = notes_path(path, version);
                let bytes = self.subject.read_notes(&self.tag.commit, &path).await?;
                String::from_utf8_lossy(&bytes.ok_or_else(|| missing(&path))?).into_owned()
            }
            Notes::Commits => {
                self.read_changes(version).await.map_err(|error| error.explain(&self.subject.asked))?
            }
        };
        let teller = if *notes == Notes::Forge { Teller::Forge } else { Teller::Text };
        Ok(Some(PageText { title: self.tag.name.to_string(), about, teller }))
    }

    /// What stops a release whose file of notes is not in its commit.
    pub(crate) async fn find_missing_notes(&self) -> Result<Option<Diagnostic>, Failure> {
        self.subject.find_missing_notes(&self.occasion, &self.tag.commit).await
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
