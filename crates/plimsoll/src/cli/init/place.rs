//! Where the configuration goes: to its usual place, or where `--config` says.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::ending::{Failure, usage};
use crate::config::found::PLACES;

/// Where the configuration goes.
#[derive(Clone, Debug)]
pub(super) struct ConfigPlace {
    path: PathBuf,
    /// Its path from the repository's root, or the whole one where it lies elsewhere.
    shown: String,
    standing: Standing,
    was_there: bool,
}

/// How commands find it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// By themselves.
    Usual,
    /// By its name, which is a path of the repository.
    Named,
    /// By its name, which nobody has but this machine.
    Outside,
}

impl ConfigPlace {
    /// Decides. `named` is what `--config` says, seen from where the process is.
    ///
    /// # Errors
    /// What it says is no file.
    pub(super) fn find(named: Option<&Path>, root: &Path) -> Result<ConfigPlace, Failure> {
        let Some(named) = named else {
            let usual = PLACES.into_iter().find(|place| root.join(place).exists()).unwrap_or(PLACES[0]);
            return Ok(ConfigPlace::at(root.join(usual), usual.to_owned(), Standing::Usual));
        };
        let path = std::path::absolute(named).unwrap_or_else(|_| named.to_owned());
        let (Some(name), Some(folder), false) = (path.file_name(), path.parent(), path.is_dir()) else {
            return Err(usage(format!("`{}` is no file", named.display()))
                .help("name the file that the configuration is to be: `--config ci/plimsoll.toml`")
                .into());
        };
        // Links on the way are followed, as git has followed those to the root.
        let path = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned()).join(name);
        let real_root = fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
        let inside = path.strip_prefix(&real_root).ok().and_then(Path::to_str).map(str::to_owned);
        Ok(match inside {
            Some(inside) if PLACES.contains(&inside.as_str()) => {
                ConfigPlace::at(path, inside, Standing::Usual)
            }
            Some(inside) => ConfigPlace::at(path, inside, Standing::Named),
            None => {
                let shown = path.display().to_string();
                ConfigPlace::at(path, shown, Standing::Outside)
            }
        })
    }

    fn at(path: PathBuf, shown: String, standing: Standing) -> ConfigPlace {
        ConfigPlace { was_there: path.exists(), path, shown, standing }
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// How it is named for people, and from the root.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    /// Whether there was one before anything was written.
    pub(super) fn is_there(&self) -> bool {
        self.was_there
    }

    /// Whether it lies in the repository.
    pub(super) fn is_in_repository(&self) -> bool {
        self.standing != Standing::Outside
    }

    /// Its path from the root, if commands find it by that alone.
    pub(super) fn to_be_named(&self) -> Option<&str> {
        (self.standing == Standing::Named).then_some(&self.shown)
    }

    /// What commands are to be given: nothing where they find it by themselves.
    pub(super) fn option(&self) -> String {
        match self.standing {
            Standing::Usual => String::new(),
            Standing::Named | Standing::Outside => format!(" --config {}", self.shown),
        }
    }
}
