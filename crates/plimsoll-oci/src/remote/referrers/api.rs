//! Lists that the registry keeps (OCI distribution-spec 1.1, "Listing Referrers").

use plimsoll_http::redirect::Redirects;
use plimsoll_http::{HeaderValue, Request, StatusCode, Url, header};

use super::fallback::ReferrersList;
use super::known::{NoList, Says};
use super::{Way, way};
use crate::model::{Descriptor, MANIFEST_LIMIT, MediaType};
use crate::name::Digest;
use crate::remote::link::next_page;
use crate::remote::manifest::not_a_registry;
use crate::remote::refusal::{Complaints, is_html};
use crate::remote::repository::RemoteRepository;
use crate::store::StoreError;

/// The most pages of a list that are read.
const MOST_PAGES: usize = 200;
/// The most referrers of one subject that are read.
const MOST_REFERRERS: usize = 20_000;

/// One page, and where the next one is.
type Page = (Vec<Descriptor>, Option<Url>);

/// Asks the API; `None` if the registry has none.
pub(super) async fn from_api(
    repository: &RemoteRepository,
    subject: &Digest,
    kind: Option<&MediaType>,
) -> Result<Option<Vec<Descriptor>>, StoreError> {
    if way(repository) == Some(Way::FallbackTag) {
        return Ok(None);
    }
    let (known, path) = (&repository.registry.referrers, repository.name.path());
    let mut url = repository.registry.url(path, &format!("referrers/{subject}"));
    if let Some(kind) = kind {
        url.query_pairs_mut().append_pair("artifactType", kind.as_str());
    }
    let mut all = Vec::new();
    for page in 0..MOST_PAGES {
        let (entries, next) = match read_page(repository, &url).await? {
            Ok(read) => read,
            // Half a list would look whole.
            Err(answer) if page > 0 => return Err(answer.error),
            Err(answer) => return known.has_none(path, answer).map(|()| None),
        };
        known.has_api();
        all.extend(entries);
        match next {
            Some(next) if all.len() <= MOST_REFERRERS && next != url => url = next,
            Some(_) => break,
            None => return Ok(Some(all)),
        }
    }
    Err(StoreError::TooLarge {
        what: format!("the list of referrers of {subject}"),
        size: u64::try_from(all.len()).unwrap_or(u64::MAX),
        limit: u64::try_from(MOST_REFERRERS).unwrap_or(u64::MAX),
    })
}

async fn read_page(repository: &RemoteRepository, url: &Url) -> Result<Result<Page, NoList>, StoreError> {
    let (registry, errand) = (&repository.registry, repository.pulling());
    let build = || {
        Request::get(url.clone())
            .header(header::ACCEPT, HeaderValue::from_static("application/vnd.oci.image.index.v1+json"))
            .redirects(Redirects::SameOrigin)
            .whole(MANIFEST_LIMIT)
    };
    let Some(answer) = registry.send_unless_redirected(errand, build).await? else {
        // GitHub's registry sends us to a page of its user interface, as doors before others do to theirs.
        let place = repository.name.registry().to_string();
        let error = StoreError::NotARegistry { place, found: "a redirect instead of a list".to_owned() };
        return Ok(Err(NoList { says: Says::Oddity, error }));
    };
    let status = answer.status();
    if matches!(status, StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED) || is_trouble(status) {
        // Being unwell says nothing of what a registry has.
        return Err(registry.rejected(errand, answer).await);
    }
    if status != StatusCode::OK {
        let refusal = answer.refusal().await;
        let complaints = Complaints::parse(&refusal.body);
        let is_page = is_html(refusal.content_type.as_deref(), refusal.body.as_bytes());
        let says = match status {
            // A registry with the API that does not know the repository yet has not said that it lacks it.
            _ if complaints.has("NAME_UNKNOWN") => Says::NoRepository,
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED
                if !is_page =>
            {
                Says::NoApi
            }
            _ => Says::Oddity,
        };
        let error = registry.respondent(errand).await.sorted(errand.purpose, &refusal);
        return Ok(Err(NoList { says, error }));
    }
    if !answer.content_type().is_some_and(|kind| MediaType::from(kind).is_index()) {
        let error = not_a_registry(repository, answer.content_type().as_deref());
        return Ok(Err(NoList { says: Says::Oddity, error }));
    }
    let next = next_page(repository, &answer)?;
    let bytes = match answer.bytes(MANIFEST_LIMIT).await {
        Ok(bytes) => bytes,
        Err(error) => return Err(registry.failed(errand, error).await),
    };
    Ok(Ok((ReferrersList::parse(&bytes)?.entries(), next)))
}

/// True for what a registry that has the API answers, too, on a bad day.
fn is_trouble(status: StatusCode) -> bool {
    matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT)
        || (status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED)
}
