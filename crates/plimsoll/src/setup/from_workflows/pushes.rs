//! Every push that workflows contain, and what became of it.
//!
//! None is passed over in silence (docs/design/init.md): a push that no image or chart of the draft has is told, with its workflow,
//! its job, its step and why. The list is made of the steps themselves, so that a reader which finds nothing in one of them
//! can't lose it.

use std::collections::BTreeSet;

use super::image::{Pushed, label};
use super::narrowed::{Condition, Narrowed};
use super::workflow::{Job, Step, Workflow};
use super::{Carried, WorkflowFile};

/// Words in the names of workflows that lie elsewhere and push images.
const PUBLISHERS: [&str; 5] = ["docker", "image", "container", "publish", "push"];

/// A step that pushes something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::setup) struct Push {
    /// The workflow.
    pub(in crate::setup) path: String,
    /// The job; a pipeline of GitLab is read job by job, and has none here.
    pub(in crate::setup) job: String,
    /// The step, as people call it.
    pub(in crate::setup) step: String,
    /// Which one of the job's it is: several may be called the same.
    at: usize,
    pub(in crate::setup) what: What,
    pub(in crate::setup) fate: Fate,
    /// Where it goes, as far as that is read.
    pub(in crate::setup) places: Vec<String>,
}

/// What a step pushes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::setup) enum What {
    Images,
    Charts,
    /// What is none of both.
    Others,
    /// Whatever GoReleaser's own file says.
    OfGoreleaser,
}

/// What became of a push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::setup) enum Fate {
    /// It is one of an image or a chart of the draft, on these occasions.
    Used(BTreeSet<Pushed>),
    /// It goes to the job's own machine, and is gone with it.
    Stays,
    /// It is told why it is not used, where that was found.
    Told,
    /// Nothing that sets the workflow off lets it run, because of these conditions.
    Never(Vec<String>),
    /// It is told that nobody knows where it goes.
    Homeless,
    /// GoReleaser's file says it, and is not at hand.
    NoFile,
    /// Nothing came of it.
    Lost,
}

impl What {
    /// What a step pushes, if anything.
    pub(super) fn of(step: &Step) -> Option<What> {
        let images =
            step.pushes_build() || step.names_images() || step.pushes_by_script() || step.pushes_by_action();
        match () {
            () if step.runs_goreleaser() => Some(What::OfGoreleaser),
            () if images => Some(What::Images),
            () if step.makes_chart() => Some(What::Charts),
            () => None,
        }
    }
}

/// What the readers of steps found in one of them.
pub(super) struct Seen<'a> {
    pub(super) narrowed: &'a Narrowed,
    /// Whether there are images of it, or charts.
    pub(super) is_used: bool,
    /// Whether all of it stays on the machine.
    pub(super) stays: bool,
    /// Whether there are images of it, and nobody knows where they go.
    pub(super) is_homeless: bool,
    /// Whether something was told of it.
    pub(super) is_told: bool,
    /// Where its images go.
    pub(super) places: Vec<String>,
}

/// What became of the push of a step; none where it pushes nothing.
pub(super) fn judge(job: &Job, at: usize, step: &Step, seen: &Seen<'_>) -> Option<Push> {
    let what = What::of(step)?;
    let is_switched_off = |condition: &Condition| condition.text == "false";
    let fate = match seen {
        Seen { is_used: true, narrowed, .. } => Fate::Used(Pushed::on(&narrowed.triggers)),
        Seen { stays: true, .. } => Fate::Stays,
        // A file for `docker buildx bake` that sends nothing anywhere is no push.
        Seen { narrowed, .. } if narrowed.ruled_out_by.iter().any(is_switched_off) => return None,
        Seen { is_homeless: true, .. } => Fate::Homeless,
        Seen { is_told: true, .. } => Fate::Told,
        Seen { narrowed, .. } if narrowed.is_never => {
            Fate::Never(narrowed.ruled_out_by.iter().map(said).collect())
        }
        _ if what == What::OfGoreleaser => Fate::NoFile,
        _ => Fate::Lost,
    };
    Some(Push {
        path: String::new(),
        job: job.id.clone(),
        step: label(step),
        at,
        what,
        fate,
        places: seen.places.clone(),
    })
}

fn said(condition: &Condition) -> String {
    format!("`{}: {}`", condition.of, condition.text)
}

/// Gives steps that only name what other steps of their job make what became of those.
pub(super) fn settle_in_job<'a>(pushes: impl Iterator<Item = &'a mut Push>, pushed: &BTreeSet<Pushed>) {
    if !pushed.is_empty() {
        for push in pushes.filter(|push| push.fate == Fate::Lost && push.what == What::Images) {
            push.fate = Fate::Used(pushed.clone());
        }
    }
}

/// The pushes of a workflow of which nothing is read.
pub(super) fn unread(workflow: &Workflow) -> Vec<Push> {
    let mut found: Vec<Push> = Vec::new();
    for job in &workflow.jobs {
        for (at, step) in job.steps.iter().enumerate() {
            let what = What::of(step).or(step.pushes_something_else(&job.values).then_some(What::Others));
            let (path, job, step) = (String::new(), job.id.clone(), label(step));
            let fate = if what == Some(What::OfGoreleaser) { Fate::NoFile } else { Fate::Lost };
            let push = what.map(|what| Push { path, job, step, at, what, fate, places: Vec::new() });
            found.extend(push.filter(|push| !found.contains(push)));
        }
    }
    found
}

/// The steps of which something is used, or stays on the machine.
pub(in crate::setup) fn settled(pushes: &[Push]) -> BTreeSet<(&str, &str, usize, &str)> {
    let is_settled = |push: &&Push| matches!(push.fate, Fate::Used(_) | Fate::Stays);
    pushes.iter().filter(is_settled).map(Push::place).collect()
}

impl Push {
    /// The step that it is of.
    pub(in crate::setup) fn place(&self) -> (&str, &str, usize, &str) {
        (&self.path, &self.job, self.at, &self.step)
    }

    /// Whether nobody knows what it pushes, or where to.
    pub(in crate::setup) fn is_lost(&self) -> bool {
        matches!(self.fate, Fate::Lost | Fate::Homeless)
    }

    /// Whether GoReleaser's own file says what it pushes.
    pub(in crate::setup) fn is_of_goreleaser(&self) -> bool {
        self.what == What::OfGoreleaser
    }

    /// Which one of its job's steps it is, those of local actions counted one by one.
    pub(in crate::setup) fn number(&self) -> usize {
        self.at
    }

    /// What nobody has told yet, without the workflow.
    fn tell(&self) -> Option<String> {
        let place = match self.job.as_str() {
            "" => format!("step `{}`", self.step),
            job => format!("job `{job}`: step `{}`", self.step),
        };
        match &self.fate {
            Fate::Used(_) | Fate::Stays | Fate::Homeless | Fate::Told => None,
            Fate::Never(conditions) => {
                let why = match conditions.is_empty() {
                    true => "nothing that is carried over sets it off".to_owned(),
                    false => format!("{} does not hold on any of its occasions", conditions.join(", ")),
                };
                Some(format!("{place} pushes, and is not carried over: {why}"))
            }
            Fate::NoFile => Some(format!("{place} runs GoReleaser, whose file is not at hand")),
            Fate::Lost => Some(format!("{place} pushes in a way that is not understood")),
        }
    }
}

/// Files that are no YAML, and push by their words: a forge may read them all the same.
pub(super) fn find_unreadable(files: &[WorkflowFile], read: &[(&WorkflowFile, Workflow)]) -> Vec<String> {
    let is_read = |file: &WorkflowFile| read.iter().any(|(one, _)| one.path == file.path);
    let is_it =
        |file: &&WorkflowFile| !is_read(file) && file.text.contains("push") && file.text.contains("steps");
    files.iter().filter(is_it).map(|file| file.path.clone()).collect()
}

impl Carried {
    /// Takes over the pushes of a workflow.
    pub(super) fn add_pushes(&mut self, path: &str, pushes: Vec<Push>) {
        self.pushes.extend(pushes.into_iter().map(|push| Push { path: path.to_owned(), ..push }));
    }

    /// Notes jobs that are workflows which lie elsewhere, and push by their names.
    pub(super) fn add_elsewhere(
        &mut self,
        file: &WorkflowFile,
        workflow: &Workflow,
        repository: Option<&str>,
    ) {
        for call in workflow.calls.iter().filter(|call| call.path(repository).is_none()) {
            let name = call.workflow.to_lowercase();
            if PUBLISHERS.iter().any(|word| name.contains(word)) {
                self.pushes.push(Push {
                    path: file.path.clone(),
                    job: String::new(),
                    step: call.workflow.clone(),
                    at: 0,
                    what: What::Images,
                    fate: Fate::Told,
                    places: Vec::new(),
                });
            }
        }
    }

    /// Tells every push that nothing was made of. A step that is used once, in a combination of its matrix or by a caller, is used.
    pub(super) fn tell_pushes(&mut self, has_goreleaser: bool) {
        let of_goreleaser = self.pushes.iter_mut().filter(|push| push.what == What::OfGoreleaser);
        for push in of_goreleaser.filter(|_| has_goreleaser) {
            push.fate = Fate::Used([Pushed::Releases].into());
        }
        let settled = settled(&self.pushes);
        for push in self.pushes.iter().filter(|push| !settled.contains(&push.place())) {
            self.left.extend(push.tell().map(|what| format!("{}: {what}", push.path)));
            let is_lost = matches!(push.fate, Fate::Lost | Fate::NoFile) && push.what != What::Others;
            if is_lost && !self.unread.contains(&push.path) {
                self.unread.push(push.path.clone());
            }
        }
    }

    /// The workflows that push images, whatever became of that: beside them the project's own place is a guess.
    pub(in crate::setup) fn pushing_files(&self) -> Vec<String> {
        let is_of_images = |push: &&Push| {
            let is_elsewhere = push.what == What::OfGoreleaser && matches!(push.fate, Fate::Used(_));
            push.what != What::Charts && push.fate != Fate::Stays && !is_elsewhere
        };
        let of_pushes = self.pushes.iter().filter(is_of_images).map(|push| push.path.clone());
        let files: BTreeSet<String> = of_pushes
            .chain(self.unread.iter().cloned())
            .chain(self.unseen.iter().map(|unseen| unseen.path.clone()))
            .collect();
        files.into_iter().collect()
    }
}
