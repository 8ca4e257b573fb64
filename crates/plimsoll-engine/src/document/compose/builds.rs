//! `build` sections: what becomes of them where a released image takes their place.

use std::ops::Range;

use plimsoll_edit::yaml::tree::{NodeId, Splice};

/// A `build` section, and the services that use it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Build {
    pub(super) node: NodeId,
    pub(super) key_span: Range<usize>,
    pub(super) end: usize,
    /// Services that have an image as well.
    pub(super) beside_image: Vec<String>,
    /// Services that have nothing else.
    pub(super) alone: Vec<String>,
}

impl Build {
    /// Takes the section out with its lines, or out of the braces around it. `None` if it is neither alone on its lines nor in
    /// such.
    pub(super) fn remove(&self, text: &str) -> Option<Splice> {
        self.remove_lines(text).or_else(|| self.remove_from_braces(text))
    }

    fn remove_lines(&self, text: &str) -> Option<Splice> {
        let start = text.get(..self.key_span.start)?.rfind('\n').map_or(0, |newline| newline + 1);
        let before = text.get(start..self.key_span.start)?;
        let after = text.get(self.end..)?;
        let line_length = after.find('\n').map_or(after.len(), |newline| newline + 1);
        let rest = after.get(..line_length)?.trim_start_matches([' ', '\t']);
        let is_alone =
            before.bytes().all(|byte| byte == b' ') && (rest.trim().is_empty() || rest.starts_with('#'));
        is_alone.then(|| Splice { over: start..self.end + line_length, text: String::new() })
    }

    /// The same in `{ build: ., image: app }`, with the comma behind it, or the one before.
    fn remove_from_braces(&self, text: &str) -> Option<Splice> {
        let before = text.get(..self.key_span.start)?.trim_end();
        let after = text.get(self.end..)?.trim_start();
        let over = match after.strip_prefix(',') {
            Some(rest) if before.ends_with(['{', ',']) => {
                self.key_span.start..text.len() - rest.trim_start_matches([' ', '\t']).len()
            }
            None if before.ends_with(',') && after.starts_with('}') => before.len() - 1..self.end,
            _ => return None,
        };
        Some(Splice { over, text: String::new() })
    }

    /// Writes an image in its place.
    pub(super) fn replace(&self, image: &str) -> Splice {
        Splice { over: self.key_span.start..self.end, text: format!("image: {image}") }
    }

    /// Writes an image in front of it.
    pub(super) fn precede(&self, text: &str, image: &str) -> Splice {
        let at = self.key_span.start;
        let line = text.get(..at).and_then(|before| before.rsplit('\n').next()).unwrap_or_default();
        let text = match line.bytes().all(|byte| byte == b' ') {
            true => format!("image: {image}\n{line}"),
            false => format!("image: {image}, "),
        };
        Splice { over: at..at, text }
    }
}
