//! Optional mirrors that were left behind.

use std::collections::BTreeMap;

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
        MirrorTrouble::Gone { .. } | MirrorTrouble::Behind | MirrorTrouble::Failed(_) => false,
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
    let deed = Deed::of(asked.verb);
    let said = Diagnostic::error(code, cure, format!("{}, but not in every optional mirror", deed.done()));
    let mut said = match deed {
        Deed::Publish => said,
        Deed::Say | Deed::Release => said.of_a_published_release(),
    };
    for (repository, trouble) in troubles {
        said = said.fact("mirror", format_args!("{repository}: {}", describe(trouble, asked)));
    }
    match (code, deed) {
        (Code::Drift, _) => {
            said.help("what is foreign is never overwritten: point that tag back yourself, then run again")
        }
        (_, Deed::Publish) => said.help("bring them in line: run it again"),
        (_, Deed::Release) if !lacks_others => {
            said.help(format!("bring them in line: `{}`", asked.command("release")))
        }
        (_, Deed::Release | Deed::Say) => {
            let audit = Asked { verb: "audit", tag: None, ..asked.clone() }.command("audit");
            said.help(format!("bring them in line: `{audit} --repair`"))
        }
    }
}

/// That a promotion would leave mirrors behind, if it would.
pub fn foreseen(behind: &BTreeMap<ImageRepository, MirrorTrouble>, asked: &Asked) -> Option<Diagnostic> {
    let message = "optional mirrors would be left behind: what is released is not whole there";
    let told = behind.iter().fold(
        Diagnostic::warning(Code::MirrorIncomplete, message),
        |told, (repository, trouble)| {
            told.fact("mirror", format_args!("{repository}: {}", describe(trouble, asked)))
        },
    );
    let audit = Asked { verb: "audit", tag: None, ..asked.clone() }.command("audit");
    (!behind.is_empty()).then(|| {
        told.help(format!("bring them in line first: `{audit} --repair`; what is foreign it leaves"))
    })
}

/// What left mirrors behind.
#[derive(Clone, Copy)]
enum Deed {
    Publish,
    /// Something was said of released versions.
    Say,
    Release,
}

impl Deed {
    fn of(verb: &str) -> Deed {
        match verb {
            "publish" => Deed::Publish,
            "yank" | "unyank" | "rollback" | "unhold" | "promote" => Deed::Say,
            _ => Deed::Release,
        }
    }

    fn done(self) -> &'static str {
        match self {
            Deed::Publish => "it is published",
            Deed::Say => "it is said, and tags follow it",
            Deed::Release => "the release is done",
        }
    }
}

fn describe(trouble: &MirrorTrouble, asked: &Asked) -> String {
    match trouble {
        MirrorTrouble::Foreign { tag, found } => format!("tag `{tag}` points at {found}"),
        MirrorTrouble::Gone { missing } => format!("{missing} is missing"),
        MirrorTrouble::Behind => {
            format!("something of the release is missing there, see `{}`", asked.command("verify"))
        }
        MirrorTrouble::Failed(error) => error.explain(asked).message,
    }
}
