//! Charts, packages and indexes.

use plimsoll_edit::yaml::tree::TreeError;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Place};
use plimsoll_engine::make::ChartFault;
use plimsoll_engine::world::chart_sources::ChartSourceError;
use plimsoll_helm::archive::ArchiveError;
use plimsoll_helm::chart::{Chart, ChartError};
use plimsoll_helm::dependency::{FetchedFault, Wanted};
use plimsoll_helm::edit::SetError;
use plimsoll_helm::folder::FolderError;
use plimsoll_helm::ignore::LeaveOutError;
use plimsoll_helm::index::{Broken, Fault, IndexError, MergeError};
use plimsoll_helm::lint::{Finding, Rule, Severity};
use plimsoll_helm::oci::{ArtifactError, PublishError};
use plimsoll_helm::package::{DependencyProblem, PackageError};
use plimsoll_helm::provenance::ProvenanceError;
use plimsoll_helm::yaml::YamlError;

use super::chart_folder::folder_error;
use super::{Asked, Explain as _};

/// Whether warnings count as errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// They do.
    Strict,
    /// They do not.
    Lenient,
}

pub(super) fn invalid(message: String) -> Diagnostic {
    Diagnostic::error(Code::ChartInvalid, Cure::FixThenRunAgain, message)
}

pub(super) fn path_in(folder: &str, file: &str) -> String {
    match folder.trim_end_matches('/') {
        "" | "." => file.to_owned(),
        folder => format!("{folder}/{file}"),
    }
}

/// A line of a file, without its text: a chart's files were read long before.
pub(super) fn place_in(folder: &str, file: &str, line: Option<usize>) -> Place {
    Place { line: line.unwrap_or(1), ..Place::of_file(&path_in(folder, file)) }
}

/// A line of a text, without the text: an index may have megabytes.
fn place_of_line(file: &str, line: usize) -> Place {
    Place { line, ..Place::of_file(file) }
}

/// Explains why files are no chart.
pub fn chart_error(folder: &str, error: &ChartError) -> Diagnostic {
    let said = match error.place() {
        Some((file, line)) => invalid(error.to_string()).at(place_in(folder, file, line)),
        None => invalid(error.to_string()).at(Place::of_file(folder)),
    };
    match error {
        ChartError::NoChartYaml => said.help("name the folder that holds Chart.yaml"),
        ChartError::Yaml { file, error: YamlError::Tree(TreeError::SecondDocument { .. }) } => said.help(format!(
            "{file} is one document, of which Helm reads nothing else: take out the `---`, or what is behind it"
        )),
        ChartError::Requirements => said.help("write them under `dependencies` in Chart.yaml"),
        ChartError::SameSubchart { .. } => said.help("leave one of them in charts/"),
        ChartError::Subchart { .. } | ChartError::SubchartArchive { .. } => {
            said.help("charts/ holds charts; Helm passes over what begins with `_` or `.`")
        }
        ChartError::NotText { .. }
        | ChartError::Yaml { .. }
        | ChartError::Metadata { .. }
        | ChartError::ValuesNoMapping
        | ChartError::SchemaNoJson { .. }
        | ChartError::TooDeep { .. }
        | ChartError::TooLarge => said,
    }
}

/// Explains why something can't be set in a chart.
pub fn set_error(folder: &str, error: &SetError) -> Diagnostic {
    let (file, line) = error.place();
    let said = invalid(error.to_string()).at(place_in(folder, file, line));
    match error {
        SetError::NoFile { .. } => said.help("name the folder that holds it"),
        SetError::NoPlace { .. } => said.help("write `appVersion: \"\"` into it"),
        SetError::Edit { .. } => said.help("only a value that is there, on one line and of its own, is set"),
        SetError::NotText { .. } => said,
    }
}

/// Explains what a rule found.
pub fn finding(folder: &str, chart: &Chart, found: &Finding, strictness: Strictness) -> Diagnostic {
    let said = Diagnostic::error(Code::ChartLint, Cure::FixThenRunAgain, found.message.clone());
    let said = match &found.file {
        Some(file) => said.at(place_in(folder, file, found.line)),
        None => said.at(Place::of_file(folder)),
    };
    let said = said.fact("rule", found.rule);
    let said = match found.rule {
        Rule::NoIcon => said.help("write `icon: https://…`: it is what people see in lists of charts"),
        Rule::NoSchema => said.help("with one, Helm refuses values that the templates can't work with"),
        Rule::NoDigest => {
            said.help("add `digest: \"\"`, and let the templates use it: `image: name@sha256:…`")
        }
        Rule::NoValues => {
            said.help(format!("write one, if only with comments, into {}", chart.metadata.name))
        }
        Rule::NotQuoted
        | Rule::NotSemver
        | Rule::UnknownKey
        | Rule::Maintainer
        | Rule::Address
        | Rule::ApiVersion
        | Rule::Dependency
        | Rule::Schema
        | Rule::NoTemplates
        | Rule::Helm => said,
    };
    match (found.severity, strictness) {
        (Severity::Error, _) | (Severity::Warning, Strictness::Strict) => said,
        (Severity::Warning, Strictness::Lenient) => said.as_warning(),
    }
}

/// Explains why a chart of the project can't be released: everything that is wrong with it.
pub fn chart_fault(fault: &ChartFault, asked: &Asked) -> Vec<Diagnostic> {
    let in_commit =
        "`path` under [[chart]] is a folder, from the repository's root; it must be in the commit";
    match fault {
        ChartFault::Missing { path } => {
            let said = Diagnostic::error(Code::FileMissing, Cure::FixThenRunAgain, fault.to_string());
            vec![said.at(Place::of_file(path)).help(in_commit)]
        }
        ChartFault::TooLarge { path } => vec![
            invalid(fault.to_string())
                .at(Place::of_file(path))
                .help("keep what is no part of the chart out of its folder"),
        ],
        ChartFault::Ignore { path, error } => vec![match error {
            LeaveOutError::Rules(error) => folder_error(path, &FolderError::Ignore(error.clone())),
            LeaveOutError::NotText => folder_error(path, &FolderError::IgnoreNotText),
        }],
        ChartFault::Set { path, error } => vec![set_error(path, error)],
        ChartFault::Chart { path, error } => vec![chart_error(path, error)],
        ChartFault::OtherName { path, found, .. } => vec![
            invalid(fault.to_string())
                .at(place_in(path, "Chart.yaml", None))
                .help(format!("write `name = \"{found}\"` under [[chart]], or call the folder `{found}`")),
        ],
        ChartFault::Lint { path, chart, findings } => {
            findings.iter().map(|found| finding(path, chart, found, Strictness::Lenient)).collect()
        }
        ChartFault::Dependencies { path, problems } => {
            problems.iter().map(|problem| dependency_problem(path, problem)).collect()
        }
        ChartFault::Version { path, .. } => vec![
            invalid(fault.to_string()).at(place_in(path, "Chart.yaml", None)).help(
                "a chart with numbers of its own begins with three numbers, in quotes or not, and no `v`: `version: 0.1.0`",
            ),
        ],
        ChartFault::Number { .. } => vec![
            invalid(fault.to_string()).help("raise `version` in Chart.yaml above every version that is published"),
        ],
        ChartFault::NotFetched { path, wanted, error } => vec![not_fetched(path, wanted, error, asked)],
        ChartFault::OtherChart { path, wanted, error } => vec![fetched_fault(path, wanted, error)],
        ChartFault::Package { path, error } => vec![package_error(path, error)],
        ChartFault::Artifact { path, error } => vec![artifact_error(path, error)],
        ChartFault::World(error) => vec![error.explain(asked)],
    }
}

/// Explains what is wrong with the charts inside a chart.
pub fn dependency_problem(folder: &str, problem: &DependencyProblem) -> Diagnostic {
    let said = invalid(problem.to_string());
    match problem {
        DependencyProblem::Missing { .. } => said.at(place_in(folder, "Chart.yaml", None)).help(format!(
            "lock it (`helm dependency update {folder}`), commit Chart.lock, and fetch it: `plimsoll chart dependencies {folder}`"
        )),
        DependencyProblem::Lock(_) => said.at(place_in(folder, "Chart.lock", None)),
        DependencyProblem::OutOfSync => said
            .at(place_in(folder, "Chart.lock", None))
            .help(format!("write it again, and commit it: `helm dependency update {folder}`")),
        DependencyProblem::OtherVersion { .. } => {
            said.at(place_in(folder, "Chart.lock", None)).help(format!(
                "take it out of charts/ and fetch what is locked: `plimsoll chart dependencies {folder}`"
            ))
        }
    }
}

/// Explains why a chart that another one needs did not come.
pub fn not_fetched(folder: &str, wanted: &Wanted, error: &ChartSourceError, asked: &Asked) -> Diagnostic {
    let Wanted { name, version, .. } = wanted;
    let message = format!("{name} {version}, which the chart needs, can't be fetched");
    let said = |code, cure| {
        let said = Diagnostic::error(code, cure, message.clone()).because(error);
        said.at(place_in(folder, "Chart.lock", None))
    };
    match error {
        ChartSourceError::Unreachable { .. } => said(Code::RegistryUnreachable, Cure::RunAgain)
            .help("or keep its package in charts/: then nothing is fetched"),
        ChartSourceError::Unauthorized { .. } => said(Code::RegistryUnauthorized, Cure::FixThenRunAgain)
            .help("log in as for Helm: `helm repo add NAME ADDRESS --username … --password-stdin`"),
        ChartSourceError::Lies { want, found, .. } => {
            said(Code::ContentLies, Cure::FixThenRunAgain).fact("want", want).fact("found", found)
        }
        ChartSourceError::Absent { .. } => said(Code::ChartInvalid, Cure::FixThenRunAgain)
            .help(format!("lock a version that is there: `helm dependency update {folder}`")),
        ChartSourceError::Unknown { name } => said(Code::ChartInvalid, Cure::FixThenRunAgain).help(format!(
            "make it known: `helm repo add {name} ADDRESS`; or write the address into Chart.yaml"
        )),
        ChartSourceError::Broken { .. } => said(Code::ChartInvalid, Cure::FixThenRunAgain),
        ChartSourceError::World(error) => error.explain(asked).fact("needed", format!("{name} {version}")),
    }
}

/// Explains that what came is not the chart that was named.
pub fn fetched_fault(folder: &str, wanted: &Wanted, error: &FetchedFault) -> Diagnostic {
    let Wanted { name, version, .. } = wanted;
    let message = format!("what came for {name} {version} is not that chart");
    Diagnostic::error(Code::ContentLies, Cure::FixThenRunAgain, message).because(error).at(place_in(
        folder,
        "Chart.lock",
        None,
    ))
}

/// Explains why there is no package.
pub fn package_error(folder: &str, error: &PackageError) -> Diagnostic {
    match error {
        PackageError::Path { path, .. } => {
            invalid(error.to_string()).at(Place::of_file(&path_in(folder, path)))
        }
        PackageError::Write(_) => Diagnostic::error(Code::FileSystem, Cure::RunAgain, error.to_string()),
    }
}

/// Explains why a file is no packaged chart.
pub fn archive_error(file: &str, error: &ArchiveError) -> Diagnostic {
    let said = match error {
        ArchiveError::Escapes { .. } | ArchiveError::Outside { .. } => {
            Diagnostic::error(Code::PathEscape, Cure::FixThenRunAgain, format!("{file} is no chart: {error}"))
        }
        ArchiveError::NotAnArchive(_)
        | ArchiveError::LongName { .. }
        | ArchiveError::Twice { .. }
        | ArchiveError::NotAFile { .. }
        | ArchiveError::FileTooLarge { .. }
        | ArchiveError::TooLarge
        | ArchiveError::TooManyFiles
        | ArchiveError::Empty
        | ArchiveError::Chart(_) => invalid(format!("{file} is no chart: {error}")),
    };
    said.at(Place::of_file(file))
        .help("`plimsoll chart package` makes packages that can be listed and published")
}

/// Explains why there is no artifact.
pub fn artifact_error(file: &str, error: &ArtifactError) -> Diagnostic {
    match error {
        ArtifactError::Archive(error) => archive_error(file, error),
        ArtifactError::Tag(_) => {
            invalid(format!("{file} can't be published: {error}")).at(Place::of_file(file))
        }
    }
}

/// Explains why a `.prov` file is not that of a package, which Helm calls `package`.
pub fn provenance_error(file: &str, package: &str, error: &ProvenanceError) -> Diagnostic {
    let said = invalid(format!("{file} is not what signs {package}: {error}")).at(Place::of_file(file));
    let said = match error {
        ProvenanceError::OtherFile { .. } => {
            said.help(format!("Helm looks for the name that it gives the package: call it {package}"))
        }
        ProvenanceError::NotSigned | ProvenanceError::NoFiles | ProvenanceError::OtherBytes { .. } => said,
    };
    said.help("sign the package anew (`plimsoll chart provenance PACKAGE --key KEY > PACKAGE.prov`), or delete the file")
}

/// Explains why a text is no index.
pub fn index_error(file: &str, error: &IndexError) -> Diagnostic {
    let message = format!("{file} is no index that can be added to: {error}");
    let said = Diagnostic::error(Code::ChartIndexInvalid, Cure::FixThenRunAgain, message);
    let said = match error.line() {
        Some(line) => said.at(place_of_line(file, line)),
        None => said.at(Place::of_file(file)),
    };
    match error {
        IndexError::Brackets { .. } => {
            said.help("let Helm write it once: `helm repo index --merge index.yaml .` prints lines")
        }
        IndexError::NoApiVersion => said.help("write `apiVersion: v1` at its top"),
        IndexError::Twice { .. } => said.help("Helm refuses it as it is: leave one of them"),
        IndexError::DoesNotParse { .. }
        | IndexError::NoMapping
        | IndexError::Kind { .. }
        | IndexError::TooLong { .. } => said,
    }
}

/// Explains why nothing was merged.
pub fn merge_error(file: &str, error: &MergeError) -> Diagnostic {
    match error {
        MergeError::Index(error) => index_error(file, error),
        MergeError::Taken { found, want, line, .. } => {
            let said = Diagnostic::error(Code::ChartTaken, Cure::NewVersion, error.to_string())
                .fact("found", found.as_deref().unwrap_or("no digest"))
                .fact("want", want);
            let said = match line {
                Some(line) => said.at(place_of_line(file, *line)),
                None => said.at(Place::of_file(file)),
            };
            said.help("a version is published once: give the chart the next version")
        }
        MergeError::Unmarkable { line } => {
            Diagnostic::error(Code::ChartIndexInvalid, Cure::FixThenRunAgain, error.to_string())
                .at(place_of_line(file, *line))
                .help("write the entry in lines, as Helm does: `helm repo index --merge index.yaml .`")
        }
        MergeError::NotProven => {
            Diagnostic::error(Code::Bug, Cure::ReportBug, error.to_string()).at(Place::of_file(file))
        }
    }
}

/// Warns of an entry that Helm passes over.
pub fn broken_entry(file: &str, broken: &Broken) -> Diagnostic {
    let Broken { chart, line, fault } = broken;
    let said = Diagnostic::warning(Code::ChartIndexInvalid, format!("an entry of `{chart}` {fault}"))
        .at(place_of_line(file, *line));
    match fault {
        Fault::NoMapping
        | Fault::NoName
        | Fault::OtherName { .. }
        | Fault::NoVersion
        | Fault::Version { .. } => {
            said.help("it was kept; Helm passes it over, so it can be mended or taken out")
        }
        Fault::NoUrl => said.help("it was kept; nobody can fetch it, so it can be mended or taken out"),
    }
}

/// Explains why nothing was published.
pub fn publish_error(place: &str, asked: &Asked, error: &PublishError) -> Diagnostic {
    match error {
        PublishError::Taken { tag, found, want } => {
            let message = format!("{place}:{tag} is published with other content");
            Diagnostic::error(Code::ChartTaken, Cure::NewVersion, message)
                .fact("found", found)
                .fact("want", want)
                .help("a version is published once: give the chart the next version")
        }
        PublishError::Store(error) => error.explain(asked),
        PublishError::Blob { .. } => Diagnostic::error(Code::Bug, Cure::ReportBug, error.to_string()),
    }
}

/// Explains what can't be a namespace.
pub fn not_a_namespace(written: &str, why: &str) -> Diagnostic {
    let message = format!("`{written}` is nothing that a chart's name can be put behind");
    Diagnostic::error(Code::Usage, Cure::FixThenRunAgain, message)
        .because(why)
        .help("name a registry and a path: `ghcr.io/acme/charts`")
}
