//! `required-version`: which Plimsoll the project asks for.

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use semver::{Prerelease, Version, VersionReq};

use super::invalid;
use crate::config::file::written::Section;
use crate::config::problems::{Problems, Told};

/// Checks that this Plimsoll is one that the project asks for.
///
/// # Errors
/// It is not: then nothing but this is reported.
pub fn check(root: &Section, problems: &mut Problems<'_>) -> Result<(), Told> {
    check_against(env!("CARGO_PKG_VERSION"), root, problems)
}

fn check_against(this: &str, root: &Section, problems: &mut Problems<'_>) -> Result<(), Told> {
    // What can't be read was told or is told here; the rest of the file can be judged all the same.
    let Ok(Some(required)) = root.text("required-version") else { return Ok(()) };
    let requirement = match VersionReq::parse(required.value) {
        Ok(requirement) => requirement,
        Err(error) => {
            let message = format!("`{}` is no requirement of versions: {error}", required.value);
            problems.error(&required.span, invalid(message).help("write it as Cargo does: `>=0.1, <2`"));
            return Ok(());
        }
    };
    let Ok(this) = Version::parse(this) else { return Ok(()) };
    // A pre-release of Plimsoll stands for the release that it precedes.
    let released = Version { pre: Prerelease::EMPTY, ..this.clone() };
    if requirement.matches(&this) || requirement.matches(&released) {
        return Ok(());
    }
    problems.forget();
    let message = format!("this is Plimsoll {this}, and the project asks for {requirement}");
    let diagnostic = Diagnostic::error(Code::RequiredVersion, Cure::FixThenRunAgain, message)
        .fact("required", &requirement)
        .fact("this", &this)
        .help("install a version that fits");
    Err(problems.error(&required.span, diagnostic))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::file;

    fn verdict(this: &str, text: &str) -> Vec<Diagnostic> {
        let mut problems = Problems::of("plimsoll.toml", text);
        let root = file::read(text, &mut problems).unwrap();
        let _ = check_against(this, &root, &mut problems);
        problems.finish().0
    }

    #[test]
    fn another_plimsoll_is_refused_and_nothing_else_is_said() {
        let text = "required-version = \">=0.2\"\nwhat = 1\n";
        let found = verdict("0.1.9", text);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].code, found[0].place.as_ref().unwrap().line), (Code::RequiredVersion, 1));
        assert_eq!(verdict("0.2.0", text).iter().map(|d| d.code).collect::<Vec<_>>(), [Code::UnknownKey]);
    }

    #[test]
    fn a_prerelease_stands_for_its_release() {
        assert!(verdict("0.2.0-dev", "required-version = \">=0.2, <0.3\"").is_empty());
        assert_eq!(verdict("0.3.0-dev", "required-version = \">=0.2, <0.3\"").len(), 1);
    }

    #[test]
    fn what_is_no_requirement_is_said() {
        assert_eq!(verdict("1.0.0", "required-version = \"newest\"")[0].code, Code::InvalidValue);
    }
}
