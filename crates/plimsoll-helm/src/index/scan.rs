//! The parser's events with places in bytes.

use saphyr_parser::{Event, Parser, ScanError, StrInput};

/// Events of a text, one after the other.
pub(super) struct Scan<'t> {
    parser: Parser<'t, StrInput<'t>>,
    /// The byte of each character, unless they are the same: the parser counts characters.
    bytes: Option<Vec<usize>>,
}

/// An event.
pub(super) enum Piece {
    /// Text, with whether it was written in quotes.
    Scalar(String),
    /// The start of a mapping.
    Mapping,
    /// The start of a list.
    List,
    /// The end of what was begun last.
    End,
    /// The same as something before.
    Alias,
    /// The end of the text.
    Done,
    /// A second document.
    Again,
}

/// Where an event stands.
#[derive(Clone, Copy)]
pub(super) struct At {
    /// The byte where it begins.
    pub(super) byte: usize,
    /// Its line, from 1.
    pub(super) line: usize,
}

/// Why there are no more events: the line, and what the parser says.
pub(super) struct Unreadable {
    pub(super) line: usize,
    pub(super) message: String,
}

impl From<ScanError> for Unreadable {
    fn from(error: ScanError) -> Unreadable {
        Unreadable { line: error.marker().line(), message: error.info().to_owned() }
    }
}

impl<'t> Scan<'t> {
    pub(super) fn of(text: &'t str) -> Scan<'t> {
        let bytes = (!text.is_ascii())
            .then(|| text.char_indices().map(|(byte, _)| byte).chain([text.len()]).collect());
        Scan { parser: Parser::new_from_str(text), bytes }
    }

    /// The next event that says something.
    pub(super) fn next(&mut self) -> Result<(Piece, At), Unreadable> {
        let mut documents = 0;
        loop {
            let Some(event) = self.parser.next_event() else {
                return Ok((Piece::Done, At { byte: 0, line: 0 }));
            };
            let (event, span) = event?;
            let place = span.start.index();
            let byte = self.bytes.as_ref().map_or(Some(place), |bytes| bytes.get(place).copied());
            let at = At { byte: byte.unwrap_or(place), line: span.start.line() };
            let piece = match event {
                Event::Scalar(value, ..) => Piece::Scalar(value.into_owned()),
                Event::MappingStart(..) => Piece::Mapping,
                Event::SequenceStart(..) => Piece::List,
                Event::MappingEnd | Event::SequenceEnd => Piece::End,
                Event::Alias(_) => Piece::Alias,
                Event::StreamEnd => Piece::Done,
                Event::DocumentStart(_) if documents > 0 => Piece::Again,
                Event::DocumentStart(_) => {
                    documents += 1;
                    continue;
                }
                Event::DocumentEnd => {
                    documents += 1;
                    continue;
                }
                Event::Nothing | Event::StreamStart => continue,
            };
            return Ok((piece, at));
        }
    }

    /// Reads to the end of what a piece began, and gives the place of that end.
    pub(super) fn skip(&mut self, begun: &Piece, at: At) -> Result<At, Unreadable> {
        let mut depth = match begun {
            Piece::Mapping | Piece::List => 1,
            _ => return Ok(at),
        };
        loop {
            let (piece, at) = self.next()?;
            match piece {
                Piece::Mapping | Piece::List => depth += 1,
                Piece::End if depth == 1 => return Ok(at),
                Piece::End => depth -= 1,
                Piece::Done | Piece::Again => return Ok(at),
                Piece::Scalar(_) | Piece::Alias => {}
            }
        }
    }
}
