//! `[image.tags]`: the image tags of each occasion.

use std::collections::BTreeMap;

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::domain::project::ImageTags;
use plimsoll_oci::model::Platform;
use plimsoll_tags::class::{Class, ClassName, Line};
use plimsoll_tags::notation::short::{Template, TemplateError};
use plimsoll_tags::rule::{Condition, TagRule};
use plimsoll_tags::table::{Table, TableError};
use plimsoll_tags::version::Scheme;

use super::image::resolve_platforms;
use super::{invalid, reserved, unforeseen};
use crate::config::file::written::{Node, Section, Spanned};
use crate::config::problems::{Problems, Span, Told, every};

/// A rule and where it stands.
#[derive(Clone, Debug)]
pub struct RuleAt {
    /// The table that it stands in.
    pub table: Table,
    /// The rule.
    pub rule: TagRule,
    /// Where.
    pub span: Span,
}

/// What the table says, with its places.
#[derive(Clone, Debug)]
pub struct TagsAt {
    /// The rules per occasion, if all of them can be meant.
    pub tags: Result<ImageTags, Told>,
    /// The rules that can be meant, in order.
    pub rules: Vec<RuleAt>,
    /// Where the release rules stand, or the header of the image.
    pub release: Span,
}

/// The release rules of an image that has none of its own.
///
/// PEP 440 has versions of two parts, so `{major}.{minor}` could be both a version and a series there.
fn default_release(scheme: Scheme) -> &'static [&'static str] {
    match scheme {
        Scheme::Semver => &["{version}", "{major}.{minor}", "latest"],
        Scheme::Pep440 => &["{version}", "latest"],
    }
}

/// Resolves the table of one image.
pub fn resolve(image: &Section, scheme: Scheme, problems: &mut Problems<'_>) -> TagsAt {
    let empty = Section::empty(image.span.clone());
    let section = match image.section("tags") {
        Ok(section) => section.unwrap_or(&empty),
        Err(told) => return TagsAt { tags: Err(told), rules: Vec::new(), release: image.span.clone() },
    };
    let mut rules = Vec::new();
    let mut platforms = Vec::new();
    if !section.has("release") {
        let default = default_release(scheme).iter().map(|text| {
            let text = Spanned { value: *text, span: section.span.clone() };
            let rule = TagRule::of(parse_template(text, problems)?);
            Ok(RuleAt { table: Table::Release, rule, span: section.span.clone() })
        });
        rules.extend(default);
    }
    for (key, entry) in section.entries() {
        // What the reader refused was told there; its name must not be judged again.
        let table = entry.node.as_ref().map_err(|told| *told).and_then(|node| {
            let table = parse_table(key, &entry.key, problems)?;
            Ok((node, table))
        });
        match table {
            Ok((node, table)) => {
                let (its, made_for) = resolve_occasion(node, &table, problems);
                rules.extend(its);
                platforms.push(made_for.map(|made_for| made_for.map(|made_for| (table, made_for))));
            }
            Err(told) => rules.push(Err(told)),
        }
    }
    let complete = rules.iter().try_for_each(|rule| rule.as_ref().map(drop).map_err(|told| *told));
    let platforms = every(platforms).map(|platforms| platforms.into_iter().flatten().collect());
    let rules: Vec<RuleAt> = rules.into_iter().flatten().collect();
    TagsAt {
        tags: complete.and_then(|()| Ok(sort(&rules, platforms?))),
        rules,
        release: section.entry("release").map_or(&section.span, |entry| &entry.key).clone(),
    }
}

fn sort(rules: &[RuleAt], platforms: BTreeMap<Table, Vec<Platform>>) -> ImageTags {
    let mut tags = ImageTags { platforms, ..ImageTags::default() };
    for RuleAt { table, rule, .. } in rules {
        match table {
            Table::Release => tags.release.push(rule.clone()),
            Table::Promotion => tags.promotion.push(rule.clone()),
            Table::Branch(name) => tags.branches.entry(name.clone()).or_default().push(rule.clone()),
            Table::PullRequest => tags.pull_request.push(rule.clone()),
        }
    }
    tags
}

fn parse_table(key: &str, span: &Span, problems: &mut Problems<'_>) -> Result<Table, Told> {
    Table::parse(key).map_err(|error| {
        let diagnostic = match &error {
            TableError::Unknown { suggestion: Some(meant), .. } => {
                invalid(&error).help(format!("did you mean `{meant}`?"))
            }
            TableError::Unknown { suggestion: None, .. } | TableError::NoBranch => invalid(&error),
        };
        problems.error(span, diagnostic)
    })
}

type Occasion = (Vec<Result<RuleAt, Told>>, Result<Option<Vec<Platform>>, Told>);

fn resolve_occasion(node: &Node, table: &Table, problems: &mut Problems<'_>) -> Occasion {
    let (list, platforms) = match node.section() {
        None => (Ok(node.list()), Ok(None)),
        Some(section) => (section.list("tags"), resolve_occasion_platforms(section, table, problems)),
    };
    let list = match list {
        Ok(list) => list.map(|list| list.value).unwrap_or_default(),
        Err(told) => return (vec![Err(told)], platforms),
    };
    let rules = list.iter().map(|rule| {
        let node = rule.as_ref().map_err(|told| *told)?;
        let rule = resolve_rule(node, table, problems)?;
        Ok(RuleAt { table: table.clone(), rule, span: node.span.clone() })
    });
    (rules.collect(), platforms)
}

fn resolve_occasion_platforms(
    section: &Section,
    table: &Table,
    problems: &mut Problems<'_>,
) -> Result<Option<Vec<Platform>>, Told> {
    let platforms = resolve_platforms(section, problems)?;
    let of_image = matches!(table, Table::Release | Table::Promotion);
    match section.entry("platforms") {
        Some(entry) if of_image => {
            let message =
                format!("`{table}` can't have platforms of its own: a release has all of its image's");
            Err(problems.error(&entry.key, invalid(message).help("write `platforms` beside `tags`")))
        }
        _ => Ok(platforms),
    }
}

fn resolve_rule(node: &Node, table: &Table, problems: &mut Problems<'_>) -> Result<TagRule, Told> {
    let (rule, line) = match node.section() {
        None => (resolve_short(node, problems)?, None),
        Some(section) => (resolve_long(section, problems)?, section.text("line")?),
    };
    let class = rule.class_in(table).map_err(|error| {
        let diagnostic = Diagnostic::error(Code::TagRule, Cure::FixThenRunAgain, error.to_string());
        problems.error(&node.span, diagnostic)
    })?;
    match line {
        Some(line) => check_line(&rule, &class, table, &line, problems).map(|()| rule),
        None => Ok(rule),
    }
}

fn resolve_short(node: &Node, problems: &mut Problems<'_>) -> Result<TagRule, Told> {
    match node.text() {
        Some(text) => parse_template(text, problems).map(TagRule::of),
        None => Err(unforeseen(&node.span, problems)),
    }
}

fn resolve_long(section: &Section, problems: &mut Problems<'_>) -> Result<TagRule, Told> {
    let template = match section.text("tag")? {
        Some(text) => parse_template(text, problems),
        None => Err(unforeseen(&section.span, problems)),
    };
    let condition = section.text("if")?.and_then(|condition| Condition::parse(condition.value));
    let class = section.text("class")?.and_then(|class| ClassName::parse(class.value));
    Ok(TagRule { template: template?, condition, class })
}

/// The line of a tag follows from where it stands; to write it as well is a promise that is held to.
fn check_line(
    rule: &TagRule,
    class: &Class,
    table: &Table,
    named: &Spanned<&str>,
    problems: &mut Problems<'_>,
) -> Result<(), Told> {
    let follows = match class.line() {
        Some(Line::Version) => "version",
        Some(Line::Promotion) => "promotion",
        Some(Line::Branch(_)) => "branch",
        Some(Line::PullRequest) | None => "",
    };
    if follows == named.value {
        return Ok(());
    }
    let is = match class {
        Class::Moving(line) => format!("follows {line}"),
        Class::WriteOnce | Class::FirstWins => format!("is {class} and follows nothing"),
    };
    let message = format!("`{}` in `{table}` {is}, not line `{}`", rule.template, named.value);
    let diagnostic = Diagnostic::error(Code::TagRule, Cure::FixThenRunAgain, message)
        .help("the line follows from the table: `release`, `promotion` or `branch:NAME`");
    Err(problems.error(&named.span, diagnostic))
}

fn parse_template(text: Spanned<&str>, problems: &mut Problems<'_>) -> Result<Template, Told> {
    Template::parse(text.value).map_err(|error| {
        let wrong = || Diagnostic::error(Code::TagRule, Cure::FixThenRunAgain, error.to_string());
        let diagnostic = match &error {
            _ if text.value.starts_with("type=") => {
                let message = "the notation of docker/metadata-action is not supported yet";
                Diagnostic::error(Code::NotSupportedYet, Cure::FixThenRunAgain, message)
                    .help("write the tag with placeholders: `{version}`, `{major}.{minor}`, `sha-{sha}`")
            }
            TemplateError::UnknownPlaceholder { name, .. } if name == "component" => {
                reserved("`{component}` is reserved and can't be used yet")
            }
            TemplateError::UnknownPlaceholder { suggestion: Some(meant), .. } => {
                wrong().help(format!("did you mean `{{{meant}}}`?"))
            }
            TemplateError::UnknownPlaceholder { suggestion: None, .. } => wrong().help(
                "there are `{version}`, `{major}`, `{minor}`, `{patch}`, `{sha}`, `{branch}` and `{number}`",
            ),
            TemplateError::DoubleBraces { template } => {
                wrong().help(format!("write `{}`", template.replace("{{", "{").replace("}}", "}")))
            }
            TemplateError::LooseBrace { .. } | TemplateError::Illegal(_) => wrong(),
        };
        problems.error(&text.span, diagnostic)
    })
}
