//! Lists of tags (OCI distribution-spec 1.1, "Listing Tags").

use plimsoll_oci::store::Pull as _;

use crate::answer::Answer;
use crate::page::Page;
use crate::refusal::{Code, Refusal};
use crate::route::{Place, Query};
use crate::service::{Inner, on_disk};

/// The tags of a repository, in the order of their bytes.
pub(crate) async fn list(service: &Inner, place: &Place, query: &Query) -> Result<Answer, Refusal> {
    let page = Page::parse(query)?;
    let repository = service.repository(place);
    let tags = on_disk(move || async move {
        match repository.layout()? {
            Some(layout) => layout.tags().await.map(Some),
            None => Ok(None),
        }
    });
    let unknown = || Refusal::new(Code::NameUnknown, format!("there is no repository `{}`", place.name));
    let mut tags = tags.await?.ok_or_else(unknown)?;
    tags.sort();
    let (tags, follows) = page.cut(tags.iter().map(|tag| tag.as_str()).collect());
    let answer = Answer::json(&serde_json::json!({ "name": place.name, "tags": tags }));
    Ok(follows.link(&place.path("tags/list"), answer))
}
