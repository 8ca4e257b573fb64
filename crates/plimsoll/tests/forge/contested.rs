//! Pages that others write at the same time, and pages that a forge would not take.

use plimsoll_testkit::github::GitHubFault;

use crate::port::Port;

#[test]
fn a_file_that_another_run_is_sending_is_waited_for() {
    let port = Port::new();
    port.github.fault("POST", "/assets", 1, 1, GitHubFault::SomebodyUploads(2));
    port.run("release v1.0.0").expect_success();
    let page = port.github.releases().into_iter().find(|page| page.tag == "v1.0.0").expect("it has a page");
    assert!(!page.draft && page.assets.iter().all(|asset| asset.state == "uploaded"), "{page:?}");
    let changes = port.github.changes();
    assert!(!changes.iter().any(|change| change.starts_with("DELETE")), "{changes:?}");
}

#[test]
fn the_notes_of_a_thousand_commits_fit_a_page() {
    let port = Port::with("notes = \"commits\"");
    let subject = "x".repeat(150);
    let tree = port.repo.git(["write-tree"]);
    let mut head = port.repo.head();
    for number in 0..1000 {
        let message = format!("fix: {subject} {number}");
        head = port.repo.git(["commit-tree", &tree, "-p", &head, "-m", &message]);
    }
    port.repo.git(["update-ref", "HEAD", &head]);
    port.repo.annotated_tag("v1.0.1");
    port.repo.push("origin", ["main", "v1.0.1"]);
    port.run("release v1.0.1").expect_success();
    let page = port.github.releases().into_iter().find(|page| page.tag == "v1.0.1").expect("it has a page");
    assert!(page.body.contains(" more lines\n") && page.body.contains("## Images"), "{}", page.body.len());
}
