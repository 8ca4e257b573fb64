//! Charts that a chart needs: fetched as the lock names them, from repositories over HTTP, registries and folders.

use plimsoll_oci::name::Digest;
use plimsoll_testkit::fault_registry::{FaultRegistry, Habits};
use plimsoll_testkit::static_files::{Mischief, StaticFiles};
use plimsoll_testkit::tools;

use crate::scene::{CONFIG, Scene};

const LINE: &str = "chart dependencies deploy";

/// Packages `base` 1.2.0 into `pages/`, lists it there, and serves it.
fn pages(scene: &Scene) -> StaticFiles {
    scene.repo.write("base/Chart.yaml", "apiVersion: v2\nname: base\nversion: 1.2.0\n");
    scene.repo.write("base/values.yaml", "a: 1\n");
    scene.repo.write("base/templates/a.yaml", "kind: ConfigMap\n");
    scene.run("chart package base --destination pages").expect_success();
    scene.run("chart index merge pages/index.yaml pages/base-1.2.0.tgz").expect_success();
    StaticFiles::serve(scene.repo.path().join("pages"))
}

/// A chart that needs `base`, locked to 1.2.0 of this repository.
fn locked(scene: &Scene, repository: &str) {
    let needs =
        |version: &str| format!(r#"{{"name":"base","version":"{version}","repository":"{repository}"}}"#);
    // As Go writes JSON.
    let digest = Digest::of(format!("[[{}],[{}]]", needs("~1.2"), needs("1.2.0")).as_bytes());
    let list = |version: &str| {
        format!("dependencies:\n- name: base\n  repository: \"{repository}\"\n  version: {version}\n")
    };
    scene.repo.write(
        "deploy/Chart.yaml",
        format!("apiVersion: v2\nname: app\nversion: 0.1.0\nappVersion: none\n{}", list("~1.2")),
    );
    scene.repo.write("deploy/values.yaml", "image: { digest: \"\" }\n");
    scene.repo.write("deploy/templates/a.yaml", "image: {{ .Values.image.digest }}\n");
    let lock = format!("{}digest: {digest}\ngenerated: \"2026-01-02T03:04:05Z\"\n", list("1.2.0"));
    scene.repo.write("deploy/Chart.lock", lock);
}

#[test]
fn what_a_lock_names_comes_from_a_repository_over_http_and_stays() {
    let scene = Scene::empty();
    let server = pages(&scene);
    locked(&scene, &server.url());
    let first = scene.json(LINE);
    let digest = Digest::of(&scene.read_bytes("pages/base-1.2.0.tgz")).to_string();
    let base = &first["dependencies"][0];
    assert_eq!(
        (&base["name"], &base["version"], &base["outcome"]),
        (&"base".into(), &"1.2.0".into(), &"fetched".into())
    );
    assert_eq!(base["digest"].as_str(), Some(digest.as_str()));
    assert_eq!(scene.read_bytes("deploy/charts/base-1.2.0.tgz"), scene.read_bytes("pages/base-1.2.0.tgz"));
    assert_eq!(scene.json(LINE)["dependencies"][0]["outcome"], "present");
    assert_eq!(scene.run("chart package deploy").expect_success().code(), Some(0));
}

#[test]
fn what_a_lock_names_comes_from_a_registry_and_from_a_folder() {
    let scene = Scene::empty();
    let _server = pages(&scene);
    let registry = FaultRegistry::start(Habits::default());
    let namespace = format!("{}/charts", registry.address());
    scene.run(&format!("chart publish pages/base-1.2.0.tgz {namespace}")).expect_success();
    locked(&scene, &format!("oci://{namespace}"));
    scene.run(LINE).expect_success();
    assert_eq!(scene.read_bytes("deploy/charts/base-1.2.0.tgz"), scene.read_bytes("pages/base-1.2.0.tgz"));
    std::fs::remove_dir_all(scene.repo.path().join("deploy/charts")).unwrap();
    locked(&scene, "file://../base");
    scene.run(LINE).expect_success();
    assert!(scene.has("deploy/charts/base-1.2.0.tgz"));
}

#[test]
fn a_repository_that_lies_or_lacks_or_is_down_is_named() {
    let scene = Scene::empty();
    let server = pages(&scene);
    locked(&scene, &server.url());
    let lock = scene.read("deploy/Chart.lock");
    scene.repo.write("deploy/Chart.lock", lock.replace("sha256:", "sha256:0"));
    assert_eq!(scene.error(LINE), ("chart-invalid".to_owned(), Some(2)), "a lock of other dependencies");
    scene.repo.write("deploy/Chart.lock", lock);
    server.lie("base-1.2.0.tgz", b"something else");
    assert_eq!(scene.error(LINE), ("content-lies".to_owned(), Some(6)));
    assert!(!scene.has("deploy/charts"), "nothing is written");
    server.lie("index.yaml", b"apiVersion: v1\nentries:\n  base: []\n");
    let absent = scene.run(LINE).expect_code(2);
    assert!(absent.stderr().contains("base 1.2.0 is not there"), "{}", absent.stderr());
    locked(&scene, "http://127.0.0.1:1");
    assert_eq!(scene.error(LINE), ("registry-unreachable".to_owned(), Some(8)));
    locked(&scene, "@nowhere");
    let unknown = scene.run(LINE).expect_code(2);
    assert!(unknown.stderr().contains("helm repo add nowhere"), "{}", unknown.stderr());
}

#[test]
fn each_index_is_read_once() {
    let scene = Scene::empty();
    let server = pages(&scene);
    scene.repo.write("more/Chart.yaml", "apiVersion: v2\nname: more\nversion: 0.3.0\n");
    scene.run("chart package more --destination pages").expect_success();
    scene.run("chart index merge pages/index.yaml pages/more-0.3.0.tgz").expect_success();
    let needs = [("base", "1.2.0"), ("more", "0.3.0")].map(|(name, version)| {
        let go = format!(r#"{{"name":"{name}","version":"{version}","repository":"{}"}}"#, server.url());
        (go, format!("- name: {name}\n  repository: \"{}\"\n  version: {version}\n", server.url()))
    });
    let go = needs.each_ref().map(|(go, _)| go.as_str()).join(",");
    let list = needs.each_ref().map(|(_, list)| list.as_str()).concat();
    let digest = Digest::of(format!("[[{go}],[{go}]]").as_bytes());
    let chart = format!("apiVersion: v2\nname: app\nversion: 0.1.0\ndependencies:\n{list}");
    scene.repo.write("deploy/Chart.yaml", chart);
    let lock = format!("dependencies:\n{list}digest: {digest}\ngenerated: \"2026-01-02T03:04:05Z\"\n");
    scene.repo.write("deploy/Chart.lock", lock);
    scene.run(LINE).expect_success();
    assert_eq!(server.logins().len(), 3, "an index and two packages");
    assert!(scene.has("deploy/charts/base-1.2.0.tgz") && scene.has("deploy/charts/more-0.3.0.tgz"));
}

#[test]
fn whatever_a_repository_does_instead_of_answering_has_its_error() {
    // What is done, with which file, how that ends, and what is said of it.
    let bad = [
        ("index.yaml", Mischief::Refuses("500 Internal Server Error"), ("registry-unreachable", 8), "500"),
        ("base-1.2.0.tgz", Mischief::Refuses("503 Service Unavailable"), ("registry-unreachable", 8), "503"),
        (
            "base-1.2.0.tgz",
            Mischief::Refuses("404 Not Found"),
            ("chart-invalid", 2),
            "base-1.2.0.tgz is not there",
        ),
        ("base-1.2.0.tgz", Mischief::Refuses("403 Forbidden"), ("registry-unauthorized", 4), "403"),
        ("index.yaml", Mischief::NeverEnds, ("chart-invalid", 2), "sends more than"),
        ("base-1.2.0.tgz", Mischief::NeverEnds, ("chart-invalid", 2), "sends more than"),
    ];
    for (file, mischief, (code, exit), said) in bad {
        let scene = Scene::empty();
        let server = pages(&scene);
        locked(&scene, &server.url());
        server.misbehave(file, mischief.clone());
        let ended = scene.run(&format!("{LINE} -o json"));
        assert_eq!(ended.code(), Some(exit), "{mischief:?} of {file}: {}", ended.stdout());
        assert!(ended.stdout().contains(&format!("\"{code}\"")), "{mischief:?}: {}", ended.stdout());
        assert!(ended.stdout().contains(said), "{mischief:?} of {file}: {}", ended.stdout());
        assert!(!scene.has("deploy/charts"), "nothing is written");
    }
    for (text, said) in [
        ("<!DOCTYPE html>\n<html></html>\n", "it is a web page, and no index"),
        ("\u{feff}- a\n- b\n", "index.yaml"),
        (
            "entries: { base: [ {version: 1.2.0, urls: [base-1.2.0.tgz]} ] }\n",
            "has no digest to compare with",
        ),
    ] {
        let scene = Scene::empty();
        let server = pages(&scene);
        locked(&scene, &server.url());
        server.lie("index.yaml", text.as_bytes());
        let ended = scene.run(LINE).expect_code(2);
        assert!(ended.stderr().contains(said), "{text}: {}", ended.stderr());
    }
}

#[test]
fn a_login_does_not_follow_to_where_a_repository_sends() {
    let scene = Scene::empty();
    let server = pages(&scene);
    let elsewhere = StaticFiles::serve(scene.repo.path().join("pages"));
    locked(&scene, &server.url());
    server.demand("Basic aGFyYm91cjpzM2NyZXQ=");
    let known = format!(
        "repositories:\n- name: mine\n  url: {}\n  username: harbour\n  password: s3cret\n",
        server.url()
    );
    scene.repo.write("repositories.yaml", known);
    server.misbehave("base-1.2.0.tgz", Mischief::SendsTo(format!("{}/base-1.2.0.tgz", elsewhere.url())));
    let file = scene.repo.path().join("repositories.yaml");
    scene.plimsoll(LINE).set("HELM_REPOSITORY_CONFIG", &file).run().expect_success();
    // It is followed, and its digest compared; what lets us in at the first does not go along.
    assert_eq!(elsewhere.logins(), [None::<String>]);
}

#[test]
fn charts_that_need_each_other_end() {
    let scene = Scene::empty();
    locked(&scene, "file://../base");
    let needs = "dependencies:\n- { name: app, version: 0.1.0, repository: \"file://../deploy\" }\n";
    scene.repo.write("base/Chart.yaml", format!("apiVersion: v2\nname: base\nversion: 1.2.0\n{needs}"));
    let ended = scene.run(LINE).expect_code(2);
    assert!(ended.stderr().contains("app"), "{}", ended.stderr());
    assert!(!scene.has("deploy/charts"), "nothing is written");
}

#[test]
fn another_chart_under_the_right_name_is_refused() {
    let scene = Scene::empty();
    let server = pages(&scene);
    locked(&scene, &server.url());
    scene.repo.write("other/Chart.yaml", "apiVersion: v2\nname: other\nversion: 1.2.0\n");
    scene.run("chart package other --destination pages").expect_success();
    let other = scene.read_bytes("pages/other-1.2.0.tgz");
    let index = scene.read("pages/index.yaml");
    let digest = |bytes: &[u8]| Digest::of(bytes).hex().to_owned();
    let index = index.replace(&digest(&scene.read_bytes("pages/base-1.2.0.tgz")), &digest(&other));
    scene.repo.write("pages/index.yaml", index).write("pages/base-1.2.0.tgz", other);
    assert_eq!(scene.error(LINE), ("content-lies".to_owned(), Some(6)));
}

#[test]
fn logins_are_helm_s_and_go_to_their_host_only() {
    let scene = Scene::empty();
    let server = pages(&scene);
    locked(&scene, &server.url());
    // harbour:s3cret
    server.demand("Basic aGFyYm91cjpzM2NyZXQ=");
    assert_eq!(scene.error(LINE), ("registry-unauthorized".to_owned(), Some(4)));
    let known = format!(
        "apiVersion: \"\"\nrepositories:\n- name: mine\n  url: {}/\n  username: harbour\n  password: s3cret\n",
        server.url()
    );
    scene.repo.write("repositories.yaml", known);
    let file = scene.repo.path().join("repositories.yaml");
    let fetched = scene.plimsoll(LINE).set("HELM_REPOSITORY_CONFIG", &file).run().expect_success();
    assert!(!fetched.stderr().contains("s3cret"));
    std::fs::remove_dir_all(scene.repo.path().join("deploy/charts")).unwrap();
    locked(&scene, "@mine");
    scene.plimsoll(LINE).set("HELM_REPOSITORY_CONFIG", &file).run().expect_success();
    // The packages lie elsewhere: the login does not go there.
    std::fs::remove_dir_all(scene.repo.path().join("deploy/charts")).unwrap();
    let elsewhere = StaticFiles::serve(scene.repo.path().join("pages"));
    elsewhere.demand("nothing that is known");
    let index = scene.read("pages/index.yaml");
    let other = format!("- {}/base-1.2.0.tgz", elsewhere.url());
    scene.repo.write("pages/index.yaml", index.replace("- base-1.2.0.tgz", &other));
    let line = format!("{LINE} -o json");
    let refused = scene.plimsoll(&line).set("HELM_REPOSITORY_CONFIG", &file).run().expect_code(4);
    assert!(refused.stdout().contains(&elsewhere.url()), "{}", refused.stdout());
    assert_eq!(elsewhere.logins(), [None::<String>]);
}

#[test]
fn a_release_fetches_what_its_chart_needs() {
    let chart = "\n[[chart]]\npath = \"deploy\"\nname = \"app\"\noci = \"oci://registry.example/charts\"\nimage = { \"image.digest\" = \"app.digest\" }\n";
    let config = CONFIG.to_owned() + chart;
    let scene = Scene::with_config(&config);
    let server = pages(&scene);
    locked(&scene, &server.url());
    scene.repo.git(["add", "deploy"]);
    scene.repo.git(["commit", "--quiet", "-m", "chart"]);
    scene.repo.annotated_tag("v1.0.0");
    // What is locked is taken to be there as long as nothing is made.
    let checked = scene.run("check v1.0.0").expect_success();
    assert!(!checked.stderr().contains("base"), "{}", checked.stderr());
    let released = scene.json("release v1.0.0 --local --no-progress");
    let digest: Digest = released["charts"][0]["package_digest"].as_str().unwrap().parse().unwrap();
    let blobs = ".plimsoll/registry/registry.example/charts/app/blobs/sha256";
    let package = scene.read_bytes(&format!("{blobs}/{}", digest.hex()));
    let inside = plimsoll_helm::archive::read_chart(&package).unwrap().subcharts;
    assert_eq!(inside[0].metadata.version, "1.2.0");
    assert!(!scene.has("deploy/charts"), "the working tree stays");
    let other = Scene::with_config(&config);
    locked(&other, "http://127.0.0.1:1");
    other.repo.commit("chart");
    other.repo.annotated_tag("v1.0.0");
    let down = other.error("release v1.0.0 --local --no-progress");
    assert_eq!(down, ("registry-unreachable".to_owned(), Some(8)));
}

#[test]
fn helm_fetches_the_same() {
    for helm in ["helm3", "helm4"] {
        let Some(tool) = tools::require(helm) else { continue };
        let scene = Scene::empty();
        let server = pages(&scene);
        locked(&scene, &server.url());
        let run = |line: &str| {
            let helm = tool.command(scene.environment()).in_folder(scene.repo.path());
            helm.args(line.split(' ')).run().expect_success()
        };
        // Their lock, our fetch; our fetch, theirs.
        run(&format!("repo add base {}", server.url()));
        run("dependency update deploy");
        std::fs::remove_dir_all(scene.repo.path().join("deploy/charts")).unwrap();
        scene.run(LINE).expect_success();
        let ours = scene.read_bytes("deploy/charts/base-1.2.0.tgz");
        std::fs::remove_dir_all(scene.repo.path().join("deploy/charts")).unwrap();
        run("dependency build deploy");
        assert_eq!(scene.read_bytes("deploy/charts/base-1.2.0.tgz"), ours, "{helm}");
        let listed = run("dependency list deploy");
        assert!(listed.stdout().contains("ok"), "{}", listed.stdout());
    }
}
