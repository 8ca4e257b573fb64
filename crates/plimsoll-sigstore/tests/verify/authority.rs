//! An instance of Sigstore in memory, whose keys the test holds: what it makes is good, and each part of it can be another, so
//! that exactly one thing is wrong.

pub(crate) mod certificate;
pub(crate) mod certifier;
pub(crate) mod der;
pub(crate) mod log;
pub(crate) mod stamps;

use std::sync::LazyLock;

use jiff::Timestamp;
use plimsoll_sigstore::artifact::{Artifact, HashAlgorithm};
use plimsoll_sigstore::bundle::{Bundle, Content, LogEntry, Signer, Version};
use plimsoll_sigstore::dsse::{self, Envelope, IN_TOTO};
use plimsoll_sigstore::key::PrivateKey;
use plimsoll_sigstore::policy::Policy;
use plimsoll_sigstore::trust::TrustedRoot;

use crate::fixtures::identity;
use certificate::Draft;
use certifier::Certifier;
use log::{Form, TransparencyLog};
use stamps::{Answer, StampAuthority};

/// When everything is made.
pub(crate) const NOW: Timestamp = Timestamp::constant(1_767_323_045, 0);
pub(crate) const SIGNER: &str = "a@b.test";
pub(crate) const ISSUED_BY: &str = "https://i.test";
pub(crate) const SOURCE_REPOSITORY: &str = "https://s.test/a";
/// What is signed.
pub(crate) const BYTES: &[u8] = b"bytes that are signed";
/// What is said of it.
pub(crate) const PREDICATE: &str = "https://p.test";

/// The one instance of these tests.
pub(crate) static INSTANCE: LazyLock<Instance> = LazyLock::new(Instance::new);

/// The instance, and somebody who signs.
pub(crate) struct Instance {
    pub(crate) certifier: Certifier,
    pub(crate) stamps: StampAuthority,
    pub(crate) log: TransparencyLog,
    pub(crate) holder: PrivateKey,
}

/// What is signed.
pub(crate) fn artifact() -> Artifact {
    Artifact::of_bytes(BYTES.to_vec())
}

/// Who must have signed it.
pub(crate) fn signer() -> Policy {
    identity(SIGNER, ISSUED_BY)
}

/// A statement about what is signed.
pub(crate) fn statement() -> String {
    let digest = HashAlgorithm::Sha256.digest(BYTES).hex();
    format!(
        r#"{{"_type":"https://in-toto.io/Statement/v1","subject":[{{"digest":{{"sha256":"{digest}"}}}}],"predicateType":"{PREDICATE}","predicate":{{}}}}"#
    )
}

/// A signature over bytes.
pub(crate) fn sign_bytes(key: &PrivateKey, bytes: &[u8]) -> Content {
    let digest = HashAlgorithm::Sha256.digest(bytes);
    Content::Message { signature: key.sign(bytes).unwrap(), digest: Some(digest) }
}

/// A signature over an envelope.
pub(crate) fn sign_envelope(key: &PrivateKey, payload_type: &str, payload: &[u8]) -> Content {
    let signature = key.sign(&dsse::encode(payload_type, payload)).unwrap();
    let (payload_type, payload) = (payload_type.to_owned(), payload.to_vec());
    Content::Envelope(Envelope { payload, payload_type, signature, key_id: String::new() })
}

impl Instance {
    fn new() -> Instance {
        Instance {
            certifier: Certifier::new(),
            stamps: StampAuthority::new(),
            log: TransparencyLog::new(),
            holder: PrivateKey::generate().unwrap(),
        }
    }

    /// Who trusts it.
    pub(crate) fn root(&self) -> TrustedRoot {
        TrustedRoot {
            logs: vec![self.log.trusted()],
            certificate_authorities: vec![self.certifier.trusted()],
            certificate_logs: vec![self.certifier.log.trusted()],
            timestamp_authorities: vec![self.stamps.trusted()],
        }
    }

    /// What is certified of the holder.
    pub(crate) fn draft(&self) -> Draft {
        self.certifier.draft(self.holder.public())
    }

    /// The holder's certificate after a change of what is certified.
    pub(crate) fn certificate(&self, change: impl FnOnce(&mut Draft)) -> Vec<u8> {
        let mut draft = self.draft();
        change(&mut draft);
        self.certifier.certify(&draft)
    }

    /// An entry of the log, of version 2.
    pub(crate) fn entry(&self, content: &Content, certificate: &[u8]) -> LogEntry {
        self.log.prove(Form::HashV2, &Form::HashV2.body(content, BYTES, certificate))
    }

    /// A bundle of version 0.3: logged in version 2 of the log, and stamped.
    pub(crate) fn bundle(&self, content: Content, certificate: Vec<u8>) -> Bundle {
        Bundle {
            version: Version::V0_3,
            entries: vec![self.entry(&content, &certificate)],
            timestamps: vec![self.stamps.sign(&Answer::of(content.signature()))],
            signer: Signer::Certificate(certificate),
            content,
        }
    }

    /// A bundle of the version and with an entry as version 1 of the log gives it.
    pub(crate) fn promised(&self, version: Version, form: Form, content: Content) -> Bundle {
        let certificate = self.certificate(|_| {});
        let entry = self.log.promise(form, &form.body(&content, BYTES, &certificate));
        let signer = Signer::Certificate(certificate);
        Bundle { version, entries: vec![entry], timestamps: Vec::new(), signer, content }
    }

    /// The good signature over [`BYTES`].
    pub(crate) fn message(&self) -> Bundle {
        self.message_by(self.certificate(|_| {}))
    }

    /// The same with another certificate of the holder.
    pub(crate) fn message_by(&self, certificate: Vec<u8>) -> Bundle {
        self.bundle(sign_bytes(&self.holder, BYTES), certificate)
    }

    /// The good statement about [`BYTES`].
    pub(crate) fn attestation(&self) -> Bundle {
        self.attest(IN_TOTO, statement().as_bytes())
    }

    /// The same with another payload.
    pub(crate) fn attest(&self, payload_type: &str, payload: &[u8]) -> Bundle {
        self.bundle(sign_envelope(&self.holder, payload_type, payload), self.certificate(|_| {}))
    }
}
