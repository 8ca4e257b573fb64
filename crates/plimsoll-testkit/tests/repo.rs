//! Repositories made by the `git` program.

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::repo::Repo;

#[test]
fn the_same_steps_give_the_same_ids_on_every_machine() {
    let make = || {
        let environment = Environment::new();
        let repo = Repo::init(&environment, "app");
        let first = repo.write("src/main.rs", "fn main() {}\n").commit("first");
        let tag = repo.annotated_tag("v1.0.0");
        let second = repo.remove("src/main.rs").commit("second");
        (first, tag, second)
    };
    let (first, tag, second) = make();
    assert_eq!((first.clone(), tag.clone(), second.clone()), make());
    assert_ne!(first, second);
    assert_ne!(first, tag);
}

#[test]
fn tags_branches_and_remotes_are_real() {
    let environment = Environment::new();
    let remote = Repo::bare(&environment, "remote.git");
    let repo = Repo::init(&environment, "app");
    let first = repo.write("VERSION", "1.0.0\n").commit("first");
    let object = repo.annotated_tag("v1.0.0");
    repo.lightweight_tag("light").branch("next").write("VERSION", "1.1.0\n").commit("second");
    repo.remote("origin", &remote.url()).push("origin", ["main", "next", "v1.0.0", "light"]);
    assert_eq!(remote.resolve("refs/tags/v1.0.0"), object);
    assert_eq!(remote.resolve("v1.0.0^{commit}"), first);
    assert_eq!(remote.resolve("light"), first);
    assert_eq!(repo.switch("main").head(), first);

    let other = Environment::new();
    let clone = Repo::clone_of(&other, remote.url(), "clone", ["--depth=1", "--branch=next"]);
    assert_eq!(clone.git(["rev-parse", "--is-shallow-repository"]), "true");
    assert_eq!(clone.git(["log", "--format=%s %ct"]), format!("second {}", plimsoll_testkit::env::NOW + 120));
    assert_eq!(clone.try_git(["rev-parse", "--verify", "--quiet", "nothing"]).code(), Some(1));
}
