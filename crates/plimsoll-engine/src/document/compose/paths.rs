//! Paths that lead elsewhere when the file moves to another folder.

use std::ops::Range;

use plimsoll_edit::yaml::tree::{Content, NodeId, Splice, Tree, splice};

use super::{ComposeFile, Template};

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathKind {
    /// What an image is built from.
    Build,
    /// A file of variables.
    EnvFile,
    /// A file or folder that is mounted.
    Volume,
    /// The content of a config.
    Config,
    /// The content of a secret.
    Secret,
    /// Something that is watched while developing.
    Watch,
    /// A file of labels.
    LabelFile,
}

impl PathKind {
    /// Its key in a compose file.
    pub fn key(self) -> &'static str {
        match self {
            Self::Build => "build",
            Self::EnvFile => "env_file",
            Self::Volume => "volumes",
            Self::Config => "configs",
            Self::Secret => "secrets",
            Self::Watch => "develop",
            Self::LabelFile => "label_file",
        }
    }
}

/// A path that is relative to the folder of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelativePath {
    /// What it leads to.
    pub kind: PathKind,
    /// The path, with the defaults of variables.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// The bytes of the scalar that it stands in.
    pub span: Range<usize>,
    node: NodeId,
    /// Whether the path stands at the beginning of its scalar as it is meant.
    is_plain: bool,
}

/// A file that moves, with its folder before and after, both from the root of the project and with `/`.
#[derive(Clone, Copy, Debug)]
pub struct Moved<'a> {
    /// The folder that it stands in; empty for the root.
    pub from: &'a str,
    /// The folder that it moves to.
    pub to: &'a str,
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
    /// Something else would have changed. This is a bug.
    #[error("rewriting paths would change something else as well")]
    NotProven,
}

impl Moved<'_> {
    /// Whether a path from the old folder leads out of the project.
    pub fn escapes(self, path: &str) -> bool {
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
    fn way(self) -> String {
        let parts = |folder: &str| -> Vec<String> {
            folder.split('/').filter(|part| !part.is_empty() && *part != ".").map(str::to_owned).collect()
        };
        let (from, to) = (parts(self.from), parts(self.to));
        let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
        let up = std::iter::repeat_n("..".to_owned(), to.len() - common);
        let way: Vec<String> = up.chain(from.into_iter().skip(common)).collect();
        if way.is_empty() { ".".to_owned() } else { way.join("/") }
    }
}

impl ComposeFile {
    /// Whether the file names the project. One that does not is named after its folder.
    pub fn names_project(&self) -> bool {
        self.tree.find(self.tree.root(), "name").is_some()
    }

    /// Every path that is relative to the folder of the file, each scalar once.
    pub fn find_relative_paths(&self) -> Vec<RelativePath> {
        let mut finder = Finder { text: &self.text, tree: &self.tree, found: Vec::new() };
        for service in &self.services {
            finder.service(service.node);
        }
        let root = self.tree.root();
        for (key, kind) in [("configs", PathKind::Config), ("secrets", PathKind::Secret)] {
            let Some(entries) = self.tree.find(root, key) else { continue };
            for entry in self.tree.entries(entries.value) {
                finder.under(entry.value, "file", kind);
            }
        }
        finder.found.sort_by_key(|path| path.span.start);
        finder.found
    }

    /// The file with every relative path leading where it led before the move.
    ///
    /// # Errors
    /// See [`RebaseError`]; all that can't be rewritten.
    pub fn rebase(&self, moved: Moved<'_>) -> Result<String, Vec<RebaseError>> {
        let way = moved.way();
        let mut errors = Vec::new();
        let mut splices = Vec::new();
        let mut instead = Vec::new();
        for path in self.find_relative_paths() {
            let (name, line) = (path.path.clone(), path.line);
            if moved.escapes(&path.path) {
                errors.push(RebaseError::Escapes { path: name, line });
            } else if !path.is_plain {
                errors.push(RebaseError::Variable { path: name, line });
            } else {
                let value = self.tree.text(path.node).unwrap_or_default();
                // What begins with a point is written so again; `./.` and the like are not made.
                let end = if value.starts_with("./") {
                    2
                } else {
                    usize::from(value == "." || value.starts_with(".:"))
                };
                let rest = value.get(end..).unwrap_or_default();
                let joint = if rest.is_empty() || rest.starts_with(':') { "" } else { "/" };
                let new = format!("{way}{joint}{rest}");
                splices.push(Splice {
                    over: path.span.start..path.span.start + end,
                    text: format!("{way}{joint}"),
                });
                instead.push((path.node, new));
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
}

struct Finder<'a> {
    text: &'a str,
    tree: &'a Tree,
    found: Vec<RelativePath>,
}

impl Finder<'_> {
    fn service(&mut self, node: NodeId) {
        if let Some(build) = self.tree.find(node, "build") {
            match self.tree.is_mapping(build.value) {
                true => self.under(build.value, "context", PathKind::Build),
                false => self.path(build.value, PathKind::Build),
            }
        }
        for (key, kind) in [("env_file", PathKind::EnvFile), ("label_file", PathKind::LabelFile)] {
            if let Some(files) = self.tree.find(node, key) {
                self.files(files.value, kind);
            }
        }
        if let Some(volumes) = self.tree.find(node, "volumes") {
            for volume in self.tree.items(volumes.value) {
                self.volume(*volume);
            }
        }
        let watch =
            self.tree.find(node, "develop").and_then(|develop| self.tree.find(develop.value, "watch"));
        for rule in watch.map_or(&[][..], |watch| self.tree.items(watch.value)) {
            self.under(*rule, "path", PathKind::Watch);
        }
    }

    fn files(&mut self, node: NodeId, kind: PathKind) {
        let items = match self.tree.items(node) {
            [] => vec![node],
            several => several.to_vec(),
        };
        for item in items {
            match self.tree.is_mapping(item) {
                true => self.under(item, "path", kind),
                false => self.path(item, kind),
            }
        }
    }

    fn volume(&mut self, node: NodeId) {
        if self.tree.is_mapping(node) {
            let kind = self.tree.find(node, "type").and_then(|pair| self.tree.text(pair.value));
            if kind == Some("bind") {
                self.under(node, "source", PathKind::Volume);
            }
            return;
        }
        // `SOURCE:TARGET[:MODE]`; a source without a point, slash or tilde at its beginning is a volume's name.
        let expanded = self.expand(node);
        let Some((source, _)) = expanded.as_deref().and_then(|text| text.split_once(':')) else { return };
        if source.starts_with('.') {
            self.add(node, PathKind::Volume, source.to_owned());
        }
    }

    fn under(&mut self, node: NodeId, key: &str, kind: PathKind) {
        if let Some(pair) = self.tree.find(node, key) {
            self.path(pair.value, kind);
        }
    }

    fn path(&mut self, node: NodeId, kind: PathKind) {
        let Some(path) = self.expand(node) else { return };
        // An address that a builder fetches is no path.
        let is_address = kind == PathKind::Build
            && (path.contains("://") || path.starts_with("git@") || path.starts_with("github.com/"));
        if !path.is_empty() && !path.starts_with(['/', '~']) && !is_address {
            self.add(node, kind, path);
        }
    }

    fn expand(&self, node: NodeId) -> Option<String> {
        let template = Template::parse(self.tree.text(node)?).ok()?;
        template.expand_unset().ok()
    }

    fn add(&mut self, node: NodeId, kind: PathKind, path: String) {
        let node = self.tree.follow(node);
        if self.found.iter().any(|other| other.node == node) {
            return;
        }
        let at = self.tree.node(node);
        let Content::Scalar { value, .. } = &at.content else { return };
        let literal = self.text.get(at.span.clone()).unwrap_or_default();
        let start = literal.find(value.as_str()).map(|start| at.span.start + start);
        let span = start.map_or(at.span.clone(), |start| start..start + value.len());
        let is_plain = start.is_some() && value.starts_with(&path);
        self.found.push(RelativePath { kind, path, line: at.line, span, node, is_plain });
    }
}
