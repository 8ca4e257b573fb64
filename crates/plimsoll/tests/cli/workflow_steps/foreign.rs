//! What `init` writes, run by runners that are not ours.

use plimsoll_testkit::tools::{self, Tool};

use super::forge::{Forge, Host, Setup};
use super::operating::{JUDGED, roll_back_and_promote, withdraw};
use super::{
    BY_PAGES, IMAGE, WITH_CHART, complete_page, publish_and_rehearse, release_and_operate, release_charts,
    run_pipelines,
};

/// Those that act runs.
const ACTIONS: [Host; 2] = [Host::GitHub, Host::Forgejo];

fn gitlab_ci_local() -> Option<Tool> {
    // By which it copies what jobs hand on.
    let [runner, _] = tools::require_all(["gitlab-ci-local", "rsync"])?;
    Some(runner)
}

#[test]
fn act_runs_releases_and_what_people_decide() {
    let Some(act) = tools::require("act") else { return };
    for host in ACTIONS {
        let forge = || Forge::new(host, Setup { options: "--actions none", ..Setup::PLAIN }).run_by(&act);
        release_and_operate(&forge());
        let forge = || Forge::new(host, JUDGED).run_by(&act);
        roll_back_and_promote(&forge());
        withdraw(&forge());
    }
}

/// With the checkout of GitHub's own action.
#[test]
fn act_runs_the_actions_that_are_pinned() {
    let Some(act) = tools::require("act") else { return };
    let Some(actions) = tools::fixtures("PLIMSOLL_FIXTURES_ACTIONS") else { return };
    for host in ACTIONS {
        let mut forge = Forge::new(host, Setup { options: "--actions pinned", ..Setup::PLAIN }).run_by(&act);
        forge.actions = Some(actions.clone());
        release_and_operate(&forge);
    }
}

#[test]
fn act_completes_pages() {
    let Some(act) = tools::require("act") else { return };
    complete_page(&Forge::new(Host::GitHub, Setup { options: BY_PAGES, ..Setup::PLAIN }).run_by(&act));
}

#[test]
fn act_publishes_branches_and_rehearses_pull_requests() {
    let Some([act, _]) = tools::require_all(["act", "jq"]) else { return };
    for host in ACTIONS {
        let setup = Setup { options: "--actions none", image: IMAGE, ..Setup::PLAIN };
        publish_and_rehearse(&Forge::new(host, setup).run_by(&act));
    }
}

#[test]
fn act_releases_charts() {
    let Some(act) = tools::require("act") else { return };
    ACTIONS.into_iter().for_each(|host| release_charts(&Forge::new(host, WITH_CHART).run_by(&act)));
}

#[test]
fn gitlab_ci_local_runs_pipelines() {
    let Some(runner) = gitlab_ci_local() else { return };
    run_pipelines(&Forge::new(Host::GitLab, Setup { image: IMAGE, ..Setup::PLAIN }).run_by(&runner));
}

#[test]
fn gitlab_ci_local_operates() {
    let Some(runner) = gitlab_ci_local() else { return };
    let forge = || Forge::new(Host::GitLab, Setup { options: "", ..JUDGED }).run_by(&runner);
    roll_back_and_promote(&forge());
    withdraw(&forge());
}

#[test]
fn gitlab_ci_local_releases_charts() {
    let Some(runner) = gitlab_ci_local() else { return };
    release_charts(&Forge::new(Host::GitLab, Setup { options: "", ..WITH_CHART }).run_by(&runner));
}
