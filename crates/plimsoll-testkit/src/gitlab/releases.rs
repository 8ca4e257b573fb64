//! Releases, their links, and the files of generic packages, as GitLab's REST interface has them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{PROJECT, json_answer, refuse};
use crate::fault_registry::wire::{Answer, Head};

/// When everything happens.
const TIME: &str = "2026-01-02T03:04:05.678Z";

/// A release. There is one per tag, and everybody sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitLabRelease {
    /// Its git tag.
    pub tag: String,
    /// Its title.
    pub title: String,
    /// Its notes.
    pub description: String,
    /// Its links.
    pub links: Vec<GitLabLink>,
}

/// A link of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitLabLink {
    /// Its number.
    pub id: u64,
    /// Its name, which no other link of the release has.
    pub name: String,
    /// Where it leads.
    pub url: String,
    /// The path of its permanent address.
    pub path: Option<String>,
}

/// All of them, and the packages.
#[derive(Default)]
pub(super) struct Releases {
    pub(super) root: String,
    pub(super) all: Vec<GitLabRelease>,
    /// The git tags that are there.
    pub(super) tags: BTreeSet<String>,
    pub(super) duplicates_refused: bool,
    /// By package, version and name.
    files: BTreeMap<(String, String, String), Vec<u8>>,
    last: u64,
}

impl Releases {
    pub(super) fn answer(&mut self, head: &Head, parts: &[&str], body: &[u8]) -> Answer {
        let sent = serde_json::from_slice::<Value>(body).unwrap_or(Value::Null);
        match (head.method.as_str(), parts) {
            ("GET", ["releases"]) => {
                let all: Vec<Value> = self.all.iter().rev().map(|release| self.render(release)).collect();
                json_answer(200, &json!(all))
            }
            ("POST", ["releases"]) => self.create(&sent),
            ("GET", ["releases", tag]) => match self.all.iter().find(|release| release.tag == *tag) {
                Some(release) => json_answer(200, &self.render(release)),
                None => refuse(404, "404 Not Found"),
            },
            ("POST", ["releases", tag, "assets", "links"]) => self.link(tag, &sent),
            ("DELETE", ["releases", tag, "assets", "links", id]) => self.unlink(tag, id),
            ("PUT", ["packages", "generic", package, version, name]) => {
                if self.duplicates_refused && self.file(package, version, name).is_some() {
                    return refuse(400, "400 Bad request - Duplicate package is not allowed");
                }
                self.put_file(package, version, name, body);
                json_answer(201, &json!({ "message": "201 Created" }))
            }
            ("GET", ["packages", "generic", package, version, name]) => {
                match self.file(package, version, name) {
                    Some(bytes) => Answer::status(200)
                        .header("Content-Type", "application/octet-stream")
                        .body(bytes.to_vec()),
                    None => refuse(404, "404 Not Found"),
                }
            }
            _ => refuse(404, "404 Not Found"),
        }
    }

    pub(super) fn file(&self, package: &str, version: &str, name: &str) -> Option<&[u8]> {
        let key = (package.to_owned(), version.to_owned(), name.to_owned());
        self.files.get(&key).map(Vec::as_slice)
    }

    pub(super) fn put_file(&mut self, package: &str, version: &str, name: &str, bytes: &[u8]) {
        let key = (package.to_owned(), version.to_owned(), name.to_owned());
        self.files.insert(key, bytes.to_vec());
    }

    /// Where a permanent address leads.
    pub(super) fn permanent_link(&self, path: &str) -> Option<String> {
        let rest = path.strip_prefix(&format!("/{PROJECT}/-/releases/"))?;
        let (tag, path) = rest.split_once("/downloads")?;
        let release = self.all.iter().find(|release| release.tag == tag)?;
        let link = release.links.iter().find(|link| link.path.as_deref() == Some(path))?;
        Some(link.url.clone())
    }

    pub(super) fn create(&mut self, sent: &Value) -> Answer {
        let text = |key: &str| sent.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let tag = text("tag_name");
        if tag.is_empty() {
            return json_answer(400, &json!({ "error": "tag_name is missing" }));
        }
        if self.all.iter().any(|release| release.tag == tag) {
            return refuse(409, "Release already exists");
        }
        if !self.tags.contains(&tag) && text("ref").is_empty() {
            return refuse(422, "Ref is not specified");
        }
        let title = Some(text("name")).filter(|name| !name.is_empty()).unwrap_or_else(|| tag.clone());
        let release = GitLabRelease { tag, title, description: text("description"), links: Vec::new() };
        self.all.push(release.clone());
        json_answer(201, &self.render(&release))
    }

    pub(super) fn link(&mut self, tag: &str, sent: &Value) -> Answer {
        let text = |key: &str| sent.get(key).and_then(Value::as_str).map(str::to_owned);
        let (Some(name), Some(url)) = (text("name"), text("url")) else {
            return json_answer(400, &json!({ "error": "name is missing, url is missing" }));
        };
        let id = self.last + 1;
        let Some(release) = self.all.iter_mut().find(|release| release.tag == tag) else {
            return refuse(404, "404 Not found");
        };
        for (taken, field) in [
            (release.links.iter().any(|link| link.name == name), "name"),
            (release.links.iter().any(|link| link.url == url), "url"),
        ] {
            if taken {
                return json_answer(400, &json!({ "message": { field: ["has already been taken"] } }));
            }
        }
        let link = GitLabLink { id, name, url, path: text("direct_asset_path") };
        release.links.push(link.clone());
        self.last = id;
        json_answer(201, &self.render_link(tag, &link))
    }

    fn unlink(&mut self, tag: &str, id: &str) -> Answer {
        let found = self.all.iter_mut().find(|release| release.tag == tag).and_then(|release| {
            let at = release.links.iter().position(|link| link.id.to_string() == id)?;
            Some(release.links.remove(at))
        });
        match found {
            Some(link) => json_answer(200, &self.render_link(tag, &link)),
            None => refuse(404, "404 Not found"),
        }
    }

    fn render(&self, release: &GitLabRelease) -> Value {
        let GitLabRelease { tag, title, description, links } = release;
        let own = format!("{}/{PROJECT}/-/releases/{tag}", self.root);
        let links: Vec<Value> = links.iter().rev().map(|link| self.render_link(tag, link)).collect();
        json!({
            "tag_name": tag,
            "name": title,
            "description": description,
            "created_at": TIME,
            "released_at": TIME,
            "upcoming_release": false,
            "author": { "id": 1, "name": "Bot", "username": "bot", "state": "active" },
            "commit": { "id": "0".repeat(40), "short_id": "0".repeat(8), "title": "c" },
            "commit_path": format!("/{PROJECT}/-/commit/{}", "0".repeat(40)),
            "tag_path": format!("/{PROJECT}/-/tags/{tag}"),
            "assets": { "count": 4 + links.len(), "sources": [], "links": links },
            "evidences": [],
            "_links": { "self": own, "edit_url": format!("{own}/edit") },
        })
    }

    fn render_link(&self, tag: &str, link: &GitLabLink) -> Value {
        let GitLabLink { id, name, url, path } = link;
        let direct = match path {
            Some(path) => format!("{}/{PROJECT}/-/releases/{tag}/downloads{path}", self.root),
            None => url.clone(),
        };
        json!({ "id": id, "name": name, "url": url, "direct_asset_url": direct, "link_type": "other" })
    }
}
