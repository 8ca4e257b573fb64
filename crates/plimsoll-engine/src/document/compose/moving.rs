//! The same file in another folder, with every path leading where it led.

use plimsoll_edit::yaml::tree::{NodeId, Splice, Tree, splice};

use super::{ComposeFile, RelativePath};

/// A file that moves to another folder.
#[derive(Clone, Copy, Debug)]
pub struct Moved<'a> {
    /// The folder that it stands in, from the root of the project and with `/`; empty for the root.
    pub from: &'a str,
    /// The folder that it moves to.
    pub to: Destination<'a>,
}

/// Where a file moves to.
#[derive(Clone, Copy, Debug)]
pub enum Destination<'a> {
    /// A folder of the project, from its root and with `/`.
    Inside(&'a str),
    /// Any other one.
    Outside {
        /// That folder.
        folder: &'a str,
        /// The absolute path of the folder that the file stands in: no other way leads back.
        source: &'a str,
    },
}

/// Why paths are not rewritten.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RebaseError {
    /// It begins with a variable, or is written with escapes.
    #[error("line {line}: `{path}` begins with a variable, or is written with escapes")]
    Variable {
        /// The path.
        path: String,
        /// The line, from 1.
        line: usize,
    },
    /// It leads out of the project.
    #[error("line {line}: `{path}` leads out of the project")]
    Escapes {
        /// The path.
        path: String,
        /// The line, from 1.
        line: usize,
    },
    /// Something that is no path uses the same text.
    #[error("line {line}: `{path}` has an anchor, and something that is no path uses it as well")]
    Shared {
        /// The path.
        path: String,
        /// The line, from 1.
        line: usize,
    },
    /// A folder is none of the project.
    #[error("`{folder}` is no folder from the root of the project: it begins with `/`, or has `..` in it")]
    Folder {
        /// The folder.
        folder: String,
    },
    /// Something else would have changed. This is a bug.
    #[error("rewriting paths would change something else as well")]
    NotProven,
}

impl Moved<'_> {
    /// The folder that it moves to.
    pub fn folder(&self) -> &str {
        match self.to {
            Destination::Inside(folder) | Destination::Outside { folder, .. } => folder,
        }
    }

    /// Whether that is another folder than before.
    pub fn is_elsewhere(&self) -> bool {
        match self.to {
            Destination::Inside(to) => parts(self.from) != parts(to),
            Destination::Outside { folder, source } => folder != source,
        }
    }

    /// Whether a path from the old folder leads out of the project.
    pub fn escapes(&self, path: &str) -> bool {
        let mut depth = self.from.split('/').filter(|part| !part.is_empty() && *part != ".").count();
        for part in path.split('/') {
            match part {
                "" | "." => {}
                ".." => match depth.checked_sub(1) {
                    Some(up) => depth = up,
                    None => return true,
                },
                _ => depth += 1,
            }
        }
        false
    }

    /// The way from the new folder to the old one: `..` or `../deploy`.
    fn way(&self) -> Result<String, RebaseError> {
        let to = match self.to {
            Destination::Inside(to) => to,
            Destination::Outside { source, .. } if source.starts_with('/') => return Ok(source.to_owned()),
            Destination::Outside { source, .. } => {
                return Err(RebaseError::Folder { folder: source.to_owned() });
            }
        };
        let plain =
            |folder: &'_ str| parts(folder).ok_or_else(|| RebaseError::Folder { folder: folder.to_owned() });
        let (from, to) = (plain(self.from)?, plain(to)?);
        let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
        let up = std::iter::repeat_n("..".to_owned(), to.len() - common);
        let way: Vec<String> = up.chain(from.into_iter().skip(common)).collect();
        Ok(if way.is_empty() { ".".to_owned() } else { way.join("/") })
    }
}

/// The names of a folder of the project; `None` of what is none.
fn parts(folder: &str) -> Option<Vec<String>> {
    let names = folder.split('/').filter(|part| !part.is_empty() && *part != ".");
    let names: Vec<String> = names.map(str::to_owned).collect();
    (!folder.starts_with('/') && names.iter().all(|name| name != "..")).then_some(names)
}

impl ComposeFile {
    /// Whether the file names the project. One that does not is named after its folder.
    pub fn names_project(&self) -> bool {
        self.tree.find(self.tree.root(), "name").is_some()
    }

    /// The file with every relative path leading where it led before the move.
    ///
    /// # Errors
    /// See [`RebaseError`]; all that can't be rewritten.
    pub fn rebase(&self, moved: Moved<'_>) -> Result<String, Vec<RebaseError>> {
        let way = moved.way().map_err(|error| vec![error])?;
        let mut errors = Vec::new();
        let mut splices = Vec::new();
        let mut instead = Vec::new();
        for path in self.find_relative_paths() {
            match self.lead(&path, moved, &way) {
                Ok((splice, new)) => {
                    splices.push(splice);
                    instead.push((path.node, new));
                }
                Err(error) => errors.push(error),
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let unproven = || vec![RebaseError::NotProven];
        let text = splice(&self.text, splices).ok_or_else(unproven)?;
        let after = Tree::parse(&text).map_err(|_| unproven())?;
        let instead: Vec<(NodeId, &str)> = instead.iter().map(|(node, new)| (*node, new.as_str())).collect();
        match self.tree.meaning(&instead, &[]) == after.meaning(&[], &[]) {
            true => Ok(text),
            false => Err(unproven()),
        }
    }

    /// What is written for a path, and what its scalar says then.
    fn lead(
        &self,
        path: &RelativePath,
        moved: Moved<'_>,
        way: &str,
    ) -> Result<(Splice, String), RebaseError> {
        let (name, line) = (path.path.clone(), path.line);
        if moved.escapes(&name) {
            return Err(RebaseError::Escapes { path: name, line });
        }
        if path.is_shared {
            return Err(RebaseError::Shared { path: name, line });
        }
        let Some(start) = path.start else { return Err(RebaseError::Variable { path: name, line }) };
        let (before, value) =
            self.tree.text(path.node).unwrap_or_default().split_at_checked(start).unwrap_or_default();
        // What begins with a point is written so again; `./.` and the like are not made.
        let end = match value {
            _ if value.starts_with("./") => 2,
            _ => usize::from(value == "." || value.starts_with(".:")),
        };
        let rest = value.get(end..).unwrap_or_default();
        let joint = if rest.is_empty() || rest.starts_with(':') { "" } else { "/" };
        let start = path.span.start + start;
        let splice = Splice { over: start..start + end, text: format!("{way}{joint}") };
        Ok((splice, format!("{before}{way}{joint}{rest}")))
    }
}
