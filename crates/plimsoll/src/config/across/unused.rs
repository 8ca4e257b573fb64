//! What is written and can never apply.

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::Diagnostic;
use plimsoll_tags::git_tag::TagPolicy;
use plimsoll_tags::rule::ClassError;
use plimsoll_tags::table::Table;

use crate::config::problems::Problems;
use crate::config::resolve::image_tags::{RuleAt, TagsAt};

pub(super) fn check(tags: &TagsAt, policy: Option<&TagPolicy>, problems: &mut Problems<'_>) {
    let promoted = policy.is_none_or(|policy| policy.stable().is_some());
    for (index, rule) in tags.rules.iter().enumerate() {
        if rule.table == Table::Promotion && !promoted {
            let message = format!("`{}` is never written: no git tag promotes a version", rule.rule);
            let diagnostic = Diagnostic::warning(Code::TagRule, message)
                .help("write `stable = \"v{version}-stable\"` under `[tags]`, or take it out");
            problems.warn(&rule.span, diagnostic);
        }
        if rule.table == Table::PullRequest && rule.rule.condition.is_some() {
            let message =
                format!("`{}` is never written: a pull request is not on the default branch", rule.rule);
            problems.warn(&rule.span, Diagnostic::warning(Code::TagRule, message));
        }
        if let Err(error @ ClassError::Never { .. }) = rule.rule.class_in(&rule.table) {
            problems.warn(&rule.span, Diagnostic::warning(Code::TagRule, error.to_string()));
        }
        if tags.rules.iter().take(index).any(|earlier| is_same(earlier, rule)) {
            let message = format!("`{}` stands in `{}` twice", rule.rule, rule.table);
            problems.warn(&rule.span, Diagnostic::warning(Code::TagRule, message));
        }
    }
}

fn is_same(one: &RuleAt, two: &RuleAt) -> bool {
    one.table == two.table && one.rule == two.rule
}

/// A project without images and charts has nothing to release.
pub(super) fn check_images(problems: &mut Problems<'_>) {
    let diagnostic = Diagnostic::warning(
        Code::MissingKey,
        "there is no `[[image]]` and no `[[chart]]`: nothing would be released",
    )
    .help("`plimsoll schema` describes the file");
    problems.warn(&(0..0), diagnostic);
}
