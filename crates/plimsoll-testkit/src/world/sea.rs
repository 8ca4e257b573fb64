//! What all machines share.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use plimsoll_engine::domain::chart::ListedVersion;
use plimsoll_engine::domain::claim::{Claim, ClaimName, Seal};
use plimsoll_engine::domain::git::{GitTag, Oid, TagAt};
use plimsoll_engine::domain::time::Moment;
use plimsoll_engine::world::chart_repositories::Beside;
use plimsoll_engine::world::claims::ClaimId;
use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};

use super::deployments::SeaDeployment;
use super::fault::Weather;
use super::forge::SeaPage;
use super::history::{Author, Change, History};
use super::machine::Disk;
use super::repository::Repository;

/// The moment at which every sea begins.
const BEGIN: Moment = Moment(1_767_323_045);

/// One world that machines share: clones are the same sea.
#[derive(Clone)]
pub struct Sea(pub(super) Arc<Mutex<Waters>>);

/// What is in it.
pub(super) struct Waters {
    pub(super) seed: u64,
    pub(super) runs: u64,
    pub(super) strangers: u64,
    pub(super) git_tags: BTreeMap<GitTag, GitRef>,
    /// Branches and pull requests by name, the newest commit first.
    pub(super) lines: BTreeMap<String, Vec<Oid>>,
    pub(super) claims: BTreeMap<ClaimName, StandingClaim>,
    pub(super) repositories: BTreeMap<ImageRepository, Repository>,
    pub(super) files: BTreeMap<String, Vec<u8>>,
    /// Chart repositories over HTTP.
    pub(super) listed: BTreeMap<ListedVersion, Digest>,
    /// What lies beside their indexes.
    pub(super) beside: BTreeMap<ListedVersion, Beside>,
    /// Versions in them that are marked as not to be used.
    pub(super) yanked_charts: BTreeSet<ListedVersion>,
    /// Repositories where nobody releases.
    pub(super) hosts: BTreeSet<ImageRepository>,
    /// Files of every commit, by path; any other says which build it is from.
    pub(super) texts: BTreeMap<String, String>,
    pub(super) disks: BTreeMap<String, Disk>,
    pub(super) passed: Duration,
    pub(super) late: Vec<Late>,
    pub(super) lags: Vec<Lag>,
    pub(super) outages: BTreeMap<ImageRepository, u32>,
    pub(super) unlisted: BTreeSet<ImageRepository>,
    /// Nobody signs.
    pub(super) signing_down: bool,
    /// Machines, and the repositories that seem empty to them.
    pub(super) veils: BTreeSet<(String, ImageRepository)>,
    /// Whether the repositories are one machine's, which keeps a lock on moving tags.
    pub(super) locks: bool,
    /// The run that holds it.
    pub(super) lock_holder: Option<String>,
    pub(super) weather: Option<Box<dyn Weather>>,
    /// Somebody has deleted content: from then on version tags may lack something until a run repairs it.
    pub(super) deleted: bool,
    /// Every set that was sealed anywhere, in order.
    pub(super) sets: Vec<Seal>,
    pub(super) history: History,
    pub(super) pages: Vec<SeaPage>,
    pub(super) deployments: Vec<SeaDeployment>,
    /// The number of the newest page.
    pub(super) last_page: u64,
    pub(super) latest_page: Option<GitTag>,
    /// The signed statements that the forge keeps.
    pub(super) attestations: Vec<Bytes>,
}

/// A git tag on the remote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct GitRef {
    pub(super) object: Oid,
    pub(super) commit: Oid,
}

/// A claim as it stands: its bytes, and what they say. Equal bytes have one identity, as in git.
pub(super) struct StandingClaim {
    pub(super) id: ClaimId,
    pub(super) bytes: Vec<u8>,
    pub(super) claim: Box<Claim>,
}

impl StandingClaim {
    pub(super) fn new(bytes: &[u8], claim: Claim) -> StandingClaim {
        let id = ClaimId(Digest::of(bytes).hex().to_owned());
        StandingClaim { id, bytes: bytes.to_vec(), claim: Box::new(claim) }
    }
}

/// One compare-and-swap of a claim.
pub(super) struct SwapRequest {
    pub(super) name: ClaimName,
    pub(super) expected: Option<ClaimId>,
    pub(super) new: Option<StandingClaim>,
    pub(super) with_tag: Option<TagAt>,
}

/// A request that its sender has given up and that may still arrive.
pub(super) enum Late {
    Swap(SwapRequest),
    Point { repository: ImageRepository, tag: ImageTag, to: Digest },
}

/// Something that was written and does not show yet.
pub(super) struct Lag {
    pub(super) repository: ImageRepository,
    pub(super) of: Lagging,
    pub(super) reads_left: u32,
}

/// What does not show yet.
pub(super) enum Lagging {
    /// A tag still shows what it pointed at before.
    Tag(ImageTag, Option<Digest>),
    /// A manifest or blob still seems absent.
    Content(Digest),
}

impl Sea {
    /// A sea without anything in it. The same seed gives the same bytes and, in the same schedule, the same end.
    pub fn new(seed: u64) -> Sea {
        Sea(Arc::new(Mutex::new(Waters {
            seed,
            runs: 0,
            strangers: 0,
            git_tags: BTreeMap::new(),
            lines: BTreeMap::new(),
            claims: BTreeMap::new(),
            repositories: BTreeMap::new(),
            files: BTreeMap::new(),
            listed: BTreeMap::new(),
            beside: BTreeMap::new(),
            yanked_charts: BTreeSet::new(),
            hosts: BTreeSet::new(),
            texts: BTreeMap::new(),
            disks: BTreeMap::new(),
            passed: Duration::ZERO,
            late: Vec::new(),
            lags: Vec::new(),
            outages: BTreeMap::new(),
            unlisted: BTreeSet::new(),
            signing_down: false,
            veils: BTreeSet::new(),
            locks: false,
            lock_holder: None,
            weather: None,
            deleted: false,
            sets: Vec::new(),
            history: History::default(),
            pages: Vec::new(),
            deployments: Vec::new(),
            last_page: 0,
            latest_page: None,
            attestations: Vec::new(),
        })))
    }

    /// Now.
    pub fn now(&self) -> Moment {
        self.waters().now()
    }

    /// Lets time pass.
    pub fn wait(&self, time: Duration) {
        self.waters().passed += time;
    }

    /// A git tag on the remote as a run that begins now finds it; `None` if there is none.
    pub fn git_tag(&self, name: &str) -> Option<TagAt> {
        let name = GitTag(name.to_owned());
        let found = self.waters().git_tags.get(&name)?.clone();
        Some(TagAt { name, object: found.object, commit: found.commit, on_remote: true })
    }

    /// A claim; `None` if there is none.
    pub fn claim(&self, name: &ClaimName) -> Option<Claim> {
        self.waters().claims.get(name).map(|standing| Claim::clone(&standing.claim))
    }

    /// All claims.
    pub fn claims(&self) -> BTreeMap<ClaimName, Claim> {
        let waters = self.waters();
        waters.claims.iter().map(|(name, standing)| (name.clone(), Claim::clone(&standing.claim))).collect()
    }

    /// What a repository holds.
    pub fn repository(&self, name: &ImageRepository) -> Repository {
        self.waters().repositories.get(name).cloned().unwrap_or_default()
    }

    /// What an image tag points at; `None` if there is no such tag.
    pub fn tag(&self, repository: &ImageRepository, tag: &ImageTag) -> Option<Digest> {
        self.waters().repositories.get(repository)?.tag(tag).cloned()
    }

    /// Every tag that people see where something is released, with what it points at.
    pub fn visible_tags(&self) -> BTreeMap<(ImageRepository, ImageTag), Digest> {
        let waters = self.waters();
        let tags = waters.repositories.iter().flat_map(|(repository, held)| {
            held.tags().iter().map(|(tag, digest)| ((repository.clone(), tag.clone()), digest.clone()))
        });
        tags.filter(|((place, tag), _)| !is_hidden(tag) && !waters.hosts.contains(place)).collect()
    }

    /// Versions that chart repositories over HTTP mark as not to be used.
    pub fn yanked_charts(&self) -> BTreeSet<ListedVersion> {
        self.waters().yanked_charts.clone()
    }

    /// What chart repositories over HTTP list.
    pub fn listed_charts(&self) -> BTreeMap<ListedVersion, Digest> {
        self.waters().listed.clone()
    }

    /// The ledger's files.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        self.waters().files.clone()
    }

    /// Every set that was sealed anywhere, in the order of sealing.
    pub fn sets(&self) -> Vec<Seal> {
        self.waters().sets.clone()
    }

    pub(super) fn waters(&self) -> MutexGuard<'_, Waters> {
        self.0.lock().expect("no test goes on after a panic")
    }
}

/// True for tags that nobody looks for: holds, announcements, marks.
pub(super) fn is_hidden(tag: &ImageTag) -> bool {
    tag.as_str().starts_with("plimsoll-")
}

impl Waters {
    pub(super) fn now(&self) -> Moment {
        let seconds = i64::try_from(self.passed.as_secs()).expect("no test waits that long");
        Moment(BEGIN.0 + seconds)
    }

    pub(super) fn repository(&mut self, name: &ImageRepository) -> &mut Repository {
        self.repositories.entry(name.clone()).or_default()
    }

    /// Points an image tag at a manifest that is there; false if it is not.
    pub(super) fn point(
        &mut self,
        author: Author,
        repository: &ImageRepository,
        tag: &ImageTag,
        to: &Digest,
    ) -> bool {
        let held = self.repository(repository);
        if !held.manifests.contains_key(to) {
            return false;
        }
        let from = held.tags.insert(tag.clone(), to.clone());
        let (repository, tag, to) = (repository.clone(), tag.clone(), Some(to.clone()));
        self.note(author, Change::Tag { repository, tag, from, to });
        true
    }

    /// Compares and swaps a claim as git does: what stands there already is `up to date`, whatever was expected.
    pub(super) fn swap(&mut self, author: Author, request: SwapRequest) -> bool {
        let SwapRequest { name, expected, new, with_tag } = request;
        let now = self.claims.get(&name).map(|standing| &standing.id);
        if now.is_some() && now == new.as_ref().map(|standing| &standing.id) {
            return true;
        }
        let tag_stands = with_tag.is_none_or(|tag| {
            let object = self.git_tags.get(&tag.name).map(|found| &found.object);
            object == Some(&tag.object).filter(|_| tag.on_remote)
        });
        if now != expected.as_ref() || !tag_stands {
            return false;
        }
        let to = new.as_ref().map(|standing| standing.claim.clone());
        let from = match new {
            Some(standing) => self.claims.insert(name.clone(), standing),
            None => self.claims.remove(&name),
        };
        self.note(author, Change::Claim { name, from: from.map(|standing| standing.claim), to });
        true
    }
}
