//! Would a tag `0` stand for versions that promise each other nothing?

use plimsoll_tags::notation::short::{Placeholder, Template};
use plimsoll_tags::rule::TagRule;
use plimsoll_tags::table::Table;
use plimsoll_tags::version::Version;

use crate::check::Findings;
use crate::domain::code::Code;
use crate::domain::diagnostic::Diagnostic;
use crate::domain::project::Project;

/// Warns of rules that give 0.x versions a tag of the major number alone. Only a rule that names its class does.
///
/// Source: SemVer 2.0.0, section 4: anything may change at any time in 0.y.z.
pub(super) fn advise(project: &Project, version: &Version) -> Findings {
    if version.major() != 0 || version.is_prerelease() {
        return Findings::new();
    }
    let of_image = project.images.iter().flat_map(|image| {
        let rules = image.tags.release.iter().filter_map(find_major_alone);
        rules.map(|template| {
            let tag = template.to_string().replace("{major}", "0");
            let message = format!("image `{}` gets a tag `{tag}`, which every 0.x version moves", image.name);
            Diagnostic::warning(Code::TagRule, message).fact("rule", &template).help(
                "0.x versions promise each other nothing: leave out `class`, and the tag begins with 1.0",
            )
        })
    });
    of_image.collect()
}

fn find_major_alone(rule: &TagRule) -> Option<Template> {
    rule.class?;
    let template = rule.find_template(&Table::Release)?;
    let mut placeholders = template.placeholders().peekable();
    let alone = placeholders.peek().is_some() && placeholders.all(|name| name == Placeholder::Major);
    alone.then(|| template.clone().into_owned())
}
