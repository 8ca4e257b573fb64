//! A whole release to a real Gitea: git remote, claims, registry and release page are all there.

use std::process::Command;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::gitea::{Gitea, Pushes, USER};
use plimsoll_testkit::process::{Invocation, Output};
use plimsoll_testkit::proxy::{Fault, Lasting, Proxy, When};
use plimsoll_testkit::repo::Repo;
use serde_json::Value;

/// What every path of Gitea's interface begins with.
const API: &str = "/api/v1/";

struct Harbour {
    gitea: Rc<Gitea>,
    repo: Repo,
    /// The repository's name on Gitea.
    name: String,
}

impl Harbour {
    /// A project with v1.0.0 on its remote; `None` without Gitea.
    #[track_caller]
    fn new(pushes: Pushes) -> Option<Harbour> {
        Harbour::with(pushes, "")
    }

    /// The same, with more in its configuration.
    #[track_caller]
    fn with(pushes: Pushes, more: &str) -> Option<Harbour> {
        let environment = Environment::new();
        let gitea = Gitea::start(&environment, pushes)?;
        let address = gitea.address();
        Some(Harbour::in_repository("app", &environment, Rc::new(gitea), &address, more))
    }

    /// Another project on the same Gitea, which is reached at this address.
    fn beside(&self, name: &str, address: &str) -> Harbour {
        Harbour::in_repository(name, self.repo.environment(), Rc::clone(&self.gitea), address, "")
    }

    fn in_repository(
        name: &str,
        environment: &Environment,
        gitea: Rc<Gitea>,
        address: &str,
        more: &str,
    ) -> Harbour {
        let repo = Repo::init(environment, name);
        let config = format!(
            r#"[project]
name = "app"
source = "http://{address}/{USER}/{name}"

[registries."{address}"]
username = "{USER}"
password = "env:GITEA_TOKEN"

[[image]]
repository = "{address}/{USER}/{name}"
platforms = ["linux/amd64"]
[image.assemble]
files = [{{ from = "app", to = "/app", mode = "0755" }}]
[image.tags]
release = ["{{version}}", "latest"]

[forge]
kind = "gitea"
{more}
"#
        );
        repo.write("plimsoll.toml", config).write("app", "#!/bin/sh\necho app\n");
        repo.commit("feat: the first thing");
        repo.annotated_tag("v1.0.0");
        let remote = gitea.remote(name).replace(&gitea.address(), address);
        repo.remote("origin", &remote).push("origin", ["main"]).push("origin", ["v1.0.0"]);
        Harbour { gitea, repo, name: name.to_owned() }
    }

    fn plimsoll(&self, line: &str) -> Invocation {
        let program = env!("CARGO_BIN_EXE_plimsoll");
        let command = self.repo.environment().command(program).in_folder(self.repo.path());
        command.set("GITEA_TOKEN", &self.gitea.token).args(line.split_whitespace()).arg("--no-progress")
    }

    #[track_caller]
    fn run(&self, line: &str) -> Output {
        self.plimsoll(line).run()
    }

    #[track_caller]
    fn json(&self, line: &str) -> Value {
        let output = self.plimsoll(line).args(["-o", "json"]).run();
        let json = serde_json::from_str(output.stdout());
        json.unwrap_or_else(|error| panic!("no JSON ({error}): {}\n{}", output.stdout(), output.stderr()))
    }

    /// What Gitea answers about the repository.
    #[track_caller]
    fn api(&self, method: &str, path: &str, body: &str) -> Value {
        self.ask(method, &format!("repos/{USER}/{}/{path}", self.name), body)
    }

    /// What Gitea answers, asked by curl.
    #[track_caller]
    fn ask(&self, method: &str, path: &str, body: &str) -> Value {
        let url = format!("http://{}{API}{path}", self.gitea.address());
        let token = format!("Authorization: token {}", self.gitea.token);
        let curl = self.repo.environment().command("curl");
        let mut curl = curl.args(["--silent", "--noproxy", "*", "-X", method, &url, "-H", &token]);
        if !body.is_empty() {
            curl = curl.args(["-H", "Content-Type: application/json", "-d", body]);
        }
        serde_json::from_str(curl.run().stdout()).unwrap_or(Value::Null)
    }

    /// The one release, which everybody sees, with every file once.
    #[track_caller]
    fn the_release(&self) -> Value {
        let releases = self.api("GET", "releases?page=1&limit=50", "");
        let list = releases.as_array().unwrap_or_else(|| panic!("{releases:#}"));
        let [release] = list.as_slice() else { panic!("{releases:#}") };
        assert_eq!(release["draft"], false, "{release:#}");
        let assets = release["assets"].as_array().expect("it has files");
        let mut names: Vec<&str> = assets.iter().filter_map(|asset| asset["name"].as_str()).collect();
        names.sort_unstable();
        assert_eq!(
            names,
            ["SHA256SUMS", "digests.txt", "v1.0.0-release-info.json", "v1.0.0-release.intoto.json"]
        );
        release.clone()
    }
}

#[test]
fn a_whole_release_to_gitea_and_nothing_the_second_time() {
    for pushes in [Pushes::AtOnce, Pushes::Later] {
        let Some(harbour) = Harbour::new(pushes) else { return };
        let released = harbour.json("release v1.0.0");
        assert_eq!(released["status"], "released", "{released:#}");
        let release = harbour.the_release();
        assert_eq!((&release["name"], &release["tag_name"]), (&"v1.0.0".into(), &"v1.0.0".into()));
        assert_eq!(released["page"]["url"], release["html_url"]);
        assert!(release["body"].as_str().is_some_and(|body| body.starts_with("## Features")), "{release:#}");
        assert_eq!(harbour.json("release v1.0.0")["status"], "already-released");
        harbour.run("verify v1.0.0").expect_success();
        harbour.the_release();
    }
}

#[test]
fn what_a_person_made_on_gitea_is_completed() {
    let Some(harbour) = Harbour::new(Pushes::AtOnce) else { return };
    let page = r#"{"tag_name":"v1.0.0","name":"The first","body":"by hand"}"#;
    assert_eq!(harbour.api("POST", "releases", page)["draft"], false);
    harbour.run("release v1.0.0").expect_success();
    let release = harbour.the_release();
    assert_eq!((&release["name"], &release["body"]), (&"The first".into(), &"by hand".into()));
}

#[test]
fn two_runs_at_once_leave_one_page_on_gitea() {
    let Some(harbour) = Harbour::new(Pushes::AtOnce) else { return };
    let both = [harbour.plimsoll("release v1.0.0").start(), harbour.plimsoll("release v1.0.0").start()];
    let ended = both.map(plimsoll_testkit::process::Running::wait);
    assert!(ended.iter().any(|output| output.code() == Some(0)), "{ended:#?}");
    harbour.run("release v1.0.0").expect_success();
    harbour.the_release();
}

#[test]
fn a_token_without_the_right_is_named_before_anything_is_made() {
    let Some(harbour) = Harbour::new(Pushes::AtOnce) else { return };
    let poor = harbour.gitea.token_with("read:repository,write:package");
    harbour.repo.write("plimsoll.toml", {
        let text = std::fs::read_to_string(harbour.repo.path().join("plimsoll.toml")).expect("it is there");
        text.replace("kind = \"gitea\"", "kind = \"gitea\"\ntoken = \"env:POOR_TOKEN\"")
    });
    harbour.repo.commit("another token");
    harbour.repo.annotated_tag("v1.0.1");
    harbour.repo.push("origin", ["v1.0.1"]);
    let output = harbour.plimsoll("release v1.0.1 -o json").set("POOR_TOKEN", &poor).run();
    let ended: Value = serde_json::from_str(output.stdout()).expect("it is JSON");
    assert_eq!(ended["error"]["code"], "forge-denied", "{ended:#}");
    assert!(ended.to_string().contains("required=[write:repository]"), "{ended:#}");
    assert_eq!(harbour.repo.git(["ls-remote", "origin", "refs/plimsoll/*"]), "", "nothing was claimed");
    assert!(!output.stdout().contains(&poor) && !output.stderr().contains(&poor));
}

/// Kills a process, whose number may not be known yet.
fn kill(process: &AtomicU32) {
    while process.load(Ordering::SeqCst) == 0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    let number = process.load(Ordering::SeqCst).to_string();
    drop(Command::new("kill").args(["-9", &number]).status());
}

#[test]
fn after_a_kill_at_any_request_to_gitea_the_next_run_finishes() {
    let Some(harbour) = Harbour::new(Pushes::AtOnce) else { return };
    let proxy = Proxy::start(&harbour.gitea.address());
    let whole = harbour.beside("whole", &proxy.address());
    proxy.reset();
    whole.run("release v1.0.0").expect_success();
    whole.the_release();
    let asked = proxy.requests().into_iter().filter(|request| request.path.starts_with(API));
    let methods: Vec<String> = asked.map(|request| request.method).collect();
    assert!(methods.len() > 8, "{methods:?}");
    for (at, method) in methods.iter().enumerate() {
        let nth = methods[..=at].iter().filter(|other| *other == method).count();
        let project = harbour.beside(&format!("killed-{at}"), &proxy.address());
        proxy.reset();
        let process = Arc::new(AtomicU32::new(0));
        let victim = Arc::clone(&process);
        // Gitea handles the request, and nobody hears of it.
        proxy.fail(When::nth(method, API, nth), Fault::after(move || kill(&victim)), Lasting::Once);
        let running = project.plimsoll("release v1.0.0").start();
        process.store(running.id(), Ordering::SeqCst);
        assert_eq!(running.wait().code(), None, "{method} {nth} was not asked");
        project.run("release v1.0.0").expect_success();
        project.the_release();
        project.run("verify v1.0.0").expect_success();
    }
}

#[test]
fn a_protected_branch_takes_no_records_and_the_release_is_out_all_the_same() {
    let records = "[records]\ncommit = \"main\"\nauthor = \"Bot <bot@acme.test>\"";
    let Some(harbour) = Harbour::with(Pushes::AtOnce, records) else { return };
    let rule = r#"{"rule_name":"main","enable_push":false}"#;
    assert_eq!(harbour.api("POST", "branch_protections", rule)["rule_name"], "main");
    let ended = harbour.json("release v1.0.0");
    assert_eq!((&ended["error"]["code"], &ended["exit"]), (&"git-denied".into(), &4.into()), "{ended:#}");
    assert!(ended.to_string().contains("protected branch main"), "{ended:#}");
    harbour.the_release();
    assert_eq!(harbour.json("info v1.0.0")["state"], "published");
    harbour.api("DELETE", "branch_protections/main", "");
    assert_eq!(harbour.json("release v1.0.0")["status"], "finished");
    harbour.run("verify v1.0.0").expect_success();
}

#[test]
fn a_protected_tag_is_not_made_and_one_that_is_there_is_released() {
    let Some(harbour) = Harbour::new(Pushes::AtOnce) else { return };
    let other = r#"{"username":"dev","password":"Passw0rd-dev","email":"dev@acme.test","must_change_password":false}"#;
    assert_eq!(harbour.ask("POST", "admin/users", other)["login"], "dev");
    let rule = r#"{"name_pattern":"v*","whitelist_usernames":["dev"]}"#;
    assert_eq!(harbour.api("POST", "tag_protections", rule)["name_pattern"], "v*");
    let ended = harbour.json("tag v1.1.0 --push");
    assert_eq!(ended["error"]["code"], "git-denied", "{ended:#}");
    assert!(ended.to_string().contains("pre-receive hook declined"), "{ended:#}");
    harbour.run("release v1.0.0").expect_success();
    harbour.the_release();
}

#[test]
fn a_token_that_may_not_push_images_is_told_before_anything_is_made() {
    let Some(harbour) = Harbour::new(Pushes::AtOnce) else { return };
    let poor = harbour.gitea.token_with("write:repository");
    let output = harbour.plimsoll("release v1.0.0 -o json").set("GITEA_TOKEN", &poor).run();
    let ended: Value = serde_json::from_str(output.stdout()).expect("it is JSON");
    let code = ended["error"]["code"].as_str().unwrap_or_default();
    assert!(code.starts_with("registry-"), "{ended:#}");
    assert!(!output.stdout().contains(&poor) && !output.stderr().contains(&poor));
    assert_eq!(harbour.api("GET", "releases?page=1&limit=50", ""), Value::Array(Vec::new()));
}
