//! The attestations of one repository, as GitHub's REST interface has them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::refuse;
use crate::fault_registry::wire::{Answer, Head};

/// How many are listed at once.
const PAGE: usize = 2;

/// Below which path bundles lie.
pub(super) const BUNDLES: &str = "/bundles/";

/// All of them: Sigstore bundles.
#[derive(Default)]
pub(super) struct Attestations {
    pub(super) all: Vec<Value>,
    /// Where the server is reached.
    pub(super) root: String,
    /// Whether lists say where bundles lie, instead of having them.
    pub(super) outside: bool,
}

impl Attestations {
    pub(super) fn answer(&mut self, head: &Head, path: &str, body: &[u8], may_write: bool) -> Answer {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        match (head.method.as_str(), parts.as_slice()) {
            ("POST", ["attestations"]) if !may_write => {
                refuse(403, "Resource not accessible by personal access token")
            }
            ("POST", ["attestations"]) => self.create(body),
            ("GET", ["attestations", subject]) => self.list(head, &subject.replace("%3A", ":")),
            _ => refuse(404, "Not Found"),
        }
    }

    fn create(&mut self, body: &[u8]) -> Answer {
        let sent = serde_json::from_slice::<Value>(body).unwrap_or(Value::Null);
        let bundle = &sent["bundle"];
        if subjects(bundle).is_empty() {
            return refuse(422, "Validation Failed");
        }
        self.all.push(bundle.clone());
        answer(201, &json!({ "id": self.all.len() }))
    }

    fn list(&self, head: &Head, subject: &str) -> Answer {
        let hex = subject.trim_start_matches("sha256:");
        let about = |bundle: &&Value| subjects(bundle).iter().any(|one| one == hex);
        let found: Vec<&Value> = self.all.iter().filter(about).collect();
        if found.is_empty() {
            return refuse(404, "Not Found");
        }
        let from: usize = head.query_value("after").and_then(|after| after.parse().ok()).unwrap_or(0);
        let item = |bundle: &&Value| {
            let number = self.all.iter().position(|one| one == *bundle).unwrap_or_default();
            let (url, bundle) =
                (format!("{}{BUNDLES}{number}", self.root), (!self.outside).then_some(bundle));
            json!({ "bundle": bundle, "repository_id": 77, "bundle_url": url, "initiator": "user" })
        };
        let items: Vec<Value> = found.iter().skip(from).take(PAGE).map(item).collect();
        let listed = answer(200, &json!({ "attestations": items }));
        match from + PAGE < found.len() {
            true => listed.header("Link", format!("<?per_page=100&after={}>; rel=\"next\"", from + PAGE)),
            false => listed,
        }
    }
}

impl Attestations {
    /// A bundle where GitHub keeps them: outside of its interface, compressed, and without a login.
    pub(super) fn download(&self, number: &str) -> Answer {
        match number.parse::<usize>().ok().and_then(|number| self.all.get(number)) {
            Some(bundle) => {
                let bytes = snap::raw::Encoder::new().compress_vec(bundle.to_string().as_bytes());
                Answer::status(200).body(bytes.expect("a bundle is small"))
            }
            None => refuse(404, "Not Found"),
        }
    }
}

/// The digests that the statement in a bundle is about.
fn subjects(bundle: &Value) -> Vec<String> {
    let payload = bundle["dsseEnvelope"]["payload"].as_str().unwrap_or_default();
    let statement =
        STANDARD.decode(payload).ok().and_then(|text| serde_json::from_slice::<Value>(&text).ok());
    let subjects =
        statement.as_ref().and_then(|statement| statement["subject"].as_array()).into_iter().flatten();
    subjects.filter_map(|subject| subject["digest"]["sha256"].as_str().map(str::to_owned)).collect()
}

fn answer(status: u16, value: &Value) -> Answer {
    Answer::status(status).header("Content-Type", "application/json; charset=utf-8").body(value.to_string())
}
