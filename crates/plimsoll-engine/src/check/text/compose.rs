//! Can the compose file be released as it is meant to be, and will it run where it lies then?

use std::collections::BTreeMap;

use plimsoll_oci::name::{Digest, ImageTag};
use plimsoll_tags::facts::{CommitId, DefaultBranch, Event, Facts, Run};
use plimsoll_tags::version::Version;

use crate::check::Findings;
use crate::check::compose::{
    Advice, ENV_FILE, app_compose_error, compose_error, deployment_error, env_finding, name_finding,
    path_findings,
};
use crate::document::compose::{ComposeFile, Deployment, DeploymentError, Moved, Released, Why};
use crate::document::version_file::Texts;
use crate::domain::code::Code;
use crate::domain::compose::{ComposeSettings, Paths};
use crate::domain::diagnostic::{Cure, Diagnostic, Place};
use crate::domain::project::{Image, Project};
use crate::domain::target::{Necessity, Target};
use crate::domain::time::Moment;

/// A commit that no image is of.
const NO_COMMIT: &str = "0000000000000000000000000000000000000000";

/// Everything that is wrong or odd about the compose file and the manifest around it, as far as that can be known without
/// asking a registry. Without a version not every tag is known by which a service may mean an image.
pub(super) fn judge(project: &Project, version: Option<&Version>, texts: &Texts<'_>) -> Findings {
    let mut findings = Findings::new();
    let compose = match &project.compose {
        Some(settings) => match try_to_pin(project, settings, version, texts, &mut findings) {
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
    version: Option<&Version>,
    texts: &Texts<'_>,
    findings: &mut Findings,
) -> Result<String, Vec<Diagnostic>> {
    let name = &settings.file;
    let text = texts(name).ok_or_else(|| vec![missing(name)])?;
    let file = ComposeFile::parse(&text).map_err(|error| vec![compose_error(name, &text, &error)])?;
    let released = stand_ins(project, version);
    let deployment = Deployment { settings, released: &released };
    let fault = |error: DeploymentError| {
        let faults = deployment_error(name, &text, &error);
        match (&error, version) {
            // The tag may be that of a version which nobody named.
            (DeploymentError::Unpinned(all), None)
                if all.iter().all(|one| matches!(one.why, Why::OneOfSeveral { .. })) =>
            {
                faults.into_iter().map(Diagnostic::as_warning).collect()
            }
            _ => faults,
        }
    };
    let references = deployment.references(&file).map_err(fault)?;
    let found = references.into_iter().map(|reference| (reference, Ok(digest()))).collect::<BTreeMap<_, _>>();
    let pinned = deployment.pin(&file, &found).map_err(fault)?;
    let moved = deployment.moved();
    findings.extend(name_finding(name, &file, moved));
    if let Ok(pinned) = ComposeFile::parse(&pinned) {
        findings.extend(find_lost_variables(name, &pinned, moved, texts));
        if settings.paths == Paths::Keep {
            findings.extend(path_findings(name, &file, &pinned, moved, Advice::Keys));
        }
    }
    Ok(pinned)
}

/// Variables of the `.env` beside the file, unless another one is where the file goes.
fn find_lost_variables(
    name: &str,
    pinned: &ComposeFile,
    moved: Moved<'_>,
    texts: &Texts<'_>,
) -> Option<Diagnostic> {
    let beside = |folder: &str| match folder {
        "" => ENV_FILE.to_owned(),
        _ => format!("{folder}/{ENV_FILE}"),
    };
    let env_file = beside(moved.from);
    match texts(&beside(moved.folder())) {
        Some(_) => None,
        None => env_finding(name, (&env_file, &texts(&env_file)?), pinned, moved),
    }
}

fn missing(name: &str) -> Diagnostic {
    let message = format!("the compose file `{name}` is not there");
    Diagnostic::error(Code::FileMissing, Cure::FixThenRunAgain, message)
        .at(Place::of_file(name))
        .help("`file` under `[compose]` is a path from the repository's root; it must be in the commit")
}

/// The images as they will be released, in place of whose digests any will do.
fn stand_ins(project: &Project, version: Option<&Version>) -> Vec<Released> {
    let targets = project.images.iter().flat_map(|image| {
        let moving = version.map(|version| tags_of(project, image, version)).unwrap_or_default();
        image.repositories().map(move |repository| Target {
            artifact: image.name.clone(),
            repository: repository.clone(),
            necessity: Necessity::Required,
            version_tags: Vec::new(),
            first_wins: Vec::new(),
            moving: moving.clone(),
            unknown: BTreeMap::new(),
        })
    });
    let targets: Vec<Target> = targets.collect();
    Released::all(&project.images, &targets, |_| Some(digest()))
}

/// The tags that an image gets for a version, but for those that name the commit. What is wrong with its rules is said
/// elsewhere.
fn tags_of(project: &Project, image: &Image, version: &Version) -> Vec<ImageTag> {
    let Ok(commit) = CommitId::parse(NO_COMMIT) else { return Vec::new() };
    let tag = project.tags.version().render(version);
    let event = Event::Release { version: version.clone(), tag };
    let run = Run::at(Moment(0).timestamp());
    let facts = Facts { event, commit, default_branch: DefaultBranch::Contains, run };
    let rendered = image.tags.rule_set().render(&facts).unwrap_or_default();
    rendered.tags.iter().filter_map(|tag| tag.value.as_str().parse().ok()).collect()
}

/// A digest that is compared with nothing and written nowhere.
fn digest() -> Digest {
    Digest::of(b"")
}
