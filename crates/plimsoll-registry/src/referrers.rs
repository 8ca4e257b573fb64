//! Lists of what refers to a manifest (OCI distribution-spec 1.1, "Listing Referrers"), in pages that clients read.

use std::collections::BTreeMap;

use http::{HeaderName, StatusCode, header};
use plimsoll_oci::model::{Descriptor, ImageIndex, MANIFEST_LIMIT, Manifest, MediaType};
use plimsoll_oci::name::Digest;
use plimsoll_oci::store::Pull as _;
use url::form_urlencoded;

use crate::answer::Answer;
use crate::refusal::Refusal;
use crate::route::{Place, Query};
use crate::service::{Inner, on_disk};

const FILTERS: HeaderName = HeaderName::from_static("oci-filters-applied");
/// How many bytes the entries of one page may have: a page is an index, and clients read no longer ones. The rest is for what
/// stands around the entries.
const PAGE_LIMIT: u64 = MANIFEST_LIMIT - 4096;

/// An index of all manifests that refer to `subject`, or of those of one artifact type, by digest. It may be empty; neither the
/// subject nor the repository need be there. What does not fit into one answer follows behind a link.
pub(crate) async fn list(
    service: &Inner,
    place: &Place,
    subject: Digest,
    query: &Query,
) -> Result<Answer, Refusal> {
    let kind = query.first("artifactType").filter(|kind| !kind.is_empty()).map(MediaType::from);
    let (repository, filter) = (service.repository(place), kind.clone());
    let path = place.path(&format!("referrers/{subject}"));
    let found = on_disk(move || async move { repository.referrers(&subject, filter.as_ref()).await });
    let (manifests, last) = cut(found.await?, query.first("last"));
    let index = Manifest::from_index(ImageIndex {
        schema_version: 2,
        media_type: Some(MediaType::INDEX),
        artifact_type: None,
        manifests,
        subject: None,
        annotations: BTreeMap::new(),
    });
    let answer = Answer::text(StatusCode::OK, MediaType::INDEX.as_str(), index.bytes().clone());
    let answer = match last {
        Some(last) => answer.header(header::LINK, next_page(&path, kind.as_ref(), &last)),
        None => answer,
    };
    Ok(match kind {
        Some(_) => answer.header(FILTERS, "artifactType"),
        None => answer,
    })
}

/// The part of a list that is one page and begins behind the digest `after`; and its last digest, if something follows.
fn cut(mut all: Vec<Descriptor>, after: Option<&str>) -> (Vec<Descriptor>, Option<String>) {
    let name = |entry: &Descriptor| entry.digest.to_string();
    all.sort_by_cached_key(name);
    let rest = all.into_iter().filter(|entry| after.is_none_or(|after| name(entry).as_str() > after));
    let (mut page, mut bytes): (Vec<Descriptor>, u64) = (Vec::new(), 0);
    for entry in rest {
        let entry = shortened(entry);
        bytes = bytes.saturating_add(length(&entry));
        if bytes > PAGE_LIMIT {
            let last = page.last().map(name);
            return (page, last);
        }
        page.push(entry);
    }
    (page, None)
}

/// An entry that fits onto a page: what it would say of itself is left out if it must be. The manifest has it.
fn shortened(mut entry: Descriptor) -> Descriptor {
    if length(&entry) > PAGE_LIMIT {
        entry.annotations = BTreeMap::new();
    }
    match length(&entry) > PAGE_LIMIT {
        true => Descriptor::new(entry.media_type, entry.digest, entry.size),
        false => entry,
    }
}

/// How many bytes an entry takes in a list, with the comma.
fn length(entry: &Descriptor) -> u64 {
    let text = serde_json::to_vec(entry).map_or(usize::MAX, |text| text.len().saturating_add(1));
    u64::try_from(text).unwrap_or(u64::MAX)
}

fn next_page(path: &str, kind: Option<&MediaType>, last: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    if let Some(kind) = kind {
        query.append_pair("artifactType", kind.as_str());
    }
    format!("<{path}?{}>; rel=\"next\"", query.append_pair("last", last).finish())
}
