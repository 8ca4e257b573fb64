//! Entries of transparency logs, of version 1 and 2 of Rekor: what they say, and the proofs that they are in there.

mod body;
mod checkpoint;
mod merkle;
mod promise;

use jiff::Timestamp;

use crate::bundle::{InclusionProof, LogEntry};
use crate::encoding::Base64;
use crate::timestamp::Timestamped;
use crate::trust::Log;

pub use body::{BodyError, DigestOf, Recorded, RecordedSigner};
pub use checkpoint::{Checkpoint, CheckpointError};
use merkle::{leaf_hash, root_of_inclusion};

/// An entry that is in a trusted log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// The log, by its URL.
    pub log: String,
    /// The entry's place in it.
    pub index: u64,
    /// When the log took it in, if it has signed that.
    pub at: Option<Timestamp>,
    /// What the entry says.
    pub recorded: Recorded,
}

/// Why an entry is not known to be in a log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// The trusted root has no such log.
    #[error("the trusted root has no log with the identifier {0}")]
    UnknownLog(String),
    /// The entry can't be read.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// It has neither proof nor promise.
    #[error("log entry {0} has neither an inclusion proof nor a promise")]
    NoEvidence(u64),
    /// The log's signature over entry and time is wrong.
    #[error("the log's promise for entry {0} does not verify")]
    Promise(u64),
    /// The log was not to be relied on then.
    #[error("the log was not to be relied on at {0}")]
    LogNotValid(Timestamp),
    /// The signed state of the log can't be relied on.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The proof is for another state of the log than the signed one.
    #[error("the inclusion proof is for another state of the log than its checkpoint")]
    OtherState,
    /// The proof is for another place.
    #[error("the entry says that it is number {entry}, and its inclusion proof that it is number {proof}")]
    OtherIndex {
        /// The entry's index.
        entry: u64,
        /// The proof's.
        proof: u64,
    },
    /// The proof does not lead from the entry to the root.
    #[error("the inclusion proof does not lead from the entry to the root")]
    Inclusion,
}

impl LogError {
    /// The reason as a word.
    pub fn word(&self) -> &'static str {
        match self {
            LogError::UnknownLog(_) => "log-unknown",
            LogError::Body(_) => "log-entry-malformed",
            LogError::NoEvidence(_) => "log-without-proof",
            LogError::Promise(_) => "log-promise",
            LogError::LogNotValid(_) => "log-not-valid",
            LogError::Checkpoint(_) => "log-checkpoint",
            LogError::OtherState => "log-other-state",
            LogError::OtherIndex { .. } => "log-other-index",
            LogError::Inclusion => "log-inclusion",
        }
    }
}

impl LogEntry {
    /// Verifies that it is in one of `logs`: the promise if it has one, the inclusion proof if it has one, and at least
    /// one of them. The log must have been relied on when it promised; one that promises nothing signs no time, so it must
    /// have been when the signature was stamped.
    ///
    /// # Errors
    /// [`LogError`].
    pub fn verify(&self, logs: &[Log], stamped: &[Timestamped]) -> Result<Logged, LogError> {
        let mut candidates = logs.iter().filter(|log| log.id == self.log_id).peekable();
        if candidates.peek().is_none() {
            return Err(LogError::UnknownLog(Base64::text(&self.log_id)));
        }
        let recorded = Recorded::parse(self)?;
        let mut last = LogError::NoEvidence(self.log_index);
        // A log that changed the algorithm of its key may be named twice.
        for log in candidates {
            match self.verify_in(log, stamped) {
                Ok(at) => return Ok(Logged { log: log.url.clone(), index: self.log_index, at, recorded }),
                Err(why) => last = why,
            }
        }
        Err(last)
    }

    /// The time that the log has signed, if any.
    fn verify_in(&self, log: &Log, stamped: &[Timestamped]) -> Result<Option<Timestamp>, LogError> {
        let mut at = None;
        if let Some(promise) = &self.promise {
            promise::verify(self, promise, &log.key).map_err(|_| LogError::Promise(self.log_index))?;
            // What the promise covers is a time since 1970, or the log signed nonsense.
            let time = self.integrated_time.and_then(|seconds| Timestamp::from_second(seconds).ok());
            let time = time.ok_or(LogError::Promise(self.log_index))?;
            if !log.valid_for.contains(time) {
                return Err(LogError::LogNotValid(time));
            }
            at = Some(time);
        } else if let Some(one) = stamped.iter().find(|one| !log.valid_for.contains(one.at)) {
            return Err(LogError::LogNotValid(one.at));
        }
        match (&self.proof, &self.promise) {
            (Some(proof), _) => self.verify_proof(proof, log)?,
            (None, Some(_)) => {}
            (None, None) => return Err(LogError::NoEvidence(self.log_index)),
        }
        Ok(at)
    }

    fn verify_proof(&self, proof: &InclusionProof, log: &Log) -> Result<(), LogError> {
        // Promises are for the index over all shards of a log of version 1, proofs for that in one shard.
        if self.promise.is_none() && self.log_index != proof.log_index {
            return Err(LogError::OtherIndex { entry: self.log_index, proof: proof.log_index });
        }
        let checkpoint = Checkpoint::parse(&proof.checkpoint)?;
        checkpoint.verify(log)?;
        if (checkpoint.size, checkpoint.root.as_slice()) != (proof.tree_size, proof.root_hash.as_slice()) {
            return Err(LogError::OtherState);
        }
        let leaf = leaf_hash(&self.body);
        let root = root_of_inclusion(&leaf, proof.log_index, proof.tree_size, &proof.hashes);
        match root.is_some_and(|root| root.as_slice() == proof.root_hash) {
            true => Ok(()),
            false => Err(LogError::Inclusion),
        }
    }
}
