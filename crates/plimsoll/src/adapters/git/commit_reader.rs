//! Commits by any name, from a git that is started before anybody knows what to ask it for.
//!
//! A command that has little else to do waits mostly for git to start. This one starts while the repository is looked
//! for and the configuration is read.

use std::path::Path;

use plimsoll_engine::world::error::GitError;
use plimsoll_http::secret::Redactor;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::commit::{Commit, parse_committer_time};
use super::object_answer::{split_bytes, split_head};
use super::program::GitProgram;
use crate::adapters::process::Conversation;
use crate::variables::Variables;

/// How many bytes of commits are read.
const LIMIT: u64 = 64 * 1024 * 1024;

/// A `git cat-file --batch` that waits for its questions.
pub struct CommitReader(Conversation);

impl CommitReader {
    /// Starts it in a folder. If that is in no repository, [`CommitReader::read`] finds a git that says nothing.
    pub fn start(from: &Path, variables: &Variables, redactor: &Redactor) -> Result<CommitReader, GitError> {
        let call = GitProgram::new(variables, redactor).call(from, "cat-file").arg("--batch");
        Ok(CommitReader(call.converse()?))
    }

    /// The commits that names of this clone lead to; `None` where one leads to none.
    pub async fn read(self, names: &[&str]) -> Result<Vec<Option<Commit>>, GitError> {
        // A line break would be a further question.
        let line =
            |name: &&str| if name.contains('\n') { "\n".to_owned() } else { format!("{name}^{{commit}}\n") };
        let questions: String = names.iter().map(line).collect();
        let conversation = self.0;
        let (mut ask, mut answers) = (conversation.questions, conversation.answers.take(LIMIT));
        let asking = async move { ask.write_all(questions.as_bytes()).await };
        let mut said = Vec::new();
        futures_util::try_join!(asking, answers.read_to_end(&mut said))
            .map_err(|error| failed(&error.to_string()))?;
        let mut rest = said.as_slice();
        names
            .iter()
            .map(|_| parse_commit(&mut rest).ok_or_else(|| failed("it ended without an answer")))
            .collect()
    }
}

/// Takes one answer of `git cat-file --batch`: `oid SP commit SP size LF`, the commit, LF. Any other line (`name
/// missing`) is absence; `None` if there is no answer, or only a part of one.
fn parse_commit(rest: &mut &[u8]) -> Option<Option<Commit>> {
    let (head, after) = split_head(rest)?;
    *rest = after;
    let Some(head) = head.filter(|head| head.kind == "commit") else { return Some(None) };
    let (bytes, after) = split_bytes(rest, head.size)?;
    *rest = after;
    let commit = |(oid, time)| Commit { oid, time };
    Some(head.oid.parse().ok().zip(parse_committer_time(bytes)).map(commit))
}

fn failed(why: &str) -> GitError {
    GitError::Failed { command: "cat-file".into(), why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use plimsoll_engine::domain::git::Oid;
    use plimsoll_testkit::env::Environment;
    use plimsoll_testkit::repo::Repo;
    use proptest::prelude::*;

    use super::*;
    use crate::adapters::git::tests::variables;

    fn start(folder: &Path, environment: &Environment) -> CommitReader {
        CommitReader::start(folder, &variables(environment), &Redactor::new()).unwrap()
    }

    #[tokio::test]
    async fn several_names_are_one_question() {
        let repo = Repo::init(&Environment::new(), "repo");
        let start = || start(repo.path(), repo.environment());
        assert_eq!(start().read(&["HEAD"]).await.unwrap(), [None]);
        let first: Oid = repo.commit("one").parse().unwrap();
        repo.annotated_tag("v1.0.0");
        let second: Oid = repo.write("a", "1").commit("two").parse().unwrap();
        let names = ["refs/tags/v1.0.0", "refs/tags/none", "a\nHEAD", "HEAD", first.as_str()];
        let found = start().read(&names).await.unwrap();
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

    #[test]
    fn half_an_answer_is_none() {
        let whole =
            b"1234567890123456789012345678901234567890 commit 25\ncommitter B <b@c> 7 +0000\nnext missing\n";
        let mut rest = whole.as_slice();
        assert_eq!(parse_commit(&mut rest).unwrap().unwrap().time.0, 7);
        assert_eq!(parse_commit(&mut rest), Some(None));
        assert_eq!(parse_commit(&mut rest), None);
        for length in 0..77 {
            assert_eq!(parse_commit(&mut whole.split_at(length).0), None, "{length}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let _ = parse_commit(&mut bytes.as_slice());
        }
    }
}
