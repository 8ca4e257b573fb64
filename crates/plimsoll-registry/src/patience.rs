//! A bound on waiting for the other side. It begins anew with everything that the other side takes or gives: who is slow is
//! waited for, who does nothing holds no place for ever.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// How long one side is waited for.
#[derive(Debug)]
struct Patience {
    limit: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
}

impl Patience {
    fn new(limit: Duration) -> Patience {
        Patience { limit, waiting: None }
    }

    /// Something went on.
    fn renew(&mut self) {
        self.waiting = None;
    }

    /// Nothing goes on; an error when that was so for too long.
    fn wait<T>(&mut self, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        let limit = self.limit;
        ready!(self.waiting.get_or_insert_with(|| Box::pin(sleep(limit))).as_mut().poll(context));
        let why = format!("nothing went on for {limit:?}");
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, why)))
    }
}

/// A connection whose other end is not waited for without end until it reads. Heads have a bound of their own, and bodies
/// are [`PatientBody`].
#[derive(Debug)]
pub(crate) struct PatientWriter<S> {
    inner: S,
    patience: Patience,
}

impl<S> PatientWriter<S> {
    pub(crate) fn new(inner: S, limit: Duration) -> PatientWriter<S> {
        PatientWriter { inner, patience: Patience::new(limit) }
    }

    /// What came of a write: bytes that were taken begin the wait anew.
    fn written(
        &mut self,
        context: &mut Context<'_>,
        write: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match write {
            Poll::Pending => self.patience.wait(context),
            Poll::Ready(written) => {
                self.patience.renew();
                Poll::Ready(written)
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for PatientWriter<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        to: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_read(context, to)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for PatientWriter<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let write = Pin::new(&mut this.inner).poll_write(context, bytes);
        this.written(context, write)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let write = Pin::new(&mut this.inner).poll_write_vectored(context, pieces);
        this.written(context, write)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        match Pin::new(&mut this.inner).poll_flush(context) {
            Poll::Pending => this.patience.wait(context),
            done => done,
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        match Pin::new(&mut this.inner).poll_shutdown(context) {
            Poll::Pending => this.patience.wait(context),
            done => done,
        }
    }
}

/// The body of a request whose sender is not waited for without end.
#[derive(Debug)]
pub(crate) struct PatientBody<B> {
    inner: B,
    patience: Patience,
}

impl<B> PatientBody<B> {
    pub(crate) fn new(inner: B, limit: Duration) -> PatientBody<B> {
        PatientBody { inner, patience: Patience::new(limit) }
    }
}

impl<B: Body<Data = Bytes, Error = io::Error> + Unpin> Body for PatientBody<B> {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = self.get_mut();
        match Pin::new(&mut this.inner).poll_frame(context) {
            Poll::Pending => this.patience.wait(context).map(Some),
            frame => {
                this.patience.renew();
                frame
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
