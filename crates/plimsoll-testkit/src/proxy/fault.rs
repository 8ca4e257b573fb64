//! What goes wrong, and when.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// Which request a fault is for.
#[derive(Debug, Clone)]
pub struct When {
    method: Option<String>,
    path_part: String,
    nth: usize,
}

impl When {
    /// Request `number` of all, counted from 1.
    pub fn request(number: usize) -> Self {
        Self { method: None, path_part: String::new(), nth: number }
    }

    /// The first request of this method whose path and query contain this text.
    pub fn first(method: &str, path_part: &str) -> Self {
        Self::nth(method, path_part, 1)
    }

    /// The `nth` such request since the fault was planned, counted from 1.
    pub fn nth(method: &str, path_part: &str, nth: usize) -> Self {
        Self { method: Some(method.to_owned()), path_part: path_part.to_owned(), nth }
    }
}

/// What happens to a request.
#[derive(Clone)]
pub enum Fault {
    /// The connection is cut; the server never hears of the request.
    CutBefore,
    /// The connection is cut after this many bytes of the request's body went to the server.
    CutRequest(u64),
    /// The server handles the request; the connection is cut instead of giving its reply.
    LoseReply,
    /// The server handles the request; the connection is cut after this many bytes of the reply's body.
    CutReply(u64),
    /// The server never hears of the request; this is the reply.
    Answer(Answer),
    /// Something else happens first, then the request goes its way.
    After(Meanwhile),
}

impl Fault {
    /// A reply without a body.
    pub fn status(status: u16) -> Self {
        Self::Answer(Answer { status, headers: Vec::new(), body: Vec::new() })
    }

    /// Does `what` before the request is handed on: the moment at which a stranger acts.
    pub fn after(what: impl FnOnce() + Send + 'static) -> Self {
        Self::After(Meanwhile(Arc::new(Mutex::new(Some(Box::new(what))))))
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CutBefore => formatter.write_str("CutBefore"),
            Self::CutRequest(bytes) => write!(formatter, "CutRequest({bytes})"),
            Self::LoseReply => formatter.write_str("LoseReply"),
            Self::CutReply(bytes) => write!(formatter, "CutReply({bytes})"),
            Self::Answer(answer) => write!(formatter, "Answer({})", answer.status),
            Self::After(_) => formatter.write_str("After"),
        }
    }
}

/// A reply that the proxy gives by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Headers besides `Content-Length` and `Connection`.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Something that is done once.
#[derive(Clone)]
pub struct Meanwhile(Arc<Mutex<Option<Deed>>>);

type Deed = Box<dyn FnOnce() + Send>;

impl Meanwhile {
    pub(super) fn happen(&self) {
        let what = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(what) = what {
            what();
        }
    }
}

/// How often a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lasting {
    /// Only the request that was named.
    Once,
    /// That one and every later one that fits: a line that went dead.
    FromThenOn,
}

/// A fault that waits for its request.
#[derive(Debug)]
pub(super) struct Planned {
    when: When,
    fault: Fault,
    lasting: Lasting,
    seen: usize,
}

impl Planned {
    pub(super) fn new(when: When, fault: Fault, lasting: Lasting) -> Self {
        Self { when, fault, lasting, seen: 0 }
    }

    fn strikes(&mut self, number: usize, method: &str, path: &str) -> bool {
        let count = match &self.when.method {
            None => number,
            Some(wanted) if wanted == method && path.contains(&self.when.path_part) => {
                self.seen += 1;
                self.seen
            }
            Some(_) => return false,
        };
        match self.lasting {
            Lasting::Once => count == self.when.nth,
            Lasting::FromThenOn => count >= self.when.nth,
        }
    }
}

pub(super) fn take(planned: &mut [Planned], number: usize, method: &str, path: &str) -> Option<Fault> {
    // Each one is asked, also after the first that fits: they count for themselves.
    let striking: Vec<&Planned> =
        planned.iter_mut().filter_map(|one| one.strikes(number, method, path).then_some(&*one)).collect();
    striking.first().map(|one| one.fault.clone())
}
