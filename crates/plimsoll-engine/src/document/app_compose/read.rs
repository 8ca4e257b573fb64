//! What a manifest that somebody wrote says of itself.

use plimsoll_oci::name::Digest;
use serde_json::Value;

use super::hash;

/// A manifest as it lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The name of the app.
    pub name: String,
    /// What runs it.
    pub runner: String,
    /// The compose file in it.
    pub compose: Option<String>,
    /// The hash of its bytes.
    pub hash: Digest,
}

/// Why bytes are no manifest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// They are no JSON.
    #[error("it is no JSON: {0}")]
    Json(String),
    /// Something is missing or of another kind.
    #[error("`{key}` is not {wanted}")]
    Shape {
        /// The key.
        key: &'static str,
        /// What guests want there.
        wanted: &'static str,
    },
}

impl Manifest {
    /// Reads what guests ask for before anything else.
    ///
    /// # Errors
    /// See [`ManifestError`].
    pub fn parse(bytes: &[u8]) -> Result<Manifest, ManifestError> {
        let value: Value =
            serde_json::from_slice(bytes).map_err(|error| ManifestError::Json(error.to_string()))?;
        let text = |key: &'static str| {
            let text = value.get(key).and_then(Value::as_str).map(str::to_owned);
            text.ok_or(ManifestError::Shape { key, wanted: "a text" })
        };
        let is_version = match value.get("manifest_version") {
            Some(Value::Number(number)) => matches!(number.as_u64(), Some(1 | 2)),
            Some(Value::String(text)) => {
                text.parse::<u32>().is_ok_and(|number| number > 0 && number.to_string() == *text)
            }
            _ => false,
        };
        if !is_version {
            let wanted = "1, 2 or the text of a number";
            return Err(ManifestError::Shape { key: "manifest_version", wanted });
        }
        let (name, runner) = (text("name")?, text("runner")?);
        Ok(Manifest { name, runner, compose: text("docker_compose_file").ok(), hash: hash(bytes) })
    }
}
