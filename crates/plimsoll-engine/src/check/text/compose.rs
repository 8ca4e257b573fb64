//! Can the compose file be released as it is meant to be, and will it run where it lies then?

use std::collections::BTreeMap;

use plimsoll_oci::name::{Digest, Reference};

use crate::check::Findings;
use crate::check::compose::{
    Advice, app_compose_error, compose_error, deployment_error, name_finding, path_findings,
};
use crate::document::compose::{ComposeFile, Deployment, DeploymentError, Released};
use crate::document::version_file::Texts;
use crate::domain::code::Code;
use crate::domain::compose::{ComposeSettings, Paths};
use crate::domain::diagnostic::{Cure, Diagnostic, Place};
use crate::domain::project::{Image, Project};

/// Everything that is wrong or odd about the compose file and the manifest around it, as far as that can be known without
/// asking a registry.
pub(super) fn judge(project: &Project, texts: &Texts<'_>) -> Findings {
    let mut findings = Findings::new();
    let compose = match &project.compose {
        Some(settings) => match try_to_pin(project, settings, texts, &mut findings) {
            Ok(text) => text,
            Err(faults) => {
                findings.extend(faults);
                return findings;
            }
        },
        None => String::new(),
    };
    if let Some(app) = &project.app_compose {
        let errors = app.render(&compose).err().unwrap_or_default();
        findings.extend(errors.iter().map(app_compose_error));
    }
    findings
}

/// The pinned text as a release would write it, with a digest for everything that would be looked up.
fn try_to_pin(
    project: &Project,
    settings: &ComposeSettings,
    texts: &Texts<'_>,
    findings: &mut Findings,
) -> Result<String, Vec<Diagnostic>> {
    let name = &settings.file;
    let text = texts(name).ok_or_else(|| vec![missing(name)])?;
    let file = ComposeFile::parse(&text).map_err(|error| vec![compose_error(name, &text, &error)])?;
    let released: Vec<Released> = project.images.iter().map(stand_in).collect();
    let deployment = Deployment { settings, released: &released };
    let fault = |error: DeploymentError| deployment_error(name, &text, &error);
    let references = deployment.references(&file).map_err(fault)?;
    let found = references.into_iter().map(|reference| (reference, Ok(digest()))).collect::<BTreeMap<_, _>>();
    let pinned = deployment.pin(&file, &found).map_err(fault)?;
    findings.extend(name_finding(name, &file, deployment.moved()));
    if settings.paths == Paths::Keep
        && let Ok(pinned) = ComposeFile::parse(&pinned)
    {
        findings.extend(path_findings(name, &file, &pinned, deployment.moved(), Advice::Keys));
    }
    Ok(pinned)
}

fn missing(name: &str) -> Diagnostic {
    let message = format!("the compose file `{name}` is not there");
    Diagnostic::error(Code::FileMissing, Cure::FixThenRunAgain, message)
        .at(Place::of_file(name))
        .help("`file` under `[compose]` is a path from the repository's root; it must be in the commit")
}

/// An image as it will be released, in place of whose digest any will do.
fn stand_in(image: &Image) -> Released {
    let reference = |repository: &_| Reference {
        repository: Clone::clone(repository),
        tag: None,
        digest: Some(digest()),
    };
    Released { name: image.name.clone(), references: image.repositories().map(reference).collect() }
}

/// A digest that is compared with nothing and written nowhere.
fn digest() -> Digest {
    Digest::of(b"")
}
