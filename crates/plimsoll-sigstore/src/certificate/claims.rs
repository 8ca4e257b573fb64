//! Who a certificate is for: its alternative name, and what Fulcio took from the token (1.3.6.1.4.1.57264.1).

use std::fmt;

use der::Decode as _;
use der::asn1::{ObjectIdentifier, Utf8StringRef};
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

use crate::certificate::{Certificate, CertificateError};

const SUBJECT_ALT_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.17");
/// Names that are neither addresses nor URIs, of Fulcio's own kind.
const OTHER_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.57264.1.7");
/// The token's issuer, as DER.
const ISSUER: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.57264.1.8");
/// The token's issuer, as plain bytes; deprecated, and in every certificate that has the other.
const ISSUER_PLAIN: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.57264.1.1");
/// The web address of the repository that the job was of, as DER (Fulcio, docs/oid-info.md).
const SOURCE_REPOSITORY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.57264.1.12");

/// A name that a certificate is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectName {
    /// What kind of name it is.
    pub kind: SubjectNameKind,
    /// The name.
    pub text: String,
}

/// What kind of name it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubjectNameKind {
    /// An e-mail address.
    Email,
    /// A URI, such as that of a workflow.
    Uri,
    /// A name of Fulcio's own kind.
    Other,
}

impl fmt::Display for SubjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Certificate {
    /// The one name that it is for (Fulcio, docs/certificate-specification.md); `None` if it has none, or one of a kind that no
    /// identity is written in.
    ///
    /// # Errors
    /// [`CertificateError::Names`], and [`CertificateError::Extension`], also for a name with control characters.
    pub fn find_subject_name(&self) -> Result<Option<SubjectName>, CertificateError> {
        let wrong = || CertificateError::Extension { oid: SUBJECT_ALT_NAME.to_string() };
        let Some(value) = self.find_extension(SUBJECT_ALT_NAME) else { return Ok(None) };
        let names = SubjectAltName::from_der(value).map_err(|_| wrong())?;
        let name = match names.0.as_slice() {
            [] => return Ok(None),
            [name] => name,
            several => return Err(CertificateError::Names { found: several.len() }),
        };
        let (kind, text) = match name {
            GeneralName::Rfc822Name(text) => (SubjectNameKind::Email, text.to_string()),
            GeneralName::UniformResourceIdentifier(text) => (SubjectNameKind::Uri, text.to_string()),
            GeneralName::OtherName(other) if other.type_id == OTHER_NAME => {
                let text: Utf8StringRef<'_> = other.value.decode_as().map_err(|_| wrong())?;
                (SubjectNameKind::Other, text.as_str().to_owned())
            }
            _ => return Ok(None),
        };
        match text.chars().any(char::is_control) {
            true => Err(wrong()),
            false => Ok(Some(SubjectName { kind, text })),
        }
    }

    /// Who says so: the issuer of the token that the certificate was made for.
    ///
    /// # Errors
    /// [`CertificateError::Extension`], also if the two forms of it differ.
    pub fn find_issuer(&self) -> Result<Option<String>, CertificateError> {
        let wrong = |oid: ObjectIdentifier| CertificateError::Extension { oid: oid.to_string() };
        let text = match self.find_extension(ISSUER) {
            Some(value) => Some(Utf8StringRef::from_der(value).map_err(|_| wrong(ISSUER))?),
            None => None,
        };
        let text = text.map(|text| text.as_str().to_owned());
        let plain = self
            .find_extension(ISSUER_PLAIN)
            .map(|value| String::from_utf8(value.to_vec()).map_err(|_| wrong(ISSUER_PLAIN)));
        match (text, plain.transpose()?) {
            (Some(text), Some(plain)) if text != plain => Err(wrong(ISSUER)),
            (text, plain) => Ok(text.or(plain)),
        }
    }

    /// The web address of the repository that the job was of, which the certificate was made for; `None` for people, and from
    /// authorities that do not say it.
    ///
    /// # Errors
    /// [`CertificateError::Extension`].
    pub fn find_source_repository(&self) -> Result<Option<String>, CertificateError> {
        let Some(value) = self.find_extension(SOURCE_REPOSITORY) else { return Ok(None) };
        let text = Utf8StringRef::from_der(value)
            .map_err(|_| CertificateError::Extension { oid: SOURCE_REPOSITORY.to_string() })?;
        Ok(Some(text.as_str().to_owned()))
    }
}
