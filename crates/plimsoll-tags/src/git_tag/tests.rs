use proptest::prelude::*;

use super::{PatternError, PolicyError, Prereleases, RefusalReason, TagPattern, TagPolicy, TagVerdict};
use crate::version::{Part, Scheme, Version, VersionFault};

fn pattern(text: &str) -> TagPattern {
    TagPattern::parse(text).unwrap()
}

fn policy(version: &str, stable: Option<&str>, prerelease: Prereleases, scheme: Scheme) -> TagPolicy {
    TagPolicy::new(pattern(version), stable.map(pattern), prerelease, scheme).unwrap()
}

/// Two tag classes, SemVer, no prereleases.
fn two_classes() -> TagPolicy {
    policy("v{version}", Some("v{version}-stable"), Prereleases::Refused, Scheme::Semver)
}

/// One line for a verdict: what it is, then the nearest spelling.
fn told(verdict: &TagVerdict) -> String {
    let or_none = |nearest: &Option<String>| nearest.clone().unwrap_or_else(|| "-".to_owned());
    match verdict {
        TagVerdict::Version(version) => format!("version {version}"),
        TagVerdict::Prerelease(version) => format!("prerelease {version}"),
        TagVerdict::Promotion(version) => format!("promotion {version}"),
        TagVerdict::Outside { nearest } => format!("outside -> {}", or_none(nearest)),
        TagVerdict::Refused(refusal) => {
            let reason = match &refusal.reason {
                RefusalReason::NotAVersion { .. } => "not a version",
                RefusalReason::NotCanonical { .. } => "not canonical",
                RefusalReason::PrereleasesRefused { .. } => "prereleases refused",
                RefusalReason::PrereleasePromoted { .. } => "prerelease promoted",
                RefusalReason::NoPatternFits => "no pattern fits",
                RefusalReason::OutsideFamily => "outside the family",
            };
            format!("refused: {reason} -> {}", or_none(&refusal.nearest))
        }
    }
}

#[test]
fn a_policy_with_version_and_stable_tags() {
    let policy = two_classes();
    for (tag, want) in [
        ("v1.4.0", "version 1.4.0"),
        ("v1.4.0-stable", "promotion 1.4.0"),
        ("v1.0.0-stable", "promotion 1.0.0"),
        ("v0.1.0", "version 0.1.0"),
        ("v1.4.0+build.5", "version 1.4.0+build.5"),
        ("1.4.0", "outside -> v1.4.0"),
        ("release-1.4.0", "outside -> v1.4.0"),
        ("V1.4.0", "outside -> v1.4.0"),
        ("nightly", "outside -> -"),
        ("llm-proxy-0.3.1", "outside -> -"),
        ("", "outside -> -"),
        ("v1.4", "refused: not a version -> v1.4.0"),
        ("v1", "refused: not a version -> v1.0.0"),
        ("v", "refused: not a version -> -"),
        ("v01.4.0", "refused: not a version -> v1.4.0"),
        ("vv1.4.0", "refused: not a version -> -"),
        ("v.1.4.0", "refused: not a version -> v1.4.0"),
        ("version-1.4.0", "refused: not a version -> v1.4.0"),
        ("v1.4.0.2", "refused: not a version -> v1.4.0"),
        ("v1.4.0stable", "refused: not a version -> v1.4.0-stable"),
        ("v1.4.0_stable", "refused: not a version -> v1.4.0-stable"),
        ("v1.4.0-Stable", "refused: prereleases refused -> v1.4.0-stable"),
        ("v1.0-stable", "refused: not a version -> v1.0.0-stable"),
        ("v1.4.0-rc1", "refused: prereleases refused -> v1.4.0"),
        ("v1.4.0-beta", "refused: prereleases refused -> v1.4.0"),
        ("v1.4.0-alpha", "refused: prereleases refused -> v1.4.0"),
        ("v1.4.0-rc1-stable", "refused: prerelease promoted -> v1.4.0-stable"),
        ("v1.4.0-stable-stable", "refused: prerelease promoted -> v1.4.0-stable"),
        ("vendor-import-2024", "refused: not a version -> -"),
        ("v99999999999999999999.0.0", "refused: not a version -> -"),
    ] {
        assert_eq!(told(&policy.read(tag)), want, "{tag:?}");
    }
}

#[test]
fn a_tag_that_was_named_is_never_ignored() {
    let policy = two_classes();
    for (tag, want) in [
        ("1.4.0", "refused: outside the family -> v1.4.0"),
        ("1.4.0-stable", "refused: outside the family -> v1.4.0-stable"),
        ("main", "refused: outside the family -> -"),
        ("v1.4.0", "version 1.4.0"),
        ("v1.4", "refused: not a version -> v1.4.0"),
    ] {
        assert_eq!(told(&policy.read_named(tag)), want, "{tag:?}");
    }
}

#[test]
fn a_refusal_says_why() {
    let policy = two_classes();
    let refusal = |tag: &str| match policy.read_named(tag) {
        TagVerdict::Refused(refusal) => refusal,
        verdict => panic!("{tag} is {verdict:?}"),
    };
    assert_eq!(
        refusal("v1.4").to_string(),
        "tag `v1.4` is not released: `1.4` is no SemVer version: the patch number is missing"
    );
    assert_eq!(refusal("v1.4").patterns, ["v{version}-stable", "v{version}"]);
    assert_eq!(
        refusal("v1.4.0-rc1").to_string(),
        "tag `v1.4.0-rc1` is not released: 1.4.0-rc1 is a prerelease, and prereleases are not allowed"
    );
    let RefusalReason::NotAVersion { pattern, error } = refusal("v1.0-stable").reason else { panic!() };
    assert_eq!(pattern.to_string(), "v{version}-stable");
    assert_eq!(error.fault, VersionFault::MissingPart { part: Part::Patch });
}

#[test]
fn prereleases_where_they_are_allowed() {
    let policy = policy("v{version}", Some("v{version}-stable"), Prereleases::Allowed, Scheme::Semver);
    for (tag, want) in [
        ("v1.4.0-rc1", "prerelease 1.4.0-rc1"),
        ("v1.4.0-stable", "promotion 1.4.0"),
        ("v1.4.0-rc.1-stable", "refused: prerelease promoted -> v1.4.0-stable"),
        ("v1.4.0rc1", "refused: not a version -> v1.4.0-rc1"),
        ("v1.4-rc1", "refused: not a version -> v1.4.0-rc1"),
        ("1.4.0-rc1", "outside -> v1.4.0-rc1"),
    ] {
        assert_eq!(told(&policy.read(tag)), want, "{tag:?}");
    }
}

#[test]
fn without_a_stable_pattern_stable_is_a_prerelease_like_any_other() {
    let refused = policy("v{version}", None, Prereleases::Refused, Scheme::Semver);
    assert_eq!(told(&refused.read("v1.4.0-stable")), "refused: prereleases refused -> v1.4.0");
    let allowed = policy("v{version}", None, Prereleases::Allowed, Scheme::Semver);
    assert_eq!(told(&allowed.read("v1.4.0-stable")), "prerelease 1.4.0-stable");
}

#[test]
fn pep440_tags() {
    let refused = policy("v{version}", None, Prereleases::Refused, Scheme::Pep440);
    let allowed = policy("v{version}", None, Prereleases::Allowed, Scheme::Pep440);
    for (tag, when_refused, when_allowed) in [
        ("v0.1.0", "version 0.1.0", "version 0.1.0"),
        ("v0.1.0.1", "version 0.1.0.1", "version 0.1.0.1"),
        ("v0.2.0", "version 0.2.0", "version 0.2.0"),
        ("v1.0.post1", "version 1.0.post1", "version 1.0.post1"),
        ("v1!1.0", "version 1!1.0", "version 1!1.0"),
        ("v1.0rc1", "refused: prereleases refused -> v1.0", "prerelease 1.0rc1"),
        ("v1.0.dev3", "refused: prereleases refused -> v1.0", "prerelease 1.0.dev3"),
        ("v1.0-rc.1", "refused: not canonical -> v1.0", "refused: not canonical -> v1.0rc1"),
        ("v1.0.0-1", "refused: not canonical -> v1.0.0.post1", "refused: not canonical -> v1.0.0.post1"),
        ("v01.0", "refused: not canonical -> v1.0", "refused: not canonical -> v1.0"),
        ("vv1.0", "refused: not canonical -> -", "refused: not canonical -> -"),
        ("v1.0-stable", "refused: not a version -> v1.0", "refused: not a version -> v1.0"),
        ("0.2.0", "outside -> v0.2.0", "outside -> v0.2.0"),
    ] {
        assert_eq!(told(&refused.read(tag)), when_refused, "{tag:?}");
        assert_eq!(told(&allowed.read(tag)), when_allowed, "{tag:?}");
    }
}

#[test]
fn other_families() {
    let bare = policy("{version}", None, Prereleases::Refused, Scheme::Semver);
    for (tag, want) in [
        ("1.4.0", "version 1.4.0"),
        ("1.4", "refused: not a version -> 1.4.0"),
        ("v1.4.0", "outside -> 1.4.0"),
        ("nightly", "outside -> -"),
    ] {
        assert_eq!(told(&bare.read(tag)), want, "{tag:?}");
    }
    let prefixed = policy("app/v{version}", Some("stable/{version}"), Prereleases::Refused, Scheme::Semver);
    for (tag, want) in [
        ("app/v1.4.0", "version 1.4.0"),
        ("stable/1.4.0", "promotion 1.4.0"),
        ("stable/1.4", "refused: not a version -> stable/1.4.0"),
        ("app/1.4.0", "outside -> -"),
        ("app-v1.4.0", "outside -> app/v1.4.0"),
        ("v1.4.0", "outside -> app/v1.4.0"),
    ] {
        assert_eq!(told(&prefixed.read(tag)), want, "{tag:?}");
    }
    let suffixed = policy("v{version}-final", None, Prereleases::Refused, Scheme::Semver);
    assert_eq!(told(&suffixed.read("v1.4.0")), "refused: no pattern fits -> v1.4.0-final");
}

#[test]
fn what_is_no_pattern_and_why() {
    let named = |name: &str, suggestion| PatternError::UnknownPlaceholder { name: name.into(), suggestion };
    for (text, want) in [
        ("", PatternError::NoVersion { pattern: String::new() }),
        ("v1", PatternError::NoVersion { pattern: "v1".into() }),
        ("{version}{version}", PatternError::SeveralVersions { pattern: "{version}{version}".into() }),
        ("{component}-v{version}", PatternError::Component),
        ("v{verison}", named("verison", Some("version"))),
        ("v{tag}", named("tag", Some("version"))),
        ("v{date}", named("date", None)),
        ("v{version", PatternError::LooseBrace { pattern: "v{version".into() }),
        ("v}{version}", PatternError::LooseBrace { pattern: "v}{version}".into() }),
        ("v {version}", PatternError::IllegalCharacter { character: ' ' }),
        ("v{version}*", PatternError::IllegalCharacter { character: '*' }),
    ] {
        assert_eq!(TagPattern::parse(text).unwrap_err(), want, "{text:?}");
    }
    for text in ["/{version}", "-{version}", "a..{version}", ".{version}", "{version}.lock", "{version}/"] {
        assert!(matches!(TagPattern::parse(text).unwrap_err(), PatternError::NotARef { .. }), "{text:?}");
    }
    let same = TagPolicy::new(
        pattern("v{version}"),
        Some(pattern("v{version}")),
        Prereleases::Refused,
        Scheme::Semver,
    );
    assert_eq!(same.unwrap_err(), PolicyError::SamePattern { pattern: pattern("v{version}") });
}

fn any_policy() -> impl Strategy<Value = TagPolicy> {
    let version =
        prop_oneof![Just("v{version}"), Just("{version}"), Just("app/{version}"), Just("v{version}-x")];
    let stable = prop_oneof![
        Just(None),
        Just(Some("v{version}-stable")),
        Just(Some("stable-{version}")),
        Just(Some("{version}.ok")),
    ];
    let prereleases = prop_oneof![Just(Prereleases::Allowed), Just(Prereleases::Refused)];
    let scheme = prop_oneof![Just(Scheme::Semver), Just(Scheme::Pep440)];
    (version, stable, prereleases, scheme)
        .prop_map(|(version, stable, prereleases, scheme)| policy(version, stable, prereleases, scheme))
}

proptest! {
    #[test]
    fn a_pattern_prints_as_it_was_read(before in "[a-z/-]{0,5}", after in "[a-z0-9-]{0,5}") {
        let text = format!("{before}{{version}}{after}");
        if let Ok(pattern) = TagPattern::parse(&text) {
            prop_assert_eq!(pattern.to_string(), text);
        }
    }

    #[test]
    fn a_version_tag_that_is_rendered_is_read_back(
        policy in any_policy(),
        numbers in prop::array::uniform3(0..50_u64),
    ) {
        let text = numbers.map(|number| number.to_string()).join(".");
        let version = Version::parse(policy.scheme(), &text).unwrap();
        let tag = policy.version().render(&version);
        prop_assert_eq!(policy.read_named(&tag), TagVerdict::Version(version.clone()));
        if let Some(stable) = policy.stable() {
            prop_assert_eq!(policy.read(&stable.render(&version)), TagVerdict::Promotion(version));
        }
    }

    #[test]
    fn what_is_accepted_renders_to_the_same_tag_and_what_is_suggested_is_accepted(
        policy in any_policy(),
        tag in "(v|app/|stable-|release-)?[0-9.]{0,6}[-+._a-c]{0,2}(rc|stable|x)?[0-9]?(-stable|\\.ok|-x)?",
    ) {
        match policy.read_named(&tag) {
            TagVerdict::Version(version) | TagVerdict::Prerelease(version) => {
                prop_assert_eq!(policy.version().render(&version), tag);
            }
            TagVerdict::Promotion(version) => {
                prop_assert_eq!(policy.stable().unwrap().render(&version), tag);
            }
            TagVerdict::Outside { .. } => prop_assert!(false, "a named tag was ignored"),
            TagVerdict::Refused(refusal) => {
                if let Some(nearest) = refusal.nearest {
                    prop_assert!(policy.read(&nearest).version().is_some(), "{}", nearest);
                    prop_assert!(nearest != tag);
                }
            }
        }
    }

    #[test]
    fn any_text_is_answered(policy in any_policy(), tag in any::<String>(), text in any::<String>()) {
        let _ = policy.read(&tag);
        let _ = policy.read_named(&tag);
        let _ = TagPattern::parse(&text);
    }
}
