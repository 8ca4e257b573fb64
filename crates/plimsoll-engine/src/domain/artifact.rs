//! Names of what a release makes.

use std::fmt;
use std::str::FromStr;

/// The name of an image or a chart inside a project: `[a-z0-9]+([._-][a-z0-9]+)*`, of at most 128 characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ArtifactName(String);

/// How many characters a name may have: it stands in names of files and refs.
const LENGTH_LIMIT: usize = 128;

/// A text that can't be an artifact's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` can't be a name: {rule}", rule = rule(.0))]
pub struct ArtifactNameError(pub String);

/// The rule that a text breaks.
fn rule(text: &str) -> String {
    match text.len() {
        length if length > LENGTH_LIMIT => {
            format!("it has {length} characters, and may have {LENGTH_LIMIT}")
        }
        _ => "lowercase letters and digits, with single `.`, `_` or `-` between them".to_owned(),
    }
}

impl ArtifactName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ArtifactName {
    type Err = ArtifactNameError;

    fn from_str(text: &str) -> Result<Self, ArtifactNameError> {
        let word = |word: &str| {
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        match text.len() <= LENGTH_LIMIT && text.split(['.', '_', '-']).all(word) {
            true => Ok(ArtifactName(text.into())),
            false => Err(ArtifactNameError(text.into())),
        }
    }
}

impl TryFrom<String> for ArtifactName {
    type Error = ArtifactNameError;

    fn try_from(text: String) -> Result<Self, ArtifactNameError> {
        text.parse()
    }
}

impl From<ArtifactName> for String {
    fn from(name: ArtifactName) -> String {
        name.0
    }
}

impl fmt::Display for ArtifactName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ArtifactName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_fits_into_a_file_name() {
        assert!("a".repeat(LENGTH_LIMIT).parse::<ArtifactName>().is_ok());
        let error = "a".repeat(300).parse::<ArtifactName>().unwrap_err();
        assert!(error.to_string().contains("it has 300 characters, and may have 128"), "{error}");
        let error = "App".parse::<ArtifactName>().unwrap_err();
        assert!(error.to_string().contains("lowercase letters"), "{error}");
    }
}
