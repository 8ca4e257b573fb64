//! Paths that lead elsewhere when the file moves to another folder.
//!
//! Source: compose-go `paths` (what Compose resolves against the folder of the file), `format/volume.go`.

use std::collections::BTreeMap;
use std::ops::Range;

use plimsoll_edit::yaml::tree::{Content, NodeId, Tree};

use super::{ComposeFile, Template};

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathKind {
    /// What an image is built from.
    Build,
    /// What else it is built with.
    BuildContext,
    /// A key or an agent's socket that it is built with.
    BuildSsh,
    /// A file with a service that another one takes over.
    Extends,
    /// A file of variables.
    EnvFile,
    /// A file or folder that is mounted.
    Volume,
    /// A folder that a volume of the file stands for.
    VolumeDevice,
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
            Self::BuildContext => "additional_contexts",
            Self::BuildSsh => "ssh",
            Self::Extends => "extends",
            Self::EnvFile => "env_file",
            Self::Volume => "volumes",
            Self::VolumeDevice => "driver_opts",
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
    pub(super) node: NodeId,
    /// Where in its scalar the path begins, in bytes; none where it is not written there as it is meant.
    pub(super) start: Option<usize>,
    /// Whether something that is no path uses the scalar as well.
    pub(super) is_shared: bool,
}

impl ComposeFile {
    /// Every path that is relative to the folder of the file, each scalar once.
    pub fn find_relative_paths(&self) -> Vec<RelativePath> {
        let mut finder =
            Finder { text: &self.text, tree: &self.tree, found: Vec::new(), uses: BTreeMap::new() };
        for service in &self.services {
            finder.service(service.node);
        }
        let root = self.tree.root();
        let entries = |key: &str| {
            let entries = self.tree.find(root, key).map(|entries| self.tree.entries(entries.value));
            entries.unwrap_or_default()
        };
        for (key, kind) in [("configs", PathKind::Config), ("secrets", PathKind::Secret)] {
            for entry in entries(key) {
                finder.under(entry.value, "file", kind);
            }
        }
        for entry in entries("volumes") {
            finder.device(entry.value);
        }
        let Finder { mut found, uses, .. } = finder;
        // An extension means nothing by itself.
        let all = self.tree.count_scalars(|key| key.starts_with("x-"));
        for path in &mut found {
            path.is_shared = all.get(&path.node) > uses.get(&path.node);
        }
        found.sort_by_key(|path| path.span.start);
        found
    }
}

struct Finder<'a> {
    text: &'a str,
    tree: &'a Tree,
    found: Vec<RelativePath>,
    /// How often each scalar is used as a path.
    uses: BTreeMap<NodeId, usize>,
}

impl Finder<'_> {
    fn service(&mut self, node: NodeId) {
        if let Some(build) = self.tree.find(node, "build") {
            match self.tree.is_mapping(build.value) {
                true => self.under(build.value, "context", PathKind::Build),
                false => self.path(build.value, PathKind::Build),
            }
            self.named(build.value, "additional_contexts", PathKind::BuildContext);
            self.named(build.value, "ssh", PathKind::BuildSsh);
        }
        if let Some(extends) = self.tree.find(node, "extends") {
            self.under(extends.value, "file", PathKind::Extends);
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
            self.add(node, PathKind::Volume, "", source);
        }
    }

    /// A volume that stands for a folder. Compose leads it there only where the driver is named.
    fn device(&mut self, node: NodeId) {
        let text =
            |node: NodeId, key: &str| self.tree.find(node, key).and_then(|pair| self.tree.text(pair.value));
        let Some(options) = self.tree.find(node, "driver_opts").map(|pair| pair.value) else { return };
        if text(node, "driver") == Some("local") && text(options, "o") == Some("bind") {
            self.under(options, "device", PathKind::VolumeDevice);
        }
    }

    /// Paths with names: `{ NAME: PATH }`, or a list of `NAME=PATH`.
    fn named(&mut self, node: NodeId, key: &str, kind: PathKind) {
        let Some(paths) = self.tree.find(node, key).map(|pair| pair.value) else { return };
        for entry in self.tree.entries(paths) {
            self.path(entry.value, kind);
        }
        for item in self.tree.items(paths) {
            let expanded = self.expand(*item).unwrap_or_default();
            let Some(at) = expanded.find('=') else { continue };
            let (name, path) = expanded.split_at(at + 1);
            if is_relative(kind, path) {
                self.add(*item, kind, name, path);
            }
        }
    }

    fn under(&mut self, node: NodeId, key: &str, kind: PathKind) {
        if let Some(pair) = self.tree.find(node, key) {
            self.path(pair.value, kind);
        }
    }

    fn path(&mut self, node: NodeId, kind: PathKind) {
        let Some(path) = self.expand(node) else { return };
        if is_relative(kind, &path) {
            self.add(node, kind, "", &path);
        }
    }

    /// A value with the defaults of its variables. One without a default stays as it is written, as long as it does not
    /// decide what the path begins with.
    fn expand(&self, node: NodeId) -> Option<String> {
        let text = self.tree.text(node)?;
        let expanded = Template::parse(text).ok()?.expand_unset();
        expanded.ok().or_else(|| (!text.starts_with('$')).then(|| text.to_owned()))
    }

    /// Notes a path that stands in a scalar behind `before`, both with the defaults of variables.
    fn add(&mut self, node: NodeId, kind: PathKind, before: &str, path: &str) {
        let node = self.tree.follow(node);
        *self.uses.entry(node).or_default() += 1;
        if self.found.iter().any(|other| other.node == node) {
            return;
        }
        let at = self.tree.node(node);
        let Content::Scalar { value, .. } = &at.content else { return };
        let literal = self.text.get(at.span.clone()).unwrap_or_default();
        let written = literal.find(value.as_str()).map(|start| at.span.start + start);
        let span = written.map_or(at.span.clone(), |start| start..start + value.len());
        let rest = value.strip_prefix(before).filter(|rest| rest.starts_with(path));
        let start = written.and(rest).map(|_| before.len());
        let path = path.to_owned();
        self.found.push(RelativePath { kind, path, line: at.line, span, node, start, is_shared: false });
    }
}

/// Whether a path hangs on the folder of the file. An address that a builder or Compose fetches is no path, and neither is
/// another service.
fn is_relative(kind: PathKind, path: &str) -> bool {
    let starts = |with: &[&str]| with.iter().any(|start| path.starts_with(start));
    let is_address = match kind {
        PathKind::Build | PathKind::BuildContext | PathKind::Extends => {
            path.contains("://") || starts(&["git@", "github.com/", "service:"])
        }
        _ => false,
    };
    !path.is_empty() && !starts(&["/", "~", "$"]) && !is_address
}
