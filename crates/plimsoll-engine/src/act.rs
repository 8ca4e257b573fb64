//! Verbs: one file each.

pub mod adopt;
pub mod build;
pub mod preview;
pub mod publish;
pub mod release;
pub mod verify;

pub use build::build;
pub use preview::preview;
pub use publish::publish;
pub use release::release;
pub use verify::verify;
