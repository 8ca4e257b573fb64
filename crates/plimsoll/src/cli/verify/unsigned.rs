//! What is said of releases whose records are not signed where they must be.

use plimsoll_engine::act::verify::Demand;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};

/// Why nobody vouches for these releases, by their git tags.
pub(in crate::cli) fn explain_unsigned(tags: &[&str], demand: Demand) -> Diagnostic {
    let message = match tags {
        [tag] => format!("the record of {tag} is not signed, so nobody vouches for what it names"),
        _ => "there are records that are not signed, so nobody vouches for what they name".to_owned(),
    };
    let unsigned = Diagnostic::error(Code::SignatureRefused, Cure::FixThenRunAgain, message);
    let unsigned = tags.iter().fold(unsigned, |unsigned, tag| unsigned.fact("not signed", tag));
    let unsigned = match demand {
        Demand::Policy => unsigned.help(
            "this project signs its releases: if older ones were not signed yet, write the git tag of the first that was into [signing] of plimsoll.toml, `since = \"TAG\"`",
        ),
        Demand::Signatures | Demand::Nothing => unsigned,
    };
    unsigned
        .help("without a signature it may be anybody's who can write claims and push images: do not rely on it")
        .help("to verify an image by itself: `plimsoll verify image IMAGE --key FILE`; that says nothing of a version")
}
