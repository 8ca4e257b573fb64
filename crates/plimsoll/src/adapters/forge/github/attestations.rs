//! Attestations of a repository: bundles of signed statements, found by the digests that they are about.
//!
//! Source: docs.github.com, "REST API endpoints for repository attestations".

use bytes::Bytes;
use plimsoll_engine::world::forge::ForgeError;
use plimsoll_http::Method;
use plimsoll_http::retry::Repeat;
use plimsoll_oci::name::Digest;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Call, GitHub, PER_PAGE, find_next};

/// How many pages of the list are read.
const MOST_PAGES: u32 = 10;

#[derive(Deserialize)]
struct Listed {
    attestations: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    /// Later versions of the interface may leave it out.
    bundle: Option<Value>,
}

/// The bundles about something; nothing that is there without its bundle can be judged, so that it is passed over.
pub(super) async fn find(github: &GitHub, subject: &Digest) -> Result<Vec<Bytes>, ForgeError> {
    let mut url = github.url(&["attestations", &subject.to_string()]);
    url.query_pairs_mut().append_pair("per_page", PER_PAGE);
    let mut found = Vec::new();
    for _ in 0..MOST_PAGES {
        let act = format!("list the attestations of {subject}");
        let answer = github.client.find_page(Call::get(url.clone(), act)).await?;
        let Some((listed, headers)): Option<(Listed, _)> = answer else { break };
        let bundles = listed.attestations.into_iter().filter_map(|item| item.bundle);
        found.extend(bundles.map(|bundle| Bytes::from(bundle.to_string())));
        match find_next(&headers, &url) {
            Some(next) => url = next,
            None => break,
        }
    }
    Ok(found)
}

/// Gives it a bundle to keep. Sent twice it is there twice, which harms nobody.
pub(super) async fn post(github: &GitHub, bundle: &[u8]) -> Result<(), ForgeError> {
    let act = "keep an attestation";
    let bundle: Value = serde_json::from_slice(bundle)
        .map_err(|why| github.client.rejected(act, &format!("it is no JSON: {why}")))?;
    let call = Call::new(Method::POST, github.url(&["attestations"]), Repeat::OnlyIfNotHandled, act);
    github.client.act(call.json(&json!({ "bundle": bundle }))).await
}
