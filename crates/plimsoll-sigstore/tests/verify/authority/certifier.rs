//! An authority that certifies who signs, and the log that sees its certificates.

use jiff::{SignedDuration, Timestamp};
use plimsoll_sigstore::certificate::{Authority, Certificate};
use plimsoll_sigstore::key::{PrivateKey, PublicKey};
use plimsoll_sigstore::trust::{Log, ValidFor};

use super::certificate::*;
use super::der::{octets, text, value};
use super::{ISSUED_BY, NOW, SIGNER, SOURCE_REPOSITORY};

const EMBEDDED: &str = "1.3.6.1.4.1.11129.2.4.2";
/// Of `SignatureAndHashAlgorithm`.
const SHA256: u8 = 4;
const ECDSA: u8 = 3;

/// The authority.
pub(crate) struct Certifier {
    root: Vec<u8>,
    pub(crate) root_key: PrivateKey,
    intermediate: Vec<u8>,
    pub(crate) key: PrivateKey,
    pub(crate) log: CertificateLog,
}

/// A log of certificates.
pub(crate) struct CertificateLog {
    pub(crate) key: PrivateKey,
}

/// A draft of an authority's certificate.
pub(crate) fn authority(called: &str, by: &str, key: &PublicKey) -> Draft {
    Draft {
        serial: vec![1],
        issuer: name(by),
        subject: name(called),
        from: NOW - SignedDuration::from_hours(24 * 365),
        until: NOW + SignedDuration::from_hours(24 * 365),
        key: key.der().to_vec(),
        extensions: vec![Extension::authority(9), Extension::key_usage(CERTIFIES)],
    }
}

impl Certifier {
    pub(crate) fn new() -> Certifier {
        let [root_key, key, log] = [(); 3].map(|()| PrivateKey::generate().unwrap());
        let root = authority("root", "root", root_key.public()).sign(&root_key);
        let mut intermediate = authority("intermediate", "root", key.public());
        intermediate.set(Extension::purposes(&[CODE_SIGNING]));
        let intermediate = intermediate.sign(&root_key);
        Certifier { root, root_key, intermediate, key, log: CertificateLog { key: log } }
    }

    /// As a trusted root has it.
    pub(crate) fn trusted(&self) -> Authority {
        self.trusted_by([self.intermediate.clone()])
    }

    /// As a trusted root has it, with other certificates between the root's and the signer's.
    pub(crate) fn trusted_by(&self, between: impl IntoIterator<Item = Vec<u8>>) -> Authority {
        let all = between.into_iter().chain([self.root.clone()]);
        let certificates = all.map(|der| Certificate::parse(&der).unwrap()).collect();
        Authority { name: "certifier".to_owned(), certificates, valid_for: ValidFor::default() }
    }

    /// What it certifies of a holder, for ten minutes.
    pub(crate) fn draft(&self, holder: &PublicKey) -> Draft {
        Draft {
            serial: vec![7],
            issuer: name("intermediate"),
            subject: super::der::sequence([]),
            from: NOW - SignedDuration::from_mins(1),
            until: NOW + SignedDuration::from_mins(9),
            key: holder.der().to_vec(),
            extensions: vec![
                Extension::key_usage(SIGNS),
                Extension::purposes(&[CODE_SIGNING]),
                Extension::names([email(SIGNER.as_bytes())]),
                Extension::new(PLAIN_ISSUER, ISSUED_BY.as_bytes()),
                Extension::new(ISSUER, &text(ISSUED_BY)),
                Extension::new(SOURCE, &text(SOURCE_REPOSITORY)),
            ],
        }
    }

    /// The certificate, seen by the log.
    pub(crate) fn certify(&self, draft: &Draft) -> Vec<u8> {
        let sct = self.log.see(draft, self.key.public(), NOW);
        let mut seen = draft.clone();
        seen.extensions.push(embed([sct.render()]));
        seen.sign(&self.key)
    }
}

/// A signed certificate timestamp.
#[derive(Clone)]
pub(crate) struct Sct {
    pub(crate) version: u8,
    pub(crate) log: Vec<u8>,
    pub(crate) milliseconds: u64,
    pub(crate) hash: u8,
    pub(crate) signature: Vec<u8>,
}

impl CertificateLog {
    /// What it promises of a certificate (RFC 6962, 3.2).
    pub(crate) fn see(&self, draft: &Draft, issuer: &PublicKey, at: Timestamp) -> Sct {
        let milliseconds = u64::try_from(at.as_millisecond()).unwrap();
        let content = draft.content();
        let mut signed = vec![0, 0];
        signed.extend(milliseconds.to_be_bytes());
        signed.extend([0, 1]);
        signed.extend(issuer.id().bytes());
        signed.extend(&u32::try_from(content.len()).unwrap().to_be_bytes()[1..]);
        signed.extend(content);
        signed.extend([0, 0]);
        let signature = self.key.sign(&signed).unwrap();
        Sct {
            version: 0,
            log: self.key.public().id().bytes().to_vec(),
            milliseconds,
            hash: SHA256,
            signature,
        }
    }

    /// As a trusted root has it.
    pub(crate) fn trusted(&self) -> Log {
        let key = self.key.public().clone();
        Log {
            url: "https://ct.test".to_owned(),
            id: key.id().bytes().to_vec(),
            key,
            valid_for: ValidFor::default(),
        }
    }
}

impl Sct {
    /// As it stands in a list of them.
    pub(crate) fn render(&self) -> Vec<u8> {
        let mut bytes = vec![self.version];
        bytes.extend(&self.log);
        bytes.extend(self.milliseconds.to_be_bytes());
        bytes.extend([0, 0, self.hash, ECDSA]);
        bytes.extend(with_length(&self.signature));
        bytes
    }
}

/// The extension with a list of them.
pub(crate) fn embed(scts: impl IntoIterator<Item = Vec<u8>>) -> Extension {
    let list: Vec<u8> = scts.into_iter().flat_map(|one| with_length(&one)).collect();
    Extension::new(EMBEDDED, &octets(&with_length(&list)))
}

/// The extension with something else instead.
pub(crate) fn embed_other() -> Extension {
    Extension::new(EMBEDDED, &value(4, b"no list"))
}

fn with_length(bytes: &[u8]) -> Vec<u8> {
    [&u16::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat()
}
