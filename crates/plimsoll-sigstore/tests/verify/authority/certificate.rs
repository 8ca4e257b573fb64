//! Certificates, part by part, so that each part can be another.

use jiff::Timestamp;
use plimsoll_sigstore::key::PrivateKey;

use super::der::*;

pub(crate) const ALTERNATIVE_NAMES: &str = "2.5.29.17";
pub(crate) const KEY_USAGE: &str = "2.5.29.15";
pub(crate) const PURPOSES: &str = "2.5.29.37";
pub(crate) const CONSTRAINTS: &str = "2.5.29.19";
pub(crate) const NAME_CONSTRAINTS: &str = "2.5.29.30";
pub(crate) const PLAIN_ISSUER: &str = "1.3.6.1.4.1.57264.1.1";
pub(crate) const ISSUER: &str = "1.3.6.1.4.1.57264.1.8";
pub(crate) const SOURCE: &str = "1.3.6.1.4.1.57264.1.12";
pub(crate) const FULCIO_NAME: &str = "1.3.6.1.4.1.57264.1.7";
pub(crate) const CODE_SIGNING: &str = "1.3.6.1.5.5.7.3.3";
pub(crate) const TIME_STAMPING: &str = "1.3.6.1.5.5.7.3.8";
const ECDSA_SHA256: &str = "1.2.840.10045.4.3.2";

/// A certificate that nobody has signed yet.
#[derive(Clone)]
pub(crate) struct Draft {
    /// The content of the serial number.
    pub(crate) serial: Vec<u8>,
    /// The issuer's name, in DER.
    pub(crate) issuer: Vec<u8>,
    /// The holder's name, in DER.
    pub(crate) subject: Vec<u8>,
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
    /// The holder's key, in DER.
    pub(crate) key: Vec<u8>,
    pub(crate) extensions: Vec<Extension>,
}

/// An extension of a certificate.
#[derive(Clone)]
pub(crate) struct Extension {
    pub(crate) oid: &'static str,
    /// Its own DER.
    whole: Vec<u8>,
}

impl Extension {
    /// One that who does not know it may pass over.
    pub(crate) fn new(oid: &'static str, content: &[u8]) -> Extension {
        Extension { oid, whole: sequence([super::der::oid(oid), octets(content)]) }
    }

    /// One that must be understood.
    pub(crate) fn critical(oid: &'static str, content: &[u8]) -> Extension {
        Extension { oid, whole: sequence([super::der::oid(oid), truth(), octets(content)]) }
    }

    /// What the key may be used for, as the bits of RFC 5280, 4.2.1.3.
    pub(crate) fn key_usage(first: u8) -> Extension {
        let unused = u8::try_from(first.trailing_zeros()).unwrap();
        Extension::critical(KEY_USAGE, &value(3, &[unused, first]))
    }

    /// What the holder may do.
    pub(crate) fn purposes(purposes: &[&str]) -> Extension {
        Extension::new(PURPOSES, &sequence(purposes.iter().map(|one| oid(one))))
    }

    /// That it is an authority's, with so many others below it.
    pub(crate) fn authority(below: u8) -> Extension {
        Extension::critical(CONSTRAINTS, &sequence([truth(), number(below)]))
    }

    /// Whom it names.
    pub(crate) fn names(names: impl IntoIterator<Item = Vec<u8>>) -> Extension {
        Extension::critical(ALTERNATIVE_NAMES, &sequence(names))
    }
}

/// `digitalSignature`.
pub(crate) const SIGNS: u8 = 0x80;
/// `keyCertSign` and `cRLSign`.
pub(crate) const CERTIFIES: u8 = 0x06;

/// A name among others: an e-mail address.
pub(crate) fn email(text: &[u8]) -> Vec<u8> {
    value(0x81, text)
}

/// A name among others: a URI.
pub(crate) fn uri(text: &[u8]) -> Vec<u8> {
    value(0x86, text)
}

/// A name among others: that of a machine.
pub(crate) fn machine(text: &[u8]) -> Vec<u8> {
    value(0x82, text)
}

/// A name among others, of a kind of its own.
pub(crate) fn other(kind: &str, content: &[u8]) -> Vec<u8> {
    value(0xa0, &[oid(kind), explicit(0, content)].concat())
}

/// A distinguished name.
pub(crate) fn name(common: &str) -> Vec<u8> {
    sequence([set([sequence([oid("2.5.4.3"), text(common)])])])
}

impl Draft {
    /// The extension of that kind becomes another.
    pub(crate) fn set(&mut self, extension: Extension) {
        self.remove(extension.oid);
        self.extensions.push(extension);
    }

    /// It is left out.
    pub(crate) fn remove(&mut self, oid: &str) {
        self.extensions.retain(|one| one.oid != oid);
    }

    /// What is signed (`TBSCertificate`).
    pub(crate) fn content(&self) -> Vec<u8> {
        let extensions = sequence(self.extensions.iter().map(|one| one.whole.clone()));
        sequence([
            explicit(0, &number(2)),
            value(2, &self.serial),
            algorithm(),
            self.issuer.clone(),
            sequence([short_time(self.from), short_time(self.until)]),
            self.subject.clone(),
            self.key.clone(),
            explicit(3, &extensions),
        ])
    }

    /// The certificate, signed by a key on P-256.
    pub(crate) fn sign(&self, by: &PrivateKey) -> Vec<u8> {
        sign_content(self.content(), by)
    }
}

/// A certificate of whatever content.
pub(crate) fn sign_content(content: Vec<u8>, by: &PrivateKey) -> Vec<u8> {
    let signature = by.sign(&content).unwrap();
    sequence([content, algorithm(), bits(&signature)])
}

fn algorithm() -> Vec<u8> {
    sequence([oid(ECDSA_SHA256)])
}
