//! `build`: images on this machine, and nothing published.

use std::path::Path;
use std::str::FromStr;

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args};
use plimsoll_engine::act;
use plimsoll_engine::act::build::BuiltImage;
use plimsoll_engine::check::Findings;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::domain::git::GitTag;
use plimsoll_engine::domain::project::{Image, Origin};
use plimsoll_engine::domain::source::{Ancestry, Source};
use plimsoll_engine::make::Ground;
use plimsoll_engine::world::WorldError;
use plimsoll_oci::copy::{CopyOptions, copy};
use plimsoll_oci::model::Platform;
use plimsoll_oci::name::ImageTag;
use plimsoll_oci::store::Store as _;

use super::arguments::FolderOutput;
use super::ending::{Ended, Failure, Outcome, usage};
use super::release::{find_ignored, tell_warnings};
use super::session::Session;
use super::subject::{Inputs, Look, Subject, Tagged, explain_date};
use crate::ci::CiEvent;
use crate::explain::{self, Asked, Explain as _, Keeping};
use crate::output::Answer;
use crate::output::human::short_commit;
use crate::output::json::built::{BuildDone, BuiltInfo};
use crate::wire::{self, Files, PartFile};

/// Builds images on this machine, and publishes nothing
///
/// Without a tag, images are built from the working directory as it lies; with one, from the tag's commit, exactly as
/// `plimsoll release` would. Each is built for the platform of this machine unless told otherwise.
///
/// In CI a job that a tag set off builds that one; a tag that does not begin like a release tag is ignored, as
/// `plimsoll release` does.
///
/// A release of many platforms can be built on many machines: each writes its part into a folder, and
/// `plimsoll release --from` merges them.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll build                       every image, for this machine, from the files as they are
  plimsoll build backend --load        one image, to try it: docker run ghcr.io/acme/backend:sha-…
  plimsoll build --platform all        for every platform of the configuration
  plimsoll build --tag v1.4.0 --platform linux/arm64 --output part-arm64
                                       a part, for `plimsoll release v1.4.0 --from part-arm64 …`")]
pub(super) struct Build {
    /// The images; without any, all of them
    #[arg(value_name = "IMAGE")]
    pub images: Vec<String>,
    /// Build what a release of this tag would; in CI, the tag that set the job off
    #[arg(long, value_name = "TAG", env = "PLIMSOLL_TAG")]
    pub tag: Option<String>,
    /// The platforms, or `all`; without any, that of this machine
    #[arg(long, value_name = "PLATFORM", env = "PLIMSOLL_PLATFORM", value_delimiter = ',')]
    pub platform: Vec<String>,
    /// Where a part goes.
    #[command(flatten)]
    pub output: FolderOutput,
    /// Load the images into docker or podman
    #[arg(long, env = "PLIMSOLL_LOAD", value_parser = FalseyValueParser::new(), action = ArgAction::SetTrue)]
    pub load: bool,
    /// Refused: this command publishes nothing
    #[arg(long, env = "PLIMSOLL_PUSH", value_parser = FalseyValueParser::new(), action = ArgAction::SetTrue, hide = true)]
    pub push: bool,
}

/// What is built.
struct Order {
    subject: Subject,
    source: Source,
    /// What images say is their version.
    version: String,
    /// What they are called here.
    tag: String,
    files: Files,
    modified: bool,
    warnings: Findings,
}

impl Build {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        if self.push {
            let refused = usage("`build` pushes nothing");
            return Err(refused
                .help("a version is published by `plimsoll release TAG`, and by nothing else")
                .into());
        }
        session.change(self.build(session))
    }

    async fn build(&self, session: &Session<'_>) -> Outcome {
        let order = match (&self.tag, self.tag_of_job(session)?) {
            (Some(tag), _) => read_tag(session, tag).await?,
            (None, Some(tag)) => {
                let asked = Asked { verb: "build", tag: Some(tag.clone()), keeping: Keeping::Local };
                if let Some(ignored) = find_ignored(session, &tag, asked).await? {
                    return Ok(Ended::well(Answer::Ignored(ignored)));
                }
                read_tag(session, &tag).await?
            }
            (None, None) => read_worktree(session).await?,
        };
        tell_warnings(session, &order.warnings);
        let project = order.subject.project().clone();
        let images = self.choose(session, &project.images)?;
        let inputs = Inputs {
            files: order.files,
            time: order.source.commit_time,
            folders: &[],
            version: &order.version,
        };
        let commit = order.source.commit.clone();
        let voyage = order.subject.workshop(session, &commit, inputs)?;
        let ground = Ground { project: &project, source: &order.source, version: &order.version };
        let built = act::build(&voyage.world, ground, &images).await;
        voyage.display.clear();
        let asked = &order.subject.asked;
        let built = built.map_err(|stop| Failure::from(explain::findings(&stop, asked)))?;
        let wrong = |error: WorldError| Failure::from(error.explain(asked));
        let pull = voyage.world.eyes().workshop().pull();
        if let Some(folder) = self.output.output.file() {
            let folder = session.path(folder);
            write_part(&folder, &*pull, &order, &built).await.map_err(wrong)?;
        }
        let mut infos = Vec::new();
        for image in &built {
            let loaded = match self.load {
                true => Some(self.load(session, &order, &*pull, image).await?),
                false => None,
            };
            infos.push(BuiltInfo::of(image, loaded));
        }
        Ok(Ended::well(Answer::Built(BuildDone {
            schema: BuildDone::SCHEMA,
            component: project.name.to_string(),
            version: order.version.clone(),
            tag: order.tag.clone(),
            commit: commit.to_string(),
            modified: order.modified,
            output: self.output.output.file().map(|folder| folder.display().to_string()),
            images: infos,
        })))
    }

    /// The tag that set the CI job off.
    fn tag_of_job(&self, session: &Session<'_>) -> Result<Option<String>, Failure> {
        if self.tag.is_some() {
            return Ok(None);
        }
        Ok(match session.ci()?.map(|ci| ci.event) {
            Some(CiEvent::Tag(GitTag(tag))) => Some(tag),
            _ => None,
        })
    }

    /// The images that are built, each with its platforms of this time.
    fn choose(&self, session: &Session<'_>, all: &[Image]) -> Result<Vec<Image>, Failure> {
        let names = || all.iter().map(|image| image.name.as_str()).collect::<Vec<_>>().join(", ");
        if let Some(unknown) =
            self.images.iter().find(|name| !all.iter().any(|image| image.name.as_str() == **name))
        {
            let unknown = usage(format!("there is no image `{unknown}`"));
            return Err(unknown.help(format!("there is {}", names())).into());
        }
        let named = |image: &&Image| {
            self.images.is_empty() || self.images.iter().any(|name| name == image.name.as_str())
        };
        let mut chosen: Vec<Image> = all.iter().filter(named).cloned().collect();
        // What something else made is there as it is: it has no part to give.
        if self.output.output.file().is_some() {
            chosen.retain(|image| matches!(image.origin, Origin::Dockerfile(_)));
        }
        if chosen.is_empty() {
            return Err(usage("there is nothing to build").into());
        }
        for image in &mut chosen {
            let platforms = match self.platform.as_slice() {
                [all] if all == "all" => continue,
                // What is taken as it is has the platforms that it has.
                _ if matches!(image.origin, Origin::Import(_)) => continue,
                [] => {
                    let host = wire::host_platform();
                    let own = image.platforms.iter().find(|platform| platform.normalised() == host);
                    let first = image.platforms.first();
                    if let (None, Some(first)) = (own, first) {
                        session.say(&format!(
                            "image {}: not for {host}, so it is built for {first}",
                            image.name
                        ));
                    }
                    own.or(first).cloned().into_iter().collect()
                }
                named => {
                    let mut platforms = Vec::new();
                    for name in named {
                        let platform: Platform = name.parse().map_err(|error| usage(format!("{error}")))?;
                        let own =
                            image.platforms.iter().find(|own| own.normalised() == platform.normalised());
                        let own = own.ok_or_else(|| {
                            let has: Vec<String> = image.platforms.iter().map(ToString::to_string).collect();
                            usage(format!("image `{}` is not for {platform}", image.name))
                                .help(format!("it is for {}", has.join(", ")))
                        })?;
                        platforms.push(own.clone());
                    }
                    platforms
                }
            };
            image.platforms = platforms;
        }
        Ok(chosen)
    }

    /// Loads the platform of this machine, or the first one, under its name in the repository and the tag that is shown.
    async fn load(
        &self,
        session: &Session<'_>,
        order: &Order,
        pull: &dyn plimsoll_oci::store::Pull,
        built: &BuiltImage<'_>,
    ) -> Result<String, Failure> {
        let name = format!("{}:{}", built.image.repository, order.tag);
        let asked = &order.subject.asked;
        let loaded =
            wire::load(session.variables, &session.redactor, session.stop(), pull, &built.root.digest, &name);
        match loaded.await {
            Ok(()) => Ok(name),
            Err(wire::LoadError::World(error)) => Err(error.explain(asked).into()),
            Err(wire::LoadError::Refused(why)) => {
                let message = "the image can't be loaded: neither docker nor podman takes it";
                let diagnostic = Diagnostic::error(Code::ToolMissing, Cure::FixThenRunAgain, message);
                Err(diagnostic.because(why).help("start docker, or install podman").into())
            }
        }
    }
}

/// What a release of a tag would build.
async fn read_tag(session: &Session<'_>, name: &str) -> Result<Order, Failure> {
    let tagged = Tagged::read(session, "build", name, Keeping::Local, Look::Here).await?;
    let version = tagged.claim_name().version;
    let tag = tagged.occasion.released().map(ToString::to_string).unwrap_or_default();
    Ok(Order {
        subject: tagged.subject,
        source: tagged.source,
        version,
        tag,
        files: Files::Commit,
        modified: false,
        warnings: tagged.warnings,
    })
}

/// The working directory as it lies.
async fn read_worktree(session: &Session<'_>) -> Result<Order, Failure> {
    let asked = Asked { verb: "build", tag: None, keeping: Keeping::Local };
    let subject = Subject::of_worktree(session, asked).await?;
    let explain = |error: wire::RepositoryError| Failure::from(error.explain(&subject.asked));
    let commit = subject.repository.read_head().await.map_err(explain)?.commit;
    let commit_time = match wire::find_source_date(session.variables).map_err(|error| explain_date(&error))? {
        Some(date) => date,
        None => subject.repository.read_commit_time(&commit).await.map_err(explain)?,
    };
    let modified = !subject.repository.find_modified().await.map_err(explain)?.is_empty();
    let mut version = format!("sha-{}", short_commit(commit.as_str()));
    if modified {
        version.push_str("-modified");
    }
    let warnings = subject.config.warnings.iter().cloned().collect();
    let source = Source { tag: None, commit, commit_time, on_default_branch: Ancestry::Unknown };
    let (tag, files) = (version.clone(), Files::Worktree);
    Ok(Order { subject, source, version, tag, files, modified, warnings })
}

/// Writes a part of a release.
async fn write_part(
    folder: &Path,
    pull: &dyn plimsoll_oci::store::Pull,
    order: &Order,
    built: &[BuiltImage<'_>],
) -> Result<(), WorldError> {
    let layout = PartFile::make_room(folder)?;
    let config = order.subject.project().config.clone();
    let mut part = PartFile::new(order.source.commit.clone(), &order.version, config);
    // What lies untracked in a working directory gets into images as well.
    part.modified = order.files == Files::Worktree;
    for image in built {
        copy(pull, &layout, &image.root.digest, &CopyOptions::default()).await?;
        let name = image.image.name.as_str();
        let tag: ImageTag = name.parse().map_err(|error: <ImageTag as FromStr>::Err| WorldError::File {
            path: name.to_owned(),
            why: error.to_string(),
            kind: plimsoll_engine::world::error::FileProblem::Broken,
        })?;
        layout.point(&tag, &image.root.digest, None).await?;
        part.images.insert(name.to_owned(), image.content.platforms.keys().cloned().collect());
    }
    part.write(folder)
}
