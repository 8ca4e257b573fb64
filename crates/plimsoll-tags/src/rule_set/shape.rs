//! What the tags of a rule look like.

use std::collections::BTreeSet;

use crate::facts::CommitId;
use crate::notation::short::{Piece, Placeholder, Template};
use crate::table::Table;
use crate::value;
use crate::version::{Scheme, Version};

/// A template in a table: the branch, which is known there, has become literal text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shape {
    pieces: Vec<Piece>,
    scheme: Scheme,
}

impl Shape {
    pub(super) fn of(template: &Template, table: &Table, scheme: Scheme) -> Self {
        let mut pieces: Vec<Piece> = Vec::new();
        for piece in template.pieces() {
            let piece = match (piece, table) {
                (Piece::Placeholder(Placeholder::Branch), Table::Branch(name)) => {
                    Piece::Literal(value::sanitise(name))
                }
                (piece, _) => piece.clone(),
            };
            match (pieces.last_mut(), piece) {
                (Some(Piece::Literal(present)), Piece::Literal(more)) => present.push_str(&more),
                (_, piece) => pieces.push(piece),
            }
        }
        Self { pieces, scheme }
    }

    /// Returns a tag that both can give.
    pub(super) fn find_shared(&self, other: &Self) -> Option<String> {
        let (one, two) = (self.example(), other.example());
        if other.can_give(&one) {
            Some(one)
        } else if self.can_give(&two) {
            Some(two)
        } else {
            None
        }
    }

    fn example(&self) -> String {
        let pieces = self.pieces.iter().map(|piece| match piece {
            Piece::Literal(literal) => literal.as_str(),
            Piece::Placeholder(Placeholder::Version) => match self.scheme {
                Scheme::Semver => "1.2.3",
                Scheme::Pep440 => "1.2",
            },
            Piece::Placeholder(Placeholder::Major) => "1",
            Piece::Placeholder(Placeholder::Minor) => "2",
            Piece::Placeholder(Placeholder::Patch) => "3",
            Piece::Placeholder(Placeholder::Tag) => "v1.2.3",
            Piece::Placeholder(Placeholder::Commit) => "abc1234def5678900123456789abcdef01234567",
            Piece::Placeholder(Placeholder::Sha) => "abc1234",
            Piece::Placeholder(Placeholder::Number) => "1",
            Piece::Placeholder(Placeholder::Branch) => "branch",
        });
        pieces.collect()
    }

    pub(super) fn can_give(&self, text: &str) -> bool {
        // Where the pieces so far can end, as places in the text.
        let mut ends = BTreeSet::from([0]);
        for piece in &self.pieces {
            ends = ends.iter().flat_map(|start| ends_of(piece, text, *start, self.scheme)).collect();
        }
        ends.contains(&text.len())
    }
}

fn ends_of(piece: &Piece, text: &str, start: usize, scheme: Scheme) -> Vec<usize> {
    let rest = text.get(start..).unwrap_or_default();
    match piece {
        Piece::Literal(literal) if rest.starts_with(literal.as_str()) => vec![start + literal.len()],
        Piece::Literal(_) => Vec::new(),
        Piece::Placeholder(placeholder) => (1..=rest.len())
            .filter(|length| {
                rest.get(..*length).is_some_and(|value| can_stand_for(*placeholder, value, scheme))
            })
            .map(|length| start + length)
            .collect(),
    }
}

fn can_stand_for(placeholder: Placeholder, text: &str, scheme: Scheme) -> bool {
    let is_number =
        || text.bytes().all(|byte| byte.is_ascii_digit()) && (text.len() == 1 || !text.starts_with('0'));
    match placeholder {
        Placeholder::Version => {
            let spelled = text.replace('_', "+");
            Version::parse(scheme, &spelled).is_ok_and(|version| version.to_image_tag() == text)
        }
        Placeholder::Major | Placeholder::Minor | Placeholder::Patch | Placeholder::Number => is_number(),
        Placeholder::Sha => {
            text.len() == 7 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        }
        Placeholder::Commit => CommitId::parse(text).is_ok(),
        // Some text and a version after it; how the repository spells it is not known here.
        Placeholder::Tag => text
            .char_indices()
            .any(|(start, _)| text.get(start..).is_some_and(|rest| Version::parse(scheme, rest).is_ok())),
        Placeholder::Branch => true,
    }
}
