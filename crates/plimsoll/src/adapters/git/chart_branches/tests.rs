//! An index that others push to as well.

use futures_util::future::join_all;
use plimsoll_engine::domain::time::Moment;
use plimsoll_helm::chart::{Chart, ChartFile};
use plimsoll_helm::package::package;
use plimsoll_testkit::env::Environment;
use plimsoll_testkit::repo::Repo;

use super::*;
use crate::adapters::git::tests::open;

fn packed(version: &str, text: &str) -> Vec<u8> {
    let yaml = format!("apiVersion: v2\nname: app\nversion: {version}\n");
    let files = [("Chart.yaml", yaml.as_str()), ("values.yaml", text)];
    let files = files.map(|(path, text)| ChartFile { path: path.into(), bytes: text.as_bytes().to_vec() });
    package(&Chart::from_files(files.to_vec()).unwrap(), 0).unwrap().1
}

fn version(version: &str) -> ListedVersion {
    ListedVersion { branch: "gh-pages".into(), chart: "app".into(), version: version.into() }
}

async fn pages(repo: &Repo) -> ChartBranches {
    let repository = open(repo).await;
    let remote = repository.read_remote(None).await.unwrap();
    ChartBranches::new(repository, remote)
}

/// A remote with a branch of pages, or without, and clones of it.
fn scene(index: Option<&str>, clones: usize) -> (Repo, Vec<Repo>) {
    let environment = Environment::new();
    let remote = Repo::bare(&environment, "remote");
    let first = Repo::init(&environment, "first");
    first.write("file", "x").commit("first");
    first.remote("origin", &remote.url()).push("origin", ["main"]);
    if let Some(index) = index {
        first.git(["checkout", "--quiet", "--orphan", "gh-pages"]);
        first.write("index.yaml", index).write("artifacthub-repo.yml", "owners: []\n");
        first.commit("pages");
        first.push("origin", ["gh-pages"]);
    }
    let clone = |number: usize| Repo::clone_of(&environment, remote.url(), &format!("clone-{number}"), []);
    let clones = (0..clones).map(clone).collect();
    (remote, clones)
}

#[tokio::test]
async fn of_ten_publishers_at_once_none_is_lost() {
    let (remote, clones) = scene(None, 10);
    let writes = clones.iter().enumerate().map(|(number, clone)| async move {
        let (version, pages) = (version(&format!("1.{number}.0")), pages(clone).await);
        let package = packed(&version.version, "a: b\n");
        pages
            .list(Listing {
                version: &version,
                package: &package,
                provenance: None,
                url: None,
                time: Moment(0),
            })
            .await
    });
    for written in join_all(writes).await {
        written.unwrap();
    }
    let index = remote.git(["show", "gh-pages:index.yaml"]);
    let files = remote.git(["ls-tree", "-r", "--name-only", "gh-pages"]);
    for number in 0..10 {
        assert!(index.contains(&format!("version: 1.{number}.0\n")), "{index}");
        assert!(files.lines().any(|file| file == format!("app-1.{number}.0.tgz")), "{files}");
    }
    assert_eq!(remote.git(["rev-list", "--count", "gh-pages"]), "10");
}

#[tokio::test]
async fn what_others_put_there_stays_and_a_version_is_listed_once() {
    let old = "apiVersion: v1\nentries:\n  other: # theirs\n  - name: other\n    version: 0.1.0\n    strange: true\n    urls: [other.tgz]\ngenerated: \"2020-01-01T00:00:00Z\"\n";
    let (remote, clones) = scene(Some(old), 1);
    let (pages, version) = (pages(&clones[0]).await, version("1.0.0"));
    assert_eq!(pages.find(&version).await.unwrap(), None);
    let package = packed("1.0.0", "a: b\n");
    let listing =
        Listing { version: &version, package: &package, provenance: None, url: None, time: Moment(0) };
    pages.list(listing).await.unwrap();
    let whole = |package: &[u8]| StandingChart {
        package: Digest::of(package),
        beside: Some(Beside { package: Some(Digest::of(package)), provenance: None }),
    };
    assert_eq!(pages.find(&version).await.unwrap(), Some(whole(&package)));
    let index = remote.git(["show", "gh-pages:index.yaml"]);
    assert!(
        index.contains("other: # theirs\n  - name: other\n    version: 0.1.0\n    strange: true"),
        "{index}"
    );
    assert!(index.contains("urls:\n    - app-1.0.0.tgz\n"), "{index}");
    assert_eq!(remote.git(["show", "gh-pages:artifacthub-repo.yml"]), "owners: []");
    let tip = remote.resolve("gh-pages");
    pages.list(listing).await.unwrap();
    assert_eq!(remote.resolve("gh-pages"), tip, "what is listed is not committed again");
    let other = packed("1.0.0", "a: c\n");
    let refused = pages.list(Listing { package: &other, ..listing }).await.unwrap_err();
    assert!(matches!(refused, WorldError::Refused), "{refused}");
    assert_eq!(remote.resolve("gh-pages"), tip);
}

/// Somebody tidies the branch, or moves packages elsewhere and says so in the index.
#[tokio::test]
async fn what_the_index_names_beside_it_is_looked_for_and_put_back() {
    let (remote, clones) = scene(None, 1);
    let (pages, version) = (pages(&clones[0]).await, version("1.0.0"));
    let package = packed("1.0.0", "a: b\n");
    let listing = Listing {
        version: &version,
        package: &package,
        provenance: Some(b"signed"),
        url: None,
        time: Moment(0),
    };
    pages.list(listing).await.unwrap();
    let whole = remote.git(["rev-parse", "gh-pages^{tree}"]);
    let clone = &clones[0];
    let tidy = |edit: &dyn Fn()| {
        clone.git(["fetch", "--quiet", "origin", "gh-pages"]);
        clone.git(["checkout", "--quiet", "--detach", "FETCH_HEAD"]);
        edit();
        clone.commit("tidy");
        clone.push("origin", ["HEAD:refs/heads/gh-pages"]);
    };
    let found = async || pages.find(&version).await.unwrap().unwrap();
    let sums = (Digest::of(&package), Digest::of(b"signed"));
    assert!(!found().await.lacks(&sums.0, Some(&sums.1)));
    for file in ["app-1.0.0.tgz", "app-1.0.0.tgz.prov"] {
        let edits: [&dyn Fn(); 2] = [
            &|| {
                clone.git(["rm", "--quiet", file]);
            },
            &|| {
                clone.write(file, "other");
            },
        ];
        for edit in edits {
            tidy(edit);
            assert!(found().await.lacks(&sums.0, Some(&sums.1)), "{file}");
            pages.list(listing).await.unwrap();
            assert_eq!(remote.git(["rev-parse", "gh-pages^{tree}"]), whole, "{file}");
        }
    }
    tidy(&|| {
        let index = remote.git(["show", "gh-pages:index.yaml"]);
        clone.write("index.yaml", index.replace("- app-1.0.0.tgz", "- https://e.example/app-1.0.0.tgz"));
        clone.git(["rm", "--quiet", "app-1.0.0.tgz", "app-1.0.0.tgz.prov"]);
    });
    assert_eq!(found().await.beside, None);
    let tip = remote.resolve("gh-pages");
    pages.list(listing).await.unwrap();
    assert_eq!(remote.resolve("gh-pages"), tip, "it lies elsewhere");
}
