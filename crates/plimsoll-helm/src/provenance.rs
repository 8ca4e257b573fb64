//! What is signed of a package: the text of its `.prov` file (Helm's `pkg/provenance`).
//!
//! The signature around it is OpenPGP's, made by whoever has the key: a text that is signed in the clear.

use serde_json::json;

use crate::archive::{ArchiveError, read_chart};
use crate::yaml::write_mapping;

/// The message about a package whose file has this name: what the chart says of itself, and the digest of the file.
///
/// # Errors
/// See [`ArchiveError`].
pub fn render_message(package: &[u8], file: &str) -> Result<String, ArchiveError> {
    let metadata = serde_json::to_value(&read_chart(package)?.metadata).unwrap_or_default();
    let digest = plimsoll_oci::name::Digest::of(package).to_string();
    let sums = json!({ "files": { file: digest } });
    Ok(format!("{}\n...\n{}", write_mapping(&metadata), write_mapping(&sums)))
}
