//! Releases that a tool begins when a branch is pushed: what waits for it runs for a release, and for no push beside.

use super::{Condition, Narrower};

/// What outputs are called that say that a tool has made a release.
const OUTPUTS: [&str; 4] =
    [".release_created", ".releases_created", ".new_release_published", ".new-release-published"];

impl Narrower<'_> {
    /// What runs only where a tool has made a release is of that, and not of the branch.
    pub(super) fn narrow_to_what_tools_begin(&mut self) {
        let triggers = &mut self.narrowed.triggers;
        if triggers.branches.is_none() || triggers.tags.is_some() {
            return;
        }
        let mut conditions = self.terms.iter().map(|(condition, _)| *condition);
        let Some(condition) = conditions.find(|condition| is_of_tool(condition)) else { return };
        triggers.branches = None;
        triggers.tags = Some(Vec::new());
        self.narrowed.begun_by = Some(condition.clone());
    }
}

/// Whether it can't hold without a release of a tool.
fn is_of_tool(condition: &Condition) -> bool {
    let text = &condition.text;
    let may_be_otherwise = text.contains("||") || text.contains('!') || text.contains("== 'false'");
    let is_named = ["needs.", "steps."].iter().any(|context| text.contains(context))
        && OUTPUTS.iter().any(|output| text.contains(output));
    is_named && !may_be_otherwise
}

pub(super) fn tell(condition: &Condition) -> String {
    format!(
        "{}: ${{{{ {} }}}}: a tool begins releases when a branch is pushed, and here the git tag that it makes does: what `GITHUB_TOKEN` \
         pushes sets off no workflow, so give the tool another token, or let a step behind it start the release",
        condition.of, condition.text
    )
}
