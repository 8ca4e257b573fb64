//! From answers that are not the answer to [`StoreError`].

use plimsoll_http::{HttpError, Redactor, StatusCode, StatusError, Unreachable, Url};

use super::quirk;
use crate::store::StoreError;

/// The most characters of a registry's own words that an error quotes.
const QUOTE: usize = 300;

/// What a request was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Reading.
    Pull,
    /// Writing.
    Push,
    /// Deleting.
    Delete,
    /// A token.
    Token,
}

impl Purpose {
    fn name(self) -> &'static str {
        match self {
            Self::Pull => "pull",
            Self::Push => "push",
            Self::Delete => "delete",
            Self::Token => "login",
        }
    }
}

/// The registry that answered, as errors name it.
#[derive(Debug, Clone)]
pub(super) struct Respondent {
    /// The repository, with its host.
    pub(super) place: String,
    /// The host.
    pub(super) registry: String,
    /// Whether there was a login to try.
    pub(super) login: bool,
    /// Where it came from, or what was amiss with the places that should have had one.
    pub(super) source: Option<String>,
    /// What registries may not quote back at us.
    pub(super) redactor: Redactor,
}

/// The errors in a registry's answer (OCI distribution-spec 1.1, "Error Codes").
#[derive(Debug, Default, serde::Deserialize)]
pub(super) struct Complaints {
    #[serde(default)]
    pub(super) errors: Vec<Complaint>,
}

/// One of them.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Complaint {
    #[serde(default)]
    pub(super) code: String,
    #[serde(default)]
    pub(super) message: String,
}

impl Complaints {
    /// Reads a body; one in another form has no complaints.
    pub(super) fn parse(body: &str) -> Self {
        serde_json::from_str(body).unwrap_or_default()
    }

    /// True if one of them has this code.
    pub(super) fn has(&self, code: &str) -> bool {
        self.errors.iter().any(|complaint| complaint.code.eq_ignore_ascii_case(code))
    }
}

impl Respondent {
    /// The error for a request without an answer, or refused for good.
    pub(super) fn failed(&self, purpose: Purpose, error: HttpError) -> StoreError {
        match error {
            HttpError::Status(refusal) => self.sorted(purpose, &refusal),
            HttpError::TooLarge { url, limit } => {
                StoreError::TooLarge { what: url.to_string(), size: limit.saturating_add(1), limit }
            }
            HttpError::Redirect { why, .. } => StoreError::NotARegistry {
                place: self.place.clone(),
                found: format!("a redirect that can't be followed, since {why}"),
            },
            HttpError::Unreachable { why: Unreachable::Timeout, detail, .. } => {
                StoreError::Unreachable { place: self.registry.clone(), why: detail }
            }
            HttpError::Unreachable { why, detail, .. } => {
                StoreError::Unreachable { place: self.registry.clone(), why: format!("{why}: {detail}") }
            }
            other @ (HttpError::PlainHttp { .. }
            | HttpError::Body { .. }
            | HttpError::Tls { .. }
            | HttpError::Request { .. }) => {
                StoreError::Unreachable { place: self.registry.clone(), why: other.to_string() }
            }
        }
    }

    /// Sorts a refusal.
    pub(super) fn sorted(&self, purpose: Purpose, refusal: &StatusError) -> StoreError {
        let complaints = Complaints::parse(&refusal.body);
        let status = refusal.status;
        if status == StatusCode::TOO_MANY_REQUESTS || quirk::is_busy(&complaints) {
            let retry_after = refusal.retry_after.or_else(|| quirk::wait_in_body(&refusal.body));
            return StoreError::Busy { place: self.registry.clone(), retry_after };
        }
        // What stands before a registry says with a page that the registry is unwell.
        let is_page = is_html(refusal.content_type.as_deref(), refusal.body.as_bytes());
        if is_page && !status.is_server_error() {
            return StoreError::NotARegistry { place: self.registry.clone(), found: "text/html".to_owned() };
        }
        if is_full(refusal) {
            return StoreError::Full { place: self.place.clone(), why: self.quote(&complaints, refusal) };
        }
        match status {
            // Without a login, being refused means that one is missing, whichever way it is said.
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if !self.login => self.unauthorized(),
            // A token service refuses who asks; a right that is missing it leaves out of the token.
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if purpose == Purpose::Token => {
                self.unauthorized()
            }
            StatusCode::UNAUTHORIZED if !complaints.has("DENIED") => self.unauthorized(),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => StoreError::Denied {
                place: self.place.clone(),
                action: purpose.name(),
                why: self.quote(&complaints, refusal),
            },
            _ => StoreError::Rejected {
                place: self.place.clone(),
                action: purpose.name().to_owned(),
                status: status.as_u16(),
                message: self.quote(&complaints, refusal),
            },
        }
    }

    /// The error for a 401 of a host that the registry has sent us to. Nothing is wrong with our login: it was not shown there.
    pub(super) fn refused_elsewhere(&self, purpose: Purpose, url: &Url) -> StoreError {
        let host = url.host_str().unwrap_or_default();
        StoreError::Rejected {
            place: self.place.clone(),
            action: purpose.name().to_owned(),
            status: StatusCode::UNAUTHORIZED.as_u16(),
            message: quoted(&format!(
                "it sent the request on to {host}, which wants a login; the registry's own is not given to others"
            )),
        }
    }

    fn unauthorized(&self) -> StoreError {
        StoreError::Unauthorized { place: self.registry.clone(), credential: self.source.clone() }
    }

    /// What the registry said: its codes and messages, else the start of the body.
    fn quote(&self, complaints: &Complaints, refusal: &StatusError) -> String {
        if is_html(refusal.content_type.as_deref(), refusal.body.as_bytes()) {
            return "a web page".to_owned();
        }
        let said: Vec<String> = complaints
            .errors
            .iter()
            .take(5)
            .map(|complaint| format!("{}: {}", complaint.code, complaint.message))
            .collect();
        let said = if said.is_empty() { refusal.body.trim().to_owned() } else { said.join("; ") };
        let said = if said.is_empty() { refusal.to_string() } else { said };
        quoted(&self.redactor.redact(&said))
    }
}

/// The start of a foreign text, on one line and without control characters.
pub(super) fn quoted(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(QUOTE).collect()
}

/// True for a web page, where a registry would send JSON or nothing.
pub(super) fn is_html(content_type: Option<&str>, body: &[u8]) -> bool {
    if matches!(content_type, Some("text/html" | "application/xhtml+xml")) {
        return true;
    }
    let start = body.trim_ascii_start();
    let starts = |with: &[u8]| start.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with));
    starts(b"<!doctype html") || starts(b"<html")
}

/// True if the registry has no room for more, however it says so: 507, or in words.
fn is_full(refusal: &StatusError) -> bool {
    if refusal.status == StatusCode::INSUFFICIENT_STORAGE {
        return true;
    }
    let body = refusal.body.to_ascii_lowercase();
    let in_words = ["no space left on device", "quota", "disk full"].iter().any(|words| body.contains(words));
    (in_words || quirk::is_full(refusal))
        && !matches!(refusal.status, StatusCode::NOT_FOUND | StatusCode::UNAUTHORIZED)
}
