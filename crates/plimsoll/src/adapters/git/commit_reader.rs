//! Commits by any name, from a git that is started before anybody knows what to ask it for.
//!
//! A command that has little else to do waits mostly for git to start. This one starts while the repository is looked
//! for and the configuration is read.

use std::io;
use std::path::Path;

use plimsoll_engine::world::error::GitError;
use plimsoll_http::secret::Redactor;
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::JoinHandle;

use super::commit::{Commit, parse_committer_time};
use super::object_answer::parse_object_head;
use super::program::GitProgram;
use crate::adapters::process::Conversation;
use crate::variables::Variables;

/// How many bytes of commits are read.
const LIMIT: u64 = 64 * 1024 * 1024;

/// A `git cat-file --batch` that is asked for HEAD, and waits for further questions.
pub struct CommitReader(JoinHandle<Result<Conversation, GitError>>);

impl CommitReader {
    /// Starts it in a folder, beside what the caller goes on with. If it can't be started, or if that is in no
    /// repository, [`CommitReader::read`] tells.
    pub fn start(from: &Path, variables: &Variables, redactor: &Redactor) -> CommitReader {
        let call = GitProgram::new(variables, redactor).call(from, "cat-file").arg("--batch");
        CommitReader(tokio::spawn(async move {
            let mut conversation = call.converse()?;
            // It fits into the pipe: nobody waits for git to read it.
            let asked = conversation.questions.write_all(question("HEAD").as_bytes()).await;
            asked.map_err(|error| failed(&error.to_string()))?;
            Ok(conversation)
        }))
    }

    /// The commit at HEAD, and those that names of this clone lead to; `None` where one leads to none.
    ///
    /// # Errors
    /// Git can't be started, or ends without an answer.
    pub async fn read(self, names: &[&str]) -> Result<(Option<Commit>, Vec<Option<Commit>>), GitError> {
        let questions: String = names.iter().map(|name| question(name)).collect();
        let conversation = self.0.await.map_err(|error| failed(&error.to_string()))??;
        let (mut ask, mut answers) = (conversation.questions, conversation.answers.take(LIMIT));
        let asking = async {
            let asked = ask.write_all(questions.as_bytes()).await;
            asked.map_err(|error| failed(&error.to_string()))
        };
        let reading = async {
            let head = read_commit(&mut answers).await?;
            let mut found = Vec::with_capacity(names.len());
            for _ in names {
                found.push(read_commit(&mut answers).await?);
            }
            Ok((head, found))
        };
        // It has said all that is wanted: nobody waits for its end.
        let ((), found) = futures_util::try_join!(asking, reading)?;
        Ok(found)
    }
}

fn question(name: &str) -> String {
    // A line break would be a further question.
    if name.contains('\n') { "\n".to_owned() } else { format!("{name}^{{commit}}\n") }
}

/// Reads one answer of `git cat-file --batch`: `oid SP commit SP size LF`, the commit, LF. Any other line (`name
/// missing`) is absence.
async fn read_commit(answers: &mut (impl AsyncBufRead + Unpin)) -> Result<Option<Commit>, GitError> {
    let broken = |error: io::Error| failed(&error.to_string());
    let mut line = Vec::new();
    answers.read_until(b'\n', &mut line).await.map_err(broken)?;
    let line = line.strip_suffix(b"\n").ok_or_else(|| failed("it ended without an answer"))?;
    let head = std::str::from_utf8(line).ok().and_then(parse_object_head);
    let Some(head) = head.filter(|head| head.kind == "commit") else { return Ok(None) };
    let mut bytes = Vec::new();
    answers.take(head.size.saturating_add(1)).read_to_end(&mut bytes).await.map_err(broken)?;
    if !bytes.ends_with(b"\n") || u64::try_from(bytes.len()) != Ok(head.size.saturating_add(1)) {
        return Err(failed("it ended within an answer"));
    }
    let commit = |(oid, time)| Commit { oid, time };
    Ok(head.oid.parse().ok().zip(parse_committer_time(&bytes)).map(commit))
}

fn failed(why: &str) -> GitError {
    GitError::Failed { command: "cat-file".into(), why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use plimsoll_engine::domain::git::Oid;
    use plimsoll_testkit::env::Environment;
    use plimsoll_testkit::repo::Repo;
    use proptest::prelude::*;

    use super::*;
    use crate::adapters::git::tests::variables;

    fn start(folder: &Path, environment: &Environment) -> CommitReader {
        CommitReader::start(folder, &variables(environment), &Redactor::new())
    }

    #[tokio::test]
    async fn several_names_are_one_question() {
        let repo = Repo::init(&Environment::new(), "repo");
        let start = || start(repo.path(), repo.environment());
        assert_eq!(start().read(&["v1.0.0"]).await.unwrap(), (None, vec![None]));
        let first: Oid = repo.commit("one").parse().unwrap();
        repo.annotated_tag("v1.0.0");
        let second: Oid = repo.write("a", "1").commit("two").parse().unwrap();
        let names = ["refs/tags/v1.0.0", "refs/tags/none", "a\nHEAD", "HEAD", first.as_str()];
        let (head, found) = start().read(&names).await.unwrap();
        assert_eq!(head.map(|commit| commit.oid), Some(second.clone()));
        let found: Vec<_> = found.into_iter().map(|commit| commit.map(|commit| commit.oid)).collect();
        assert_eq!(found, [Some(first.clone()), None, None, Some(second), Some(first)]);
    }

    #[tokio::test]
    async fn outside_of_a_repository_git_says_nothing() {
        let environment = Environment::new();
        let folder = tempfile::tempdir().unwrap();
        let error = start(folder.path(), &environment).read(&["HEAD"]).await.unwrap_err();
        assert!(matches!(error, GitError::Failed { .. }), "{error}");
    }

    #[tokio::test]
    async fn half_an_answer_is_an_error() {
        let whole =
            b"1234567890123456789012345678901234567890 commit 25\ncommitter B <b@c> 7 +0000\nnext missing\n";
        let mut rest = whole.as_slice();
        assert_eq!(read_commit(&mut rest).await.unwrap().unwrap().time.0, 7);
        assert_eq!(read_commit(&mut rest).await.unwrap(), None);
        read_commit(&mut rest).await.unwrap_err();
        for length in 0..77 {
            read_commit(&mut whole.split_at(length).0).await.expect_err("a part is taken for the whole");
        }
    }

    proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let _ = read_commit(&mut bytes.as_slice()).now_or_never();
        }
    }
}
