//! One rule for an image tag, in either notation.

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_tags::class::{Class, ClassName, Line};
use plimsoll_tags::notation::action::expression::ExpressionError;
use plimsoll_tags::notation::action::rule::{Rule, RuleTextError};
use plimsoll_tags::notation::short::{Template, TemplateError};
use plimsoll_tags::rule::{ClassError, Condition, TagRule};
use plimsoll_tags::table::Table;

use super::super::{reserved, unforeseen};
use super::Means;
use crate::config::file::shape::quoted;
use crate::config::file::written::{Node, Section, Spanned};
use crate::config::problems::{Problems, Told};

pub(super) fn resolve_rule(
    node: &Node,
    table: &Table,
    means: &Means,
    problems: &mut Problems<'_>,
) -> Result<TagRule, Told> {
    let rule = read_rule(node, means, problems)?;
    check_in(&rule, node, table, problems)?;
    Ok(rule)
}

/// Reads a rule, whatever table it stands in.
pub(super) fn read_rule(node: &Node, means: &Means, problems: &mut Problems<'_>) -> Result<TagRule, Told> {
    match node.section() {
        None => resolve_short(node, means, problems),
        Some(section) => resolve_long(section, means, problems),
    }
}

/// Whether a rule has a class in a table, and the line that it names.
pub(super) fn check_in(
    rule: &TagRule,
    node: &Node,
    table: &Table,
    problems: &mut Problems<'_>,
) -> Result<(), Told> {
    let line = match node.section() {
        Some(section) => section.text("line")?,
        None => None,
    };
    match (rule.class_in(table), line) {
        (Ok(class), Some(line)) => check_line(rule, &class, table, &line, problems),
        // A rule that yields nothing here is odd, and no error.
        (Ok(_), None) | (Err(ClassError::Never { .. }), _) => Ok(()),
        (Err(error), _) => {
            let diagnostic = Diagnostic::error(Code::TagRule, Cure::FixThenRunAgain, error.to_string());
            let diagnostic = match &error {
                ClassError::Unclear { .. } => diagnostic
                    .help("say what may become of it: `{ tag = \"type=…\", class = \"moving\" }` (or write-once, first-wins)"),
                _ => diagnostic,
            };
            Err(problems.error(&node.span, diagnostic))
        }
    }
}

fn resolve_short(node: &Node, means: &Means, problems: &mut Problems<'_>) -> Result<TagRule, Told> {
    match node.text() {
        Some(text) => parse_rule(text, means, problems),
        None => Err(unforeseen(&node.span, problems)),
    }
}

fn resolve_long(section: &Section, means: &Means, problems: &mut Problems<'_>) -> Result<TagRule, Told> {
    let rule = match section.text("tag")? {
        Some(text) => parse_rule(text, means, problems),
        None => Err(unforeseen(&section.span, problems)),
    };
    let condition = section.text("if")?.and_then(|condition| Condition::parse(condition.value));
    let class = section.text("class")?.and_then(|class| ClassName::parse(class.value));
    Ok(TagRule { condition, class, ..rule? })
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
        Some(Line::Branch(_) | Line::OwnBranch | Line::DefaultBranch) => "branch",
        Some(Line::PullRequest) | None => "",
    };
    if follows == named.value {
        return Ok(());
    }
    let is = match class {
        Class::Moving(line) => format!("follows {line}"),
        Class::WriteOnce | Class::FirstWins => format!("is {class} and follows nothing"),
    };
    let message = format!("`{rule}` in `{table}` {is}, not line `{}`", named.value);
    let diagnostic = Diagnostic::error(Code::TagRule, Cure::FixThenRunAgain, message)
        .help("the line follows from the table: `release`, `promotion` or `branch:NAME`");
    Err(problems.error(&named.span, diagnostic))
}

/// Reads a rule in either notation: that of docker/metadata-action begins with `type=`.
fn parse_rule(text: Spanned<&str>, means: &Means, problems: &mut Problems<'_>) -> Result<TagRule, Told> {
    if !text.value.trim_start().starts_with("type=") {
        return parse_template(text, problems).map(TagRule::of);
    }
    let rule = Rule::parse(text.value).map_err(|error| {
        let diagnostic = Diagnostic::error(Code::TagRule, Cure::FixThenRunAgain, error.to_string());
        let diagnostic = match meant(&error) {
            Some(meant) => diagnostic.help(format!("did you mean `{meant}`?")),
            None => diagnostic,
        };
        problems.error(&text.span, diagnostic)
    })?;
    if !rule.ignored.is_empty() {
        let names = quoted(rule.ignored.iter().map(String::as_str));
        let message = format!("`{rule}`: {names} means nothing for this type");
        problems.warn(&text.span, Diagnostic::warning(Code::TagRule, message));
    }
    Ok(TagRule::of_action(rule, means.flavor.clone(), means.git_tag.clone()))
}

fn meant(error: &RuleTextError) -> Option<&'static str> {
    match error {
        RuleTextError::UnknownType { suggestion, .. }
        | RuleTextError::Expression { error: ExpressionError::UnknownName { suggestion, .. }, .. } => {
            *suggestion
        }
        _ => None,
    }
}

pub(super) fn parse_template(text: Spanned<&str>, problems: &mut Problems<'_>) -> Result<Template, Told> {
    Template::parse(text.value).map_err(|error| {
        let wrong = || Diagnostic::error(Code::TagRule, Cure::FixThenRunAgain, error.to_string());
        let diagnostic = match &error {
            TemplateError::UnknownPlaceholder { name, .. } if name == "component" => {
                reserved("`{component}` is reserved and can't be used yet")
            }
            TemplateError::UnknownPlaceholder { suggestion: Some(meant), .. } => {
                wrong().help(format!("did you mean `{{{meant}}}`?"))
            }
            TemplateError::UnknownPlaceholder { suggestion: None, .. } => wrong().help(
                "there are `{version}`, `{major}`, `{minor}`, `{patch}`, `{tag}`, `{sha}`, `{commit}`, `{branch}` and `{number}`",
            ),
            TemplateError::DoubleBraces { template } => {
                wrong().help(format!("write `{}`", template.replace("{{", "{").replace("}}", "}")))
            }
            TemplateError::LooseBrace { .. } | TemplateError::Illegal(_) => wrong(),
        };
        problems.error(&text.span, diagnostic)
    })
}
