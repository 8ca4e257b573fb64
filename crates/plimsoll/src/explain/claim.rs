//! Claims that can't be read.

use plimsoll_engine::domain::claim::ClaimFormatError;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};

use super::git::remove;
use super::{Asked, Explain};

impl Explain for ClaimFormatError {
    fn explain(&self, _: &Asked) -> Diagnostic {
        let said = Diagnostic::error(Code::ClaimFormat, Cure::FixThenRunAgain, self.to_string());
        match self {
            ClaimFormatError::Broken { name, .. } => said
                .fact("ref", name.git_ref())
                .help(remove(&name.git_ref()))
                .help("somebody wrote this ref by hand: protect refs/plimsoll/** on the remote"),
            ClaimFormatError::Unknown { name, needs, .. } => {
                said.fact("ref", name.git_ref()).help(match needs {
                    Some(needs) => format!("use Plimsoll {needs} or newer, which the claim asks for"),
                    None => "a newer Plimsoll wrote it: use that one".to_owned(),
                })
            }
            ClaimFormatError::Misplaced { name, .. } | ClaimFormatError::Unsealed { name, .. } => said
                .fact("ref", name.git_ref())
                .help("somebody wrote this ref by hand: protect refs/plimsoll/** on the remote"),
        }
    }
}
