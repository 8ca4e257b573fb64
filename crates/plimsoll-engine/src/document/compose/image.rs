//! One `image` scalar of a compose file.

use std::ops::Range;

use plimsoll_edit::yaml::tree::{Content, NodeId, Style, Tree};
use plimsoll_oci::name::{Digest, Reference};

use super::{Pin, Template, Unpinned, Why};

/// An `image` scalar, and the services that use it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// What is written, variables and all, without quotes.
    pub written: String,
    /// The bytes of that in the file.
    pub span: Range<usize>,
    /// The line, from 1.
    pub line: usize,
    /// The services that use it.
    pub services: Vec<String>,
    /// The variables in it.
    pub variables: Vec<String>,
    pub(super) node: NodeId,
    expanded: Result<(String, Reference), Why>,
}

impl Image {
    pub(super) fn read(text: &str, tree: &Tree, node: NodeId) -> Result<Image, Why> {
        let at = tree.node(node);
        let Content::Scalar { value, style } = &at.content else { return Err(Why::NotText) };
        if !tree.is_string(node) {
            return Err(Why::NotText);
        }
        let literal = text.get(at.span.clone()).unwrap_or_default();
        // What is edited must stand in the file as it is meant: once, and without escapes.
        let written = value.trim_end();
        let span = match (literal.find(written), style) {
            (Some(start), _) if !written.is_empty() => {
                at.span.start + start..at.span.start + start + written.len()
            }
            (_, Style::Quoted) => return Err(Why::Form { form: "escapes" }),
            (_, Style::Block) => return Err(Why::Form { form: "a block of several lines" }),
            (_, Style::Plain) => return Err(Why::Form { form: "several lines" }),
        };
        let template = Template::parse(written);
        let variables = template.as_ref().map(Template::variables).unwrap_or_default();
        let written = written.to_owned();
        let expanded = match template {
            Ok(template) => expand(&written, &template),
            Err(error) => Err(Why::Template { written: written.clone(), error }),
        };
        Ok(Image { written, span, line: at.line, services: Vec::new(), variables, node, expanded })
    }

    /// The image that is meant where no variable is set.
    ///
    /// # Errors
    /// Why that is not known, or no image.
    pub fn reference(&self) -> Result<&Reference, &Why> {
        self.expanded.as_ref().map(|(_, reference)| reference)
    }

    /// Whether a digest stands behind everything that is written, where no variable reaches it.
    pub fn is_pinned(&self) -> bool {
        ends_with_digest(&self.written)
    }

    /// Why it could run something that no digest names; `None` if it is pinned.
    pub(super) fn find_unpinned(&self) -> Option<Why> {
        match self.reference() {
            Err(why) => Some(why.clone()),
            Ok(_) if self.is_pinned() => None,
            Ok(reference) if reference.digest.is_none() => {
                Some(Why::NoDigest { reference: reference.clone() })
            }
            Ok(_) => Some(Why::DigestInDefault { written: self.written.clone() }),
        }
    }

    /// The image with the defaults of its variables, as text.
    pub fn expanded(&self) -> Option<&str> {
        self.expanded.as_ref().ok().map(|(text, _)| text.as_str())
    }

    /// How this image is made to be `wanted`, which has a digest: with as little change as possible.
    pub fn pin_to(&self, wanted: &Reference, spelled: Option<&str>, digest: &Digest) -> Pin {
        if let Ok((text, written)) = &self.expanded {
            let same = written.repository == wanted.repository
                && (wanted.tag.is_none() || wanted.tag == written.tag);
            if same && (written.digest.is_none() || self.is_pinned()) {
                return Pin::Digest(digest.clone());
            }
            let pinned = Reference { digest: Some(digest.clone()), ..wanted.clone() };
            let text = match spelled {
                Some(spelled) => format!("{}@{digest}", without_digest(spelled)),
                None => super::spell(&pinned, Some((text, written))),
            };
            return Pin::Replace(text);
        }
        let pinned = Reference { digest: Some(digest.clone()), ..wanted.clone() };
        Pin::Replace(match spelled {
            Some(spelled) => format!("{}@{digest}", without_digest(spelled)),
            None => super::spell(&pinned, None),
        })
    }

    /// The new text of the scalar.
    pub(super) fn pinned(&self, pin: &Pin) -> String {
        match pin {
            Pin::Digest(digest) => {
                let end = digest_at_end(&self.written).unwrap_or(self.written.len());
                format!("{}@{digest}", self.written.get(..end).unwrap_or_default())
            }
            Pin::Replace(text) => text.clone(),
        }
    }

    /// What is not pinned about it, for each service that uses it.
    pub(super) fn unpinned(&self, why: &Why) -> Vec<Unpinned> {
        let one =
            |service: &String| Unpinned { service: Some(service.clone()), line: self.line, why: why.clone() };
        self.services.iter().map(one).collect()
    }
}

fn expand(written: &str, template: &Template) -> Result<(String, Reference), Why> {
    let text = template
        .expand_unset()
        .map_err(|variables| Why::NoDefault { written: written.to_owned(), variables })?;
    match text.parse::<Reference>() {
        Ok(reference) => Ok((text, reference)),
        Err(error) => Err(Why::NotAReference { text, error }),
    }
}

/// Where the digest at the end of a text begins, at its `@`.
fn digest_at_end(text: &str) -> Option<usize> {
    let (name, digest) = text.rsplit_once('@')?;
    digest.parse::<Digest>().ok().map(|_| name.len())
}

/// Whether a text ends with a digest that is written out. One inside of `${…}` has a brace behind it.
pub(super) fn ends_with_digest(text: &str) -> bool {
    digest_at_end(text).is_some()
}

/// A text without every `@digest` in it.
pub(super) fn without_digest(text: &str) -> String {
    let mut parts = text.split('@');
    let mut bare = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_alphanumeric() && c != ':').unwrap_or(part.len());
        let (digest, rest) = part.split_at(end);
        if digest.parse::<Digest>().is_err() {
            bare.push('@');
            bare.push_str(digest);
        }
        bare.push_str(rest);
    }
    bare
}

/// The text of a reference that a user gave, with a digest.
pub(super) fn with_digest(spelled: &str, digest: &Digest) -> String {
    format!("{}@{digest}", without_digest(spelled))
}
