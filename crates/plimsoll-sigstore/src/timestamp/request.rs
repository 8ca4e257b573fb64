//! What a timestamp authority is asked (RFC 3161, 2.4.1).

use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef, UintRef};
use der::{Encode as _, Sequence};

use crate::artifact::{ArtifactDigest, HashAlgorithm};

#[derive(Sequence)]
struct Request<'a> {
    version: u8,
    imprint: Imprint<'a>,
    nonce: UintRef<'a>,
    with_certificates: bool,
}

#[derive(Sequence)]
struct Imprint<'a> {
    algorithm: Algorithm<'a>,
    digest: OctetStringRef<'a>,
}

#[derive(Sequence)]
struct Algorithm<'a> {
    oid: ObjectIdentifier,
    parameters: Option<AnyRef<'a>>,
}

/// The identifier of a digest algorithm.
pub(super) fn oid(algorithm: HashAlgorithm) -> ObjectIdentifier {
    match algorithm {
        HashAlgorithm::Sha256 => ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1"),
        HashAlgorithm::Sha384 => ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2"),
        HashAlgorithm::Sha512 => ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3"),
    }
}

/// The digest algorithm that an identifier names.
pub(super) fn algorithm(of: ObjectIdentifier) -> Option<HashAlgorithm> {
    HashAlgorithm::ALL.into_iter().find(|algorithm| oid(*algorithm) == of)
}

/// Renders a request for a timestamp of a digest. The nonce is a number, without zeros before it, that no other request
/// has. The authority is asked for its certificate; who verifies trusts the root's alone.
pub fn render_request(digest: &ArtifactDigest, nonce: &[u8]) -> Vec<u8> {
    let request = || {
        let algorithm = Algorithm { oid: oid(digest.algorithm()), parameters: Some(AnyRef::NULL) };
        let imprint = Imprint { algorithm, digest: OctetStringRef::new(digest.bytes())? };
        Request { version: 1, imprint, nonce: UintRef::new(nonce)?, with_certificates: true }.to_der()
    };
    request().expect("digest and nonce are short, and memory is the only other thing that encoding needs")
}
