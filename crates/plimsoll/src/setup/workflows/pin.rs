//! Which Plimsoll a workflow installs: one version, and the SHA-256 of its programs.

/// Where releases of Plimsoll lie.
pub(crate) const DOWNLOADS: &str = "https://github.com/plimsoll-release/plimsoll/releases/download";

/// The file of a release with the digests of its programs.
pub(crate) const CHECKSUMS: &str = "plimsoll-SHA256SUMS";

/// The programs for Linux.
const AMD64: &str = "plimsoll-linux-amd64";
const ARM64: &str = "plimsoll-linux-arm64";

/// One version of Plimsoll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pin {
    /// The version.
    pub(crate) version: String,
    /// Where its releases lie, without a slash at the end.
    pub(crate) downloads: String,
    /// The SHA-256 of the program for amd64, in hexadecimal.
    pub(crate) amd64: String,
    /// That of the program for arm64.
    pub(crate) arm64: String,
}

/// Why checksums say nothing of a program.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum ChecksumError {
    /// It is not named.
    #[error("`{0}` is not named")]
    Missing(&'static str),
    /// What stands before it is no SHA-256.
    #[error("what stands before `{0}` is no SHA-256")]
    Invalid(&'static str),
}

impl Pin {
    /// Reads what `sha256sum` wrote of a release.
    ///
    /// # Errors
    /// A program is not in it.
    pub(crate) fn parse(version: &str, downloads: &str, checksums: &str) -> Result<Pin, ChecksumError> {
        let find = |name: &'static str| {
            let digest = checksums.lines().find_map(|line| {
                let (digest, file) = line.split_once(char::is_whitespace)?;
                let file = file.trim_start().trim_start_matches('*');
                (file.rsplit('/').next() == Some(name)).then_some(digest)
            });
            let digest = digest.ok_or(ChecksumError::Missing(name))?;
            let is_digest = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
            is_digest.then(|| digest.to_ascii_lowercase()).ok_or(ChecksumError::Invalid(name))
        };
        Ok(Pin {
            version: version.to_owned(),
            downloads: downloads.trim_end_matches('/').to_owned(),
            amd64: find(AMD64)?,
            arm64: find(ARM64)?,
        })
    }

    /// The address of a program, without the word of its architecture.
    pub(super) fn address(&self) -> String {
        format!("{}/v{}/plimsoll-linux-", self.downloads, self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_read_as_sha256sum_writes_them() {
        let (one, two) = ("ab".repeat(32), "CD".repeat(32));
        let text = format!("{one}  plimsoll-linux-amd64\n{two} *dist/plimsoll-linux-arm64\n");
        let pin = Pin::parse("1.2.3", "https://example.org/", &text).unwrap();
        assert_eq!((pin.amd64, pin.arm64), (one.clone(), two.to_lowercase()));
        assert_eq!(pin.downloads, "https://example.org");
        let missing = format!("{one}  plimsoll-linux-amd64\n");
        assert_eq!(Pin::parse("1.2.3", "", &missing), Err(ChecksumError::Missing(ARM64)));
        let short = text.replace(&one, "ab");
        assert_eq!(Pin::parse("1.2.3", "", &short), Err(ChecksumError::Invalid(AMD64)));
    }
}
