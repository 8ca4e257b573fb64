use proptest::prelude::*;

use super::{Placeholder, RenderError, Template, TemplateError};
use crate::facts::{CommitId, DefaultBranch, Event, Facts, Run};
use crate::table::Table;
use crate::value::ValueError;
use crate::version::{Scheme, Version};

fn facts(event: Event) -> Facts {
    let commit = CommitId::parse("abc1234def5678900123456789abcdef01234567").unwrap();
    let run = Run::at("2024-05-01T12:00:00Z".parse().unwrap());
    Facts { event, commit, default_branch: DefaultBranch::Contains, run }
}

fn release(scheme: Scheme, version: &str) -> Facts {
    facts(Event::Release { version: Version::parse(scheme, version).unwrap(), tag: format!("v{version}") })
}

fn rendered(template: &str, facts: &Facts) -> Result<String, RenderError> {
    Template::parse(template).unwrap().render(facts).map(|value| value.to_string())
}

#[test]
fn what_stands_for_what() {
    let version = release(Scheme::Semver, "1.4.2-rc.1+b.5");
    let epoch = release(Scheme::Pep440, "2!7rc1");
    let branch = facts(Event::Branch("feature/#12 x".into()));
    let pull_request = facts(Event::PullRequest(15));
    for (template, facts, want) in [
        ("{version}", &version, "1.4.2-rc.1_b.5"),
        ("v{major}.{minor}.{patch}", &version, "v1.4.2"),
        ("sha-{sha}", &version, "sha-abc1234"),
        ("latest", &version, "latest"),
        ("{version}", &epoch, "2-7rc1"),
        ("{major}.{minor}", &epoch, "7.0"),
        ("{branch}", &branch, "feature-12-x"),
        ("{branch}-{sha}", &branch, "feature-12-x-abc1234"),
        ("pr-{number}", &pull_request, "pr-15"),
    ] {
        assert_eq!(rendered(template, facts).unwrap(), want);
    }
}

#[test]
fn what_an_event_does_not_know() {
    let branch = facts(Event::Branch("main".into()));
    assert_eq!(
        rendered("{version}", &branch),
        Err(RenderError::NotKnown { placeholder: Placeholder::Version, table: Table::Branch("main".into()) })
    );
    for placeholder in Placeholder::ALL {
        for event in [
            Event::Release {
                version: Version::parse(Scheme::Semver, "1.0.0").unwrap(),
                tag: "v1.0.0".into(),
            },
            Event::Promotion {
                version: Version::parse(Scheme::Semver, "1.0.0").unwrap(),
                tag: "v1.0.0-stable".into(),
            },
            Event::Branch("main".into()),
            Event::PullRequest(1),
        ] {
            let is_known = placeholder.is_known_in(&event.table());
            assert_eq!(rendered(&format!("x{placeholder}"), &facts(event)).is_ok(), is_known);
        }
    }
}

#[test]
fn what_is_too_long_or_begins_badly_is_an_error_and_not_cut() {
    let long = facts(Event::Branch("b".repeat(125)));
    assert!(rendered("{branch}", &long).is_ok());
    let error = rendered("edge-{branch}", &long).unwrap_err();
    assert!(matches!(error, RenderError::Illegal { error: ValueError::TooLong { length: 130, .. }, .. }));
    let dotted = facts(Event::Branch(".hidden".into()));
    let error = rendered("{branch}", &dotted).unwrap_err();
    assert!(matches!(error, RenderError::Illegal { error: ValueError::IllegalStart { .. }, .. }));
}

#[test]
fn what_is_no_template_and_why() {
    let unknown =
        |name: &str, suggestion| TemplateError::UnknownPlaceholder { name: name.into(), suggestion };
    for (text, want) in [
        ("", TemplateError::Illegal(ValueError::Empty)),
        ("{verson}", unknown("verson", Some("version"))),
        ("{}", unknown("", None)),
        ("{date}", unknown("date", None)),
        ("{component}", unknown("component", None)),
        ("pr-{pr}", unknown("pr", Some("number"))),
        ("{{version}}", TemplateError::DoubleBraces { template: "{{version}}".into() }),
        ("v{version", TemplateError::LooseBrace { template: "v{version".into() }),
        ("v}", TemplateError::LooseBrace { template: "v}".into() }),
        ("a b", TemplateError::Illegal(ValueError::IllegalCharacter { value: "a b".into(), character: ' ' })),
        (
            "{version}+x",
            TemplateError::Illegal(ValueError::IllegalCharacter {
                value: "{version}+x".into(),
                character: '+',
            }),
        ),
        (
            "-{sha}",
            TemplateError::Illegal(ValueError::IllegalStart { value: "-{sha}".into(), character: '-' }),
        ),
        ("plimsoll-{sha}", TemplateError::Illegal(ValueError::Reserved { value: "plimsoll-{sha}".into() })),
    ] {
        assert_eq!(Template::parse(text).unwrap_err(), want, "{text:?}");
    }
}

proptest! {
    #[test]
    fn a_template_prints_as_it_was_read(
        text in "([a-z0-9._-]{0,4}(\\{(version|major|minor|patch|sha|branch|number)\\})?){1,4}",
    ) {
        if let Ok(template) = Template::parse(&text) {
            prop_assert_eq!(template.to_string(), text.clone());
            prop_assert_eq!(Template::parse(&template.to_string()), Ok(template));
        }
    }

    #[test]
    fn any_text_is_answered(text in "[{}a-z+é -]{0,20}", branch in any::<String>()) {
        if let Ok(template) = Template::parse(&text) {
            let _ = template.render(&facts(Event::Branch(branch)));
        }
    }
}
