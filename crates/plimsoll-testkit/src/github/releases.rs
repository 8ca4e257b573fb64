//! The releases of one repository, as GitHub's REST interface has them.

use plimsoll_oci::name::Digest;
use serde_json::{Value, json};

use super::refuse;
use crate::fault_registry::wire::{Answer, Head};

/// When everything happens.
pub(super) const TIME: &str = "2026-01-02T03:04:05Z";

/// The longest body that it takes, in characters.
const BODY_LIMIT: usize = 125_000;

/// What it writes by itself.
const GENERATED: &str = "**Full Changelog**: written by the forge";

/// A release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitHubRelease {
    /// Its number.
    pub id: u64,
    /// Its git tag.
    pub tag: String,
    /// Its title.
    pub title: String,
    /// Its notes.
    pub body: String,
    /// Whether only those see it who may write.
    pub draft: bool,
    /// Whether it is for those who try things out.
    pub prerelease: bool,
    /// Whether its files can't be changed any more.
    pub immutable: bool,
    /// Its files.
    pub assets: Vec<GitHubAsset>,
}

/// A file of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitHubAsset {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// `uploaded` or `starter`.
    pub state: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// All of them.
#[derive(Default)]
pub(super) struct Releases {
    pub(super) root: String,
    pub(super) all: Vec<GitHubRelease>,
    pub(super) immutable: bool,
    pub(super) digests_hidden: bool,
    /// How many lists still do not show drafts.
    pub(super) late_reads: usize,
    /// Files that somebody is sending, and how many looks at their release do not show them whole.
    arriving: Vec<(u64, usize)>,
    latest: Option<u64>,
    last: u64,
}

impl Releases {
    pub(super) fn latest_tag(&self) -> Option<String> {
        let shown = |release: &&GitHubRelease| Some(release.id) == self.latest && !release.draft;
        self.all.iter().find(shown).map(|release| release.tag.clone())
    }

    pub(super) fn answer(
        &mut self,
        head: &Head,
        path: &str,
        body: &[u8],
        may_write: bool,
        upload: &'static str,
    ) -> Answer {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let sent = serde_json::from_slice::<Value>(body).unwrap_or(Value::Null);
        let number = |text: &str| text.parse::<u64>().ok();
        if head.method != "GET" && !may_write {
            return refuse(403, "Resource not accessible by personal access token");
        }
        match (head.method.as_str(), parts.as_slice()) {
            ("GET", []) => json_answer(200, &self.repository(may_write)),
            ("GET", ["releases"]) => self.list(head, may_write),
            ("POST", ["releases"]) => self.create(&sent),
            ("GET", ["releases", "latest"]) => match self.latest_tag() {
                Some(tag) => self.one(|release| release.tag == tag && !release.draft),
                None => refuse(404, "Not Found"),
            },
            ("GET", ["releases", "tags", tag]) => self.one(|release| release.tag == *tag && !release.draft),
            ("GET", ["releases", "assets", id]) => self.download(number(id)),
            ("DELETE", ["releases", "assets", id]) => self.remove_asset(number(id)),
            ("GET", ["releases", id]) => {
                self.look();
                let id = number(id);
                self.one(|release| Some(release.id) == id && (may_write || !release.draft))
            }
            ("PATCH", ["releases", id]) => self.update(number(id), &sent),
            ("DELETE", ["releases", id]) => self.remove(number(id)),
            ("POST", ["releases", id, "assets"]) => {
                let name = head.query_value("name").unwrap_or_default();
                match self.position(number(id)) {
                    Some(at) => self.attach(at, &name, body, upload),
                    None => refuse(404, "Not Found"),
                }
            }
            _ => refuse(404, "Not Found"),
        }
    }

    /// What those get who are not logged in: `TAG/NAME`.
    pub(super) fn download_public(&self, file: &str) -> Answer {
        let shown = self.all.iter().filter(|release| !release.draft);
        let mut assets =
            shown.flat_map(|release| release.assets.iter().map(move |asset| (&release.tag, asset)));
        match assets.find(|(tag, asset)| format!("{tag}/{}", asset.name) == file && asset.state == "uploaded")
        {
            Some((_, asset)) => Answer::status(200).body(asset.bytes.clone()),
            None => refuse(404, "Not Found"),
        }
    }

    /// The last file is one that somebody else is sending.
    pub(super) fn arrives_after(&mut self, looks: usize) {
        self.arriving.push((self.last, looks));
    }

    fn look(&mut self) {
        for (id, looks) in &mut self.arriving {
            let arrived = looks.checked_sub(1).is_none();
            *looks = looks.saturating_sub(1);
            let assets = self.all.iter_mut().flat_map(|release| &mut release.assets);
            assets.filter(|asset| asset.id == *id && arrived).for_each(|asset| asset.state = "uploaded");
        }
    }

    fn position(&self, id: Option<u64>) -> Option<usize> {
        self.all.iter().position(|release| Some(release.id) == id)
    }

    fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    fn one(&self, fits: impl Fn(&GitHubRelease) -> bool) -> Answer {
        match self.all.iter().find(|release| fits(release)) {
            Some(release) => json_answer(200, &self.render(release)),
            None => refuse(404, "Not Found"),
        }
    }

    /// Pages of a list, newest first.
    fn list(&mut self, head: &Head, may_write: bool) -> Answer {
        let of_query = |key: &str| head.query_value(key).and_then(|value| value.parse::<usize>().ok());
        let per_page = of_query("per_page").unwrap_or(30).clamp(1, 100);
        let page = of_query("page").unwrap_or(1).max(1);
        let late = self.late_reads > 0 && self.all.iter().any(|release| release.draft);
        if late {
            self.late_reads -= 1;
        }
        let seen = |release: &&GitHubRelease| !release.draft || may_write && !late;
        let all: Vec<Value> =
            self.all.iter().rev().filter(seen).map(|release| self.render(release)).collect();
        let shown: Vec<&Value> = all.iter().skip((page - 1) * per_page).take(per_page).collect();
        let answer = json_answer(200, &json!(shown));
        match page * per_page < all.len() {
            true => {
                let next = page + 1;
                let url = format!("{}{}?per_page={per_page}&page={next}", self.root, head.path);
                answer.header("Link", format!("<{url}>; rel=\"next\""))
            }
            false => answer,
        }
    }

    /// A person makes one.
    pub(super) fn make(&mut self, tag: &str, title: &str, draft: bool) {
        self.create(&json!({ "tag_name": tag, "name": title, "body": "by hand", "draft": draft }));
    }

    fn create(&mut self, sent: &Value) -> Answer {
        if sent["body"].as_str().is_some_and(|body| body.chars().count() > BODY_LIMIT) {
            return invalid("body", "is too long (maximum is 125000 characters)");
        }
        let text = |key: &str| sent.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let flag = |key: &str| sent.get(key).and_then(Value::as_bool).unwrap_or(false);
        let (tag, draft) = (text("tag_name"), flag("draft"));
        if tag.is_empty() {
            return invalid("tag_name", "missing_field");
        }
        if !draft && self.all.iter().any(|release| release.tag == tag && !release.draft) {
            return invalid("tag_name", "already_exists");
        }
        let release = GitHubRelease {
            id: self.next(),
            tag,
            title: text("name"),
            body: match flag("generate_release_notes") {
                true => format!("{}\n{GENERATED}", text("body")),
                false => text("body"),
            },
            draft,
            prerelease: flag("prerelease"),
            immutable: !draft && self.immutable,
            assets: Vec::new(),
        };
        self.all.push(release.clone());
        self.mark(&release, sent);
        json_answer(201, &self.render(&release))
    }

    fn update(&mut self, id: Option<u64>, sent: &Value) -> Answer {
        let Some(at) = self.position(id) else { return refuse(404, "Not Found") };
        let mut release = self.all.remove(at);
        let flag = |key: &str| sent.get(key).and_then(Value::as_bool);
        let publishes = release.draft && flag("draft") == Some(false);
        let taken = self.all.iter().any(|other| other.tag == release.tag && !other.draft);
        if publishes && taken {
            self.all.insert(at, release);
            return invalid("tag_name", "already_exists");
        }
        release.draft = flag("draft").unwrap_or(release.draft);
        release.prerelease = flag("prerelease").unwrap_or(release.prerelease);
        release.immutable |= publishes && self.immutable;
        for (key, value) in [("name", &mut release.title), ("body", &mut release.body)] {
            if let Some(text) = sent.get(key).and_then(Value::as_str) {
                text.clone_into(value);
            }
        }
        self.all.insert(at, release.clone());
        self.mark(&release, sent);
        json_answer(200, &self.render(&release))
    }

    /// `make_latest` is `true` unless something else is said, as GitHub has it.
    fn mark(&mut self, release: &GitHubRelease, sent: &Value) {
        let wanted = sent.get("make_latest").and_then(Value::as_str).unwrap_or("true");
        if wanted == "true" && !release.draft && !release.prerelease {
            self.latest = Some(release.id);
        }
    }

    fn remove(&mut self, id: Option<u64>) -> Answer {
        match self.position(id) {
            Some(at) => {
                self.all.remove(at);
                Answer::status(204)
            }
            None => refuse(404, "Not Found"),
        }
    }

    pub(super) fn attach(&mut self, at: usize, name: &str, bytes: &[u8], state: &'static str) -> Answer {
        let id = self.next();
        let Some(release) = self.all.get_mut(at) else { return refuse(404, "Not Found") };
        let taken = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let name: String = name.chars().map(|c| if taken(c) { c } else { '.' }).collect();
        if release.immutable {
            return refuse(422, "Cannot upload assets to an immutable release.");
        }
        if release.assets.iter().any(|asset| asset.name == name) {
            return invalid("name", "already_exists");
        }
        let asset = GitHubAsset { id, name, state, bytes: bytes.to_vec() };
        release.assets.push(asset.clone());
        json_answer(201, &self.render_asset(&asset))
    }

    fn remove_asset(&mut self, id: Option<u64>) -> Answer {
        for release in &mut self.all {
            let before = release.assets.len();
            if release.immutable && release.assets.iter().any(|asset| Some(asset.id) == id) {
                return refuse(422, "Cannot delete assets of an immutable release.");
            }
            release.assets.retain(|asset| Some(asset.id) != id);
            if release.assets.len() < before {
                return Answer::status(204);
            }
        }
        refuse(404, "Not Found")
    }

    fn download(&self, id: Option<u64>) -> Answer {
        let mut assets = self.all.iter().flat_map(|release| &release.assets);
        match assets.find(|asset| Some(asset.id) == id && asset.state == "uploaded") {
            Some(asset) => Answer::status(200)
                .header("Content-Type", "application/octet-stream")
                .body(asset.bytes.clone()),
            None => refuse(404, "Not Found"),
        }
    }

    fn api(&self, path: &str) -> String {
        format!("{}/api/v3/repos/acme/app/{path}", self.root)
    }

    fn repository(&self, may_write: bool) -> Value {
        json!({
            "id": 1,
            "full_name": "acme/app",
            "archived": false,
            "permissions": { "admin": false, "push": may_write, "pull": true },
        })
    }

    fn render(&self, release: &GitHubRelease) -> Value {
        let id = release.id;
        let assets: Vec<Value> = release.assets.iter().map(|asset| self.render_asset(asset)).collect();
        json!({
            "url": self.api(&format!("releases/{id}")),
            "html_url": format!("{}/acme/app/releases/tag/{}", self.root, release.tag),
            "assets_url": self.api(&format!("releases/{id}/assets")),
            "upload_url": format!("{}/api/uploads/repos/acme/app/releases/{id}/assets{{?name,label}}", self.root),
            "tarball_url": if release.draft { Value::Null } else { json!(self.api("tarball/v")) },
            "zipball_url": if release.draft { Value::Null } else { json!(self.api("zipball/v")) },
            "id": id,
            "node_id": format!("RE_{id}"),
            "tag_name": release.tag,
            "target_commitish": "main",
            "name": release.title,
            "body": release.body,
            "draft": release.draft,
            "prerelease": release.prerelease,
            "immutable": release.immutable,
            "created_at": TIME,
            "published_at": if release.draft { Value::Null } else { json!(TIME) },
            "author": user(&self.root, "bot"),
            "assets": assets,
        })
    }

    fn render_asset(&self, asset: &GitHubAsset) -> Value {
        let GitHubAsset { id, name, state, bytes } = asset;
        let told = !self.digests_hidden && *state == "uploaded";
        json!({
            "url": self.api(&format!("releases/assets/{id}")),
            "browser_download_url": format!("{}/acme/app/releases/download/v/{name}", self.root),
            "id": id,
            "node_id": format!("RA_{id}"),
            "name": name,
            "label": "",
            "state": state,
            "content_type": "application/octet-stream",
            "size": bytes.len(),
            "digest": if told { json!(Digest::of(bytes).to_string()) } else { Value::Null },
            "download_count": 0,
            "created_at": TIME,
            "updated_at": TIME,
            "uploader": user(&self.root, "bot"),
        })
    }
}

/// A user, as GitHub describes one.
pub(super) fn user(root: &str, login: &str) -> Value {
    let url = |path: &str| format!("{root}/api/v3/users/bot{path}");
    json!({
        "login": login,
        "id": 7,
        "node_id": "U_7",
        "avatar_url": url("/avatar"),
        "gravatar_id": "",
        "url": url(""),
        "html_url": url(""),
        "followers_url": url("/followers"),
        "following_url": url("/following"),
        "gists_url": url("/gists"),
        "starred_url": url("/starred"),
        "subscriptions_url": url("/subscriptions"),
        "organizations_url": url("/orgs"),
        "repos_url": url("/repos"),
        "events_url": url("/events"),
        "received_events_url": url("/received_events"),
        "type": "Bot",
        "site_admin": false,
    })
}

pub(super) fn json_answer(status: u16, value: &Value) -> Answer {
    Answer::status(status).header("Content-Type", "application/json; charset=utf-8").body(value.to_string())
}

/// 422, as GitHub says which field is wrong.
fn invalid(field: &str, code: &str) -> Answer {
    let body = json!({
        "message": "Validation Failed",
        "errors": [{ "resource": "Release", "field": field, "code": code }],
        "documentation_url": "https://docs.github.com/rest",
    });
    json_answer(422, &body)
}
