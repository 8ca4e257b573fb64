//! Which action's output is behind a name: `needs.JOB.outputs.NAME` may be one of a step two jobs before.

use std::collections::BTreeMap;

use super::super::condition::{Term, parse};
use super::super::expression::{Known, inside};
use super::Job;

/// How the names begin under which stand the actions of steps, and the makers of what jobs hand on.
const FROM: &str = "from.";
/// The action that makes letters small.
pub(in crate::setup::from_workflows) const LOWERING: &str = "ASzc/change-string-case-action";
/// How often names may name one another.
const DEPTH: usize = 6;

/// What makes an output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::setup::from_workflows) struct Maker {
    /// The action; nothing for a script, or for a step that is not there.
    pub(in crate::setup::from_workflows) action: String,
    /// What the action calls it.
    pub(in crate::setup::from_workflows) output: String,
    /// Whether the name stands for it alone, and for nothing that is made of it.
    pub(in crate::setup::from_workflows) is_itself: bool,
}

/// How the names begin under which stand the steps whose scripts may say their outputs, and outputs of jobs that such a script says
/// and that can't be read.
pub(super) const SAID: &str = "said.";

impl Known<'_> {
    /// Whether a script of the workflow says an output in a way that can't be read.
    pub(in crate::setup::from_workflows) fn is_unread(&self, expression: &str) -> bool {
        let step = expression.split_once(".outputs.").map_or(expression, |(step, _)| step);
        let is_said = |name: &str| self.values.contains_key(&format!("{SAID}{name}"));
        let is_read = self.values.contains_key(expression) || self.in_words(expression).is_some();
        !is_read && (is_said(expression) || (step.starts_with("steps.") && is_said(step)))
    }
}

/// Notes which actions the steps of a job are, and which are scripts.
pub(super) fn add_actions(job: &mut Job) {
    for id in job.steps.iter().filter(|step| !step.run.is_empty()).filter_map(|step| step.id.as_ref()) {
        job.values.insert(format!("{SAID}steps.{id}"), String::new());
    }
    for step in &job.steps {
        if let Some(id) = step.id.as_ref().filter(|_| !step.uses.is_empty()) {
            job.values.insert(format!("{FROM}steps.{id}"), step.uses.clone());
            // Names of images are in small letters anyway.
            if let Some(text) = step.input("string").filter(|_| step.uses == LOWERING) {
                job.values.insert(format!("steps.{id}.outputs.lowercase"), text.to_owned());
            }
        }
    }
}

/// Notes in all jobs what makes that which jobs hand on.
pub(super) fn add_handed_on(jobs: &mut [Job]) {
    for _ in 0..DEPTH {
        let mut all: BTreeMap<String, String> = BTreeMap::new();
        for job in jobs.iter() {
            let known = Known { values: &job.values, repository: None };
            for (name, written) in &job.outputs {
                let Some(expression) = inside(written) else { continue };
                let makers = known.makers(expression);
                all.insert(format!("{FROM}needs.{}.outputs.{name}", job.id), written_of(&makers));
            }
        }
        let is_same =
            jobs.first().is_none_or(|job| all.iter().all(|(name, one)| job.values.get(name) == Some(one)));
        if is_same {
            return;
        }
        jobs.iter_mut().for_each(|job| job.values.extend(all.clone()));
    }
}

fn written_of(makers: &[Maker]) -> String {
    let line = |maker: &Maker| {
        let sign = if maker.is_itself { '=' } else { '~' };
        format!("{sign} {} {}\n", maker.action, maker.output)
    };
    makers.iter().map(line).collect()
}

fn read(written: &str) -> Vec<Maker> {
    let maker = |line: &str| {
        let mut words = line.splitn(3, ' ');
        let is_itself = words.next()? == "=";
        let (action, output) = (words.next()?.to_owned(), words.next()?.to_owned());
        Some(Maker { action, output, is_itself })
    };
    written.lines().filter_map(maker).collect()
}

impl Known<'_> {
    /// What makes the outputs that an expression names.
    pub(in crate::setup::from_workflows) fn makers(&self, expression: &str) -> Vec<Maker> {
        let mut found = Vec::new();
        self.add_makers(expression, DEPTH, &mut found);
        found
    }

    fn add_makers(&self, expression: &str, depth: usize, found: &mut Vec<Maker>) {
        let Some(term) = parse(expression) else { return };
        let is_itself = may_not_be_otherwise(expression);
        let mut named = Vec::new();
        names(&term, &mut named);
        for name in named {
            let inner = self.values.get(name).and_then(|value| inside(value)).filter(|value| *value != name);
            let mut more =
                match (inner, self.values.get(&format!("{FROM}{name}")), name.split_once(".outputs.")) {
                    (Some(inner), ..) if depth > 0 => {
                        let mut more = Vec::new();
                        self.add_makers(inner, depth - 1, &mut more);
                        more
                    }
                    (_, Some(written), _) if name.starts_with("needs.") => read(written),
                    (_, _, Some((step, output))) => {
                        let action = self.values.get(&format!("{FROM}{step}")).cloned().unwrap_or_default();
                        vec![Maker { action, output: output.to_owned(), is_itself: true }]
                    }
                    _ => Vec::new(),
                };
            more.iter_mut().for_each(|maker| maker.is_itself &= is_itself);
            found.extend(more);
        }
    }
}

/// Whether a condition can't hold without the outputs that it names.
fn may_not_be_otherwise(text: &str) -> bool {
    let said = ["!cancelled()", "!failure()", "!= ''", "!= 'false'", "!= false", "!=''", "!='false'"];
    let text = said.iter().fold(text.to_owned(), |text, said| text.replace(said, ""));
    let otherwise = ["||", "!", "== 'false'", "== false", "== ''", "=='false'"];
    !otherwise.iter().any(|sign| text.contains(sign))
}

/// The names in a condition.
fn names<'a>(term: &'a Term, found: &mut Vec<&'a str>) {
    match term {
        Term::Name(name) => found.push(name),
        Term::Call(_, terms) | Term::All(terms) | Term::Any(terms) => {
            terms.iter().for_each(|term| names(term, found));
        }
        Term::Not(term) => names(term, found),
        Term::Same(one, other) => {
            names(one, found);
            names(other, found);
        }
        Term::Text(_) | Term::Number(_) | Term::Switch(_) | Term::Nothing | Term::Other => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::Step;
    use super::*;

    #[test]
    fn what_an_action_makes_small_stays_as_it_is() {
        let with = [("string".to_owned(), "${{ github.repository }}".to_owned())].into();
        let step = Step { id: Some("a".into()), uses: LOWERING.into(), with, ..Step::default() };
        let mut job = Job { steps: vec![step], ..Job::default() };
        add_actions(&mut job);
        assert_eq!(job.values["steps.a.outputs.lowercase"], "${{ github.repository }}");
    }

    #[test]
    fn outputs_are_followed_through_jobs() {
        let step = |id: &str, uses: &str| Step { id: Some(id.into()), uses: uses.into(), ..Step::default() };
        let job = |id: &str, steps: Vec<Step>, output: &str| Job {
            id: id.into(),
            steps,
            outputs: [("out".to_owned(), format!("${{{{ {output} }}}}"))].into(),
            ..Job::default()
        };
        let mut jobs = vec![
            job("last", vec![], "needs.between.outputs.out"),
            job("between", vec![], "needs.first.outputs.out == 'true'"),
            job("first", vec![step("a", "some/tool")], "steps.a.outputs.made"),
            job("other", vec![step("a", "other/tool")], "steps.a.outputs.made || steps.b.outputs.made"),
        ];
        jobs.iter_mut().for_each(add_actions);
        add_handed_on(&mut jobs);
        let known = Known { values: &jobs[0].values, repository: None };
        let shown = |expression: &str| written_of(&known.makers(expression)).replace('\n', ";");
        for (expression, want) in [
            ("needs.between.outputs.out", "= some/tool made;"),
            ("!needs.between.outputs.out", "~ some/tool made;"),
            ("needs.between.outputs.out != ''", "= some/tool made;"),
            ("needs['first'].outputs['out'] && github.ref == 'x'", "= some/tool made;"),
            ("needs.other.outputs.out", "~ other/tool made;~  made;"),
            ("needs.gone.outputs.out", "=  out;"),
            ("steps.x.outputs.api--made", "=  api--made;"),
            ("github.ref == 'x'", ""),
            ("no condition (", ""),
        ] {
            assert_eq!(shown(expression), want, "{expression}");
        }
    }
}
