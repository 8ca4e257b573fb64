//! The list of tags.

use plimsoll_http::{Request, StatusCode};

use super::link::next_page;
use super::manifest::{absent, not_a_registry};
use super::refusal::is_html;
use super::repository::RemoteRepository;
use crate::name::ImageTag;
use crate::store::StoreError;

/// How many tags one page is asked to hold, the most that every registry allows.
const PAGE: &str = "1000";
/// The longest page that is read, in bytes.
const PAGE_LIMIT: u64 = 4 * 1024 * 1024;
/// The most tags that are read.
const MOST_TAGS: usize = 200_000;
/// The most pages that are read; registries may send fewer tags than asked for.
const MOST_PAGES: usize = 20_000;

#[derive(serde::Deserialize)]
struct Page {
    /// Some registries write `null` for none.
    tags: Option<Vec<String>>,
}

/// Reads all tags, page by page. A repository that is not there has none.
pub(super) async fn list(repository: &RemoteRepository) -> Result<Vec<ImageTag>, StoreError> {
    let errand = repository.pulling();
    let registry = &repository.registry;
    let mut url = registry.url(repository.name.path(), "tags/list");
    url.set_query(Some(&format!("n={PAGE}")));
    let mut tags = Vec::new();
    for _ in 0..MOST_PAGES {
        let answer = registry.send(errand, || Request::get(url.clone()).whole(PAGE_LIMIT)).await?;
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return absent(repository, errand, answer).await.map(|()| tags),
            _ => return Err(registry.rejected(errand, answer).await),
        }
        let next = next_page(repository, &answer)?;
        let content_type = answer.content_type();
        let bytes = match answer.bytes(PAGE_LIMIT).await {
            Ok(bytes) => bytes,
            Err(error) => return Err(registry.failed(errand, error).await),
        };
        if is_html(content_type.as_deref(), &bytes) {
            return Err(not_a_registry(repository, content_type.as_deref()));
        }
        tags.extend(parse_page(&bytes).ok_or_else(|| not_a_registry(repository, content_type.as_deref()))?);
        match next {
            Some(next) if tags.len() <= MOST_TAGS && next != url => url = next,
            Some(_) => break,
            None => return Ok(tags),
        }
    }
    Err(StoreError::TooLarge {
        what: format!("the list of tags of {}", repository.name),
        size: u64::try_from(tags.len()).unwrap_or(u64::MAX),
        limit: u64::try_from(MOST_TAGS).unwrap_or(u64::MAX),
    })
}

/// Reads one page; None if it is none. A name that is no tag cannot be asked for, so nobody misses it.
pub(crate) fn parse_page(bytes: &[u8]) -> Option<Vec<ImageTag>> {
    let page: Page = serde_json::from_slice(bytes).ok()?;
    Some(page.tags.unwrap_or_default().iter().filter_map(|tag| tag.parse().ok()).collect())
}
