//! Whether other runs live.

use super::Work;
use crate::domain::claim::{Holder, Vital};

/// Looks for the process behind a claim.
pub trait Liveness: Send + Sync {
    /// What is known of the run that wrote a claim.
    fn vital<'a>(&'a self, holder: &'a Holder) -> Work<'a, Vital>;
}
