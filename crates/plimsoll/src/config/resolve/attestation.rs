//! `[[attestation]]`, `signing.signatures` and `signing.provenance`: what is stated of releases that are signed.

use plimsoll_engine::domain::artifact::ArtifactName;
use plimsoll_engine::domain::build::Attestation;
use plimsoll_engine::domain::chart::Chart;
use plimsoll_engine::domain::predicate::{PredicateType, SLSA_PROVENANCE, SPDX};
use plimsoll_engine::domain::project::{Image, Origin};
use plimsoll_engine::domain::sbom::{SCANNER, SbomFormat};
use plimsoll_engine::domain::stated::{
    OtherStatement, PredicateOrigin, ProvenanceScope, SignatureScope, StatementSettings,
};

use super::placeholders::{OF_ARTIFACTS, resolve_template};
use super::{invalid, missing, unforeseen};
use crate::config::file::written::{Section, Spanned};
use crate::config::problems::{Problems, Told, every};

/// What can be stated about.
#[derive(Clone, Copy)]
pub struct Artifacts<'a> {
    /// The images.
    pub images: &'a [Image],
    /// The charts.
    pub charts: &'a [Chart],
}

/// What one table states: what kind of thing, and of what; none: every image.
#[derive(Clone, Copy)]
struct Subject<'a> {
    kind: &'a PredicateType,
    artifact: Option<&'a ArtifactName>,
}

/// Resolves what is stated.
///
/// # Errors
/// Something of it can't be meant, which was told.
pub fn resolve(
    root: &Section,
    artifacts: Artifacts<'_>,
    problems: &mut Problems<'_>,
) -> Result<StatementSettings, Told> {
    let signing = root.section("signing")?;
    let signatures = signing.map_or(Ok(SignatureScope::default()), resolve_signatures);
    let provenance = signing.map_or(Ok(ProvenanceScope::default()), resolve_provenance);
    let others = match root.list("attestation")? {
        None => Vec::new(),
        Some(list) if signing.is_none() => {
            let message = "what is attested is signed, and nobody signs";
            let help = "add a [signing] table with `key = \"env:COSIGN_KEY\"`, or `keyless = true`";
            return Err(problems.error(&list.span, missing(message).help(help)));
        }
        Some(list) => every(list.value.iter().map(|item| {
            let node = item.as_ref().map_err(|told| *told)?;
            let Some(section) = node.section() else { return Err(unforeseen(&node.span, problems)) };
            resolve_one(section, artifacts, problems)
        }))?,
    };
    let (signatures, provenance) = (signatures?, provenance?);
    Ok(StatementSettings { signatures, provenance, others, ..StatementSettings::default() })
}

fn resolve_signatures(signing: &Section) -> Result<SignatureScope, Told> {
    Ok(match signing.text("signatures")?.map(|word| word.value) {
        Some("platforms") => SignatureScope::Platforms,
        Some(_) | None => SignatureScope::Artifacts,
    })
}

fn resolve_provenance(signing: &Section) -> Result<ProvenanceScope, Told> {
    Ok(match signing.text("provenance")?.map(|word| word.value) {
        Some("platforms") => ProvenanceScope::Platforms,
        Some("none") => ProvenanceScope::Nothing,
        Some(_) | None => ProvenanceScope::Artifacts,
    })
}

fn resolve_one(
    section: &Section,
    artifacts: Artifacts<'_>,
    problems: &mut Problems<'_>,
) -> Result<OtherStatement, Told> {
    let Some(kind) = section.text("type")? else {
        return Err(problems.error(&section.span, missing("`attestation` has no `type`")));
    };
    let predicate_type: PredicateType =
        kind.value.parse().map_err(|error| problems.error(&kind.span, invalid(error)))?;
    let artifact = match section.text("artifact")? {
        Some(name) => Some(resolve_artifact(&name, artifacts, problems)?),
        None => None,
    };
    let subject = Subject { kind: &predicate_type, artifact: artifact.as_ref() };
    let origin = match (section.text("path")?, section.text("from")?) {
        (Some(path), None) => PredicateOrigin::File(resolve_template(path, OF_ARTIFACTS, problems)?),
        (None, Some(from)) if from.value == SCANNER => resolve_scanner(&from, subject, problems)?,
        (None, Some(from)) => resolve_builder(&from, subject, artifacts, problems)?,
        (Some(path), Some(_)) => {
            let message = "what is attested is in a file, or comes from a program, not both";
            return Err(problems.error(&path.span, invalid(message).help("keep `path` or `from`")));
        }
        (None, None) => {
            let message = "`attestation` does not say where what is attested comes from";
            let help = "name the file with `path`, or write `from = \"builder\"` or `from = \"syft\"`";
            return Err(problems.error(&section.span, missing(message).help(help)));
        }
    };
    let chart = artifact.as_ref().filter(|name| artifacts.charts.iter().any(|chart| chart.name == **name));
    if let Some(chart) = chart.filter(|_| origin.is_of_platforms()) {
        let message = format!("`{chart}` is a chart, which has no platforms");
        return Err(problems.error(&section.span, invalid(message)));
    }
    let place = section.text("from")?.map(|from| problems.place(&from.span));
    Ok(OtherStatement { predicate_type, artifact, origin, place })
}

fn resolve_artifact(
    name: &Spanned<&str>,
    artifacts: Artifacts<'_>,
    problems: &mut Problems<'_>,
) -> Result<ArtifactName, Told> {
    let images = artifacts.images.iter().map(|image| &image.name);
    let mut known = images.chain(artifacts.charts.iter().map(|chart| &chart.name));
    match known.find(|known| known.as_str() == name.value) {
        Some(known) => Ok(known.clone()),
        None => {
            let message = format!("there is no image and no chart `{}`", name.value);
            Err(problems.error(&name.span, invalid(message)))
        }
    }
}

/// syft lists what is in any image, in two formats.
fn resolve_scanner(
    from: &Spanned<&str>,
    subject: Subject<'_>,
    problems: &mut Problems<'_>,
) -> Result<PredicateOrigin, Told> {
    match SbomFormat::of(subject.kind) {
        Some(format) => Ok(PredicateOrigin::Scanner(format)),
        None => {
            let message = format!("{SCANNER} lists what is in images, which is no {}", subject.kind.uri());
            let help = "write `type = \"spdx\"` or `type = \"cyclonedx\"`, or name a file with what else is stated: `path`";
            Err(problems.error(&from.span, invalid(message).help(help)))
        }
    }
}

/// What the builder is to have attested it must be asked for.
fn resolve_builder(
    from: &Spanned<&str>,
    subject: Subject<'_>,
    artifacts: Artifacts<'_>,
    problems: &mut Problems<'_>,
) -> Result<PredicateOrigin, Told> {
    let Subject { kind, artifact } = subject;
    let (wanted, word) = match kind.uri() {
        SLSA_PROVENANCE => (Attestation::Provenance, "provenance"),
        SPDX => (Attestation::Sbom, "sbom"),
        other => {
            let message = format!("no builder attests {other}");
            let help = "builders attest slsaprovenance1 and spdx";
            return Err(problems.error(&from.span, invalid(message).help(help)));
        }
    };
    let concerned = artifacts.images.iter().filter(|image| artifact.is_none_or(|name| *name == image.name));
    for image in concerned {
        let attests = match &image.origin {
            Origin::Dockerfile(recipe) => recipe.attestations.contains(&wanted),
            Origin::Assemble(_) | Origin::Import(_) => false,
        };
        if !attests {
            let message = format!("the builder attests no {word} of image `{}`", image.name);
            let help = format!("an image with a `dockerfile` can have `builder-attestations = [\"{word}\"]`");
            return Err(problems.error(&from.span, invalid(message).help(help)));
        }
    }
    Ok(PredicateOrigin::Builder)
}
