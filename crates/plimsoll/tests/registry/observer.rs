//! A stranger at a registry, with a client of a few lines: HTTP/1.0, one connection for each request.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;

use plimsoll_oci::name::Digest;
use serde_json::{Value, json};

const ACCEPT: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
                      application/vnd.docker.distribution.manifest.list.v2+json, \
                      application/vnd.docker.distribution.manifest.v2+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";

/// Somebody who reads and writes one registry. Repositories are named with or without a host, which is not looked
/// at: a name may lead through a proxy, the observer does not.
#[derive(Debug, Clone)]
pub(crate) struct Observer {
    address: String,
}

struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Observer {
    /// Somebody at this address.
    pub(crate) fn at(address: &str) -> Self {
        Self { address: address.to_owned() }
    }

    /// Every tag of a repository and what it points at.
    pub(crate) fn tags(&self, repository: &str) -> BTreeMap<String, String> {
        let list = self.get(&format!("/v2/{}/tags/list", path(repository)), "application/json");
        if list.status == 404 {
            return BTreeMap::new();
        }
        let list: Value = serde_json::from_slice(&list.body).expect("a tag list is JSON");
        let names = list["tags"].as_array().into_iter().flatten().filter_map(Value::as_str);
        names.filter_map(|tag| Some((tag.to_owned(), self.resolve(repository, tag)?))).collect()
    }

    /// Every tag but Plimsoll's hidden ones.
    pub(crate) fn visible_tags(&self, repository: &str) -> BTreeMap<String, String> {
        let mut tags = self.tags(repository);
        tags.retain(|tag, _| !tag.starts_with("plimsoll-"));
        tags
    }

    /// What a tag points at, by the bytes that are served.
    pub(crate) fn resolve(&self, repository: &str, tag: &str) -> Option<String> {
        self.manifest(repository, tag).map(|bytes| Digest::of(&bytes).to_string())
    }

    /// The bytes of a manifest, by tag or digest.
    pub(crate) fn manifest(&self, repository: &str, reference: &str) -> Option<Vec<u8>> {
        let reply = self.get(&format!("/v2/{}/manifests/{reference}", path(repository)), ACCEPT);
        match reply.status {
            200 => Some(reply.body),
            404 => None,
            other => panic!("{repository}:{reference} answers {other}"),
        }
    }

    /// The bytes of a blob.
    pub(crate) fn blob(&self, repository: &str, digest: &str) -> Option<Vec<u8>> {
        let reply = self.get(&format!("/v2/{}/blobs/{digest}", path(repository)), "*/*");
        (reply.status == 200).then_some(reply.body)
    }

    /// The first thing below a manifest that is not there or not what its digest says.
    pub(crate) fn find_missing(&self, repository: &str, digest: &str) -> Option<String> {
        let is_right = |bytes: &Vec<u8>| Digest::of(bytes).to_string() == digest;
        let Some(bytes) = self.manifest(repository, digest).filter(is_right) else {
            return Some(format!("manifest {digest} in {repository}"));
        };
        let manifest: Value = serde_json::from_slice(&bytes).expect("a manifest is JSON");
        let children = manifest["manifests"].as_array().into_iter().flatten();
        let below = children.filter_map(|child| self.find_missing(repository, child["digest"].as_str()?));
        let blobs =
            [&manifest["config"]].into_iter().chain(manifest["layers"].as_array().into_iter().flatten());
        let blobs = blobs.filter_map(|blob| blob["digest"].as_str());
        let lacks = |blob: &&str| {
            let bytes = self.blob(repository, blob);
            bytes.is_none_or(|bytes| Digest::of(&bytes).to_string() != **blob)
        };
        below.chain(blobs.filter(lacks).map(|blob| format!("blob {blob} in {repository}"))).next()
    }

    /// Pushes an image of somebody else under a tag and gives its digest; `word` makes it one of its own.
    pub(crate) fn push_foreign(&self, repository: &str, tag: &str, word: &str) -> String {
        let config = json!({
            "architecture": "amd64", "os": "linux", "config": { "Labels": { "word": word } },
            "rootfs": { "type": "layers", "diff_ids": [] }
        });
        let config = config.to_string().into_bytes();
        let digest = Digest::of(&config).to_string();
        let begun = self.send("POST", &format!("/v2/{}/blobs/uploads/", path(repository)), &[], &[]);
        assert_eq!(begun.status, 202);
        let (_, location) =
            begun.headers.iter().find(|(name, _)| name == "location").expect("an upload has a place");
        let location = location.split_once("://").map_or(location.as_str(), |(_, rest)| {
            rest.find('/').and_then(|slash| rest.get(slash..)).unwrap_or("/")
        });
        let joint = if location.contains('?') { '&' } else { '?' };
        let put = self.send("PUT", &format!("{location}{joint}digest={digest}"), &[], &config);
        assert_eq!(put.status, 201);
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST, "layers": [],
            "config": { "mediaType": CONFIG, "digest": digest, "size": config.len() },
        });
        let manifest = manifest.to_string().into_bytes();
        let place = format!("/v2/{}/manifests/{tag}", path(repository));
        let put = self.send("PUT", &place, &[("Content-Type", MANIFEST)], &manifest);
        assert_eq!(put.status, 201, "{}", String::from_utf8_lossy(&put.body));
        Digest::of(&manifest).to_string()
    }

    /// Takes everything off the list of what refers to a manifest, as a program does that has read it before others wrote it.
    pub(crate) fn empty_referrers(&self, repository: &str, digest: &str) {
        self.put_list(repository, digest, &json!([]));
    }

    /// Another program writes the list of what refers to a manifest, and knows of one entry alone.
    pub(crate) fn list_alone(&self, repository: &str, digest: &str, entry: &str) {
        let bytes = self.manifest(repository, entry).expect("the entry is there");
        let entry = json!({ "mediaType": MANIFEST, "digest": entry, "size": bytes.len(), "artifactType": "text/plain" });
        self.put_list(repository, digest, &json!([entry]));
    }

    fn put_list(&self, repository: &str, digest: &str, entries: &Value) {
        let list = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": entries });
        let place = format!("/v2/{}/manifests/{}", path(repository), digest.replace(':', "-"));
        let put = self.send("PUT", &place, &[("Content-Type", INDEX)], list.to_string().as_bytes());
        assert_eq!(put.status, 201, "{}", String::from_utf8_lossy(&put.body));
    }

    /// Another program deletes what a tag points at.
    pub(crate) fn remove(&self, repository: &str, tag: &str) {
        let digest = self.resolve(repository, tag).expect("the tag is there");
        let place = format!("/v2/{}/manifests/{digest}", path(repository));
        self.send("DELETE", &place, &[], b"");
        assert_eq!(self.resolve(repository, tag), None, "{repository}:{tag}");
    }

    fn get(&self, place: &str, accept: &str) -> Reply {
        self.send("GET", place, &[("Accept", accept)], &[])
    }

    fn send(&self, method: &str, place: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let mut stream = TcpStream::connect(&self.address).expect("the registry listens");
        let mut head = format!(
            "{method} {place} HTTP/1.0\r\nHost: {}\r\nContent-Length: {}\r\n",
            self.address,
            body.len()
        );
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).expect("the registry reads");
        let mut reply = Vec::new();
        stream.read_to_end(&mut reply).expect("the registry answers");
        parse(&reply)
    }
}

fn parse(reply: &[u8]) -> Reply {
    let end = reply.windows(4).position(|four| four == b"\r\n\r\n").expect("a reply has a head");
    let (head, body) = reply.split_at(end);
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|word| word.parse().ok());
    let header = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_ascii_lowercase(), value.trim().to_owned()))
    };
    Reply {
        status: status.expect("a status is a number"),
        headers: lines.filter_map(header).collect(),
        body: body[4..].to_vec(),
    }
}

/// The part of a repository's name that follows the host.
fn path(repository: &str) -> &str {
    repository.split_once('/').filter(|(host, _)| host.contains(':')).map_or(repository, |(_, path)| path)
}
