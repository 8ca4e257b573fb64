//! What a commit only points at, where images are built: submodules and files of Git LFS that are not in this clone.

use std::fs;
use std::path::Path;

use plimsoll_engine::document::ignore_file::IgnoreFile;
use plimsoll_engine::domain::build::{ContextFrom, Recipe};
use plimsoll_engine::world::WorldError;
use plimsoll_engine::world::builder::BuildError;
use plimsoll_engine::world::error::FileProblem;

use crate::adapters::checkout::Checkout;
use crate::adapters::files::{file_error, find_inside};

/// Refuses to build without what the commit only points at: an image would be made that lacks it, and nobody would be told.
pub(super) fn refuse_hollow(checkout: &Checkout, recipe: &Recipe, root: &Path) -> Result<(), BuildError> {
    let hollow = checkout.hollow();
    if hollow.is_empty() {
        return Ok(());
    }
    let ignored = read_ignore_file(recipe, root)?;
    let is_built_in = |path: &str| {
        let in_context = below(&recipe.context, path).is_some_and(|path| !ignored.leaves_out(path));
        in_context
            || recipe.contexts.values().any(|from| match from {
                ContextFrom::Directory(folder) => below(folder, path).is_some(),
                ContextFrom::Elsewhere(_) => false,
            })
    };
    match hollow.iter().find(|hollow| is_built_in(&hollow.path)) {
        None => Ok(()),
        Some(found) => {
            let (path, why) = (found.path.clone(), found.instead.to_owned());
            Err(WorldError::File { path, why, kind: FileProblem::Hollow }.into())
        }
    }
}

/// A path seen from a folder that it lies in; both are seen from the root.
fn below<'p>(folder: &str, path: &'p str) -> Option<&'p str> {
    match folder.trim_end_matches('/') {
        "" | "." => Some(path),
        folder => path.strip_prefix(folder)?.strip_prefix('/'),
    }
}

/// What is left out of the context.
fn read_ignore_file(recipe: &Recipe, root: &Path) -> Result<IgnoreFile, BuildError> {
    for path in recipe.ignore_files() {
        let Some(found) = find_inside(root, &path)? else { continue };
        let text = fs::read(&found).map_err(|error| file_error(&found, &error))?;
        return Ok(IgnoreFile::parse(&String::from_utf8_lossy(&text)));
    }
    Ok(IgnoreFile::default())
}

#[cfg(test)]
mod tests {
    use plimsoll_engine::domain::time::Moment;
    use plimsoll_testkit::env::Environment;
    use plimsoll_testkit::repo::Repo;

    use super::*;
    use crate::adapters::checkout::Files;
    use crate::adapters::git::tests::open;

    const POINTER: &str = "version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 9\n";

    #[tokio::test]
    async fn what_is_built_in_must_be_there() {
        let environment = Environment::new();
        let lib = Repo::init(&environment, "lib");
        lib.write("lib.c", "one\n").commit("1");
        let repo = Repo::init(&environment, "repo");
        let address = lib.path().display().to_string();
        repo.git(["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &address, "vendor/lib"]);
        repo.write("models/a.bin", POINTER).write("models/a.txt", "version").write("web/app.js", "app\n");
        repo.write("lean/.dockerignore", "*\n!src\n").write("lean/src/x", "x").write("lean/b.bin", POINTER);
        repo.write("Dockerfile", "FROM scratch\n").write("Other", "FROM scratch\n");
        repo.write("Other.dockerignore", "vendor\n**/*.bin\n").commit("1");
        let head = repo.head().parse().unwrap();
        let clone = Repo::clone_of(&environment, repo.path(), "clone", [] as [&str; 0]);
        let folder = |path: &str| ContextFrom::Directory(path.to_owned());
        for (repo, file, context, also, want) in [
            (&clone, "Dockerfile", "", None, Some("lean/b.bin")),
            (&clone, "Other", "", None, None),
            (&clone, "Dockerfile", "web", None, None),
            (&clone, "Dockerfile", "lean", None, None),
            (&clone, "Dockerfile", "models", None, Some("models/a.bin")),
            (&clone, "Dockerfile", "vendor", None, Some("vendor/lib")),
            (&repo, "Dockerfile", "vendor", None, None),
            (&clone, "Dockerfile", "web", Some(folder("vendor")), Some("vendor/lib")),
            (&clone, "Dockerfile", "web", Some(ContextFrom::Elsewhere("vendor".into())), None),
        ] {
            let checkout = Checkout::new(&open(repo).await, Files::Commit(Clone::clone(&head), Moment(0)));
            let root = checkout.folder().await.unwrap();
            let contexts = also.clone().map(|from| ("more".to_owned(), from)).into_iter().collect();
            let (file, context) = (file.to_owned(), context.to_owned());
            let recipe = Recipe { file, context, contexts, ..Recipe::default() };
            let found = match refuse_hollow(&checkout, &recipe, &root) {
                Err(BuildError::World(WorldError::File { path, kind: FileProblem::Hollow, .. })) => {
                    Some(path)
                }
                Err(error) => panic!("{error}"),
                Ok(()) => None,
            };
            assert_eq!(found.as_deref(), want, "{recipe:?}");
        }
    }
}
