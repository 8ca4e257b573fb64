//! The client of registries against real ones, judged by programs that are not ours.
#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests")]

use std::time::Duration;

use futures_util::TryStreamExt;
use futures_util::future::join_all;
use plimsoll_http::profile::{HostProfile, TlsProfile, Wire};
use plimsoll_http::{Redactor, Secret, Settings, Transport};
use plimsoll_oci::content::{Content, MemoryContent};
use plimsoll_oci::model::{Descriptor, ImageIndex, ImageManifest, Manifest, MediaType};
use plimsoll_oci::name::{ImageRepository, ImageTag};
use plimsoll_oci::remote::credential::{Configured, Credentials, Login, UserEnvironment};
use plimsoll_oci::remote::{Access, Remote, RemoteRepository, RemoteSettings};
use plimsoll_oci::store::{Prune, Pull, Store, StoreError};
use plimsoll_testkit::env::Environment;
use plimsoll_testkit::registry::{self, Flavor, PASSWORD, Registry, USER};
use plimsoll_testkit::token_server::{AUTHORITY, IDENTITY, SERVER_CERTIFICATE, SERVER_KEY, TokenServer};
use plimsoll_testkit::tools::{self, Tool};

/// Small enough that an image of some kilobytes goes up in every way.
const SETTINGS: RemoteSettings = RemoteSettings { concurrency: 16, monolithic_up_to: 20_000, chunk: 9_000 };

const NOTHING: &str = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

fn remote_with(credentials: Credentials, settings: Settings) -> Remote {
    Remote::new(Transport::new(settings), credentials, Redactor::new(), SETTINGS)
}

fn remote(registry: &Registry, login: Option<Login>) -> Remote {
    let configured = login.map(|login| Configured {
        registry: registry.address().parse().unwrap(),
        name: "the test".into(),
        login: Some(login),
    });
    let credentials = Credentials::new(configured.into_iter().collect(), UserEnvironment::default());
    remote_with(credentials, Settings::new("plimsoll/test"))
}

fn user() -> Option<Login> {
    Some(Login::Password { user: USER.into(), password: Secret::new(PASSWORD) })
}

fn open(remote: &Remote, registry: &Registry, path: &str) -> RemoteRepository {
    let name: ImageRepository = registry.repository(path).parse().unwrap();
    remote.repository(&name, Access::Push).unwrap()
}

fn tag(text: &str) -> ImageTag {
    text.parse().unwrap()
}

/// An image for two platforms: every blob, the two manifests and the index.
struct Image {
    blobs: Vec<MemoryContent>,
    manifests: Vec<Manifest>,
    index: Manifest,
}

impl Image {
    /// Two images with the same word in them differ from those with another word.
    fn new(word: &str) -> Self {
        let mut blobs = Vec::new();
        let mut add = |kind: MediaType, bytes: Vec<u8>| {
            let descriptor = Descriptor::of(kind, &bytes);
            blobs.push(MemoryContent::new(descriptor.clone(), bytes.into()).unwrap());
            descriptor
        };
        let base = add(MediaType::LAYER_TAR, word.repeat(50_000 / word.len()).into_bytes());
        let mut manifests = Vec::new();
        for architecture in ["amd64", "arm64"] {
            let layer = add(MediaType::LAYER_TAR, format!("{word} for {architecture}").into_bytes());
            let config = format!(
                r#"{{"architecture":"{architecture}","os":"linux","config":{{}},"rootfs":{{"type":"layers","diff_ids":["{}","{}"]}}}}"#,
                base.digest, layer.digest
            );
            manifests.push(Manifest::from_image(ImageManifest {
                schema_version: 2,
                media_type: Some(MediaType::MANIFEST),
                artifact_type: None,
                config: add(MediaType::CONFIG, config.into_bytes()),
                layers: vec![base.clone(), layer],
                subject: None,
                annotations: [("word".to_owned(), word.to_owned())].into(),
            }));
        }
        let mut entries: Vec<Descriptor> = manifests.iter().map(|one| one.descriptor().clone()).collect();
        for (entry, platform) in entries.iter_mut().zip(["linux/amd64", "linux/arm64"]) {
            entry.platform = Some(platform.parse().unwrap());
        }
        let index = Manifest::from_index(ImageIndex {
            schema_version: 2,
            media_type: Some(MediaType::INDEX),
            artifact_type: None,
            manifests: entries,
            subject: None,
            annotations: [("word".to_owned(), word.to_owned())].into(),
        });
        Self { blobs, manifests, index }
    }

    async fn push(&self, to: &RemoteRepository, name: &str) -> Result<(), StoreError> {
        for sent in join_all(self.blobs.iter().map(|blob| to.put_blob(blob, None))).await {
            sent?;
        }
        for sent in join_all(self.manifests.iter().map(|manifest| to.put_manifest(manifest))).await {
            sent?;
        }
        to.put_manifest(&self.index).await?;
        to.point(&tag(name), self.index.digest(), None).await
    }
}

/// An artifact that refers to a subject.
fn referrer(subject: &Manifest, note: &str) -> Manifest {
    let empty = Descriptor::new(MediaType::EMPTY, NOTHING.parse().unwrap(), 2);
    Manifest::from_image(ImageManifest {
        schema_version: 2,
        media_type: Some(MediaType::MANIFEST),
        artifact_type: Some(MediaType::literal("application/vnd.example.note")),
        config: empty.clone(),
        layers: vec![empty],
        subject: Some(subject.descriptor().clone()),
        annotations: [("note".to_owned(), note.to_owned())].into(),
    })
}

async fn put_empty_blob(to: &RemoteRepository) {
    let empty = Descriptor::new(MediaType::EMPTY, NOTHING.parse().unwrap(), 2);
    to.put_blob(&MemoryContent::new(empty, "{}".into()).unwrap(), None).await.unwrap();
}

async fn read(content: &dyn Content) -> Vec<u8> {
    let add = async |mut all: Vec<u8>, piece: plimsoll_http::Bytes| {
        all.extend_from_slice(&piece);
        Ok(all)
    };
    content.open(0).await.unwrap().try_fold(Vec::new(), add).await.unwrap()
}

/// What a witness prints.
fn says(witness: &Tool, environment: &Environment, arguments: &[&str]) -> String {
    witness.command(environment).args(arguments).run().expect_success().stdout().trim_end().to_owned()
}

#[tokio::test]
async fn what_we_push_others_pull_and_so_do_we() {
    let Some([crane, skopeo]) = tools::require_all(["crane", "skopeo"]) else { return };
    for flavor in Flavor::ALL {
        let environment = Environment::new();
        let Some(registry) = Registry::start(&environment, flavor, registry::Access::Anonymous) else {
            continue;
        };
        let image = Image::new("one");
        let ours = open(&remote(&registry, None), &registry, "acme/app");
        assert!(ours.tags().await.unwrap().is_empty());
        image.push(&ours, "v1.0.0").await.unwrap();
        // A second time there is nothing to do, and it does no harm.
        image.push(&ours, "v1.0.0").await.unwrap();

        let name = registry.repository("acme/app:v1.0.0");
        let digest = image.index.digest().to_string();
        assert_eq!(says(&crane, &environment, &["digest", &name]), digest, "{flavor:?}");
        let raw = crane.command(&environment).args(["manifest", &name]).run().expect_success();
        assert_eq!(raw.stdout_bytes(), image.index.bytes().as_ref(), "{flavor:?}");
        let folder = environment.folder("copied");
        let (from, to) = (format!("docker://{name}"), format!("oci:{}:v1", folder.display()));
        says(
            &skopeo,
            &environment,
            &["copy", "--all", "--src-tls-verify=false", "--preserve-digests", &from, &to],
        );
        for blob in &image.blobs {
            let at = folder.join("blobs/sha256").join(blob.descriptor().digest.hex());
            assert_eq!(std::fs::read(at).unwrap(), read(blob).await, "{flavor:?}");
        }

        let other = open(&remote(&registry, None), &registry, "acme/app");
        let resolved = other.resolve(&tag("v1.0.0")).await.unwrap().unwrap();
        assert_eq!(resolved, *image.index.descriptor(), "{flavor:?}");
        for manifest in image.manifests.iter().chain([&image.index]) {
            let got = other.manifest(manifest.digest()).await.unwrap().unwrap();
            assert_eq!(got.bytes(), manifest.bytes());
        }
        for blob in &image.blobs {
            let got = other.blob(blob.descriptor()).await.unwrap().unwrap();
            assert_eq!(read(got.as_ref()).await, read(blob).await);
        }
    }
}

#[tokio::test]
async fn what_others_push_we_pull() {
    let Some(crane) = tools::require("crane") else { return };
    for flavor in Flavor::ALL {
        let environment = Environment::new();
        let Some(registry) = Registry::start(&environment, flavor, registry::Access::Anonymous) else {
            continue;
        };
        let file = environment.folder("layer").join("file.txt");
        std::fs::write(&file, "hello").unwrap();
        let archive = environment.root().join("layer.tar");
        let tar =
            environment.command("tar").args(["-cf"]).arg(&archive).args(["-C"]).arg(file.parent().unwrap());
        tar.arg("file.txt").run().expect_success();
        let name = registry.repository("theirs:v1");
        let layer = archive.display().to_string();
        says(&crane, &environment, &["append", "-f", &layer, "-t", &name, "--oci-empty-base"]);
        let ours = open(&remote(&registry, None), &registry, "theirs");
        let found = ours.resolve(&tag("v1")).await.unwrap().unwrap();
        assert_eq!(found.digest.to_string(), says(&crane, &environment, &["digest", &name]), "{flavor:?}");
        let manifest = ours.manifest(&found.digest).await.unwrap().unwrap();
        for at in manifest.blobs() {
            let blob = ours.blob(at).await.unwrap().unwrap();
            assert!(at.digest.matches(&read(blob.as_ref()).await));
        }
        assert_eq!(ours.tags().await.unwrap(), [tag("v1")]);
    }
}

#[tokio::test]
async fn tags_are_listed_moved_and_found_again() {
    for flavor in Flavor::ALL {
        let environment = Environment::new();
        let Some(registry) = Registry::start(&environment, flavor, registry::Access::Anonymous) else {
            continue;
        };
        let ours = open(&remote(&registry, None), &registry, "app");
        let (one, two) = (Image::new("one"), Image::new("two"));
        one.push(&ours, "latest").await.unwrap();
        two.push(&ours, "v2").await.unwrap();
        let mut wanted = vec![tag("latest"), tag("v2")];
        for number in 0..40 {
            let tag = tag(&format!("t{number:02}"));
            ours.point(&tag, one.index.digest(), None).await.unwrap();
            wanted.push(tag);
        }
        let mut found = ours.tags().await.unwrap();
        found.sort();
        wanted.sort();
        assert_eq!(found, wanted, "{flavor:?}");
        ours.point(&tag("latest"), two.index.digest(), Some(one.index.digest())).await.unwrap();
        let latest = ours.resolve(&tag("latest")).await.unwrap().unwrap();
        assert_eq!(latest.digest, *two.index.digest(), "{flavor:?}");
    }
}

#[tokio::test]
async fn blobs_are_mounted() {
    for flavor in Flavor::ALL {
        let environment = Environment::new();
        let Some(registry) = Registry::start(&environment, flavor, registry::Access::Anonymous) else {
            continue;
        };
        let remote = remote(&registry, None);
        let (base, app) = (open(&remote, &registry, "base"), open(&remote, &registry, "team/app"));
        let image = Image::new("one");
        image.push(&base, "v1").await.unwrap();
        for blob in &image.blobs {
            app.put_blob(blob, Some(base.name())).await.unwrap();
            let got = app.blob(blob.descriptor()).await.unwrap().unwrap();
            assert_eq!(read(got.as_ref()).await, read(blob).await, "{flavor:?}");
        }
        let stranger: ImageRepository = registry.repository("not/there").parse().unwrap();
        let fresh = Image::new("fresh");
        app.put_blob(&fresh.blobs[0], Some(&stranger)).await.unwrap();
        assert!(app.blob(fresh.blobs[0].descriptor()).await.unwrap().is_some(), "{flavor:?}");
    }
}

#[tokio::test]
async fn referrers_are_listed_by_us_and_by_others() {
    let Some(oras) = tools::require("oras") else { return };
    for flavor in Flavor::ALL {
        let environment = Environment::new();
        let Some(registry) = Registry::start(&environment, flavor, registry::Access::Anonymous) else {
            continue;
        };
        let ours = open(&remote(&registry, None), &registry, "app");
        let image = Image::new("one");
        image.push(&ours, "v1").await.unwrap();
        put_empty_blob(&ours).await;
        let notes: Vec<_> = (0..8).map(|n| referrer(&image.index, &format!("note {n}"))).collect();
        for put in join_all(notes.iter().map(|note| ours.put_manifest(note))).await {
            put.unwrap();
        }
        let mut wanted: Vec<String> = notes.iter().map(|note| note.digest().to_string()).collect();
        wanted.sort();
        let kind = MediaType::literal("application/vnd.example.note");
        for kind in [None, Some(&kind)] {
            let found = ours.referrers(image.index.digest(), kind).await.unwrap();
            let mut found: Vec<String> = found.iter().map(|one| one.digest.to_string()).collect();
            found.sort();
            assert_eq!(found, wanted, "{flavor:?}");
        }
        let other = MediaType::literal("application/vnd.example.other");
        assert!(ours.referrers(image.index.digest(), Some(&other)).await.unwrap().is_empty());
        let name = format!("{}@{}", registry.repository("app"), image.index.digest());
        let seen = says(&oras, &environment, &["discover", "--plain-http", "--format", "json", &name]);
        for digest in &wanted {
            assert!(seen.contains(digest), "{flavor:?}: oras does not see {digest}: {seen}");
        }
        ours.remove_manifest(notes[0].digest()).await.unwrap();
        let left = ours.referrers(image.index.digest(), None).await.unwrap();
        assert_eq!(left.len(), 7, "{flavor:?}");
    }
}

#[tokio::test]
async fn basic_authentication_lets_the_user_in_and_nobody_else() {
    for flavor in [Flavor::Distribution2, Flavor::Distribution3] {
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

#[tokio::test]
async fn a_private_authority_is_trusted_where_configured() {
    for flavor in [Flavor::Distribution2, Flavor::Distribution3] {
        let mut environment = Environment::new();
        let folder = environment.folder("tls");
        for (variable, file, text) in [
            ("REGISTRY_HTTP_TLS_CERTIFICATE", "server.pem", SERVER_CERTIFICATE),
            ("REGISTRY_HTTP_TLS_KEY", "server-key.pem", SERVER_KEY),
        ] {
            std::fs::write(folder.join(file), text).unwrap();
            environment.set(variable, folder.join(file));
        }
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
async fn a_registry_that_comes_back_is_gone_on_with() {
    for flavor in [Flavor::Distribution2, Flavor::Distribution3] {
        let environment = Environment::new();
        let Some(mut registry) = Registry::start(&environment, flavor, registry::Access::Anonymous) else {
            continue;
        };
        let ours = open(&remote(&registry, None), &registry, "app");
        Image::new("one").push(&ours, "v1").await.unwrap();
        registry.stop();
        let mut settings = Settings::new("plimsoll/test");
        settings.retry.attempts = 1;
        let hasty = open(&remote_with(Credentials::default(), settings), &registry, "app");
        let failure = hasty.tags().await.unwrap_err();
        assert!(matches!(failure, StoreError::Unreachable { .. }), "{failure:?}");
        assert!(failure.is_temporary());
        registry.restart();
        Image::new("two").push(&ours, "v2").await.unwrap();
        assert_eq!(ours.tags().await.unwrap().len(), 2, "{flavor:?}");
    }
}
