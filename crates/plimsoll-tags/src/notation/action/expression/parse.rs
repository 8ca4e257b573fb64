//! Reading expressions.

use super::super::moment::{Zone, ZoneError};
use super::{Call, Escape, Name, Piece, Scope, suggest_name};

/// Why a text is no expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionError {
    /// `{{` without `}}`.
    #[error("`{text}` has `{{{{` without `}}}}`")]
    Unclosed {
        /// The text.
        text: String,
    },
    /// A name that means nothing in this place.
    #[error("there is no expression `{{{{{name}}}}}` here")]
    UnknownName {
        /// The name.
        name: String,
        /// The name that was perhaps meant.
        suggestion: Option<&'static str>,
    },
    /// Something of Handlebars that docker/metadata-action does not document: blocks, partials, comments.
    #[error("`{{{{{inside}}}}}` is more than a name: blocks and the like are not supported")]
    Unsupported {
        /// What stands between the braces.
        inside: String,
    },
    /// Arguments for a name that takes none.
    #[error("`{name}` takes no arguments")]
    Arguments {
        /// The name.
        name: &'static str,
    },
    /// A date without a format.
    #[error("`{name}` needs a format: {{{{{name} 'YYYYMMDD'}}}}")]
    NoFormat {
        /// The name.
        name: &'static str,
    },
    /// An argument of a date that is neither its format nor `tz=`.
    #[error("`{argument}` is neither the format of a date nor `tz='…'`")]
    Argument {
        /// The argument.
        argument: String,
    },
    /// A quote without its other half.
    #[error("`{{{{{inside}}}}}` has a quote without its other half")]
    LooseQuote {
        /// What stands between the braces.
        inside: String,
    },
    /// A time zone that does not exist.
    #[error(transparent)]
    Zone(#[from] ZoneError),
}

pub(super) fn parse(text: &str, scope: Scope) -> Result<Vec<Piece>, ExpressionError> {
    let unclosed = || ExpressionError::Unclosed { text: text.to_owned() };
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, opened)) = rest.split_once("{{") {
        if before.ends_with('\\') {
            return Err(ExpressionError::Unsupported { inside: "\\".to_owned() });
        }
        if !before.is_empty() {
            pieces.push(Piece::Text(before.to_owned()));
        }
        let (inside, escape, closed) = match opened.strip_prefix('{') {
            Some(opened) => {
                let (inside, closed) = opened.split_once("}}}").ok_or_else(unclosed)?;
                (inside, Escape::Nothing, closed)
            }
            None => {
                let (inside, closed) = opened.split_once("}}").ok_or_else(unclosed)?;
                match inside.strip_prefix('&') {
                    Some(inside) => (inside, Escape::Nothing, closed),
                    None => (inside, Escape::Html, closed),
                }
            }
        };
        pieces.push(Piece::Call(parse_call(inside.trim(), escape, scope)?));
        rest = closed;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Ok(pieces)
}

fn parse_call(inside: &str, escape: Escape, scope: Scope) -> Result<Call, ExpressionError> {
    if inside.is_empty()
        || inside.starts_with(['#', '/', '^', '>', '!', '~', '*', '&', '{'])
        || inside.ends_with('~')
    {
        return Err(ExpressionError::Unsupported { inside: inside.to_owned() });
    }
    let (word, arguments) = inside.split_once(char::is_whitespace).unwrap_or((inside, ""));
    let known = Name::ALL.into_iter().find(|name| name.as_str() == word && scope.knows(*name));
    let name = known.ok_or_else(|| ExpressionError::UnknownName {
        name: word.to_owned(),
        suggestion: suggest_name(word, scope),
    })?;
    let arguments = arguments.trim();
    if !name.is_date() {
        return match arguments.is_empty() {
            true => Ok(Call { name, format: None, zone: Zone::utc(), escape }),
            false => Err(ExpressionError::Arguments { name: name.as_str() }),
        };
    }
    if arguments.is_empty() {
        return Err(ExpressionError::NoFormat { name: name.as_str() });
    }
    let (format, rest) = parse_format(inside, arguments)?;
    let zone = parse_zone(inside, rest.trim())?;
    Ok(Call { name, format, zone, escape })
}

/// Reads `'YYYY'`. A word without quotes is the name of nothing, so there is no format then.
fn parse_format<'text>(
    inside: &str,
    arguments: &'text str,
) -> Result<(Option<String>, &'text str), ExpressionError> {
    if let Some((format, rest)) = parse_quoted(inside, arguments)? {
        return Ok((Some(format), rest));
    }
    let (word, rest) = arguments.split_once(char::is_whitespace).unwrap_or((arguments, ""));
    match word.contains(['=', '(', ')', '|', '"', '\'']) {
        true => Err(ExpressionError::Argument { argument: word.to_owned() }),
        false => Ok((None, rest)),
    }
}

fn parse_zone(inside: &str, arguments: &str) -> Result<Zone, ExpressionError> {
    if arguments.is_empty() {
        return Ok(Zone::utc());
    }
    let refused = || ExpressionError::Argument { argument: arguments.to_owned() };
    let value = arguments.strip_prefix("tz=").ok_or_else(refused)?;
    match parse_quoted(inside, value)? {
        Some((zone, "")) => Ok(Zone::parse(&zone)?),
        _ => Err(refused()),
    }
}

fn parse_quoted<'text>(
    inside: &str,
    text: &'text str,
) -> Result<Option<(String, &'text str)>, ExpressionError> {
    let Some(quote) = text.chars().next().filter(|first| matches!(first, '\'' | '"')) else {
        return Ok(None);
    };
    let loose = || ExpressionError::LooseQuote { inside: inside.to_owned() };
    let (quoted, rest) = text.get(1..).and_then(|rest| rest.split_once(quote)).ok_or_else(loose)?;
    Ok(Some((quoted.to_owned(), rest)))
}
