//! `[compose]`: the compose file that is released with pinned images.

use std::collections::BTreeMap;

use plimsoll_engine::domain::artifact::ArtifactName;
use plimsoll_engine::domain::compose::{Builds, ComposeSettings, Paths, Runs, ThirdParty};
use plimsoll_oci::name::Reference;

use super::inside::resolve_path;
use super::texts::texts;
use super::{invalid, unforeseen};
use crate::config::file::written::{Section, Spanned};
use crate::config::problems::{Problems, Span, Told, every};

/// The table, with what it says of images that were not resolved yet.
pub struct ComposeAt {
    /// What it means.
    pub settings: ComposeSettings,
    /// The images that it names, each with its place.
    pub named: Vec<(ArtifactName, Span)>,
}

/// Resolves the table. `folder` is where records go, and pinned files with them.
///
/// # Errors
/// Something in it can't be meant, which was told.
pub fn resolve(root: &Section, folder: &str, problems: &mut Problems<'_>) -> Result<Option<ComposeAt>, Told> {
    let Some(section) = root.section("compose")? else { return Ok(None) };
    let file = section.text("file").and_then(|file| match file {
        Some(file) => resolve_path(file, problems),
        None => Err(unforeseen(&section.span, problems)),
    });
    let services = resolve_services(section, problems);
    let leave = texts(section, "leave", problems);
    let word = |key: &str| Ok::<_, Told>(section.text(key)?.map(|text| text.value.to_owned()));
    let third_party = match word("third-party")?.as_deref() {
        Some("keep") => ThirdParty::Keep,
        _ => ThirdParty::Resolve,
    };
    let builds = match word("build")?.as_deref() {
        Some("keep") => Builds::Keep,
        _ => Builds::Drop,
    };
    let paths = match section.switch("rebase")? {
        Some(true) => Paths::Rebase,
        Some(false) | None => Paths::Keep,
    };
    let named = services?;
    let places = named.iter().filter_map(|(_, runs, span)| match runs {
        Runs::Image(name) => Some((name.clone(), span.clone())),
        Runs::Reference(_) => None,
    });
    let places = places.collect();
    let services = named.into_iter().map(|(service, runs, _)| (service, runs)).collect::<BTreeMap<_, _>>();
    let (file, leave, folder) = (file?, leave?, folder.to_owned());
    let settings = ComposeSettings { file, folder, services, third_party, leave, builds, paths };
    Ok(Some(ComposeAt { settings, named: places }))
}

fn resolve_services(
    section: &Section,
    problems: &mut Problems<'_>,
) -> Result<Vec<(String, Runs, Span)>, Told> {
    let Some(services) = section.section("services")? else { return Ok(Vec::new()) };
    every(services.entries().map(|(service, entry)| {
        let node = entry.node.as_ref().map_err(|told| *told)?;
        let Some(text) = node.text() else { return Err(unforeseen(&node.span, problems)) };
        let runs = parse_runs(&text, problems)?;
        Ok((service.to_owned(), runs, text.span))
    }))
}

/// The name of an image of the project, or a reference: names have neither slash nor colon.
fn parse_runs(text: &Spanned<&str>, problems: &mut Problems<'_>) -> Result<Runs, Told> {
    if let Ok(name) = text.value.parse::<ArtifactName>() {
        return Ok(Runs::Image(name));
    }
    match text.value.parse::<Reference>() {
        Ok(reference) => Ok(Runs::Reference(Box::new(reference))),
        Err(error) => {
            let message = format!("`{}` is no image", text.value);
            let help = "write the `name` of an [[image]], or `repository:tag`";
            Err(problems.error(&text.span, invalid(message).because(error).help(help)))
        }
    }
}

/// Compares what the table names with the images that there are.
pub fn check_names(compose: &ComposeAt, images: &[ArtifactName], problems: &mut Problems<'_>) {
    for (name, span) in compose.named.iter().filter(|(name, _)| !images.contains(name)) {
        let has: Vec<String> = images.iter().map(|image| format!("`{image}`")).collect();
        let message = format!("there is no [[image]] named `{name}`");
        let help =
            format!("this project has {}; any other image is written as `repository:tag`", has.join(", "));
        problems.error(span, invalid(message).help(help));
    }
}
