//! Registries that only a proxy knows the way to.

use plimsoll_http::Settings;
use plimsoll_http::profile::{HostProfile, TlsProfile, Wire};
use plimsoll_http::proxy::Proxies;
use plimsoll_oci::content::Content;
use plimsoll_oci::name::ImageRepository;
use plimsoll_oci::remote::credential::Credentials;
use plimsoll_oci::remote::{Access, RemoteRepository};
use plimsoll_oci::store::{Pull, Store, StoreError};
use plimsoll_testkit::env::Environment;
use plimsoll_testkit::registry::{self, Flavor, Registry};
use plimsoll_testkit::token_server::AUTHORITY;
use plimsoll_testkit::tunnel::Tunnel;

use crate::support::{Image, read, remote_with, tag};
use crate::tls::machine_with_certificate;

/// A repository of `registry.internal`, which only the proxy finds.
fn open(profile: HostProfile, proxies: Proxies) -> RemoteRepository {
    let mut settings = Settings::new("plimsoll/test");
    settings.retry.attempts = 1;
    settings.hosts.set("registry.internal", profile);
    settings.proxies = proxies;
    let name: ImageRepository = "registry.internal/team/app".parse().unwrap();
    remote_with(Credentials::default(), settings).repository(&name, Access::Push).unwrap()
}

fn by(tunnel: &Tunnel, direct: &str) -> Proxies {
    Proxies::from_environment(|name| match name {
        "HTTP_PROXY" | "HTTPS_PROXY" => Some(tunnel.url()),
        "NO_PROXY" => Some(direct.to_owned()),
        _ => None,
    })
}

async fn push_and_pull(ours: &RemoteRepository) {
    let image = Image::new("one");
    image.push(ours, "v1").await.unwrap();
    for blob in &image.blobs {
        let got = ours.blob(blob.descriptor()).await.unwrap().unwrap();
        assert_eq!(read(got.as_ref()).await, read(blob).await);
        // Whole requests and chunks, new and known.
        ours.put_blob(blob, None).await.unwrap();
    }
    assert_eq!(ours.tags().await.unwrap(), [tag("v1")]);
}

#[tokio::test]
async fn tls_goes_through_a_tunnel_that_sees_names_only() {
    for flavor in [Flavor::Distribution2, Flavor::Distribution3, Flavor::Plimsoll] {
        let environment = machine_with_certificate();
        let Some(registry) = Registry::start(&environment, flavor, registry::Access::Anonymous) else {
            continue;
        };
        let tunnel = Tunnel::start(&registry.address());
        let tls = || TlsProfile { roots: vec![AUTHORITY.into()], identity: None };
        let profile = || HostProfile { wire: Wire::Https, tls: tls() };
        push_and_pull(&open(profile(), by(&tunnel, ""))).await;
        let asked = tunnel.asked();
        assert!(!asked.is_empty(), "{flavor:?}");
        assert!(asked.iter().all(|line| line == "CONNECT registry.internal:443"), "{flavor:?}: {asked:?}");

        // Who is told to go there directly does, and finds nobody.
        let direct = open(profile(), by(&tunnel, ".internal"));
        let failure = direct.tags().await.unwrap_err();
        assert!(matches!(failure, StoreError::Unreachable { .. }), "{failure:?}");
        assert_eq!(tunnel.asked().len(), asked.len(), "{flavor:?}");
    }
}

#[tokio::test]
async fn plain_requests_go_to_the_proxy_whole() {
    for flavor in Flavor::ALL {
        let environment = Environment::new();
        let Some(registry) = Registry::start(&environment, flavor, registry::Access::Anonymous) else {
            continue;
        };
        let tunnel = Tunnel::start(&registry.address());
        let profile = HostProfile { wire: Wire::PlainHttp, ..HostProfile::default() };
        push_and_pull(&open(profile, by(&tunnel, "registry.example"))).await;
        let asked = tunnel.asked();
        assert!(asked.iter().all(|line| line.contains(" http://registry.internal/v2/")), "{asked:?}");
    }
}
