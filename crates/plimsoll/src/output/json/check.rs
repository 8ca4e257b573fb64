//! What `check` found.

use plimsoll_engine::check::Findings;
use serde::Serialize;

use super::problem::Problem;
use super::word::words;

/// `plimsoll.check/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    /// The schema's name.
    pub schema: &'static str,
    /// `ok`, `refused`, or `unknown`: with `--published` no repository could be read.
    pub verdict: &'static str,
    /// The git tag that was asked about.
    pub tag: Option<String>,
    /// With a tag that means something: `version`, `prerelease` or `promotion`.
    pub occasion: Option<&'static str>,
    /// With such a tag: the version, without `v`.
    pub version: Option<String>,
    /// The commit whose configuration was checked; absent for the working tree.
    pub commit: Option<String>,
    /// With `--published`: what it was held against.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<PublishedInfo>,
    /// What was found, errors first.
    pub problems: Vec<Problem>,
    /// The exit code.
    pub exit: u8,
}

/// What is published of a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublishedInfo {
    /// The git tag.
    pub tag: String,
    /// What all of it comes to.
    pub verdict: PublishedVerdict,
    /// What is in each repository that a release would write to.
    pub repositories: Vec<PublishedRepository>,
}

words! {
    /// What comes of comparing.
    PublishedVerdict {
        /// It is published as it would be released.
        Same = "same",
        /// It is published otherwise.
        Otherwise = "otherwise",
        /// It is the same in every repository that could be read; there are others.
        Incomplete = "incomplete",
        /// Nothing could be compared: no repository could be read.
        Unknown = "unknown",
    }
}

/// What is published of a version in a repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublishedRepository {
    /// The repository.
    pub repository: String,
    /// The images and charts that go there.
    pub artifacts: Vec<String>,
    /// False if it could not be read.
    pub read: bool,
    /// How many tags are there as they would be written.
    pub same: usize,
    /// Tags that would be written, and are not there.
    pub missing: Vec<String>,
    /// Tags of the version that are there, and would not be written.
    pub besides: Vec<String>,
    /// Tags that move, and are at something else.
    pub elsewhere: Vec<String>,
    /// Images that are there for other platforms.
    pub platforms: Vec<PublishedPlatforms>,
}

/// An image that is published for other platforms than configured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublishedPlatforms {
    /// The image.
    pub image: String,
    /// The tag that was looked at.
    pub tag: String,
    /// What it is there for; null if it is for one platform, which is not said.
    pub published: Option<Vec<String>>,
    /// What it would be made for.
    pub planned: Vec<String>,
}

impl PublishedInfo {
    /// What is published of the version with this tag.
    pub fn of(tag: String, repositories: Vec<PublishedRepository>) -> PublishedInfo {
        let (read, unread): (Vec<_>, Vec<_>) = repositories.iter().partition(|one| one.read);
        let verdict = match (read.iter().all(|one| one.is_same()), read.is_empty(), unread.is_empty()) {
            (_, true, false) => PublishedVerdict::Unknown,
            (false, ..) => PublishedVerdict::Otherwise,
            (true, _, false) => PublishedVerdict::Incomplete,
            (true, _, true) => PublishedVerdict::Same,
        };
        PublishedInfo { tag, verdict, repositories }
    }
}

impl PublishedRepository {
    /// True if everything is there as it would be written.
    pub fn is_same(&self) -> bool {
        let tags = self.missing.iter().chain(&self.besides).chain(&self.elsewhere);
        self.same > 0 && tags.count() == 0 && self.platforms.is_empty()
    }
}

impl CheckReport {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.check/v1";

    /// A report of findings; the rest is filled in by who knows it.
    pub fn of(findings: &Findings) -> CheckReport {
        CheckReport {
            schema: CheckReport::SCHEMA,
            verdict: if findings.has_errors() { "refused" } else { "ok" },
            tag: None,
            occasion: None,
            version: None,
            commit: None,
            published: None,
            problems: findings.all().iter().map(Problem::from).collect(),
            exit: findings.exit(),
        }
    }
}
