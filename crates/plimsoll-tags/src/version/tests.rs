use std::cmp::Ordering;

use proptest::prelude::*;

use super::{Bump, BumpError, Part, Scheme, Section, Version, VersionFault};

fn semver(text: &str) -> Version {
    Version::parse(Scheme::Semver, text).unwrap()
}

fn pep440(text: &str) -> Version {
    Version::parse(Scheme::Pep440, text).unwrap()
}

fn fault(scheme: Scheme, text: &str) -> VersionFault {
    Version::parse(scheme, text).unwrap_err().fault
}

/// SemVer 2.0.0 section 11, and its neighbours.
const SEMVER_ASCENDING: &[&str] = &[
    "0.0.0",
    "0.1.0",
    "0.10.0",
    "1.0.0-0",
    "1.0.0-2",
    "1.0.0-10",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "1.0.1",
    "2.0.0",
    "2.1.0",
    "2.1.1",
];

/// PEP 440, "Summary of permitted suffixes and relative ordering", and its neighbours.
const PEP440_ASCENDING: &[&str] = &[
    "0.1.0",
    "0.1.0.1",
    "0.1.1",
    "1.0.dev456",
    "1.0a1",
    "1.0a2.dev456",
    "1.0a12.dev456",
    "1.0a12",
    "1.0b1.dev456",
    "1.0b2",
    "1.0b2.post345.dev456",
    "1.0b2.post345",
    "1.0rc1.dev456",
    "1.0rc1",
    "1.0",
    "1.0+abc.5",
    "1.0+abc.7",
    "1.0+5",
    "1.0.post456.dev34",
    "1.0.post456",
    "1.0.15",
    "1.1.dev1",
    "2013.10",
    "1!0.1",
];

#[test]
fn the_published_orders_hold_for_every_pair() {
    for (list, scheme) in [(SEMVER_ASCENDING, Scheme::Semver), (PEP440_ASCENDING, Scheme::Pep440)] {
        let versions: Vec<Version> = list.iter().map(|text| Version::parse(scheme, text).unwrap()).collect();
        for (i, one) in versions.iter().enumerate() {
            for (j, two) in versions.iter().enumerate() {
                assert_eq!(one.cmp(two), i.cmp(&j), "{one} and {two}");
                assert_eq!(one.precedence(two), Some(i.cmp(&j)), "{one} and {two}");
            }
        }
    }
}

#[test]
fn precedence_ignores_what_the_total_order_needs() {
    let pairs = [(semver("1.0.0+a"), semver("1.0.0+b"), false), (pep440("1.0"), pep440("1.0.0"), true)];
    for (one, two, equivalent) in pairs {
        assert_eq!(one.precedence(&two), Some(Ordering::Equal));
        assert_eq!(one.cmp(&two), Ordering::Less);
        assert_ne!(one, two);
        assert_eq!(one.is_equivalent(&two), equivalent, "{one} and {two}");
    }
}

#[test]
fn schemes_have_a_stable_order_and_no_precedence() {
    let (one, two) = (semver("9.0.0"), pep440("1.0"));
    assert_eq!(one.precedence(&two), None);
    assert!(one < two);
    assert!(!semver("1.0.0").is_equivalent(&pep440("1.0.0")));
}

#[test]
fn canonical_spellings() {
    for (written, canonical) in [
        ("v1.0", "1.0"),
        ("1.0.0-beta.1", "1.0.0b1"),
        ("1.0-RC", "1.0rc0"),
        ("1.0.c1", "1.0rc1"),
        ("1.0-1", "1.0.post1"),
        ("1.0.rev2", "1.0.post2"),
        ("01.2", "1.2"),
        ("1.0+Ubuntu-1", "1.0+ubuntu.1"),
        ("0.1.0.1", "0.1.0.1"),
    ] {
        assert_eq!(pep440(written).to_string(), canonical);
    }
    for written in ["1.0.0", "1.0.0-rc.1+build.007", "1.0.0--", "0.0.0-x-y.z"] {
        assert_eq!(semver(written).to_string(), written);
    }
}

#[test]
fn parts_of_a_version() {
    for (version, numbers, is_prerelease) in [
        (semver("1.2.3"), vec![1, 2, 3], false),
        (semver("1.2.3-rc.1+x"), vec![1, 2, 3], true),
        (pep440("7"), vec![7], false),
        (pep440("0.1.0.1"), vec![0, 1, 0, 1], false),
        (pep440("1!1.0rc1"), vec![1, 0], true),
        (pep440("1.0.dev0"), vec![1, 0], true),
        (pep440("1.0.post1"), vec![1, 0], false),
    ] {
        assert_eq!(version.numbers(), numbers, "{version}");
        assert_eq!(version.is_prerelease(), is_prerelease, "{version}");
    }
    let short = pep440("7");
    assert_eq!((short.major(), short.minor(), short.patch()), (7, 0, 0));
}

#[test]
fn image_tag_spellings() {
    assert_eq!(semver("1.0.0-rc.1+build.5").to_image_tag(), "1.0.0-rc.1_build.5");
    assert_eq!(pep440("2!1.0+local.1").to_image_tag(), "2-1.0_local.1");
}

#[test]
fn what_is_no_semver_version_and_why() {
    let large = "18446744073709551616";
    for (text, want) in [
        ("", VersionFault::Empty),
        (" 1.0.0", VersionFault::WhiteSpace),
        ("1.0.0\n", VersionFault::WhiteSpace),
        ("v1.0.0", VersionFault::LeadingV),
        ("V1.0.0", VersionFault::LeadingV),
        ("x1.0.0", VersionFault::NoNumber),
        ("-1.0.0", VersionFault::NoNumber),
        (".1.0", VersionFault::NoNumber),
        ("1", VersionFault::MissingPart { part: Part::Minor }),
        ("1.4", VersionFault::MissingPart { part: Part::Patch }),
        ("1.4.", VersionFault::MissingPart { part: Part::Patch }),
        ("1..4", VersionFault::MissingPart { part: Part::Minor }),
        ("1.0-stable", VersionFault::MissingPart { part: Part::Patch }),
        ("0.1.0.1", VersionFault::ExtraPart { found: 4 }),
        ("01.2.3", VersionFault::LeadingZero { number: "01".into() }),
        ("1.2.3-rc.01", VersionFault::LeadingZero { number: "01".into() }),
        ("1.2.18446744073709551616", VersionFault::NumberTooLarge { number: large.into() }),
        ("1.4.0stable", VersionFault::MissingHyphen { rest: "stable".into() }),
        ("1.4.0rc1", VersionFault::MissingHyphen { rest: "rc1".into() }),
        ("1.4.0-", VersionFault::EmptyIdentifier { section: Section::Prerelease }),
        ("1.4.0-a..b", VersionFault::EmptyIdentifier { section: Section::Prerelease }),
        ("1.4.0+", VersionFault::EmptyIdentifier { section: Section::Build }),
        ("1.4.0-a_b", VersionFault::IllegalCharacter { character: '_', position: 8 }),
        ("1.4.0+a+b", VersionFault::IllegalCharacter { character: '+', position: 8 }),
        ("1.4.0_1", VersionFault::IllegalCharacter { character: '_', position: 6 }),
        ("1.4.0-é", VersionFault::IllegalCharacter { character: 'é', position: 7 }),
    ] {
        assert_eq!(fault(Scheme::Semver, text), want, "{text:?}");
    }
    assert_eq!(fault(Scheme::Semver, &"1".repeat(300)), VersionFault::TooLong { length: 300 });
}

#[test]
fn what_is_no_pep440_version_and_why() {
    let trailing = |version: &str, rest: &str| VersionFault::Trailing {
        version: version.to_owned(),
        rest: rest.to_owned(),
    };
    for (text, want) in [
        ("", VersionFault::Empty),
        ("1.0 ", VersionFault::WhiteSpace),
        ("version", VersionFault::NoNumber),
        ("v", VersionFault::NoNumber),
        ("1.0stable", trailing("1.0", "stable")),
        ("1.0-stable", trailing("1.0", "-stable")),
        ("1.0+", trailing("1.0", "+")),
        ("1.0.*", trailing("1.0", ".*")),
        ("1!", trailing("1", "!")),
        ("1.0é", trailing("1.0", "é")),
        (
            "1.0.post18446744073709551616",
            VersionFault::NumberTooLarge { number: "18446744073709551616".into() },
        ),
    ] {
        assert_eq!(fault(Scheme::Pep440, text), want, "{text:?}");
    }
}

#[test]
fn messages_read_as_sentences() {
    let error = Version::parse(Scheme::Semver, "1.4.0stable").unwrap_err();
    assert_eq!(error.to_string(), "`1.4.0stable` is no SemVer version: `stable` must be set off by `-`");
}

fn bumped(version: &Version, what: &str) -> Result<String, BumpError> {
    let bump = match what.split_once(' ').unwrap_or((what, "")) {
        ("patch", _) => Bump::Patch,
        ("minor", _) => Bump::Minor,
        ("major", _) => Bump::Major,
        (_, "") => Bump::Prerelease(None),
        (_, identifier) => Bump::Prerelease(Some(identifier.to_owned())),
    };
    version.bump(&bump).map(|version| version.to_string())
}

#[test]
fn semver_bumps_are_those_of_npm() {
    for (from, what, to) in [
        ("1.2.3", "patch", "1.2.4"),
        ("1.2.3", "minor", "1.3.0"),
        ("1.2.3", "major", "2.0.0"),
        ("1.0.0-5", "major", "1.0.0"),
        ("1.2.3-beta.1", "patch", "1.2.3"),
        ("1.2.3-beta.1", "minor", "1.3.0"),
        ("1.2.0-beta.1", "minor", "1.2.0"),
        ("1.2.0-beta.1", "major", "2.0.0"),
        ("1.2.3+build", "patch", "1.2.4"),
        ("1.2.3", "pre", "1.2.4-0"),
        ("1.2.3", "pre rc", "1.2.4-rc.0"),
        ("1.2.4-0", "pre", "1.2.4-1"),
        ("1.2.4-rc.0", "pre rc", "1.2.4-rc.1"),
        ("1.2.4-rc.9", "pre", "1.2.4-rc.10"),
        ("1.2.4-alpha", "pre", "1.2.4-alpha.0"),
        ("1.2.4-alpha.1.x", "pre", "1.2.4-alpha.2.x"),
        ("1.2.4-alpha.3", "pre beta", "1.2.4-beta.0"),
    ] {
        assert_eq!(bumped(&semver(from), what).unwrap(), to, "{from} {what}");
    }
}

#[test]
fn pep440_bumps_are_those_of_poetry() {
    for (from, what, to) in [
        ("0.0.0", "patch", "0.0.1"),
        ("0.0.0", "minor", "0.1.0"),
        ("0.0.0", "major", "1.0.0"),
        ("0.0", "patch", "0.0.1"),
        ("0.0", "minor", "0.1"),
        ("0.0", "major", "1.0"),
        ("1.2.3", "pre", "1.2.4a0"),
        ("1.2.3-beta.1", "patch", "1.2.3"),
        ("1.2.3-beta.1", "minor", "1.3.0"),
        ("1.2.3-beta.1", "major", "2.0.0"),
        ("1.2.3-beta.1", "pre", "1.2.3b2"),
        ("1.2.3-beta.1", "pre rc", "1.2.3rc0"),
        ("1.2.0b1", "minor", "1.2.0"),
        ("0.1.0.1", "patch", "0.1.1.0"),
        ("1.0.post3", "patch", "1.0.1"),
        ("1.0.dev4", "patch", "1.0"),
        ("1.0.dev4", "pre", "1.0a0"),
        ("1.0.post1.dev1", "patch", "1.0.1"),
        ("1.0.post1.dev1", "pre", "1.0.1a0"),
        ("1!1.0", "minor", "1!1.1"),
    ] {
        assert_eq!(bumped(&pep440(from), what).unwrap(), to, "{from} {what}");
    }
}

#[test]
fn a_bump_that_would_not_go_up_is_refused() {
    let not_higher = |error| matches!(error, BumpError::NotHigher { .. });
    assert!(not_higher(bumped(&semver("1.0.0-rc.1"), "pre alpha").unwrap_err()));
    assert!(not_higher(bumped(&pep440("1.0rc1"), "pre a").unwrap_err()));
    for (version, what) in
        [(semver("1.0.0"), "pre 7"), (semver("1.0.0"), "pre a.b"), (pep440("1.0"), "pre x")]
    {
        assert!(matches!(bumped(&version, what).unwrap_err(), BumpError::Identifier { .. }));
    }
    let last = semver(&format!("1.0.{}", u64::MAX));
    assert_eq!(bumped(&last, "patch").unwrap_err(), BumpError::TooLarge { from: last.clone() });
}

fn any_semver() -> impl Strategy<Value = Version> {
    let identifier = "(0|[1-9][0-9]{0,2}|[0-9]?[a-zA-Z-][0-9a-zA-Z-]{0,3})";
    let core = "(0|[1-9][0-9]{0,3})\\.(0|[1-9][0-9]?)\\.(0|[1-9][0-9]?)";
    let text = format!("{core}(-{identifier}(\\.{identifier}){{0,2}})?(\\+[0-9a-zA-Z-]{{1,4}})?");
    proptest::string::string_regex(&text).unwrap().prop_map(|text| semver(&text))
}

fn any_pep440() -> impl Strategy<Value = Version> {
    let text = "([1-3]!)?[0-9]{1,2}(\\.(0|[1-9][0-9]?)){0,3}((a|b|rc)[0-9]{1,2})?(\\.post[0-9])?(\\.dev[0-9])?\
                (\\+[a-z0-9]{1,3}(\\.[a-z0-9]{1,2})?)?";
    proptest::string::string_regex(text).unwrap().prop_map(|text| pep440(&text))
}

fn any_version() -> impl Strategy<Value = Version> {
    prop_oneof![any_semver(), any_pep440()]
}

proptest! {
    #[test]
    fn what_is_printed_is_read_back(version in any_version()) {
        prop_assert_eq!(Version::parse(version.scheme(), &version.to_string()), Ok(version));
    }

    #[test]
    fn the_order_is_total(a in any_version(), b in any_version(), c in any_version()) {
        prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
        prop_assert_eq!(a == b, a.cmp(&b) == Ordering::Equal);
        prop_assert_eq!(a == b, a.to_string() == b.to_string() && a.scheme() == b.scheme());
        if a <= b && b <= c {
            prop_assert!(a <= c);
        }
        if let Some(by_precedence) = a.precedence(&b).filter(|order| order.is_ne()) {
            prop_assert_eq!(a.cmp(&b), by_precedence);
        }
    }

    #[test]
    fn two_versions_never_share_an_image_tag(a in any_version(), b in any_version()) {
        prop_assume!(a.scheme() == b.scheme());
        prop_assert_eq!(a == b, a.to_image_tag() == b.to_image_tag());
    }

    #[test]
    fn no_text_is_refused_without_a_real_reason(text in "[v0-9.a-c+_!-]{0,12}") {
        if let Err(error) = Version::parse(Scheme::Semver, &text) {
            let is_vague = matches!(error.fault, VersionFault::Trailing { .. });
            prop_assert!(!is_vague, "{}", error);
        }
        if let Err(error) = Version::parse(Scheme::Pep440, &text)
            && let VersionFault::Trailing { version, rest } = error.fault
        {
            prop_assert_eq!(format!("{version}{rest}"), text);
            prop_assert!(Version::parse(Scheme::Pep440, &version).is_ok());
        }
    }

    #[test]
    fn any_text_at_all_is_answered(text in any::<String>()) {
        let _ = Version::parse(Scheme::Semver, &text);
        let _ = Version::parse(Scheme::Pep440, &text);
    }

    #[test]
    fn a_bump_goes_up_and_ends_on_a_release(version in any_version(), index in 0..3_usize) {
        let bump = [Bump::Patch, Bump::Minor, Bump::Major][index].clone();
        let next = version.bump(&bump).unwrap();
        prop_assert!(next > version);
        prop_assert!(!next.is_prerelease());
        let smaller = version.bump(&Bump::Patch).unwrap();
        prop_assert!(smaller <= next);
    }

    #[test]
    fn a_prerelease_comes_before_what_the_patch_would_be(version in any_version()) {
        let next = version.bump(&Bump::Prerelease(None)).unwrap();
        prop_assert!(next.is_prerelease());
        prop_assert!(next > version);
        if !version.is_prerelease() {
            prop_assert!(next < version.bump(&Bump::Patch).unwrap());
        }
    }
}
