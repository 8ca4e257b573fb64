//! What becomes of a forge behind our back, and how it is mended; and what stands against a release there.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use plimsoll_testkit::fault_registry::wire::Answer;
use plimsoll_testkit::github::GitHubFault;

use crate::port::Port;

const RECORD: &str = "releases/v1.0.0-release-info.json";
const COMPOSE: &str = "[compose]\nfile = \"compose.yml\"";
const PRODUCTION: &str = "[[deployment]]\nenvironment = \"production\"";

/// Takes away the records and compose files that a registry holds, and what else is hidden there.
fn forget_hidden(port: &Port) {
    let registry = port.registry.address();
    let curl = |method: &str, path: &str| {
        let url = format!("http://{registry}/v2/acme/app/{path}");
        let curl =
            port.repo.environment().command("curl").args(["--silent", "--noproxy", "*", "-X", method, &url]);
        curl.run().expect_success().stdout().to_owned()
    };
    let tags: serde_json::Value = serde_json::from_str(&curl("GET", "tags/list")).expect("a list of tags");
    let hidden = tags["tags"].as_array().into_iter().flatten().filter_map(|tag| tag.as_str());
    let hidden: Vec<&str> = hidden.filter(|tag| tag.starts_with("plimsoll-")).collect();
    assert!(!hidden.is_empty(), "{tags}");
    for tag in hidden {
        curl("DELETE", &format!("manifests/{tag}"));
    }
}

fn read(port: &Port, file: &str) -> Vec<u8> {
    std::fs::read(port.repo.path().join(file)).expect("it is there")
}

fn ledger(port: &Port) -> Vec<String> {
    let folder = std::fs::read_dir(port.repo.path().join("releases"));
    let names = folder.into_iter().flatten().flatten().map(|entry| entry.file_name());
    let mut names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    names
}

#[test]
fn a_ledger_that_is_nowhere_else_is_written_again_from_release_pages() {
    let port = Port::with(COMPOSE);
    let image = format!("{}/acme/app", port.registry.address());
    port.repo.write("compose.yml", format!("services:\n  app:\n    image: {image}\n"));
    port.tag("feat: compose", "v1.1.0");
    port.run("release v1.1.0").expect_success();
    let whole = ledger(&port);
    let record = read(&port, "releases/v1.1.0-release-info.json");
    port.repo.git(["push", "--quiet", "origin", ":refs/plimsoll/claims/app/1.1.0"]);
    forget_hidden(&port);
    std::fs::remove_dir_all(port.repo.path().join("releases")).expect("there is a ledger");
    let rebuilt = port.json("ledger rebuild");
    let written = rebuilt["written"].as_array().expect("a list").len();
    assert_eq!((ledger(&port), written > 2), (whole, true), "{rebuilt:#}");
    assert_eq!(read(&port, "releases/v1.1.0-release-info.json"), record);
    assert_eq!(port.json("info v1.1.0")["state"], "published");
}

#[test]
fn a_record_of_a_page_that_the_version_tags_do_not_confirm_is_not_believed() {
    let port = Port::new();
    port.run("release v1.0.0").expect_success();
    port.repo.git(["push", "--quiet", "origin", ":refs/plimsoll/claims/app/1.0.0"]);
    forget_hidden(&port);
    std::fs::remove_dir_all(port.repo.path().join("releases")).expect("there is a ledger");
    let other = port.registry.manifest("acme/app", "latest").expect("it is released");
    let text = String::from_utf8(other).expect("JSON");
    let other = text.replacen('{', "{ ", 1);
    port.registry.put_manifest(
        "acme/app",
        "1.0.0",
        "application/vnd.oci.image.index.v1+json",
        other.as_bytes(),
    );
    let output = port.run("ledger rebuild");
    assert_eq!(ledger(&port), Vec::<String>::new(), "{}", output.stderr());
}

#[test]
fn a_forge_that_is_down_keeps_nothing_else_from_being_written() {
    let port = Port::new();
    port.run("release v1.0.0").expect_success();
    std::fs::remove_file(port.repo.path().join(RECORD)).expect("it is there");
    port.repo.annotated_tag("v1.0.1");
    port.github.fault("GET", "/", 0, 1000, GitHubFault::Instead(Answer::status(404).body("{}")));
    port.github.fault("GET", "/", 0, 1000, GitHubFault::Instead(Answer::status(401).body("{}")));
    let rebuilt = port.json("ledger rebuild");
    assert_eq!(rebuilt["written"][0], "v1.0.0-release-info.json", "{rebuilt:#}");
}

#[test]
fn a_page_that_cant_be_read_is_named_and_the_others_are_read() {
    let port = Port::new();
    for tag in ["v1.1.0", "v1.2.0"] {
        port.tag("feat: more", tag);
    }
    for tag in ["v1.0.0", "v1.1.0", "v1.2.0"] {
        port.run(&format!("release {tag}")).expect_success();
        let claim = format!(":refs/plimsoll/claims/app/{}", tag.trim_start_matches('v'));
        port.repo.git(["push", "--quiet", "origin", &claim]);
    }
    forget_hidden(&port);
    std::fs::remove_dir_all(port.repo.path().join("releases")).expect("there is a ledger");
    port.github.delete_asset("v1.2.0-release-info.json");
    port.github.add_asset("v1.2.0-release-info.json", b"{}");
    port.github.fault("GET", "/releases/tags/v1.0.0", 0, 1, refused(422, "odd"));
    let rebuild = |want: &str, exit: i32| {
        let output = port.run("ledger rebuild");
        assert!(output.stderr().contains(want), "{}", output.stderr());
        assert_eq!(output.code(), Some(exit), "{}", output.stderr());
    };
    let records = || -> Vec<String> {
        ledger(&port).into_iter().filter(|name| name.ends_with("-release-info.json")).collect()
    };
    rebuild("release page: v1.2.0", 8);
    assert_eq!(records(), ["v1.1.0-release-info.json"]);
    rebuild("v1.2.0-release-info.json is no record", 6);
    assert_eq!(records(), ["v1.0.0-release-info.json", "v1.1.0-release-info.json"]);
}

#[test]
fn an_audit_finds_what_the_forge_lost_and_writes_it_again() {
    let port = Port::with(PRODUCTION);
    port.github.point("v1.0.0", &port.repo.head());
    port.run("release v1.0.0").expect_success();
    assert_eq!(port.run("audit").code(), Some(0));
    port.github.delete_asset("SHA256SUMS");
    assert_eq!(port.run("audit").code(), Some(7));
    port.github.add_asset("SHA256SUMS", b"other");
    assert_eq!(port.run("audit").code(), Some(6));
    port.github.delete_asset("SHA256SUMS");
    port.github.delete_deployments();
    port.github.delete_asset("v1.0.0-release-info.json");
    let found = port.json("audit");
    assert_eq!(found["verdict"], "drift", "{found:#}");
    let mended = port.json("audit --repair");
    assert_eq!(
        (&mended["verdict"], &mended["repairs"][0]["result"]),
        (&"ok".into(), &"done".into()),
        "{mended:#}"
    );
    assert_eq!(port.github.deployments().last().map(|it| it.state().to_owned()).as_deref(), Some("success"));
    assert_eq!(port.github.releases()[0].assets.len(), 4);
    port.run("verify v1.0.0").expect_success();
}

#[test]
fn an_audit_looks_at_what_promotions_made_too() {
    let on = "[[deployment]]\non = \"promotion\"\nenvironment = \"production\"";
    let port = Port::with(&format!("release = \"stable\"\n[tags]\nstable = \"v{{version}}-stable\"\n{on}"));
    port.run("release v1.0.0").expect_success();
    port.run("tag --stable v1.0.0 --push").expect_success();
    port.github.point("v1.0.0-stable", &port.repo.head());
    port.run("promote v1.0.0").expect_success();
    assert_eq!(
        (port.json("audit")["verdict"].clone(), port.json("verify v1.0.0")["verdict"].clone()),
        ("ok".into(), "ok".into())
    );
    port.github.delete_deployments();
    port.github.delete_asset("SHA256SUMS");
    port.github.delete_asset("v1.0.0-release-info.json");
    assert_eq!((port.run("audit").code(), port.run("verify v1.0.0").code()), (Some(7), Some(7)));
    let mended = port.json("audit --repair");
    assert_eq!((&mended["verdict"], &mended["repairs"][0]["result"]), (&"ok".into(), &"done".into()));
    assert_eq!(port.github.deployments().last().map(|it| it.state().to_owned()).as_deref(), Some("success"));
    assert_eq!(port.github.releases()[0].assets.len(), 4);
    port.github.delete_release(port.github.releases()[0].id);
    let mended = port.json("audit --repair");
    let why = mended["repairs"][0]["why"].as_str().unwrap_or_default().to_owned();
    assert!(why.contains("`plimsoll release v1.0.0-stable`"), "{mended:#}");
    port.run("release v1.0.0-stable").expect_success();
    assert_eq!(port.json("audit")["verdict"], "ok");
}

#[test]
fn a_page_that_is_gone_is_left_to_a_release() {
    let port = Port::new();
    port.run("release v1.0.0").expect_success();
    let id = port.github.releases()[0].id;
    port.github.delete_release(id);
    let mended = port.json("audit --repair");
    let repair = &mended["repairs"][0];
    assert_eq!(repair["result"], "kept", "{mended:#}");
    assert!(
        repair["why"].as_str().is_some_and(|why| why.contains("`plimsoll release v1.0.0`")),
        "{mended:#}"
    );
    assert_eq!(mended["verdict"], "drift");
    port.run("release v1.0.0").expect_success();
    assert_eq!(port.json("audit")["verdict"], "ok");
}

#[test]
fn limits_are_waited_for_by_whatever_word_the_forge_says_them() {
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_secs();
    let secondary = r#"{"message":"You have exceeded a secondary rate limit. Please wait."}"#;
    let spent = |reset: u64| {
        let answer = Answer::status(403).header("x-ratelimit-remaining", "0");
        let answer = answer.header("x-ratelimit-reset", reset.to_string());
        answer.body(r#"{"message":"API rate limit exceeded for installation"}"#)
    };
    let short = [
        Answer::status(429).header("Retry-After", "1").body("{}"),
        Answer::status(403).header("Retry-After", "1").body(secondary),
        spent(now() + 2),
    ];
    let port = Port::new();
    for (skip, answer) in short.into_iter().enumerate() {
        port.github.fault("POST", "/releases", skip, 1, GitHubFault::Instead(answer));
    }
    let begun = Instant::now();
    port.run("release v1.0.0").expect_success();
    assert!(begun.elapsed() >= Duration::from_secs(2), "{:?}", begun.elapsed());
    assert_eq!(port.github.releases().len(), 1);

    let port = Port::new();
    port.github.fault("POST", "/releases", 0, 1, GitHubFault::Instead(spent(now() + 3600)));
    let begun = Instant::now();
    let ended = port.json("release v1.0.0");
    assert_eq!((&ended["error"]["code"], &ended["exit"]), (&"forge-busy".into(), &9.into()), "{ended:#}");
    assert!(begun.elapsed() < Duration::from_secs(60), "an hour is not waited for");
    port.run("release v1.0.0").expect_success();
}

fn refused(status: u16, message: &str) -> GitHubFault {
    let body = serde_json::json!({ "message": message }).to_string();
    GitHubFault::Instead(Answer::status(status).body(body))
}

#[test]
fn what_stands_against_a_page_is_named() {
    for (fault, code, exit) in [
        (refused(403, "Resource not accessible by integration"), "forge-denied", 4),
        (refused(401, "Bad credentials"), "forge-unauthorized", 4),
        (refused(422, "Validation Failed"), "forge-rejected", 9),
    ] {
        let port = Port::new();
        port.github.fault("POST", "/releases", 0, 1, fault);
        let ended = port.json("release v1.0.0");
        assert_eq!((&ended["error"]["code"], &ended["exit"]), (&code.into(), &exit.into()), "{ended:#}");
        assert!(port.registry.manifest("acme/app", "latest").is_some(), "everything else is there");
        port.run("release v1.0.0").expect_success();
    }
    let port = Port::new();
    port.github.fault("GET", "/", 0, 1000, refused(503, "No server is available"));
    let ended = port.json("release v1.0.0");
    assert_eq!(ended["error"]["code"], "forge-unreachable", "{ended:#}");
}
