//! Claims that can't be read, and claims that are gone.

use plimsoll_engine::domain::claim::ClaimFormatError;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};

use super::git::remove;
use super::{Asked, Explain};

/// These versions, by their tags, are released, and their claims are gone.
pub fn lost(tags: &[&str], asked: &Asked) -> Diagnostic {
    gone(tags)
        .help("if the remote is a fork of the repository, ask that instead: forks have no claims")
        .help(format!("{}, also of a release that was made with `claim = \"none\"`", write_again(asked)))
        .help("protect refs/plimsoll/** on the remote")
}

/// The same after a repair that could not write them.
pub fn left(tags: &[&str]) -> Diagnostic {
    gone(tags).help("what the repair says of each stands in the way: mend that, and repair again")
}

fn gone(tags: &[&str]) -> Diagnostic {
    let message = match tags {
        [tag] => format!("{tag} is released, and its claim is not on the remote"),
        tags => format!(
            "these versions are released, and their claims are not on the remote: {}",
            tags.join(", ")
        ),
    };
    Diagnostic::error(Code::ClaimLost, Cure::FixThenRunAgain, message).of_a_published_release()
}

/// What writes a lost claim again.
pub fn write_again(asked: &Asked) -> String {
    let audit = Asked { tag: None, ..asked.clone() }.command("audit");
    format!("`{audit} --repair` writes the claim again, from the record")
}

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
