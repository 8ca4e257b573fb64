//! Verbs: one file each.

pub mod adopt;
pub mod audit;
pub mod build;
pub mod chart_alone;
pub mod filed;
pub mod lagging;
mod lost_claims;
pub mod precedent;
pub mod preview;
pub mod promote;
pub mod publish;
pub mod redeploy;
pub mod release;
pub mod repair;
pub mod speak;
mod unsaid;
pub mod verify;

pub use build::build;
pub use lagging::find_lagging;
pub use lost_claims::{find_lost_claim, find_lost_claims, find_records, was_begun};
pub use preview::{is_settled, preview};
pub use promote::promote;
pub use publish::publish;
pub use redeploy::redeploy;
pub use release::release;
pub use speak::{foresee, speak};
pub use verify::verify;
