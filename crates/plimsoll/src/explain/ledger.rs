//! Ledgers that can't be read.

use plimsoll_engine::act::adopt::AdoptError;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Place};
use plimsoll_engine::ledger::doubt::{Doubt, Reason};
use plimsoll_engine::ledger::release::LedgerError;
use plimsoll_engine::statement::record::RecordError;

use super::claim::{lost, write_again};
use super::{Asked, Explain};

impl Explain for LedgerError {
    fn explain(&self, asked: &Asked) -> Diagnostic {
        match self {
            LedgerError::World(error) => error.explain(asked),
            LedgerError::Claim(error) => error.explain(asked),
            LedgerError::Record(error) => error.explain(asked),
            LedgerError::Misplaced { file, version } => {
                Diagnostic::error(Code::LedgerInvalid, Cure::FixThenRunAgain, self.to_string())
                    .at(Place::of_file(file))
                    .fact("want", format_args!("the record of {version}"))
                    .help(rewrite(asked))
            }
            LedgerError::Lost { file, .. } => {
                Diagnostic::error(Code::LedgerInvalid, Cure::FixThenRunAgain, self.to_string())
                    .at(Place::of_file(file))
                    .help("a record never goes: take the file back from the commit that lost it")
                    .help(format!("or write it again from the registry: `{}`", rebuild(asked)))
            }
            LedgerError::Differs { file, want, found } => {
                let message = format!("{file} is not the record that was released");
                Diagnostic::error(Code::LedgerInvalid, Cure::FixThenRunAgain, message)
                    .at(Place::of_file(file))
                    .fact("want", want)
                    .fact("found", found)
                    .help(rewrite(asked))
            }
        }
    }
}

/// The command that writes files of the ledger again.
fn rebuild(asked: &Asked) -> String {
    Asked { tag: None, ..asked.clone() }.command("ledger rebuild")
}

/// What to do about a file that is not what was released.
fn rewrite(asked: &Asked) -> String {
    format!(
        "a record never changes: `{}` puts what was released in its place, and keeps what is there now",
        rebuild(asked)
    )
}

impl Explain for Doubt {
    fn explain(&self, asked: &Asked) -> Diagnostic {
        let Doubt { file, version, why } = self;
        let unproven = |message: String| {
            Diagnostic::error(Code::RecordUnproven, Cure::FixThenRunAgain, message).at(Place::of_file(file))
        };
        let unconfirmed = || unproven(format!("nothing confirms the record of {version}"));
        match why {
            Reason::Untagged { repository, tag, want, found } => unconfirmed()
                .fact("want", format_args!("{repository}:{tag} at {want}"))
                .fact("found", found.as_ref().map_or("no such tag".to_owned(), ToString::to_string))
                .help("there is no claim for this version, so the version tag must point at what the record names"),
            // Nothing was found out about the record: what counts is why.
            Reason::Silent { error, .. } => error
                .explain(asked)
                .fact("asked about", file)
                .help("there is no claim for this version, so its version tag must be looked at"),
            Reason::Another { counts, found } => unproven(format!("there are several records of {version}"))
                .fact("counts", counts)
                .fact("found", found)
                .help("both name what the version tags point at; without the claim that names one, the one that was sealed first counts"),
            Reason::Untold { artifact } => unconfirmed().fact("unproven", artifact).help(
                "there is no claim for this version, so every artifact must have a digest and a version tag in the record",
            ),
            Reason::Unclaimed { tag } => lost(&[tag.0.as_str()], asked),
            Reason::Broken(error) => error.explain(asked),
            Reason::Empty => unconfirmed().help("it names no image whose version tag could be looked at"),
        }
    }
}

impl Explain for RecordError {
    fn explain(&self, asked: &Asked) -> Diagnostic {
        match self {
            RecordError::Broken { file, why } => {
                let message = format!("{file} is no record");
                Diagnostic::error(Code::LedgerInvalid, Cure::FixThenRunAgain, message)
                    .because(why)
                    .at(Place::of_file(file))
                    .help(rewrite(asked))
            }
            RecordError::Unknown { file, found, needs } => {
                let unknown = Diagnostic::error(Code::ClaimFormat, Cure::FixThenRunAgain, self.to_string())
                    .at(Place::of_file(file))
                    .fact("found", format_args!("format {found}"));
                match needs {
                    Some(needs) => {
                        unknown.help(format!("use Plimsoll {needs} or newer, which the file asks for"))
                    }
                    None => unknown.help(format!(
                        "use a Plimsoll newer than this one, which is {}",
                        env!("CARGO_PKG_VERSION")
                    )),
                }
            }
            RecordError::Edited { file } => {
                Diagnostic::error(Code::LedgerInvalid, Cure::FixThenRunAgain, format!("{file} was edited"))
                    .at(Place::of_file(file))
                    .help(rewrite(asked))
            }
        }
    }
}

impl Explain for AdoptError {
    fn explain(&self, asked: &Asked) -> Diagnostic {
        let said = |code| Diagnostic::error(code, Cure::FixThenRunAgain, self.to_string());
        match self {
            AdoptError::World(error) => error.explain(asked),
            AdoptError::Claimed(_) => said(Code::RecordTaken)
                .help(format!("there is nothing to adopt: see `{}`", asked.command("info"))),
            AdoptError::Recorded(file) => {
                said(Code::RecordTaken).fact("file", file).help("a record never changes")
            }
            AdoptError::Released { record, .. } => {
                let rebuild = Asked { tag: None, ..asked.clone() }.command("ledger rebuild");
                said(Code::RecordTaken)
                    .fact("record", record)
                    .help(format!("Plimsoll released it: `{rebuild}` writes its files"))
                    .help(format!("if its claim is lost, {}", write_again(asked)))
            }
            AdoptError::Untagged { tags, .. } => {
                let tags = tags.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
                said(Code::UnknownRelease)
                    .fact("looked for", tags)
                    .help("name the repository and the version tags that this release had in plimsoll.toml")
            }
            AdoptError::Torn { found, .. } => {
                let torn =
                    found.iter().fold(said(Code::Contested), |torn, digest| torn.fact("found", digest));
                torn.help("nobody can tell which of these was released: delete the tags that are wrong")
            }
            AdoptError::Image(fault) => {
                Diagnostic::error(Code::ImageInvalid, Cure::FixThenRunAgain, "an image can't be read")
                    .because(fault)
            }
        }
    }
}
