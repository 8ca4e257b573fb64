use super::{ClassError, Condition, Naming, Rendered, RenderedTag, Skip, TagRule};
use crate::class::{Class, ClassName, Line};
use crate::facts::{CommitId, DefaultBranch, Event, Facts, Run};
use crate::git_tag::TagPattern;
use crate::notation::action::flavor::Flavor;
use crate::notation::action::rule::Rule;
use crate::notation::short::{Placeholder, Template};
use crate::table::Table;
use crate::version::{Scheme, Version};

fn rule(template: &str) -> TagRule {
    TagRule::of(Template::parse(template).unwrap())
}

fn named(template: &str, class: ClassName) -> TagRule {
    TagRule { class: Some(class), ..rule(template) }
}

fn semver(text: &str) -> Version {
    Version::parse(Scheme::Semver, text).unwrap()
}

fn facts(event: Event) -> Facts {
    let commit = CommitId::parse("abc1234def5678900123456789abcdef01234567").unwrap();
    let run = Run::at("2024-05-01T12:00:00Z".parse().unwrap());
    Facts { event, commit, default_branch: DefaultBranch::Contains, run }
}

fn release(version: &str) -> Facts {
    facts(Event::Release { version: semver(version), tag: format!("v{version}") })
}

fn tag(rule: &TagRule, facts: &Facts) -> RenderedTag {
    match rule.render(&facts.event.table(), facts).unwrap() {
        Rendered::Tag(tag) => tag,
        Rendered::Skipped(skip) => panic!("{skip}"),
    }
}

fn skip(rule: &TagRule, facts: &Facts) -> Skip {
    match rule.render(&facts.event.table(), facts).unwrap() {
        Rendered::Skipped(skip) => skip,
        Rendered::Tag(tag) => panic!("{}", tag.value),
    }
}

/// One word for a class, `-` for what is not known in the table, `!` for another error.
fn told(class: Result<Class, ClassError>) -> &'static str {
    match class {
        Ok(Class::WriteOnce) => "once",
        Ok(Class::FirstWins) => "first",
        Ok(Class::Moving(Line::Version)) => "version",
        Ok(Class::Moving(Line::Promotion)) => "promotion",
        Ok(Class::Moving(Line::Branch(_))) => "branch",
        Ok(Class::Moving(Line::OwnBranch)) => "own",
        Ok(Class::Moving(Line::DefaultBranch)) => "default",
        Ok(Class::Moving(Line::PullRequest)) => "pull",
        Err(ClassError::NotKnown { .. } | ClassError::Never { .. }) => "-",
        Err(ClassError::Unclear { .. }) => "?",
        Err(_) => "!",
    }
}

#[test]
fn the_table_of_classes() {
    for (template, want) in [
        ("v{version}", ["once", "once", "-", "-"]),
        ("{version}-{sha}", ["once", "once", "-", "-"]),
        ("{sha}", ["first", "first", "first", "first"]),
        ("{major}-{sha}", ["first", "first", "-", "-"]),
        ("{major}", ["version", "promotion", "-", "-"]),
        ("{major}.{minor}", ["version", "promotion", "-", "-"]),
        ("{major}.{minor}.{patch}", ["!", "!", "-", "-"]),
        ("{minor}", ["!", "!", "-", "-"]),
        ("{major}.{patch}", ["!", "!", "-", "-"]),
        ("latest", ["version", "promotion", "branch", "!"]),
        ("{branch}", ["-", "-", "branch", "-"]),
        ("{branch}-{sha}", ["-", "-", "first", "-"]),
        ("pr-{number}", ["-", "-", "-", "pull"]),
        ("pr-{number}-{sha}", ["-", "-", "-", "first"]),
    ] {
        let tables = [Table::Release, Table::Promotion, Table::Branch("main".into()), Table::PullRequest];
        assert_eq!(tables.map(|table| told(rule(template).class_in(&table))), want, "{template}");
    }
}

fn action(text: &str) -> TagRule {
    let rule = Rule::parse(text).unwrap();
    TagRule::of_action(rule, Flavor::default(), TagPattern::parse("v{version}").unwrap())
}

#[test]
fn the_table_of_classes_of_the_action() {
    for (text, want) in CLASSES_OF_ACTION {
        let tables = ["release", "promotion", "branch:main", "branch:*", "pull-request"];
        let told = tables.map(|table| told(action(text).class_in(&Table::parse(table).unwrap())));
        assert_eq!(told, want, "{text}");
    }
}

/// Rules of docker/metadata-action, and their classes in each table.
const CLASSES_OF_ACTION: [(&str, [&str; 5]); 17] = [
    ("type=semver,pattern={{version}}", ["once", "once", "-", "-", "-"]),
    ("type=semver,pattern={{raw}}", ["once", "once", "-", "-", "-"]),
    ("type=semver,pattern={{major}}.{{minor}}.{{patch}}", ["once", "once", "-", "-", "-"]),
    ("type=semver,pattern={{major}}.{{minor}}", ["version", "promotion", "-", "-", "-"]),
    ("type=semver,pattern={{major}}", ["version", "promotion", "-", "-", "-"]),
    ("type=pep440,pattern={{version}}", ["once", "once", "-", "-", "-"]),
    (r"type=match,pattern=v(\d+\.\d+),group=1", ["version", "promotion", "-", "-", "-"]),
    (r"type=match,pattern=\d.\d", ["?", "?", "-", "-", "-"]),
    ("type=ref,event=tag", ["once", "once", "-", "-", "-"]),
    ("type=ref,event=branch", ["-", "-", "branch", "own", "-"]),
    ("type=ref,event=pr", ["-", "-", "-", "-", "pull"]),
    ("type=edge", ["-", "-", "branch", "default", "-"]),
    ("type=edge,branch=dev", ["-", "-", "-", "branch", "-"]),
    ("type=schedule", ["-", "-", "branch", "default", "-"]),
    ("type=raw,value=latest", ["version", "promotion", "branch", "!", "!"]),
    ("type=raw,value={{date 'YYYY'}}", ["?", "?", "?", "?", "?"]),
    ("type=sha", ["first", "first", "first", "first", "first"]),
];

#[test]
fn a_rule_of_the_action_is_judged_by_what_it_amounts_to() {
    let pattern = action("type=semver,pattern={{major}}.{{minor}}");
    assert_eq!(tag(&pattern, &release("1.4.2")).class, Class::Moving(Line::Version));
    let in_full = tag(&pattern, &release("1.5.0-rc.1"));
    assert_eq!((in_full.value.as_str(), in_full.class), ("1.5.0-rc.1", Class::WriteOnce));
    assert_eq!(in_full.naming, Naming::WholeVersion);
    let major = action("type=semver,pattern={{major}}");
    assert!(matches!(skip(&major, &release("0.3.0")), Skip::MajorZero { .. }));
    assert_eq!(tag(&major, &release("2.0.0")).value.as_str(), "2");
    assert!(matches!(
        skip(&action("type=raw,value=stable"), &release("1.0.0-rc.1")),
        Skip::Prerelease { .. }
    ));
    let branch = facts(Event::Branch("a/b".into()));
    let tag = match action("type=ref,event=branch").render(&Table::AnyBranch, &branch).unwrap() {
        Rendered::Tag(tag) => tag,
        Rendered::Skipped(skip) => panic!("{skip}"),
    };
    assert_eq!((tag.value.as_str(), tag.class), ("a-b", Class::Moving(Line::Branch("a/b".into()))));
}

#[test]
fn a_named_class_holds_where_it_can() {
    use ClassName::{FirstWins, Moving, WriteOnce};
    for (template, name, want) in [
        ("{version}", WriteOnce, "once"),
        ("{version}", FirstWins, "!"),
        ("{version}", Moving, "!"),
        ("{major}.{minor}.{patch}", WriteOnce, "once"),
        ("{major}.{minor}.{patch}", Moving, "version"),
        ("sha-{sha}", WriteOnce, "once"),
        ("sha-{sha}", Moving, "version"),
        ("latest", WriteOnce, "!"),
        ("{major}.{minor}", WriteOnce, "!"),
        ("2024-05", FirstWins, "first"),
        ("{major}", Moving, "version"),
        ("{minor}", Moving, "!"),
    ] {
        assert_eq!(told(named(template, name).class_in(&Table::Release)), want, "{template} {name}");
    }
}

#[test]
fn errors_say_what_to_write() {
    let message = |rule: TagRule, table: Table| rule.class_in(&table).unwrap_err().to_string();
    assert_eq!(message(rule("{number}"), Table::Release), "`{number}` is not known in `release`");
    assert_eq!(
        message(rule("{major}.{minor}.{patch}"), Table::Release),
        "`{major}.{minor}.{patch}` is not always the whole version: write `{version}`, or name the class"
    );
    assert_eq!(
        message(rule("preview"), Table::PullRequest),
        "`preview` is the same tag for every pull request: put `{number}` in it"
    );
    assert_eq!(
        rule("{major}.{patch}").class_in(&Table::Release),
        Err(ClassError::PartWithoutItsWhole {
            rule: "{major}.{patch}".into(),
            placeholder: Placeholder::Patch
        })
    );
}

#[test]
fn a_release_renders_its_tags() {
    let facts = release("1.4.2");
    for (template, value, naming) in [
        ("v{version}", "v1.4.2", Naming::WholeVersion),
        ("{tag}-x", "v1.4.2-x", Naming::WholeVersion),
        ("{major}.{minor}", "1.4", Naming::Other),
        ("sha-{sha}", "sha-abc1234", Naming::Other),
        ("{commit}", "abc1234def5678900123456789abcdef01234567", Naming::Other),
        ("latest", "latest", Naming::Other),
    ] {
        let tag = tag(&rule(template), &facts);
        assert_eq!(tag.value.as_str(), value);
        assert_eq!(tag.naming, naming, "{template}");
    }
}

#[test]
fn a_prerelease_moves_nothing() {
    let facts = release("1.4.2-rc.1");
    assert_eq!(tag(&rule("v{version}"), &facts).value.as_str(), "v1.4.2-rc.1");
    assert_eq!(tag(&rule("sha-{sha}"), &facts).value.as_str(), "sha-abc1234");
    for moving in ["latest", "{major}.{minor}", "{major}"] {
        for rule in [rule(moving), named(moving, ClassName::Moving)] {
            assert!(matches!(skip(&rule, &facts), Skip::Prerelease { .. }), "{moving}");
        }
    }
    let by_parts = named("{major}.{minor}.{patch}", ClassName::WriteOnce);
    assert!(matches!(skip(&by_parts, &facts), Skip::NotWholeVersion { .. }));
    assert_eq!(tag(&by_parts, &release("1.4.2")).naming, Naming::WholeVersion);
}

#[test]
fn parts_that_are_not_the_whole_version_are_not_written_once() {
    let rule = named("{major}.{minor}.{patch}", ClassName::WriteOnce);
    assert!(matches!(skip(&rule, &release("1.4.2+b")), Skip::NotWholeVersion { .. }));
    let longer = Version::parse(Scheme::Pep440, "0.1.0.1").unwrap();
    assert!(matches!(
        skip(&rule, &facts(Event::Release { version: longer, tag: "v0.1.0.1".into() })),
        Skip::NotWholeVersion { .. }
    ));
}

#[test]
fn a_major_tag_of_0_x_needs_a_named_class() {
    let facts = release("0.3.0");
    assert!(matches!(skip(&rule("v{major}"), &facts), Skip::MajorZero { .. }));
    assert_eq!(tag(&named("v{major}", ClassName::Moving), &facts).value.as_str(), "v0");
    assert_eq!(tag(&rule("{major}.{minor}"), &facts).value.as_str(), "0.3");
    assert_eq!(tag(&rule("v{major}"), &release("1.0.0")).value.as_str(), "v1");
}

#[test]
fn a_condition_is_looked_at_first() {
    let rule = TagRule { condition: Some(Condition::OnDefaultBranch), ..rule("latest") };
    let on = release("1.4.2");
    let off = Facts { default_branch: DefaultBranch::Lacks, ..on.clone() };
    assert_eq!(tag(&rule, &on).value.as_str(), "latest");
    assert!(matches!(skip(&rule, &off), Skip::NotOnDefaultBranch { .. }));
    assert_eq!(Condition::parse(Condition::OnDefaultBranch.name()), Some(Condition::OnDefaultBranch));
}

#[test]
fn names_of_classes_are_read_as_they_are_printed() {
    for name in ClassName::NAMES {
        assert_eq!(ClassName::parse(name).unwrap().to_string(), name);
    }
    assert_eq!(ClassName::parse("immutable"), None);
}
