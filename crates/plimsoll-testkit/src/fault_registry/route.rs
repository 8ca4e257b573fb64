//! The distribution API over [`Shelves`], as far as a client needs it.

use plimsoll_oci::name::Digest;
use serde_json::{Value, json};

use super::content::{Shelves, StoredManifest, Upload};
use super::vendor::complaint as error;
use super::wire::{Answer, Head};
use super::{
    Again, Creation, Habits, Immutable, Locations, Mounts, Referrers, Storage, Surroundings, Tags, Untagged,
};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// Answers a request.
pub(super) fn answer(
    shelves: &mut Shelves,
    habits: &Habits,
    surroundings: &Surroundings,
    head: &Head,
    body: &[u8],
) -> Answer {
    let answer = handle(shelves, habits, surroundings, head, body);
    match habits.locations {
        Locations::Relative => answer,
        Locations::Whole => whole_location(answer, &surroundings.registry),
    }
}

/// Writes out the server where an answer names a path.
fn whole_location(mut answer: Answer, server: &str) -> Answer {
    for (name, value) in &mut answer.headers {
        if name == "Location" && value.starts_with('/') {
            *value = format!("http://{server}{value}");
        }
    }
    answer
}

fn handle(
    shelves: &mut Shelves,
    habits: &Habits,
    surroundings: &Surroundings,
    head: &Head,
    body: &[u8],
) -> Answer {
    let method = head.method.as_str();
    let path = head.path.trim_start_matches("/v2/");
    if path.is_empty() {
        return Answer::status(200).header("Docker-Distribution-Api-Version", "registry/2.0");
    }
    if let Some((repository, id)) = path.split_once("/blobs/uploads/") {
        return match (method, id) {
            ("POST", "") => open(shelves, habits, head, repository),
            (_, "") => error(405, "UNSUPPORTED", "only POST"),
            (_, id) => upload(shelves, head, body, repository, id),
        };
    }
    if let Some((repository, digest)) = path.split_once("/blobs/") {
        return match habits.storage {
            Storage::Elsewhere(status) if method == "GET" && shelves.blob(repository, digest).is_some() => {
                let there =
                    format!("http://{}/{repository}/{digest}?X-Amz-Signature=s3cret", surroundings.storage);
                Answer::status(status).header("Location", there)
            }
            _ => blob(shelves, head, repository, digest),
        };
    }
    if let Some((repository, reference)) = path.split_once("/manifests/") {
        return manifest(shelves, habits, head, body, repository, reference);
    }
    if let Some(repository) = path.strip_suffix("/tags/list") {
        return tags(shelves, habits, head, repository);
    }
    let nothing = Answer::status(404).header("Content-Type", "text/plain").body("404 page not found");
    let Some((repository, subject)) = path.split_once("/referrers/") else { return nothing };
    match habits.referrers {
        Referrers::Api => referrers(shelves, head, repository, subject, usize::MAX),
        Referrers::Pages(most) => referrers(shelves, head, repository, subject, most),
        Referrers::UserInterface => {
            let there = format!("https://github.example/-/{repository}/referrers/{subject}");
            Answer::status(303).header("Location", there)
        }
        Referrers::Absent | Referrers::TagIsDigest => nothing,
    }
}

/// Keeps what came of the body of an upload that was cut off.
pub(super) fn keep_part(shelves: &mut Shelves, head: &Head, body: &[u8]) {
    let id = head.path.rsplit('/').next().unwrap_or_default();
    if let Some(upload) = shelves.upload(id) {
        upload.bytes.extend_from_slice(body);
    }
}

fn open(shelves: &mut Shelves, habits: &Habits, head: &Head, repository: &str) -> Answer {
    if let (Some(digest), Some(from), Mounts::Taken) =
        (head.query_value("mount"), head.query_value("from"), habits.mounts)
        && let Some(bytes) = shelves.blob(&from, &digest)
    {
        shelves.put_blob(repository, &bytes);
        return Answer::status(201).header("Location", format!("/v2/{repository}/blobs/{digest}"));
    }
    if habits.creation == Creation::ByHand && !shelves.has(repository) {
        let said = format!(
            "The repository with name '{repository}' does not exist in the registry with id '123456789012'"
        );
        return error(404, "NAME_UNKNOWN", &said);
    }
    let id = shelves.open_upload();
    let answer = Answer::status(202)
        .header("Location", format!("/v2/{repository}/blobs/uploads/{id}?_state=0"))
        .header("Range", "0-0");
    match habits.shortest_chunk {
        Some(length) => answer.header("OCI-Chunk-Min-Length", length.to_string()),
        None => answer,
    }
}

fn upload(shelves: &mut Shelves, head: &Head, body: &[u8], repository: &str, id: &str) -> Answer {
    let Some(upload) = shelves.upload(id) else { return error(404, "BLOB_UPLOAD_UNKNOWN", "no such upload") };
    let is_newest = head.query_value("_state") == Some(upload.state.to_string());
    match head.method.as_str() {
        // After a broken connection the client cannot have the newest location.
        "GET" => advance(upload, repository, id, 204),
        "DELETE" => {
            shelves.close_upload(id);
            Answer::status(204)
        }
        "PATCH" | "PUT" if !is_newest => error(400, "BLOB_UPLOAD_INVALID", "not the newest location"),
        "PATCH" => {
            let start =
                head.header("content-range").and_then(|range| range.split('-').next()?.parse::<usize>().ok());
            if start.is_some_and(|start| start != upload.bytes.len()) {
                return error(416, "BLOB_UPLOAD_INVALID", "out of order");
            }
            upload.bytes.extend_from_slice(body);
            advance(upload, repository, id, 202)
        }
        "PUT" => {
            upload.bytes.extend_from_slice(body);
            let whole = shelves.close_upload(id).unwrap_or_default().bytes;
            let digest = head.query_value("digest").unwrap_or_default();
            if Digest::of(&whole).to_string() != digest {
                return error(400, "DIGEST_INVALID", "provided digest did not match uploaded content");
            }
            shelves.put_blob(repository, &whole);
            Answer::status(201).header("Location", format!("/v2/{repository}/blobs/{digest}"))
        }
        _ => error(405, "UNSUPPORTED", "no such method"),
    }
}

fn advance(upload: &mut Upload, repository: &str, id: &str, status: u16) -> Answer {
    upload.state += 1;
    Answer::status(status)
        .header("Location", format!("/v2/{repository}/blobs/uploads/{id}?_state={}", upload.state))
        .header("Range", format!("0-{}", upload.bytes.len().saturating_sub(1)))
}

pub(super) fn blob(shelves: &Shelves, head: &Head, repository: &str, digest: &str) -> Answer {
    let Some(bytes) = shelves.blob(repository, digest) else {
        return error(404, "BLOB_UNKNOWN", "no such blob");
    };
    let answer = Answer::status(200)
        .header("Content-Type", "application/octet-stream")
        .header("Docker-Content-Digest", digest);
    let start =
        head.header("range").and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
    match start {
        Some(start) if start < bytes.len() => Answer { status: 206, ..answer }
            .header("Content-Range", format!("bytes {start}-{}/{}", bytes.len() - 1, bytes.len()))
            .body(&bytes[start..]),
        Some(_) => Answer::status(416),
        None => answer.body(bytes),
    }
}

fn manifest(
    shelves: &mut Shelves,
    habits: &Habits,
    head: &Head,
    body: &[u8],
    repository: &str,
    reference: &str,
) -> Answer {
    match head.method.as_str() {
        "GET" | "HEAD" => match find(shelves, habits, repository, reference) {
            Some(StoredManifest { digest, media_type, bytes }) => Answer::status(200)
                .header("Content-Type", media_type)
                .header("Docker-Content-Digest", digest)
                .body(bytes),
            None => error(404, "MANIFEST_UNKNOWN", "no such manifest"),
        },
        "PUT" => {
            let digest = Digest::of(body).to_string();
            if reference.contains(':') && reference != digest {
                return error(400, "DIGEST_INVALID", "the manifest has another digest");
            }
            if reference.contains(':') && habits.untagged == Untagged::Refused {
                return error(405, "UNSUPPORTED", "The operation is unsupported.");
            }
            if let Some(refusal) = refuse_move(shelves, habits, repository, reference, &digest) {
                return refusal;
            }
            shelves.put_manifest(
                repository,
                reference,
                head.header("content-type").unwrap_or_default(),
                body,
            );
            let answer = Answer::status(201)
                .header("Location", format!("/v2/{repository}/manifests/{digest}"))
                .header("Docker-Content-Digest", digest);
            match (habits.referrers, subject(body)) {
                (Referrers::Api | Referrers::Pages(_), Some(subject)) => {
                    answer.header("OCI-Subject", subject)
                }
                _ => answer,
            }
        }
        "DELETE" if shelves.delete_manifest(repository, reference) => Answer::status(202),
        "DELETE" => error(404, "MANIFEST_UNKNOWN", "no such manifest"),
        _ => error(405, "UNSUPPORTED", "no such method"),
    }
}

fn find(shelves: &Shelves, habits: &Habits, repository: &str, reference: &str) -> Option<StoredManifest> {
    shelves.manifest(repository, reference).or_else(|| {
        let is_digest = habits.referrers == Referrers::TagIsDigest && reference.starts_with("sha256-");
        is_digest.then(|| shelves.manifest(repository, &reference.replacen('-', ":", 1))).flatten()
    })
}

/// The refusal of a write under a tag, where tags stay as they are.
fn refuse_move(
    shelves: &Shelves,
    habits: &Habits,
    repository: &str,
    reference: &str,
    digest: &str,
) -> Option<Answer> {
    let Tags::Immutable(Immutable { again, refusal }) = habits.tags else { return None };
    let there = shelves.manifest(repository, reference).filter(|_| !reference.contains(':'))?;
    (there.digest != digest || again == Again::Refused).then(|| refusal(repository, reference))
}

fn subject(manifest: &[u8]) -> Option<String> {
    let manifest: Value = serde_json::from_slice(manifest).ok()?;
    manifest.pointer("/subject/digest")?.as_str().map(str::to_owned)
}

fn tags(shelves: &Shelves, habits: &Habits, head: &Head, repository: &str) -> Answer {
    let Some(mut tags) = shelves.tags(repository) else {
        return error(404, "NAME_UNKNOWN", "no such repository");
    };
    if let Some(last) = head.query_value("last") {
        tags.retain(|tag| *tag > last);
    }
    let asked = head.query_value("n").and_then(|n| n.parse().ok()).unwrap_or(usize::MAX);
    let most = if habits.page == 0 { asked } else { asked.min(habits.page) };
    let is_cut = tags.len() > most;
    tags.truncate(most);
    let body = json!({"name": repository, "tags": tags}).to_string();
    let answer = Answer::status(200).header("Content-Type", "application/json").body(body);
    match tags.last() {
        Some(last) if is_cut => {
            answer.header("Link", format!("</v2/{repository}/tags/list?last={last}&n={most}>; rel=\"next\""))
        }
        _ => answer,
    }
}

fn referrers(shelves: &Shelves, head: &Head, repository: &str, wanted: &str, most: usize) -> Answer {
    let first: usize = head.query_value("first").and_then(|first| first.parse().ok()).unwrap_or(0);
    let entries: Vec<Value> = shelves
        .manifests(repository)
        .iter()
        .filter(|manifest| subject(&manifest.bytes).as_deref() == Some(wanted))
        .map(|manifest| {
            let view: Value = serde_json::from_slice(&manifest.bytes).unwrap_or_default();
            let kind = view.get("artifactType").or_else(|| view.pointer("/config/mediaType"));
            json!({
                "mediaType": manifest.media_type,
                "digest": manifest.digest,
                "size": manifest.bytes.len(),
                "artifactType": kind,
                "annotations": view.get("annotations").cloned().unwrap_or_else(|| json!({})),
            })
        })
        .collect();
    let next = first.saturating_add(most);
    let is_last = next >= entries.len();
    let page: Vec<&Value> = entries.iter().skip(first).take(most).collect();
    let body = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": page});
    let answer = Answer::status(200).header("Content-Type", INDEX).body(body.to_string());
    match is_last {
        true => answer,
        false => {
            answer.header("Link", format!("</v2/{repository}/referrers/{wanted}?first={next}>; rel=\"next\""))
        }
    }
}
