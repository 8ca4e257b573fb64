//! What would become of one step: what is there, beside what would be.

use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};
use plimsoll_tags::version::Version;

use super::Verdict;
use super::known::Known;
use super::page::{preview_deployment, preview_latest, preview_own_page, preview_page};
use super::statements::{preview_sbom, preview_signed};
use crate::domain::artifact::ArtifactName;
use crate::domain::chart::ListedVersion;
use crate::domain::claim::{Seal, SealedChart, State};
use crate::domain::git::GitTag;
use crate::domain::line::MovingTag;
use crate::domain::step::Phase;
use crate::plan::steps::{About, PlannedStep, Stated};
use crate::run::deployment::Deploying;
use crate::run::mirrors::Mirrors;
use crate::run::order::Order;
use crate::run::posting::are_posted;
use crate::run::settle::Courses;
use crate::run::stop::Stop;
use crate::run::survey::Survey;
use crate::run::whole::record_artifact;
use crate::ship::push::find_missing;
use crate::statement::artifact::hold_tag;
use crate::statement::record::Record;
use crate::world::chart_repositories::StandingChart;
use crate::world::{World, WorldError};

/// A look at each step, with what is known.
pub(super) struct Looking<'a> {
    pub(super) world: &'a World,
    pub(super) order: &'a Order<'a>,
    pub(super) version: &'a Version,
    pub(super) known: &'a Known,
    pub(super) courses: &'a Result<(Courses, Survey), Stop>,
    pub(super) mirrors: &'a Mirrors,
}

impl Looking<'_> {
    /// What would become of a step.
    ///
    /// # Errors
    /// What decides it can't be read.
    pub(super) async fn verdict(&self, step: &PlannedStep) -> Result<Verdict, Stop> {
        Ok(match &step.about {
            About::Artifact { artifact } => match self.known.digest(artifact) {
                Some(digest) => Verdict::AlreadyThere(Some(digest)),
                None => Verdict::Create(None),
            },
            About::Made { role } => match self.known.find_file(*role) {
                Some(digest) => Verdict::AlreadyThere(Some(digest)),
                None => Verdict::Create(None),
            },
            About::Sbom { artifact, platform, predicate_type } => {
                let seal = self.known.seal.as_ref().map(|(seal, _)| seal);
                preview_sbom(seal, artifact, platform.as_deref(), predicate_type)
            }
            About::Content { artifact, repository, .. } => self.content(artifact, repository).await?,
            About::Signed { artifact, repository, statement, .. } => {
                self.signed(artifact, repository, statement).await?
            }
            About::Record { repository } => self.record(repository).await?,
            About::Claim { state } => self.claim(*state),
            About::File { name } => self.file(name).await?,
            About::Gate { .. } => Verdict::Create(None),
            About::Page { tag } => {
                let whose = (self.order.name, self.order.tag);
                preview_page(self.world.eyes(), whose, self.settled(), tag).await?
            }
            About::Attestations => self.attestations().await?,
            About::LatestPage { tag } => {
                preview_latest(self.world.eyes(), self.order.project, self.version, tag).await?
            }
            About::Deployment { environment } => {
                preview_deployment(self.world.eyes(), &Deploying::of(self.order), environment).await?
            }
            About::OwnTag { tag } => self.own_tag(tag).await?,
            About::OwnPage { tag } => preview_own_page(self.world.eyes(), self.settled(), tag).await?,
            About::ListedChart { listed } => self.listed(listed).await?,
            About::Tag { artifact, repository, tag, .. } => match step.phase {
                Phase::MovingTag => self.moving(artifact, (repository.clone(), tag.clone()))?,
                _ => self.tag(step.phase, artifact, repository, tag).await?,
            },
        })
    }

    /// The set, if it is the release.
    fn settled(&self) -> Option<&Seal> {
        self.known.seal.as_ref().filter(|_| self.known.is_settled()).map(|(seal, _)| seal)
    }

    async fn content(
        &self,
        artifact: &ArtifactName,
        repository: &ImageRepository,
    ) -> Result<Verdict, WorldError> {
        let Some(digest) = self.known.digest(artifact) else { return Ok(Verdict::Create(None)) };
        let missing = find_missing(&*self.world.eyes().pull(repository), &digest).await?;
        Ok(if missing.is_none() {
            Verdict::AlreadyThere(Some(digest))
        } else {
            Verdict::Create(Some(digest))
        })
    }

    async fn signed(
        &self,
        artifact: &ArtifactName,
        repository: &ImageRepository,
        statement: &Stated,
    ) -> Result<Verdict, WorldError> {
        let Some((seal, tag)) = &self.known.seal else { return Ok(Verdict::Create(None)) };
        let place = (artifact, repository);
        preview_signed(self.world.eyes(), (self.order.name, tag), seal, place, statement).await
    }

    async fn attestations(&self) -> Result<Verdict, WorldError> {
        let Some((seal, tag)) = self.known.seal.as_ref().filter(|_| self.known.is_settled()) else {
            return Ok(Verdict::Create(None));
        };
        let posted = are_posted(self.world.eyes(), self.order.name, tag, seal).await?;
        Ok(if posted { Verdict::AlreadyThere(None) } else { Verdict::Create(None) })
    }

    async fn record(&self, repository: &ImageRepository) -> Result<Verdict, WorldError> {
        let Some((seal, tag)) = &self.known.seal else { return Ok(Verdict::Create(None)) };
        let artifact = record_artifact(self.order.name, tag, seal);
        let (pull, manifest) = (self.world.eyes().pull(repository), artifact.manifest.digest());
        let digest = Some(seal.record.clone());
        // Nobody finds a record that its tag does not lead to.
        let is_there = pull.manifest(manifest).await?.is_some() && {
            let held = pull.resolve(&hold_tag(&self.order.name.version, &seal.record)).await?;
            held.is_some_and(|held| held.digest == *manifest)
        };
        Ok(if is_there { Verdict::AlreadyThere(digest) } else { Verdict::Create(digest) })
    }

    fn claim(&self, state: State) -> Verdict {
        let reached = match state {
            State::Committed => self.known.is_settled(),
            state => self.known.state() == Some(state),
        };
        if reached { Verdict::AlreadyThere(None) } else { Verdict::Create(None) }
    }

    async fn file(&self, name: &str) -> Result<Verdict, WorldError> {
        let there = self.world.eyes().ledger().read(name).await?;
        let settled = self.known.seal.as_ref().filter(|_| self.known.is_settled());
        let want = settled.map(|(seal, tag)| Record::of_seal(self.order.name, tag, seal).bytes());
        Ok(match (there, want) {
            (None, _) => Verdict::Create(None),
            (Some(there), Some(want)) if there == want => Verdict::AlreadyThere(None),
            (Some(there), _) => Verdict::Refused { found: Digest::of(&there) },
        })
    }

    async fn own_tag(&self, tag: &GitTag) -> Result<Verdict, WorldError> {
        let want = self.known.seal.as_ref().map_or(self.order.tag, |(_, tag)| tag);
        Ok(match self.world.eyes().git().find_tag(tag).await? {
            None => Verdict::Create(None),
            Some(there) if there == want.commit => Verdict::AlreadyThere(None),
            Some(at) => Verdict::Elsewhere { at },
        })
    }

    async fn listed(&self, listed: &ListedVersion) -> Result<Verdict, WorldError> {
        let there = self.world.eyes().chart_repositories().find(listed).await?;
        let charts = self.known.seal.iter().flat_map(|(seal, _)| seal.charts.values());
        let mut ours = charts.filter(|chart| chart.listed_version().as_ref() == Some(listed));
        let ours = ours.next();
        let want = ours.map(|chart| chart.package.digest.clone());
        let lacks = |found: &StandingChart| {
            let signed = |chart: &SealedChart| chart.provenance.as_ref().map(|file| file.digest.clone());
            ours.is_some_and(|chart| found.lacks(&chart.package.digest, signed(chart).as_ref()))
        };
        Ok(match there {
            None => Verdict::Create(want),
            Some(found) if want.as_ref() != Some(&found.package) => Verdict::Refused { found: found.package },
            Some(found) if lacks(&found) => Verdict::Create(want),
            Some(_) => Verdict::AlreadyThere(want),
        })
    }

    async fn tag(
        &self,
        phase: Phase,
        artifact: &ArtifactName,
        repository: &ImageRepository,
        tag: &ImageTag,
    ) -> Result<Verdict, WorldError> {
        let there = self.world.eyes().pull(repository).resolve(tag).await?.map(|there| there.digest);
        let want = self.known.digest(artifact);
        Ok(match there {
            None => Verdict::Create(want),
            Some(found) if phase == Phase::FirstWins => Verdict::AlreadyThere(Some(found)),
            Some(found) if self.is_ours(&found, want.as_ref()) => Verdict::AlreadyThere(want),
            Some(found) => Verdict::Refused { found },
        })
    }

    /// True if a version tag at `found` is this release's: of a burnt one some may have been written before.
    fn is_ours(&self, found: &Digest, want: Option<&Digest>) -> bool {
        (self.known.is_settled() || self.known.is_burnt()) && want == Some(found)
    }

    /// A moving tag as it would be once this version is published.
    fn moving(&self, artifact: &ArtifactName, tag: MovingTag) -> Result<Verdict, Stop> {
        let (courses, surveyed) = self.courses.as_ref().map_err(Stop::clone)?;
        if let Some(error) = self.mirrors.find_silence(&tag.0) {
            return Err(error.clone().into());
        }
        let (own, course) = (self.known.digest(artifact), courses.get(&tag));
        if surveyed.marks.pass_over(&self.version.to_string()) {
            // Whatever was lost of it, the tag goes where the versions that count have it.
            let back = course.and_then(|course| Some((course.now.clone()?, course.find_move()?.1.clone())));
            let now = course.and_then(|course| course.now.as_ref());
            return Ok(match back {
                Some((from, to)) => Verdict::Move { from, to: Some(to) },
                None if own.is_some() && now == own.as_ref() => Verdict::AlreadyThere(own),
                None => Verdict::PassedOver,
            });
        }
        let Some(course) = course else { return Ok(Verdict::Create(own)) };
        if let Some(kept) = course.kept.as_ref().filter(|kept| *kept > self.version) {
            return Ok(Verdict::Stays { at: kept.to_string() });
        }
        let head = course.head.as_ref().and_then(|(version, digest)| {
            let version = Version::parse(self.version.scheme(), version).ok()?;
            Some((version, digest.clone()))
        });
        let to = match head {
            Some((version, _)) if version > *self.version => {
                return Ok(Verdict::Stays { at: version.to_string() });
            }
            Some((version, digest)) if version == *self.version => Some(digest),
            _ => own,
        };
        Ok(match &course.now {
            None => Verdict::Create(to),
            Some(now) if to.as_ref() == Some(now) => Verdict::AlreadyThere(to),
            Some(now) => Verdict::Move { from: now.clone(), to },
        })
    }
}
