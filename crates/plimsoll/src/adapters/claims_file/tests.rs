//! Claims in files, with threads and processes that race for them.

use std::sync::Mutex;

use futures_util::future::join_all;
use plimsoll_engine::domain::git::{GitLine, GitTag, Oid, TagAt};
use plimsoll_testkit::env::Environment;

use super::*;
use crate::adapters::rehearsed_tag::RehearsedTag;

/// Names the folder to the child processes of a race.
const RACE: &str = "PLIMSOLL_TEST_CLAIMS";

fn claims(folder: &Path) -> FileClaims {
    FileClaims::new(folder.to_owned(), Arc::new(RehearsedTag))
}

fn claim(version: &str) -> ClaimName {
    ClaimName { component: "app".parse().unwrap(), version: version.into() }
}

fn swap<'a>(name: &'a ClaimName, expected: Option<&'a ClaimId>, new: Option<&'a [u8]>) -> Swap<'a> {
    Swap { name, expected, new, with_tag: None }
}

#[tokio::test]
async fn a_claim_lives_and_ends() {
    let folder = tempfile::tempdir().unwrap();
    let claims = claims(&folder.path().join("claims"));
    let name = claim("1.0.0+build");
    assert_eq!(claims.read(&name).await.unwrap(), None);
    assert_eq!(claims.list(&name.component).await.unwrap(), []);
    let one = claims.swap(swap(&name, None, Some(b"one"))).await.unwrap().unwrap();
    assert!(matches!(claims.swap(swap(&name, None, Some(b"two"))).await, Err(WorldError::Refused)));
    let held = Held { id: one.clone(), bytes: b"one".to_vec() };
    assert_eq!(claims.read(&name).await.unwrap(), Some(held.clone()));
    assert_eq!(claims.list(&name.component).await.unwrap(), [("1.0.0+build".into(), held)]);
    let two = claims.swap(swap(&name, Some(&one), Some(b"two"))).await.unwrap().unwrap();
    assert!(matches!(claims.swap(swap(&name, Some(&one), None)).await, Err(WorldError::Refused)));
    assert_eq!(claims.swap(swap(&name, Some(&two), None)).await.unwrap(), None);
    assert_eq!(claims.read(&name).await.unwrap(), None);
    for version in ["", "../../x", "a/b", ".."] {
        let end = claims.swap(swap(&claim(version), None, Some(b"x"))).await;
        assert!(end.is_err(), "{version}");
    }
}

/// A tag that is looked at.
struct Tag(Mutex<TagNow>);

impl GitView for Tag {
    fn tag<'a>(&'a self, _tag: &'a TagAt) -> Work<'a, TagNow> {
        let now = self.0.lock().unwrap().clone();
        Box::pin(async move { Ok(now) })
    }

    fn line<'a>(&'a self, _line: &'a GitLine, until: &'a Oid) -> Work<'a, Vec<Oid>> {
        Box::pin(async move { Ok(vec![until.clone()]) })
    }

    fn find_tag<'a>(&'a self, _tag: &'a GitTag) -> Work<'a, Option<Oid>> {
        Box::pin(async { Ok(None) })
    }
}

#[tokio::test]
async fn a_leased_tag_must_stand() {
    let folder = tempfile::tempdir().unwrap();
    let tag = Arc::new(Tag(Mutex::new(TagNow::Gone)));
    let claims = FileClaims::new(folder.path().to_owned(), tag.clone());
    let oid: plimsoll_engine::domain::git::Oid = "0123456789012345678901234567890123456789".parse().unwrap();
    let at = TagAt { name: GitTag("v1".into()), object: oid.clone(), commit: oid, on_remote: false };
    let name = claim("1.0.0");
    let create = Swap { with_tag: Some(&at), ..swap(&name, None, Some(b"x")) };
    assert!(matches!(claims.swap(create).await, Err(WorldError::Refused)));
    assert_eq!(claims.read(&name).await.unwrap(), None);
    *tag.0.lock().unwrap() = TagNow::Same;
    claims.swap(create).await.unwrap();
}

/// Adds one to the number in the claim, `times` times, and again whenever somebody else was first.
async fn count_up(folder: &Path, times: u32) {
    let (claims, name) = (claims(folder), claim("1.0.0"));
    for _ in 0..times {
        loop {
            let there = claims.read(&name).await.unwrap();
            let number: u32 = there.as_ref().map_or(0, |held| {
                String::from_utf8(held.bytes.clone()).unwrap().parse().expect("no reader sees half a claim")
            });
            let next = (number + 1).to_string();
            match claims.swap(swap(&name, there.as_ref().map(|held| &held.id), Some(next.as_bytes()))).await {
                Ok(_) => break,
                Err(WorldError::Refused) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }
}

async fn number(folder: &Path) -> String {
    String::from_utf8(claims(folder).read(&claim("1.0.0")).await.unwrap().unwrap().bytes).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn eight_threads_lose_no_update() {
    let folder = tempfile::tempdir().unwrap();
    let tasks = (0..8).map(|_| {
        let folder = folder.path().to_owned();
        tokio::spawn(async move { count_up(&folder, 20).await })
    });
    for end in join_all(tasks).await {
        end.unwrap();
    }
    assert_eq!(number(folder.path()).await, "160");
}

/// What each process of the race does; without a race it does nothing.
#[tokio::test]
async fn one_process_of_a_race() {
    if let Some(folder) = std::env::var_os(RACE) {
        count_up(Path::new(&folder), 20).await;
    }
}

#[tokio::test]
async fn eight_processes_lose_no_update() {
    let environment = Environment::new();
    let folder = environment.folder("claims");
    let this = std::env::current_exe().unwrap();
    let test = "adapters::claims_file::tests::one_process_of_a_race";
    let start = || environment.command(&this).args([test, "--exact"]).set(RACE, &folder).start();
    let children: Vec<_> = (0..8).map(|_| start()).collect();
    for child in children {
        child.wait().expect_success();
    }
    assert_eq!(number(&folder).await, "160");
}
