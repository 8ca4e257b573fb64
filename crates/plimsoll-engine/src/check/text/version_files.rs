//! Do the version files name the version of the tag, or at least one version?

use plimsoll_edit::pattern::Pattern;
use plimsoll_tags::version::{Scheme, Version};

use crate::check::Findings;
use crate::document::version_file::{Agreement, FoundVersion, Kind, Texts, VersionFile, VersionFileError};
use crate::domain::code::Code;
use crate::domain::diagnostic::{Cure, Diagnostic, Place};
use crate::domain::project::{Project, VersionFileAt};

/// Every file that does not name the version of a tag, and every one that can't be read.
pub(super) fn agree_with(project: &Project, tag: &str, version: &Version, texts: &Texts<'_>) -> Findings {
    let findings = project.version_files.iter().filter_map(|at| match read(at, texts) {
        Err(finding) => Some(*finding),
        Ok(found) => match found.agreement(version) {
            Agreement::Same => None,
            Agreement::Different => Some(explain_tag(&found, tag, version, texts)),
            Agreement::NotAVersion(error) => Some(explain_tag(&found, tag, version, texts).because(error)),
        },
    });
    findings.collect()
}

/// Every file that names another version than the first one does, and every one that can't be read.
pub(super) fn agree_among_themselves(project: &Project, texts: &Texts<'_>) -> Findings {
    let scheme = project.tags.scheme();
    let mut findings = Findings::new();
    let mut first: Option<(FoundVersion, Version)> = None;
    for at in &project.version_files {
        let found = match read(at, texts) {
            Ok(found) => found,
            Err(finding) => {
                findings.add(*finding);
                continue;
            }
        };
        match &first {
            Some((one, version)) if found.agreement(version) != Agreement::Same => {
                findings.add(explain_pair(one, &found, texts));
            }
            Some(_) => {}
            None => match Version::parse(scheme, &found.text) {
                Ok(version) => first = Some((found, version)),
                Err(error) if !can_stand_for_semver(scheme, &found) => {
                    findings.add(explain_scheme(&found, scheme, texts).because(error));
                }
                Err(_) => {}
            },
        }
    }
    findings
}

fn read(at: &VersionFileAt, texts: &Texts<'_>) -> Result<FoundVersion, Box<Diagnostic>> {
    let file = match &at.pattern {
        None => VersionFile::of(&at.path),
        Some(pattern) => match Pattern::parse(pattern) {
            Ok(pattern) => Ok(VersionFile::with_pattern(&at.path, pattern)),
            Err(error) => {
                let message = format!("the pattern of {} can't be used", at.path);
                let unusable = Diagnostic::error(Code::InvalidValue, Cure::FixThenRunAgain, message);
                return Err(Box::new(unusable.because(error)));
            }
        },
    };
    file.and_then(|file| file.read(texts)).map_err(|error| Box::new(explain_version_file(&error, texts)))
}

/// What there is to say of a version file that names no version, or can't be given one; `texts` shows the line.
pub fn explain_version_file(error: &VersionFileError, texts: &Texts<'_>) -> Diagnostic {
    let path = error.path();
    let place = match (error.line(), texts(path)) {
        (Some(line), Some(text)) => place_of_line(path, &text, line),
        (Some(line), None) => Place { line, ..Place::of_file(path) },
        (None, _) => Place::of_file(path),
    };
    let said =
        Diagnostic::error(Code::VersionFileInvalid, Cure::FixThenRunAgain, error.to_string()).at(place);
    match error {
        VersionFileError::UnknownKind { path } => said.help(format!(
            "name what stands round the version: `files = [{{ file = \"{path}\", pattern = \"{{version}}\" }}]`"
        )),
        VersionFileError::Missing { .. } => {
            said.help("commit it, or take it out of `files` under `[version]`")
        }
        VersionFileError::Dynamic { .. } | VersionFileError::NoVersion { .. } => said
            .help("name the file that holds the version in `files` under `[version]`, or `[]` if there is none"),
        VersionFileError::WrongScheme { wanted, .. } => said.fact("want", format_args!("a {wanted} version")),
        VersionFileError::NotAString { .. } => said.help("write the version in quotes"),
        VersionFileError::Disagrees { .. } => said.help("make both the same by hand, once"),
        VersionFileError::NotOneLine { path, .. } => said.help(format!(
            "name what stands round the version, as in `files = [{{ file = \"{path}\", pattern = \"version={{version}}\" }}]` under `[version]`, or `[]` if it is none"
        )),
        VersionFileError::DoesNotParse { .. }
        | VersionFileError::NoWorkspaceRoot { .. }
        | VersionFileError::Edit { .. }
        | VersionFileError::Pattern { .. } => said,
    }
}

fn explain_tag(found: &FoundVersion, tag: &str, version: &Version, texts: &Texts<'_>) -> Diagnostic {
    let message = format!("{} names version {}, git tag `{tag}` names {version}", found.path, found.text);
    let said = Diagnostic::error(Code::VersionMismatch, Cure::FixThenRunAgain, message)
        .at(place_of(found, texts))
        .fact("file", &found.text)
        .fact("tag", version);
    match find_pattern(found, version.scheme()) {
        Some(help) => said.help(help),
        None => said.help(format!("run `plimsoll version set {version}`, commit, and tag that commit")),
    }
}

fn explain_pair(one: &FoundVersion, two: &FoundVersion, texts: &Texts<'_>) -> Diagnostic {
    let message = format!("{} names version {}, {} names {}", two.path, two.text, one.path, one.text);
    Diagnostic::error(Code::VersionMismatch, Cure::FixThenRunAgain, message)
        .at(place_of(two, texts))
        .fact("here", &two.text)
        .fact("there", format!("{} ({}:{})", one.text, one.path, one.line))
        .help("run `plimsoll version set` with the right one")
}

fn explain_scheme(found: &FoundVersion, scheme: Scheme, texts: &Texts<'_>) -> Diagnostic {
    let message =
        format!("{} names version {}, which no tag can: it is no {scheme} version", found.path, found.text);
    let diagnostic = Diagnostic::error(Code::VersionFileInvalid, Cure::FixThenRunAgain, message)
        .at(place_of(found, texts));
    if let Some(help) = find_pattern(found, scheme) {
        return diagnostic.help(help);
    }
    match scheme {
        Scheme::Semver if Version::parse(Scheme::Pep440, &found.text).is_ok() => diagnostic
            .help(format!("write `scheme = \"pep440\"` under `[version]` if it follows {}", Scheme::Pep440)),
        Scheme::Semver | Scheme::Pep440 => diagnostic,
    }
}

/// What to write where a file spells versions as git tags do, with a `v`.
fn find_pattern(found: &FoundVersion, scheme: Scheme) -> Option<String> {
    let version = found.text.strip_prefix('v').filter(|text| Version::parse(scheme, text).is_ok());
    version.filter(|_| VersionFile::kind_of(&found.path) == Some(Kind::Plain)).map(|_| {
        let path = &found.path;
        format!("say what stands before the version: `files = [{{ file = \"{path}\", pattern = \"v{{version}}\" }}]` under `[version]`")
    })
}

/// Whether a text is how Python's tools spell some SemVer version: `1.0.0rc1` for `1.0.0-rc.1`.
fn can_stand_for_semver(scheme: Scheme, found: &FoundVersion) -> bool {
    let three_numbers = |version: Version| version.numbers().len() == 3 && !found.text.contains('!');
    scheme == Scheme::Semver
        && found.path.ends_with("pyproject.toml")
        && Version::parse(Scheme::Pep440, &found.text).is_ok_and(three_numbers)
}

/// Where a version stands.
fn place_of(found: &FoundVersion, texts: &Texts<'_>) -> Place {
    let Some(text) = texts(&found.path) else { return Place::of_file(&found.path) };
    let line = line_span(&text, found.line);
    let shown = text.get(line.clone()).unwrap_or_default();
    let column = found.column.saturating_sub(1);
    let value = line.start + shown.char_indices().nth(column).map_or(shown.len(), |(at, _)| at);
    // A quote may come first; and what is written with escapes is longer than what it means.
    let literal = [value, value + 1]
        .into_iter()
        .find(|start| text.get(*start..line.end).is_some_and(|rest| rest.starts_with(&found.text)));
    let span = literal.map_or(value..line.end, |start| start..start + found.text.len());
    Place::in_text(&found.path, &text, span)
}

fn place_of_line(path: &str, text: &str, line: usize) -> Place {
    Place::in_text(path, text, line_span(text, line))
}

/// The bytes of a line, counted from 1, without its end.
fn line_span(text: &str, line: usize) -> std::ops::Range<usize> {
    let start = match line.checked_sub(2) {
        Some(index) => text.match_indices('\n').nth(index).map_or(text.len(), |(at, _)| at + 1),
        None => 0,
    };
    let rest = text.get(start..).unwrap_or_default();
    let length = rest.find('\n').unwrap_or(rest.len());
    start..start + rest.get(..length).unwrap_or_default().trim_end_matches('\r').len()
}
