//! Repositories that do not answer: nothing follows what may have been taken back there, and nothing that is required waits
//! for what may fail.

use std::sync::Arc;

use plimsoll_engine::act::audit::audit;
use plimsoll_engine::act::repair::repair;
use plimsoll_engine::act::speak::speak;
use plimsoll_engine::act::verify::Authorship;
use plimsoll_engine::domain::deployment::DeployOn;
use plimsoll_engine::domain::marks::Mark;
use plimsoll_engine::domain::page::PagePolicy;
use plimsoll_engine::domain::project::Project;
use plimsoll_engine::domain::target::Necessity;
use plimsoll_engine::plan::saying::Saying;
use plimsoll_engine::run::deployment::find_head;
use plimsoll_engine::run::latest_page::look_at_latest;
use plimsoll_engine::run::mirrors::{Mirrors, repositories};
use plimsoll_oci::name::Digest;
use plimsoll_tags::version::{Scheme, Version};
use plimsoll_testkit::world::{End, Scheduler};

use crate::project::{C1, M1, R1, V1, holder, image_tag, repository};
use crate::stage::{Settings, Stage};

const V2: &str = "v1.1.0";

/// Two versions are published, and since then image `a` goes elsewhere.
fn moved(pages: PagePolicy) -> Stage {
    let mut stage = Stage::new(Settings { mirror: None, pages, ..Settings::default() });
    stage.sea.make_git_tag(V2);
    assert!(stage.release_alone("A", "one", V1).is_done());
    assert!(stage.release_alone("B", "one", V2).is_done());
    let mut project = Project::clone(&stage.project);
    project.images[0].repository = repository("elsewhere.test/acme/a");
    stage.project = Arc::new(project);
    stage
}

#[test]
fn a_yank_is_not_said_while_the_place_that_others_look_at_takes_nothing() {
    let stage = moved(PagePolicy::Never);
    stage.sea.veil("one", &repository(R1));
    let version = Version::parse(Scheme::Semver, "1.1.0").expect("a version");
    let yank = Saying::Yank { version, record: Digest::of(b"record"), reason: "broken".into() };
    let say = |stage: &Stage| {
        let (project, yank) = (Arc::clone(&stage.project), yank.clone());
        let mut scheduler: Scheduler<bool> = Scheduler::new(&stage.sea);
        let run = scheduler.start("yank", &stage.machine("one"), |aboard| async move {
            speak(&aboard.world, &project, &yank).await.is_ok()
        });
        scheduler.finish(run).clone()
    };
    assert_eq!(say(&stage), End::Exited(false));
    stage.sea.unveil("one", &repository(R1));
    assert_eq!(say(&stage), End::Exited(true));
}

#[test]
fn what_a_project_of_charts_says_is_said_where_the_charts_are() {
    let stage = Stage::new(Settings::default());
    let with_images = repositories(&stage.project);
    assert!(!with_images.contains_key(&repository(C1)));
    let charts = Project { images: Vec::new(), ..Project::clone(&stage.project) };
    assert_eq!(
        repositories(&charts).into_iter().collect::<Vec<_>>(),
        [(repository(C1), Necessity::Required)]
    );
}

#[test]
fn neither_page_nor_environment_follows_a_version_that_may_be_yanked() {
    let mut stage = moved(PagePolicy::Version);
    stage.mark(Mark::Yank {
        version: "1.1.0".into(),
        record: Some(Digest::of(b"record")),
        reason: "broken".into(),
    });
    let look = |stage: &Stage| {
        stage.look(|project, aboard| async move {
            let eyes = aboard.world.eyes();
            let latest = look_at_latest(eyes, &project, &mut Mirrors::new(&project)).await;
            let latest = latest.expect("it can be looked at").and_then(|course| course.head);
            let head = find_head(eyes, &project, DeployOn::Version).await;
            (latest.map(|latest| latest.tag.0), head.is_ok())
        })
    };
    assert_eq!(look(&stage), (Some(V1.to_owned()), true));
    stage.sea.break_down(&repository(R1), u32::MAX);
    assert_eq!(look(&stage), (None, false), "the mark can not be read");
}

#[test]
fn a_dead_optional_mirror_keeps_no_chart_from_being_repaired() {
    let mut stage = Stage::new(Settings { mirror: Some(Necessity::Optional), ..Settings::default() });
    assert!(stage.release_alone("A", "one", V1).is_done());
    let chart = (repository(C1), image_tag("1.0.0"));
    let there = stage.sea.tag(&chart.0, &chart.1);
    assert!(there.is_some());
    stage.sea.remove_tag(&chart.0, &chart.1);
    stage.sea.break_down(&repository(M1), u32::MAX);
    let project = Arc::clone(&stage.project);
    let mut scheduler: Scheduler<bool> = Scheduler::new(&stage.sea);
    let run = scheduler.start("repair", &stage.machine("two"), |aboard| async move {
        let found = audit(aboard.world.eyes(), &project).await.expect("a ledger");
        repair(&aboard.world, &project, &holder(&aboard), &found).await.is_ok()
    });
    scheduler.finish(run);
    assert_eq!(stage.sea.tag(&chart.0, &chart.1), there, "{}", scheduler.story());
}

#[test]
fn a_dead_optional_mirror_keeps_nobody_from_vouching() {
    let mut stage = Stage::new(Settings { mirror: Some(Necessity::Optional), ..Settings::default() });
    assert!(stage.release_alone("A", "one", V1).is_done());
    stage.sea.break_down(&repository(M1), u32::MAX);
    let verified = stage.verify_wholly(V1);
    assert!(matches!(verified.authorship, Authorship::VouchedFor(_)), "{verified:?}");
    stage.sea.break_down(&repository(R1), u32::MAX);
    assert_eq!(stage.verify_wholly(V1).authorship, Authorship::Refused);
}
