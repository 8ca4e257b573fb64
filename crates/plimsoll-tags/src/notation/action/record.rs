//! Lists of lines, and a line as a CSV record.

/// Why a line is no CSV record (RFC 4180).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// A quote inside a field that does not begin with one.
    #[error("`{line}` has a quote in the middle of a field")]
    QuoteInside {
        /// The line.
        line: String,
    },
    /// Something other than a comma after a quoted field.
    #[error("`{line}` has text after a closing quote")]
    TextAfterQuote {
        /// The line.
        line: String,
    },
    /// A quote that is never closed.
    #[error("`{line}` has a quote without its other half")]
    LooseQuote {
        /// The line.
        line: String,
    },
}

/// One field of a record: `key=value`, or a value alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// What stands before the first `=`, in lower case.
    pub key: Option<String>,
    /// The rest.
    pub value: String,
}

/// Splits a multi-line input: blank lines and lines that begin with `#` vanish, the others are trimmed.
pub fn parse_lines(input: &str) -> Vec<String> {
    let lines = input.lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
}

/// Reads a line as attributes. Double quotes protect a comma, `""` is a quote within quotes.
///
/// # Errors
/// The quotes do not fit together.
pub fn parse_record(line: &str) -> Result<Vec<Field>, RecordError> {
    let texts = split(line)?;
    Ok(texts.iter().filter(|text| !text.trim().is_empty()).map(|text| parse_field(text)).collect())
}

fn parse_field(text: &str) -> Field {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => {
            Field { key: Some(key.trim().to_lowercase()), value: value.trim().to_owned() }
        }
        _ => Field { key: None, value: text.trim().to_owned() },
    }
}

fn split(line: &str) -> Result<Vec<String>, RecordError> {
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let (field, after) = match rest.strip_prefix('"') {
            Some(quoted) => split_quoted(line, quoted)?,
            None => split_plain(line, rest)?,
        };
        fields.push(field);
        match after {
            Some(after) => rest = after,
            None => return Ok(fields),
        }
    }
}

type Split<'line> = (String, Option<&'line str>);

fn split_plain<'line>(line: &str, rest: &'line str) -> Result<Split<'line>, RecordError> {
    let (field, after) = match rest.split_once(',') {
        Some((field, after)) => (field, Some(after)),
        None => (rest, None),
    };
    match field.contains('"') {
        true => Err(RecordError::QuoteInside { line: line.to_owned() }),
        false => Ok((field.to_owned(), after)),
    }
}

fn split_quoted<'line>(line: &str, quoted: &'line str) -> Result<Split<'line>, RecordError> {
    let mut field = String::new();
    let mut rest = quoted;
    loop {
        let Some((text, after)) = rest.split_once('"') else {
            return Err(RecordError::LooseQuote { line: line.to_owned() });
        };
        field.push_str(text);
        if let Some(more) = after.strip_prefix('"') {
            field.push('"');
            rest = more;
        } else if after.is_empty() {
            return Ok((field, None));
        } else if let Some(next) = after.strip_prefix(',') {
            return Ok((field, Some(next)));
        } else {
            return Err(RecordError::TextAfterQuote { line: line.to_owned() });
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pairs(line: &str) -> Vec<(Option<String>, String)> {
        parse_record(line).unwrap().into_iter().map(|field| (field.key, field.value)).collect()
    }

    #[test]
    fn fields_are_attributes() {
        let some = |key: &str, value: &str| (Some(key.to_owned()), value.to_owned());
        assert_eq!(
            pairs(r#"Type=match,"pattern=\d{1,2}=""x""",foo,, =y"#),
            [
                some("type", "match"),
                some("pattern", r#"\d{1,2}="x""#),
                (None, "foo".to_owned()),
                some("", "y"),
            ]
        );
    }

    #[test]
    fn quotes_that_do_not_fit_are_refused() {
        for (line, want) in [
            (r#"a="b"#, RecordError::QuoteInside { line: r#"a="b"#.into() }),
            (r#""a=b"#, RecordError::LooseQuote { line: r#""a=b"#.into() }),
            (r#""a"b"#, RecordError::TextAfterQuote { line: r#""a"b"#.into() }),
        ] {
            assert_eq!(parse_record(line), Err(want));
        }
    }

    #[test]
    fn comments_are_whole_lines() {
        assert_eq!(parse_lines("\n# no\n  type=sha # yes\n\n"), ["type=sha # yes"]);
    }

    proptest! {
        #[test]
        fn what_is_quoted_comes_back(texts in prop::collection::vec("[^=\\s\"][^\"\\n]{0,8}[^\\s]", 1..5)) {
            let line: Vec<String> =
                texts.iter().map(|text| format!("\"{}\"", text.replace('"', "\"\""))).collect();
            let fields = parse_record(&line.join(",")).unwrap();
            let printed: Vec<String> = fields
                .into_iter()
                .map(|field| field.key.map_or(String::new(), |key| key + "=") + &field.value)
                .collect();
            let spaceless = |text: &str| text.to_lowercase().replace(char::is_whitespace, "");
            prop_assert_eq!(
                printed.iter().map(|text| spaceless(text)).collect::<Vec<_>>(),
                texts.iter().map(|text| spaceless(text)).collect::<Vec<_>>()
            );
        }

        #[test]
        fn never_panics(line: String) {
            let _ = parse_record(&line);
        }
    }
}
