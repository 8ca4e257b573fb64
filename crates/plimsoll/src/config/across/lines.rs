//! A tag means one thing, whichever rule yields it: it has one class, and if it moves, one line.

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_tags::class::Class;
use plimsoll_tags::rule_set::{RuleFinding, RuleSet};
use plimsoll_tags::version::Scheme;

use crate::config::problems::Problems;
use crate::config::resolve::image_tags::TagsAt;

pub(super) fn check(tags: &TagsAt, scheme: Scheme, problems: &mut Problems<'_>) {
    let rules = tags.rules.iter().map(|rule| (rule.table.clone(), rule.rule.clone())).collect();
    for finding in RuleSet::of(rules).check(scheme) {
        let error = |code| Diagnostic::error(code, Cure::FixThenRunAgain, finding.to_string());
        let (index, diagnostic) = match &finding {
            RuleFinding::TwoMeanings { indices, one: Class::Moving(_), two: Class::Moving(_), .. } => {
                let help = "a tag follows one line only: decide whether it is the newest version, the newest \
                            promoted version or the newest commit of a branch";
                (indices.1, error(Code::TwoLines).help(help))
            }
            RuleFinding::TwoMeanings { indices, .. } => {
                (indices.1, error(Code::TagRule).help("give one of them another text, or name its class"))
            }
            RuleFinding::TwoSeries { indices, .. } => (indices.1, error(Code::TagRule)),
            // A rule without a class does not get here.
            RuleFinding::Class { index, .. } => (*index, error(Code::TagRule)),
        };
        let span = tags.rules.get(index).map_or(&tags.release, |rule| &rule.span);
        problems.error(span, diagnostic);
    }
}
