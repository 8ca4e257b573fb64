//! One upload under way.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use plimsoll_oci::layout::BlobWriter;
use plimsoll_oci::name::ImageRepository;
use tokio::sync::MutexGuard;

use crate::refusal::{Code, Refusal};

/// An upload. What it writes is locked while a request writes; afterwards the next one may.
pub(super) struct Session {
    repository: ImageRepository,
    writer: tokio::sync::Mutex<Option<BlobWriter>>,
    touched: Mutex<Instant>,
}

impl Session {
    pub(super) fn new(repository: ImageRepository, writer: BlobWriter) -> Session {
        let (writer, touched) = (tokio::sync::Mutex::new(Some(writer)), Mutex::new(Instant::now()));
        Session { repository, writer, touched }
    }

    pub(super) fn repository(&self) -> &ImageRepository {
        &self.repository
    }

    /// What it writes; none once it was closed.
    pub(super) async fn lock(&self) -> MutexGuard<'_, Option<BlobWriter>> {
        self.touch();
        self.writer.lock().await
    }

    /// Notes that it is in use.
    pub(super) fn touch(&self) {
        *self.touched.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// True if nobody has used it for this long, nor does.
    pub(super) fn is_forgotten(&self, after: Duration) -> bool {
        let idle = self.touched.lock().unwrap_or_else(PoisonError::into_inner).elapsed();
        idle > after && self.writer.try_lock().is_ok()
    }
}

/// A name for an upload that nobody can guess.
pub(super) fn new_id() -> Result<String, Refusal> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| Refusal::new(Code::Unknown, "the system gives no randomness"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
