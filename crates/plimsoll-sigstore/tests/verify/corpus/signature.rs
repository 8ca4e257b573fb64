//! Signatures and digests of something else.

use aws_lc_rs::signature::{ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair};
use plimsoll_http::Secret;
use plimsoll_sigstore::artifact::{Artifact, ArtifactDigest, HashAlgorithm};
use plimsoll_sigstore::bundle::{Bundle, Content};
use plimsoll_sigstore::key::{PrivateKey, PublicKey};
use plimsoll_sigstore::policy::RequiredSigner;
use plimsoll_sigstore::sign::{bundle_of_key, sign_artifact};
use plimsoll_sigstore::verify::verify;

use super::{Case, case, of, of_artifact, of_policy, reasons};
use crate::authority::*;
use crate::fixtures::by;

/// Made with `openssl genpkey -algorithm ed25519`.
const ED25519: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAe6f09i2NODtX5BhKO+dE3ZFDWiDlQM8mR9mwtx/ESRI=\n-----END PUBLIC KEY-----\n";

fn with_signature(mut bundle: Bundle, change: impl FnOnce(&mut Vec<u8>)) -> Bundle {
    match &mut bundle.content {
        Content::Message { signature, .. } => change(signature),
        Content::Envelope(envelope) => change(&mut envelope.signature),
    }
    bundle
}

fn with_digest(mut bundle: Bundle, other: Option<ArtifactDigest>) -> Bundle {
    if let Content::Message { digest, .. } = &mut bundle.content {
        *digest = other;
    }
    bundle
}

/// A signature by nobody's certificate, but by a key.
fn by_key(key: &PrivateKey) -> Bundle {
    bundle_of_key(key, sign_artifact(key, &artifact()).unwrap())
}

fn large_key() -> PrivateKey {
    let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_ASN1_SIGNING).unwrap();
    let plain = pair.to_pkcs8v1().unwrap();
    let text = ::der::pem::encode_string("PRIVATE KEY", ::der::pem::LineEnding::LF, plain.as_ref()).unwrap();
    PrivateKey::parse(&Secret::new(text), None).unwrap()
}

pub(super) fn cases() -> Vec<Case> {
    let message = || INSTANCE.message();
    let (key, other) = (PrivateKey::generate().unwrap(), PrivateKey::generate().unwrap());
    let wanted = |key: &PublicKey| by(RequiredSigner::Key(key.clone()));
    let by_key_of = |bundle: &Bundle, artifact: &Artifact, key: &PublicKey| {
        reasons(&verify(bundle, artifact, &wanted(key), None))
    };
    let named = |algorithm: HashAlgorithm| Artifact::known_by(algorithm.digest(BYTES));
    let without_hint = |mut bundle: Bundle| {
        bundle.signer = plimsoll_sigstore::bundle::Signer::Key(String::new());
        with_digest(bundle, None)
    };
    let large = large_key();
    let mut hidden = by_key(&key);
    hidden.signer = plimsoll_sigstore::bundle::Signer::Key(String::new());
    let another = Artifact::of_bytes(b"something else".to_vec());
    let mut swapped = case("another artifact", "digest-differs", of_artifact(&message(), &another));
    swapped.want.extend(["signature-wrong", "log-other-signature"]);
    let mut unknown = case(
        "a digest by an algorithm that the artifact is not known by",
        "digest-other-algorithm",
        of_artifact(
            &with_digest(message(), Some(HashAlgorithm::Sha512.digest(BYTES))),
            &named(HashAlgorithm::Sha256),
        ),
    );
    unknown.want.push("signature-takes-digest");
    let mut tampered = INSTANCE.attestation();
    if let Content::Envelope(envelope) = &mut tampered.content {
        envelope.payload.push(b' ');
    }
    let mut payload = case("a payload with a space more", "signature-wrong", of(&tampered));
    payload.want.push("log-other-signature");
    vec![
        swapped,
        unknown,
        payload,
        case(
            "a hint at another digest",
            "digest-differs",
            of(&with_digest(message(), Some(HashAlgorithm::Sha256.digest(b"something else")))),
        ),
        case(
            "a signature of other bytes",
            "signature-wrong",
            by_key_of(&by_key(&key), &another, key.public())[1..].to_vec(),
        ),
        case(
            "a signature with a byte more",
            "signature-wrong",
            by_key_of(
                &with_signature(by_key(&key), |signature| signature.push(0)),
                &artifact(),
                key.public(),
            ),
        ),
        case(
            "another key without a hint",
            "signature-wrong",
            by_key_of(&hidden, &artifact(), other.public()),
        ),
        case(
            "a hint at another key",
            "signature-other-key",
            by_key_of(&by_key(&key), &artifact(), other.public()),
        ),
        case(
            "a certificate where a key must have signed",
            "signature-by-certificate",
            reasons(&verify(&message(), &artifact(), &wanted(INSTANCE.holder.public()), None)),
        ),
        case(
            "the digest alone where the bytes are wanted",
            "signature-takes-bytes",
            by_key_of(
                &without_hint(by_key(&key)),
                &named(HashAlgorithm::Sha256),
                &PublicKey::parse(ED25519).unwrap(),
            ),
        ),
        case(
            "another digest than the key's",
            "signature-takes-digest",
            by_key_of(&without_hint(by_key(&large)), &named(HashAlgorithm::Sha256), large.public()),
        ),
        case(
            "a key where somebody must have signed",
            "identity-of-a-key",
            of_policy(&by_key(&key), &signer()),
        ),
    ]
}
