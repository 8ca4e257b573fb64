//! Blobs from long-lived `git cat-file --batch` processes.
//!
//! A process can hand out one blob at a time. Whoever opens several files and reads them in any order never waits for
//! itself: when all processes are busy one more is started, and a few idle ones are kept.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use plimsoll_engine::domain::git::Oid;
use plimsoll_engine::world::WorldError;
use plimsoll_engine::world::error::GitError;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _};

use crate::adapters::git::object_answer::parse_object_head;
use crate::adapters::git::repository::Repository;
use crate::adapters::process::Conversation;

/// How many idle processes of a kind are kept.
const IDLE: usize = 4;
/// The largest piece of a blob that is held in memory, in bytes.
const PIECE: usize = 256 * 1024;

/// Blobs of one repository.
#[derive(Clone)]
pub(super) struct Blobs(Arc<Pools>);

struct Pools {
    repository: Repository,
    contents: Mutex<Vec<Conversation>>,
    sizes: Mutex<Vec<Conversation>>,
}

/// What a process is asked for.
#[derive(Clone, Copy)]
enum Question {
    /// The blob.
    Contents,
    /// Its size alone.
    Size,
}

impl Blobs {
    pub(super) fn new(repository: Repository) -> Blobs {
        Blobs(Arc::new(Pools { repository, contents: Mutex::default(), sizes: Mutex::default() }))
    }

    /// The size of a blob in bytes.
    pub(super) async fn read_size(&self, oid: &Oid) -> Result<u64, GitError> {
        let (process, size) = self.ask(Question::Size, oid).await?;
        self.keep(Question::Size, process);
        Ok(size)
    }

    /// The bytes of a blob. No process is asked before the first piece is.
    pub(super) fn stream(&self, oid: Oid, size: u64) -> BoxStream<'static, Result<Bytes, WorldError>> {
        let begin = Progress::Unasked { blobs: self.clone(), oid, size };
        stream::try_unfold(begin, |progress| async { Ok(progress.step().await?) }).boxed()
    }

    /// Asks and reads the first line of the answer; the process stands before the blob's bytes, if it was asked for
    /// them.
    async fn ask(&self, question: Question, oid: &Oid) -> Result<(Conversation, u64), GitError> {
        let idle = self.pool(question).lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut process = match idle {
            Some(process) => process,
            None => {
                let call = self.0.repository.objects_call("cat-file");
                call.arg(match question {
                    Question::Contents => "--batch",
                    Question::Size => "--batch-check",
                })
                .converse()?
            }
        };
        process.questions.write_all(format!("{oid}\n").as_bytes()).await.map_err(broken)?;
        process.questions.flush().await.map_err(broken)?;
        let mut line = String::new();
        (&mut process.answers).take(1024).read_line(&mut line).await.map_err(broken)?;
        let head = line.strip_suffix('\n').and_then(parse_object_head);
        match head.and_then(|head| head.size_of_blob(oid)) {
            Some(size) => Ok((process, size)),
            None => Err(failed(format!("{oid}: {}", line.trim()))),
        }
    }

    fn keep(&self, question: Question, process: Conversation) {
        let mut idle = self.pool(question).lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE {
            idle.push(process);
        }
    }

    fn pool(&self, question: Question) -> &Mutex<Vec<Conversation>> {
        match question {
            Question::Contents => &self.0.contents,
            Question::Size => &self.0.sizes,
        }
    }
}

/// How far a blob has been read.
enum Progress {
    Unasked { blobs: Blobs, oid: Oid, size: u64 },
    Reading(Box<Reading>),
}

/// A process that stands inside of a blob. Dropped there it is of no more use, and ends.
struct Reading {
    blobs: Blobs,
    process: Conversation,
    left: u64,
}

impl Progress {
    async fn step(self) -> Result<Option<(Bytes, Progress)>, GitError> {
        let mut reading = match self {
            Progress::Unasked { blobs, oid, size } => {
                let (process, found) = blobs.ask(Question::Contents, &oid).await?;
                if found != size {
                    return Err(failed(format!("{oid} has {found} bytes, not {size}")));
                }
                Box::new(Reading { blobs, process, left: size })
            }
            Progress::Reading(reading) => reading,
        };
        let answers = &mut reading.process.answers;
        if reading.left == 0 {
            if answers.read_u8().await.map_err(broken)? != b'\n' {
                return Err(failed("a blob has no end".into()));
            }
            reading.blobs.keep(Question::Contents, reading.process);
            return Ok(None);
        }
        let mut piece = BytesMut::with_capacity(usize::try_from(reading.left).unwrap_or(PIECE).min(PIECE));
        let count = answers.take(reading.left).read_buf(&mut piece).await.map_err(broken)?;
        reading.left = reading.left.saturating_sub(u64::try_from(count).unwrap_or(u64::MAX));
        match count {
            0 => Err(failed("a blob ends early".into())),
            _ => Ok(Some((piece.freeze(), Progress::Reading(reading)))),
        }
    }
}

fn broken(error: std::io::Error) -> GitError {
    failed(error.to_string())
}

fn failed(why: String) -> GitError {
    GitError::Failed { command: "cat-file".into(), why }
}
