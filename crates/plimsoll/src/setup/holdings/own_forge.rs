//! Which workflows the project's own forge runs: each looks into folders of its own, and GitLab alone for its pipeline.

use plimsoll_engine::world::forge::ForgeKind;

use super::Holdings;
use crate::setup::from_workflows::WorkflowFile;

/// Workflows that the project's forge does not run.
#[derive(Clone, Debug)]
pub(crate) struct Elsewhere {
    /// The forge, as people call it.
    pub(crate) forge: String,
    pub(crate) workflows: Vec<WorkflowFile>,
}

impl Holdings {
    /// Keeps the workflows that a forge runs, where it runs any, and sets the others aside; so is a pipeline of GitLab elsewhere.
    pub(crate) fn keep_workflows_of(&mut self, kind: ForgeKind, forge: &str) {
        let folders: &[&str] = match kind {
            ForgeKind::GitHub => &[".github/"],
            // The first one that is there is the only one (forgejo.org, "Forgejo Actions: basic concepts").
            ForgeKind::Gitea => &[".forgejo/", ".gitea/", ".github/"],
            ForgeKind::GitLab => return,
        };
        let pipeline = std::mem::take(&mut self.pipeline);
        let has = |folder: &&&str| self.workflows.iter().any(|file| file.path.starts_with(**folder));
        let folder = folders.iter().find(has).copied().unwrap_or_default();
        let (own, mut others): (Vec<_>, Vec<_>) =
            self.workflows.drain(..).partition(|file| file.path.starts_with(folder));
        self.workflows = own;
        others.extend(pipeline);
        self.elsewhere =
            (!others.is_empty()).then(|| Elsewhere { forge: forge.to_owned(), workflows: others });
    }
}
