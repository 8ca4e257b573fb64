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

/// The forge of the project.
#[derive(Clone, Debug)]
pub(crate) struct OwnForge {
    pub(crate) kind: ForgeKind,
    /// As people call it.
    pub(crate) name: String,
}

impl Holdings {
    /// Keeps the workflows that a forge runs, where it runs any, and sets the others aside; so is a pipeline of GitLab elsewhere.
    pub(super) fn keep_workflows_of(&mut self, forge: &OwnForge) {
        let folders: &[&str] = match forge.kind {
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
            (!others.is_empty()).then(|| Elsewhere { forge: forge.name.clone(), workflows: others });
    }
}

#[cfg(test)]
mod tests {
    use super::super::FileText;
    use super::*;

    #[test]
    fn workflows_of_another_forge_name_no_file_that_counts() {
        let step = "goreleaser/goreleaser-action@v6, with: { args: release -f other.yml }";
        let steps =
            format!("{{ uses: {step} }}, {{ uses: docker/bake-action@v6, with: {{ files: a/b.hcl }} }}");
        let workflow = format!("on: {{ push: {{ tags: ['v*'] }} }}\njobs: {{ a: {{ steps: [{steps}] }} }}");
        let own = "on: push".to_owned();
        let files = [
            (".forgejo/workflows/a.yml", own.clone()),
            (".github/workflows/a.yml", workflow),
            (".goreleaser.yml", String::new()),
            ("a/b.hcl", String::new()),
            ("other.yml", String::new()),
        ];
        let paths = files.each_ref().map(|(path, _)| (*path).to_owned());
        let found = |kind| {
            let forge = OwnForge { kind, name: "forge.example".to_owned() };
            let read = |path: &str| {
                let text = files.iter().find(|(name, _)| *name == path).map(|(_, text)| text.clone());
                FileText::Read(text.unwrap_or_default())
            };
            let found = Holdings::find(Some(&forge), &paths, std::iter::empty(), read);
            (found.goreleaser.map(|file| file.file.path).unwrap_or_default(), found.bakes.len())
        };
        assert_eq!(found(ForgeKind::Gitea), (".goreleaser.yml".to_owned(), 0));
        assert_eq!(found(ForgeKind::GitHub), ("other.yml".to_owned(), 1));
    }
}
