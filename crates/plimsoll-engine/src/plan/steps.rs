//! The steps of a plan, in their order.

use plimsoll_oci::name::{ImageRepository, ImageTag};

use super::{Made, Plan, PlannedPage, PlannedStatement, Rank};
use crate::domain::artifact::ArtifactName;
use crate::domain::attestation::Posting;
use crate::domain::chart::{ChartPage, ChartTag, ListedVersion};
use crate::domain::claim::{FileRole, State};
use crate::domain::git::GitTag;
use crate::domain::predicate::{PredicateType, SIGNATURE};
use crate::domain::sbom::SCANNER;
use crate::domain::step::{Phase, StepId};
use crate::domain::target::{Necessity, Target};
use crate::statement::record::{file_name, role_file_name};

/// One step as a plan knows it: what it is about, not yet which digest.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct PlannedStep {
    /// When it comes.
    pub phase: Phase,
    /// What it is called.
    pub id: StepId,
    /// What it is about.
    #[serde(flatten)]
    pub about: About,
}

/// What a step is about.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "about", rename_all = "kebab-case")]
pub enum About {
    /// An artifact is made.
    Artifact {
        /// Which.
        artifact: ArtifactName,
    },
    /// A file is made that the record names.
    Made {
        /// What it is.
        role: FileRole,
    },
    /// A program lists what is in an image.
    Sbom {
        /// Which.
        artifact: ArtifactName,
        /// For which platform.
        platform: Option<String>,
        /// What kind of list.
        predicate_type: PredicateType,
    },
    /// An artifact's content in a repository.
    Content {
        /// Which.
        artifact: ArtifactName,
        /// Where.
        repository: ImageRepository,
        /// Whether the release waits for it.
        necessity: Necessity,
    },
    /// A signed statement about an artifact in a repository.
    Signed {
        /// Which artifact.
        artifact: ArtifactName,
        /// Where.
        repository: ImageRepository,
        /// What is stated.
        statement: Stated,
        /// Whether the release waits for it.
        necessity: Necessity,
    },
    /// A tag of an artifact in a repository.
    Tag {
        /// Which artifact.
        artifact: ArtifactName,
        /// Where.
        repository: ImageRepository,
        /// The tag.
        tag: ImageTag,
        /// Whether the release waits for it.
        necessity: Necessity,
    },
    /// The record in a repository.
    Record {
        /// Where.
        repository: ImageRepository,
    },
    /// A state of the claim.
    Claim {
        /// Which.
        state: State,
    },
    /// A command of the project that must succeed.
    Gate {
        /// Which.
        command: String,
    },
    /// The git tag that a chart has of its own.
    OwnTag {
        /// The tag.
        tag: GitTag,
    },
    /// The page of such a tag.
    OwnPage {
        /// The tag.
        tag: GitTag,
    },
    /// A chart in a repository over HTTP.
    ListedChart {
        /// Where, and as which version.
        listed: ListedVersion,
    },
    /// A file of the ledger.
    File {
        /// Its name.
        name: String,
    },
    /// The page on the forge, with its files.
    Page {
        /// Its git tag.
        tag: GitTag,
    },
    /// What the forge keeps of what is attested.
    Attestations,
    /// What the forge shows as the latest.
    LatestPage {
        /// The git tag whose page is to be it, if it is the highest version.
        tag: GitTag,
    },
    /// What stands in an environment.
    Deployment {
        /// The environment.
        environment: String,
    },
}

/// What a signed statement says.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stated {
    /// That the artifact is signed.
    Signature,
    /// What the release is that it is a part of.
    Release,
    /// Anything else.
    Other {
        /// For which platform that is; none: the whole.
        platform: Option<String>,
        /// What kind of thing it says.
        predicate_type: PredicateType,
    },
}

fn for_platform(platform: Option<&str>) -> String {
    platform.map(|platform| format!(" for {platform}")).unwrap_or_default()
}

impl Plan {
    /// All steps, phase by phase.
    pub fn steps(&self) -> Vec<PlannedStep> {
        match self.make.is_empty() {
            true => self.steps_of_promotion(),
            false => self.steps_of_release(),
        }
    }

    /// Of what makes nothing: gates, the tags that follow promotions, and what the forge shows.
    fn steps_of_promotion(&self) -> Vec<PlannedStep> {
        let gate = |command: &String| PlannedStep {
            phase: Phase::Gate,
            id: StepId::new("gate", command),
            about: About::Gate { command: command.clone() },
        };
        let moving = |target: &Target, tag: &ImageTag| PlannedStep {
            phase: Phase::MovingTag,
            id: StepId::new("moving-tag", format_args!("{}:{tag}", target.repository)),
            about: About::Tag {
                artifact: target.artifact.clone(),
                repository: target.repository.clone(),
                tag: tag.clone(),
                necessity: target.necessity,
            },
        };
        let tags =
            self.targets.iter().flat_map(|target| target.moving.iter().map(move |tag| moving(target, tag)));
        self.gates.iter().map(gate).chain(tags).chain(self.steps_of_forge()).collect()
    }

    /// What the forge shows: the page, the latest, and what stands in environments.
    fn steps_of_forge(&self) -> Vec<PlannedStep> {
        let mut steps = Vec::new();
        let mut add = |phase, kind: &str, subject: &str, about| {
            steps.push(PlannedStep { phase, id: StepId::new(kind, subject), about });
        };
        if let Some(PlannedPage { tag, rank }) = self.page.clone() {
            add(Phase::Page, "forge-release", &tag.0, About::Page { tag: tag.clone() });
            if rank == Rank::MayBeLatest {
                add(Phase::LatestPage, "forge-latest", &tag.0.clone(), About::LatestPage { tag });
            }
        }
        if self.posting == Posting::Posted {
            add(Phase::Attestations, "forge-attestations", &self.tag, About::Attestations);
        }
        for deployment in &self.deployments {
            let environment = deployment.environment.clone();
            add(Phase::Deployment, "deployment", &environment.clone(), About::Deployment { environment });
        }
        steps
    }

    fn steps_of_release(&self) -> Vec<PlannedStep> {
        let mut steps = Vec::new();
        let mut add = |phase, kind: &str, subject: String, about| {
            steps.push(PlannedStep { phase, id: StepId::new(kind, subject), about });
        };
        for make in &self.make {
            match make.made() {
                Made::Artifact(kind, artifact) => {
                    let about = About::Artifact { artifact: artifact.clone() };
                    add(Phase::Make, kind, artifact.to_string(), about);
                }
                Made::File(kind, role) => {
                    add(Phase::Make, kind, role_file_name(&self.version, role), About::Made { role });
                }
                Made::Sbom(statement) => {
                    let PlannedStatement { artifact, platform, predicate_type } = statement.clone();
                    let place = for_platform(platform.as_deref());
                    let name = format!("{artifact}{place}, by {SCANNER}: {predicate_type}");
                    add(Phase::Make, "sbom", name, About::Sbom { artifact, platform, predicate_type });
                }
            }
        }
        for target in &self.targets {
            let Target { artifact, repository, necessity, .. } = target.clone();
            let about = About::Content { artifact, repository, necessity };
            add(Phase::Push, "push", format!("{} to {}", target.artifact, target.repository), about);
        }
        for target in self.targets.iter().filter(|_| self.signing.is_some()) {
            for (kind, statement) in [("sign", Stated::Signature), ("attest", Stated::Release)] {
                let Target { artifact, repository, necessity, .. } = target.clone();
                let about = About::Signed { artifact, repository, statement, necessity };
                add(Phase::Sign, kind, format!("{} in {}", target.artifact, target.repository), about);
            }
            for stated in self.statements.iter().filter(|stated| stated.artifact == target.artifact) {
                let Target { artifact, repository, necessity, .. } = target.clone();
                let PlannedStatement { platform, predicate_type, .. } = stated.clone();
                let place = for_platform(platform.as_deref());
                let (kind, name) = match predicate_type.uri() {
                    SIGNATURE => ("sign", format!("{artifact}{place} in {repository}")),
                    uri => ("attest", format!("{artifact}{place} in {repository}: {uri}")),
                };
                let statement = Stated::Other { platform, predicate_type };
                add(Phase::Sign, kind, name, About::Signed { artifact, repository, statement, necessity });
            }
        }
        let mut repositories: Vec<&ImageRepository> =
            self.targets.iter().map(|target| &target.repository).collect();
        repositories.sort();
        repositories.dedup();
        for repository in repositories {
            let about = About::Record { repository: repository.clone() };
            add(Phase::Record, "record", format!("in {repository}"), about);
        }
        add(Phase::Commit, "claim", State::Committed.to_string(), About::Claim { state: State::Committed });
        add(Phase::Publish, "claim", State::Published.to_string(), About::Claim { state: State::Published });
        for ChartTag { git_tag: tag, page } in self.own_tags.clone() {
            add(Phase::ChartTag, "git-tag", tag.to_string(), About::OwnTag { tag: tag.clone() });
            if page == ChartPage::Own {
                add(Phase::ChartTag, "forge-release", tag.to_string(), About::OwnPage { tag });
            }
        }
        let name = file_name(&self.version);
        add(Phase::Ledger, "ledger-file", name.clone(), About::File { name });
        for listed in &self.listed {
            add(
                Phase::ChartIndex,
                "chart-index",
                listed.to_string(),
                About::ListedChart { listed: listed.clone() },
            );
        }
        for target in &self.targets {
            let tagged = [
                (Phase::VersionTag, "version-tag", &target.version_tags),
                (Phase::FirstWins, "first-wins", &target.first_wins),
                (Phase::MovingTag, "moving-tag", &target.moving),
            ];
            for (phase, kind, tags) in tagged {
                for tag in tags {
                    let Target { artifact, repository, necessity, .. } = target.clone();
                    let about = About::Tag { artifact, repository, tag: tag.clone(), necessity };
                    add(phase, kind, format!("{}:{tag}", target.repository), about);
                }
            }
        }
        steps.extend(self.steps_of_forge());
        // Stable: within a phase the plan's own order stays.
        steps.sort_by_key(|step| step.phase);
        steps
    }
}
