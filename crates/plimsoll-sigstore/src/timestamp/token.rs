//! A timestamp token: CMS signed data (RFC 5652) around what is stamped (RFC 3161, 2.4.2).

use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{SignedData, SignerIdentifier, SignerInfo};
use der::asn1::{AnyRef, ObjectIdentifier, OctetString, OctetStringRef, UintRef};
use der::{Any, Decode as _, Encode as _, Tag, Tagged as _};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::artifact::{ArtifactDigest, HashAlgorithm};
use crate::certificate::{Authority, Certificate, Usage};
use crate::key::KeyKind;
use crate::timestamp::TimestampError;
use crate::timestamp::request::algorithm;
use crate::timestamp::response::elements;

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const SIGNING_CERTIFICATE_V2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");

/// The identifiers of signature algorithms that go with a kind of key and a digest algorithm. RSA and ECDSA may be named
/// with the digest or without.
const ECDSA: [(&str, Option<HashAlgorithm>); 4] = [
    ("1.2.840.10045.2.1", None),
    ("1.2.840.10045.4.3.2", Some(HashAlgorithm::Sha256)),
    ("1.2.840.10045.4.3.3", Some(HashAlgorithm::Sha384)),
    ("1.2.840.10045.4.3.4", Some(HashAlgorithm::Sha512)),
];
const RSA: [(&str, Option<HashAlgorithm>); 4] = [
    ("1.2.840.113549.1.1.1", None),
    ("1.2.840.113549.1.1.11", Some(HashAlgorithm::Sha256)),
    ("1.2.840.113549.1.1.12", Some(HashAlgorithm::Sha384)),
    ("1.2.840.113549.1.1.13", Some(HashAlgorithm::Sha512)),
];
const EDWARDS: [(&str, Option<HashAlgorithm>); 1] = [("1.3.101.112", None)];

/// A token. It was read; its signature was not verified.
pub(super) struct Token {
    /// The digest that is stamped.
    pub(super) stamped: ArtifactDigest,
    /// When.
    pub(super) at: Timestamp,
    /// The number of the request.
    pub(super) nonce: Option<Vec<u8>>,
    content: Vec<u8>,
    signer: SignerInfo,
    digest: HashAlgorithm,
}

impl Token {
    /// Reads a CMS `ContentInfo`.
    pub(super) fn parse(token: Vec<u8>) -> Result<Token, TimestampError> {
        let broken = TimestampError::Malformed;
        let info = ContentInfo::from_der(&token).map_err(|_| broken("its token is no cms"))?;
        if info.content_type != SIGNED_DATA {
            return Err(broken("its token is no signed data"));
        }
        let signed: SignedData =
            info.content.decode_as().map_err(|_| broken("its token is no signed data"))?;
        let encapsulated = &signed.encap_content_info;
        if signed.version != CmsVersion::V3 || encapsulated.econtent_type != TST_INFO {
            return Err(broken("its token is no timestamp"));
        }
        let content =
            encapsulated.econtent.as_ref().and_then(|content| content.decode_as::<OctetString>().ok());
        let content = content.ok_or(broken("its token has no content"))?.into_bytes();
        let [signer] = signed.signer_infos.0.as_slice() else {
            return Err(broken("its token has not exactly one signature"));
        };
        let digest = algorithm(signer.digest_alg.oid).ok_or(broken("its digest algorithm is not known"))?;
        // The list of digest algorithms is not signed: it must at least say nothing else.
        if signed.digest_algorithms.iter().any(|one| one.oid != signer.digest_alg.oid)
            || signer.version != CmsVersion::V1
        {
            return Err(broken("its token contradicts itself"));
        }
        let info = parse_info(&content)?;
        Ok(Token {
            stamped: info.stamped,
            at: info.at,
            nonce: info.nonce,
            content,
            signer: signer.clone(),
            digest,
        })
    }

    /// Verifies that a trusted authority signed it, with a certificate that was valid then.
    pub(super) fn verify<'a>(&self, authorities: &'a [Authority]) -> Result<&'a Authority, TimestampError> {
        let named =
            |authority: &&Authority| authority.certificates.first().is_some_and(|leaf| self.names(leaf));
        let mut last = TimestampError::UnknownAuthority;
        for authority in authorities.iter().filter(named) {
            let Some((leaf, _)) = authority.certificates.split_first() else { continue };
            let one = std::slice::from_ref(authority);
            match self
                .verify_by(leaf)
                .and_then(|()| Ok(Authority::find(one, leaf, Usage::TimeStamping, self.at)?))
            {
                Ok(_) => return Ok(authority),
                Err(why) => last = why,
            }
        }
        Err(last)
    }

    /// Whether it names this certificate as the one it is signed with.
    fn names(&self, certificate: &Certificate) -> bool {
        match &self.signer.sid {
            SignerIdentifier::IssuerAndSerialNumber(named) => {
                certificate.issuer_and_serial() == (&named.issuer, named.serial_number.as_bytes())
            }
            SignerIdentifier::SubjectKeyIdentifier(_) => false,
        }
    }

    /// Verifies the signature over the signed attributes, and those over the content (RFC 5652, 5.4).
    fn verify_by(&self, certificate: &Certificate) -> Result<(), TimestampError> {
        let broken = TimestampError::Malformed;
        let key = certificate.key();
        let known: &[(&str, Option<HashAlgorithm>)] = match key.kind() {
            KeyKind::P256 | KeyKind::P384 | KeyKind::P521 => &ECDSA,
            KeyKind::Rsa => &RSA,
            KeyKind::Ed25519 => &EDWARDS,
        };
        let named = self.signer.signature_algorithm.oid.to_string();
        let fits = |(oid, hash): &(&str, Option<HashAlgorithm>)| {
            *oid == named && hash.is_none_or(|hash| hash == self.digest)
        };
        if !known.iter().any(fits) {
            return Err(broken("its signature algorithm is not that of the certificate"));
        }
        let attributes = self.signer.signed_attrs.as_ref().ok_or(broken("it has no signed attributes"))?;
        let content_type: Option<ObjectIdentifier> =
            self.attribute(CONTENT_TYPE).and_then(|value| value.decode_as().ok());
        let message_digest: Option<OctetString> =
            self.attribute(MESSAGE_DIGEST).and_then(|value| value.decode_as().ok());
        let digest = self.digest.digest(&self.content);
        if content_type != Some(TST_INFO)
            || message_digest.as_ref().map(OctetString::as_bytes) != Some(digest.bytes())
        {
            return Err(TimestampError::Signature);
        }
        if let Some(value) = self.attribute(SIGNING_CERTIFICATE_V2)
            && !names_certificate(value, certificate)?
        {
            return Err(TimestampError::UnknownAuthority);
        }
        let signed = attributes.to_der().map_err(|_| broken("its signed attributes are no der"))?;
        key.verify(&signed, self.digest, self.signer.signature.as_bytes())
            .map_err(|_| TimestampError::Signature)
    }

    /// The one value of a signed attribute that is there once.
    fn attribute(&self, oid: ObjectIdentifier) -> Option<&Any> {
        let mut found = self.signer.signed_attrs.as_ref()?.iter().filter(|attribute| attribute.oid == oid);
        match (found.next(), found.next()) {
            (Some(attribute), None) if attribute.values.len() == 1 => attribute.values.get(0),
            _ => None,
        }
    }
}

/// Whether `SigningCertificateV2` (RFC 5035) names a certificate by its digest.
fn names_certificate(value: &Any, certificate: &Certificate) -> Result<bool, TimestampError> {
    let broken = TimestampError::Malformed("it does not name its certificate");
    let first = |of: AnyRef<'_>| -> Result<Vec<u8>, TimestampError> {
        let inside = elements(of)?;
        inside.first().ok_or(broken.clone())?.to_der().map_err(|_| broken.clone())
    };
    let list = first(AnyRef::from(value))?;
    let one = first(AnyRef::from_der(&list).map_err(|_| broken.clone())?)?;
    let parts = elements(AnyRef::from_der(&one).map_err(|_| broken.clone())?)?;
    let (hash, digest) = match parts.as_slice() {
        [digest, ..] if digest.tag() == Tag::OctetString => (HashAlgorithm::Sha256, digest),
        [named, digest, ..] => {
            let oid = elements(*named)?.first().and_then(|oid| oid.decode_as::<ObjectIdentifier>().ok());
            (oid.and_then(algorithm).ok_or(broken.clone())?, digest)
        }
        _ => return Err(broken),
    };
    let digest: OctetStringRef<'_> = digest.decode_as().map_err(|_| broken)?;
    Ok(hash.digest(certificate.der()).bytes() == digest.as_bytes())
}

struct Info {
    stamped: ArtifactDigest,
    at: Timestamp,
    nonce: Option<Vec<u8>>,
}

/// `TSTInfo`.
fn parse_info(content: &[u8]) -> Result<Info, TimestampError> {
    let broken = TimestampError::Malformed("its content is no timestamp");
    let whole = AnyRef::from_der(content).map_err(|_| broken.clone())?;
    let parts = elements(whole)?;
    let [version, _policy, imprint, _serial, time, rest @ ..] = parts.as_slice() else { return Err(broken) };
    let [hash, digest] = <[AnyRef<'_>; 2]>::try_from(elements(*imprint)?).map_err(|_| broken.clone())?;
    let hash = elements(hash)?.first().and_then(|oid| oid.decode_as::<ObjectIdentifier>().ok());
    let hash =
        hash.and_then(algorithm).ok_or(TimestampError::Malformed("its digest algorithm is not known"))?;
    let digest: OctetStringRef<'_> = digest.decode_as().map_err(|_| broken.clone())?;
    let stamped = ArtifactDigest::new(hash, digest.as_bytes().to_vec()).ok_or(broken.clone())?;
    let nonce = rest.iter().find(|part| part.tag() == Tag::Integer);
    let nonce = nonce.and_then(|nonce| nonce.decode_as::<UintRef<'_>>().ok());
    let is_version_1 = version.decode_as::<u8>().ok() == Some(1);
    let at = parse_time(time).filter(|_| is_version_1).ok_or(broken)?;
    Ok(Info { stamped, at, nonce: nonce.map(|nonce| nonce.as_bytes().to_vec()) })
}

/// A GeneralizedTime in UTC, with or without a fraction of a second.
fn parse_time(value: &AnyRef<'_>) -> Option<Timestamp> {
    let text = std::str::from_utf8(value.value()).ok().filter(|_| value.tag() == Tag::GeneralizedTime)?;
    let digits = text.strip_suffix('Z')?;
    let (date, time) = digits.split_at_checked(8)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    let (date, time) = (date.to_owned(), time.to_owned());
    let moment: DateTime = format!("{date}T{time}").parse().ok()?;
    moment.to_zoned(TimeZone::UTC).ok().map(|moment| moment.timestamp())
}
