//! Version files that name no version, or can't be given one.

use plimsoll_engine::document::version_file::VersionFileError;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Place};

use super::{Asked, Explain};

impl Explain for VersionFileError {
    fn explain(&self, _: &Asked) -> Diagnostic {
        let place = Place::of_file(self.path());
        let place = match self.line() {
            Some(line) => Place { line, ..place },
            None => place,
        };
        let said =
            Diagnostic::error(Code::VersionFileInvalid, Cure::FixThenRunAgain, self.to_string()).at(place);
        match self {
            VersionFileError::UnknownKind { path } => said.help(format!(
                "name what stands round the version: `files = [{{ file = \"{path}\", pattern = \"{{version}}\" }}]`"
            )),
            VersionFileError::Missing { .. } => said.help("make it, or take it out of `files` under `[version]`"),
            VersionFileError::Dynamic { .. } | VersionFileError::NoVersion { .. } => {
                said.help("name the file that holds the version in `files` under `[version]`")
            }
            VersionFileError::WrongScheme { wanted, .. } => said.fact("want", format_args!("a {wanted} version")),
            VersionFileError::NotAString { .. } => said.help("write the version in quotes"),
            VersionFileError::Disagrees { .. } => said.help("make both the same by hand, once"),
            VersionFileError::DoesNotParse { .. }
            | VersionFileError::NoWorkspaceRoot { .. }
            | VersionFileError::NotOneLine { .. }
            | VersionFileError::Edit { .. }
            | VersionFileError::Pattern { .. } => said,
        }
    }
}
