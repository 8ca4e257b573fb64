//! Programs that work for a long time: what they say is heard line by line, as it comes.

use std::pin::pin;
use std::process::Stdio;

use futures_util::StreamExt as _;
use futures_util::future::{Either, select};
use futures_util::stream::{self, Stream};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::time::timeout;

use super::{GRACE, Invocation, ProcessError};

/// How much of a line without an end is held, in bytes.
const LINE_LIMIT: usize = 16 * 1024;

impl Invocation {
    /// Runs the program to its end, whatever its exit code, and hands on every line of both of its streams, known
    /// secrets replaced. `None` is the exit code of a program that a signal ended.
    pub(crate) async fn follow(self, mut hear: impl FnMut(&str) + Send) -> Result<Option<i32>, ProcessError> {
        let mut running = self.spawn(Stdio::null(), Stdio::piped())?;
        let spoken = stream::select(lines(running.0.stdout.take()), lines(running.0.stderr.take()));
        let mut spoken = pin!(spoken);
        let mut hear = |line: Vec<u8>| hear(&self.redactor.redact(&String::from_utf8_lossy(&line)));
        let work = async {
            loop {
                let ended = pin!(running.0.wait());
                match select(spoken.next(), ended).await {
                    Either::Left((Some(line), _)) => hear(line),
                    Either::Left((None, ended)) => return ended.await,
                    Either::Right((status, _)) => {
                        // What it left running may hold the streams open.
                        while let Ok(Some(line)) = timeout(GRACE, spoken.next()).await {
                            hear(line);
                        }
                        return status;
                    }
                }
            }
        };
        let silent = || ProcessError::Silent { program: self.name(), patience: self.patience };
        let status = timeout(self.patience, work).await.map_err(|_| silent())?;
        Ok(status.map_err(|error| self.broken(&error))?.code())
    }
}

/// The lines of a stream, without their ends.
fn lines(pipe: Option<impl AsyncRead + Unpin + Send>) -> impl Stream<Item = Vec<u8>> + Send {
    let begin = (pipe, Vec::new());
    let pieces = stream::unfold(begin, |(pipe, mut held)| async move {
        let mut pipe = pipe?;
        let mut piece = [0; 8192];
        let count = pipe.read(&mut piece).await.unwrap_or(0);
        held.extend(piece.iter().take(count));
        let mut whole: Vec<Vec<u8>> = Vec::new();
        while let Some(end) = held.iter().position(|byte| *byte == b'\n') {
            let mut line: Vec<u8> = held.drain(..=end).collect();
            line.pop();
            if line.last() == Some(&b'\r') {
                line.pop();
            }
            whole.push(line);
        }
        if held.len() > LINE_LIMIT || (count == 0 && !held.is_empty()) {
            whole.push(std::mem::take(&mut held));
        }
        Some((stream::iter(whole), ((count > 0).then_some(pipe), held)))
    });
    Box::pin(pieces.flatten())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use plimsoll_http::secret::{Redactor, Secret};

    use super::*;
    use crate::variables::Variables;

    fn shell(script: &str, redactor: &Redactor) -> Invocation {
        let variables: Variables = [("PATH", "/usr/bin:/bin")].into_iter().collect();
        Invocation::new("sh", variables, redactor).args(["-c", script])
    }

    async fn heard(script: &str) -> (Result<Option<i32>, ProcessError>, Vec<String>) {
        let redactor = Redactor::new();
        redactor.add(&Secret::new("hunter2-hunter2"));
        let mut heard = Vec::new();
        let call = shell(script, &redactor).patience(Duration::from_millis(700));
        let end = call.follow(|line| heard.push(line.to_owned())).await;
        heard.sort();
        (end, heard)
    }

    #[tokio::test]
    async fn both_streams_are_heard_without_secrets() {
        let (end, heard) = heard("echo b; echo hunter2-hunter2 >&2; printf 'c\\r\\nlast'; exit 3").await;
        assert_eq!(end, Ok(Some(3)));
        assert_eq!(heard.len(), 4, "{heard:?}");
        assert_eq!(heard.iter().filter(|line| matches!(line.as_str(), "b" | "c" | "last")).count(), 3);
        assert!(!heard.iter().any(|line| line.contains("hunter2")), "{heard:?}");
    }

    #[tokio::test]
    async fn what_it_leaves_running_is_not_waited_for() {
        let (end, heard) = heard("sleep 5 & echo a").await;
        assert_eq!((end, heard), (Ok(Some(0)), vec!["a".to_owned()]));
    }

    #[tokio::test]
    async fn patience_ends_and_signals_are_told() {
        let (end, heard_before) = heard("echo a; sleep 30").await;
        assert!(matches!(end, Err(ProcessError::Silent { .. })), "{end:?}");
        assert_eq!(heard_before, ["a"]);
        assert_eq!(heard("kill -9 $$").await.0, Ok(None));
    }
}
