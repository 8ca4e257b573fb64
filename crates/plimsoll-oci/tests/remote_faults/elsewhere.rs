//! Hosts that a registry leads to and that want its login: a challenge is theirs to send, and nobody's to answer.

use std::sync::{Arc, Mutex};

use plimsoll_http::Secret;
use plimsoll_oci::model::{Descriptor, MediaType};
use plimsoll_oci::remote::Access;
use plimsoll_oci::remote::credential::Login;
use plimsoll_oci::store::{Pull, Store, StoreError};
use plimsoll_testkit::fault_registry::wire::{Admission, Answer, Head, Service, WireServer};
use plimsoll_testkit::fault_registry::{Door, Effect, FaultRegistry, Habits, IDENTITY, OAuth};

use crate::support::{Pieces, SETTINGS, client, configured, good_login, noise, read, repository};

/// A host that answers everybody with a challenge whose realm is itself, and what it was sent.
struct Beggar {
    server: WireServer,
    heard: Arc<Mutex<Vec<String>>>,
}

/// What becomes of the first request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum First {
    Answered,
    Cut,
}

struct Begging {
    scheme: &'static str,
    first: First,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Beggar {
    /// One that asks for credentials of a scheme.
    fn start(scheme: &'static str) -> Beggar {
        Beggar::with(scheme, First::Answered)
    }

    /// One that cuts the first connection.
    fn after_a_break(scheme: &'static str) -> Beggar {
        Beggar::with(scheme, First::Cut)
    }

    fn with(scheme: &'static str, first: First) -> Beggar {
        let heard = Arc::default();
        let server = WireServer::start(Begging { scheme, first, heard: Arc::clone(&heard) });
        Beggar { server, heard }
    }

    fn url(&self, path: &str) -> String {
        self.server.url(path)
    }

    /// Every request's path, and the credential that it brought.
    fn heard(&self) -> Vec<String> {
        self.heard.lock().expect("no test panics while it holds the lock").clone()
    }
}

impl Service for Begging {
    fn admit(&self, head: &Head) -> Admission {
        let credential = head.header("authorization").unwrap_or("nothing");
        let mut heard = self.heard.lock().expect("no test panics while it holds the lock");
        heard.push(format!("{}, {credential}", head.path));
        match (self.first, heard.len()) {
            (First::Cut, 1) => Admission::CutAfter(100),
            _ => Admission::Read,
        }
    }

    fn answer(&self, head: &Head, _body: &[u8]) -> Answer {
        let host = head.header("host").unwrap_or_default();
        let challenge = format!(r#"{} realm="http://{host}/token",service="any""#, self.scheme);
        match head.path.as_str() {
            "/token" => Answer::status(200).body(r#"{"token":"worthless"}"#),
            _ => Answer::status(401).header("WWW-Authenticate", challenge),
        }
    }
}

#[tokio::test]
async fn a_challenge_of_storage_elsewhere_is_no_challenge() {
    let bytes = noise(5000);
    let tokens = Door::Token { lifetime: None, oauth: OAuth::Offered };
    let identity = Login::IdentityToken(Secret::new(IDENTITY));
    let cases = [
        (Door::Open, good_login()),
        (Door::Basic, good_login()),
        (tokens.clone(), good_login()),
        (tokens, identity),
    ];
    for (door, login) in cases {
        for scheme in ["Bearer", "Basic"] {
            let registry = FaultRegistry::start(Habits { door: door.clone(), ..Habits::default() });
            registry.put_blob("a", &bytes);
            let storage = Beggar::start(scheme);
            let elsewhere = storage.url("/bucket");
            let there = Effect::rewrite(move |answer| match answer.status {
                200 => Answer::status(307).header("Location", &elsewhere),
                _ => answer,
            });
            registry.fault("GET", "/blobs/", 0, 9, there);
            let (remote, _) = client(configured(&registry, Some(login.clone())), SETTINGS);
            let a = repository(&remote, &registry, "a", Access::Pull);
            let blob = a.blob_to_read(&Descriptor::of(MediaType::LAYER_TAR, &bytes)).await.unwrap().unwrap();
            let failure = read(blob.as_ref(), 0).await.unwrap_err();
            assert_eq!(storage.heard(), ["/bucket, nothing"], "{door:?} {scheme}: {failure}");
            assert!(matches!(failure, StoreError::Rejected { status: 401, .. }), "{failure:?}");
            assert!(failure.to_string().contains("sent the request on to 127.0.0.1"), "{failure}");
            assert_eq!(a.tags().await.unwrap(), [], "what the registry itself wants is still known");
            assert_eq!(storage.heard().len(), 1, "{door:?} {scheme}");
        }
    }
}

#[tokio::test]
async fn a_challenge_of_another_host_that_an_upload_leads_to_is_no_challenge() {
    for (scheme, length) in [("Bearer", 9), ("Basic", 9), ("Bearer", 2000), ("Basic", 2000)] {
        let other = Beggar::start(scheme);
        let door = Door::Token { lifetime: None, oauth: OAuth::Absent };
        let registry = FaultRegistry::start(Habits { door, ..Habits::default() });
        let elsewhere = other.url("/upload");
        let change = Effect::rewrite(move |answer| match answer.status {
            202 => answer.without_header("Location").header("Location", &elsewhere),
            _ => answer,
        });
        registry.fault("POST", "/uploads/", 0, 9, change);
        let (remote, _) = client(configured(&registry, Some(good_login())), SETTINGS);
        let a = repository(&remote, &registry, "a", Access::Push);
        let failure = a.put_blob(&Pieces::new(noise(length)), None).await.unwrap_err();
        assert!(matches!(failure, StoreError::Rejected { status: 401, .. }), "{failure:?}");
        assert!(other.heard().iter().all(|heard| heard == "/upload, nothing"), "{:?}", other.heard());
        assert_eq!(a.tags().await.unwrap(), [], "what the registry itself wants is still known");
    }
}

#[tokio::test]
async fn an_upload_that_is_asked_for_elsewhere_tells_no_login() {
    // The connection breaks, and how far the upload is has to be asked of the other host.
    let other = Beggar::after_a_break("Bearer");
    let door = Door::Token { lifetime: None, oauth: OAuth::Absent };
    let registry = FaultRegistry::start(Habits { door, ..Habits::default() });
    let elsewhere = other.url("/upload");
    let change = Effect::rewrite(move |answer| match answer.status {
        202 => answer.without_header("Location").header("Location", &elsewhere),
        _ => answer,
    });
    registry.fault("POST", "/uploads/", 0, 99, change);
    let (remote, _) = client(configured(&registry, Some(good_login())), SETTINGS);
    let a = repository(&remote, &registry, "a", Access::Push);
    a.put_blob(&Pieces::new(noise(2000)), None).await.unwrap_err();
    let heard = other.heard();
    assert!(heard.len() > 1 && heard.iter().all(|heard| heard == "/upload, nothing"), "{heard:?}");
}
