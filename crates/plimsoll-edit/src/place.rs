//! Lines and columns.

/// A place in a text, as editors count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// From 1.
    pub(crate) line: usize,
    /// In characters, from 1.
    pub(crate) column: usize,
}

impl Place {
    /// Returns the place of a byte. Lines end with `\n`, so CRLF needs no special case.
    pub(crate) fn of(text: &str, byte: usize) -> Self {
        let before = text.get(..byte).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let in_line = before.get(line_start..).unwrap_or_default();
        Self { line: before.matches('\n').count() + 1, column: in_line.chars().count() + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn places_are_counted_from_one_and_in_characters() {
        let text = "é: 1\r\nb: ü2";
        for (byte, line, column) in [(0, 1, 1), (2, 1, 2), (7, 2, 1), (12, 2, 5), (99, 2, 6)] {
            assert_eq!(Place::of(text, byte), Place { line, column }, "byte {byte}");
        }
    }
}
