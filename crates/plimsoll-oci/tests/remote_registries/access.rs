//! Passwords and tokens.

use std::time::Duration;

use plimsoll_http::Secret;
use plimsoll_oci::remote::credential::Login;
use plimsoll_oci::store::{Pull, Store, StoreError};
use plimsoll_testkit::env::Environment;
use plimsoll_testkit::registry::{self, Flavor, Registry, USER};
use plimsoll_testkit::token_server::{IDENTITY, TokenServer};

use crate::support::{Image, open, remote, tag, user};

#[tokio::test]
async fn basic_authentication_lets_the_user_in_and_nobody_else() {
    for flavor in [Flavor::Distribution2, Flavor::Distribution3, Flavor::Plimsoll] {
        let environment = Environment::new();
        let Some(registry) = Registry::start(&environment, flavor, registry::Access::Basic) else { continue };
        let image = Image::new("one");
        image.push(&open(&remote(&registry, user()), &registry, "app"), "v1").await.unwrap();
        let failure = open(&remote(&registry, None), &registry, "app").tags().await.unwrap_err();
        assert!(matches!(failure, StoreError::Unauthorized { credential: None, .. }), "{failure:?}");
        let wrong = Login::Password { user: USER.into(), password: Secret::new("wrong") };
        let failure = open(&remote(&registry, Some(wrong)), &registry, "app").check_push().await.unwrap_err();
        let StoreError::Unauthorized { credential: Some(source), .. } = &failure else {
            panic!("{failure:?}")
        };
        assert_eq!(source, "the test");
    }
}

#[tokio::test]
async fn tokens_are_asked_for_once_and_for_the_right_things() {
    for flavor in [Flavor::Distribution2, Flavor::Distribution3] {
        let environment = Environment::new();
        let server = TokenServer::start(&environment, Duration::from_secs(300));
        let access = registry::Access::Token(server.service());
        let Some(registry) = Registry::start(&environment, flavor, access) else { continue };
        let image = Image::new("one");
        let writer = open(&remote(&registry, user()), &registry, "app");
        writer.check_push().await.unwrap();
        image.push(&writer, "v1").await.unwrap();
        let given = server.given();
        assert_eq!(given.len(), 1, "{flavor:?}: {given:?}");
        assert_eq!(given[0].scopes, ["repository:app:pull,push"]);

        let reader = open(&remote(&registry, None), &registry, "app");
        assert_eq!(reader.resolve(&tag("v1")).await.unwrap().as_ref(), Some(image.index.descriptor()));
        let failure = reader.check_push().await.unwrap_err();
        assert!(matches!(failure, StoreError::Unauthorized { credential: None, .. }), "{failure:?}");

        let identity = Login::IdentityToken(Secret::new(IDENTITY));
        open(&remote(&registry, Some(identity)), &registry, "app").check_push().await.unwrap();

        let wrong = Login::Password { user: USER.into(), password: Secret::new("wrong") };
        let failure = open(&remote(&registry, Some(wrong)), &registry, "app").tags().await.unwrap_err();
        assert!(matches!(failure, StoreError::Unauthorized { credential: Some(_), .. }), "{failure:?}");

        // A mount needs a right in both repositories.
        let team = open(&remote(&registry, user()), &registry, "team/app");
        team.put_blob(&image.blobs[0], Some(writer.name())).await.unwrap();
        let last = server.given().last().cloned().unwrap();
        assert_eq!(last.scopes, ["repository:app:pull", "repository:team/app:pull,push"], "{flavor:?}");
    }
}
