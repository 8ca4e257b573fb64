//! Optional mirrors that were left behind.

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::run::stop::MirrorTrouble;
use plimsoll_engine::ship::ShipError;
use plimsoll_engine::world::WorldError;
use plimsoll_oci::name::ImageRepository;
use plimsoll_oci::store::StoreError;

use super::{Asked, Explain};

/// Explains what is wrong with mirrors, all in one. Something foreign is graver than something missing.
pub(super) fn explain(troubles: &[(ImageRepository, MirrorTrouble)], asked: &Asked) -> Diagnostic {
    let foreign = |(_, trouble): &&(ImageRepository, MirrorTrouble)| match trouble {
        MirrorTrouble::Foreign { .. } => true,
        MirrorTrouble::Gone { .. } | MirrorTrouble::Failed(_) => false,
    };
    let (code, cure) = match troubles.iter().find(foreign) {
        Some(_) => (Code::Drift, Cure::FixThenRunAgain),
        None => (Code::MirrorIncomplete, Cure::RunAgain),
    };
    // It is content of another release that is missing there: this release has brought its own.
    let lacks_others = troubles.iter().any(|(_, trouble)| {
        matches!(
            trouble,
            MirrorTrouble::Failed(ShipError::World(WorldError::Store(StoreError::Missing { .. })))
        )
    });
    let says = matches!(asked.verb, "yank" | "unyank" | "rollback" | "unhold" | "promote");
    let publishes = asked.verb == "publish";
    let message = match says {
        _ if publishes => "it is published, but not in every optional mirror",
        true => "it is said, and tags follow it, but not in every optional mirror",
        false => "the release is done, but not in every optional mirror",
    };
    let said = Diagnostic::error(code, cure, message);
    let mut said = if publishes { said } else { said.of_a_published_release() };
    for (repository, trouble) in troubles {
        said = said.fact("mirror", format_args!("{repository}: {}", describe(trouble, asked)));
    }
    match code {
        Code::Drift => {
            said.help("what is foreign is never overwritten: point that tag back yourself, then run again")
        }
        _ if publishes => said.help("bring them in line: run it again"),
        _ if says || lacks_others => {
            let audit = Asked { verb: "audit", tag: None, ..asked.clone() }.command("audit");
            said.help(format!("bring them in line: `{audit} --repair`"))
        }
        _ => said.help(format!("bring them in line: `{}`", asked.command("release"))),
    }
}

fn describe(trouble: &MirrorTrouble, asked: &Asked) -> String {
    match trouble {
        MirrorTrouble::Foreign { tag, found } => format!("tag `{tag}` points at {found}"),
        MirrorTrouble::Gone { missing } => format!("{missing} is missing"),
        MirrorTrouble::Failed(error) => error.explain(asked).message,
    }
}
