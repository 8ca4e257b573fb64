//! Laws of plans and lines, for all inputs.

use std::collections::BTreeMap;

use plimsoll_engine::domain::line::{Evidence, Pointee, PublishedVersion, head};
use plimsoll_engine::domain::marks::{Mark, Marks};
use plimsoll_engine::domain::occasion::Occasion;
use plimsoll_engine::domain::source::{Ancestry, Source};
use plimsoll_engine::domain::step::Phase;
use plimsoll_engine::domain::target::Necessity;
use plimsoll_engine::domain::time::Moment;
use plimsoll_engine::plan::{Plan, plan_release};
use plimsoll_oci::name::Digest;
use plimsoll_tags::version::{Scheme, Version};
use proptest::prelude::*;

use crate::project::{R1, image_tag, project, repository};
use crate::stage::Settings;

fn version() -> impl Strategy<Value = Version> {
    (0u64..3, 0u64..4, 0u64..4, proptest::option::of(0u64..3)).prop_map(|(major, minor, patch, candidate)| {
        let candidate = candidate.map(|number| format!("-rc.{number}")).unwrap_or_default();
        let text = format!("{major}.{minor}.{patch}{candidate}");
        Version::parse(Scheme::Semver, &text).expect("it is a version")
    })
}

fn settings() -> impl Strategy<Value = Settings> {
    let mirrors = [None, Some(Necessity::Required), Some(Necessity::Optional)];
    let platforms: [&'static [&'static str]; 2] = [&["amd64"], &["amd64", "arm64"]];
    let platforms = proptest::sample::select(platforms.to_vec());
    (proptest::sample::select(mirrors.to_vec()), platforms.clone(), platforms)
        .prop_map(|(mirror, a, b)| Settings { mirror, platforms: (a, b), ..Settings::default() })
}

fn plan(settings: &Settings, version: &Version) -> Plan {
    let source = Source {
        tag: None,
        commit: "c".repeat(40).parse().expect("a commit"),
        commit_time: Moment(0),
        on_default_branch: Ancestry::On,
    };
    let occasion = match version.is_prerelease() {
        true => Occasion::Prerelease(version.clone()),
        false => Occasion::Version(version.clone()),
    };
    plan_release(&project(settings), &source, &occasion, &format!("v{version}")).expect("it can be planned")
}

proptest! {
    #[test]
    fn no_tag_that_people_see_comes_before_what_it_stands_for(settings in settings(), version in version()) {
        let steps = plan(&settings, &version).steps();
        let last = |wanted: Phase| steps.iter().rposition(|step| step.phase == wanted);
        let first = |wanted: Phase| steps.iter().position(|step| step.phase == wanted);
        let order = [
            Phase::Make,
            Phase::Push,
            Phase::Record,
            Phase::Commit,
            Phase::VersionTag,
            Phase::Publish,
            Phase::Ledger,
        ];
        for pair in order.windows(2) {
            prop_assert!(last(pair[0]).is_some() && last(pair[0]) < first(pair[1]), "{pair:?} in {steps:?}");
        }
        for late in [Phase::ChartIndex, Phase::FirstWins, Phase::MovingTag] {
            prop_assert!(first(late).is_none_or(|at| Some(at) > last(Phase::Publish)));
        }
        prop_assert!(first(Phase::MovingTag).is_none_or(|at| steps[at..].iter().all(|step| step.phase == Phase::MovingTag)));
    }

    #[test]
    fn a_plan_is_pure_and_every_step_has_its_name(settings in settings(), version in version()) {
        let (one, other) = (plan(&settings, &version), plan(&settings, &version));
        prop_assert_eq!(one.id(), other.id());
        let mut names: Vec<_> = one.steps().into_iter().map(|step| step.id).collect();
        let all = names.len();
        names.sort();
        names.dedup();
        prop_assert_eq!(names.len(), all);
    }

    #[test]
    fn a_prerelease_moves_nothing(settings in settings(), version in version()) {
        let moves = plan(&settings, &version).targets.iter().any(|target| !target.moving.is_empty());
        prop_assert_eq!(moves, !version.is_prerelease());
    }

    #[test]
    fn the_head_of_a_line_does_not_hang_on_the_order_of_events(
        versions in proptest::collection::btree_set(version(), 0..8),
        marks in proptest::collection::vec(mark(), 0..6),
        seed: u64,
    ) {
        let tag = (repository(R1), image_tag("latest"));
        let published: Vec<PublishedVersion> = versions
            .into_iter()
            .map(|version| {
                let digest = Digest::of(version.to_string().as_bytes());
                let moving = BTreeMap::from([(tag.clone(), Pointee::Digest(digest))]);
                PublishedVersion { version, moving, marked_in: None, evidence: Evidence::Claim }
            })
            .collect();
        let ordered = |seed: u64| {
            let mut dice = fastrand::Rng::with_seed(seed);
            let (mut published, mut said) = (published.clone(), marks.clone());
            dice.shuffle(&mut published);
            dice.shuffle(&mut said);
            let mut all = Marks::default();
            for mark in said {
                let bytes = serde_json::to_vec(&mark).expect("a mark can be written");
                all.add(Digest::of(&bytes), mark);
            }
            head(&tag, &published, &all).map(|head| head.version.clone())
        };
        let found = ordered(seed);
        prop_assert_eq!(&found, &ordered(seed.wrapping_add(1)));
        // It is the highest of those that no mark passes over.
        let mut all = Marks::default();
        for mark in &marks {
            all.add(Digest::of(&serde_json::to_vec(mark).expect("a mark can be written")), mark.clone());
        }
        let counted = published.iter().filter(|one| !all.pass_over(&one.version.to_string()));
        prop_assert_eq!(found, counted.map(|one| one.version.clone()).max());
    }
}

fn mark() -> impl Strategy<Value = Mark> {
    let text = || version().prop_map(|version| version.to_string());
    let yank = text().prop_map(|version| Mark::Yank { version, record: None, reason: "broken".into() });
    let hold = (text(), proptest::collection::btree_set(text(), 0..4))
        .prop_map(|(to, over)| Mark::Hold { to, over });
    let said = prop_oneof![yank, hold];
    let lifted = said.clone().prop_map(|mark| {
        let bytes = serde_json::to_vec(&mark).expect("a mark can be written");
        Mark::Lift { statements: [Digest::of(&bytes)].into() }
    });
    prop_oneof![3 => said, 1 => lifted]
}
