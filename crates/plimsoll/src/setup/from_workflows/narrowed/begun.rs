//! Releases that a tool begins when a branch is pushed, and other outputs of steps that decide what is done for a branch.

use super::{Condition, Narrower, Triggers, Truth};
use crate::setup::from_workflows::expression::Known;
use crate::setup::from_workflows::workflow::Maker;

/// How outputs end that say that a tool has made a release, whatever makes them.
const OUTPUTS: [&str; 4] =
    ["release_created", "releases_created", "new_release_published", "new-release-published"];

/// Words in the names of tools that make releases, and the outputs that say so: they are empty, or false, where none was made.
const TOOLS: [(&str, &[&str]); 6] = [
    ("release-please", &["tag_name", "version", "paths_released"]),
    ("semantic-release", &["new_release_version", "new_release_git_tag", "released", "version"]),
    ("changesets/action", &["published", "publishedPackages"]),
    ("tagpr", &["tag"]),
    ("github-tag-action", &["new_tag"]),
    ("release-plz", &["releases", "releases_created"]),
];

/// Words in the names of actions that say which files a push touches: whatever it touches, a branch is published here.
const FILTERS: [&str; 4] = ["paths-filter", "changed-files", "path-filter", "paths-changes"];

impl Narrower<'_> {
    /// What runs only where a tool has made a release is of that, and not of the branch.
    pub(super) fn narrow_to_what_tools_begin(&mut self) {
        if self.narrowed.triggers.branches.is_none() {
            return;
        }
        let mut conditions = self.terms.iter().map(|(condition, _)| *condition);
        let Some(condition) = conditions.find(|condition| is_of_tool(condition, self.known)) else { return };
        let condition = condition.clone();
        let triggers = &mut self.narrowed.triggers;
        triggers.branches = None;
        triggers.tags.get_or_insert_default();
        self.narrowed.begun_by = Some(condition);
    }

    /// The conditions that outputs decide of which nothing is known: a branch is not published on a guess.
    pub(super) fn opened_by_outputs(&self, found: &[Truth]) -> Vec<Condition> {
        let is_it = |(truth, (condition, _)): &(&Truth, &(&Condition, _))| {
            **truth == Truth::Open
                && !is_of_tool(condition, self.known)
                && self.known.makers(&condition.text).iter().any(|maker| {
                    // A push without a release is an ordinary one.
                    let is_of_others = says_release(maker) && !condition.text.contains("||");
                    decides(maker) && !is_of_others
                })
        };
        found.iter().zip(&self.terms).filter(is_it).map(|(_, (condition, _))| (*condition).clone()).collect()
    }

    /// Where only such conditions have left nothing it is not known to run, by hand or otherwise.
    pub(super) fn is_left_open(&self, before: &Triggers) -> bool {
        let has_occasions = self.narrowed.triggers.has_occasions();
        !self.narrowed.open_for_branches.is_empty() && before.has_occasions() && !has_occasions
    }
}

/// Whether an output may decide anything: what actions of docker say is there once they ran.
fn decides(maker: &Maker) -> bool {
    let is_filter = FILTERS.iter().any(|word| maker.action.contains(word));
    !is_filter && !maker.action.starts_with("docker/")
}

/// Whether it can't hold without a release of a tool.
fn is_of_tool(condition: &Condition, known: &Known<'_>) -> bool {
    known.makers(&condition.text).iter().any(|maker| maker.is_itself && says_release(maker))
}

fn says_release(maker: &Maker) -> bool {
    let of_tool = |(tool, outputs): &(&str, &[&str])| {
        let output = maker.output.rsplit("--").next().unwrap_or_default();
        maker.action.to_ascii_lowercase().contains(tool) && outputs.contains(&output)
    };
    OUTPUTS.iter().any(|end| maker.output.ends_with(end)) || TOOLS.iter().any(of_tool)
}

pub(super) fn tell(condition: &Condition) -> String {
    format!(
        "{}: ${{{{ {} }}}}: a tool begins releases when a branch is pushed, and here the git tag that it makes does: what `GITHUB_TOKEN` \
         pushes sets off no workflow, so give the tool another token, or let a step behind it start the release",
        condition.of, condition.text
    )
}
