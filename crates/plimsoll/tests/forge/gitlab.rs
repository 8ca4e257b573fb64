//! Release pages and deployments on GitLab: a page that is there at once, files that are packages, entries without a cause.

use plimsoll_testkit::fault_registry::wire::Answer;
use plimsoll_testkit::gitlab::{GitLab, GitLabFault, GitLabRelease, JOB_TOKEN, PROJECT, TOKEN};
use plimsoll_testkit::process::Invocation;

use crate::port::Project;

const FILES: [&str; 4] =
    ["SHA256SUMS", "digests.txt", "v1.0.0-release-info.json", "v1.0.0-release.intoto.json"];
const PRODUCTION: &str = "[[deployment]]\nenvironment = \"production\"";

/// A project on GitLab.
struct Lab {
    project: Project,
    gitlab: GitLab,
}

impl Lab {
    fn new() -> Lab {
        Lab::with("")
    }

    /// With more in `[forge]`.
    fn with(more: &str) -> Lab {
        let gitlab = GitLab::start();
        let forge = format!("kind = \"gitlab\"\nurl = \"{}\"\n{more}", gitlab.url());
        gitlab.push_tag("v1.0.0");
        Lab { project: Project::new(&forge, ("GITLAB_TOKEN", TOKEN)), gitlab }
    }

    /// The one release, with every file once.
    #[track_caller]
    fn the_release(&self) -> GitLabRelease {
        let releases = self.gitlab.releases();
        let [release] = releases.as_slice() else { panic!("{releases:#?}") };
        let mut names: Vec<&str> = release.links.iter().map(|link| link.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, FILES);
        release.clone()
    }

    /// A command in a job of GitLab CI, which has no token but its own.
    fn in_job(&self, line: &str, environment: &str) -> Invocation {
        let job = self.project.plimsoll(line).set("GITLAB_TOKEN", "").set("GITLAB_CI", "true");
        let job = job.set("CI_SERVER_URL", self.gitlab.server_url()).set("CI_PROJECT_PATH", PROJECT);
        let job = job.set("CI_COMMIT_SHA", self.project.repo.head());
        job.set("CI_JOB_TOKEN", JOB_TOKEN).set("CI_ENVIRONMENT_NAME", environment)
    }

    fn statuses(&self) -> Vec<Vec<String>> {
        self.gitlab.deployments().into_iter().map(|deployment| deployment.statuses).collect()
    }
}

#[test]
fn a_release_gets_one_page_and_a_second_run_changes_nothing() {
    let lab = Lab::new();
    let released = lab.project.json("release v1.0.0");
    assert_eq!(released["page"]["url"], format!("{}/-/releases/v1.0.0", lab.gitlab.url()), "{released:#}");
    let release = lab.the_release();
    assert_eq!(release.title, "v1.0.0");
    assert!(release.description.starts_with("## Features\n\n- the first thing ("), "{}", release.description);
    let changes = lab.gitlab.changes();
    assert_eq!(changes.len(), 9, "a release, four files and four links: {changes:#?}");
    assert_eq!(lab.project.json("release v1.0.0")["status"], "already-released");
    assert_eq!(lab.gitlab.changes(), changes);
    lab.project.run("verify v1.0.0").expect_success();
    let status = lab.project.run("status v1.0.0");
    assert!(status.stderr().contains("it is released; nothing is missing"), "{}", status.stderr());
}

#[test]
fn files_have_permanent_addresses_and_their_checksums_hold() {
    let lab = Lab::new();
    lab.project.run("release v1.0.0").expect_success();
    let environment = lab.project.repo.environment();
    let folder = environment.root().join("downloaded");
    std::fs::create_dir(&folder).expect("the folder is new");
    for name in FILES {
        let url = format!("{}/-/releases/v1.0.0/downloads/{name}", lab.gitlab.url());
        let curl = environment.command("curl").in_folder(&folder);
        curl.args(["--silent", "--fail", "--location", "--noproxy", "*", "--remote-name", &url])
            .run()
            .expect_success();
    }
    let check = environment.command("sha256sum").in_folder(&folder);
    check.args(["--check", "--strict", "SHA256SUMS"]).run().expect_success();
}

#[test]
fn what_a_person_made_is_completed_and_keeps_its_words() {
    let lab = Lab::new();
    lab.gitlab.make_release("v1.0.0", "The first");
    lab.gitlab.add_link("v1.0.0", "Handbook", "https://handbook.example/");
    lab.project.run("release v1.0.0").expect_success();
    let releases = lab.gitlab.releases();
    assert_eq!((releases.len(), releases[0].title.as_str()), (1, "The first"));
    assert_eq!((releases[0].description.as_str(), releases[0].links.len()), ("by hand", FILES.len() + 1));
}

#[test]
fn every_request_may_fail_or_lose_its_reply_and_the_next_run_finishes() {
    // A release and three links, three files.
    let requests = (0..4).map(|skip| ("POST", skip)).chain((0..3).map(|skip| ("PUT", skip)));
    for (method, skip) in requests {
        for fault in [GitLabFault::ReplyLost, GitLabFault::Instead(Answer::status(400).body("{}"))] {
            let lab = Lab::new();
            lab.gitlab.fault(method, "/", skip, 1, fault);
            drop(lab.project.run("release v1.0.0"));
            lab.project.run("release v1.0.0").expect_success();
            lab.the_release();
            lab.project.run("verify v1.0.0").expect_success();
        }
    }
}

#[test]
fn a_file_that_lies_there_already_is_linked_and_another_one_is_never_replaced() {
    let lab = Lab::new();
    lab.gitlab.refuse_duplicate_files();
    lab.gitlab.fault("POST", "/links", 0, 1, GitLabFault::Instead(Answer::status(400).body("{}")));
    drop(lab.project.run("release v1.0.0"));
    lab.project.run("release v1.0.0").expect_success();
    lab.the_release();

    let lab = Lab::new();
    lab.gitlab.put_package_file("v1.0.0", "SHA256SUMS", b"other");
    let ended = lab.project.json("release v1.0.0");
    assert_eq!(ended["error"]["code"], "forge-rejected", "{ended:#}");
    assert_eq!(lab.gitlab.package_file("v1.0.0", "SHA256SUMS").as_deref(), Some(&b"other"[..]));

    let lab = Lab::new();
    lab.gitlab.make_release("v1.0.0", "The first");
    lab.gitlab.put_package_file("v1.0.0", "mine", b"other");
    let file = format!(
        "{}/api/v4/projects/{}/packages/generic/release-assets/v1.0.0/mine",
        lab.gitlab.server_url(),
        PROJECT.replace('/', "%2F")
    );
    lab.gitlab.add_link("v1.0.0", "SHA256SUMS", &file);
    let ended = lab.project.json("release v1.0.0");
    assert_eq!((&ended["error"]["code"], &ended["exit"]), (&"drift".into(), &7.into()), "{ended:#}");
}

#[test]
fn a_link_that_leads_elsewhere_is_shown_no_token() {
    let lab = Lab::new();
    let stranger = GitLab::start();
    lab.gitlab.make_release("v1.0.0", "The first");
    lab.gitlab.add_link("v1.0.0", "SHA256SUMS", &format!("{}/api/v4/x", stranger.server_url()));
    let ended = lab.project.run("release v1.0.0");
    assert!(ended.stderr().contains("leads elsewhere"), "{}", ended.stderr());
    assert!(stranger.exchanges().is_empty(), "{:#?}", stranger.exchanges());
}

#[test]
fn what_the_token_lacks_is_named_before_anything_is_made() {
    for (scopes, level, want) in [
        (&["api"][..], 20, "less than a developer"),
        (&["read_api", "read_registry"], 30, "needs the scope `api`, and has read_api, read_registry"),
    ] {
        let lab = Lab::new();
        lab.gitlab.restrict(scopes, level);
        let ended = lab.project.json("release v1.0.0");
        assert_eq!(ended["error"]["code"], "forge-denied", "{ended:#}");
        assert!(ended.to_string().contains(want), "{ended:#}");
        assert_eq!(lab.gitlab.changes(), Vec::<String>::new());
        assert!(lab.project.registry.manifest("acme/app", "1.0.0").is_none());
    }
    let lab = Lab::new();
    lab.gitlab.archive();
    let ended = lab.project.json("release v1.0.0");
    assert!(ended.to_string().contains("the project is archived"), "{ended:#}");
    let nobody = Lab::new();
    let ended = nobody.project.plimsoll("release v1.0.0 -o json").set("GITLAB_TOKEN", "").run();
    assert!(ended.stdout().contains("forge-unauthorized"), "{}", ended.stdout());
    let ended = nobody.project.plimsoll("release v1.0.0 -o json").set("GITLAB_TOKEN", "wrong").run();
    assert!(ended.stdout().contains("forge-unauthorized"), "{}", ended.stdout());
}

#[test]
fn a_jobs_own_token_makes_the_page() {
    let lab = Lab::new();
    lab.in_job("release v1.0.0", "").run().expect_success();
    lab.the_release();
    assert!(lab.gitlab.exchanges().iter().all(|exchange| exchange.status < 500));
}

#[test]
fn a_deployment_is_in_progress_and_then_stands() {
    let lab = Lab::with(&format!("release = \"never\"\n{PRODUCTION}"));
    let released = lab.project.json("release v1.0.0");
    assert_eq!(released["deployments"][0]["state"], "success", "{released:#}");
    let deployments = lab.gitlab.deployments();
    let [deployment] = deployments.as_slice() else { panic!("{deployments:#?}") };
    assert_eq!(deployment.statuses, ["running", "success"]);
    assert_eq!((&deployment.reference, &deployment.sha), (&"v1.0.0".to_owned(), &lab.project.repo.head()));
    let changes = lab.gitlab.changes();
    lab.project.run("release v1.0.0").expect_success();
    assert_eq!(lab.gitlab.changes(), changes);
    lab.project.run("verify v1.0.0").expect_success();
}

#[test]
fn a_deployment_that_failed_is_tried_in_an_entry_of_its_own() {
    let lab = Lab::with(&format!("release = \"never\"\n{PRODUCTION}"));
    let refused = GitLabFault::Instead(Answer::status(400).body("{}"));
    lab.gitlab.fault("PUT", "/deployments", 0, 1, refused);
    assert_eq!(lab.project.json("release v1.0.0")["error"]["code"], "forge-rejected");
    assert_eq!(lab.statuses(), [["running", "failed"]]);
    lab.project.run("release v1.0.0").expect_success();
    assert_eq!(lab.statuses(), [["running", "failed"], ["running", "success"]]);
}

#[test]
fn a_rollback_deploys_what_it_goes_back_to_once() {
    let lab = Lab::with(&format!("release = \"never\"\n{PRODUCTION}"));
    lab.project.run("release v1.0.0").expect_success();
    lab.project.tag("feat: more", "v1.1.0");
    lab.gitlab.push_tag("v1.1.0");
    lab.project.run("release v1.1.0").expect_success();
    lab.project.run("rollback v1.0.0").expect_success();
    let references = || -> Vec<String> {
        lab.gitlab.deployments().into_iter().map(|deployment| deployment.reference).collect()
    };
    assert_eq!(references(), ["v1.0.0", "v1.1.0", "v1.0.0"]);
    lab.project.run("rollback v1.0.0").expect_success();
    lab.project.run("release v1.1.0").expect_success();
    assert_eq!(references(), ["v1.0.0", "v1.1.0", "v1.0.0"]);
    lab.project.run("unhold").expect_success();
    assert_eq!(references(), ["v1.0.0", "v1.1.0", "v1.0.0", "v1.1.0"]);
}

#[test]
fn the_entry_of_the_jobs_own_environment_is_left_to_gitlab() {
    let lab = Lab::with(&format!("release = \"never\"\n{PRODUCTION}"));
    lab.in_job("release v1.0.0", "production").run().expect_success();
    assert!(lab.gitlab.deployments().is_empty(), "GitLab makes it, and says what becomes of it");
    let other = lab.in_job("release v1.0.0 -o json", "staging").run();
    assert!(other.stdout().contains("does not reach deployments"), "{}", other.stdout());
}

#[test]
fn a_job_that_deploys_another_commit_or_nothing_is_not_the_entry() {
    for (name, value) in [("CI_COMMIT_SHA", "0".repeat(40)), ("CI_ENVIRONMENT_ACTION", "prepare".to_owned())]
    {
        let lab = Lab::with(&format!("release = \"never\"\n{PRODUCTION}"));
        let job = lab.in_job("release v1.0.0", "production").set("GITLAB_TOKEN", TOKEN).set(name, value);
        job.run().expect_success();
        assert_eq!(lab.statuses(), [["running", "success"]], "{name}");
    }
}

#[test]
fn an_entry_is_found_behind_hundreds_of_others() {
    let lab = Lab::with(&format!("release = \"never\"\n{PRODUCTION}"));
    lab.project.run("release v1.0.0").expect_success();
    lab.gitlab.deploy_others("production", 250);
    let changes = lab.gitlab.changes();
    lab.project.run("release v1.0.0").expect_success();
    lab.project.run("verify v1.0.0").expect_success();
    assert_eq!(lab.gitlab.changes(), changes, "no second entry is made");
}

#[test]
fn a_limit_is_waited_for() {
    let lab = Lab::new();
    let limited = Answer::status(429).header("Retry-After", "1").body("Retry later");
    lab.gitlab.fault("POST", "/releases", 0, 1, GitLabFault::Instead(limited));
    lab.project.run("release v1.0.0").expect_success();
    lab.the_release();
}
