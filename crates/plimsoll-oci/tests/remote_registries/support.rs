//! What these tests share.

use futures_util::TryStreamExt;
use futures_util::future::join_all;
use plimsoll_http::{Redactor, Secret, Settings, Transport};
use plimsoll_oci::content::{Content, MemoryContent};
use plimsoll_oci::model::{Descriptor, ImageIndex, ImageManifest, Manifest, MediaType};
use plimsoll_oci::name::{ImageRepository, ImageTag};
use plimsoll_oci::remote::credential::{Configured, Credentials, Login, UserEnvironment};
use plimsoll_oci::remote::{Access, Remote, RemoteRepository, RemoteSettings};
use plimsoll_oci::store::{Store, StoreError};
use plimsoll_testkit::env::Environment;
use plimsoll_testkit::registry::{PASSWORD, Registry, USER};
use plimsoll_testkit::tools::Tool;

/// Small enough that an image of some kilobytes goes up in every way.
pub(crate) const SETTINGS: RemoteSettings =
    RemoteSettings { concurrency: 16, monolithic_up_to: 20_000, chunk: 9_000 };

pub(crate) fn remote_with(credentials: Credentials, settings: Settings) -> Remote {
    Remote::new(Transport::new(settings), credentials, Redactor::new(), SETTINGS)
}

pub(crate) fn remote(registry: &Registry, login: Option<Login>) -> Remote {
    remote_at(&registry.address(), login)
}

/// A client with a login for the registry at this address.
pub(crate) fn remote_at(address: &str, login: Option<Login>) -> Remote {
    let configured = login.map(|login| Configured {
        registry: address.parse().unwrap(),
        name: "the test".into(),
        login: Some(login),
    });
    let credentials = Credentials::new(configured.into_iter().collect(), UserEnvironment::default());
    remote_with(credentials, Settings::new("plimsoll/test"))
}

pub(crate) fn user() -> Option<Login> {
    Some(Login::Password { user: USER.into(), password: Secret::new(PASSWORD) })
}

pub(crate) fn open(remote: &Remote, registry: &Registry, path: &str) -> RemoteRepository {
    let name: ImageRepository = registry.repository(path).parse().unwrap();
    remote.repository(&name, Access::Push).unwrap()
}

/// A repository of the registry at this address, which need not be the registry's own.
pub(crate) fn open_at(address: &str, login: Option<Login>, path: &str) -> RemoteRepository {
    let name: ImageRepository = format!("{address}/{path}").parse().unwrap();
    remote_at(address, login).repository(&name, Access::Push).unwrap()
}

pub(crate) fn tag(text: &str) -> ImageTag {
    text.parse().unwrap()
}

/// An image for two platforms: every blob, the two manifests and the index.
pub(crate) struct Image {
    pub(crate) blobs: Vec<MemoryContent>,
    pub(crate) manifests: Vec<Manifest>,
    pub(crate) index: Manifest,
}

impl Image {
    /// Two images with the same word in them differ from those with another word.
    pub(crate) fn new(word: &str) -> Self {
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

    pub(crate) async fn push(&self, to: &RemoteRepository, name: &str) -> Result<(), StoreError> {
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

pub(crate) async fn read(content: &dyn Content) -> Vec<u8> {
    let add = async |mut all: Vec<u8>, piece: plimsoll_http::Bytes| {
        all.extend_from_slice(&piece);
        Ok(all)
    };
    content.open(0).await.unwrap().try_fold(Vec::new(), add).await.unwrap()
}

/// What a witness prints.
pub(crate) fn says(witness: &Tool, environment: &Environment, arguments: &[&str]) -> String {
    witness.command(environment).args(arguments).run().expect_success().stdout().trim_end().to_owned()
}
