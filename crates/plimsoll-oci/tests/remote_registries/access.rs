//! Passwords and tokens.

use std::time::Duration;

use futures_util::StreamExt;
use plimsoll_http::Secret;
use plimsoll_oci::content::{ByteStream, Content, MemoryContent};
use plimsoll_oci::model::{Descriptor, MediaType};
use plimsoll_oci::remote::credential::Login;
use plimsoll_oci::store::{Pull, Store, StoreError, Work};
use plimsoll_testkit::env::Environment;
use plimsoll_testkit::registry::{self, Flavor, Registry, USER};
use plimsoll_testkit::token_server::{IDENTITY, TokenServer};

use crate::support::{Image, open, read, remote, tag, user};

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

/// Content that takes its time before each part that is asked for.
struct Slow(MemoryContent, Duration);

impl Content for Slow {
    fn descriptor(&self) -> &Descriptor {
        self.0.descriptor()
    }

    fn open(&self, from: u64) -> Work<'_, ByteStream> {
        Box::pin(async move {
            tokio::time::sleep(self.1).await;
            Ok(self.0.open(from).await?.boxed())
        })
    }
}

#[tokio::test]
async fn a_token_that_dies_in_the_middle_of_an_upload_is_replaced_and_nothing_is_sent_twice() {
    for flavor in [Flavor::Distribution2, Flavor::Distribution3] {
        for login in [user(), Some(Login::IdentityToken(Secret::new(IDENTITY)))] {
            let environment = Environment::new();
            let server = TokenServer::start_overstating(&environment, Duration::from_secs(2));
            let access = registry::Access::Token(server.service());
            let Some(registry) = Registry::start(&environment, flavor, access) else { continue };
            let proxy = plimsoll_testkit::proxy::Proxy::start(&registry.address());
            let bytes: Vec<u8> = (0..40_000_u32).map(|at| (at % 251) as u8).collect();
            let descriptor = Descriptor::of(MediaType::LAYER_TAR, &bytes);
            let whole = MemoryContent::new(descriptor.clone(), bytes.into()).unwrap();
            let slow = Slow(whole, Duration::from_millis(900));
            let writer = crate::support::open_at(&proxy.address(), login, "app");
            writer.put_blob(&slow, None).await.unwrap();
            assert!(server.given().len() >= 2, "{flavor:?}: {:?}", server.given());
            let refused = proxy.requests().iter().filter(|one| one.status == Some(401)).count();
            assert!(refused >= 2, "{flavor:?}: {:?}", proxy.requests());
            let opened = proxy.requests().iter().filter(|one| one.method == "POST").count();
            assert!(opened <= 2, "{flavor:?}: the upload began anew: {:?}", proxy.requests());
            let got = writer.blob(&descriptor).await.unwrap().unwrap();
            assert_eq!(read(got.as_ref()).await, read(&slow.0).await, "{flavor:?}");
        }
    }
}
