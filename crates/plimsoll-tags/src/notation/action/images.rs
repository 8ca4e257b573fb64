//! `images`: names of images.

use super::record::{RecordError, parse_record};

/// Why lines name no images.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImagesError {
    /// A line is no CSV record.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A line has an attribute other than `name` and `enable`.
    #[error("`{line}` has an attribute other than `name` and `enable`")]
    UnknownAttribute {
        /// The line.
        line: String,
    },
    /// `enable` is neither `true` nor `false`.
    #[error("`{line}`: `enable` is neither `true` nor `false`")]
    Enable {
        /// The line.
        line: String,
    },
    /// A line has attributes but no name.
    #[error("`{line}` names no image")]
    NoName {
        /// The line.
        line: String,
    },
}

/// Reads the names of images, in lower case, without those that are not enabled.
///
/// A single line may name several: `acme/app,ghcr.io/acme/app`.
///
/// # Errors
/// See [`ImagesError`].
pub fn parse_images<'line>(lines: impl IntoIterator<Item = &'line str>) -> Result<Vec<String>, ImagesError> {
    let lines: Vec<&str> = lines.into_iter().collect();
    if let [line] = lines.as_slice() {
        let fields = parse_record(line)?;
        if fields.iter().all(|field| field.key.is_none()) {
            return Ok(fields.into_iter().map(|field| field.value.to_lowercase()).collect());
        }
    }
    let images = lines.into_iter().map(parse_image).collect::<Result<Vec<_>, _>>()?;
    Ok(images.into_iter().flatten().collect())
}

fn parse_image(line: &str) -> Result<Option<String>, ImagesError> {
    let mut name = String::new();
    let mut enabled = true;
    for field in parse_record(line)? {
        match (field.key.as_deref(), field.value.as_str()) {
            (None | Some("name"), value) => name = value.to_lowercase(),
            (Some("enable"), "true") => enabled = true,
            (Some("enable"), "false") => enabled = false,
            (Some("enable"), _) => return Err(ImagesError::Enable { line: line.to_owned() }),
            (Some(_), _) => return Err(ImagesError::UnknownAttribute { line: line.to_owned() }),
        }
    }
    match name.is_empty() {
        true => Err(ImagesError::NoName { line: line.to_owned() }),
        false => Ok(enabled.then_some(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::parse_images;

    #[test]
    fn names_are_in_lower_case_and_may_be_switched_off() {
        for (lines, want) in [
            (vec!["acme/App,ghcr.io/acme/app"], vec!["acme/app", "ghcr.io/acme/app"]),
            (vec!["name=acme/app,enable=false", "ghcr.io/acme/app"], vec!["ghcr.io/acme/app"]),
            (vec!["acme/app,enable=true"], vec!["acme/app"]),
            (vec![], vec![]),
        ] {
            assert_eq!(parse_images(lines).unwrap(), want);
        }
        for line in ["enable=true", "name=a,enable=no", "name=a,tag=b", "name=\"a"] {
            assert!(parse_images([line]).is_err(), "{line}");
        }
    }
}
