//! A certificate from Fulcio (`POST /api/v2/signingCert`).

use der::asn1::{BitString, ObjectIdentifier, SetOfVec};
use der::{Decode as _, Encode as _};
use plimsoll_http::{Secret, Transport};
use serde::Deserialize;
use serde_json::json;
use x509_cert::request::{CertReq, CertReqInfo, Version};
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

use crate::certificate::Certificate;
use crate::encoding::Base64;
use crate::key::{PrivateKey, PrivateKeyError};
use crate::keyless::confidential::is_confidential;
use crate::keyless::service::{Answer, Asked};
use crate::keyless::{AnswerError, KeylessError};
use crate::trust::Service;

const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Certified {
    signed_certificate_embedded_sct: Option<WithChain>,
    signed_certificate_detached_sct: Option<WithChain>,
}

#[derive(Deserialize)]
struct WithChain {
    chain: Chain,
}

#[derive(Deserialize)]
struct Chain {
    certificates: Vec<String>,
}

/// Has a key certified for the identity of a token.
pub(super) async fn certify(
    transport: &Transport,
    service: &Service,
    token: &Secret,
    key: &PrivateKey,
) -> Result<Certificate, KeylessError> {
    let asked = Asked { transport, service, kind: "certificate authority" };
    if !is_confidential(&service.url) {
        return Err(KeylessError::Exposed { service: asked.name() });
    }
    let request = render_request(key)?;
    let body = json!({
        "credentials": { "oidcIdentityToken": token.expose().trim() },
        "certificateSigningRequest": Base64::text(request.as_bytes()),
    });
    let url = asked.place("api/v2/signingCert");
    let answer = match asked.post(url, body.to_string().into_bytes(), "application/json").await? {
        Answer::Whole(answer) => answer,
        Answer::There(_) => return Err(asked.unusable(AnswerError::NoCertificate)),
    };
    let answer: Certified = serde_json::from_slice(&answer)
        .map_err(|error| asked.unusable(AnswerError::Shape(error.to_string())))?;
    let certified = answer.signed_certificate_embedded_sct.or(answer.signed_certificate_detached_sct);
    let chain = certified.map(|certified| certified.chain.certificates).unwrap_or_default();
    let leaf = chain.first().ok_or_else(|| asked.unusable(AnswerError::NoCertificate))?;
    let certificate = Certificate::parse_pem(leaf).map_err(|why| asked.unusable(why))?;
    match certificate.key() == key.public() {
        true => Ok(certificate),
        false => Err(asked.unusable(AnswerError::OtherKey)),
    }
}

/// A request without a subject, in PEM (RFC 2986): who it is for is what the token says.
fn render_request(key: &PrivateKey) -> Result<String, PrivateKeyError> {
    let broken = |_| PrivateKeyError::Library;
    let info = CertReqInfo {
        version: Version::V1,
        subject: x509_cert::name::Name::default(),
        public_key: SubjectPublicKeyInfoOwned::from_der(key.public().der()).map_err(broken)?,
        attributes: SetOfVec::new(),
    };
    let signature = key.sign(&info.to_der().map_err(broken)?)?;
    let request = CertReq {
        info,
        algorithm: AlgorithmIdentifierOwned { oid: ECDSA_WITH_SHA256, parameters: None },
        signature: BitString::from_bytes(&signature).map_err(broken)?,
    };
    let der = request.to_der().map_err(broken)?;
    let text = der::pem::encode_string("CERTIFICATE REQUEST", der::pem::LineEnding::LF, &der);
    text.map_err(|_| PrivateKeyError::Library)
}
