//! Image tags that a release of an older version leaves with a newer one, as far as this clone knows: `tags`, `plan` and
//! `rehearse` say the same of them. A release itself asks the registries and the records.

use plimsoll_engine::domain::occasion::Occasion;
use plimsoll_engine::domain::project::Project;
use plimsoll_engine::plan::Plan;
use plimsoll_engine::plan::release::release_rules;
use plimsoll_oci::name::ImageTag;
use plimsoll_tags::class::{Class, Line};
use plimsoll_tags::rule::{Naming, RenderedTag};
use plimsoll_tags::value::TagValue;
use plimsoll_tags::version::Version;

use super::Subject;
use crate::cli::ending::Failure;
use crate::explain::Explain as _;
use crate::wire::TagNames;

/// The versions that are tagged in this clone and newer than one; without pre-releases, for which no tag stays behind.
pub(crate) fn newer(subject: &Subject, tags: &TagNames, than: &Version) -> Vec<Version> {
    let policy = &subject.project().tags;
    let texts = tags.iter().filter_map(|tag| policy.version().find_version_text(tag));
    let versions = texts.filter_map(|text| Version::parse(policy.scheme(), text).ok());
    versions.filter(|version| version > than && !version.is_prerelease()).collect()
}

/// Takes out of a plan the tags that stay with a newer version of this clone, and says so in it.
pub(crate) async fn hold_back(
    subject: &Subject,
    occasion: &Occasion,
    plan: &mut Plan,
) -> Result<(), Failure> {
    let Occasion::Version(version) = occasion else { return Ok(()) };
    let tags = subject.repository.read_tag_names().await;
    let tags = tags.map_err(|error| Failure::from(error.explain(&subject.asked)))?;
    take_out(subject.project(), plan, version, &newer(subject, &tags, version));
    Ok(())
}

fn take_out(project: &Project, plan: &mut Plan, version: &Version, tagged: &[Version]) {
    for target in &mut plan.targets {
        let Some(image) = project.images.iter().find(|image| image.name == target.artifact) else { continue };
        let rules = release_rules(image);
        target.moving.retain(|tag: &ImageTag| {
            let rendered = TagValue::parse(&tag.to_string()).ok().map(|value| RenderedTag {
                value,
                class: Class::Moving(Line::Version),
                naming: Naming::Other,
            });
            let Some(rendered) = rendered else { return true };
            let Some(newer) = rules.find_newer(&rendered, version, tagged) else { return true };
            let told = format!("image {}: `{tag}` stays with version {newer}, which is newer", image.name);
            if !plan.skipped.contains(&told) {
                plan.skipped.push(told);
            }
            false
        });
    }
}
