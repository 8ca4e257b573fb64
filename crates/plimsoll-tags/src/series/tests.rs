use proptest::prelude::*;

use super::Series;
use crate::class::ClassName;
use crate::facts::{CommitId, DefaultBranch, Event, Facts};
use crate::notation::short::Template;
use crate::rule::{Rendered, TagRule};
use crate::version::{Scheme, Version};

fn version(text: &str) -> Version {
    Version::parse(Scheme::Semver, text).unwrap()
}

fn series_of(rule: &TagRule, version: &Version) -> Option<Series> {
    let commit = CommitId::parse("abc1234def5678900123456789abcdef01234567").unwrap();
    let event = Event::Release(version.clone());
    match rule.render(&Facts { event, commit, default_branch: DefaultBranch::Contains }).unwrap() {
        Rendered::Tag(tag) => tag.series,
        Rendered::Skipped(_) => None,
    }
}

fn rule(template: &str, class: Option<ClassName>) -> TagRule {
    TagRule { class, ..TagRule::of(Template::parse(template).unwrap()) }
}

#[test]
fn a_series_is_what_renders_to_its_tag() {
    for (template, of, members, others) in [
        ("{major}.{minor}", "1.2.3", vec!["1.2.0", "1.2.99"], vec!["1.3.0", "2.2.3", "1.2.3-rc.1"]),
        ("v{major}", "1.2.3", vec!["1.0.0", "1.9.9"], vec!["0.1.0", "2.0.0", "1.0.0-rc.1"]),
        ("latest", "1.2.3", vec!["0.1.0", "1.2.3", "9.9.9"], vec!["9.9.9-rc.1"]),
    ] {
        let series = series_of(&rule(template, None), &version(of)).unwrap();
        for member in members {
            assert!(series.contains(&version(member)), "{template} {member}");
        }
        for other in others {
            assert!(!series.contains(&version(other)), "{template} {other}");
        }
    }
}

#[test]
fn a_major_series_of_0_x_exists_only_where_it_is_allowed() {
    assert_eq!(series_of(&rule("{major}", None), &version("0.1.0")), None);
    let allowed = series_of(&rule("{major}", Some(ClassName::Moving)), &version("0.1.0")).unwrap();
    assert!(allowed.contains(&version("0.9.0")));
}

fn any_release() -> impl Strategy<Value = Version> {
    "[0-3]\\.[0-3]\\.[0-3](-rc\\.[0-3])?".prop_map(|text| version(&text))
}

proptest! {
    #[test]
    fn a_series_contains_what_it_is_rendered_from(
        template in prop::sample::select(vec!["{major}", "{major}.{minor}", "latest", "x{major}-{minor}"]),
        class in prop::sample::select(vec![None, Some(ClassName::Moving)]),
        one in any_release(),
        two in any_release(),
    ) {
        let rule = rule(template, class);
        let (of_one, of_two) = (series_of(&rule, &one), series_of(&rule, &two));
        if let Some(series) = &of_one {
            prop_assert!(series.contains(&one));
            // Two versions share a series exactly if each is in the other's.
            prop_assert_eq!(series.contains(&two), of_two.as_ref() == Some(series));
        }
    }

    #[test]
    fn the_head_does_not_depend_on_the_order(
        mut versions in prop::collection::vec(any_release(), 1..8),
        rotation in 0..8_usize,
    ) {
        let series = series_of(&rule("{major}.{minor}", None), &version("1.1.0")).unwrap();
        let head = series.head(&versions).cloned();
        let length = versions.len();
        versions.rotate_left(rotation % length);
        prop_assert_eq!(series.head(&versions).cloned(), head.clone());
        versions.reverse();
        prop_assert_eq!(series.head(&versions).cloned(), head.clone());
        if let Some(head) = head {
            prop_assert!(!head.is_prerelease());
            prop_assert!(versions.iter().filter(|one| series.contains(one)).all(|one| *one <= head));
        }
    }
}
