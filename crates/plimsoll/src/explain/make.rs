//! Images that can't be made.

use plimsoll_engine::check::compose::{app_compose_error, deployment_error};
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Place};
use plimsoll_engine::make::{DeploymentFault, MakeError, StatementFault};
use plimsoll_engine::statement::in_toto::PredicateError;
use plimsoll_engine::world::scanner::ScanError;
use plimsoll_oci::model::Platform;

use super::build::{shown_code, with_log};
use super::chart::chart_fault;
use super::{Asked, Explain};

impl Explain for MakeError {
    fn explain(&self, asked: &Asked) -> Diagnostic {
        let said = |code| Diagnostic::error(code, Cure::FixThenRunAgain, self.to_string());
        match self {
            MakeError::FileMissing { path, .. } => said(Code::FileMissing)
                .at(Place::of_file(path))
                .help(format!("build {path} first, or commit it; a file that git does not track is taken from the working directory")),
            MakeError::NothingBelow { path, .. } => said(Code::FileMissing)
                .at(Place::of_file(path))
                .help(format!("build {path} first, or take it out of the image's `files`")),
            MakeError::SamePlace { .. } => said(Code::InvalidValue)
                .help("take one of them out of the image's `files`, or give it another `to`"),
            MakeError::BaseLacks { platform, .. } => said(Code::PlatformMissing)
                .fact("want", platform)
                .help("take a base that has this platform, or take the platform out of the image's `platforms`"),
            MakeError::DockerfileMissing { path, .. } => said(Code::DockerfileInvalid)
                .at(Place::of_file(path))
                .help("`dockerfile` is a path from the repository's root; it must be in the commit"),
            MakeError::Dockerfile { path, error, .. } => {
                let at = Place { line: error.line().unwrap_or(1), ..Place::of_file(path) };
                said(Code::DockerfileInvalid).at(at)
            }
            MakeError::StageUnknown { path, .. } => said(Code::DockerfileInvalid)
                .at(Place::of_file(path))
                .help("`target` names a stage: `FROM … AS name`"),
            MakeError::Build { image, error } => in_image(image.as_str(), error.explain(asked)),
            MakeError::PlatformsMissing { has, lacking, .. } => {
                let words = |platforms: &[Platform]| match platforms {
                    [] => "none".to_owned(),
                    some => some.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
                };
                said(Code::PlatformMissing)
                    .fact("want", words(lacking))
                    .fact("found", words(has))
                    .help("build the missing platforms, or take them out of the image's `platforms`")
                    .help("with parts: name the folder of each platform with `--from`")
            }
            MakeError::PlatformTwice { .. } => said(Code::PlatformUnexpected)
                .help("name each part once; two runners must not build the same platform"),
            MakeError::PlatformForeign { .. } => said(Code::PlatformUnexpected)
                .help("add the platform to the image's `platforms`, or do not build it"),
            MakeError::LabelDiffers { wanted, found, .. } => said(Code::ImageInvalid)
                .fact("want", wanted)
                .fact("found", found.as_deref().unwrap_or("nothing"))
                .help("a part must be built with the same configuration, for the same version"),
            MakeError::Content { image, fault } => in_image(image.as_str(), fault.explain(asked)),
            MakeError::Deployment(fault) => first(deployment(fault, asked)),
            MakeError::Chart(fault) => first(chart_fault(fault, asked)),
            MakeError::Statement(fault) => statement(fault, asked),
            MakeError::World(error) => error.explain(asked),
        }
    }
}

/// What is done about a list that is too long.
const LIST_LESS: &str = "let it list less: `.syft.yaml` in the repository is its settings, where `exclude` leaves out paths, and \
     `file: {metadata: {selection: none}}` the files of packages; CycloneDX is shorter than SPDX";

impl Explain for ScanError {
    fn explain(&self, asked: &Asked) -> Diagnostic {
        let said = |code| Diagnostic::error(code, Cure::FixThenRunAgain, self.to_string());
        let by_hand = "a list that was made before the release does as well: `path` names its file, instead of `from` in [[attestation]]";
        match self {
            ScanError::Unusable { .. } => said(Code::ToolMissing)
                .help("install syft 1 or newer, https://github.com/anchore/syft, where PATH finds it; `plimsoll doctor` says whether it does")
                .help(by_hand),
            ScanError::Failed { code, log } => {
                with_log(said(Code::SbomFailed), log).fact("exit code", shown_code(*code)).help(by_hand)
            }
            ScanError::TooSlow { .. } => {
                said(Code::SbomFailed).help("give it longer: `timeout` in [build]").help(by_hand)
            }
            ScanError::TooMuch { .. } => said(Code::PredicateInvalid).help(LIST_LESS),
            ScanError::World(error) => error.explain(asked),
        }
    }
}

/// What can't be attested.
fn statement(fault: &StatementFault, asked: &Asked) -> Diagnostic {
    let said = |code| Diagnostic::error(code, Cure::FixThenRunAgain, fault.to_string());
    match fault {
        StatementFault::FileMissing { path, .. } => said(Code::FileMissing)
            .at(Place::of_file(path))
            .help("`path` of an [[attestation]] is from the repository's root; a file that git does not track is taken from the working directory"),
        StatementFault::Predicate { .. } => said(Code::PredicateInvalid)
            .help("write the file that its `type` names, or name the type that the file has"),
        StatementFault::NotAttested { .. } => said(Code::PredicateInvalid)
            .help("`builder-attestations` of the image says what BuildKit attests; other builders attest nothing, and an old BuildKit provenance of version 0.2 only"),
        StatementFault::NoScanner { error, place, .. } => {
            let explained = Diagnostic { message: fault.to_string(), ..error.explain(asked) };
            match place {
                Some(place) => explained.at((**place).clone()),
                None => explained,
            }
        }
        StatementFault::NotScanned { error, .. } => {
            Diagnostic { message: fault.to_string(), ..error.explain(asked) }
        }
        StatementFault::Scanned { error: PredicateError::TooLarge { .. }, .. } => {
            said(Code::PredicateInvalid).help(LIST_LESS)
        }
        StatementFault::Scanned { .. } => said(Code::PredicateInvalid)
            .help("see what it writes by itself: `syft scan IMAGE --output spdx-json`, or `cyclonedx-json`; SPDX must be of version 2"),
        StatementFault::NoPlatform { .. } => said(Code::PredicateInvalid)
            .help("name the platforms that the image has under `platforms`"),
        StatementFault::Provenance { .. } => said(Code::SignatureRefused).help(
            "release where `source` says that the project is, or name the repository of this job as `repository` of a [[trust]]; `provenance = \"none\"` in [signing] tells nothing",
        ),
        StatementFault::World(error) => error.explain(asked),
    }
}

/// Everything that is wrong with the files that deploy a release.
pub(super) fn deployment(fault: &DeploymentFault, asked: &Asked) -> Vec<Diagnostic> {
    match fault {
        DeploymentFault::Missing { path } => vec![
            Diagnostic::error(Code::FileMissing, Cure::FixThenRunAgain, fault.to_string())
                .at(Place::of_file(path))
                .help(
                    "`file` under `[compose]` is a path from the repository's root; it must be in the commit",
                ),
        ],
        DeploymentFault::Compose { path, text, error } => deployment_error(path, text, error),
        DeploymentFault::AppCompose(errors) => errors.iter().map(app_compose_error).collect(),
        DeploymentFault::World(error) => vec![error.explain(asked)],
    }
}

fn first(diagnostics: Vec<Diagnostic>) -> Diagnostic {
    let nothing = || Diagnostic::error(Code::Bug, Cure::ReportBug, "something is wrong with nothing");
    diagnostics.into_iter().next().unwrap_or_else(nothing)
}

pub(super) fn in_image(image: &str, diagnostic: Diagnostic) -> Diagnostic {
    let message = format!("image `{image}`: {}", diagnostic.message);
    Diagnostic { message, ..diagnostic }
}
