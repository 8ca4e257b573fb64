//! What is signed of a package: the text of its `.prov` file (Helm's `pkg/provenance`).
//!
//! The signature around it is OpenPGP's, made by whoever has the key: a text that is signed in the clear.

use plimsoll_oci::name::Digest;
use serde_json::json;

use crate::archive::{ArchiveError, read_chart};
use crate::yaml::{read, write_mapping};

/// Where a text that is signed in the clear begins, and where its signature does.
const BEGINS: &str = "-----BEGIN PGP SIGNED MESSAGE-----";
const SIGNED: &str = "-----BEGIN PGP SIGNATURE-----";

/// Why a `.prov` file is not a package's. Who signed it is not asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProvenanceError {
    /// It is no text that is signed in the clear.
    #[error("it is no text that is signed in the clear")]
    NotSigned,
    /// It names no digests of files.
    #[error("it names no digest of a package")]
    NoFiles,
    /// It is of files with other names.
    #[error("it is of {found}")]
    OtherFile {
        /// Their names.
        found: String,
    },
    /// It is of a file of this name with other bytes.
    #[error("it is of other bytes: {found}")]
    OtherBytes {
        /// Their digest, as it stands there.
        found: String,
    },
}

/// The message about a package whose file has this name: what the chart says of itself, and the digest of the file.
///
/// # Errors
/// See [`ArchiveError`].
pub fn render_message(package: &[u8], file: &str) -> Result<String, ArchiveError> {
    let metadata = serde_json::to_value(&read_chart(package)?.metadata).unwrap_or_default();
    let digest = Digest::of(package).to_string();
    let sums = json!({ "files": { file: digest } });
    Ok(format!("{}\n...\n{}", write_mapping(&metadata), write_mapping(&sums)))
}

/// Sees that what a `.prov` file says is of a package, whose file has this name.
///
/// # Errors
/// See [`ProvenanceError`]: Helm would refuse it, whoever signed it.
pub fn check_provenance(provenance: &[u8], package: &[u8], file: &str) -> Result<(), ProvenanceError> {
    let text = String::from_utf8_lossy(provenance).replace("\r\n", "\n");
    let (_, signed) = text.split_once(BEGINS).ok_or(ProvenanceError::NotSigned)?;
    let (signed, _) = signed.split_once(SIGNED).ok_or(ProvenanceError::NotSigned)?;
    // Headers end with an empty line.
    let (_, message) = signed.split_once("\n\n").ok_or(ProvenanceError::NotSigned)?;
    let lines = message.lines().map(|line| line.strip_prefix("- ").unwrap_or(line));
    let message: String = lines.flat_map(|line| [line, "\n"]).collect();
    let (_, sums) = message.split_once("\n...\n").ok_or(ProvenanceError::NoFiles)?;
    let sums = read(sums).unwrap_or_default();
    let files =
        sums["files"].as_object().filter(|files| !files.is_empty()).ok_or(ProvenanceError::NoFiles)?;
    let Some(found) = files.get(file) else {
        let names: Vec<&str> = files.keys().map(String::as_str).collect();
        return Err(ProvenanceError::OtherFile { found: names.join(", ") });
    };
    let found = found.as_str().unwrap_or_default();
    match found == Digest::of(package).to_string() {
        true => Ok(()),
        false => Err(ProvenanceError::OtherBytes { found: found.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::{Chart, ChartFile};
    use crate::package::package;

    fn packed(version: &str) -> Vec<u8> {
        let yaml = format!("apiVersion: v2\nname: app\nversion: {version}\ndescription: \"- dashed\"\n");
        let file = ChartFile { path: "Chart.yaml".into(), bytes: yaml.into_bytes() };
        package(&Chart::from_files(vec![file]).unwrap(), 0).unwrap().1
    }

    /// As `gpg --clearsign` writes it, but for the signature.
    fn signed(message: &str, end: &str) -> Vec<u8> {
        let lines = message.lines().map(|line| match line.starts_with('-') {
            true => format!("- {line}{end}"),
            false => format!("{line}{end}"),
        });
        let lines: String = lines.collect();
        format!("{BEGINS}{end}Hash: SHA512{end}{end}{lines}{SIGNED}{end}{end}iQ=={end}").into_bytes()
    }

    #[test]
    fn what_is_signed_is_of_a_package_or_it_is_not() {
        let (one, two) = (packed("1.0.0"), packed("1.0.1"));
        for end in ["\n", "\r\n"] {
            let of_one = signed(&render_message(&one, "app-1.0.0.tgz").unwrap(), end);
            assert_eq!(check_provenance(&of_one, &one, "app-1.0.0.tgz"), Ok(()));
            let other = check_provenance(&of_one, &two, "app-1.0.0.tgz");
            assert_eq!(other, Err(ProvenanceError::OtherBytes { found: Digest::of(&one).to_string() }));
            let renamed = check_provenance(&of_one, &one, "app.tgz");
            assert_eq!(renamed, Err(ProvenanceError::OtherFile { found: "app-1.0.0.tgz".into() }));
        }
        for (text, want) in [
            ("signed\n".to_owned(), ProvenanceError::NotSigned),
            (format!("{BEGINS}\n\nname: app\n"), ProvenanceError::NotSigned),
            (format!("{BEGINS}\n\nname: app\n{SIGNED}\n"), ProvenanceError::NoFiles),
            (format!("{BEGINS}\n\nname: app\n\n...\nfiles: [a]\n{SIGNED}\n"), ProvenanceError::NoFiles),
        ] {
            assert_eq!(check_provenance(text.as_bytes(), &one, "app-1.0.0.tgz"), Err(want), "{text}");
        }
    }
}
