//! What the file means, one module per table. Defaults are applied here, after everything was read.
//!
//! Every resolver takes what is written, reports what can't be meant, and goes on where it can.

pub mod app_compose;
pub mod attestation;
pub mod build;
pub mod chart;
pub mod claim;
pub mod compose;
pub mod content;
pub mod deployment;
pub mod forge;
pub mod image;
pub mod image_tags;
mod inside;
mod placeholders;
pub mod project;
pub mod records;
pub mod registries;
pub mod registry;
pub(super) mod remote;
pub mod required_version;
pub mod signing;
pub mod tags;
mod texts;
pub mod variables;
pub mod version;

use std::fmt;

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::domain::page::PagePolicy;
use plimsoll_engine::domain::project::Project;
use plimsoll_oci::name::Digest;
use plimsoll_tags::git_tag::TagPattern;

use super::across;
use super::file::written::Section;
use super::problems::{Problems, Span, Told, every};
use super::{Config, Surroundings};

/// Resolves the whole file.
///
/// # Errors
/// Something in it can't be meant, which was told.
pub fn resolve(
    root: &Section,
    text: &str,
    surroundings: Surroundings<'_>,
    problems: &mut Problems<'_>,
) -> Result<Config, Told> {
    let about = project::resolve(root, surroundings, problems);
    let version = version::resolve(root, surroundings, problems);
    let scheme = version.as_ref().map(|version| version.scheme).map_err(|told| *told);
    let tags = scheme.and_then(|scheme| tags::resolve(root, scheme, problems));
    let name = about.as_ref().map(|about| &about.name).map_err(|told| *told);
    // A pattern that can't be meant was told; rules are read with the default then.
    let git_tag = tags.as_ref().map_or_else(|_| TagPattern::default(), |tags| tags.version().clone());
    let written = image::resolve(root, name, scheme.unwrap_or_default(), &git_tag, problems);
    let images = written.as_ref().map_err(|told| *told).and_then(|images| {
        across::check(images, tags.as_ref().ok(), scheme.unwrap_or_default(), problems);
        every(images.iter().map(|image| image.image.clone()))
    });
    let records = records::resolve(root, problems);
    let folder = records.as_ref().map_or(records::DEFAULT_DIRECTORY, |records| &records.directory);
    let compose = compose::resolve(root, folder, problems);
    if let (Ok(Some(compose)), Ok(images)) = (&compose, &images) {
        let names: Vec<_> = images.iter().map(|image| image.name.clone()).collect();
        compose::check_names(compose, &names, problems);
    }
    let app_compose = name.and_then(|name| app_compose::resolve(root, name, problems));
    let source = about.as_ref().ok().and_then(|about| about.source.as_deref());
    let forge = forge::resolve(root, source, tags.as_ref().ok(), problems);
    let deployments = deployment::resolve(root, tags.as_ref().ok(), problems);
    let pages = forge.as_ref().map_or(PagePolicy::Version, |forge| forge.pages);
    let charts = images
        .as_ref()
        .map_err(|told| *told)
        .and_then(|images| chart::resolve(root, (name.ok(), tags.as_ref().ok()), images, pages, problems));
    let signing = signing::resolve(root, source, problems);
    if let (Ok(images), Ok(charts)) = (&images, &charts) {
        across::check_content(images, charts, problems);
    }
    if let (Ok(written), Ok(charts)) = (&written, &charts) {
        let meant = (tags.as_ref().ok(), scheme.unwrap_or_default());
        across::check_charts(root, charts, written, meant, problems);
    }
    let statements = match (&images, &charts) {
        (Ok(images), Ok(charts)) => {
            attestation::resolve(root, attestation::Artifacts { images, charts }, problems)
        }
        (Err(told), _) | (_, Err(told)) => Err(*told),
    };
    let claim = claim::resolve(root, problems);
    let charts = match (charts, &claim) {
        (Ok(charts), Ok(claim)) => chart::check_numbers(root, *claim, problems).map(|()| charts),
        (charts, _) => charts,
    };
    let registries = registries::resolve(root, problems);
    let destination = registry::resolve(root);
    let build = build::resolve_build(root, problems);
    let gates = build::resolve_gates(root, problems);
    if let (Ok(gates), Ok(images), Ok(charts)) = (&gates, &images, &charts) {
        across::check_gates(root, gates, (images, charts), problems);
    }
    let (about, records, forge, signing) = (about?, records?, forge?, signing?);
    let mut statements = statements?;
    let (tags, charts) = (tags?, charts?);
    statements.sources = signing.repositories(about.source.as_deref());
    statements.workflows = signing.workflow_repositories();
    let signed_since = signing::resolve_since(root, (&tags, &charts), problems)?;
    let project = Project {
        name: about.name,
        description: about.description,
        license: about.license,
        source: about.source,
        url: about.url,
        version_files: version?.files,
        tags,
        images: images?,
        charts,
        compose: compose?.map(|compose| compose.settings),
        app_compose: app_compose?,
        signing: signing.signer.as_ref().map(|signer| signer.form),
        signed_since,
        statements,
        posting: forge.posting,
        records_directory: records.directory,
        claim: claim?,
        pages: forge.pages,
        deployments: deployment::keep(deployments?, &forge),
        config: Digest::of(text.as_bytes()),
    };
    let alone = project.charts.iter().filter_map(|chart| project.of_chart(chart));
    let ledgers = std::iter::once(project.records_directory.clone());
    Ok(Config {
        ledgers: ledgers.chain(alone.map(|alone| alone.records_directory)).collect(),
        project,
        committing: records.committing,
        registries: registries?,
        forge,
        build: build?,
        gates: gates?,
        signing,
        destination: destination?,
        variables: variables::named_variables(text),
        warnings: Vec::new(),
    })
}

/// A value that can't be used.
pub(super) fn invalid(message: impl fmt::Display) -> Diagnostic {
    Diagnostic::error(Code::InvalidValue, Cure::FixThenRunAgain, message.to_string())
}

/// A key that is not there.
fn missing(message: impl fmt::Display) -> Diagnostic {
    Diagnostic::error(Code::MissingKey, Cure::FixThenRunAgain, message.to_string())
}

/// A word that is kept.
fn reserved(message: impl fmt::Display) -> Diagnostic {
    Diagnostic::error(Code::ReservedWord, Cure::FixThenRunAgain, message.to_string())
}

/// A value that the reader should not have let through: it checks what kind of value stands where.
fn unforeseen(span: &Span, problems: &mut Problems<'_>) -> Told {
    let message = "this value was read as something that it is not";
    problems.error(span, Diagnostic::error(Code::Bug, Cure::ReportBug, message))
}
