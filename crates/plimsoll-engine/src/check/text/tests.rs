mod real;

use plimsoll_tags::class::ClassName;
use plimsoll_tags::git_tag::{Prereleases, TagPattern, TagPolicy};
use plimsoll_tags::notation::short::Template;
use plimsoll_tags::rule::TagRule;
use plimsoll_tags::version::{Scheme, Version};

use super::*;
use crate::domain::attestation::Posting;
use crate::domain::code::Code;
use crate::domain::deployment::Deployments;
use crate::domain::diagnostic::{Diagnostic, Severity};
use crate::domain::git::Oid;
use crate::domain::page::PagePolicy;
use crate::domain::project::{ClaimPolicy, Content, Image, ImageTags, Origin, VersionFileAt};
use crate::domain::stated::StatementSettings;

struct Policy {
    stable: Option<&'static str>,
    prerelease: Prereleases,
    scheme: Scheme,
}

/// The policy of a project that promotes by tag.
const PROMOTING: Policy =
    Policy { stable: Some("v{version}-stable"), prerelease: Prereleases::Refused, scheme: Scheme::Semver };

/// The policy of a project that writes nothing about tags.
const PLAIN: Policy = Policy { stable: None, prerelease: Prereleases::Refused, scheme: Scheme::Semver };

fn project_with(policy: &Policy, files: &[(&str, Option<&str>)]) -> Project {
    let pattern = |text: &str| TagPattern::parse(text).unwrap();
    let tags =
        TagPolicy::new(pattern("v{version}"), policy.stable.map(pattern), policy.prerelease, policy.scheme);
    let at = |(path, pattern): &(&str, Option<&str>)| VersionFileAt {
        path: (*path).into(),
        pattern: pattern.map(Into::into),
    };
    Project {
        name: "app".parse().unwrap(),
        description: None,
        license: None,
        source: None,
        url: None,
        version_files: files.iter().map(at).collect(),
        tags: tags.unwrap(),
        images: Vec::new(),
        charts: Vec::new(),
        compose: None,
        app_compose: None,
        signing: None,
        signed_since: Vec::new(),
        statements: StatementSettings::default(),
        posting: Posting::Attached,
        records_directory: "releases".into(),
        pages: PagePolicy::Never,
        deployments: Deployments::default(),
        claim: ClaimPolicy::None,
        config: plimsoll_oci::name::Digest::of(b""),
    }
}

fn no_texts(_: &str) -> Option<String> {
    None
}

fn refusal(policy: &Policy, tag: &str) -> Diagnostic {
    let findings = release_tag(&project_with(policy, &[]), tag, &no_texts).unwrap_err();
    let [finding] = findings.all() else { panic!("{findings:#?}") };
    finding.clone()
}

fn fact<'a>(finding: &'a Diagnostic, name: &str) -> Option<&'a str> {
    finding.facts.iter().find(|(fact, _)| *fact == name).map(|(_, value)| value.as_str())
}

#[test]
fn tags_are_told_apart() {
    let allowing = Policy { prerelease: Prereleases::Allowed, ..PROMOTING };
    let python = Policy { scheme: Scheme::Pep440, ..PLAIN };
    for (policy, tag, want) in [
        (&PROMOTING, "v1.4.0", "version 1.4.0"),
        (&PROMOTING, "v1.4.0-stable", "promotion 1.4.0"),
        (&PLAIN, "v0.2.0", "version 0.2.0"),
        (&allowing, "v1.4.0-rc.1", "prerelease 1.4.0-rc.1"),
        (&allowing, "v1.4.0-stable", "promotion 1.4.0"),
        (&python, "v0.1.0.1", "version 0.1.0.1"),
    ] {
        let cleared = release_tag(&project_with(policy, &[]), tag, &no_texts).unwrap();
        let (Occasion::Version(version) | Occasion::Prerelease(version) | Occasion::Promotion(version)) =
            &cleared.occasion
        else {
            panic!("{cleared:?}")
        };
        assert_eq!(format!("{} {version}", cleared.occasion.name()), want, "{tag}");
        assert!(cleared.warnings.is_empty());
    }
}

#[test]
fn what_is_no_release_says_why_and_what_was_meant() {
    let python = Policy { scheme: Scheme::Pep440, ..PLAIN };
    for (policy, tag, code, why, nearest) in [
        (&PROMOTING, "1.4.0", Code::TagInvalid, "does not begin like a release tag", Some("v1.4.0")),
        (&PROMOTING, "v1.4", Code::TagInvalid, "patch", Some("v1.4.0")),
        (
            &PROMOTING,
            "v1.4.0stable",
            Code::TagInvalid,
            "`stable` must be set off by `-`",
            Some("v1.4.0-stable"),
        ),
        (&PROMOTING, "v1.0-stable", Code::TagInvalid, "patch", Some("v1.0.0-stable")),
        (&PROMOTING, "v1.4.0-rc1", Code::PrereleaseRefused, "prereleases are not allowed", Some("v1.4.0")),
        (&PROMOTING, "v1.4.0-beta", Code::PrereleaseRefused, "prereleases are not allowed", Some("v1.4.0")),
        (&PROMOTING, "v1.4.0-alpha", Code::PrereleaseRefused, "prereleases are not allowed", Some("v1.4.0")),
        (&PLAIN, "v1.4.0-stable", Code::PrereleaseRefused, "prereleases are not allowed", Some("v1.4.0")),
        (&PLAIN, "v0.1.0.1", Code::TagInvalid, "SemVer", Some("v0.1.0")),
        (&PLAIN, "latest", Code::TagInvalid, "does not begin like a release tag", None),
        (&PLAIN, "vendor-2024", Code::TagInvalid, "", None),
        (&python, "v0.1.0.7-test", Code::TagInvalid, "PEP 440", Some("v0.1.0.7")),
        (&python, "v1.0-RC1", Code::TagInvalid, "is spelled `v1.0rc1`", Some("v1.0")),
    ] {
        let finding = refusal(policy, tag);
        assert_eq!((finding.code, finding.code.exit()), (code, 5), "{tag}");
        assert!(finding.message.contains(tag), "{finding:?}");
        assert!(finding.causes.iter().any(|cause| cause.contains(why)), "{tag}: {finding:?}");
        assert_eq!(fact(&finding, "nearest"), nearest, "{tag}");
        let patterns: Vec<String> =
            project_with(policy, &[]).tags.patterns().map(ToString::to_string).collect();
        assert_eq!(fact(&finding, "patterns"), Some(patterns.join(", ").as_str()));
        assert_eq!(
            finding.help.iter().any(|help| help.starts_with("did you mean")),
            nearest.is_some(),
            "{tag}"
        );
    }
}

#[test]
fn the_nearest_tag_would_be_accepted() {
    for tag in
        ["1.4.0", "v1.4", "v1.4.0stable", "v1.0-stable", "v1.4.0-rc1", "V1.4.0", "v01.2.3", "release-1.2"]
    {
        let nearest = fact(&refusal(&PROMOTING, tag), "nearest").map(str::to_owned);
        let nearest = nearest.unwrap_or_else(|| panic!("{tag}"));
        assert!(release_tag(&project_with(&PROMOTING, &[]), &nearest, &no_texts).is_ok(), "{tag}: {nearest}");
    }
}

#[test]
fn four_numbers_suggest_the_other_scheme() {
    let help = refusal(&PLAIN, "v0.1.0.1").help;
    assert!(help.iter().any(|help| help.contains("scheme = \"pep440\"")), "{help:?}");
    assert!(!refusal(&PLAIN, "v0.1").help.iter().any(|help| help.contains("pep440")));
}

#[test]
fn an_event_for_a_strange_tag_is_ignored_and_a_named_one_is_not() {
    let project = project_with(&PROMOTING, &[]);
    for (tag, nearest) in [("llm-proxy-1.4.0", None), ("1.4.0", Some("v1.4.0"))] {
        let ignored = EventTag::Ignored { nearest: nearest.map(Into::into) };
        assert_eq!(event_tag(&project, tag, &no_texts), Ok(ignored), "{tag}");
        assert!(release_tag(&project, tag, &no_texts).is_err());
    }
    assert!(matches!(event_tag(&project, "v1.4.0", &no_texts), Ok(EventTag::Cleared(_))));
    assert!(event_tag(&project, "v1.4", &no_texts).is_err());
}

/// A repository in which every kind of file names a version.
fn texts(path: &str) -> Option<String> {
    let text = match path {
        "Cargo.toml" => "[workspace]\nmembers = [\"a\"]\n[workspace.package]\nversion = \"1.2.3\"\n",
        "a/Cargo.toml" => "[package]\nname = \"a\"\nversion.workspace = true\n",
        "pyproject.toml" => "[tool.poetry]\nname = \"a\"\nversion = \"1.2.3\" # here\n",
        "package.json" => "{\n  \"name\": \"a\",\n  \"version\": \"1.2.4\"\n}\n",
        "Chart.yaml" => "apiVersion: v2\r\nname: a\r\nversion: 1.2.2\r\n",
        "VERSION" => "1.2.3\n",
        "version.h" => "#define NAME \"a\"\n#define VERSION \"1.2.5\"\n",
        "prerelease/pyproject.toml" => "[project]\nversion = \"1.3.0rc1\"\n",
        "v/VERSION" => "v1.2.2\n",
        "four/pyproject.toml" => "[project]\nversion = \"0.1.0.1\"\n",
        "dynamic/pyproject.toml" => "[project]\nname = \"a\"\ndynamic = [\"version\"]\n",
        "broken/pyproject.toml" => "[project\nversion = 1\n",
        _ => return None,
    };
    Some(text.into())
}

#[test]
fn every_file_that_disagrees_is_named_with_its_line_and_both_numbers() {
    let files = [
        ("Cargo.toml", None),
        ("a/Cargo.toml", None),
        ("pyproject.toml", None),
        ("package.json", None),
        ("Chart.yaml", None),
        ("VERSION", None),
        ("version.h", Some("#define VERSION \"{version}\"")),
    ];
    let project = project_with(&PLAIN, &files);
    let findings = release_tag(&project, "v1.2.3", &texts).unwrap_err();
    let found: Vec<_> = findings
        .all()
        .iter()
        .map(|finding| {
            assert_eq!((finding.code, finding.severity), (Code::VersionMismatch, Severity::Error));
            assert_eq!(fact(finding, "tag"), Some("1.2.3"));
            let place = finding.place.clone().unwrap();
            let shown = place.text.unwrap()[place.span].to_owned();
            (place.file, place.line, shown, fact(finding, "file").unwrap().to_owned())
        })
        .collect();
    let want = [("package.json", 3, "1.2.4"), ("Chart.yaml", 3, "1.2.2"), ("version.h", 2, "1.2.5")];
    let want = want.map(|(file, line, version)| (file.into(), line, version.into(), version.into()));
    assert_eq!(found, want);
    assert_eq!(findings.exit(), 5);

    // With another version all disagree; the two that read the workspace's are one finding.
    let findings = release_tag(&project, "v9.0.0", &texts).unwrap_err();
    assert_eq!(findings.all().len(), files.len() - 1);
}

#[test]
fn files_that_cannot_be_read_say_so() {
    for (path, line, text) in [
        ("gone.toml", 1, "no known version file"),
        ("gone/Cargo.toml", 1, "is not there"),
        ("dynamic/pyproject.toml", 3, "dynamic"),
        ("broken/pyproject.toml", 1, "cannot be read"),
    ] {
        let project = project_with(&PLAIN, &[(path, None)]);
        let findings = release_tag(&project, "v1.2.3", &texts).unwrap_err();
        assert_eq!(findings, super::project(&project, &texts));
        let [finding] = findings.all() else { panic!("{findings:#?}") };
        assert_eq!((finding.code, findings.exit()), (Code::VersionFileInvalid, 2), "{path}");
        assert!(finding.message.contains(text), "{path}: {}", finding.message);
        let place = finding.place.as_ref().unwrap();
        assert_eq!((place.file.as_str(), place.line), (path, line));
    }
}

#[test]
fn a_prerelease_is_the_same_however_a_tool_spells_it() {
    let allowing = Policy { prerelease: Prereleases::Allowed, ..PLAIN };
    let project = project_with(&allowing, &[("prerelease/pyproject.toml", None)]);
    assert!(release_tag(&project, "v1.3.0-rc.1", &texts).is_ok());
    assert!(release_tag(&project, "v1.3.0-rc.2", &texts).is_err());
    assert!(super::project(&project, &texts).is_empty());
}

#[test]
fn a_promotion_does_not_read_version_files() {
    let project = project_with(&PROMOTING, &[("gone/Cargo.toml", None)]);
    assert!(release_tag(&project, "v1.2.3-stable", &texts).is_ok());
    assert!(release_tag(&project, "v1.2.3", &texts).is_err());
}

#[test]
fn without_a_tag_the_files_must_agree_with_each_other() {
    let agreeing = [("Cargo.toml", None), ("pyproject.toml", None), ("VERSION", None)];
    assert!(super::project(&project_with(&PLAIN, &agreeing), &texts).is_empty());
    assert!(super::project(&project_with(&PLAIN, &[]), &texts).is_empty());

    let odd = [("Cargo.toml", None), ("package.json", None), ("VERSION", None)];
    let findings = super::project(&project_with(&PLAIN, &odd), &texts);
    let [finding] = findings.all() else { panic!("{findings:#?}") };
    assert_eq!(finding.code, Code::VersionMismatch);
    assert_eq!(
        (fact(finding, "here"), fact(finding, "there")),
        (Some("1.2.4"), Some("1.2.3 (Cargo.toml:4)"))
    );
}

#[test]
fn a_file_whose_version_no_tag_can_name_suggests_the_other_scheme() {
    let files = [("four/pyproject.toml", None)];
    let findings = super::project(&project_with(&PLAIN, &files), &texts);
    let [finding] = findings.all() else { panic!("{findings:#?}") };
    assert_eq!((finding.code, finding.place.as_ref().unwrap().line), (Code::VersionFileInvalid, 2));
    assert!(finding.help.iter().any(|help| help.contains("pep440")));
    let python = Policy { scheme: Scheme::Pep440, ..PLAIN };
    assert!(super::project(&project_with(&python, &files), &texts).is_empty());
}

#[test]
fn a_file_that_spells_versions_with_a_v_is_given_a_pattern() {
    let project = project_with(&PLAIN, &[("v/VERSION", None)]);
    let pattern = "files = [{ file = \"v/VERSION\", pattern = \"v{version}\" }]";
    let version = Version::parse(Scheme::Semver, "1.2.3").unwrap();
    let by_tag = version_files::agree_with(&project, "v1.2.3", &version, &texts);
    for findings in [super::project(&project, &texts), by_tag] {
        let [finding] = findings.all() else { panic!("{findings:#?}") };
        let [help] = finding.help.as_slice() else { panic!("{finding:#?}") };
        assert!(help.contains(pattern), "{help}");
    }
}

#[test]
fn a_tag_for_all_of_0_x_is_a_warning() {
    let rule = |text: &str, class| TagRule { class, ..TagRule::of(Template::parse(text).unwrap()) };
    let rules = [
        ("{version}", None),
        ("{major}", None),
        ("v{major}", Some(ClassName::Moving)),
        ("{major}.{minor}", None),
    ];
    let mut project = project_with(&PLAIN, &[]);
    project.images.push(Image {
        name: "app".parse().unwrap(),
        repository: "ghcr.io/acme/app".parse().unwrap(),
        mirrors: Vec::new(),
        platforms: Vec::new(),
        origin: Origin::Import(Content::Archive { path: "app.tar".into(), tag: None }),
        labels: Default::default(),
        annotations: Default::default(),
        smoke: None,
        tags: ImageTags {
            release: rules.iter().map(|(text, class)| rule(text, *class)).collect(),
            ..ImageTags::default()
        },
    });
    let warnings = release_tag(&project, "v0.3.0", &no_texts).unwrap().warnings;
    let [warning] = warnings.all() else { panic!("{warnings:#?}") };
    assert_eq!((warning.code, fact(warning, "rule")), (Code::TagRule, Some("v{major}")));
    assert!(release_tag(&project, "v1.3.0", &no_texts).unwrap().warnings.is_empty());
}

#[test]
fn a_promotion_sits_on_its_versions_commit() {
    let project = project_with(&PROMOTING, &[]);
    let version = plimsoll_tags::version::Version::parse(Scheme::Semver, "1.4.0").unwrap();
    let oid = |digit: &str| digit.repeat(40).parse::<Oid>().unwrap();
    let (one, two) = (oid("1"), oid("2"));
    let verdict = |version_at: Option<&Oid>| promotion(&project, "v1.4.0-stable", &version, &one, version_at);
    assert!(verdict(Some(&one)).is_empty());
    assert_eq!(verdict(Some(&two)).all()[0].code, Code::PromotionElsewhere);
    assert_eq!(verdict(None).all()[0].code, Code::TagMissing);
    assert_eq!((verdict(Some(&two)).exit(), verdict(None).exit()), (5, 5));
}
