//! A registry that does wrong on request.
//!
//! It stands beside real registries in the tests, never instead of them: it shows what they would do only once in a
//! thousand runs, or only if they were evil. It shares no code with the client that it tests.

mod access;
mod content;
mod habits;
mod route;
mod storage;
mod vendor;
pub mod wire;

use std::sync::{Arc, Mutex, PoisonError};

use wire::{Admission, Answer, ClosedPort, Head, Service, WireServer};

use access::Gate;
use content::Shelves;

pub use access::{Door, IDENTITY, OAuth, PASSWORD, USER};
pub use habits::{Again, Creation, Habits, Immutable, Locations, Mounts, Referrers, Storage, Tags, Untagged};
pub use vendor::{Vendor, Wait};

/// What goes wrong.
#[derive(Clone)]
pub enum Effect {
    /// The request is not handled; this is the answer.
    Instead(Answer),
    /// The request is answered with this before its body is read, and the connection is closed.
    Early(Answer),
    /// So many bytes of the request's body are taken, then the connection is cut.
    CutRequestAfter(usize),
    /// The request is handled, and its answer changed.
    Rewrite(Arc<dyn Fn(Answer) -> Answer + Send + Sync>),
}

impl Effect {
    /// The request is handled, and its answer changed.
    pub fn rewrite(change: impl Fn(Answer) -> Answer + Send + Sync + 'static) -> Self {
        Self::Rewrite(Arc::new(change))
    }

    /// True if the request is read whole before it goes wrong.
    fn is_late(&self) -> bool {
        matches!(self, Self::Instead(_) | Self::Rewrite(_))
    }
}

/// Which requests go wrong.
struct Fault {
    method: &'static str,
    path: String,
    skip: usize,
    times: usize,
    effect: Effect,
}

/// A request as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// `GET`, `PUT`, ….
    pub method: String,
    /// The path.
    pub path: String,
    /// The query.
    pub query: String,
    /// The `Authorization` header.
    pub authorization: Option<String>,
}

/// The registry; it ends when the value is dropped.
pub struct FaultRegistry {
    server: WireServer,
    storage: Option<WireServer>,
    state: Arc<State>,
}

struct State {
    habits: Habits,
    gate: Gate,
    shelves: Mutex<Shelves>,
    faults: Mutex<Vec<Fault>>,
    seen: Mutex<Vec<Seen>>,
    busy: Mutex<Busy>,
    /// Host and port of the storage elsewhere, and how often it was sent a credential.
    elsewhere: Mutex<String>,
    strays: Mutex<usize>,
}

#[derive(Default)]
struct Busy {
    now: usize,
    most: usize,
}

impl FaultRegistry {
    /// Starts a registry on a free port of loopback.
    pub fn start(habits: Habits) -> Self {
        let state = Arc::new(State {
            gate: Gate::new(habits.door.clone()),
            habits,
            shelves: Mutex::default(),
            faults: Mutex::default(),
            seen: Mutex::default(),
            busy: Mutex::default(),
            elsewhere: Mutex::default(),
            strays: Mutex::default(),
        });
        let server = WireServer::start(Serving(Arc::clone(&state)));
        state.gate.set_address(&server.address());
        let storage = matches!(state.habits.storage, Storage::Elsewhere(_)).then(|| storage::start(&state));
        if let Some(storage) = &storage {
            *lock(&state.elsewhere) = storage.address();
        }
        Self { server, storage, state }
    }

    /// Starts a registry that talks as this one does.
    pub fn speaking_as(vendor: Vendor) -> Self {
        Self::start(vendor.habits())
    }

    /// Host and port, as they stand in the name of an image.
    pub fn address(&self) -> String {
        self.server.address()
    }

    /// From now on the next `times` requests with this method, whose path contains `path`, go wrong; before them
    /// `skip` go well.
    pub fn fault(&self, method: &'static str, path: &str, skip: usize, times: usize, effect: Effect) {
        let path = path.to_owned();
        lock(&self.state.faults).push(Fault { method, path, skip, times, effect });
    }

    /// Ends the registry for good: whoever asks it is refused, as long as the value lives.
    pub fn close(self) -> ClosedPort {
        self.server.close()
    }

    /// From now on nothing goes wrong.
    pub fn forget_faults(&self) {
        lock(&self.state.faults).clear();
    }

    /// Every request so far, tokens included.
    pub fn seen(&self) -> Vec<Seen> {
        lock(&self.state.seen).clone()
    }

    /// Every request so far as `METHOD path`, without the repository's prefix.
    pub fn lines(&self) -> Vec<String> {
        let short = |seen: &Seen| format!("{} {}", seen.method, seen.path.trim_start_matches("/v2/"));
        lock(&self.state.seen).iter().map(short).collect()
    }

    /// How many requests with this method have a path that contains `path`.
    pub fn count(&self, method: &str, path: &str) -> usize {
        lock(&self.state.seen).iter().filter(|seen| seen.method == method && seen.path.contains(path)).count()
    }

    /// Forgets what came so far.
    pub fn forget_requests(&self) {
        lock(&self.state.seen).clear();
    }

    /// The most requests that were under way at once.
    pub fn most_at_once(&self) -> usize {
        lock(&self.state.busy).most
    }

    /// Refuses every token given out so far.
    pub fn expire_tokens(&self) {
        self.state.gate.expire();
    }

    /// Puts a blob into a repository; gives its digest.
    pub fn put_blob(&self, repository: &str, bytes: &[u8]) -> String {
        lock(&self.state.shelves).put_blob(repository, bytes)
    }

    /// Makes a repository, where pushing does not.
    pub fn create(&self, repository: &str) {
        lock(&self.state.shelves).create(repository);
    }

    /// Removes every manifest that no tag keeps, as some registries do after a while.
    pub fn collect_untagged(&self) {
        lock(&self.state.shelves).collect_untagged();
    }

    /// How many requests for the bytes of blobs came with a credential to the storage elsewhere.
    pub fn strays(&self) -> usize {
        *lock(&self.state.strays)
    }

    /// Host and port of the storage elsewhere, if the registry has one.
    pub fn storage(&self) -> Option<String> {
        self.storage.as_ref().map(WireServer::address)
    }

    /// A blob of a repository.
    pub fn blob(&self, repository: &str, digest: &str) -> Option<Vec<u8>> {
        lock(&self.state.shelves).blob(repository, digest)
    }

    /// Puts a manifest into a repository under a tag or a digest; gives its digest.
    pub fn put_manifest(&self, repository: &str, reference: &str, media_type: &str, bytes: &[u8]) -> String {
        lock(&self.state.shelves).put_manifest(repository, reference, media_type, bytes)
    }

    /// Deletes a tag, or a manifest with its tags, as somebody at the registry does.
    pub fn delete(&self, repository: &str, reference: &str) {
        assert!(lock(&self.state.shelves).delete_manifest(repository, reference), "{reference} is there");
    }

    /// The tags of a repository.
    pub fn tags(&self, repository: &str) -> Vec<String> {
        lock(&self.state.shelves).tags(repository).unwrap_or_default()
    }

    /// The bytes of a manifest by tag or digest.
    pub fn manifest(&self, repository: &str, reference: &str) -> Option<Vec<u8>> {
        lock(&self.state.shelves).manifest(repository, reference).map(|manifest| manifest.bytes)
    }
}

/// Where the servers are: host and port of each.
struct Surroundings {
    registry: String,
    storage: String,
}

struct Serving(Arc<State>);

impl Serving {
    /// The effect on a request, if one of those that are looked for is due.
    fn due(&self, head: &Head, looked_for: impl Fn(&Effect) -> bool) -> Option<Effect> {
        let mut faults = lock(&self.0.faults);
        let fault = faults
            .iter_mut()
            .filter(|fault| fault.times > 0 && looked_for(&fault.effect))
            .find(|fault| fault.method == head.method && head.path.contains(&fault.path))?;
        if fault.skip > 0 {
            fault.skip -= 1;
            return None;
        }
        fault.times -= 1;
        Some(fault.effect.clone())
    }

    fn handle(&self, head: &Head, body: &[u8]) -> Answer {
        let state = &self.0;
        if head.path == access::TOKEN_PATH {
            return state.gate.token(head, body);
        }
        match state.gate.check(head) {
            Some(refusal) => refusal,
            None => {
                let surroundings =
                    Surroundings { registry: state.gate.address(), storage: lock(&state.elsewhere).clone() };
                route::answer(&mut lock(&state.shelves), &state.habits, &surroundings, head, body)
            }
        }
    }
}

impl Service for Serving {
    fn admit(&self, head: &Head) -> Admission {
        lock(&self.0.seen).push(Seen {
            method: head.method.clone(),
            path: head.path.clone(),
            query: head.query.clone(),
            authorization: head.header("authorization").map(str::to_owned),
        });
        match self.due(head, |effect| !effect.is_late()) {
            Some(Effect::Early(answer)) => Admission::Early(answer),
            Some(Effect::CutRequestAfter(bytes)) => Admission::CutAfter(bytes),
            _ => Admission::Read,
        }
    }

    fn cut(&self, head: &Head, body: &[u8]) {
        route::keep_part(&mut lock(&self.0.shelves), head, body);
    }

    fn answer(&self, head: &Head, body: &[u8]) -> Answer {
        {
            let mut busy = lock(&self.0.busy);
            busy.now += 1;
            busy.most = busy.most.max(busy.now);
        }
        let answer = match self.due(head, Effect::is_late) {
            Some(Effect::Instead(answer)) => answer,
            Some(Effect::Rewrite(change)) => change(self.handle(head, body)),
            _ => self.handle(head, body),
        };
        lock(&self.0.busy).now -= 1;
        answer
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // A test that panicked with the lock has failed anyway.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
