//! TLS with an authority of one's own, and with client certificates.

use plimsoll_http::profile::{HostProfile, TlsProfile, Wire};
use plimsoll_http::{Secret, Settings};
use plimsoll_oci::content::Content;
use plimsoll_oci::remote::credential::Credentials;
use plimsoll_oci::store::{Pull, StoreError};
use plimsoll_testkit::env::Environment;
use plimsoll_testkit::registry::{self, Flavor, Registry};
use plimsoll_testkit::token_server::{AUTHORITY, SERVER_CERTIFICATE, SERVER_KEY};

use crate::support::{Image, open, read, remote, remote_with, tag};

/// A machine whose registries speak TLS.
pub(crate) fn machine_with_certificate() -> Environment {
    let mut environment = Environment::new();
    let folder = environment.folder("tls");
    for (variable, file, text) in [
        ("REGISTRY_HTTP_TLS_CERTIFICATE", "server.pem", SERVER_CERTIFICATE),
        ("REGISTRY_HTTP_TLS_KEY", "server-key.pem", SERVER_KEY),
    ] {
        std::fs::write(folder.join(file), text).unwrap();
        environment.set(variable, folder.join(file));
    }
    environment
}

#[tokio::test]
async fn a_private_authority_is_trusted_where_configured() {
    for flavor in [Flavor::Distribution2, Flavor::Distribution3, Flavor::Plimsoll] {
        let environment = machine_with_certificate();
        let Some(registry) = Registry::start(&environment, flavor, registry::Access::Anonymous) else {
            continue;
        };
        let over = |profile: HostProfile| {
            let mut settings = Settings::new("plimsoll/test");
            settings.retry.attempts = 1;
            settings.hosts.set(&registry.address(), profile);
            remote_with(Credentials::default(), settings)
        };
        let tls = TlsProfile { roots: vec![AUTHORITY.into()], identity: None };
        let trusting = open(&over(HostProfile { wire: Wire::Auto, tls }), &registry, "app");
        let image = Image::new("one");
        image.push(&trusting, "v1").await.unwrap();
        assert_eq!(trusting.tags().await.unwrap(), [tag("v1")], "{flavor:?}");
        // With TLS comes HTTP/2, whose bodies end in another way.
        for blob in &image.blobs {
            let got = trusting.blob(blob.descriptor()).await.unwrap().unwrap();
            assert_eq!(read(got.as_ref()).await, read(blob).await, "{flavor:?}");
        }

        let profile = HostProfile { wire: Wire::Https, ..HostProfile::default() };
        let failure = open(&over(profile), &registry, "app").tags().await.unwrap_err();
        let StoreError::Unreachable { why, .. } = &failure else { panic!("{failure:?}") };
        assert!(why.contains("tls"), "{why}");
        open(&remote(&registry, None), &registry, "app").tags().await.unwrap_err();
    }
}

#[tokio::test]
async fn a_client_certificate_opens_what_is_closed_without() {
    for flavor in [Flavor::Distribution2, Flavor::Distribution3] {
        let mut environment = machine_with_certificate();
        let folder = environment.folder("tls");
        std::fs::write(folder.join("authority.pem"), AUTHORITY).unwrap();
        let authorities = format!("[{:?}]", folder.join("authority.pem"));
        environment.set("REGISTRY_HTTP_TLS_CLIENTCAS", authorities);
        let Some(registry) = Registry::start(&environment, flavor, registry::Access::Anonymous) else {
            continue;
        };
        let tags = async |identity: Option<Secret>| {
            let mut settings = Settings::new("plimsoll/test");
            settings.retry.attempts = 1;
            let tls = TlsProfile { roots: vec![AUTHORITY.into()], identity };
            settings.hosts.set(&registry.address(), HostProfile { wire: Wire::Https, tls });
            open(&remote_with(Credentials::default(), settings), &registry, "app").tags().await
        };
        tags(None).await.unwrap_err();
        let identity = Secret::new(format!("{SERVER_CERTIFICATE}{SERVER_KEY}"));
        assert!(tags(Some(identity)).await.unwrap().is_empty(), "{flavor:?}");
    }
}
