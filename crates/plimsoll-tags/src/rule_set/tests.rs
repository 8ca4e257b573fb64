use proptest::prelude::*;

use super::{RuleFinding, RuleSet};
use crate::class::{Class, ClassName, Line};
use crate::facts::{CommitId, DefaultBranch, Event, Facts, Run};
use crate::git_tag::TagPattern;
use crate::notation::action::flavor::Flavor;
use crate::notation::action::rule::Rule;
use crate::notation::short::Template;
use crate::rule::{Condition, Skip, TagRule};
use crate::table::Table;
use crate::version::{Scheme, Version};

fn set(rules: &[(&str, &[&str])]) -> RuleSet {
    let rules = rules.iter().flat_map(|(key, templates)| {
        templates.iter().map(|template| {
            let (template, class) = match template.split_once(" = ") {
                Some((template, class)) => (template, Some(ClassName::parse(class).unwrap())),
                None => (*template, None),
            };
            let rule = match template.starts_with("type=") {
                true => {
                    let pattern = TagPattern::parse("v{version}").unwrap();
                    TagRule::of_action(Rule::parse(template).unwrap(), Flavor::default(), pattern)
                }
                false => TagRule::of(Template::parse(template).unwrap()),
            };
            (Table::parse(key).unwrap(), TagRule { class, ..rule })
        })
    });
    RuleSet::of(rules.collect())
}

fn facts(event: Event) -> Facts {
    let commit = CommitId::parse("abc1234def5678900123456789abcdef01234567").unwrap();
    let run = Run::at("2024-05-01T12:00:00Z".parse().unwrap());
    Facts { event, commit, default_branch: DefaultBranch::Contains, run }
}

fn of_release(version: Version) -> Event {
    Event::Release { tag: format!("v{version}"), version }
}

fn of_promotion(version: Version) -> Event {
    Event::Promotion { tag: format!("v{version}-stable"), version }
}

fn released(rules: &RuleSet, scheme: Scheme, version: &str) -> (Vec<String>, Vec<Skip>) {
    let version = Version::parse(scheme, version).unwrap();
    let rendered = rules.render(&facts(of_release(version))).unwrap();
    (rendered.tags.iter().map(|tag| tag.value.to_string()).collect(), rendered.skipped)
}

#[test]
fn a_usual_configuration() {
    let rules = set(&[
        ("release", &["v{version}", "{major}.{minor}", "sha-{sha}", "latest"]),
        ("promotion", &["stable"]),
        ("branch:main", &["main", "sha-{sha}"]),
        ("pull-request", &["pr-{number}"]),
    ]);
    assert_eq!(rules.check(Scheme::Semver), []);
    assert_eq!(released(&rules, Scheme::Semver, "1.0.0").0, ["v1.0.0", "1.0", "sha-abc1234", "latest"]);
    let (tags, skipped) = released(&rules, Scheme::Semver, "1.1.0-rc.1");
    assert_eq!(tags, ["v1.1.0-rc.1", "sha-abc1234"]);
    assert_eq!(skipped.len(), 2);
    for (event, want) in [
        (of_promotion(Version::parse(Scheme::Semver, "1.0.0").unwrap()), vec!["stable"]),
        (Event::Branch("main".into()), vec!["main", "sha-abc1234"]),
        (Event::Branch("other".into()), vec![]),
        (Event::PullRequest(7), vec!["pr-7"]),
    ] {
        let rendered = rules.render(&facts(event)).unwrap();
        assert_eq!(rendered.tags.iter().map(|tag| tag.value.as_str()).collect::<Vec<_>>(), want);
        assert!(rendered.primary().is_none());
    }
}

#[test]
fn the_primary_tag_is_the_first_that_contains_the_whole_version() {
    let rules = set(&[("release", &["latest", "{major}", "{version}-{sha}", "v{version}"])]);
    let version = Version::parse(Scheme::Semver, "1.0.0").unwrap();
    let rendered = rules.render(&facts(of_release(version))).unwrap();
    assert_eq!(rendered.primary().unwrap().value.as_str(), "1.0.0-abc1234");
}

/// The tag that two rules disagree on, for each finding.
fn disputed(rules: &RuleSet, scheme: Scheme) -> Vec<String> {
    let value = |finding| match finding {
        RuleFinding::TwoMeanings { value, .. } => value,
        RuleFinding::TwoSeries { value, .. } => format!("{value} (series)"),
        RuleFinding::Class { error, .. } => panic!("{error}"),
    };
    rules.check(scheme).into_iter().map(value).collect()
}

const SEMVER: &str = "type=semver,pattern={{version}}";

#[test]
fn both_notations_stand_in_one_list() {
    let rules = set(&[
        ("release", &["type=sha", "type=semver,pattern={{major}}.{{minor}}", SEMVER, "v{version}"]),
        ("branch:*", &["type=ref,event=branch", "type=schedule"]),
    ]);
    assert_eq!(rules.check(Scheme::Semver), []);
    assert_eq!(
        released(&rules, Scheme::Semver, "1.2.3").0,
        ["v1.2.3", "1.2", "1.2.3", "sha-abc1234", "latest"]
    );
    let (tags, skipped) = released(&rules, Scheme::Semver, "1.2.3-rc.1");
    assert_eq!(tags, ["v1.2.3-rc.1", "1.2.3-rc.1", "sha-abc1234"]);
    assert_eq!(skipped, []);
    let rendered = rules.render(&facts(Event::Branch("dev".into()))).unwrap();
    assert_eq!(rendered.tags.len(), 1);
    assert_eq!(rendered.tags[0].class, Class::Moving(Line::Branch("dev".into())));
    for name in ["latest", "1.2", "v1.2.3"] {
        let rendered = rules.render(&facts(Event::Branch(name.into()))).unwrap();
        assert_eq!(rendered.tags, []);
        assert!(matches!(&rendered.skipped[..], [Skip::TakenByAnotherTable { .. }]), "{name}");
    }
}

#[test]
fn a_moving_tag_stands_for_the_newest_of_its_series() {
    let rules =
        set(&[("release", &["v{version}", "{major}", SEMVER, "type=semver,pattern={{major}}.{{minor}}"])]);
    let parse = |text: &str| Version::parse(Scheme::Semver, text).unwrap();
    let versions = ["1.2.4", "1.3.0", "2.0.0", "2.1.0-rc.1", "1.2.2", "3.0.0-rc.1"].map(parse);
    let released = parse("1.2.3");
    let rendered = rules.render(&facts(of_release(released.clone()))).unwrap();
    let newer = rendered.tags.iter().map(|tag| {
        let newer = rules.find_newer(tag, &released, &versions).map(ToString::to_string);
        (tag.value.to_string(), newer.unwrap_or_default())
    });
    let want = [("v1.2.3", ""), ("1", "1.3.0"), ("1.2.3", ""), ("1.2", "1.2.4"), ("latest", "2.0.0")];
    assert_eq!(newer.collect::<Vec<_>>(), want.map(|(tag, version)| (tag.to_owned(), version.to_owned())));
}

#[test]
fn one_tag_on_two_lines_is_found() {
    type Rules<'a> = &'a [(&'a str, &'a [&'a str])];
    let cases: [(Rules<'_>, Scheme, &[&str]); 21] = [
        (&[("release", &["latest"]), ("branch:main", &["latest"])], Scheme::Semver, &["latest"]),
        (&[("release", &["latest"]), ("promotion", &["latest"])], Scheme::Semver, &["latest"]),
        (&[("branch:main", &["edge"]), ("branch:dev", &["edge"])], Scheme::Semver, &["edge"]),
        (&[("release", &["{major}.{minor}"]), ("branch:1.x", &["{branch}"])], Scheme::Semver, &[]),
        (&[("release", &["{major}.{minor}"]), ("branch:1.4", &["{branch}"])], Scheme::Semver, &["1.4"]),
        (&[("release", &["{version}"]), ("branch:1.4.0", &["{branch}"])], Scheme::Semver, &["1.4.0"]),
        (&[("release", &["{major}.{minor}"]), ("promotion", &["{major}.{minor}"])], Scheme::Semver, &["1.2"]),
        (&[("release", &["{version}"]), ("promotion", &["{version}"])], Scheme::Semver, &[]),
        (&[("release", &["{version}", "{major}.{minor}"])], Scheme::Semver, &[]),
        (&[("release", &["{version}", "{major}.{minor}"])], Scheme::Pep440, &["1.2"]),
        (&[("release", &["{version}", "{major}.{minor} = moving"])], Scheme::Pep440, &[]),
        (&[("release", &["{major}"]), ("pull-request", &["{number}"])], Scheme::Semver, &["1"]),
        (&[("release", &["{major}", "1"])], Scheme::Semver, &["1 (series)"]),
        (&[("branch:main", &["main", "{branch}"])], Scheme::Semver, &[]),
        (&[("release", &[SEMVER]), ("branch:main", &["latest"])], Scheme::Semver, &["latest"]),
        (
            &[("release", &["type=ref,event=tag"]), ("pull-request", &["type=ref,event=pr"])],
            Scheme::Pep440,
            &[],
        ),
        (&[("release", &["{tag}"]), ("branch:v1.2.3", &["{branch}"])], Scheme::Semver, &["v1.2.3"]),
        (&[("release", &[SEMVER, "latest"])], Scheme::Semver, &[]),
        (&[("release", &[SEMVER, "type=raw,value=latest"])], Scheme::Semver, &[]),
        (&[("release", &["type=raw,value=latest", "type=sha"])], Scheme::Semver, &[]),
        (
            &[("release", &[SEMVER]), ("branch:*", &["type=edge"]), ("branch:dev", &["edge"])],
            Scheme::Semver,
            &["edge"],
        ),
    ];
    for (rules, scheme, want) in cases {
        assert_eq!(disputed(&set(rules), scheme), want, "{rules:?}");
    }
}

#[test]
fn a_condition_makes_another_series_of_the_same_tag() {
    let latest = TagRule::of(Template::parse("latest").unwrap());
    let on_default = TagRule { condition: Some(Condition::OnDefaultBranch), ..latest.clone() };
    let rules = RuleSet::of(vec![(Table::Release, latest.clone()), (Table::Release, on_default)]);
    assert_eq!(disputed(&rules, Scheme::Semver), ["latest (series)"]);
    let twice = RuleSet::of(vec![(Table::Release, latest.clone()), (Table::Release, latest)]);
    assert_eq!(disputed(&twice, Scheme::Semver), Vec::<String>::new());
}

#[test]
fn every_rule_without_a_class_is_found_with_its_place() {
    let rules = set(&[("release", &["{number}", "latest"]), ("pull-request", &["preview"])]);
    let places: Vec<usize> = rules
        .check(Scheme::Semver)
        .into_iter()
        .map(|finding| match finding {
            RuleFinding::Class { index, .. } => index,
            finding => panic!("{finding}"),
        })
        .collect();
    assert_eq!(places, [0, 2]);
}

#[test]
fn the_class_that_binds_most_wins_a_tag() {
    let rules = set(&[("release", &["{major}.{minor} = moving", "{version}"])]);
    let (tags, skipped) = released(&rules, Scheme::Pep440, "1.2");
    assert_eq!(tags, ["1.2"]);
    assert!(matches!(&skipped[..], [Skip::TakenByAnotherRule { class: ClassName::WriteOnce, .. }]));
    assert_eq!(released(&rules, Scheme::Pep440, "1.2.1").0, ["1.2", "1.2.1"]);
}

#[test]
fn a_finding_reads_as_a_sentence() {
    let rules = set(&[("release", &["latest"]), ("branch:main", &["latest"])]);
    let [finding] = &rules.check(Scheme::Semver)[..] else { panic!() };
    assert_eq!(
        finding.to_string(),
        "`latest` would be moving with the newest version in `release` and moving with branch main in \
         `branch:main`"
    );
    let RuleFinding::TwoMeanings { one, two, .. } = finding else { panic!() };
    assert_eq!((one, two), (&Class::Moving(Line::Version), &Class::Moving(Line::Branch("main".into()))));
}

fn any_template() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "{version}",
        "v{version}",
        "{major}",
        "{major}.{minor}",
        "latest",
        "1",
        "1.2",
        "sha-{sha}",
        "stable",
    ])
}

proptest! {
    #[test]
    fn rules_that_pass_never_give_one_tag_two_meanings(
        release in prop::collection::vec(any_template(), 0..4),
        promotion in prop::collection::vec(any_template(), 0..3),
        one in "[0-2]\\.[0-2]\\.[0-2](-rc)?",
        two in "[0-2]\\.[0-2]\\.[0-2](-rc)?",
    ) {
        let rules = set(&[("release", &release), ("promotion", &promotion)]);
        prop_assume!(rules.check(Scheme::Semver).is_empty());
        let parse = |text: &str| Version::parse(Scheme::Semver, text).unwrap();
        let rendered = [
            rules.render(&facts(of_release(parse(&one)))).unwrap(),
            rules.render(&facts(of_promotion(parse(&two)))).unwrap(),
        ];
        for first in rendered.iter().flat_map(|tags| &tags.tags) {
            for second in rendered.iter().flat_map(|tags| &tags.tags) {
                if first.value == second.value {
                    prop_assert_eq!(&first.class, &second.class);
                }
            }
        }
    }
}
