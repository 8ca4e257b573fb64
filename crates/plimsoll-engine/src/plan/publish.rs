//! The plan of a branch or a pull request.

use std::collections::BTreeMap;

use plimsoll_oci::model::Platform;
use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};
use plimsoll_tags::class::Class;
use plimsoll_tags::facts::{CommitId, Event, Facts};
use plimsoll_tags::rule::RenderedTag;
use plimsoll_tags::rule_set::RuleSet;
use plimsoll_tags::table::Table;

use super::release::make;
use super::steps::{About, PlannedStep};
use super::{Made, Make};
use crate::check::Findings;
use crate::domain::artifact::ArtifactName;
use crate::domain::code::Code;
use crate::domain::commit::{CommitTag, Sight, Tenure};
use crate::domain::diagnostic::{Cure, Diagnostic};
use crate::domain::git::{GitLine, Oid};
use crate::domain::project::{Image, Origin, Project};
use crate::domain::step::{Phase, StepId};
use crate::domain::target::Necessity;
use crate::statement::artifact::HIDDEN;

/// What images of a commit without a version are made for.
#[derive(Clone, Debug)]
pub struct PublishPlan {
    /// What moving tags follow.
    pub line: GitLine,
    /// The commit that is built.
    pub commit: Oid,
    /// The commit's place on the line: itself, or the one that a pull request's merge commit was made from.
    pub position: Oid,
    /// What images say is their version.
    pub version: String,
    /// The hash of the configuration.
    pub config: Digest,
    /// The images, each with its platforms of this occasion.
    pub images: Vec<Image>,
    /// Where each goes, under which tags; the first of an image is where it is looked for.
    pub targets: Vec<PublishTarget>,
    /// Image tags that the rules do not give this time, and why.
    pub skipped: Vec<String>,
    names: CommitNames,
}

/// One image in one repository, with the tags that it gets there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishTarget {
    /// The image.
    pub artifact: ArtifactName,
    /// The repository.
    pub repository: ImageRepository,
    /// Whether the run waits for it.
    pub necessity: Necessity,
    /// The tag under which the commit's image is found again.
    pub commit_tag: CommitTag,
    /// Further tags that are kept if they are there.
    pub first_wins: Vec<ImageTag>,
    /// Tags that follow the line.
    pub moving: Vec<ImageTag>,
}

/// How the tags of other commits of the line are spelled.
#[derive(Clone, Debug)]
struct CommitNames {
    facts: Facts,
    rules: BTreeMap<ArtifactName, RuleSet>,
}

/// What is published, as far as git and the CI job tell.
#[derive(Clone, Debug)]
pub struct Publishing {
    /// What moving tags follow.
    pub line: GitLine,
    /// The commit that is built.
    pub commit: Oid,
    /// The commit's place on the line.
    pub position: Oid,
    /// What rules depend on.
    pub facts: Facts,
}

/// Plans what is published for a branch or pull request; `None` if no image has a tag for it. Pure: no clock, no
/// network, no file.
///
/// # Errors
/// The tags of an image can't be made, or two images would get the same one.
pub fn plan_publish(project: &Project, publishing: &Publishing) -> Result<Option<PublishPlan>, Findings> {
    let Publishing { line, commit, position, facts } = publishing.clone();
    let mut findings = Findings::new();
    let table = facts.event.table();
    // Those for other tables stand by, since a branch of any name may not take what is theirs.
    let rules = project.images.iter().map(|image| (image.name.clone(), image.tags.rule_set()));
    let names = CommitNames { facts, rules: rules.collect() };
    let mut plan = PublishPlan {
        version: format!("sha-{}", commit.short()),
        config: project.config.clone(),
        line,
        commit,
        position,
        images: Vec::new(),
        targets: Vec::new(),
        skipped: Vec::new(),
        names,
    };
    for image in &project.images {
        match plan.targets_of(image) {
            Ok(targets) if targets.is_empty() => {}
            Ok(targets) => {
                plan.targets.extend(targets);
                plan.images.push(on_platforms(image, &table));
            }
            Err(finding) => findings.add(*finding),
        }
    }
    findings.extend(collisions(&plan.targets));
    match findings.has_errors() {
        true => Err(findings),
        false => Ok((!plan.images.is_empty()).then_some(plan)),
    }
}

impl PublishPlan {
    /// The tag of a commit of the line.
    pub fn commit_tag(&self, artifact: &ArtifactName, commit: &Oid) -> CommitTag {
        self.names.find(&self.line, artifact, commit).unwrap_or_else(|| self.hidden_tag(artifact, commit))
    }

    /// The targets of an image; the first is where it is looked for.
    pub fn targets_of_image(&self, artifact: &ArtifactName) -> impl Iterator<Item = &PublishTarget> {
        self.targets.iter().filter(move |target| target.artifact == *artifact)
    }

    /// What is made, in order.
    pub fn makes(&self) -> Vec<Make> {
        self.images.iter().map(make).collect()
    }

    /// All steps, phase by phase.
    pub fn steps(&self) -> Vec<PlannedStep> {
        let mut steps = Vec::new();
        let mut add = |phase, kind: &str, subject: String, about| {
            steps.push(PlannedStep { phase, id: StepId::new(kind, subject), about });
        };
        for make in self.makes() {
            // Files of the ledger are a release's.
            let Made::Artifact(kind, artifact) = make.made() else { continue };
            add(Phase::Make, kind, artifact.to_string(), About::Artifact { artifact: artifact.clone() });
        }
        for target in &self.targets {
            let PublishTarget { artifact, repository, necessity, .. } = target.clone();
            let about = About::Content { artifact, repository, necessity };
            add(Phase::Push, "push", format!("{} to {}", target.artifact, target.repository), about);
        }
        for target in &self.targets {
            let first = std::iter::once(&target.commit_tag.name).chain(&target.first_wins);
            let first = first.map(|tag| (Phase::FirstWins, "commit-tag", tag));
            let moving = target.moving.iter().map(|tag| (Phase::MovingTag, "moving-tag", tag));
            for (phase, kind, tag) in first.chain(moving) {
                let PublishTarget { artifact, repository, necessity, .. } = target.clone();
                let about = About::Tag { artifact, repository, tag: tag.clone(), necessity };
                add(phase, kind, format!("{}:{tag}", target.repository), about);
            }
        }
        // Stable: within a phase the plan's own order stays.
        steps.sort_by_key(|step| step.phase);
        steps
    }

    fn targets_of(&mut self, image: &Image) -> Result<Vec<PublishTarget>, Box<Diagnostic>> {
        let wrong = |why: &dyn std::fmt::Display| {
            let message = format!(
                "the tags of image `{}` can't be made for {}",
                image.name,
                self.names.facts.event.table()
            );
            Box::new(Diagnostic::error(Code::TagRule, Cure::FixThenRunAgain, message).because(why))
        };
        let rules = self.names.rules.get(&image.name).cloned().unwrap_or_default();
        let rendered = rules.render(&self.names.facts).map_err(|why| wrong(&why))?;
        let of_class = |wanted: fn(&RenderedTag) -> bool| -> Result<Vec<ImageTag>, Box<Diagnostic>> {
            let wanted = rendered.tags.iter().filter(|tag| wanted(tag));
            wanted.map(|tag| tag.value.as_str().parse().map_err(|why| wrong(&why))).collect()
        };
        let commit_tag = self.commit_tag(&image.name, &self.position);
        let mut first_wins = of_class(|tag| !matches!(tag.class, Class::Moving(_)))?;
        let moving = of_class(|tag| matches!(tag.class, Class::Moving(_)))?;
        let skipped = rendered.skipped.iter().map(|skip| format!("image {}: {skip}", image.name));
        let warned = rendered.warnings.iter().map(|warning| format!("image {}: {warning}", image.name));
        self.skipped.extend(skipped.chain(warned));
        if rendered.tags.is_empty() {
            return Ok(Vec::new());
        }
        first_wins.retain(|tag| *tag != commit_tag.name);
        let target = |repository: &ImageRepository, necessity| PublishTarget {
            artifact: image.name.clone(),
            repository: repository.clone(),
            necessity,
            commit_tag: commit_tag.clone(),
            first_wins: first_wins.clone(),
            moving: moving.clone(),
        };
        let mirrors = image.mirrors.iter().map(|mirror| target(&mirror.repository, mirror.necessity));
        Ok(std::iter::once(target(&image.repository, Necessity::Required)).chain(mirrors).collect())
    }

    /// Where no rule names the commit, a tag that nobody looks for does.
    fn hidden_tag(&self, artifact: &ArtifactName, commit: &Oid) -> CommitTag {
        let (kind, tenure) = match &self.line {
            GitLine::Branch(_) => ("commit".to_owned(), Tenure::First),
            GitLine::PullRequest(number) if self.position == self.commit => {
                (format!("pull-{number}"), Tenure::First)
            }
            GitLine::PullRequest(number) => (format!("pull-{number}"), Tenure::Last),
        };
        let commit = commit.as_str().get(..40).unwrap_or_default();
        let spelled = |artifact: &str| format!("{HIDDEN}{kind}-{artifact}-{commit}").parse();
        let name = spelled(artifact.as_str()).or_else(|_| {
            let digest = Digest::of(artifact.as_str().as_bytes());
            spelled(digest.hex().get(..12).unwrap_or_default())
        });
        let name = name.expect("letters, digits and dashes, fewer than 128");
        CommitTag { name, sight: Sight::Hidden, tenure }
    }
}

impl CommitNames {
    /// The longest first-wins tag that no other commit has. A pull request's commits are built again on each state of
    /// the branch that it goes to: no tag of a rule is one of theirs.
    fn find(&self, line: &GitLine, artifact: &ArtifactName, commit: &Oid) -> Option<CommitTag> {
        if let GitLine::PullRequest(_) = line {
            return None;
        }
        let none: String =
            commit.as_str().chars().map(|digit| if digit == '0' { '1' } else { '0' }).collect();
        let shared = self.first_wins(artifact, &none)?;
        let own = self.first_wins(artifact, commit.as_str())?;
        let own = own.into_iter().filter(|tag| !shared.contains(tag)).max_by_key(String::len)?;
        Some(CommitTag::first(own.parse().ok()?))
    }

    fn first_wins(&self, artifact: &ArtifactName, commit: &str) -> Option<Vec<String>> {
        let facts = Facts { commit: CommitId::parse(commit).ok()?, ..self.facts.clone() };
        let rendered = self.rules.get(artifact)?.render(&facts).ok()?;
        let first = rendered.tags.iter().filter(|tag| tag.class == Class::FirstWins);
        Some(first.map(|tag| tag.value.as_str().to_owned()).collect())
    }
}

/// The image with its platforms of an occasion. What something else made has the platforms that it has.
fn on_platforms(image: &Image, table: &Table) -> Image {
    let of = |table: &Table| image.tags.platforms.get(table);
    let own = match table {
        Table::Branch(name) if image.tags.branches.contains_key(name) => of(table),
        Table::Branch(_) => of(&Table::AnyBranch),
        other => of(other),
    };
    let platforms: Option<&Vec<Platform>> = own.filter(|_| !matches!(image.origin, Origin::Import(_)));
    Image { platforms: platforms.unwrap_or(&image.platforms).clone(), ..image.clone() }
}

/// What an event is published for; `None` for releases and promotions.
pub fn line_of(event: &Event) -> Option<GitLine> {
    match event {
        Event::Branch(name) => Some(GitLine::Branch(name.clone())),
        Event::PullRequest(number) => Some(GitLine::PullRequest(*number)),
        Event::Release { .. } | Event::Promotion { .. } => None,
    }
}

/// Two images that would get one tag in one repository.
fn collisions(targets: &[PublishTarget]) -> Vec<Diagnostic> {
    let mut owners: BTreeMap<(&ImageRepository, &ImageTag), &ArtifactName> = BTreeMap::new();
    let mut found = Vec::new();
    for target in targets {
        let tags = std::iter::once(&target.commit_tag.name).chain(&target.first_wins).chain(&target.moving);
        for tag in tags {
            let owner = *owners.entry((&target.repository, tag)).or_insert(&target.artifact);
            if *owner != target.artifact {
                let message = format!(
                    "images `{owner}` and `{}` would both be {}:{tag}",
                    target.artifact, target.repository
                );
                found.push(
                    Diagnostic::error(Code::TagCollision, Cure::FixThenRunAgain, message)
                        .help("give each image its own repository, or tags of its own"),
                );
            }
        }
    }
    found
}
