//! Connections that are opened before there is a request for them.
//!
//! The HTTP library opens a connection when a request has none to go by, so that many requests at once each wait for a
//! round trip first. Here connections are opened while something else is waited for, and are handed to the library when it
//! asks for one. Two of its clients share them: one that opens them for later, one that takes them.

use std::any::Any;
use std::collections::{HashMap, VecDeque};
use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;
use tower_layer::Layer;
use tower_service::Service;

/// How long a connection waits for a request. Servers close those that nobody speaks on, most of them after a minute.
const KEPT: Duration = Duration::from_secs(5);

type LibraryError = Box<dyn std::error::Error + Send + Sync>;

/// Connections that stand, or will soon, by where they lead. The library does not name their type.
#[derive(Clone, Debug, Default)]
pub(super) struct Stock(Arc<Mutex<HashMap<String, VecDeque<Promise>>>>);

#[derive(Debug)]
struct Promise {
    since: Instant,
    connection: oneshot::Receiver<Box<dyn Any + Send>>,
}

impl Stock {
    /// For the client that opens connections for later. Each of its requests ends with an error once that is done.
    pub(super) fn filling(&self) -> Supplied {
        Supplied { stock: self.clone(), use_of_it: Use::Fill }
    }

    /// For the client that sends requests.
    pub(super) fn taking(&self) -> Supplied {
        Supplied { stock: self.clone(), use_of_it: Use::Take }
    }

    /// Closes connections that nobody came for, once their time is over.
    pub(super) async fn let_go(&self) {
        tokio::time::sleep(KEPT).await;
        let mut stock = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stock.values_mut().for_each(|waiting| waiting.retain(Promise::is_fresh));
        stock.retain(|_, waiting| !waiting.is_empty());
    }

    fn promise(&self, place: String) -> oneshot::Sender<Box<dyn Any + Send>> {
        let (sender, connection) = oneshot::channel();
        let promise = Promise { since: Instant::now(), connection };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(place).or_default().push_back(promise);
        sender
    }

    fn take(&self, place: &str) -> Option<Promise> {
        let mut stock = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = stock.get_mut(place)?;
        std::iter::from_fn(|| waiting.pop_front()).find(Promise::is_fresh)
    }
}

impl Promise {
    fn is_fresh(&self) -> bool {
        self.since.elapsed() < KEPT
    }
}

#[derive(Clone, Copy, Debug)]
enum Use {
    Fill,
    Take,
}

/// Puts the stock around what opens connections.
#[derive(Clone, Debug)]
pub(super) struct Supplied {
    stock: Stock,
    use_of_it: Use,
}

impl<S> Layer<S> for Supplied {
    type Service = SuppliedConnector<S>;

    fn layer(&self, inner: S) -> Self::Service {
        SuppliedConnector { supplied: self.clone(), inner }
    }
}

/// What opens connections, with the stock around it.
#[derive(Clone, Debug)]
pub(super) struct SuppliedConnector<S> {
    supplied: Supplied,
    inner: S,
}

/// A connection was opened for later.
#[derive(Debug, thiserror::Error)]
#[error("the connection was opened for later")]
struct ForLater;

impl<S, To> Service<To> for SuppliedConnector<S>
where
    S: Service<To, Error = LibraryError> + Clone + Send + 'static,
    S::Response: Send + 'static,
    S::Future: Send + 'static,
    To: Debug + Send + 'static,
{
    type Response = S::Response;
    type Error = LibraryError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, LibraryError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), LibraryError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, to: To) -> Self::Future {
        // The one that was ready is used, and another kept.
        let another = self.inner.clone();
        let mut connector = std::mem::replace(&mut self.inner, another);
        // The library shows where a connection leads in this way only: scheme, host and port.
        let place = format!("{to:?}");
        let Supplied { stock, use_of_it } = &self.supplied;
        match use_of_it {
            Use::Fill => {
                let promise = stock.promise(place);
                Box::pin(async move {
                    // Whoever was promised it may have gone.
                    let _ = promise.send(Box::new(connector.call(to).await?));
                    Err(ForLater.into())
                })
            }
            Use::Take => match stock.take(&place) {
                Some(promise) => Box::pin(async move {
                    match promise.connection.await.map(|connection| connection.downcast()) {
                        Ok(Ok(connection)) => Ok(*connection),
                        // It could not be opened; the next attempt says why.
                        _ => connector.call(to).await,
                    }
                }),
                None => Box::pin(connector.call(to)),
            },
        }
    }
}
