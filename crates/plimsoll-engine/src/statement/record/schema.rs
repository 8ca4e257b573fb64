//! The JSON Schema of a record, for programs that read one.

use serde_json::{Value, json};

/// The schema of the newest format, in the 2020-12 dialect. Fields that it does not name may be added.
pub fn schema() -> Value {
    let digest = json!({ "type": "string", "pattern": "^sha256:[0-9a-f]{64}$" });
    let hash = json!({ "type": "string", "pattern": "^[0-9a-f]{64}$" });
    let oid = json!({ "type": "string", "pattern": "^([0-9a-f]{40}|[0-9a-f]{64})$" });
    let text = json!({ "type": "string" });
    let texts = json!({ "type": "array", "items": text });
    let file = json!({
        "type": "object",
        "description": "A file beside the record.",
        "required": ["file", "hash"],
        "properties": { "file": text, "hash": hash, "size": { "type": "integer", "description": "In bytes." } },
    });
    let mirror = json!({
        "type": "object",
        "required": ["repository", "necessity"],
        "properties": {
            "repository": text,
            "necessity": { "type": "string", "enum": ["required", "optional"] },
        },
    });
    let image = json!({
        "type": "object",
        "required": ["name", "primary_tag", "all_tags", "digest", "media_type", "size", "labels", "platforms"],
        "properties": {
            "name": { "type": "string", "description": "Its first repository, such as ghcr.io/acme/app." },
            "primary_tag": { "type": "string", "description": "The first tag with the whole version in it." },
            "all_tags": { "type": "array", "items": text, "description": "Every tag, those that move as intentions." },
            "moving_tags": texts,
            "digest": digest,
            "media_type": text,
            "size": { "type": "integer", "description": "Of the index, in bytes." },
            "labels": { "type": "object", "additionalProperties": text },
            "platforms": { "type": "object", "additionalProperties": digest },
            "mirrors": { "type": "array", "items": mirror },
        },
    });
    let chart = json!({
        "type": "object",
        "required": ["repository", "version", "digest", "name", "app_version", "size", "package"],
        "properties": {
            "repository": { "type": "string", "description": "Where it is, such as ghcr.io/acme/charts/app." },
            "version": { "type": "string", "description": "Its own, without v." },
            "digest": { "type": "string", "pattern": "^sha256:[0-9a-f]{64}$", "description": "Of its manifest." },
            "name": { "type": "string", "description": "What Chart.yaml calls it." },
            "app_version": { "type": "string", "description": "The version of what it installs, spelled as the image's tag." },
            "tag": { "type": "string", "description": "Of its version: `+` is `_`." },
            "size": { "type": "integer", "description": "Of the manifest, in bytes." },
            "package": file,
            "provenance": {
                "type": "object",
                "description": "What signs the package for `helm verify`: the .prov file beside it.",
                "required": ["file", "hash", "size"],
                "properties": {
                    "file": text,
                    "hash": { "type": "string", "pattern": "^[0-9a-f]{64}$", "description": "SHA-256, bare." },
                    "size": { "type": "integer", "description": "In bytes." },
                },
            },
            "listed_in": {
                "type": "object",
                "description": "The chart repository over HTTP that lists it.",
                "required": ["branch", "url"],
                "properties": {
                    "branch": text,
                    "url": text,
                    "packages": { "enum": ["branch", "page"], "description": "Where the package lies." },
                },
            },
            "own_tag": {
                "type": "object",
                "description": "The git tag that it has of its own, on the commit of the release.",
                "required": ["git_tag"],
                "properties": {
                    "git_tag": text,
                    "page": { "enum": ["none", "own"], "description": "Whether it has a page on the forge." },
                },
            },
        },
    });
    let attestation = json!({
        "type": "object",
        "description": "A statement that is signed and attached to what it is about.",
        "required": ["subject", "subject_media_type", "subject_size", "predicate_type", "digest", "size"],
        "properties": {
            "subject": digest,
            "subject_media_type": text,
            "subject_size": { "type": "integer", "description": "In bytes." },
            "predicate_type": { "type": "string", "description": "A URI." },
            "digest": { "type": "string", "pattern": "^sha256:[0-9a-f]{64}$", "description": "Of the statement, unsigned." },
            "size": { "type": "integer", "description": "Of the statement, in bytes." },
        },
    });
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The record of a release: vX.Y.Z-release-info.json",
        "type": "object",
        "required": [
            "format", "needs", "component", "version", "release_date", "git_commit", "git_ref", "git_tag_object",
            "docker_images", "files", "charts", "attestations",
        ],
        "properties": {
            "format": { "type": "integer", "enum": [2] },
            "needs": { "type": "string", "description": "The oldest Plimsoll that reads it." },
            "component": { "type": "string", "description": "The product." },
            "version": { "type": "string", "description": "Without v." },
            "release_date": { "type": "string", "format": "date-time", "description": "When the set was sealed." },
            "git_commit": oid,
            "git_ref": { "type": "string", "description": "refs/tags/v1.0.0" },
            "git_tag_object": oid,
            "docker_images": {
                "type": "object",
                "description": "By name in the project.",
                "additionalProperties": image,
            },
            "app_compose": file,
            "docker_compose": file,
            "signing": {
                "type": "string",
                "enum": ["bundle"],
                "description": "How the release is signed: Sigstore bundles that refer to its images. Absent: it is not.",
            },
            "files": {
                "type": "object",
                "description": "Every other file of the release: name to digest.",
                "additionalProperties": digest,
            },
            "charts": { "type": "object", "description": "Helm charts, by name in the project.", "additionalProperties": chart },
            "attestations": { "type": "array", "items": attestation },
            "adopted": { "type": "boolean", "description": "The release was made before its record was." },
        },
    })
}
