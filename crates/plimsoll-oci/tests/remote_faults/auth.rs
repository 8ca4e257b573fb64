//! Who is asked for what, and how often.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use plimsoll_http::{Redactor, Secret, Settings, Transport};
use plimsoll_oci::remote::credential::{Credentials, Login};
use plimsoll_oci::remote::{Access, Remote};
use plimsoll_oci::store::{Pull, Store, StoreError};
use plimsoll_testkit::fault_registry::wire::Answer;
use plimsoll_testkit::fault_registry::{Door, Effect, FaultRegistry, Habits, IDENTITY, OAuth};

use crate::support::{Pieces, SETTINGS, client, configured, good_login, noise, open, repository};

const TOKENS: Door = Door::Token { lifetime: None, oauth: OAuth::Absent };

fn start(door: Door) -> FaultRegistry {
    FaultRegistry::start(Habits { door, ..Habits::default() })
}

fn with_login(registry: &FaultRegistry, login: Option<Login>) -> Remote {
    client(configured(registry, login), SETTINGS).0
}

#[tokio::test]
async fn an_open_registry_is_asked_nothing_else() {
    let registry = start(Door::Open);
    assert_eq!(open(&registry, "a/b").tags().await.unwrap(), []);
    assert_eq!(registry.lines(), ["GET a/b/tags/list"]);
    assert_eq!(registry.seen()[0].authorization, None);
}

#[tokio::test]
async fn basic_is_learned_once() {
    let registry = start(Door::Basic);
    let a = repository(&with_login(&registry, Some(good_login())), &registry, "a", Access::Push);
    let blobs: Vec<_> = (0..9).map(|n| Pieces::new(noise(100 + n))).collect();
    for result in join_all(blobs.iter().map(|blob| a.put_blob(blob, None))).await {
        result.unwrap();
    }
    let without: Vec<_> = registry.seen().into_iter().filter(|seen| seen.authorization.is_none()).collect();
    assert_eq!(without.len(), 1, "{without:?}");
}

#[tokio::test]
async fn one_token_serves_many_uploads() {
    let registry = start(TOKENS);
    let a = repository(&with_login(&registry, Some(good_login())), &registry, "acme/a", Access::Push);
    let blobs: Vec<_> = (0..20).map(|n| Pieces::new(noise(100 + n))).collect();
    for result in join_all(blobs.iter().map(|blob| a.put_blob(blob, None))).await {
        result.unwrap();
    }
    assert_eq!(registry.count("GET", "/token"), 1);
    assert_eq!(registry.seen().iter().filter(|seen| seen.authorization.is_none()).count(), 1);
    let token = registry.seen().into_iter().find(|seen| seen.path == "/token").unwrap();
    assert_eq!(token.query, "service=fault&scope=repository%3Aacme%2Fa%3Apull%2Cpush&client_id=plimsoll");
    assert!(token.authorization.unwrap().starts_with("Basic "));
}

#[tokio::test]
async fn reading_asks_for_no_more_than_reading() {
    let registry = start(TOKENS);
    registry.put_blob("a", b"x");
    let a = repository(&client(Credentials::default(), SETTINGS).0, &registry, "a", Access::Pull);
    assert_eq!(a.tags().await.unwrap(), []);
    let token = registry.seen().into_iter().find(|seen| seen.path == "/token").unwrap();
    assert!(token.query.contains("scope=repository%3Aa%3Apull&"), "{token:?}");
    assert_eq!(token.authorization, None);
}

#[tokio::test]
async fn without_a_login_nothing_is_written_and_the_error_says_that_one_is_missing() {
    for door in [Door::Basic, TOKENS] {
        let registry = start(door);
        let a = repository(&client(Credentials::default(), SETTINGS).0, &registry, "a", Access::Push);
        let failure = a.put_blob(&Pieces::new(noise(9)), None).await.unwrap_err();
        assert!(matches!(failure, StoreError::Unauthorized { credential: None, .. }), "{failure:?}");
    }
}

#[tokio::test]
async fn a_wrong_login_is_named_by_where_it_came_from() {
    for door in [Door::Basic, TOKENS] {
        let registry = start(door);
        let login = Login::Password { user: "user".into(), password: Secret::new("wrong-one") };
        let a = repository(&with_login(&registry, Some(login)), &registry, "a", Access::Push);
        let failure = a.put_blob(&Pieces::new(noise(9)), None).await.unwrap_err();
        let StoreError::Unauthorized { credential, .. } = &failure else { panic!("{failure:?}") };
        assert_eq!(credential.as_deref(), Some("env:REGISTRY_LOGIN"));
        assert!(!format!("{failure} {failure:?}").contains("wrong-one"));
    }
}

#[tokio::test]
async fn a_token_service_may_say_forbidden_to_a_wrong_login() {
    let registry = start(TOKENS);
    let denied = Answer::status(403).body(r#"{"errors":[{"code":"DENIED","message":"denied"}]}"#);
    registry.fault("GET", "/token", 0, 9, Effect::Instead(denied));
    let a = repository(&with_login(&registry, Some(good_login())), &registry, "a", Access::Push);
    let failure = a.check_push().await.unwrap_err();
    assert!(matches!(failure, StoreError::Unauthorized { credential: Some(_), .. }), "{failure:?}");
}

#[tokio::test]
async fn a_secret_that_is_not_set_is_named() {
    let registry = start(TOKENS);
    let a = repository(&with_login(&registry, None), &registry, "a", Access::Push);
    let failure = a.check_push().await.unwrap_err();
    assert!(failure.to_string().contains("env:REGISTRY_LOGIN, which is not set"), "{failure}");
}

#[tokio::test]
async fn a_login_without_the_right_is_denied() {
    let registry = start(TOKENS);
    let refusal = Answer::status(401).header(
        "WWW-Authenticate",
        format!(
            r#"Bearer realm="http://{}/token",service="fault",scope="repository:a:pull,push",error="insufficient_scope""#,
            registry.address()
        ),
    );
    registry.fault("POST", "/uploads/", 0, 9, Effect::Instead(refusal));
    let a = repository(&with_login(&registry, Some(good_login())), &registry, "a", Access::Push);
    let failure = a.check_push().await.unwrap_err();
    assert!(matches!(failure, StoreError::Denied { action: "push", .. }), "{failure:?}");
    assert_eq!(registry.count("GET", "/token"), 1, "another token would say the same");
}

#[tokio::test]
async fn a_registry_may_want_another_scope_than_we_think() {
    let registry = start(TOKENS);
    let refusal = Answer::status(401).header(
        "WWW-Authenticate",
        format!(
            r#"Bearer realm="http://{}/token",service="fault",scope="repository:prefix/a:pull",error="insufficient_scope""#,
            registry.address()
        ),
    );
    registry.fault("GET", "/tags/", 1, 1, Effect::Instead(refusal));
    let a = repository(&with_login(&registry, Some(good_login())), &registry, "a", Access::Pull);
    assert_eq!(a.tags().await.unwrap(), []);
    assert_eq!(a.tags().await.unwrap(), []);
    let scopes: Vec<_> =
        registry.seen().into_iter().filter(|seen| seen.path == "/token").map(|s| s.query).collect();
    assert!(scopes.last().unwrap().contains("repository%3Aprefix%2Fa%3Apull"), "{scopes:?}");
}

#[tokio::test]
async fn an_expired_token_is_replaced_once_for_all() {
    let registry = start(TOKENS);
    let a = repository(&with_login(&registry, Some(good_login())), &registry, "a", Access::Push);
    a.check_push().await.unwrap();
    registry.expire_tokens();
    registry.forget_requests();
    let blobs: Vec<_> = (0..20).map(|n| Pieces::new(noise(100 + n))).collect();
    for result in join_all(blobs.iter().map(|blob| a.put_blob(blob, None))).await {
        result.unwrap();
    }
    assert_eq!(registry.count("GET", "/token"), 1);
}

#[tokio::test]
async fn a_token_is_replaced_before_it_expires() {
    let registry = start(Door::Token { lifetime: Some(300), oauth: OAuth::Absent });
    let (remote, clock) = client(configured(&registry, Some(good_login())), SETTINGS);
    let a = repository(&remote, &registry, "a", Access::Pull);
    a.tags().await.unwrap();
    clock.pass(Duration::from_secs(280));
    a.tags().await.unwrap();
    assert_eq!(registry.count("GET", "/token"), 1);
    clock.pass(Duration::from_secs(15));
    a.tags().await.unwrap();
    assert_eq!(registry.count("GET", "/token"), 2);
}

#[tokio::test]
async fn a_token_that_expires_in_the_middle_of_an_upload_is_replaced() {
    let registry = Arc::new(start(TOKENS));
    let a = repository(&with_login(&registry, Some(good_login())), &registry, "a", Access::Push);
    let (doorkeeper, once) = (Arc::clone(&registry), AtomicBool::new(false));
    let blob = Pieces::watched(noise(2000), move |from| {
        if from == 800 && !once.swap(true, Ordering::SeqCst) {
            doorkeeper.expire_tokens();
        }
        Ok(())
    });
    a.put_blob(&blob, None).await.unwrap();
    assert_eq!(registry.blob("a", &blob.digest()).as_deref(), Some(blob.bytes()));
    assert_eq!(registry.count("GET", "/token"), 2);
    assert_eq!(registry.count("POST", "/uploads/"), 1, "the upload went on where it was");
}

#[tokio::test]
async fn an_identity_token_is_exchanged() {
    for (oauth, posts, gets) in [(OAuth::Offered, 1, 0), (OAuth::Absent, 1, 1)] {
        let registry = start(Door::Token { lifetime: None, oauth });
        let login = Login::IdentityToken(Secret::new(IDENTITY));
        let a = repository(&with_login(&registry, Some(login)), &registry, "a", Access::Push);
        a.check_push().await.unwrap();
        assert_eq!(registry.count("POST", "/token"), posts, "{oauth:?}");
        assert_eq!(registry.count("GET", "/token"), gets, "{oauth:?}");
        assert!(!registry.seen().iter().any(|seen| seen.query.contains(IDENTITY)));
    }
}

#[tokio::test]
async fn a_registry_token_is_used_as_it_is() {
    let registry = start(TOKENS);
    let login = Login::RegistryToken(Secret::new("given"));
    let a = repository(&with_login(&registry, Some(login)), &registry, "a", Access::Pull);
    a.tags().await.unwrap_err();
    assert_eq!(registry.count("GET", "/token"), 0);
    assert_eq!(registry.seen()[1].authorization.as_deref(), Some("Bearer given"));
}

#[tokio::test]
async fn a_realm_that_leads_nowhere_good_gets_no_login() {
    for realm in [r#"realm="file:///etc/passwd""#, r#"realm="""#, "service=x"] {
        let registry = start(Door::Open);
        let refusal = Answer::status(401).header("WWW-Authenticate", format!("Bearer {realm}"));
        registry.fault("GET", "/tags/", 0, 9, Effect::Instead(refusal));
        let a = repository(&with_login(&registry, Some(good_login())), &registry, "a", Access::Pull);
        let failure = a.tags().await.unwrap_err();
        assert!(matches!(failure, StoreError::NotARegistry { .. }), "{realm}: {failure:?}");
    }
}

#[tokio::test]
async fn a_token_service_that_gives_none_is_no_token_service() {
    for body in ["<html>log in</html>", "{}", r#"{"token":""}"#, r#"{"token":5}"#, ""] {
        let registry = start(TOKENS);
        registry.fault("GET", "/token", 0, 9, Effect::Instead(Answer::status(200).body(body)));
        let a = repository(&with_login(&registry, Some(good_login())), &registry, "a", Access::Pull);
        let failure = a.tags().await.unwrap_err();
        assert!(matches!(failure, StoreError::NotARegistry { .. }), "{body}: {failure:?}");
    }
}

#[tokio::test]
async fn a_token_service_that_stumbles_is_asked_again() {
    let registry = start(TOKENS);
    registry.fault("GET", "/token", 0, 2, Effect::Instead(Answer::status(502)));
    let a = repository(&with_login(&registry, Some(good_login())), &registry, "a", Access::Pull);
    a.tags().await.unwrap();
    assert_eq!(registry.count("GET", "/token"), 3);
}

#[tokio::test]
async fn an_access_token_is_a_token_too() {
    let registry = start(TOKENS);
    let body = Effect::rewrite(|answer: Answer| {
        let text = String::from_utf8(answer.body.clone()).unwrap().replace("\"token\"", "\"access_token\"");
        answer.body(text)
    });
    registry.fault("GET", "/token", 0, 1, body);
    let a = repository(&with_login(&registry, Some(good_login())), &registry, "a", Access::Pull);
    a.tags().await.unwrap();
}

#[tokio::test]
async fn what_a_registry_quotes_is_redacted() {
    let registry = start(TOKENS);
    let quote = Answer::status(400).body("got Authorization: Bearer token-1, user pass word");
    registry.fault("GET", "/tags/", 1, 1, Effect::Instead(quote));
    let redactor = Redactor::new();
    let transport = Transport::new(Settings::new("plimsoll/test"));
    let remote =
        Remote::new(transport, configured(&registry, Some(good_login())), redactor.clone(), SETTINGS);
    let failure = repository(&remote, &registry, "a", Access::Pull).tags().await.unwrap_err();
    let StoreError::Rejected { status: 400, message, .. } = &failure else { panic!("{failure:?}") };
    assert_eq!(message, "got Authorization: Bearer ***, user ***");
    assert_eq!(redactor.redact("token-1"), "***");
}
