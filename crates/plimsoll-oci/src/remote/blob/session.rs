//! The small requests of an upload: open, mount, ask how far it is, cancel (OCI distribution-spec 1.1, "Pushing
//! blobs").

use plimsoll_http::redirect::resolve_location;
use plimsoll_http::{HeaderName, Method, Repeat, Request, Response, StatusCode, Url, header};

use super::push_scopes;
use crate::name::{Digest, ImageRepository};
use crate::remote::manifest::not_a_registry;
use crate::remote::registry::Errand;
use crate::remote::repository::RemoteRepository;
use crate::store::StoreError;

/// An upload under way.
#[derive(Debug, Clone)]
pub(super) struct Session {
    /// Where the next request goes. Every answer may name a new one.
    pub(super) location: Url,
    /// The shortest chunk that the registry takes, if it said.
    pub(super) shortest_chunk: Option<u64>,
}

/// What asking for a mount led to.
pub(super) enum Mount {
    /// Nothing is left to do.
    Taken,
    /// Bytes must be sent.
    Declined(Session),
}

/// How far an upload is.
pub(super) enum Progress {
    /// The registry has the first `received` bytes.
    At {
        /// Where to go on.
        location: Url,
        /// How many bytes it has.
        received: u64,
    },
    /// The registry does not know the upload, or does not tell.
    Unknown,
}

/// Opens an upload.
pub(super) async fn open(repository: &RemoteRepository) -> Result<Session, StoreError> {
    let (scopes, purpose) = push_scopes(repository);
    let errand = repository.errand(purpose, &scopes);
    let answer = repository.registry.send(errand, || post(uploads(repository))).await?;
    opened(repository, errand, answer).await
}

/// Asks for a blob of another repository; where that is declined the same answer opens an upload.
pub(super) async fn mount(
    repository: &RemoteRepository,
    digest: &Digest,
    from: &ImageRepository,
) -> Result<Mount, StoreError> {
    let (scopes, purpose) = push_scopes(repository);
    let scopes = scopes.and_pull(from.path());
    let errand = repository.errand(purpose, &scopes);
    let mut url = uploads(repository);
    url.query_pairs_mut().append_pair("mount", &digest.to_string()).append_pair("from", from.path());
    let answer = match repository.registry.send(errand, || post(url.clone())).await {
        // Not being allowed to read the other repository is no reason not to upload.
        Err(StoreError::Unauthorized { .. } | StoreError::Denied { .. }) => {
            return open(repository).await.map(Mount::Declined);
        }
        answer => answer?,
    };
    match answer.status() {
        StatusCode::CREATED => Ok(Mount::Taken),
        StatusCode::ACCEPTED => opened(repository, errand, answer).await.map(Mount::Declined),
        status if status.is_client_error() => open(repository).await.map(Mount::Declined),
        _ => Err(repository.registry.rejected(errand, answer).await),
    }
}

async fn opened(
    repository: &RemoteRepository,
    errand: Errand<'_>,
    answer: Response,
) -> Result<Session, StoreError> {
    if answer.status() != StatusCode::ACCEPTED {
        return Err(match answer.status().is_success() {
            true => not_a_registry(repository, answer.content_type().as_deref()),
            false => repository.registry.rejected(errand, answer).await,
        });
    }
    let shortest_chunk = answer
        .header(&HeaderName::from_static("oci-chunk-min-length"))
        .and_then(|value| value.trim().parse().ok())
        .filter(|length| *length > 0);
    let location = location(repository, &answer)?.ok_or_else(|| StoreError::NotARegistry {
        place: repository.name.registry().to_string(),
        found: "an upload without a location".to_owned(),
    })?;
    Ok(Session { location, shortest_chunk })
}

/// Asks how far an upload is.
pub(super) async fn progress(
    repository: &RemoteRepository,
    session: &Session,
) -> Result<Progress, StoreError> {
    let (scopes, purpose) = push_scopes(repository);
    let errand = repository.errand(purpose, &scopes);
    let answer = repository.registry.send(errand, || Request::get(session.location.clone())).await?;
    if !matches!(answer.status(), StatusCode::NO_CONTENT | StatusCode::ACCEPTED) {
        return Ok(Progress::Unknown);
    }
    let location = location(repository, &answer)?.unwrap_or_else(|| session.location.clone());
    Ok(match received(&answer) {
        Some(received) => Progress::At { location, received },
        None => Progress::Unknown,
    })
}

/// Cancels an upload, or leaves it to the registry to forget it: some want a right to delete for it, which is not
/// worth a token.
pub(super) async fn cancel(repository: &RemoteRepository, session: &Session) {
    let (scopes, purpose) = push_scopes(repository);
    let Ok(authorization) = repository.registry.authorize(repository.errand(purpose, &scopes)).await else {
        return;
    };
    let request = Request::new(Method::DELETE, session.location.clone(), Repeat::Never);
    if let Err(error) = repository.registry.try_dispatch(request, &authorization).await {
        tracing::debug!(%error, "left an upload open");
    }
}

/// How many bytes an answer says have been received: `Range: 0-<last>`, without a unit.
pub(super) fn received(answer: &Response) -> Option<u64> {
    parse_range(answer.header(&header::RANGE)?)
}

/// Reads `0-<last>`. `0-0` stands for nothing as well as for one byte; nothing is the likelier and does no harm,
/// as a registry that has one byte refuses the first chunk and the upload starts anew.
fn parse_range(range: &str) -> Option<u64> {
    let range = range.trim();
    let (first, last) = range.strip_prefix("bytes=").unwrap_or(range).split_once('-')?;
    match (first.trim().parse().ok()?, last.trim().parse().ok()?) {
        (0, 0) => Some(0),
        (0, last) => u64::checked_add(last, 1),
        _ => None,
    }
}

/// Where an answer sends us next.
pub(super) fn location(repository: &RemoteRepository, answer: &Response) -> Result<Option<Url>, StoreError> {
    let Some(location) = answer.header(&header::LOCATION) else { return Ok(None) };
    resolve_location(answer.url(), Some(location)).map(Some).map_err(|why| StoreError::NotARegistry {
        place: repository.name.registry().to_string(),
        found: format!("a location that can't be followed, since {why}"),
    })
}

fn uploads(repository: &RemoteRepository) -> Url {
    repository.registry.url(repository.name.path(), "blobs/uploads/")
}

/// A second upload that nobody fills is forgotten by the registry, so asking twice is harmless.
fn post(url: Url) -> Request {
    Request::new(Method::POST, url, Repeat::Harmless)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_ranges_as_registries_write_them() {
        let cases = [
            ("0-0", Some(0)),
            ("0-1023", Some(1024)),
            ("bytes=0-1023", Some(1024)),
            (" 0 - 9 ", Some(10)),
            ("5-9", None),
            ("0--1", None),
            ("0-18446744073709551615", None),
            ("", None),
            ("-", None),
        ];
        for (range, wanted) in cases {
            assert_eq!(parse_range(range), wanted, "{range:?}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(range in ".*") {
            parse_range(&range);
        }
    }
}
