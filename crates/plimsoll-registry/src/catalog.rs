//! The list of all repositories, as Distribution has it: `GET /v2/_catalog`.

use crate::answer::Answer;
use crate::names::name_of;
use crate::page::Page;
use crate::refusal::Refusal;
use crate::route::Query;
use crate::service::{Inner, on_disk};

/// The names of all repositories, in the order of their bytes.
pub(crate) async fn list(service: &Inner, query: &Query) -> Result<Answer, Refusal> {
    let page = Page::parse(query)?;
    let storage = service.storage.clone();
    let repositories = on_disk(move || async move { storage.repositories() }).await?;
    let mut names: Vec<String> = repositories.iter().filter_map(name_of).collect();
    names.sort();
    let (names, follows) = page.cut(names);
    Ok(follows.link("/v2/_catalog", Answer::json(&serde_json::json!({ "repositories": names }))))
}
