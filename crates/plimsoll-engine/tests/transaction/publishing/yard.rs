//! A sea with the project, and runs that publish commits of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plimsoll_engine::act::publish::{PublishOrder, publish};
use plimsoll_engine::domain::git::{GitLine, Oid};
use plimsoll_engine::domain::project::Project;
use plimsoll_engine::domain::source::{Ancestry, Source};
use plimsoll_engine::domain::target::Necessity;
use plimsoll_engine::domain::time::Moment;
use plimsoll_engine::plan::publish::{Publishing, plan_publish};
use plimsoll_engine::run::released::Part;
use plimsoll_engine::run::stop::Stop;
use plimsoll_oci::name::Digest;
use plimsoll_tags::facts::{CommitId, DefaultBranch, Event, Facts, Run};
use plimsoll_tags::notation::short::Template;
use plimsoll_tags::rule::TagRule;
use plimsoll_testkit::world::{Builds, End, RunId, Scheduler, Sea};

use crate::project::{M1, R1, R2, image_tag, project, repository};
use crate::stage::Settings;

/// The pull request of the tests.
pub(super) const PULL: GitLine = GitLine::PullRequest(7);

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Done {
    Made,
    Finished,
    Nothing,
    Mirrors,
    OtherCommit,
    Stopped(String),
}

/// A sea with the project, and runs that publish commits of it.
pub(super) struct Yard {
    pub(super) sea: Sea,
    pub(super) scheduler: Scheduler<(Done, Vec<Oid>)>,
    project: Arc<Project>,
    builds: Builds,
    runs: BTreeMap<String, RunId>,
    machines: BTreeMap<String, Vec<RunId>>,
}

/// A commit by its number: seven digits of it come first.
pub(super) fn commit(number: u32) -> Oid {
    format!("{:07x}{number:033x}", number & 0xfff_ffff).parse().expect("forty hexadecimal characters")
}

fn number(commit: &Oid) -> u32 {
    u32::from_str_radix(&commit.as_str()[32..], 16).expect("one of ours")
}

fn branch() -> GitLine {
    GitLine::Branch("main".into())
}

impl Yard {
    pub(super) fn new(rules: &[&str]) -> Yard {
        Yard::with_mirror(rules, Necessity::Required)
    }

    pub(super) fn with_mirror(rules: &[&str], mirror: Necessity) -> Yard {
        Yard::of(rules, mirror, Builds::Different)
    }

    /// Nothing published, and these rules for branch `main`.
    pub(super) fn of(rules: &[&str], mirror: Necessity, builds: Builds) -> Yard {
        let settings = Settings { mirror: Some(mirror), ..Settings::default() };
        let rule = |text: &&str| TagRule::of(Template::parse(text).expect("a template"));
        let mut project = project(&settings);
        for image in &mut project.images {
            image.tags.branches.insert("main".into(), rules.iter().map(rule).collect());
            image.tags.pull_request = vec![rule(&"pr-{number}")];
        }
        let sea = Sea::new(1);
        let (runs, machines) = Default::default();
        Yard { scheduler: Scheduler::new(&sea), sea, project: Arc::new(project), builds, runs, machines }
    }

    /// Branch `main` has these commits, the newest first.
    pub(super) fn line(&self, commits: &[u32]) {
        self.sea.push_line(&branch(), commits.iter().map(|number| commit(*number)).collect());
    }

    /// The pull request has these commits, the newest first.
    pub(super) fn pull_request(&self, commits: &[u32]) {
        self.sea.push_line(&PULL, commits.iter().map(|number| commit(*number)).collect());
    }

    /// Begins to publish a commit of the branch.
    pub(super) fn publish(&mut self, run: &str, machine: &str, number: u32) -> RunId {
        self.begin(run, machine, branch(), commit(number), commit(number))
    }

    pub(super) fn publish_alone(&mut self, run: &str, machine: &str, number: u32) -> Done {
        let run = self.publish(run, machine, number);
        self.scheduler.finish(run);
        self.done(run)
    }

    /// Publishes a merge commit of the pull request, made from the commit `head` of it.
    pub(super) fn publish_merge(&mut self, run: &str, machine: &str, merge: u32, head: u32) -> Done {
        let run = self.begin(run, machine, PULL, commit(merge), commit(head));
        self.scheduler.finish(run);
        self.done(run)
    }

    fn begin(&mut self, run: &str, machine: &str, line: GitLine, commit: Oid, position: Oid) -> RunId {
        let project = Arc::clone(&self.project);
        let event = match &line {
            GitLine::Branch(name) => Event::Branch(name.clone()),
            GitLine::PullRequest(number) => Event::PullRequest(*number),
        };
        let time = Moment(1_767_000_000);
        let facts = Facts {
            event,
            commit: CommitId::parse(commit.as_str()).expect("a commit"),
            default_branch: DefaultBranch::Contains,
            run: Run::at(time.timestamp()),
        };
        let source = Source {
            tag: None,
            commit: commit.clone(),
            commit_time: time,
            on_default_branch: Ancestry::Unknown,
        };
        let publishing = Publishing { line, commit, position, facts };
        let id = self.scheduler.start(run, &self.sea.machine(machine, self.builds), |aboard| async move {
            let plan =
                plan_publish(&project, &publishing).expect("it can be planned").expect("there are tags");
            let order = PublishOrder { project: &project, source: &source, plan: &plan };
            match publish(&aboard.world, &order).await.and_then(|done| done.judge().map(|()| done)) {
                Ok(done) => {
                    let newer = done.newer(&plan);
                    let done = match done.part {
                        Part::Made => Done::Made,
                        Part::Adopted => Done::Finished,
                        Part::Nothing => Done::Nothing,
                    };
                    (done, newer)
                }
                Err(Stop::Mirrors { .. }) => (Done::Mirrors, Vec::new()),
                Err(Stop::OtherCommit { .. }) => (Done::OtherCommit, Vec::new()),
                Err(other) => (Done::Stopped(other.to_string()), Vec::new()),
            }
        });
        self.runs.insert(run.to_owned(), id);
        self.machines.entry(machine.to_owned()).or_default().push(id);
        id
    }

    /// How a run ended.
    pub(super) fn done(&self, run: RunId) -> Done {
        match self.scheduler.end(run) {
            Some(End::Exited((done, _))) => done.clone(),
            other => panic!("the run has not ended: {other:?}"),
        }
    }

    /// The newer commits that a run found at the head of the line.
    pub(super) fn heads_of(&self, run: &str) -> Vec<u32> {
        match self.scheduler.end(self.runs[run]) {
            Some(End::Exited((_, newer))) => newer.iter().map(number).collect(),
            other => panic!("the run has not ended: {other:?}"),
        }
    }

    /// How many pieces of content the runs of a machine sent.
    pub(super) fn builds_of(&self, machine: &str) -> usize {
        let effects = self.machines[machine].iter().map(|run| self.scheduler.effects(*run).len());
        effects.sum()
    }

    pub(super) fn places(&self) -> impl Iterator<Item = &'static str> {
        [R1, R2, M1].into_iter()
    }

    /// What a tag points at.
    pub(super) fn digest(&self, place: &str, tag: &str) -> Option<Digest> {
        self.sea.tag(&repository(place), &image_tag(tag))
    }

    /// The tags of a repository that nobody looks for.
    pub(super) fn hidden(&self, place: &str) -> BTreeSet<String> {
        let held = self.sea.repository(&repository(place));
        let names = held.tags().keys().map(ToString::to_string);
        names.filter(|name| name.starts_with("plimsoll-")).collect()
    }

    pub(super) fn story(&self) -> String {
        self.scheduler.story()
    }

    /// Every moving tag is at an image of the newest commit, whole, and at the one that the commit's tag names.
    pub(super) fn check_quiet(&self, newest: u32) {
        for place in self.places() {
            let held = self.sea.repository(&repository(place));
            let main =
                self.digest(place, "main").unwrap_or_else(|| panic!("{place} has no main\n{}", self.story()));
            assert_eq!(held.find_missing(&main), None, "{}", self.story());
            let image = if place == R2 { "b" } else { "a" };
            let names = [commit(newest).as_str().to_owned(), format!("sha-{}", commit(newest).short())];
            let hidden = format!("plimsoll-commit-{image}-{}", commit(newest));
            let named = names.iter().chain([&hidden]).find_map(|name| self.digest(place, name));
            assert_eq!(
                named.as_ref(),
                Some(&main),
                "{place}:main is not commit {newest}'s\n{}",
                self.story()
            );
        }
    }
}
