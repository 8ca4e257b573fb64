//! What these tests share.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use futures_util::{StreamExt, TryStreamExt, stream};
use plimsoll_http::clock::Clock;
use plimsoll_http::{Bytes, Redactor, Secret, Settings, Transport};
use plimsoll_oci::content::{ByteStream, Content};
use plimsoll_oci::model::{Descriptor, Manifest, MediaType};
use plimsoll_oci::name::ImageRepository;
use plimsoll_oci::remote::credential::{Configured, Credentials, Login, UserEnvironment};
use plimsoll_oci::remote::{Access, Remote, RemoteRepository, RemoteSettings};
use plimsoll_oci::store::{StoreError, Work};
use plimsoll_testkit::fault_registry::{FaultRegistry, PASSWORD, USER};

/// Small enough that a test need not move megabytes.
pub(crate) const SETTINGS: RemoteSettings =
    RemoteSettings { concurrency: 8, monolithic_up_to: 1000, chunk: 400 };

/// A clock that moves only by the waits asked of it.
#[derive(Debug)]
pub(crate) struct PatientClock {
    now: Mutex<SystemTime>,
    waits: Mutex<Vec<Duration>>,
}

impl PatientClock {
    pub(crate) fn new() -> Arc<Self> {
        let now = Mutex::new(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000));
        Arc::new(Self { now, waits: Mutex::default() })
    }

    pub(crate) fn pass(&self, duration: Duration) {
        *self.now.lock().expect("no test panics while it holds the lock") += duration;
    }

    pub(crate) fn waits(&self) -> Vec<Duration> {
        self.waits.lock().expect("no test panics while it holds the lock").clone()
    }
}

impl Clock for PatientClock {
    fn now(&self) -> SystemTime {
        *self.now.lock().expect("no test panics while it holds the lock")
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.pass(duration);
        self.waits.lock().expect("no test panics while it holds the lock").push(duration);
        Box::pin(std::future::ready(()))
    }
}

/// A client and its clock.
pub(crate) fn client(credentials: Credentials, settings: RemoteSettings) -> (Remote, Arc<PatientClock>) {
    let clock = PatientClock::new();
    let transport = Transport::new(Settings { clock: clock.clone(), ..Settings::new("plimsoll/test") });
    (Remote::new(transport, credentials, Redactor::new(), settings), clock)
}

/// A repository of a registry that wants no login.
pub(crate) fn open(registry: &FaultRegistry, path: &str) -> RemoteRepository {
    repository(&client(Credentials::default(), SETTINGS).0, registry, path, Access::Push)
}

pub(crate) fn repository(
    remote: &Remote,
    registry: &FaultRegistry,
    path: &str,
    access: Access,
) -> RemoteRepository {
    remote.repository(&name(registry, path), access).expect("an address of loopback is a host")
}

pub(crate) fn name(registry: &FaultRegistry, path: &str) -> ImageRepository {
    format!("{}/{path}", registry.address()).parse().expect("tests write whole names")
}

/// The login that registries with a door let in, as the caller would configure it.
pub(crate) fn good_login() -> Login {
    Login::Password { user: USER.into(), password: Secret::new(PASSWORD) }
}

/// Credentials with one configured login.
pub(crate) fn configured(registry: &FaultRegistry, login: Option<Login>) -> Credentials {
    let registry = registry.address().parse().expect("an address of loopback is a host");
    let configured = Configured { registry, name: "env:REGISTRY_LOGIN".into(), login };
    Credentials::new(vec![configured], UserEnvironment::default())
}

/// Bytes of this length that differ everywhere.
pub(crate) fn noise(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

type Opening = dyn Fn(u64) -> Result<(), StoreError> + Send + Sync;

/// Content that comes in small pieces, and tells a test when it is opened.
pub(crate) struct Pieces {
    descriptor: Descriptor,
    bytes: Bytes,
    opening: Box<Opening>,
}

impl Pieces {
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        Self::watched(bytes, |_| Ok(()))
    }

    pub(crate) fn watched(
        bytes: Vec<u8>,
        opening: impl Fn(u64) -> Result<(), StoreError> + Send + Sync + 'static,
    ) -> Self {
        let descriptor = Descriptor::of(MediaType::LAYER_TAR, &bytes);
        Self { descriptor, bytes: bytes.into(), opening: Box::new(opening) }
    }

    pub(crate) fn digest(&self) -> String {
        self.descriptor.digest.to_string()
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Says that it is longer than it is.
    pub(crate) fn overstated(mut self, by: u64) -> Self {
        self.descriptor.size += by;
        self
    }
}

impl Content for Pieces {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    fn open(&self, from: u64) -> Work<'_, ByteStream> {
        Box::pin(async move {
            (self.opening)(from)?;
            let from = usize::try_from(from).unwrap_or(usize::MAX).min(self.bytes.len());
            let rest = self.bytes.slice(from..);
            let pieces: Vec<_> = rest.chunks(70).map(|piece| Ok(rest.slice_ref(piece))).collect();
            Ok(stream::iter(pieces).boxed())
        })
    }
}

/// Everything that a content has from an offset on.
pub(crate) async fn read(content: &dyn Content, from: u64) -> Result<Vec<u8>, StoreError> {
    let stream = content.open(from).await?;
    stream
        .try_fold(Vec::new(), async |mut all, piece| {
            all.extend_from_slice(&piece);
            Ok(all)
        })
        .await
}

/// An artifact manifest that refers to a subject.
pub(crate) fn artifact(kind: &str, subject: Option<&Manifest>, note: &str) -> Manifest {
    let empty = r#"{"mediaType":"application/vnd.oci.empty.v1+json","size":2,
        "digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"}"#;
    let subject = subject.map_or_else(String::new, |subject| {
        let of = subject.descriptor();
        format!(
            r#""subject":{{"mediaType":"{}","digest":"{}","size":{}}},"#,
            of.media_type, of.digest, of.size
        )
    });
    let text = format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","artifactType":"{kind}",
        "config":{empty},{subject}"layers":[{empty}],"annotations":{{"note":"{note}"}}}}"#
    );
    Manifest::parse(text.into(), None).expect("the text above is a manifest")
}
