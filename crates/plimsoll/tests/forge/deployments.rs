//! Deployments on GitHub: one entry for each release, promotion and rollback, whoever began it.

use plimsoll_testkit::fault_registry::wire::Answer;
use plimsoll_testkit::github::{GitHubDeployment, GitHubFault, TOKEN};

use crate::port::Port;

const PRODUCTION: &str =
    "[[deployment]]\nenvironment = \"production\"\nurl = \"https://app.example/{version}\"";

/// A project whose versions go to production.
fn port() -> Port {
    let port = Port::with(&format!("release = \"never\"\n{PRODUCTION}"));
    port.github.point("v1.0.0", &port.repo.head());
    port
}

fn states(deployment: &GitHubDeployment) -> Vec<&str> {
    deployment.statuses.iter().map(|status| status.state.as_str()).collect()
}

#[track_caller]
fn the_deployment(port: &Port) -> GitHubDeployment {
    let deployments = port.github.deployments();
    let [deployment] = deployments.as_slice() else { panic!("{deployments:#?}") };
    deployment.clone()
}

/// Runs a command in a job of GitHub Actions.
#[track_caller]
fn in_job(port: &Port, line: &str, run: u64) {
    let server = port.github.url().trim_end_matches("/acme/app").to_owned();
    let job = port.plimsoll(line).set("GITHUB_ACTIONS", "true").set("GITHUB_SERVER_URL", server);
    let job = job.set("GITHUB_REPOSITORY", "acme/app").set("GITHUB_RUN_ID", run.to_string());
    job.set("GITHUB_TOKEN", TOKEN).run().expect_success();
}

#[test]
fn a_release_is_in_progress_and_then_stands_at_its_address() {
    let port = port();
    let released = port.json("release v1.0.0");
    assert_eq!(released["deployments"][0]["state"], "success", "{released:#}");
    let deployment = the_deployment(&port);
    assert_eq!(states(&deployment), ["in_progress", "success"]);
    assert_eq!(deployment.sha, port.repo.head());
    assert_eq!(deployment.statuses[1].environment_url, "https://app.example/1.0.0");
    assert_eq!(port.github.releases(), [], "no page was asked for");
    let changes = port.github.changes();
    assert_eq!(port.json("release v1.0.0")["status"], "already-released");
    assert_eq!(port.github.changes(), changes);
    port.run("verify v1.0.0").expect_success();
    assert_eq!(port.run("plan v1.0.0 --online --detailed-exitcode").code(), Some(0));
}

#[test]
fn the_entry_of_the_jobs_own_environment_is_adopted() {
    let port = port();
    port.github.begin_job("production", &port.repo.head(), 41);
    port.github.begin_job("production", &port.repo.head(), 42);
    in_job(&port, "release v1.0.0", 42);
    let deployments = port.github.deployments();
    assert_eq!(deployments.len(), 2, "{deployments:#?}");
    assert_eq!(states(&deployments[0]), ["in_progress"], "another run's");
    assert_eq!(states(&deployments[1]), ["in_progress", "success"]);
    // On a machine of one's own it is found by its commit.
    port.run("release v1.0.0").expect_success();
    port.run("verify v1.0.0").expect_success();
    assert_eq!(port.github.deployments().len(), 2);
}

#[test]
fn the_entry_of_a_job_that_began_on_another_commit_is_left_alone() {
    let port = port();
    port.github.begin_job("production", &"0".repeat(40), 42);
    in_job(&port, "release v1.0.0", 42);
    let deployments = port.github.deployments();
    assert_eq!(deployments.len(), 2, "{deployments:#?}");
    assert_eq!(states(&deployments[0]), ["in_progress"], "GitHub says itself what becomes of it");
    assert_eq!(states(&deployments[1]), ["in_progress", "success"]);
    assert_eq!(deployments[1].sha, port.repo.head());
}

#[test]
fn a_job_that_verifies_in_the_environment_is_not_the_release() {
    let port = port();
    port.run("release v1.0.0").expect_success();
    port.github.begin_job("production", &port.repo.head(), 43);
    in_job(&port, "verify v1.0.0", 43);
    in_job(&port, "audit", 43);
}

#[test]
fn a_release_that_fails_says_so_and_the_next_run_goes_on() {
    let port = port();
    let down = || GitHubFault::Instead(Answer::status(422).body("{}"));
    port.github.fault("POST", "/statuses", 1, 1, down());
    assert_eq!(port.json("release v1.0.0")["error"]["code"], "forge-rejected");
    assert_eq!(states(&the_deployment(&port)), ["in_progress", "failure"]);
    assert_eq!(port.json("release v1.0.0")["status"], "finished");
    assert_eq!(states(&the_deployment(&port)), ["in_progress", "failure", "success"]);
}

#[test]
fn a_failing_gate_fails_the_promotion_and_its_deployment() {
    let more = "[tags]\nstable = \"v{version}-stable\"\n[gates]\npromote = [\"test -e good\"]";
    let on = "[[deployment]]\non = \"promotion\"\nenvironment = \"production\"";
    let port = Port::with(&format!("release = \"stable\"\n{more}\n{on}"));
    port.run("release v1.0.0").expect_success();
    assert_eq!(port.github.deployments(), []);
    port.repo.annotated_tag("v1.0.0-stable");
    port.repo.push("origin", ["v1.0.0-stable"]);
    port.github.point("v1.0.0-stable", &port.repo.head());
    assert_eq!(port.run("promote v1.0.0").code(), Some(5));
    assert_eq!(states(&the_deployment(&port)), ["in_progress", "failure"]);
}

#[test]
fn a_promotion_is_deployed_with_its_page() {
    let more = "[tags]\nstable = \"v{version}-stable\"";
    let on = "[[deployment]]\non = \"promotion\"\nenvironment = \"production\"";
    let port = Port::with(&format!("release = \"stable\"\n{more}\n{on}"));
    port.run("release v1.0.0").expect_success();
    port.repo.annotated_tag("v1.0.0-stable");
    port.repo.push("origin", ["v1.0.0-stable"]);
    port.github.point("v1.0.0-stable", &port.repo.head());
    let plan = port.run("plan v1.0.0-stable --online");
    assert!(plan.stdout().contains("deployments\n  create         production"), "{}", plan.stdout());
    let promoted = port.json("promote v1.0.0");
    assert_eq!(promoted["deployments"][0]["environment"], "production", "{promoted:#}");
    let page = format!("{}/releases/tag/v1.0.0-stable", port.github.url());
    assert_eq!(promoted["page"]["url"], page, "{promoted:#}");
    assert_eq!(states(&the_deployment(&port)), ["in_progress", "success"]);
    port.run("promote v1.0.0").expect_success();
    assert_eq!(states(&the_deployment(&port)), ["in_progress", "success"]);
    let plan = || port.run("plan v1.0.0-stable --online --detailed-exitcode");
    assert_eq!(plan().code(), Some(0), "{}", plan().stdout());
    port.github.delete_release(port.github.releases()[0].id);
    assert_eq!(plan().code(), Some(3));
    assert!(plan().stdout().contains("release page\n  create         v1.0.0-stable"), "{}", plan().stdout());
}

#[test]
fn a_rollback_deploys_what_it_goes_back_to_and_a_later_run_does_not_undo_it() {
    let port = port();
    port.run("release v1.0.0").expect_success();
    let first = port.repo.head();
    port.tag("feat: more", "v1.1.0");
    port.github.point("v1.1.0", &port.repo.head());
    port.run("release v1.1.0").expect_success();
    let back = port.json("rollback v1.0.0");
    assert_eq!(back["deployments"][0]["state"], "success", "{back:#}");
    let shown = || {
        let deployments = port.github.deployments().into_iter();
        deployments.map(|it| (it.sha.clone(), it.state().to_owned())).collect::<Vec<_>>()
    };
    let (second, inactive, success) = (port.repo.head(), "inactive".to_owned(), "success".to_owned());
    let want =
        [(first.clone(), inactive.clone()), (second.clone(), inactive.clone()), (first, success.clone())];
    assert_eq!(shown(), want);
    port.run("rollback v1.0.0").expect_success();
    port.run("release v1.1.0").expect_success();
    assert_eq!(shown(), want, "neither run says anything new");
    port.run("unhold").expect_success();
    assert_eq!(shown().last(), Some(&(second, success)));
}

#[test]
fn an_older_line_does_not_take_the_environment() {
    let port = port();
    port.tag("feat: more", "v1.1.0");
    port.github.point("v1.1.0", &port.repo.head());
    port.run("release v1.1.0").expect_success();
    let released = port.json("release v1.0.0");
    let deployment = &released["deployments"][0];
    assert_eq!(
        (&deployment["state"], &deployment["at"]),
        (&"outranked".into(), &"1.1.0".into()),
        "{released:#}"
    );
    assert_eq!(the_deployment(&port).reference, "v1.1.0");
}

#[test]
fn a_lost_reply_makes_no_second_entry() {
    for (path, skip) in [("/deployments", 0), ("/statuses", 0), ("/statuses", 1)] {
        let port = port();
        port.github.fault("POST", path, skip, 1, GitHubFault::ReplyLost);
        port.run("release v1.0.0").expect_success();
        let deployment = the_deployment(&port);
        assert_eq!(deployment.state(), "success", "{path}: {deployment:#?}");
    }
}

#[test]
fn a_token_without_the_permission_is_told_before_anything_is_pushed() {
    let port = port();
    port.github.forbid_deployments();
    let ended = port.json("release v1.0.0");
    assert_eq!((&ended["error"]["code"], &ended["exit"]), (&"forge-denied".into(), &4.into()), "{ended:#}");
    assert!(ended.to_string().contains("deployments: write"), "{ended:#}");
    assert!(port.registry.manifest("acme/app", "1.0.0").is_none());
    assert!(port.registry.manifest("acme/app", "latest").is_none());
}

#[test]
fn withdrawing_ends_what_was_in_progress() {
    let port = Port::with(&format!("release = \"never\"\n[gates]\nsealed = [\"false\"]\n{PRODUCTION}"));
    port.github.point("v1.0.0", &port.repo.head());
    let down = GitHubFault::Instead(Answer::status(422).body("{}"));
    port.github.fault("POST", "/statuses", 1, 1, down);
    assert_eq!(port.run("release v1.0.0").code(), Some(5));
    assert_eq!(the_deployment(&port).state(), "in_progress");
    port.run("withdraw v1.0.0 --yes").expect_success();
    assert_eq!(the_deployment(&port).state(), "failure");
}

#[test]
fn where_nobody_keeps_entries_it_is_said() {
    let port = port();
    let plan = port.run("plan v1.0.0 --local");
    let text = format!("{}{}", plan.stdout(), plan.stderr());
    assert!(text.contains("no entry of the deployment to production: nobody else can see"), "{text}");
    port.run("release v1.0.0 --local").expect_success();
    assert!(port.github.exchanges().is_empty());
}
