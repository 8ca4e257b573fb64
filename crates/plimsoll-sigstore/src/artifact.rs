//! What is signed: bytes, known by their digest.

use std::fmt;
use std::io::{self, Read};

use aws_lc_rs::digest;

use crate::encoding::{hex, parse_hex};

/// How many bytes are read at once.
const PIECE: usize = 128 * 1024;

/// A digest algorithm that signatures are made over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HashAlgorithm {
    /// SHA-256.
    #[default]
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl HashAlgorithm {
    /// All of them.
    pub const ALL: [HashAlgorithm; 3] = [HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512];

    /// As protobuf's enum `HashAlgorithm` calls it.
    pub fn proto_name(self) -> &'static str {
        match self {
            HashAlgorithm::Sha256 => "SHA2_256",
            HashAlgorithm::Sha384 => "SHA2_384",
            HashAlgorithm::Sha512 => "SHA2_512",
        }
    }

    /// As digests in texts call it.
    pub fn name(self) -> &'static str {
        match self {
            HashAlgorithm::Sha256 => "sha256",
            HashAlgorithm::Sha384 => "sha384",
            HashAlgorithm::Sha512 => "sha512",
        }
    }

    /// The algorithm that protobuf calls so.
    pub fn from_proto_name(name: &str) -> Option<HashAlgorithm> {
        HashAlgorithm::ALL.into_iter().find(|one| one.proto_name() == name)
    }

    /// The algorithm that texts call so.
    pub fn from_name(name: &str) -> Option<HashAlgorithm> {
        HashAlgorithm::ALL.into_iter().find(|one| one.name() == name)
    }

    /// The digest of bytes.
    pub fn digest(self, bytes: &[u8]) -> ArtifactDigest {
        ArtifactDigest { algorithm: self, bytes: digest::digest(self.library(), bytes).as_ref().to_vec() }
    }

    fn library(self) -> &'static digest::Algorithm {
        match self {
            HashAlgorithm::Sha256 => &digest::SHA256,
            HashAlgorithm::Sha384 => &digest::SHA384,
            HashAlgorithm::Sha512 => &digest::SHA512,
        }
    }
}

/// A digest with its algorithm. It prints as `sha256:…`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArtifactDigest {
    algorithm: HashAlgorithm,
    bytes: Vec<u8>,
}

impl ArtifactDigest {
    /// Takes a digest; `None` if its length is not the algorithm's.
    pub fn new(algorithm: HashAlgorithm, bytes: Vec<u8>) -> Option<ArtifactDigest> {
        (bytes.len() == algorithm.library().output_len()).then_some(ArtifactDigest { algorithm, bytes })
    }

    /// Reads `sha256:` and the digits; `None` if it is anything else.
    pub fn parse(text: &str) -> Option<ArtifactDigest> {
        let (algorithm, digits) = text.split_once(':')?;
        ArtifactDigest::new(HashAlgorithm::from_name(algorithm)?, parse_hex(digits)?)
    }

    /// Its algorithm.
    pub fn algorithm(&self) -> HashAlgorithm {
        self.algorithm
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its digits alone.
    pub fn hex(&self) -> String {
        hex(&self.bytes)
    }

    /// As the library that signs wants it.
    pub(crate) fn library(&self) -> Option<digest::Digest> {
        digest::Digest::import_less_safe(&self.bytes, self.algorithm.library()).ok()
    }
}

impl fmt::Display for ArtifactDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm.name(), self.hex())
    }
}

impl fmt::Debug for ArtifactDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A file, or what stands for one: its digests, and its bytes where a signature algorithm wants them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    digests: Vec<ArtifactDigest>,
    bytes: Option<Vec<u8>>,
}

impl Artifact {
    /// An artifact of which only the digest is known.
    pub fn known_by(digest: ArtifactDigest) -> Artifact {
        Artifact { digests: vec![digest], bytes: None }
    }

    /// An artifact in memory. Only such a one can be verified by Ed25519, which hashes for itself.
    pub fn of_bytes(bytes: Vec<u8>) -> Artifact {
        let digests = HashAlgorithm::ALL.map(|algorithm| algorithm.digest(&bytes)).to_vec();
        Artifact { digests, bytes: Some(bytes) }
    }

    /// Reads an artifact once, in pieces, and remembers its SHA-256 digest and that of `other`.
    ///
    /// # Errors
    /// What the reader says.
    pub fn read(reader: &mut impl Read, other: HashAlgorithm) -> io::Result<Artifact> {
        let mut algorithms = vec![HashAlgorithm::Sha256, other];
        algorithms.dedup();
        let mut running: Vec<_> =
            algorithms.iter().map(|algorithm| digest::Context::new(algorithm.library())).collect();
        let mut piece = vec![0; PIECE];
        loop {
            let length = match reader.read(&mut piece) {
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let Some(read) = piece.get(..length).filter(|read| !read.is_empty()) else { break };
            for context in &mut running {
                context.update(read);
            }
        }
        let done = algorithms.into_iter().zip(running);
        let digest = |(algorithm, context): (_, digest::Context)| ArtifactDigest {
            algorithm,
            bytes: context.finish().as_ref().to_vec(),
        };
        Ok(Artifact { digests: done.map(digest).collect(), bytes: None })
    }

    /// Its digest by an algorithm; `None` if that was not computed.
    pub fn digest(&self, algorithm: HashAlgorithm) -> Option<&ArtifactDigest> {
        self.digests.iter().find(|digest| digest.algorithm == algorithm)
    }

    /// The digest that it is called by: SHA-256 if that is known.
    pub fn name(&self) -> Option<&ArtifactDigest> {
        self.digest(HashAlgorithm::Sha256).or(self.digests.first())
    }

    /// Its bytes, if they are in memory.
    pub fn bytes(&self) -> Option<&[u8]> {
        self.bytes.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_in_pieces_and_at_once_give_the_same_digests() {
        let bytes = vec![7; PIECE + 3];
        let whole = Artifact::of_bytes(bytes.clone());
        let read = Artifact::read(&mut bytes.as_slice(), HashAlgorithm::Sha384).unwrap();
        for algorithm in [HashAlgorithm::Sha256, HashAlgorithm::Sha384] {
            assert_eq!(read.digest(algorithm), whole.digest(algorithm));
        }
        assert_eq!(read.digest(HashAlgorithm::Sha512), None);
    }

    #[test]
    fn a_digest_reads_back_as_it_prints() {
        let digest = HashAlgorithm::Sha256.digest(b"abc");
        assert_eq!(
            digest.to_string(),
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(ArtifactDigest::parse(&digest.to_string()), Some(digest));
        for text in ["sha256:00", "md5:00", "ba78", "sha256:"] {
            assert_eq!(ArtifactDigest::parse(text), None, "{text}");
        }
    }
}
