//! Git tags that are made here and pushed: the one thing that is added to the user's repository, when he asks for it.

use plimsoll_engine::domain::git::{GitTag, Oid, TagAt};
use plimsoll_engine::world::error::GitError;

use super::push_report::{Fate, read_fate};
use super::ref_name;
use super::refusal::{Refusal, judge_answer, judge_silence};
use super::remote::{NAME, Remote};
use super::repository::{Repository, RepositoryError, text};
use super::tag::ref_of;

/// Whether a tag object carries a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signed {
    /// It does. Nobody has verified it.
    Yes,
    /// It does not.
    No,
}

impl Repository {
    /// Makes an annotated tag on a commit, here. Git signs it where it is set up to (`tag.gpgSign`, git-config(1)).
    ///
    /// # Errors
    /// There is such a tag, or git can't make it.
    pub async fn make_tag(
        &self,
        tag: &GitTag,
        commit: &Oid,
        message: &str,
    ) -> Result<TagAt, RepositoryError> {
        ref_name::check(&ref_of(tag))?;
        let make = self.guarded_call("tag").await?.args([
            "--annotate",
            "--message",
            message,
            &tag.0,
            commit.as_str(),
        ]);
        make.success().await?;
        self.read_tag(tag, None).await
    }

    /// Makes a lightweight tag on a commit, here.
    ///
    /// # Errors
    /// There is such a tag, or git can't make it.
    pub async fn make_lightweight_tag(&self, tag: &GitTag, commit: &Oid) -> Result<TagAt, RepositoryError> {
        self.make_tag_ref(tag, commit).await?;
        self.read_tag(tag, None).await
    }

    /// Takes a tag away, here, as long as it is this object.
    ///
    /// # Errors
    /// It is another object by now, or git can't take it away.
    pub async fn take_back_tag(&self, tag: &TagAt) -> Result<(), RepositoryError> {
        let update = self.guarded_call("update-ref").await?;
        update.args(["-d", &ref_of(&tag.name), tag.object.as_str()]).success().await?;
        Ok(())
    }

    /// Gives an object the name of a tag, here.
    ///
    /// # Errors
    /// There is such a tag, or git can't make it.
    pub(super) async fn make_tag_ref(&self, tag: &GitTag, object: &Oid) -> Result<(), GitError> {
        let name = ref_of(tag);
        ref_name::check(&name)?;
        // No old value: there must be none.
        let update = self.guarded_call("update-ref").await?;
        update.args([&name, object.as_str(), ""]).success().await?;
        Ok(())
    }

    /// Pushes a tag. One that the remote has as another object stays what it is there.
    ///
    /// # Errors
    /// The remote can't be reached, does not allow it, or has another tag of this name.
    pub async fn push_tag(&self, tag: &TagAt, remote: &Remote) -> Result<(), RepositoryError> {
        self.push_tag_ref(&tag.name, &tag.object, remote).await.map_err(|refusal| match refusal {
            Refusal::Refused => {
                let why = format!("the remote has another tag {}", tag.name);
                GitError::Failed { command: "push".into(), why }.into()
            }
            Refusal::Git(error) => error.into(),
        })
    }

    /// Gives an object the name of a tag on the remote. One that the remote has as another object stays what it is there,
    /// which is a refusal.
    pub(super) async fn push_tag_ref(
        &self,
        tag: &GitTag,
        object: &Oid,
        remote: &Remote,
    ) -> Result<(), Refusal> {
        let name = ref_of(tag);
        ref_name::check(&name)?;
        let push = self.remote_call(remote, "push").await?;
        let lease = format!("--force-with-lease={name}:");
        let output = push.args(["--porcelain", &lease, NAME, &format!("{object}:{name}")]).output().await?;
        match read_fate(&output, &name) {
            Some(Fate::Done | Fate::UpToDate) => Ok(()),
            Some(Fate::Rejected(why)) => Err(judge_answer(&remote.shown(), &why)),
            None => Err(judge_silence(&remote.shown(), "push", &output.stderr).into()),
        }
    }

    /// Whether a tag is signed.
    ///
    /// # Errors
    /// It can't be read.
    pub async fn observe_signature(&self, tag: &TagAt) -> Result<Signed, RepositoryError> {
        if tag.object == tag.commit {
            return Ok(Signed::No);
        }
        let object = self.call("cat-file").args(["tag", tag.object.as_str()]).success().await?;
        // Armour of OpenPGP, SSH and X.509 begins alike.
        Ok(if text(&object).contains("\n-----BEGIN ") { Signed::Yes } else { Signed::No })
    }
}
