//! Checkpoints: the signed state of a log (C2SP tlog-checkpoint, in a C2SP signed-note).

use crate::artifact::HashAlgorithm;
use crate::encoding::Base64;
use crate::trust::Log;

/// The longest checkpoint that is read, in bytes.
const LIMIT: usize = 64 * 1024;
/// The most signatures that are looked at: the log's own, and those of witnesses.
const MOST_SIGNATURES: usize = 64;
/// How many bytes of the log's identifier stand before its signature.
const HINT: usize = 4;

/// The signed state of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's own name.
    pub origin: String,
    /// How many entries it has.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Vec<u8>,
    signed: String,
    signatures: Vec<NoteSignature>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct NoteSignature {
    name: String,
    hint: Vec<u8>,
    signature: Vec<u8>,
}

/// Why a checkpoint is not to be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It can't be read.
    #[error("the log's checkpoint is malformed")]
    Malformed,
    /// The log has not signed it.
    #[error("the log has not signed the checkpoint")]
    Unsigned,
    /// The log's signature is wrong.
    #[error("the log's signature of the checkpoint does not verify")]
    Signature,
}

impl Checkpoint {
    /// Reads a signed note with a checkpoint.
    ///
    /// # Errors
    /// [`CheckpointError::Malformed`].
    pub fn parse(text: &str) -> Result<Checkpoint, CheckpointError> {
        parse(text).ok_or(CheckpointError::Malformed)
    }

    /// Verifies that `log` has signed it. The signatures of others are passed over.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn verify(&self, log: &Log) -> Result<(), CheckpointError> {
        // Both versions of Rekor put the beginning of the log's identifier before the signature, and sign with the name that
        // the origin begins with.
        let ours = |one: &&NoteSignature| {
            log.id.get(..HINT) == Some(one.hint.as_slice())
                && self.origin.split(" - ").next() == Some(one.name.as_str())
        };
        let mut ours = self.signatures.iter().filter(ours).peekable();
        if ours.peek().is_none() {
            return Err(CheckpointError::Unsigned);
        }
        let verifies = |one: &NoteSignature| {
            log.key.verify(self.signed.as_bytes(), HashAlgorithm::Sha256, &one.signature).is_ok()
        };
        match ours.any(verifies) {
            true => Ok(()),
            false => Err(CheckpointError::Signature),
        }
    }
}

fn parse(text: &str) -> Option<Checkpoint> {
    if text.len() > LIMIT {
        return None;
    }
    let (body, signatures) = text.split_once("\n\n")?;
    let signed = format!("{body}\n");
    let mut lines = body.split('\n');
    let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
    let value: u64 = size.parse().ok()?;
    // One state has one text.
    if origin.is_empty() || value.to_string() != size {
        return None;
    }
    let mut found = Vec::new();
    for line in signatures.strip_suffix('\n')?.split('\n') {
        let (name, signature) = line.strip_prefix("— ")?.split_once(' ')?;
        let bytes = Base64::parse(signature)?;
        let (hint, signature) = bytes.split_at_checked(HINT)?;
        found.push(NoteSignature {
            name: name.to_owned(),
            hint: hint.to_vec(),
            signature: signature.to_vec(),
        });
    }
    (found.len() <= MOST_SIGNATURES).then_some(Checkpoint {
        origin: origin.to_owned(),
        size: value,
        root: Base64::parse(root)?,
        signed,
        signatures: found,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_is_read_in_its_one_form() {
        let text = "log.test - 7\n8\nAAEC\nextension\n\n— log.test AAECAwQ=\n— witness.test AAECAwQ=\n";
        let read = Checkpoint::parse(text).unwrap();
        assert_eq!(
            (read.origin.as_str(), read.size, read.root.as_slice()),
            ("log.test - 7", 8, &[0, 1, 2][..])
        );
        assert_eq!(read.signed, "log.test - 7\n8\nAAEC\nextension\n");
        assert_eq!(read.signatures.len(), 2);
        for broken in [
            text.replace("\n8\n", "\n08\n"),
            text.replace("\n\n", "\n"),
            text.replace("— w", "- w"),
            text.replace("AAECAwQ=", "AAE="),
            text.trim_end().to_owned(),
            String::new(),
        ] {
            assert_eq!(Checkpoint::parse(&broken), Err(CheckpointError::Malformed), "{broken}");
        }
    }
}
