//! ^C: the first asks for a good end, the second ends at once.

use std::future::Future;
use std::io;
use std::pin::pin;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Either, pending, select};
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

use super::ending::Failure;
use super::session::Session;

/// Does `work` that changes the world. The first ^C (or SIGTERM) asks it to stop, so that what is in flight comes to its
/// end and nothing new is tried; the second drops the work where it stands. Running again is safe after both.
pub(super) async fn finish_or_drop<T>(
    session: &Session<'_>,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let mut work = pin!(work);
    let mut interrupts = Interrupts::new();
    if let Either::Left((done, _)) = select(work.as_mut(), pin!(interrupts.next())).await {
        return done;
    }
    session.stop().ask();
    session.streams.talk.say("stopping: what is in flight is finished first; once more stops at once");
    match select(work, pin!(interrupts.next())).await {
        Either::Left((done, _)) => done,
        Either::Right(((), _)) => Err(interrupted().into()),
    }
}

/// Does `work` that changes nothing: ^C drops it.
pub(super) async fn drop_at_once<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let mut interrupts = Interrupts::new();
    match select(pin!(work), pin!(interrupts.next())).await {
        Either::Left((done, _)) => done,
        Either::Right(((), _)) => Err(interrupted().into()),
    }
}

/// Serves until the first ^C (or SIGTERM) asks for an end; the second one does not wait for it.
pub(super) async fn serve<W: Future<Output = ()>>(work: impl FnOnce(BoxFuture<'static, ()>) -> W) {
    let (ask, asked) = oneshot::channel::<()>();
    let mut work = pin!(work(asked.map(|_| ()).boxed()));
    let mut interrupts = Interrupts::new();
    if let Either::Left(_) = select(work.as_mut(), pin!(interrupts.next())).await {
        return;
    }
    // Nobody listening means that the work is done.
    let _ = ask.send(());
    select(work, pin!(interrupts.next())).await;
}

fn interrupted() -> Diagnostic {
    Diagnostic::error(Code::Interrupted, Cure::RunAgain, "the run was interrupted")
}

/// The signals that ask a process to end. Where they can't be listened to, they end it as they always do.
struct Interrupts {
    interrupt: io::Result<Signal>,
    terminate: io::Result<Signal>,
}

impl Interrupts {
    fn new() -> Interrupts {
        Interrupts { interrupt: signal(SignalKind::interrupt()), terminate: signal(SignalKind::terminate()) }
    }

    async fn next(&mut self) {
        select(pin!(wait(&mut self.interrupt)), pin!(wait(&mut self.terminate))).await;
    }
}

async fn wait(signal: &mut io::Result<Signal>) {
    match signal {
        Ok(signal) => {
            if signal.recv().await.is_none() {
                pending::<()>().await;
            }
        }
        Err(_) => pending().await,
    }
}
