//! GoReleaser's file, what GoReleaser calls the project where the file does not say, and what its paths begin with.

use serde_json::Value;

use super::super::called_files::normal;
use super::{DraftImage, text};
use crate::setup::from_workflows::WorkflowFile;

/// GoReleaser's file, with what names the project beside it.
#[derive(Clone, Debug, Default)]
pub(crate) struct GoreleaserFile {
    pub(crate) file: WorkflowFile,
    /// The folder that GoReleaser is run in, from the repository's root.
    pub(crate) folder: String,
    /// Other files that steps run it with.
    pub(crate) others: Vec<String>,
    /// The package that Cargo.toml in that folder names.
    pub(crate) package: Option<String>,
    /// The last part of the module that go.mod there names.
    pub(crate) module: Option<String>,
}

impl GoreleaserFile {
    /// The file with the names that Cargo.toml and go.mod have.
    pub(crate) fn beside(file: WorkflowFile, cargo: Option<&str>, go: Option<&str>) -> GoreleaserFile {
        let package = cargo.and_then(|text| {
            let manifest: toml_edit::DocumentMut = text.parse().ok()?;
            Some(manifest.get("package")?.get("name")?.as_str()?.to_owned())
        });
        GoreleaserFile { file, package, module: go.and_then(find_module), ..GoreleaserFile::default() }
    }

    /// Paths of an image as they are from the repository's root.
    pub(super) fn put_in_folder(&self, image: &mut DraftImage) {
        if !self.folder.is_empty() {
            for path in [&mut image.dockerfile, &mut image.context].into_iter().flatten() {
                *path = normal(&self.folder, path).unwrap_or_else(|| self.folder.clone());
            }
        }
    }

    /// The project's name; none where nothing says it.
    pub(super) fn project(&self, root: &Value, repository: Option<&str>) -> Option<String> {
        let said = text(root, "project_name").map(str::to_owned);
        let of_page = ["github", "gitlab", "gitea"]
            .iter()
            .find_map(|forge| Some(root.get("release")?.get(forge)?.get("name")?.as_str()?.to_owned()));
        let of_remote = || repository?.rsplit('/').next().map(str::to_owned);
        let found = [said, self.package.clone(), of_page, self.module.clone(), of_remote()];
        found.into_iter().flatten().find(|name| !name.is_empty())
    }
}

/// The last part of what stands behind `module`.
fn find_module(go: &str) -> Option<String> {
    let line = go.lines().find_map(|line| line.trim().strip_prefix("module "))?;
    let path = line.split("//").next().unwrap_or(line).trim().trim_matches('"');
    path.rsplit('/').next().filter(|name| !name.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_is_called_as_goreleaser_calls_it() {
        let file = || WorkflowFile { path: ".goreleaser.yaml".into(), text: String::new() };
        let cargo = Some("[package]\nname = \"crab\"\n");
        let go = Some("// A tool.\nmodule example.test/acme/gopher // old\n\ngo 1.25\n");
        let page = serde_json::json!({ "release": { "gitlab": { "name": "page" } } });
        let nothing = Value::Null;
        let named =
            serde_json::json!({ "project_name": "named", "release": { "github": { "name": "page" } } });
        for (root, cargo, go, want) in [
            (&named, cargo, go, "named"),
            (&page, cargo, go, "crab"),
            (&page, Some("[workspace]\n"), go, "page"),
            (&nothing, None, go, "gopher"),
            (&nothing, None, Some("go 1.25\n"), "app"),
        ] {
            let found = GoreleaserFile::beside(file(), cargo, go).project(root, Some("acme/app"));
            assert_eq!(found.as_deref(), Some(want));
        }
        assert_eq!(GoreleaserFile::beside(file(), None, None).project(&nothing, None), None);
    }
}
