//! A TUF repository on loopback, by which a Sigstore instance tells what it is.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use plimsoll_oci::name::Digest;
use serde_json::{Value, json};

use crate::env::Environment;
use crate::fault_registry::wire::{Answer, Head, WireServer};

const LATER: &str = "2999-01-01T00:00:00Z";
const LONG_AGO: &str = "2020-01-01T00:00:00Z";
/// What the one key of a repository is called.
const KEY: &str = "the-key";

/// The repository. One key signs everything in it.
pub struct Tuf {
    server: WireServer,
    root: PathBuf,
    pair: EcdsaKeyPair,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    targets: BTreeMap<String, Vec<u8>>,
    files: BTreeMap<String, Vec<u8>>,
    version: u64,
    silent: bool,
    secretive: bool,
    asked: Vec<String>,
}

impl Tuf {
    /// Starts one with these targets.
    pub fn start(environment: &Environment, targets: &[(&str, &[u8])]) -> Tuf {
        let state = Arc::new(Mutex::new(State::default()));
        let served = Arc::clone(&state);
        let server = WireServer::start(move |head: &Head, _: &[u8]| {
            let mut state = lock(&served);
            let name = head.path.trim_start_matches('/').to_owned();
            state.asked.push(name.clone());
            match (state.silent, state.files.get(&name)) {
                (true, _) => Answer::status(503),
                (false, Some(bytes)) => Answer::status(200).body(bytes.clone()),
                (false, None) if state.secretive => Answer::status(403),
                (false, None) => Answer::status(404),
            }
        });
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("there is randomness");
        let tuf = Tuf { server, root: environment.root().join("tuf-root.json"), pair, state };
        let role = json!({ "keyids": [KEY], "threshold": 1 });
        let root = json!({
            "_type": "root",
            "spec_version": "1.0.31",
            "version": 1,
            "expires": LATER,
            "consistent_snapshot": true,
            "keys": { KEY: { "keytype": "ecdsa", "scheme": "ecdsa-sha2-nistp256", "keyval": { "public": tuf.public() } } },
            "roles": { "root": role, "timestamp": role, "snapshot": role, "targets": role },
        });
        std::fs::write(&tuf.root, tuf.sign(&root)).expect("the root is written");
        let targets = targets.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec()));
        lock(&tuf.state).targets = targets.collect();
        tuf.publish(LATER);
        tuf
    }

    /// Its address.
    pub fn url(&self) -> String {
        self.server.url("")
    }

    /// The file with its root.
    pub fn root(&self) -> &std::path::Path {
        &self.root
    }

    /// What was asked for since it began.
    pub fn asked(&self) -> Vec<String> {
        lock(&self.state).asked.clone()
    }

    /// From now on it answers nobody.
    pub fn fall_silent(&self) {
        lock(&self.state).silent = true;
    }

    /// From now on it forbids what it does not have, as object stores do.
    pub fn hide_what_is_missing(&self) {
        lock(&self.state).secretive = true;
    }

    /// From now on it does not have a file.
    pub fn lose(&self, name: &str) {
        lock(&self.state).files.remove(name);
    }

    /// From now on what it says is out of date.
    pub fn expire(&self) {
        self.publish(LONG_AGO);
    }

    /// From now on a target is another one than is signed.
    pub fn swap(&self, target: &str, bytes: &[u8]) {
        let mut state = lock(&self.state);
        let ending = format!(".{target}");
        let served = state.files.iter_mut().find(|(name, _)| name.ends_with(&ending)).expect("it is served");
        *served.1 = bytes.to_vec();
    }

    /// From now on it says again what it said in the beginning, by a number that was used before.
    pub fn roll_back(&self) {
        lock(&self.state).version = 0;
        self.publish(LATER);
    }

    /// From now on it says the same by a higher number.
    pub fn go_on(&self) {
        self.publish(LATER);
    }

    /// Signs everything anew.
    fn publish(&self, expires: &str) {
        let (version, served) = {
            let mut state = lock(&self.state);
            state.version += 1;
            (state.version, state.targets.clone())
        };
        let digest = |bytes: &[u8]| Digest::of(bytes).hex().to_owned();
        let described: BTreeMap<&String, Value> = served
            .iter()
            .map(|(name, bytes)| {
                (name, json!({ "length": bytes.len(), "hashes": { "sha256": digest(bytes) } }))
            })
            .collect();
        let role = |kind: &str, more: (&str, Value)| {
            let mut role = json!({
                "_type": kind, "spec_version": "1.0.31", "version": version, "expires": expires,
            });
            role[more.0] = more.1;
            self.sign(&role)
        };
        let targets = role("targets", ("targets", json!(described)));
        let listed = |name: &str, bytes: &[u8]| json!({ name: { "version": version, "length": bytes.len(), "hashes": { "sha256": digest(bytes) } } });
        let snapshot = role("snapshot", ("meta", listed("targets.json", &targets)));
        let timestamp = role("timestamp", ("meta", listed("snapshot.json", &snapshot)));
        let mut files = BTreeMap::from([
            ("timestamp.json".to_owned(), timestamp),
            (format!("{version}.snapshot.json"), snapshot),
            (format!("{version}.targets.json"), targets),
        ]);
        files.extend(
            served.into_iter().map(|(name, bytes)| (format!("targets/{}.{name}", digest(&bytes)), bytes)),
        );
        lock(&self.state).files = files;
    }

    fn public(&self) -> String {
        let der: PublicKeyX509Der<'_> = self.pair.public_key().as_der().expect("the key can be written");
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der.as_ref()))
    }

    fn sign(&self, signed: &Value) -> Vec<u8> {
        let signature =
            self.pair.sign(&SystemRandom::new(), canonical(signed).as_bytes()).expect("there is randomness");
        let hex: String = signature.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        json!({ "signed": signed, "signatures": [{ "keyid": KEY, "sig": hex }] }).to_string().into_bytes()
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Canonical JSON as TUF has it: keys in order, and nothing escaped but `"` and the backslash.
fn canonical(value: &Value) -> String {
    let text = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    match value {
        Value::Object(fields) => {
            let fields: BTreeMap<&String, &Value> = fields.iter().collect();
            let fields: Vec<String> = fields
                .into_iter()
                .map(|(name, value)| format!("{}:{}", text(name), canonical(value)))
                .collect();
            format!("{{{}}}", fields.join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        Value::String(found) => text(found),
        other => other.to_string(),
    }
}
