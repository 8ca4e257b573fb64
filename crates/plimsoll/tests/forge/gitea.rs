//! A whole release to a real Gitea: git remote, claims, registry and release page are all there.

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::gitea::{Gitea, Pushes, USER};
use plimsoll_testkit::process::{Invocation, Output};
use plimsoll_testkit::repo::Repo;
use serde_json::Value;

struct Harbour {
    gitea: Gitea,
    repo: Repo,
}

impl Harbour {
    /// A project with v1.0.0 on its remote; `None` without Gitea.
    #[track_caller]
    fn new(pushes: Pushes) -> Option<Harbour> {
        let environment = Environment::new();
        let gitea = Gitea::start(&environment, pushes)?;
        let repo = Repo::init(&environment, "app");
        let address = gitea.address();
        let config = format!(
            r#"[project]
name = "app"
source = "{url}"

[registries."{address}"]
username = "{USER}"
password = "env:GITEA_TOKEN"

[[image]]
repository = "{address}/{USER}/app"
platforms = ["linux/amd64"]
[image.assemble]
files = [{{ from = "app", to = "/app", mode = "0755" }}]
[image.tags]
release = ["{{version}}", "latest"]

[forge]
kind = "gitea"
"#,
            url = gitea.url("app")
        );
        repo.write("plimsoll.toml", config).write("app", "#!/bin/sh\necho app\n");
        repo.commit("feat: the first thing");
        repo.annotated_tag("v1.0.0");
        repo.remote("origin", &gitea.remote("app")).push("origin", ["main"]).push("origin", ["v1.0.0"]);
        Some(Harbour { gitea, repo })
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

    /// What Gitea answers, asked by curl.
    #[track_caller]
    fn api(&self, method: &str, path: &str, body: &str) -> Value {
        let url = format!("http://{}/api/v1/repos/{USER}/app/{path}", self.gitea.address());
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
        assert_eq!(names, ["SHA256SUMS", "v1.0.0-release-info.json", "v1.0.0-release.intoto.json"]);
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
    assert!(!output.stdout().contains(&poor) && !output.stderr().contains(&poor));
}
