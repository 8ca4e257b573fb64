//! `[image.tags]`: the image tags of each occasion.

use std::collections::BTreeMap;

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::domain::project::ImageTags;
use plimsoll_oci::model::Platform;
use plimsoll_tags::git_tag::TagPattern;
use plimsoll_tags::notation::action::flavor::{Flavor, FlavorError};
use plimsoll_tags::rule::{ClassError, Notation, TagRule};
use plimsoll_tags::table::{Table, TableError};
use plimsoll_tags::version::Scheme;

use super::image::resolve_platforms;
use super::{invalid, unforeseen};
use crate::config::file::written::{Items, Node, Section, Spanned};
use crate::config::problems::{Problems, Span, Told, every};

mod notation;

use notation::{check_in, parse_template, read_rule, resolve_rule};

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

/// What rules of docker/metadata-action depend on beside their own text.
#[derive(Clone, Debug)]
pub struct Means {
    /// What holds for all rules of the image.
    pub flavor: Flavor,
    /// How git tags of versions are spelled.
    pub git_tag: TagPattern,
}

/// Resolves the rules of one image: a table by occasion, or one list for all of them.
pub fn resolve(image: &Section, scheme: Scheme, git_tag: &TagPattern, problems: &mut Problems<'_>) -> TagsAt {
    let empty = Section::empty(image.span.clone());
    let failed = |told| TagsAt { tags: Err(told), rules: Vec::new(), release: image.span.clone() };
    let means = match resolve_flavor(image, problems) {
        Ok(flavor) => Means { flavor, git_tag: git_tag.clone() },
        Err(told) => return failed(told),
    };
    let node = match image.node("tags") {
        Ok(node) => node,
        Err(told) => return failed(told),
    };
    let section = match node.map(|node| (node, node.list())) {
        Some((node, Some(list))) => return resolve_everywhere(&list, &node.span, &means, problems),
        Some((node, None)) => node.section().unwrap_or(&empty),
        None => &empty,
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
                let (its, made_for) = resolve_occasion(node, &table, &means, problems);
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

/// One list for all occasions but promotions: each rule stands wherever it means something. Text that is the same
/// everywhere is for releases.
fn resolve_everywhere(
    list: &Spanned<&Items>,
    span: &Span,
    means: &Means,
    problems: &mut Problems<'_>,
) -> TagsAt {
    let mut rules: Vec<Result<RuleAt, Told>> = Vec::new();
    for item in list.value {
        let read = item.as_ref().map_err(|told| *told);
        let read = read.and_then(|node| Ok((node, read_rule(node, means, problems)?)));
        let (node, rule) = match read {
            Ok(read) => read,
            Err(told) => {
                rules.push(Err(told));
                continue;
            }
        };
        let tables: Vec<Table> = [Table::Release, Table::AnyBranch, Table::PullRequest]
            .into_iter()
            .filter(|table| is_for(&rule, table))
            .collect();
        if tables.is_empty() {
            let message = format!("`{rule}` never yields a tag");
            problems.warn(&node.span, Diagnostic::warning(Code::TagRule, message));
        }
        for table in tables {
            let checked = check_in(&rule, node, &table, problems);
            rules.push(checked.map(|()| RuleAt { table, rule: rule.clone(), span: node.span.clone() }));
            // What is wrong with it in one table is mostly wrong in the next.
            if checked.is_err() {
                break;
            }
        }
    }
    let complete = rules.iter().try_for_each(|rule| rule.as_ref().map(drop).map_err(|told| *told));
    let rules: Vec<RuleAt> = rules.into_iter().flatten().collect();
    TagsAt { tags: complete.map(|()| sort(&rules, BTreeMap::new())), rules, release: span.clone() }
}

fn is_for(rule: &TagRule, table: &Table) -> bool {
    match &rule.notation {
        Notation::Short(template) if template.is_literal() => *table == Table::Release,
        Notation::Short(template) => {
            template.placeholders().all(|placeholder| placeholder.is_known_in(table))
        }
        Notation::Action(_) => !matches!(rule.class_in(table), Err(ClassError::Never { .. })),
    }
}

/// Reads `flavor`: one line, or a list of them.
fn resolve_flavor(image: &Section, problems: &mut Problems<'_>) -> Result<Flavor, Told> {
    let Some(node) = image.node("flavor")? else { return Ok(Flavor::default()) };
    let lines = match node.list() {
        Some(list) => every(list.value.iter().map(|line| {
            let line = line.as_ref().map_err(|told| *told)?;
            line.text().ok_or_else(|| unforeseen(&line.span, problems))
        }))?,
        None => node.text().into_iter().collect(),
    };
    Flavor::parse(lines.iter().map(|line| line.value)).map_err(|error| {
        let diagnostic = Diagnostic::error(Code::TagRule, Cure::FixThenRunAgain, error.to_string());
        let diagnostic = match &error {
            FlavorError::Unknown { suggestion: Some(meant), .. } => {
                diagnostic.help(format!("did you mean `{meant}=`?"))
            }
            _ => diagnostic,
        };
        problems.error(&node.span, diagnostic)
    })
}

fn sort(rules: &[RuleAt], platforms: BTreeMap<Table, Vec<Platform>>) -> ImageTags {
    let mut tags = ImageTags { platforms, ..ImageTags::default() };
    for RuleAt { table, rule, .. } in rules {
        match table {
            Table::Release => tags.release.push(rule.clone()),
            Table::Promotion => tags.promotion.push(rule.clone()),
            Table::Branch(name) => tags.branches.entry(name.clone()).or_default().push(rule.clone()),
            Table::AnyBranch => tags.any_branch.push(rule.clone()),
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

fn resolve_occasion(node: &Node, table: &Table, means: &Means, problems: &mut Problems<'_>) -> Occasion {
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
        let rule = resolve_rule(node, table, means, problems)?;
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
