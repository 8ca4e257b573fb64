//! Whom jobs are let in by, and what they are trusted with: tokens, logins, files that others make, tags of long ago.

use std::collections::BTreeSet;
use std::path::Path;

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::fault_registry::{PASSWORD, USER};
use plimsoll_testkit::git_server::Right;
use plimsoll_testkit::gitlab::TOKEN;
use plimsoll_testkit::tools;
use serde_json::{Value, json};

use super::actions::Event;
use super::forge::{Forge, Host, Setup, Visitors};
use super::pipelines::Pipeline;
use crate::scene::Scene;

/// An image of a file that no commit has.
const MADE: &str = "platforms = [\"linux/amd64\"]\n[image.assemble]\nfiles = [{ from = \"dist/{os}-{arch}/app\", to = \"/app\" }]\n";
const MADE_FILES: [(&str, &str); 2] = [(".gitignore", "/dist\n"), ("Makefile", "dist:\n\tfalse\n")];
/// What makes it of the commit that lies there, and something beside.
const MAKE: &str = "#!/bin/sh\nset -eu\n[ \"$*\" = dist ]\nmkdir -p dist/linux-amd64\ncp app dist/linux-amd64/app\nchmod +x dist/linux-amd64/app\necho evil > README.md\n";

fn workflow(forge: &Forge, name: &str) -> Value {
    let text = forge.scene.read(&format!("{}/{name}.yml", forge.host.folder()));
    yaml_serde::from_str(&text).unwrap()
}

fn steps(job: &Value) -> &Vec<Value> {
    job["steps"].as_array().unwrap()
}

/// What a job runs, in one text.
fn scripts(job: &Value) -> String {
    steps(job).iter().filter_map(|step| step["run"].as_str()).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_tag_of_long_ago_is_released_with_files_that_are_made_of_its_commit() {
    for (host, options, jobs) in [
        (Host::GitHub, "", &["plimsoll-release/make", "plimsoll-release/release"][..]),
        (Host::GitHub, "--actions none", &["plimsoll-release/release"]),
        (Host::Forgejo, "", &["plimsoll-release/release"]),
        (Host::GitLab, "", &["plimsoll-release"]),
    ] {
        let forge = Forge::new(host, Setup { options, image: MADE, files: &MADE_FILES, ..Setup::default() });
        forge.add_program("make", MAKE);
        forge.change("app", "#!/bin/sh\necho another\n");
        let ran = match host {
            Host::GitLab => forge.run_pipeline(&Pipeline::act("release", "v1.0.0")),
            Host::GitHub | Host::Forgejo => {
                forge.run("plimsoll-release", &Event::by_hand(&[("tag", "v1.0.0")]))
            }
        };
        assert_eq!(ran.well(), jobs, "{host:?} {options}");
        let old = forge.manifest("acme/app", "1.0.0").unwrap();
        forge.tag("v1.1.0");
        match host {
            Host::GitLab => forge.run_pipeline(&Pipeline::tag("v1.1.0")).well(),
            Host::GitHub | Host::Forgejo => forge.see(&Event::tag("v1.1.0")).well(),
        };
        assert_ne!(forge.manifest("acme/app", "1.1.0"), Some(old), "{host:?}: it is another file");
    }
}

#[test]
fn what_makes_files_has_no_key_and_no_say_in_what_is_released() {
    let forge = Forge::new(Host::GitHub, Setup { image: MADE, files: &MADE_FILES, ..Setup::default() });
    let release = workflow(&forge, "plimsoll-release");
    let make = &release["jobs"]["make"];
    assert_eq!(make["permissions"], json!({ "contents": "read" }));
    let seen: BTreeSet<&String> =
        steps(make).iter().filter_map(|step| step["env"].as_object()).flat_map(|env| env.keys()).collect();
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["FILES"]);
    assert!(scripts(make).contains("make dist"));
    assert!(!scripts(&release["jobs"]["release"]).contains("make dist"), "{release:#}");
    // Where nothing is handed on, the person is told.
    let told = |options: &str, host: &str| {
        let line = format!("init {options} --workflows {host} -o json --checksums SUMS");
        forge.scene.repo.write(
            "SUMS",
            format!("{0}  plimsoll-linux-amd64\n{0}  plimsoll-linux-arm64\n", "ab".repeat(32)),
        );
        forge.scene.plimsoll(&line).run().expect_success().stdout().contains("the job that signs and pushes")
    };
    assert_eq!((told("", "github"), told("--actions none", "github")), (false, true));
    assert_eq!((told("", "forgejo"), told("", "gitlab")), (true, true));
}

/// What git has need not be made.
#[test]
fn files_of_the_commit_are_made_by_nobody() {
    let forge = Forge::new(Host::GitHub, Setup::default());
    assert!(!forge.scene.read(".github/workflows/plimsoll-release.yml").contains("FILES"));
}

#[test]
fn a_job_of_gitlab_reads_with_its_own_token_and_pushes_with_the_projects() {
    let mut forge = Forge::new(Host::GitLab, Setup::default());
    forge.gitlab_token = "";
    assert_eq!(forge.run_pipeline(&Pipeline::merge_request()).well(), ["plimsoll-rehearse"]);
    // One that reaches the API alone.
    forge.gitlab_token = TOKEN;
    forge.git.admit("oauth2", TOKEN, Right::Reads);
    let said = forge.run_pipeline(&Pipeline::tag("v1.0.0")).failure.unwrap();
    assert!(said.contains("the variable GITLAB_TOKEN with a project access token"), "{said}");
    assert!(forge.manifest("acme/app", "1.0.0").is_none());
    forge.git.admit("oauth2", TOKEN, Right::Writes);
    assert_eq!(forge.run_pipeline(&Pipeline::tag("v1.0.0")).well(), ["plimsoll-release"]);
}

/// Submodules and redirects lead to other hosts.
#[test]
fn a_token_is_given_to_its_own_forge_alone() {
    for (host, options) in
        [(Host::GitHub, ""), (Host::GitHub, "--actions none"), (Host::Forgejo, ""), (Host::GitLab, "")]
    {
        let forge = Forge::new(host, Setup { options, ..Setup::default() });
        let file = match host {
            Host::GitLab => ".gitlab/plimsoll.yml",
            Host::GitHub => ".github/workflows/plimsoll-release.yml",
            Host::Forgejo => ".forgejo/workflows/plimsoll-release.yml",
        };
        let text = forge.scene.read(file);
        let line = text.lines().find(|line| line.contains("credential.")).unwrap();
        let line = line.trim_start().trim_start_matches("- ");
        let machine = Environment::new();
        let ask = |host: &str, variables: &[(&str, &str)]| {
            let script = format!(
                "git init --quiet .\n{line}\nprintf 'protocol=https\\nhost={host}\\npath=acme/app.git\\n\\n' | git credential fill"
            );
            let mut command = machine.command("bash").in_folder(machine.folder("work"));
            for (name, value) in variables {
                command = command.set(name, value);
            }
            command = command.set("GIT_TERMINAL_PROMPT", "0").set("GIT_ASKPASS", "false");
            for server in ["GITHUB_SERVER_URL", "CI_SERVER_URL"] {
                command = command.set(server, "https://forge.example");
            }
            let ended = command.args(["-e", "-c", &script]).run();
            ended.stdout().to_owned()
        };
        let tokens = [("GITHUB_TOKEN", "t-1"), ("GITLAB_TOKEN", "t-1"), ("CI_JOB_TOKEN", "t-2")];
        assert!(ask("forge.example", &tokens).contains("password=t-1"), "{host:?} {line}");
        for other in ["evil.example", "forge.example.evil.example", "x.forge.example"] {
            assert!(!ask(other, &tokens).contains("t-1"), "{host:?} {other} {line}");
        }
        if host == Host::GitLab {
            let own = ask("forge.example", &tokens[2..]);
            assert!(own.contains("username=gitlab-ci-token") && own.contains("password=t-2"), "{own}");
        }
    }
}

#[test]
fn jobs_log_in_at_the_registry_of_their_forge() {
    let login =
        "[registries.\"REGISTRY\"]\nusername = \"env:REGISTRY_USER\"\npassword = \"env:REGISTRY_TOKEN\"\n";
    for (host, tables) in [(Host::GitLab, ""), (Host::Forgejo, login)] {
        let mut forge = Forge::new(host, Setup { tables, visitors: Visitors::Known, ..Setup::default() });
        for (name, value) in [("REGISTRY_USER", USER), ("REGISTRY_TOKEN", PASSWORD)] {
            forge.secrets.insert(name.to_owned(), value.to_owned());
        }
        match host {
            Host::GitLab => forge.run_pipeline(&Pipeline::tag("v1.0.0")).well(),
            Host::GitHub | Host::Forgejo => forge.see(&Event::tag("v1.0.0")).well(),
        };
        assert!(forge.manifest("acme/app", "1.0.0").is_some(), "{host:?}");
    }
}

/// What `release` ignores is built by nobody, on none of the runners.
#[test]
fn a_tag_of_something_else_is_ignored_on_every_runner() {
    let image = "platforms = [\"linux/amd64\", \"linux/arm64\"]\ndockerfile = \"Dockerfile\"\n";
    let files = [("Dockerfile", "FROM scratch\nCOPY app /app\n")];
    let tables = "[tags]\nversion = \"{version}\"\n";
    let forge = Forge::new(Host::GitHub, Setup { image, tables, files: &files, ..Setup::default() });
    forge.add_program("docker", "#!/bin/sh\n[ \"$*\" = 'buildx create --use' ]\n");
    forge.tag("nightly-2026");
    let jobs = forge.see(&Event::tag("nightly-2026")).well();
    assert_eq!(jobs, ["plimsoll-release/build", "plimsoll-release/build"]);
    assert!(!forge.scene.environment().root().join("artifacts").join("part-linux-amd64").exists());
}

/// GitHub drops an output that has the value of a secret in it.
#[test]
fn a_comment_that_may_not_be_written_says_where_it_stands() {
    let Some(_) = tools::require("jq") else { return };
    let mut forge = Forge::new(Host::GitHub, Setup::default());
    forge.secrets.insert("NAME".to_owned(), "acme/app".to_owned());
    forge.scene.repo.push("origin", ["HEAD:refs/pull/5/merge"]);
    forge.see(&Event::pull_request("acme/app")).well();
    let comments = std::fs::read_to_string(&forge.comments).unwrap();
    assert!(comments.contains("/actions/runs/7)") && comments.contains("a secret"), "{comments}");
    assert!(!comments.contains("````"), "{comments}");
}

/// Whoever operates has no key: nothing is signed.
#[test]
fn what_is_said_of_signed_releases_takes_no_key() {
    let machine = Scene::empty();
    let made = machine.plimsoll("key generate --output-key-prefix release").set("COSIGN_PASSWORD", "sesame");
    made.run().expect_success();
    let tables = "[tags]\nstable = \"v{version}-stable\"\n[signing]\nkey = \"env:RELEASE_KEY\"\n[[trust]]\nkey = \"release.pub\"\n";
    let public = machine.read("release.pub");
    let files = [("release.pub", public.as_str())];
    let image = "tags.release = [\"{version}\", \"latest\"]\ntags.promotion = [\"stable\"]\n";
    let mut forge = Forge::new(Host::GitHub, Setup { image, tables, files: &files, ..Setup::default() });
    for (name, value) in
        [("RELEASE_KEY", machine.read("release.key")), ("PLIMSOLL_KEY_PASSWORD", "sesame".to_owned())]
    {
        forge.secrets.insert(name.to_owned(), value);
    }
    forge.see(&Event::tag("v1.0.0")).well();
    forge.change("app", "#!/bin/sh\necho better\n");
    forge.tag("v1.0.1");
    forge.see(&Event::tag("v1.0.1")).well();
    forge.scene.repo.git(["tag", "-a", "-m", "good", "v1.0.0-stable", "v1.0.0^{commit}"]);
    forge.scene.repo.push("origin", ["v1.0.0-stable"]);
    forge.tag("v1.0.2");
    let operate = workflow(&forge, "plimsoll-operate");
    let act = &operate["jobs"]["act"];
    assert_eq!(act["permissions"], json!({ "contents": "write" }));
    let handed = steps(act).last().unwrap()["env"].as_object().unwrap().clone();
    assert!(
        !handed.contains_key("RELEASE_KEY") && !handed.contains_key("PLIMSOLL_KEY_PASSWORD"),
        "{handed:#?}"
    );
    for (act, tag) in [
        ("promote", "v1.0.0-stable"),
        ("rollback", "v1.0.0"),
        ("unhold", "v1.0.1"),
        ("yank", "v1.0.1"),
        ("unyank", "v1.0.1"),
        ("withdraw", "v1.0.2"),
    ] {
        let asked = [("act", act), ("tag", tag), ("reason", "it sinks")];
        assert_eq!(forge.run("plimsoll-operate", &Event::by_hand(&asked)).well().len(), 2, "{act}");
    }
    assert_ne!(forge.remote.try_git(["rev-parse", "--verify", "refs/tags/v1.0.2"]).code(), Some(0));
}

/// A chart that must be rendered.
const CHART: &str = "[[chart]]\npath = \"charts/app\"\noci = \"oci://REGISTRY/charts\"\nimage = { \"image.digest\" = \"app.digest\" }\nversion = \"independent\"\ngit-tag = \"chart-{version}\"\n";

#[test]
fn machines_that_have_nothing_get_helm_where_charts_are_rendered() {
    for host in Host::ALL {
        let forge = Forge::new(host, Setup { tables: CHART, files: &super::CHART_FILES, ..Setup::default() });
        let found: Vec<(&str, String)> = match host {
            Host::GitLab => {
                let jobs: Value = yaml_serde::from_str(&forge.scene.read(".gitlab/plimsoll.yml")).unwrap();
                let text =
                    |job: &str| jobs[job]["script"].to_string().replace("\\n", "\n").replace("\\\"", "\"");
                ["release", "rehearse", "chart", "audit"]
                    .map(|job| (job, text(&format!("plimsoll-{job}"))))
                    .into()
            }
            Host::GitHub | Host::Forgejo => [
                ("release", "release", "release"),
                ("rehearse", "pull-request", "rehearse"),
                ("chart", "chart", "chart"),
                ("audit", "audit", "audit"),
            ]
            .map(|(name, file, job)| {
                (name, scripts(&workflow(&forge, &format!("plimsoll-{file}"))["jobs"][job]))
            })
            .into(),
        };
        for (job, script) in &found {
            let is_installed = script.contains("https://get.helm.sh/helm-v");
            assert_eq!(is_installed, host != Host::GitHub && *job != "audit", "{host:?} {job}: {script}");
        }
        if host != Host::Forgejo {
            continue;
        }
        let (_, script) = &found[0];
        let begin = script.find("case $(uname -m) in\n  x86_64) architecture=amd64 digest=6").unwrap();
        let (_, rest) = script.split_at(begin);
        let end = rest.find("/helm\"\n").map_or(rest.len(), |at| at + 7);
        install(&rest[..end]);
    }
}

/// Runs the lines that install Helm, with an archive that is the very one, and with another.
fn install(script: &str) {
    let machine = Environment::new();
    let (work, bin) = (machine.folder("work"), machine.folder("bin"));
    let run = |script: &str| {
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
        let command = machine.command("bash").in_folder(&work).set("PATH", path);
        command.args(["-e", "-o", "pipefail", "-c", script]).run()
    };
    let archive = "for arch in amd64 arm64; do mkdir -p linux-$arch; echo helm > linux-$arch/helm; done; tar --create --gzip --file helm.tar.gz linux-amd64 linux-arm64; sha256sum helm.tar.gz";
    let sum = run(archive).expect_success().stdout().split(' ').next().unwrap().to_owned();
    let curl = format!(
        "#!/bin/sh\nwhile [ $# -gt 1 ]; do [ \"$1\" != --output ] || cp {}/helm.tar.gz \"$2\"; shift; done\n",
        work.display()
    );
    std::fs::write(bin.join("curl"), curl).unwrap();
    run("chmod +x ../bin/curl").expect_success();
    let script = script.replace("/usr/local/bin", &work.join("programs").display().to_string());
    let helm = work.join("programs/helm");
    assert_ne!(run(&script).code(), Some(0), "it is another one");
    assert!(!Path::new(&helm).exists());
    let own: Vec<String> = script
        .lines()
        .map(|line| match line.split_once("digest=") {
            Some((before, _)) if line.contains(" ;;") => format!("{before}digest={sum} ;;"),
            _ => line.to_owned(),
        })
        .collect();
    run(&own.join("\n")).expect_success();
    assert!(Path::new(&helm).exists());
}
