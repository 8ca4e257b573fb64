//! What `init` writes, run by runners that are not ours.

use plimsoll_testkit::tools;

use super::forge::{Forge, Host, Setup};
use super::{BY_PAGES, IMAGE, complete_page, publish_and_rehearse, release_and_operate, run_pipelines};

#[test]
fn act_runs_releases_and_what_people_decide() {
    let Some(act) = tools::require("act") else { return };
    for host in [Host::GitHub, Host::Forgejo] {
        let forge = Forge::new(host, Setup { options: "--actions none", ..Setup::default() });
        release_and_operate(&forge.run_by(&act));
    }
}

#[test]
fn act_completes_pages() {
    let Some(act) = tools::require("act") else { return };
    let forge = Forge::new(Host::GitHub, Setup { options: BY_PAGES, ..Setup::default() });
    complete_page(&forge.run_by(&act));
}

#[test]
fn act_publishes_branches_and_rehearses_pull_requests() {
    let Some([act, _]) = tools::require_all(["act", "jq"]) else { return };
    for host in [Host::GitHub, Host::Forgejo] {
        let forge = Forge::new(host, Setup { options: "--actions none", image: IMAGE, ..Setup::default() });
        publish_and_rehearse(&forge.run_by(&act));
    }
}

#[test]
fn gitlab_ci_local_runs_pipelines() {
    let Some([runner, _]) = tools::require_all(["gitlab-ci-local", "rsync"]) else { return };
    let forge = Forge::new(Host::GitLab, Setup { image: IMAGE, ..Setup::default() });
    run_pipelines(&forge.run_by(&runner));
}
