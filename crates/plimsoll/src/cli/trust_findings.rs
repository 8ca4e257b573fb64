//! What `check` says of whose signatures count.

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::Diagnostic;

use crate::config::{SigningSettings, Who};

/// Keys that are to count until a time which nothing tells but the release itself.
pub(super) fn trust_findings(signing: &SigningSettings) -> impl Iterator<Item = Diagnostic> {
    signing.trust.iter().filter(|one| one.trusted_root.is_none()).filter_map(|one| {
        let (Who::Key(name), Some(until)) = (&one.who, one.until) else { return None };
        let message = format!("when the key {name} has signed is told by nobody but the releases themselves");
        Some(
            Diagnostic::warning(Code::TrustUndated, message)
                .fact("until", until)
                .help("a key that is only not used any more may stay; one that was stolen does not go by `until`, since its thief writes any time into a record: take its [[trust]] out")
                .help("where its signatures have log entries or timestamps, say who vouches for these: `trusted-root`"),
        )
    })
}
