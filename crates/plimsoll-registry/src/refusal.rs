//! Answers that are not what was asked for (OCI distribution-spec 1.1, "Error codes").

use std::error::Error;
use std::io;

use http::{HeaderName, StatusCode, header};
use plimsoll_oci::store::StoreError;

use crate::answer::Answer;

/// A code of the specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    BlobUnknown,
    BlobUploadInvalid,
    BlobUploadUnknown,
    DigestInvalid,
    ManifestBlobUnknown,
    ManifestInvalid,
    ManifestUnknown,
    NameInvalid,
    NameUnknown,
    SizeInvalid,
    Unauthorized,
    Denied,
    Unsupported,
    TooManyRequests,
    /// Of no code of the specification: what only its status tells.
    Unknown,
}

impl Code {
    fn name(self) -> &'static str {
        match self {
            Code::BlobUnknown => "BLOB_UNKNOWN",
            Code::BlobUploadInvalid => "BLOB_UPLOAD_INVALID",
            Code::BlobUploadUnknown => "BLOB_UPLOAD_UNKNOWN",
            Code::DigestInvalid => "DIGEST_INVALID",
            Code::ManifestBlobUnknown => "MANIFEST_BLOB_UNKNOWN",
            Code::ManifestInvalid => "MANIFEST_INVALID",
            Code::ManifestUnknown => "MANIFEST_UNKNOWN",
            Code::NameInvalid => "NAME_INVALID",
            Code::NameUnknown => "NAME_UNKNOWN",
            Code::SizeInvalid => "SIZE_INVALID",
            Code::Unauthorized => "UNAUTHORIZED",
            Code::Denied => "DENIED",
            Code::Unsupported => "UNSUPPORTED",
            Code::TooManyRequests => "TOOMANYREQUESTS",
            Code::Unknown => "UNKNOWN",
        }
    }

    /// The status that goes with it unless there is a reason for another.
    fn status(self) -> StatusCode {
        match self {
            Code::BlobUnknown
            | Code::BlobUploadUnknown
            | Code::ManifestBlobUnknown
            | Code::ManifestUnknown
            | Code::NameUnknown => StatusCode::NOT_FOUND,
            Code::BlobUploadInvalid
            | Code::DigestInvalid
            | Code::ManifestInvalid
            | Code::NameInvalid
            | Code::SizeInvalid => StatusCode::BAD_REQUEST,
            Code::Unauthorized => StatusCode::UNAUTHORIZED,
            Code::Denied => StatusCode::FORBIDDEN,
            Code::Unsupported => StatusCode::METHOD_NOT_ALLOWED,
            Code::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Code::Unknown => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// Why something is not done.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    code: Code,
    /// What the client is told.
    message: String,
    headers: Vec<(HeaderName, String)>,
    /// What only the operator is told: it may name files.
    detail: Option<String>,
}

impl Refusal {
    /// A refusal with the status that goes with its code.
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Refusal {
        Refusal { status: code.status(), code, message: message.into(), headers: Vec::new(), detail: None }
    }

    /// The refusal of a body that did not come whole.
    pub(crate) fn broke_off(code: Code, error: &(dyn Error + 'static)) -> Refusal {
        let refusal = Refusal::new(code, format!("it broke off: {error}"));
        match error.downcast_ref::<io::Error>().map(io::Error::kind) {
            Some(io::ErrorKind::TimedOut) => refusal.with_status(StatusCode::REQUEST_TIMEOUT),
            _ => refusal,
        }
    }

    /// The same with another status.
    pub(crate) fn with_status(self, status: StatusCode) -> Refusal {
        Refusal { status, ..self }
    }

    /// The same with a header.
    pub(crate) fn with_header(mut self, name: HeaderName, value: impl Into<String>) -> Refusal {
        self.headers.push((name, value.into()));
        self
    }

    /// What the operator should know of it, if anything.
    pub(crate) fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    /// What the storage says, where it is not the client's fault.
    fn internal(status: StatusCode, message: &str, error: &StoreError) -> Refusal {
        let refusal = Refusal::new(Code::Unknown, message).with_status(status);
        Refusal { detail: Some(error.to_string()), ..refusal }
    }

    pub(crate) fn into_answer(self) -> Answer {
        let body = serde_json::json!({
            "errors": [{ "code": self.code.name(), "message": self.message, "detail": null }]
        });
        let answer = Answer::text(self.status, "application/json", body.to_string());
        // Bodies that nobody will read are not waited for.
        let answer = match self.status {
            StatusCode::UNAUTHORIZED | StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT => {
                answer.header(header::CONNECTION, "close")
            }
            _ => answer,
        };
        self.headers.into_iter().fold(answer, |answer, (name, value)| answer.header(name, value))
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Refusal {
        match &error {
            StoreError::Lies { .. } => Refusal::new(Code::DigestInvalid, error.to_string()),
            StoreError::Size { .. } => Refusal::new(Code::SizeInvalid, error.to_string()),
            StoreError::Model(_) => Refusal::new(Code::ManifestInvalid, error.to_string()),
            StoreError::Missing { digest, .. } => {
                Refusal::new(Code::ManifestBlobUnknown, format!("{digest} is not there"))
            }
            StoreError::TooLarge { .. } => {
                Refusal::new(Code::SizeInvalid, error.to_string()).with_status(StatusCode::PAYLOAD_TOO_LARGE)
            }
            StoreError::TagMoved { tag, .. } => {
                let message = format!("tag `{tag}` is moved by others again and again");
                Refusal::new(Code::Unknown, message).with_status(StatusCode::CONFLICT)
            }
            StoreError::Full { .. } => {
                Refusal::internal(StatusCode::INSUFFICIENT_STORAGE, "the registry has no room", &error)
            }
            _ => Refusal::internal(
                StatusCode::INTERNAL_SERVER_ERROR,
                "the registry's storage can't be used",
                &error,
            ),
        }
    }
}
