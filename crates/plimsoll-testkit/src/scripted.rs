//! What scripted services have in common: faults that are planned ahead, and the record of all that was said.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::fault_registry::wire::{Answer, Head};

/// A request and its answer.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The method.
    pub method: String,
    /// The path below the interface's root, as sent.
    pub path: String,
    /// The query.
    pub query: String,
    /// What was sent, if it is JSON.
    pub sent: Option<Value>,
    /// The status.
    pub status: u16,
    /// What came back, if it is JSON.
    pub received: Option<Value>,
}

impl Exchange {
    /// A request for a path, and its answer.
    pub(crate) fn of(head: &Head, path: &str, body: &[u8], answer: &Answer) -> Exchange {
        let is_json = answer.headers.iter().any(|(_, value)| value.starts_with("application/json"));
        Exchange {
            method: head.method.clone(),
            path: path.to_owned(),
            query: head.query.clone(),
            sent: serde_json::from_slice(body).ok(),
            status: answer.status,
            received: is_json.then(|| serde_json::from_slice(&answer.body).ok()).flatten(),
        }
    }
}

/// Faults of a service, and what was said to it.
#[derive(Debug)]
pub(crate) struct Script<F> {
    planned: Mutex<Vec<Planned<F>>>,
    exchanges: Mutex<Vec<Exchange>>,
}

#[derive(Debug)]
struct Planned<F> {
    method: &'static str,
    path: String,
    skip: usize,
    times: usize,
    fault: F,
}

impl<F> Default for Script<F> {
    fn default() -> Self {
        Script { planned: Mutex::default(), exchanges: Mutex::default() }
    }
}

impl<F: Clone> Script<F> {
    /// From now on the next `times` requests with this method, whose path contains `path`, go wrong; before them `skip`
    /// go well.
    pub(crate) fn plan(&self, method: &'static str, path: &str, skip: usize, times: usize, fault: F) {
        lock(&self.planned).push(Planned { method, path: path.to_owned(), skip, times, fault });
    }

    /// From now on everything goes well.
    pub(crate) fn end_faults(&self) {
        lock(&self.planned).clear();
    }

    /// What goes wrong with a request.
    pub(crate) fn due(&self, head: &Head) -> Option<F> {
        let mut planned = lock(&self.planned);
        let planned = planned.iter_mut().find(|planned| {
            planned.times > 0 && planned.method == head.method && head.path.contains(&planned.path)
        })?;
        if planned.skip > 0 {
            planned.skip -= 1;
            return None;
        }
        planned.times -= 1;
        Some(planned.fault.clone())
    }

    /// Keeps what was said.
    pub(crate) fn note(&self, exchange: Exchange) {
        lock(&self.exchanges).push(exchange);
    }

    /// Everything that was asked and answered.
    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        lock(&self.exchanges).clone()
    }

    /// Every request that changes something, as `METHOD path`.
    pub(crate) fn changes(&self) -> Vec<String> {
        let exchanges = lock(&self.exchanges);
        let changing =
            exchanges.iter().filter(|exchange| !matches!(exchange.method.as_str(), "GET" | "HEAD"));
        changing.map(|one| format!("{} {}", one.method, one.path)).collect()
    }
}

/// A lock that a panicking test may have poisoned: such a test has failed anyway.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
