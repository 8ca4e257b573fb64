//! The claim: who may release a version, and what was decided (`docs/design/claim.md`).

mod blob;
mod death;
mod holder;
mod seal;

pub use blob::{Claim, ClaimFormatError, ClaimName, Nonce, State, Why};
pub use death::{Death, Vital, pronounce};
pub use holder::{CiRun, Holder};
pub use seal::{
    FileRole, RecordFormat, RecordFormatError, Seal, SealedChart, SealedFile, SealedImage, SealedStatement,
};
