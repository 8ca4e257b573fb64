//! A sea with the project, and runs that release it.

use std::sync::Arc;

use plimsoll_engine::act::preview::{Preview, preview};
use plimsoll_engine::act::release::release;
use plimsoll_engine::act::verify::{Check, Demand, Verification, verify};
use plimsoll_engine::domain::attestation::{Posting, SignatureForm};
use plimsoll_engine::domain::chart::{InRegistry, PackagePlace, VersionPolicy};
use plimsoll_engine::domain::claim::{Claim, State};
use plimsoll_engine::domain::marks::Mark;
use plimsoll_engine::domain::page::PagePolicy;
use plimsoll_engine::domain::project::{ClaimPolicy, Project};
use plimsoll_engine::domain::sbom::SbomFormat;
use plimsoll_engine::domain::stated::{
    OtherStatement, PredicateOrigin, ProvenanceScope, SignatureScope, StatementSettings,
};
use plimsoll_engine::domain::target::Necessity;
use plimsoll_engine::ledger::release::{Answer, Belief, Comparing, Scope, find_release, read_releases};
use plimsoll_engine::ledger::sources::Sources;
use plimsoll_engine::run::order::Takeover;
use plimsoll_engine::run::withdraw::{Withdrawal, withdraw};
use plimsoll_engine::ship::record::PushStatement;
use plimsoll_engine::ship::{Observation, Sealed, Step};
use plimsoll_engine::statement::artifact::{Artifact, mark_tag};
use plimsoll_engine::statement::mark;
use plimsoll_oci::name::{Digest, ImageTag};
use plimsoll_tags::version::{Scheme, Version};
use plimsoll_testkit::world::{Aboard, Act, Builds, End, Machine, RunId, Scheduler, Sea};

use crate::ending::{Ended, Stopped};
use crate::project::{
    C1, CHART_TEXTS, COMPOSE, COMPOSE_TEXT, FIRST_NUMBER, M1, R1, R2, R3, STALE, V1, Voyage, claim_name,
    image_tag, project, repository,
};
use crate::truth;

/// What a stage is like; [`Settings::default`] is what most tests want.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    /// Decides every byte and every random number.
    pub(crate) seed: u64,
    /// What builds give.
    pub(crate) builds: Builds,
    /// Whether a claim is held.
    pub(crate) claim: ClaimPolicy,
    /// Whether the release waits for the mirror; none: there is no mirror.
    pub(crate) mirror: Option<Necessity>,
    /// The platforms of `a` and those of `b`.
    pub(crate) platforms: (&'static [&'static str], &'static [&'static str]),
    /// What is released beside the images.
    pub(crate) deploys: Deploys,
    /// Which version the chart gets.
    pub(crate) chart_version: VersionPolicy,
    /// Whether it is signed, and in which form.
    pub(crate) signing: Option<SignatureForm>,
    /// What is signed by itself.
    pub(crate) signatures: SignatureScope,
    /// What gets provenance.
    pub(crate) provenance: ProvenanceScope,
    /// A file that is attested of image `a`, if any.
    pub(crate) attests: Option<&'static str>,
    /// What kind of list of what is in it image `a` gets, if any.
    pub(crate) lists: Option<&'static str>,
    /// Whether the forge is given what is attested.
    pub(crate) posting: Posting,
    /// Whether a run takes over from any other.
    pub(crate) takeover: Takeover,
    /// Which releases get a page.
    pub(crate) pages: PagePolicy,
    /// Where the chart repository has its packages.
    pub(crate) packages: PackagePlace,
    /// How the chart stands in its repository.
    pub(crate) in_registry: InRegistry,
    /// The key that signs the chart's provenance.
    pub(crate) pgp_key: Option<&'static str>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            seed: 1,
            builds: Builds::Different,
            claim: ClaimPolicy::Held { stale_after: STALE },
            mirror: Some(Necessity::Required),
            platforms: (&["amd64"], &["amd64"]),
            deploys: Deploys::Everything,
            chart_version: VersionPolicy::Match,
            signing: Some(SignatureForm::Bundle),
            signatures: SignatureScope::Artifacts,
            provenance: ProvenanceScope::Artifacts,
            attests: None,
            lists: None,
            posting: Posting::Attached,
            takeover: Takeover::Now,
            pages: PagePolicy::Never,
            packages: PackagePlace::Branch,
            in_registry: InRegistry::Tagged,
            pgp_key: None,
        }
    }
}

impl Settings {
    /// What is stated of a release.
    pub(crate) fn statements(&self) -> StatementSettings {
        let other = |kind: &str, origin| OtherStatement {
            predicate_type: kind.parse().expect("a type"),
            artifact: Some("a".parse().expect("a name")),
            origin,
            place: None,
        };
        let file = |path: &str| other("cyclonedx", PredicateOrigin::File(path.to_owned()));
        let list = |kind: &str| {
            let format = SbomFormat::of(&kind.parse().expect("a type")).expect("a list");
            other(kind, PredicateOrigin::Scanner(format))
        };
        StatementSettings {
            signatures: self.signatures,
            provenance: self.provenance,
            others: self.attests.map(file).into_iter().chain(self.lists.map(list)).collect(),
            ..StatementSettings::default()
        }
    }
}

/// What is released beside the images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deploys {
    /// Nothing.
    Nothing,
    /// A compose file with an image of somebody else's, a dstack manifest around it, and a Helm chart.
    Everything,
}

/// A sea with the project's repositories, and runs on it.
pub(crate) struct Stage {
    pub(crate) sea: Sea,
    pub(crate) settings: Settings,
    pub(crate) project: Arc<Project>,
    pub(crate) scheduler: Scheduler<Ended>,
    runs: Vec<(RunId, Sailing)>,
}

/// What a run was begun for.
#[derive(Clone, Debug)]
pub(crate) struct Sailing {
    /// The run's name.
    pub(crate) run: String,
    /// The git tag.
    pub(crate) git_tag: String,
}

impl Stage {
    /// Two images in two repositories, a mirror of the first, git tag `v1.0.0`, and nothing released.
    pub(crate) fn new(settings: Settings) -> Stage {
        let sea = Sea::new(settings.seed);
        sea.make_git_tag(V1);
        sea.commit_file(COMPOSE, COMPOSE_TEXT);
        for (path, text) in CHART_TEXTS {
            sea.commit_file(path, text);
        }
        sea.host_image(&repository(R3), &image_tag("16"));
        let project = Arc::new(project(&settings));
        Stage { scheduler: Scheduler::new(&sea), sea, settings, project, runs: Vec::new() }
    }

    /// A machine by name.
    pub(crate) fn machine(&self, name: &str) -> Machine {
        self.sea.machine(name, self.settings.builds)
    }

    /// Begins to release a version, up to before its first read.
    pub(crate) fn release(&mut self, run: &str, machine: &str, git_tag: &str) -> RunId {
        self.release_with(run, machine, git_tag, self.settings.takeover)
    }

    /// Begins to release a version politely or not.
    pub(crate) fn release_with(
        &mut self,
        run: &str,
        machine: &str,
        git_tag: &str,
        takeover: Takeover,
    ) -> RunId {
        let sailing = Sailing { run: run.to_owned(), git_tag: git_tag.to_owned() };
        let (machine, project, git_tag) =
            (self.machine(machine), Arc::clone(&self.project), git_tag.to_owned());
        let id = self.scheduler.start(run, &machine, |aboard| async move {
            let Some(at) = aboard.git_tag(&git_tag).await else { return Ended::NoTag };
            let voyage = Voyage::new(&project, &aboard, at);
            Ended::of(release(&aboard.world, &voyage.order(&project, takeover)).await)
        });
        self.runs.push((id, sailing));
        id
    }

    /// Every run so far.
    pub(crate) fn releases(&self) -> Vec<RunId> {
        self.runs.iter().map(|(run, _)| *run).collect()
    }

    /// What a run was begun for.
    pub(crate) fn sailing(&self, run: RunId) -> &Sailing {
        let found = self.runs.iter().find(|(id, _)| *id == run);
        found.map(|(_, sailing)| sailing).expect("the run releases a version")
    }

    /// Says something of a version, as another command does. Gives the statement's digest.
    pub(crate) fn mark(&mut self, mark: Mark) -> Digest {
        self.say(mark::wrap(&self.project.name, &mark))
    }

    /// Says anything at all, as a mark that somebody else writes.
    pub(crate) fn say(&mut self, statement: Artifact) -> Digest {
        let digest = statement.layer.digest.clone();
        let place = repository(R1);
        let tag = Some(mark_tag(&digest));
        let push = PushStatement { repository: place, artifact: statement, tag, others: Vec::new() };
        let mut speaker = Scheduler::new(&self.sea);
        let run = speaker.start("a mark", &self.machine("somewhere"), |aboard| async move {
            let id = Step::<Sealed>::id(&push);
            match Step::<Sealed>::observe(&push, aboard.world.eyes()).await {
                Ok(Observation::Needed(change)) => push.push(aboard.world.hands(&id), &change).await.is_ok(),
                other => other.is_ok(),
            }
        });
        assert_eq!(speaker.finish(run), &End::Exited(true));
        digest
    }

    /// What a release of a tag would do, as a machine sees it that has made nothing.
    pub(crate) fn preview(&mut self, git_tag: &str) -> Preview {
        let git_tag = git_tag.to_owned();
        self.look(|project, aboard| async move {
            let at = aboard.git_tag(&git_tag).await.expect("the tag is there");
            let voyage = Voyage::new(&project, &aboard, at);
            let version = Version::parse(Scheme::Semver, &voyage.name.version).expect("a version");
            preview(&aboard.world, &voyage.order(&project, Takeover::WhenDead), &version).await
        })
        .expect("it can be looked at")
    }

    /// What verification of a version finds, check by check.
    pub(crate) fn verify(&mut self, git_tag: &str) -> Vec<Check> {
        self.verify_wholly(git_tag).checks
    }

    /// The same, and who vouches for it.
    pub(crate) fn verify_wholly(&mut self, git_tag: &str) -> Verification {
        let git_tag = git_tag.to_owned();
        let verification = self.look(|project, aboard| async move {
            let eyes = aboard.world.eyes();
            let (component, scheme) = (Some(&project.name), Some(Scheme::Semver));
            let scope = Scope { component, scheme, belief: Belief::Confirmed };
            let releases = read_releases(Sources::of(eyes), scope).await.expect("a ledger").releases;
            let release = releases.into_iter().find(|release| release.tag.name.0 == git_tag);
            verify(eyes, &project, &release.expect("it is released"), Demand::Policy).await
        });
        verification.expect("it can be looked at")
    }

    /// What verification finds as the command does it: one release is read, and its files are compared later.
    pub(crate) fn verify_one(&mut self, git_tag: &str) -> Vec<Check> {
        let version = git_tag.trim_start_matches('v').to_owned();
        let verification = self.look(|project, aboard| async move {
            let eyes = aboard.world.eyes();
            let (component, scheme) = (Some(&project.name), Some(Scheme::Semver));
            let scope = Scope { component, scheme, belief: Belief::Confirmed };
            let found = find_release(Sources::of(eyes), scope, &version, Comparing::Later).await;
            match found.expect("a ledger") {
                Answer::Release(release) => verify(eyes, &project, &release, Demand::Policy).await,
                other => panic!("it is released: {other:?}"),
            }
        });
        verification.expect("it can be looked at").checks
    }

    /// What a machine finds that only looks.
    pub(crate) fn look<T, F>(&self, begin: impl FnOnce(Arc<Project>, Aboard) -> F) -> T
    where
        T: Clone + std::fmt::Debug,
        F: Future<Output = T> + 'static,
    {
        let project = Arc::clone(&self.project);
        let mut looking = Scheduler::new(&self.sea);
        let run = looking.start("a look", &self.machine("somewhere"), |aboard| begin(project, aboard));
        match looking.finish(run) {
            End::Exited(seen) => seen.clone(),
            End::Killed => panic!("nobody kills it"),
        }
    }

    /// Releases again, and gives the moving tags that no counted version is left for.
    pub(crate) fn orphans(&mut self, git_tag: &str) -> Vec<String> {
        let (project, git_tag) = (Arc::clone(&self.project), git_tag.to_owned());
        let mut again: Scheduler<Vec<String>> = Scheduler::new(&self.sea);
        let run = again.start("again", &self.machine("somewhere"), |aboard| async move {
            let at = aboard.git_tag(&git_tag).await.expect("the tag is there");
            let voyage = Voyage::new(&project, &aboard, at);
            let released = release(&aboard.world, &voyage.order(&project, Takeover::Now)).await;
            let orphans = released.expect("it is released").orphans;
            orphans.into_iter().map(|(place, tag)| format!("{place}:{tag}")).collect()
        });
        match again.finish(run) {
            End::Exited(orphans) => orphans.clone(),
            End::Killed => panic!("nobody kills it"),
        }
    }

    /// Begins to withdraw a version.
    pub(crate) fn withdraw(&mut self, run: &str, machine: &str, git_tag: &str) -> RunId {
        let sailing = Sailing { run: run.to_owned(), git_tag: git_tag.to_owned() };
        let (machine, project, git_tag) =
            (self.machine(machine), Arc::clone(&self.project), git_tag.to_owned());
        let id = self.scheduler.start(run, &machine, |aboard| async move {
            let Some(at) = aboard.git_tag(&git_tag).await else { return Ended::NoTag };
            let voyage = Voyage::new(&project, &aboard, at);
            let (name, tag, targets) = (&voyage.name, &voyage.tag, &voyage.plan.targets[..]);
            let withdrawal = Withdrawal { name, tag, targets, claim: project.claim };
            match withdraw(&aboard.world, &withdrawal).await {
                Ok(_) => Ended::Withdrawn,
                Err(stop) => Ended::Stopped(Stopped::of(stop)),
            }
        });
        self.runs.push((id, sailing));
        id
    }

    /// Lets a run go on until it is about to do something that fits.
    pub(crate) fn until(&mut self, run: RunId, about_to: impl Fn(&Act) -> bool) {
        self.scheduler.run_until(run, about_to);
    }

    /// Lets a run go on until something that fits is done.
    pub(crate) fn past(&mut self, run: RunId, done: impl Fn(&Act) -> bool) {
        self.scheduler.run_past(run, done);
    }

    /// Lets a run go on alone to its end, which must be true.
    ///
    /// # Panics
    /// When it was killed.
    pub(crate) fn end(&mut self, run: RunId) -> Ended {
        self.scheduler.finish(run);
        truth::check_ending(self, run);
        self.ended(run).unwrap_or_else(|| panic!("the run was killed\n{}", self.scheduler.story()))
    }

    /// How a run ended; `None` if it was killed or has not ended.
    pub(crate) fn ended(&self, run: RunId) -> Option<Ended> {
        match self.scheduler.end(run)? {
            End::Exited(ended) => Some(ended.clone()),
            End::Killed => None,
        }
    }

    /// Releases on a machine, undisturbed, to the end.
    pub(crate) fn release_alone(&mut self, run: &str, machine: &str, git_tag: &str) -> Ended {
        let run = self.release(run, machine, git_tag);
        self.end(run)
    }

    /// Kills a run, and its machine's layout with it.
    pub(crate) fn sink(&mut self, run: RunId, machine: &str) {
        self.scheduler.kill(run);
        self.machine(machine).lose_layout();
    }

    /// The claim of a version; the tests know that there is one.
    pub(crate) fn claim(&self, git_tag: &str) -> Claim {
        self.sea.claim(&claim_name(git_tag)).expect("there is a claim")
    }

    /// The state of a version's claim; `None` if there is none.
    pub(crate) fn state(&self, git_tag: &str) -> Option<State> {
        self.sea.claim(&claim_name(git_tag)).map(|claim| claim.state)
    }

    /// What an image tag points at.
    pub(crate) fn tag(&self, place: &str, tag: &str) -> Option<Digest> {
        self.sea.tag(&repository(place), &image_tag(tag))
    }

    /// The version whose version tag points at the same as a moving tag does.
    pub(crate) fn version_under(&self, place: &str, tag: &str) -> Option<String> {
        let under = self.tag(place, tag)?;
        let held = self.sea.repository(&repository(place));
        let mut tags = held.tags().iter().filter(|(_, digest)| **digest == under);
        tags.find_map(|(tag, _)| tag.as_str().strip_prefix('v').map(str::to_owned))
    }

    /// The repositories of the project.
    pub(crate) fn places(&self) -> Vec<&'static str> {
        let mirror = self.settings.mirror.map(|_| M1);
        let chart = (self.settings.deploys == Deploys::Everything).then_some(C1);
        [R1, R2].into_iter().chain(mirror).chain(chart).collect()
    }

    /// The version tag that a repository gets: Helm wants no `v`.
    pub(crate) fn version_tag(&self, place: &str) -> ImageTag {
        match (place, self.settings.chart_version) {
            (C1, VersionPolicy::Match) => image_tag(V1.trim_start_matches('v')),
            (C1, VersionPolicy::Independent) => image_tag(FIRST_NUMBER),
            _ => image_tag(V1),
        }
    }
}
