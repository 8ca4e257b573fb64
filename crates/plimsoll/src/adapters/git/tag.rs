//! Git tags: what a release is made from, and whether that still stands.

use plimsoll_engine::domain::git::{GitLine, GitTag, Oid, TagAt};
use plimsoll_engine::world::error::GitError;
use plimsoll_engine::world::git::{Git, GitView, TagNow};
use plimsoll_engine::world::{Work, WorldError};

use super::commit::Object;
use super::push_report::{Fate, read_fate};
use super::ref_name;
use super::refusal::{Refusal, judge_answer, judge_silence};
use super::remote::{NAME, Remote};
use super::repository::{History, Repository, RepositoryError};
use super::scratch::Amount;

/// The ref of a tag.
pub(super) fn ref_of(tag: &GitTag) -> String {
    format!("refs/tags/{tag}")
}

/// A tag as the remote has it.
pub(super) struct There {
    /// What it points at.
    pub(super) object: Oid,
    /// What is below the tag object; `object` for a lightweight tag.
    pub(super) below: Oid,
}

impl Repository {
    /// Reads a tag: as it is on `remote`, and in this clone where the remote does not have it or none is given. What the
    /// clone lacks of it (CI systems clone single commits) is fetched, and nothing else.
    pub async fn read_tag(&self, tag: &GitTag, remote: Option<&Remote>) -> Result<TagAt, RepositoryError> {
        let missing = || RepositoryError::TagMissing { tag: tag.clone(), remote: remote.map(Remote::shown) };
        let name = ref_of(tag);
        ref_name::check(&name).map_err(|_| missing())?;
        if let Some(remote) = remote
            && let Some(there) = self.find_both(remote, tag).await?
        {
            let (object, below) = self.read_object_of(tag, &there, remote).await?;
            let commit = commit_below(tag, below)?;
            return Ok(TagAt { name: tag.clone(), object, commit, on_remote: true });
        }
        let names = [name.clone(), format!("{name}^{{}}")];
        let mut found = self.find_objects(&names).await?.into_iter();
        let object = found.next().flatten().ok_or_else(missing)?.oid;
        let below =
            found.next().flatten().ok_or_else(|| RepositoryError::Lacking { object: object.clone() })?;
        let commit = commit_below(tag, below)?;
        Ok(TagAt { name: tag.clone(), object, commit, on_remote: false })
    }

    /// What a tag points at on the remote.
    pub(super) async fn find_remote_tag(
        &self,
        remote: &Remote,
        tag: &GitTag,
    ) -> Result<Option<Oid>, GitError> {
        Ok(self.find_both(remote, tag).await?.map(|both| both.object))
    }

    async fn find_both(&self, remote: &Remote, tag: &GitTag) -> Result<Option<There>, GitError> {
        let name = ref_of(tag);
        let names = [name.clone(), format!("{name}^{{}}")];
        let found = self.read_remote_refs(remote, &names).await?;
        let find =
            |wanted: &String| found.iter().find(|(_, name)| name == wanted).map(|(oid, _)| oid.clone());
        let [object, below] = names.each_ref().map(find);
        Ok(object.map(|object| There { below: below.unwrap_or_else(|| object.clone()), object }))
    }

    /// Makes the object that the remote's tag points at, and what is below it, readable here.
    pub(super) async fn ensure_tag_object(
        &self,
        remote: &Remote,
        tag: &GitTag,
        there: &There,
    ) -> Result<Oid, GitError> {
        let found = self.find_objects(&[there.object.to_string(), there.below.to_string()]).await?;
        let has_commit = match found.as_slice() {
            [Some(_), Some(_)] => return Ok(there.object.clone()),
            [_, below] => below.is_some(),
            _ => false,
        };
        // CI systems clone the commit and leave the tag object out: then that alone is missing.
        let amount = match self.history() {
            History::Shallow if !has_commit => Amount::OneCommit,
            History::Shallow | History::Whole => Amount::Missing,
        };
        let fetched = self.fetch(remote, &ref_of(tag), amount).await?;
        let oid = self.scratch_call("rev-parse").await?.args(["--verify", "--quiet", &fetched]);
        let oid = super::repository::text(&oid.success().await?);
        // Between the two questions the tag may have moved: what came is what is read.
        let broken =
            |_| GitError::Failed { command: "rev-parse".into(), why: format!("`{oid}` is no object") };
        oid.parse().map_err(broken)
    }

    async fn read_object_of(
        &self,
        tag: &GitTag,
        there: &There,
        remote: &Remote,
    ) -> Result<(Oid, Object), RepositoryError> {
        let object = self.ensure_tag_object(remote, tag, there).await?;
        let below = self.find_objects(&[format!("{object}^{{}}")]).await?.into_iter().next().flatten();
        match below {
            Some(below) => Ok((object, below)),
            None => {
                let why = format!("{} was fetched and is not there", ref_of(tag));
                Err(GitError::Failed { command: "fetch".into(), why }.into())
            }
        }
    }
}

fn commit_below(tag: &GitTag, below: Object) -> Result<Oid, RepositoryError> {
    match below.kind.as_str() {
        "commit" => Ok(below.oid),
        _ => Err(RepositoryError::TagNotACommit { tag: tag.clone(), found: below.kind }),
    }
}

/// The role of git in a release: on the remote, or in this clone alone.
pub(crate) struct GitTags {
    repository: Repository,
    remote: Option<Remote>,
}

impl GitTags {
    /// Tags of the remote; of the clone where there is none.
    pub(crate) fn new(repository: Repository, remote: Option<Remote>) -> GitTags {
        GitTags { repository, remote }
    }

    async fn look(&self, tag: &TagAt) -> Result<TagNow, GitError> {
        ref_name::check(&ref_of(&tag.name))?;
        if let Some(remote) = &self.remote {
            let there = self.repository.find_remote_tag(remote, &tag.name).await?;
            match there {
                Some(object) if object == tag.object => return Ok(TagNow::Same),
                Some(object) => return Ok(TagNow::Other(object)),
                None if tag.on_remote => return Ok(TagNow::Gone),
                None => {}
            }
        }
        let here = self.repository.find_objects(&[ref_of(&tag.name)]).await?.into_iter().next().flatten();
        Ok(match here {
            Some(object) if object.oid == tag.object => TagNow::Same,
            Some(object) => TagNow::Other(object.oid),
            None => TagNow::Gone,
        })
    }

    async fn find_commit(&self, tag: &GitTag) -> Result<Option<Oid>, GitError> {
        let name = ref_of(tag);
        ref_name::check(&name)?;
        if let Some(remote) = &self.remote {
            return Ok(self.repository.find_both(remote, tag).await?.map(|there| there.below));
        }
        let below = self.repository.find_objects(&[format!("{name}^{{}}")]).await?;
        Ok(below.into_iter().flatten().next().map(|object| object.oid))
    }

    async fn make(&self, tag: &GitTag, commit: &Oid) -> Result<(), WorldError> {
        let Some(remote) = &self.remote else {
            return Ok(self.repository.make_tag_ref(tag, commit).await?);
        };
        self.repository.push_tag_ref(tag, commit, remote).await.map_err(|refusal| match refusal {
            Refusal::Refused => WorldError::Refused,
            Refusal::Git(error) => error.into(),
        })
    }

    async fn delete(&self, tag: &GitTag, object: &Oid) -> Result<(), GitError> {
        let name = ref_of(tag);
        ref_name::check(&name)?;
        if let Some(remote) = &self.remote
            && let Some(there) = self.repository.find_remote_tag(remote, tag).await?
        {
            let moved = || GitError::Failed {
                command: "push".into(),
                why: format!("tag {tag} was moved to {there}"),
            };
            if there != *object {
                return Err(moved());
            }
            let push = self.repository.remote_call(remote, "push").await?;
            let lease = format!("--force-with-lease={name}:{object}");
            let output = push.args(["--porcelain", &lease, NAME, &format!(":{name}")]).output().await?;
            match read_fate(&output, &name) {
                Some(Fate::Done) => {}
                Some(Fate::UpToDate) => return Err(moved()),
                Some(Fate::Rejected(why)) => match judge_answer(&remote.shown(), &why) {
                    Refusal::Refused => return Err(moved()),
                    Refusal::Git(error) => return Err(error),
                },
                None => return Err(judge_silence(&remote.shown(), "push", &output.stderr)),
            }
        }
        // CI systems keep a tag under another object: such a tag is theirs.
        let here = self.repository.find_objects(std::slice::from_ref(&name)).await?;
        if here.into_iter().flatten().any(|here| here.oid == *object) {
            let update = self.repository.guarded_call("update-ref").await?;
            update.args(["-d", &name, object.as_str()]).success().await?;
        }
        Ok(())
    }
}

impl GitView for GitTags {
    fn tag<'a>(&'a self, tag: &'a TagAt) -> Work<'a, TagNow> {
        Box::pin(async move { self.look(tag).await.map_err(WorldError::from) })
    }

    fn line<'a>(&'a self, line: &'a GitLine, until: &'a Oid) -> Work<'a, Vec<Oid>> {
        let read = self.repository.read_line(line, until, self.remote.as_ref());
        Box::pin(async move { read.await.map_err(WorldError::from) })
    }

    fn find_tag<'a>(&'a self, tag: &'a GitTag) -> Work<'a, Option<Oid>> {
        Box::pin(async move { self.find_commit(tag).await.map_err(WorldError::from) })
    }
}

impl Git for GitTags {
    fn make_tag<'a>(&'a self, tag: &'a GitTag, commit: &'a Oid) -> Work<'a, ()> {
        Box::pin(self.make(tag, commit))
    }

    fn delete_tag<'a>(&'a self, tag: &'a GitTag, object: &'a Oid) -> Work<'a, ()> {
        Box::pin(async move { self.delete(tag, object).await.map_err(WorldError::from) })
    }
}

#[cfg(test)]
mod tests;
