//! `demo`: a sample project in a real git repository, ready to be released twice.

mod git;
mod sample;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use git::Git;
use sample::{FIRST, SECOND, SampleFile};

use crate::variables::Variables;

/// The tags of the sample project, oldest first.
pub(crate) const TAGS: [&str; 2] = ["v1.0.0", "v1.1.0"];

/// Why there is no sample project.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DemoError {
    /// The folder that was named holds something.
    #[error("{} is not empty", .0.display())]
    Occupied(PathBuf),
    /// A file or folder can't be made.
    #[error("{} can't be made", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// Git can't be run.
    #[error("git can't be run")]
    GitMissing(#[source] io::Error),
    /// Git failed.
    #[error("git {command} failed: {said}")]
    Git {
        /// The command.
        command: &'static str,
        /// What git said.
        said: String,
    },
}

/// The folder for the sample project: the one that was named, which must be empty, or a temporary one that stays.
pub(crate) fn find_folder(named: Option<&Path>) -> Result<PathBuf, DemoError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |error| DemoError::File { path, error }
    };
    match named {
        None => {
            let made = tempfile::Builder::new().prefix("plimsoll-demo-").tempdir();
            made.map(tempfile::TempDir::keep).map_err(failed(&std::env::temp_dir()))
        }
        Some(named) => {
            fs::create_dir_all(named).map_err(failed(named))?;
            let mut entries = fs::read_dir(named).map_err(failed(named))?;
            match entries.next() {
                Some(_) => Err(DemoError::Occupied(named.to_owned())),
                // Without `..`, as people should see it.
                None => fs::canonicalize(named).map_err(failed(named)),
            }
        }
    }
}

/// Makes the sample project in an empty folder: two commits, each with its version tag.
pub(crate) fn make(folder: &Path, variables: &Variables) -> Result<(), DemoError> {
    let git = Git::in_folder(folder, variables);
    git.run("init", &["--quiet", "--initial-branch=main"])?;
    for (files, message, tag) in
        [(FIRST, "The greeter and its site", TAGS[0]), (SECOND, "Say it twice", TAGS[1])]
    {
        for file in files {
            write(folder, file)?;
        }
        git.run("add", &["--all"])?;
        git.run("commit", &["--quiet", "--message", message])?;
        git.run("tag", &["--annotate", "--message", tag, tag])?;
    }
    Ok(())
}

fn write(folder: &Path, file: &SampleFile) -> Result<(), DemoError> {
    let path = folder.join(file.path);
    let make = || {
        if let Some(above) = path.parent() {
            fs::create_dir_all(above)?;
        }
        fs::write(&path, file.bytes)?;
        if file.is_program {
            make_executable(&path)?;
        }
        Ok(())
    };
    make().map_err(|error| DemoError::File { path: path.clone(), error })
}

fn make_executable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

#[cfg(test)]
mod tests {
    use plimsoll_testkit::env::Environment;

    use super::*;

    #[test]
    fn a_folder_with_something_in_it_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        assert!(find_folder(Some(folder.path())).is_ok());
        assert!(find_folder(Some(&folder.path().join("new/one"))).is_ok());
        assert!(matches!(find_folder(Some(folder.path())), Err(DemoError::Occupied(_))));
    }

    #[test]
    fn every_version_is_committed_and_tagged() {
        let environment = Environment::new();
        let folder = environment.folder("demo");
        make(&folder, &environment.variables().collect()).unwrap();
        let git = |arguments: &[&str]| {
            let output = environment.command("git").in_folder(&folder).args(arguments).run().expect_success();
            output.stdout().trim().to_owned()
        };
        assert_eq!(git(&["status", "--porcelain"]), "");
        assert_eq!(git(&["tag", "--list"]), "v1.0.0\nv1.1.0");
        for tag in TAGS {
            assert_eq!(git(&["show", &format!("{tag}:VERSION")]), tag.trim_start_matches('v'));
        }
    }
}
