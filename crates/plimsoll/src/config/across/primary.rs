//! Every image has a release tag with the whole version in it: the primary tag.

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_tags::class::Class;
use plimsoll_tags::notation::short::Placeholder;
use plimsoll_tags::table::Table;

use crate::config::problems::Problems;
use crate::config::resolve::image_tags::{RuleAt, TagsAt};

pub(super) fn check(tags: &TagsAt, problems: &mut Problems<'_>) {
    let mut primaries = tags.rules.iter().filter(|rule| is_primary(rule)).peekable();
    if primaries.peek().is_none() {
        // A rule that can't be meant may have been the one.
        if tags.tags.is_ok() {
            let message = "no release tag of the image has the whole version in it";
            let diagnostic = Diagnostic::error(Code::TagRule, Cure::FixThenRunAgain, message)
                .help("add `{version}` or `v{version}`: it stays when everything else moves on");
            problems.error(&tags.release, diagnostic);
        }
    } else if primaries.all(|rule| rule.rule.condition.is_some()) {
        let message = "the image has a tag with the whole version on the default branch only";
        let diagnostic = Diagnostic::warning(Code::TagRule, message)
            .help("a version that is tagged elsewhere can't be released");
        problems.warn(&tags.release, diagnostic);
    }
}

fn is_primary(rule: &RuleAt) -> bool {
    use Placeholder::{Major, Minor, Patch, Tag, Version};
    let Some(template) = rule.rule.find_template(&Table::Release) else { return false };
    let has_version = template.has(Version)
        || template.has(Tag)
        || [Major, Minor, Patch].iter().all(|part| template.has(*part));
    rule.table == Table::Release && has_version && rule.rule.class_in(&rule.table) == Ok(Class::WriteOnce)
}
