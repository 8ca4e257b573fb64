//! Archives of releases.

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::ship::attach::AttachError;
use plimsoll_engine::statement::mark::MarkError;
use plimsoll_engine::statement::record::RecordError;
use plimsoll_oci::store::StoreError;

use super::{Asked, Explain};
use crate::release_archive::{FillError, ListError, ParcelError, StrangeMark, UnloadError, VouchError};

impl Explain for FillError {
    fn explain(&self, asked: &Asked) -> Diagnostic {
        let said = |code| Diagnostic::error(code, Cure::FixThenRunAgain, self.to_string());
        match self {
            FillError::NoArtifact => said(Code::ContentGone)
                .help("it was released before Plimsoll; `plimsoll copy` takes its images one by one"),
            FillError::Empty => said(Code::LedgerInvalid),
            // Who does not answer, or lets nobody in, may have it.
            FillError::Gone { said: answers, .. } if answers.iter().any(|(_, error)| is_silence(error)) => {
                let silent = answers.iter().find(|(_, error)| is_silence(error));
                let explained =
                    silent.map(|(_, error)| error.explain(asked)).unwrap_or_else(|| said(Code::ContentGone));
                let others = answers.iter().filter(|(_, error)| !is_silence(error));
                others.fold(explained, |explained, (place, error)| {
                    explained.because(format!("{place}: {error}"))
                })
            }
            FillError::Gone { said: answers, .. } => {
                let gone = said(Code::ContentGone).help(format!(
                    "see what else is missing: `{}`; a mirror that has it is asked by itself",
                    asked.command("verify")
                ));
                answers.iter().fold(gone, |gone, (place, error)| gone.because(format!("{place}: {error}")))
            }
            FillError::Layout(error) => error.explain(asked),
        }
    }
}

/// Whether nobody knows what a place has: it is silent, or lets us not in.
fn is_silence(error: &StoreError) -> bool {
    error.is_temporary() || matches!(error, StoreError::Unauthorized { .. } | StoreError::Denied { .. })
}

impl Explain for ParcelError {
    fn explain(&self, asked: &Asked) -> Diagnostic {
        let said = |code| Diagnostic::error(code, Cure::FixThenRunAgain, self.to_string());
        match self {
            ParcelError::Archive(_) | ParcelError::Impossible => said(Code::LayoutInvalid),
            ParcelError::Store(error) => error.explain(asked),
            ParcelError::Record(error @ RecordError::Unknown { .. }) => error.explain(asked),
            ParcelError::Record(_) => {
                said(Code::LayoutInvalid).help("ask whoever made this archive for another one")
            }
            ParcelError::NoRelease => said(Code::LayoutInvalid).help(
                "`plimsoll export` writes archives of releases; images alone are taken by `plimsoll copy`",
            ),
            ParcelError::Several(_) => said(Code::LayoutInvalid).help("export them one by one"),
            ParcelError::Differs(_) => {
                said(Code::ContentLies).help("do not use this archive: ask whoever made it for another one")
            }
            ParcelError::Mark(StrangeMark::Unread { why: MarkError::Format { .. } | MarkError::Kind { .. }, .. }) => {
                said(Code::ClaimFormat).help("a newer Plimsoll wrote it, and it may say that this version must not be used: import it with that one")
            }
            ParcelError::Mark(_) => {
                said(Code::ContentLies).help("do not use this archive: ask whoever made it for another one")
            }
            ParcelError::TooMuch(_) => said(Code::LayoutInvalid).help("ask whoever made this archive for another one"),
            ParcelError::Folder(_) => said(Code::FileSystem),
        }
    }
}

impl Explain for UnloadError {
    fn explain(&self, asked: &Asked) -> Diagnostic {
        let said = |code, cure| Diagnostic::error(code, cure, self.to_string());
        match self {
            UnloadError::Taken { want, found, .. } => said(Code::TagTaken, Cure::FixThenRunAgain)
                .fact("want", want)
                .fact("found", found)
                .help("nothing was written; a version tag is never moved: import it elsewhere with `--as`, or find out what is there"),
            UnloadError::TakenMeanwhile { want, found, .. } => said(Code::TagTaken, Cure::FixThenRunAgain)
                .fact("want", want)
                .fact("found", found)
                .help("somebody else released or imported this version there while content was sent; it was left as it is: find out what is there, or import it elsewhere with `--as`"),
            UnloadError::Unlisted { error, .. } => match error {
                ListError::Store(error) => error.explain(asked),
                ListError::Attach(AttachError::World(error)) => error.explain(asked),
                ListError::Attach(AttachError::Unlisted { .. }) => said(Code::Incomplete, Cure::RunAgain)
                    .help("others write it, too; no version tag was written there: run again"),
                ListError::TooMuch(_) => said(Code::LayoutInvalid, Cure::FixThenRunAgain)
                    .help("no version tag was written there; ask whoever made this archive for another one"),
            },
            UnloadError::NotThere { .. } => said(Code::VerificationFailed, Cure::RunAgain)
                .help("no version tag was written there; run again, and look at the registry if that does not help"),
            UnloadError::Unvouched(error) => explain_vouch(error, self, asked)
                .help("nothing was sent; do not use what nobody vouches for"),
            UnloadError::UnvouchedThere(error) => explain_vouch(error, self, asked)
                .help("no version tag was written there: look at what stands between, and import again"),
            UnloadError::Store(error) => error.explain(asked),
        }
    }
}

fn explain_vouch(error: &VouchError, whole: &UnloadError, asked: &Asked) -> Diagnostic {
    match error {
        VouchError::Unsigned => {
            Diagnostic::error(Code::SignatureRefused, Cure::FixThenRunAgain, whole.to_string())
                .help("signatures of its images, if there are any, say nothing of a version nor of files: whoever has them can write any record around them")
                .help("of a release that was made before releases were signed: `--integrity-only` asks nobody")
        }
        VouchError::Unvouched { why, .. } => {
            Diagnostic::error(Code::SignatureRefused, Cure::FixThenRunAgain, whole.to_string()).because(why)
        }
        VouchError::World(error) => error.explain(asked),
    }
}
