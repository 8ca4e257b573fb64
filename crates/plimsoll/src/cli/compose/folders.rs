//! From which folder to which a file moves, as the project sees it.

use std::fs;
use std::path::{Component, Path, PathBuf, absolute};

use plimsoll_engine::document::compose::{Destination, Moved};

/// The folders of a file, before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Folders {
    from: String,
    to: String,
    /// The absolute path of the folder before, where one of the two lies outside of the project.
    source: Option<String>,
}

impl Folders {
    /// The folder of `file`, and `into`, both as seen from `root`, which is that of the project.
    pub(super) fn between(root: &Path, file: &Path, into: &Path) -> Folders {
        let named = absolute(root).unwrap_or_else(|_| root.to_owned());
        let real = fs::canonicalize(root).unwrap_or_else(|_| named.clone());
        let seen = |path: &Path| normal(&real.join(path));
        let roots = [normal(&named), real.clone()];
        let inside = |path: &Path| roots.iter().find_map(|root| Some(text(path.strip_prefix(root).ok()?)));
        let (from, to) = (seen(file.parent().unwrap_or(Path::new(""))), seen(into));
        match (inside(&from), inside(&to)) {
            (Some(from), Some(to)) => Folders { from, to, source: None },
            (inside, _) => Folders {
                from: inside.unwrap_or_else(|| text(&from).trim_start_matches('/').to_owned()),
                to: text(&to),
                source: Some(text(&from)),
            },
        }
    }

    /// The same, for what rewrites paths.
    pub(super) fn moved(&self) -> Moved<'_> {
        let to = match &self.source {
            Some(source) => Destination::Outside { folder: &self.to, source },
            None => Destination::Inside(&self.to),
        };
        Moved { from: &self.from, to }
    }
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// A path without `.` and `..`, as Compose reads paths: by their names, whatever links lead elsewhere.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(normal.pop()),
            other => normal.push(other),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_one_of_the_project_however_it_is_written_or_is_outside() {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        let root_text = text(&root);
        let inside = |from: &str, to: &str| Folders { from: from.into(), to: to.into(), source: None };
        for (file, into, want) in [
            ("docker-compose.yml", "releases".to_owned(), inside("", "releases")),
            ("./deploy/../deploy/c.yml", "./try/".to_owned(), inside("deploy", "try")),
            ("c.yml", format!("{root_text}/x/../try"), inside("", "try")),
            ("c.yml", ".".to_owned(), inside("", "")),
            (
                "deploy/c.yml",
                "/elsewhere".to_owned(),
                Folders {
                    from: "deploy".into(),
                    to: "/elsewhere".into(),
                    source: Some(format!("{root_text}/deploy")),
                },
            ),
            (
                "/srv/c.yml",
                "try".to_owned(),
                Folders { from: "srv".into(), to: format!("{root_text}/try"), source: Some("/srv".into()) },
            ),
        ] {
            assert_eq!(Folders::between(&root, Path::new(file), Path::new(&into)), want, "{file} {into}");
        }
        let up = Folders::between(&root, Path::new("c.yml"), Path::new("../try"));
        assert_eq!(up.source, Some(root_text), "{up:?}");
    }
}
