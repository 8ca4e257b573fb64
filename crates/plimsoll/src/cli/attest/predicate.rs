//! What is stated: a file, and what kind of thing it says.

use std::path::PathBuf;

use bytes::Bytes;
use clap::Args;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Place};
use plimsoll_engine::domain::predicate::PredicateType;
use plimsoll_engine::statement::in_toto::{PREDICATE_LIMIT, Predicate, PredicateError, Subject};

use crate::cli::ending::Failure;
use crate::cli::key_files::read_file;
use crate::cli::session::Session;
use crate::wire;

/// What is stated.
#[derive(Clone, Debug, Args)]
pub(super) struct Stated {
    /// What kind of thing is stated: a URI, or cosign's short name for one (spdx, cyclonedx, slsaprovenance1, vuln, openvex, …)
    #[arg(long = "type", value_name = "TYPE", env = "PLIMSOLL_TYPE")]
    pub kind: PredicateType,
    /// The file with what is stated: JSON, or what the type takes
    #[arg(long, value_name = "FILE", env = "PLIMSOLL_PREDICATE")]
    pub predicate: PathBuf,
}

impl Stated {
    /// Reads it.
    pub(super) fn read(&self, session: &Session<'_>) -> Result<Predicate, Failure> {
        let bytes = read_file(session, &self.predicate, PREDICATE_LIMIT.saturating_add(1))?;
        if u64::try_from(bytes.len()).is_ok_and(|length| length > PREDICATE_LIMIT) {
            let size = session.path(&self.predicate).metadata().map_or(PREDICATE_LIMIT, |file| file.len());
            return Err(self.explain(&PredicateError::TooLarge { size }).into());
        }
        Predicate::parse(self.kind.clone(), &bytes, wire::now()).map_err(|why| self.explain(&why).into())
    }

    /// The statement that says it.
    pub(super) fn state(&self, predicate: &Predicate, subject: &Subject) -> Result<Bytes, Failure> {
        let stated = predicate.state(std::slice::from_ref(subject));
        stated.map_err(|why| self.explain(&why).into())
    }

    fn explain(&self, why: &PredicateError) -> Diagnostic {
        let name = self.predicate.display().to_string();
        let message = format!("{name} can't be stated as {}", self.kind);
        let said = Diagnostic::error(Code::PredicateInvalid, Cure::FixThenRunAgain, message);
        let said = said.because(why).at(Place::of_file(&name));
        match why {
            PredicateError::IsStatement(_) => said
                .help("name a file with what its `predicate` has: the statement around it is written here"),
            PredicateError::TooLarge { .. } | PredicateError::StatementTooLarge { .. } => {
                said.help("state a digest of it, and publish the file itself")
            }
            _ => said.help("name the file's own type with `--type`: any URI takes any JSON object"),
        }
    }
}
