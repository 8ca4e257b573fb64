//! Texts, as what signs them sees them (RFC 9580, section 7.2).

/// A text as it is hashed: without the blanks at the ends of its lines, which mail is free to change.
pub(crate) fn hashed(text: &str) -> String {
    let line = |line: &str| {
        let (text, end) = match line.strip_suffix("\r\n") {
            Some(text) => (text, "\r\n"),
            None => line.strip_suffix('\n').map_or((line, ""), |text| (text, "\n")),
        };
        format!("{}{end}", text.trim_end_matches([' ', '\t']))
    };
    text.split_inclusive('\n').map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::hashed;

    #[test]
    fn blanks_at_the_ends_of_lines_do_not_count() {
        for (text, want) in [
            ("", ""),
            ("a", "a"),
            ("a \t", "a"),
            ("a  \nb\n", "a\nb\n"),
            (" a b \r\n\tc\t\r\n", " a b\r\n\tc\r\n"),
            ("\n \n", "\n\n"),
            ("a\r", "a\r"),
        ] {
            assert_eq!(hashed(text), want, "{text:?}");
        }
    }
}
