//! Claims on real remotes.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use plimsoll_engine::domain::git::GitTag;
use plimsoll_testkit::env::Environment;
use plimsoll_testkit::repo::Repo;
use proptest::prelude::*;

use super::*;
use crate::adapters::git::tests::{open, write_script};

struct Scene {
    environment: Environment,
    origin: Repo,
    repo: Repo,
}

/// A repository with the tag `v1.0.0`, pushed to a bare remote over `file://`.
fn scene() -> Scene {
    let environment = Environment::new();
    let (origin, repo) = (Repo::bare(&environment, "origin.git"), Repo::init(&environment, "repo"));
    repo.remote("origin", &origin.url());
    repo.write("f", "1").commit("1");
    repo.annotated_tag("v1.0.0");
    repo.push("origin", ["main", "v1.0.0"]);
    Scene { environment, origin, repo }
}

/// Claims as one more machine sees them.
async fn claims(repo: &Repo) -> GitClaims {
    let repository = open(repo).await;
    let remote = repository.read_remote(None).await.unwrap();
    GitClaims::new(repository, remote)
}

fn claim(version: &str) -> ClaimName {
    ClaimName { component: "app".parse().unwrap(), version: version.into() }
}

fn swap<'a>(name: &'a ClaimName, expected: Option<&'a ClaimId>, new: Option<&'a [u8]>) -> Swap<'a> {
    Swap { name, expected, new, with_tag: None }
}

fn tag_at(repo: &Repo, on_remote: bool) -> TagAt {
    TagAt {
        name: GitTag("v1.0.0".into()),
        object: repo.resolve("refs/tags/v1.0.0").parse().unwrap(),
        commit: repo.head().parse().unwrap(),
        on_remote,
    }
}

#[tokio::test]
async fn a_claim_lives_and_ends() {
    let Scene { origin, repo, .. } = scene();
    let claims = claims(&repo).await;
    let name = claim("1.0.0");
    assert_eq!(claims.read(&name).await.unwrap(), None);
    let one = claims.swap(swap(&name, None, Some(b"one\n"))).await.unwrap().unwrap();
    assert_eq!(one.0, origin.resolve("refs/plimsoll/claims/app/1.0.0"));
    assert_eq!(claims.read(&name).await.unwrap(), Some(Held { id: one.clone(), bytes: b"one\n".to_vec() }));
    let two = claims.swap(swap(&name, Some(&one), Some(b"two\n"))).await.unwrap().unwrap();
    assert_eq!(claims.read(&name).await.unwrap(), Some(Held { id: two.clone(), bytes: b"two\n".to_vec() }));
    let late = claims.swap(swap(&name, Some(&one), Some(b"three\n"))).await;
    assert!(matches!(late, Err(WorldError::Refused)), "{late:?}");
    let created = claims.swap(swap(&name, None, Some(b"three\n"))).await;
    assert!(matches!(created, Err(WorldError::Refused)), "{created:?}");
    let removed = claims.swap(swap(&name, Some(&one), None)).await;
    assert!(matches!(removed, Err(WorldError::Refused)), "{removed:?}");
    assert_eq!(claims.swap(swap(&name, Some(&two), None)).await.unwrap(), None);
    assert_eq!(claims.read(&name).await.unwrap(), None);
    let again = claims.swap(swap(&name, Some(&two), None)).await;
    assert!(matches!(again, Err(WorldError::Refused)), "{again:?}");
    let foreign = ClaimId("sha256:abc".into());
    let foreign = claims.swap(swap(&name, Some(&foreign), Some(b"x"))).await;
    assert!(matches!(foreign, Err(WorldError::Refused)), "{foreign:?}");
}

/// The reply to a push was lost and the same bytes are sent again: git calls that up to date, whoever wrote them. It is
/// for the caller to look, and what stands there is what was sent.
#[tokio::test]
async fn bytes_that_stand_already_are_nobodys_success() {
    let Scene { repo, .. } = scene();
    let (a, b) = (claims(&repo).await, claims(&repo).await);
    let name = claim("1.0.0");
    let id = a.swap(swap(&name, None, Some(b"mine\n"))).await.unwrap().unwrap();
    for claims in [&a, &b] {
        let again = claims.swap(swap(&name, None, Some(b"mine\n"))).await;
        assert!(matches!(again, Err(WorldError::Refused)), "{again:?}");
        assert_eq!(claims.read(&name).await.unwrap().unwrap().id, id);
    }
}

#[tokio::test]
async fn neighbours_are_not_mistaken_for_one_another() {
    let Scene { repo, .. } = scene();
    let claims = claims(&repo).await;
    for version in ["1.0.0-rc.1", "1.0.0+build", "1.0.01", "1!1.0"] {
        claims.swap(swap(&claim(version), None, Some(version.as_bytes()))).await.unwrap();
    }
    assert_eq!(claims.read(&claim("1.0.0")).await.unwrap(), None);
    assert_eq!(claims.read(&claim("1.0.0+build")).await.unwrap().unwrap().bytes, b"1.0.0+build");
    let other = ClaimName { component: "app-x".parse().unwrap(), version: "1.0.0".into() };
    claims.swap(swap(&other, None, Some(b"other"))).await.unwrap();
    let list = claims.list(&claim("").component).await.unwrap();
    let found: BTreeSet<_> =
        list.iter().map(|(version, held)| (version.as_str(), held.bytes.as_slice())).collect();
    let want = ["1.0.0-rc.1", "1.0.0+build", "1.0.01", "1!1.0"].map(|version| (version, version.as_bytes()));
    assert_eq!(found, BTreeSet::from(want));
    let none = claims.list(&"nothing".parse().unwrap()).await.unwrap();
    assert_eq!(none, []);
}

#[tokio::test]
async fn a_neighbour_that_is_no_claim_stops_nobody() {
    let Scene { repo, .. } = scene();
    let claims = claims(&repo).await;
    repo.push("origin", ["HEAD:refs/plimsoll/claims/app/1.0.0-rc.1"]);
    assert_eq!(claims.read(&claim("1.0.0")).await.unwrap(), None);
    let id = claims.swap(swap(&claim("1.0.0"), None, Some(b"one"))).await.unwrap();
    assert_eq!(claims.read(&claim("1.0.0")).await.unwrap().map(|held| held.id), id);
    assert!(claims.read(&claim("1.0.0-rc.1")).await.is_err(), "by its own name it is judged");
    assert!(claims.list(&claim("").component).await.is_err());
}

#[tokio::test]
async fn a_version_that_can_be_no_ref_is_refused() {
    let Scene { repo, .. } = scene();
    let claims = claims(&repo).await;
    for version in ["1.0.0-a.lock", "1 0", "", "*", "a..b", "x:refs/heads/main"] {
        assert!(claims.read(&claim(version)).await.is_err(), "{version}");
        assert!(claims.swap(swap(&claim(version), None, Some(b"x"))).await.is_err(), "{version}");
    }
}

/// Twenty machines create and then update one claim: exactly one of them does it, the others are refused.
#[tokio::test(flavor = "multi_thread")]
async fn of_twenty_one_wins() {
    let Scene { repo, .. } = scene();
    let machines = join_all((0..20).map(|_| claims(&repo))).await;
    let name = claim("1.0.0");
    let mut expected = None;
    for round in 0..3 {
        let bytes: Vec<String> = (0..20).map(|machine| format!("{round} {machine}\n")).collect();
        let pushes = machines.iter().zip(&bytes);
        let expecting = expected.as_ref();
        let ends = join_all(
            pushes.map(|(machine, bytes)| machine.swap(swap(&name, expecting, Some(bytes.as_bytes())))),
        )
        .await;
        let winners: Vec<usize> = (0..20).filter(|machine| ends[*machine].is_ok()).collect();
        assert_eq!(winners.len(), 1, "round {round}: {ends:?}");
        for end in ends.iter().filter(|end| end.is_err()) {
            assert!(matches!(end, Err(WorldError::Refused)), "{end:?}");
        }
        let held = machines[0].read(&name).await.unwrap().unwrap();
        assert_eq!(held.bytes, bytes[winners[0]].as_bytes());
        expected = Some(held.id);
    }
}

#[tokio::test]
async fn a_claim_is_not_committed_for_a_tag_that_moved() {
    let Scene { repo, origin, .. } = scene();
    let claims = claims(&repo).await;
    let (name, tag) = (claim("1.0.0"), tag_at(&repo, true));
    let sealed = claims.swap(swap(&name, None, Some(b"sealed"))).await.unwrap().unwrap();
    let commit = Swap { with_tag: Some(&tag), ..swap(&name, Some(&sealed), Some(b"committed")) };
    repo.write("f", "2").commit("2");
    repo.git(["tag", "--force", "--annotate", "-m", "again", "v1.0.0"]);
    repo.push("origin", ["+v1.0.0"]);
    let moved = origin.resolve("refs/tags/v1.0.0");
    let refused = claims.swap(commit).await;
    assert!(matches!(refused, Err(WorldError::Refused)), "{refused:?}");
    assert_eq!(claims.read(&name).await.unwrap().unwrap().id, sealed);
    assert_eq!(origin.resolve("refs/tags/v1.0.0"), moved, "the tag is not forced back");
    repo.push("origin", [":v1.0.0"]);
    assert!(matches!(claims.swap(commit).await, Err(WorldError::Refused)));
    assert_eq!(origin.git(["tag"]), "", "the tag is not made again");
    repo.git(["push", "--quiet", "origin", &format!("{}:refs/tags/v1.0.0", tag.object)]);
    let done = claims.swap(commit).await.unwrap().unwrap();
    assert_eq!(claims.read(&name).await.unwrap().unwrap(), Held { id: done, bytes: b"committed".to_vec() });
}

#[tokio::test]
async fn a_tag_of_this_clone_alone_must_not_have_come_to_the_remote() {
    let Scene { repo, origin, .. } = scene();
    let claims = claims(&repo).await;
    repo.push("origin", [":v1.0.0"]);
    let (name, tag) = (claim("1.0.0"), tag_at(&repo, false));
    let create = Swap { with_tag: Some(&tag), ..swap(&name, None, Some(b"committed")) };
    repo.git(["push", "--quiet", "origin", "HEAD:refs/tags/v1.0.0"]);
    assert!(matches!(claims.swap(create).await, Err(WorldError::Refused)));
    repo.push("origin", [":v1.0.0"]);
    claims.swap(create).await.unwrap();
    assert_eq!(origin.git(["tag"]), "");
}

#[tokio::test]
async fn works_from_a_shallow_clone_without_the_tag() {
    let Scene { environment, origin, repo } = scene();
    let tag = tag_at(&repo, true);
    repo.write("f", "2").commit("2");
    repo.push("origin", ["main"]);
    let clone = Repo::clone_of(&environment, origin.url(), "clone", ["--depth=1", "--no-tags"]);
    let claims = claims(&clone).await;
    let name = claim("1.0.0");
    let one = claims.swap(swap(&name, None, Some(b"one"))).await.unwrap().unwrap();
    let commit = Swap { with_tag: Some(&tag), ..swap(&name, Some(&one), Some(b"two")) };
    claims.swap(commit).await.unwrap();
    assert_eq!(claims.read(&name).await.unwrap().unwrap().bytes, b"two");
    assert_eq!(origin.resolve("refs/tags/v1.0.0"), tag.object.as_str());
}

#[tokio::test]
async fn troubles_are_told_apart() {
    let Scene { repo, origin, .. } = scene();
    let claims = claims(&repo).await;
    let name = claim("1.0.0");
    let hook = origin.path().join("hooks/pre-receive");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    write_script(&hook, "echo claims are for admins; exit 1");
    let vetoed = claims.swap(swap(&name, None, Some(b"x"))).await.unwrap_err();
    let WorldError::Git(GitError::Denied { why, .. }) = vetoed else { panic!("{vetoed}") };
    assert_eq!(why, "[remote rejected] (pre-receive hook declined): claims are for admins");
    std::fs::remove_file(hook).unwrap();
    origin.git(["update-ref", "refs/plimsoll/claims/app/1.0.0", &repo.resolve("HEAD:f")]);
    assert_eq!(claims.read(&name).await.unwrap().unwrap().bytes, b"1");
    origin.git(["config", "receive.hideRefs", "refs/plimsoll"]);
    let hidden = claims.swap(swap(&claim("2.0.0"), None, Some(b"x"))).await.unwrap_err();
    assert!(matches!(hidden, WorldError::Git(GitError::Denied { .. })), "{hidden}");
    std::fs::rename(origin.path(), origin.path().with_extension("away")).unwrap();
    let away = claims.read(&name).await.unwrap_err();
    assert!(matches!(away, WorldError::Git(GitError::Unreachable { .. })), "{away}");
    let away = claims.swap(swap(&name, None, Some(b"x"))).await.unwrap_err();
    assert!(away.is_temporary(), "{away}");
}

#[tokio::test]
async fn what_is_no_claim_is_not_read_as_one() {
    let Scene { repo, origin, .. } = scene();
    let claims = claims(&repo).await;
    let commit = origin.resolve("refs/heads/main");
    origin.git(["update-ref", "refs/plimsoll/claims/app/1.0.0", &commit]);
    let error = claims.read(&claim("1.0.0")).await.unwrap_err();
    assert!(error.to_string().contains("a claim is a blob"), "{error}");
    let large = repo.environment().root().join("large");
    std::fs::write(&large, vec![b'x'; 2 * 1024 * 1024]).unwrap();
    let blob = origin.git(["hash-object", "-w", large.to_str().unwrap()]);
    origin.git(["update-ref", "refs/plimsoll/claims/app/1.0.0", &blob]);
    let error = claims.read(&claim("1.0.0")).await.unwrap_err();
    assert!(error.to_string().contains("larger than any claim"), "{error}");
}

/// Neither hooks of the user nor settings of theirs have a say, and nothing of theirs changes.
#[tokio::test]
async fn the_users_repository_stays_as_it_is() {
    let Scene { repo, .. } = scene();
    let hooks = repo.environment().folder("hooks");
    let hook = hooks.join("pre-push");
    write_script(&hook, "exit 1");
    repo.git(["config", "--global", "core.hooksPath", hooks.to_str().unwrap()]);
    repo.git(["config", "--global", "push.followTags", "true"]);
    repo.git(["config", "--global", "push.gpgSign", "true"]);
    repo.git(["config", "--global", "fetch.prune", "true"]);
    let before = (repo.git(["show-ref", "--head"]), repo.git(["count-objects", "-v"]));
    let claims = claims(&repo).await;
    let name = claim("1.0.0");
    let id = claims.swap(swap(&name, None, Some(b"x"))).await.unwrap().unwrap();
    claims.read(&name).await.unwrap();
    claims.swap(swap(&name, Some(&id), None)).await.unwrap();
    assert_eq!((repo.git(["show-ref", "--head"]), repo.git(["count-objects", "-v"])), before);
    assert!(!repo.path().join(".git/FETCH_HEAD").exists());
}

proptest! {
    #[test]
    fn takes_blobs_apart(blobs in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..5)) {
        let oid: Oid = "0123456789012345678901234567890123456789".parse().unwrap();
        let mut printed = Vec::new();
        for blob in &blobs {
            printed.extend(format!("{oid} blob {}\n", blob.len()).bytes());
            printed.extend(blob);
            printed.push(b'\n');
        }
        let mut rest = printed.as_slice();
        for blob in &blobs {
            let (bytes, after) = split_blob(rest, &oid).unwrap();
            prop_assert_eq!(bytes, blob.as_slice());
            rest = after;
        }
        prop_assert!(rest.is_empty() && split_blob(rest, &oid).is_none());
    }

    #[test]
    fn never_panics(printed: Vec<u8>, line: String) {
        let oid: Oid = "0123456789012345678901234567890123456789".parse().unwrap();
        let _ = (split_blob(&printed, &oid), parse_listed(&line));
    }
}

#[test]
fn many_claims_are_asked_for_in_parts() {
    let listed = |size| Listed { oid: "ab".repeat(20).parse().unwrap(), size, name: String::new() };
    let parts = |sizes: Vec<u64>| -> Vec<usize> {
        batches(sizes.into_iter().map(listed).collect()).iter().map(Vec::len).collect()
    };
    assert_eq!(parts(vec![]), [0; 0]);
    assert_eq!(parts(vec![1, 2, 3]), [3]);
    assert_eq!(parts(vec![CLAIM_LIMIT; 70]), [32, 32, 6]);
    assert_eq!(parts(vec![BATCH_LIMIT, 1, BATCH_LIMIT]), [1, 1, 1]);
}
