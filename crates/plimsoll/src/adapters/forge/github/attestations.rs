//! Attestations of a repository: bundles of signed statements, found by the digests that they are about.
//!
//! Source: docs.github.com, "REST API endpoints for repository attestations".

use bytes::Bytes;
use plimsoll_engine::world::forge_error::ForgeError;
use plimsoll_http::Method;
use plimsoll_http::retry::Repeat;
use plimsoll_oci::name::Digest;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Call, GitHub, PER_PAGE, find_next};

/// How many pages of the list are read.
const MOST_PAGES: u32 = 10;
/// The largest bundle that is read, in bytes.
const LIMIT: usize = 8 * 1024 * 1024;

#[derive(Deserialize)]
struct Listed {
    attestations: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    /// Large ones are left out, and by later versions of the interface all.
    bundle: Option<Value>,
    /// Where it lies, compressed with Snappy; whoever knows the address may read it.
    bundle_url: Option<String>,
}

/// The bundles about something.
pub(super) async fn find(github: &GitHub, subject: &Digest) -> Result<Vec<Bytes>, ForgeError> {
    let mut url = github.url(&["attestations", &subject.to_string()]);
    url.query_pairs_mut().append_pair("per_page", PER_PAGE);
    let mut found = Vec::new();
    for _ in 0..MOST_PAGES {
        let act = format!("list the attestations of {subject}");
        let answer = github.client.find_page(Call::get(url.clone(), act)).await?;
        let Some((listed, headers)): Option<(Listed, _)> = answer else { break };
        for item in listed.attestations {
            match (item.bundle, item.bundle_url) {
                (Some(bundle), _) => found.push(Bytes::from(bundle.to_string())),
                (None, Some(url)) => found.extend(fetch(github, &url).await?),
                // Nothing is there to be judged.
                (None, None) => {}
            }
        }
        match find_next(&headers, &url) {
            Some(next) => url = next,
            None => break,
        }
    }
    Ok(found)
}

/// A bundle that lies elsewhere; `None` if it is gone.
async fn fetch(github: &GitHub, url: &str) -> Result<Option<Bytes>, ForgeError> {
    let Some(bytes) = github.downloads.find(url).await? else { return Ok(None) };
    if bytes.first() == Some(&b'{') {
        return Ok(Some(bytes));
    }
    let rejected = |why: &str| Err(github.client.rejected("read the bundle of an attestation", why));
    match snap::raw::decompress_len(&bytes) {
        Ok(length) if length <= LIMIT => {}
        Ok(_) => return rejected("it is larger than any bundle may be"),
        Err(why) => return rejected(&why.to_string()),
    }
    match snap::raw::Decoder::new().decompress_vec(&bytes) {
        Ok(bundle) => Ok(Some(bundle.into())),
        Err(why) => rejected(&why.to_string()),
    }
}

/// Gives it a bundle to keep. Sent twice it is there twice, which harms nobody.
pub(super) async fn post(github: &GitHub, bundle: &[u8]) -> Result<(), ForgeError> {
    let act = "keep an attestation";
    let bundle: Value = serde_json::from_slice(bundle)
        .map_err(|why| github.client.rejected(act, &format!("it is no JSON: {why}")))?;
    let call = Call::new(Method::POST, github.url(&["attestations"]), Repeat::OnlyIfNotHandled, act);
    github.client.act(call.json(&json!({ "bundle": bundle }))).await
}
