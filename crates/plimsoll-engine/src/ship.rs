//! What is shipped: one file per kind of thing, each able to look at the world and to make it so.

pub mod asset;
pub mod attach;
pub mod attest;
pub mod attest_together;
pub mod commit_tag;
pub mod draft_page;
pub mod ensure;
pub mod first_wins;
pub mod hold_tag;
pub mod key;
pub mod ledger_file;
pub mod list_chart;
pub mod mark_chart;
pub mod own_tag;
pub mod post_attestation;
pub mod publish_page;
pub mod push;
pub mod record;
pub mod step;
pub mod version_tag;

pub use ensure::{Ensured, ensure};
pub use key::{Announced, Checked, Counted, Key, Permit, Published, Sealed, Settled, Settles, Standing};
pub use step::{Change, Observation, ShipError, Step};
