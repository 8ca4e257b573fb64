//! Writing pins into the text, with the proof that nothing else changed.

use std::collections::BTreeMap;

use plimsoll_edit::yaml::tree::{NodeId, Splice, Tree, splice};

use super::builds::Build;
use super::image::without_digest;
use super::{Builds, ComposeFile, Pin, PinError, Unpinned, Why};

/// What is written, and what it means.
#[derive(Default)]
struct Edits {
    splices: Vec<Splice>,
    /// New texts of scalars.
    instead: Vec<(NodeId, String)>,
    /// `build` sections that are taken out.
    without: Vec<NodeId>,
    /// Images that were not there, by service.
    added: Vec<(String, String)>,
}

pub(super) fn pin(
    file: &ComposeFile,
    pins: &BTreeMap<String, Pin>,
    builds: Builds,
) -> Result<String, PinError> {
    let mut edits = Edits::default();
    let mut unpinned = Vec::new();
    for image in &file.images {
        match agreed(&image.services, pins) {
            Ok(None) => {}
            Ok(Some(pin)) => edits.set(image.node, image.span.clone(), &image.written, image.pinned(pin)),
            Err((service, with)) => unpinned.push(disagreement(service, with, image.line)),
        }
    }
    for build in &file.builds {
        if let Err(more) = edits.build(file, build, pins, builds) {
            unpinned.extend(more);
        }
    }
    if unpinned.is_empty() { edits.prove(file) } else { Err(PinError::Unpinned(unpinned)) }
}

pub(super) fn unpin(file: &ComposeFile) -> Result<String, PinError> {
    let mut edits = Edits::default();
    for image in &file.images {
        edits.set(image.node, image.span.clone(), &image.written, without_digest(&image.written));
    }
    edits.prove(file)
}

/// The one pin of all services that share something; two that differ if there is no such.
fn agreed<'a>(
    services: &'a [String],
    pins: &'a BTreeMap<String, Pin>,
) -> Result<Option<&'a Pin>, (&'a str, &'a str)> {
    let Some((first, others)) = services.split_first() else { return Ok(None) };
    let wanted = pins.get(first);
    match others.iter().find(|other| pins.get(*other) != wanted) {
        Some(other) => Err((other, first)),
        None => Ok(wanted),
    }
}

fn disagreement(service: &str, with: &str, line: usize) -> Unpinned {
    Unpinned { service: Some(service.to_owned()), line, why: Why::Disagrees { with: with.to_owned() } }
}

impl Edits {
    fn set(&mut self, node: NodeId, span: std::ops::Range<usize>, old: &str, new: String) {
        if new != old {
            self.splices.push(Splice { over: span, text: new.clone() });
            self.instead.push((node, new));
        }
    }

    fn build(
        &mut self,
        file: &ComposeFile,
        build: &Build,
        pins: &BTreeMap<String, Pin>,
        builds: Builds,
    ) -> Result<(), Vec<Unpinned>> {
        let line = file.tree.node(build.node).line;
        let image = match agreed(&build.alone, pins) {
            Ok(Some(Pin::Replace(image))) => Some(image),
            // A digest alone is behind nothing here: there is no image to put it behind.
            Ok(Some(Pin::Digest(_)) | None) => None,
            Err((service, with)) => return Err(vec![disagreement(service, with, line)]),
        };
        let all_pinned = image.is_some()
            || (build.alone.is_empty() && build.beside_image.iter().all(|name| pins.contains_key(name)));
        match (builds, image) {
            (Builds::Drop, Some(image)) => self.splices.push(build.replace(image)),
            (Builds::Keep, Some(image)) => self.splices.push(build.precede(&file.text, image)),
            (Builds::Drop, None) if all_pinned => match build.remove(&file.text) {
                Some(removal) => self.splices.push(removal),
                None => {
                    let one =
                        |name: &String| Unpinned { service: Some(name.clone()), line, why: Why::BuildInline };
                    return Err(build.beside_image.iter().map(one).collect());
                }
            },
            (_, None) => return Ok(()),
        }
        if builds == Builds::Drop {
            self.without.push(build.node);
        }
        if let Some(image) = image {
            self.added.extend(build.alone.iter().map(|name| (name.clone(), image.clone())));
        }
        Ok(())
    }

    /// Writes everything and compares what both texts say.
    fn prove(self, file: &ComposeFile) -> Result<String, PinError> {
        let text = splice(&file.text, self.splices).ok_or(PinError::NotProven)?;
        let after = Tree::parse(&text).map_err(|_| PinError::NotProven)?;
        let mut added = Vec::new();
        for (service, image) in &self.added {
            let found = after
                .find(after.root(), "services")
                .and_then(|services| after.find(services.value, service))
                .and_then(|service| after.find(service.value, "image"))
                .filter(|found| after.is_string(found.value) && after.text(found.value) == Some(image))
                .ok_or(PinError::NotProven)?;
            added.push(found.value);
        }
        // A block's last line break belongs to its value, and stays.
        let instead: Vec<(NodeId, String)> = self
            .instead
            .into_iter()
            .map(|(node, new)| {
                let old = file.tree.text(node).unwrap_or_default();
                let end = old.get(old.trim_end().len()..).unwrap_or_default();
                (node, format!("{new}{end}"))
            })
            .collect();
        let instead: Vec<(NodeId, &str)> = instead.iter().map(|(node, new)| (*node, new.as_str())).collect();
        let same = file.tree.meaning(&instead, &self.without) == after.meaning(&[], &added);
        if same { Ok(text) } else { Err(PinError::NotProven) }
    }
}
