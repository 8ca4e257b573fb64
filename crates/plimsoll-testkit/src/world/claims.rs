//! Claims and git tags on the remote.

use std::sync::Arc;

use plimsoll_engine::domain::artifact::ArtifactName;
use plimsoll_engine::domain::claim::{Claim, ClaimName};
use plimsoll_engine::domain::git::{GitLine, GitTag, Oid, TagAt};
use plimsoll_engine::world::claims::{ClaimId, Claims, ClaimsView, Held, Swap};
use plimsoll_engine::world::error::GitError;
use plimsoll_engine::world::git::{Git, GitView, TagNow};
use plimsoll_engine::world::{Subject, Work, WorldError};

use super::act::Act;
use super::caller::Caller;
use super::fault::Armed;
use super::history::Change;
use super::sea::{GitRef, Late, StandingClaim, SwapRequest};

/// Claims as refs of the git remote.
pub(super) struct RemoteClaims(pub(super) Arc<Caller>);

impl ClaimsView for RemoteClaims {
    fn read<'a>(&'a self, name: &'a ClaimName) -> Work<'a, Option<Held>> {
        Box::pin(async move {
            self.0.turn(Act::ReadClaim(name.clone())).await;
            Ok(self.0.waters().claims.get(name).map(hold))
        })
    }

    fn list<'a>(&'a self, component: &'a ArtifactName) -> Work<'a, Vec<(String, Held)>> {
        Box::pin(async move {
            self.0.turn(Act::ListClaims).await;
            let waters = self.0.waters();
            let of_component = waters.claims.iter().filter(|(name, _)| name.component == *component);
            Ok(of_component.map(|(name, standing)| (name.version.clone(), hold(standing))).collect())
        })
    }
}

impl Claims for RemoteClaims {
    fn swap<'a>(&'a self, swap: Swap<'a>) -> Work<'a, Option<ClaimId>> {
        Box::pin(async move {
            let Swap { name, expected, new, with_tag } = swap;
            let claim = new.map(|bytes| Claim::parse(name, bytes).expect("only claims are written"));
            let state = claim.as_ref().map(|claim| claim.state);
            self.0.turn(Act::SwapClaim(name.clone(), state)).await;
            let fits =
                |subject: &Subject| matches!(subject, Subject::Claim(of, to) if of == name && *to == state);
            let armed = self.0.take_armed(fits);
            let mut waters = self.0.waters();
            let request = SwapRequest {
                name: name.clone(),
                expected: expected.cloned(),
                new: new.zip(claim).map(|(bytes, claim)| StandingClaim::new(bytes, claim)),
                with_tag: with_tag.cloned(),
            };
            if armed == Some(Armed::Late) {
                waters.late.push(Late::Swap(request));
                return Err(silence().into());
            }
            let id = request.new.as_ref().map(|standing| standing.id.clone());
            match waters.swap(self.0.author(), request) {
                true => Ok(id),
                false => Err(WorldError::Refused),
            }
        })
    }
}

/// Git tags on the remote.
pub(super) struct RemoteGit(pub(super) Arc<Caller>);

impl GitView for RemoteGit {
    fn tag<'a>(&'a self, tag: &'a TagAt) -> Work<'a, TagNow> {
        Box::pin(async move {
            self.0.turn(Act::ReadGitTag(tag.name.clone())).await;
            Ok(match self.0.waters().git_tags.get(&tag.name) {
                None if tag.on_remote => TagNow::Gone,
                None => TagNow::Same,
                Some(found) if tag.on_remote && found.object == tag.object => TagNow::Same,
                Some(found) => TagNow::Other(found.object.clone()),
            })
        })
    }

    fn line<'a>(&'a self, line: &'a GitLine, until: &'a Oid) -> Work<'a, Vec<Oid>> {
        Box::pin(async move {
            self.0.turn(Act::ReadLine(line.to_string())).await;
            Ok(self.line_until(line, until))
        })
    }

    fn find_tag<'a>(&'a self, tag: &'a GitTag) -> Work<'a, Option<Oid>> {
        Box::pin(async move {
            self.0.turn(Act::ReadGitTag(tag.clone())).await;
            Ok(self.0.waters().git_tags.get(tag).map(|found| found.commit.clone()))
        })
    }
}

impl RemoteGit {
    fn line_until(&self, line: &GitLine, until: &Oid) -> Vec<Oid> {
        let waters = self.0.waters();
        let all = waters.lines.get(&line.to_string()).cloned().unwrap_or_default();
        let at = all.iter().position(|commit| commit == until);
        all.into_iter().take(at.map_or(usize::MAX, |at| at + 1)).collect()
    }
}

impl Git for RemoteGit {
    fn make_tag<'a>(&'a self, tag: &'a GitTag, commit: &'a Oid) -> Work<'a, ()> {
        Box::pin(async move {
            self.0.turn(Act::MakeGitTag(tag.clone())).await;
            let mut waters = self.0.waters();
            match waters.git_tags.get(tag) {
                Some(found) if found.object == *commit => return Ok(()),
                Some(_) => return Err(WorldError::Refused),
                None => {}
            }
            let new = GitRef { object: commit.clone(), commit: commit.clone() };
            waters.git_tags.insert(tag.clone(), new);
            let to = Some(commit.clone());
            waters.note(self.0.author(), Change::GitTag { name: tag.clone(), from: None, to });
            Ok(())
        })
    }

    fn delete_tag<'a>(&'a self, tag: &'a GitTag, object: &'a Oid) -> Work<'a, ()> {
        Box::pin(async move {
            self.0.turn(Act::DeleteGitTag(tag.clone())).await;
            let mut waters = self.0.waters();
            if waters.git_tags.get(tag).is_some_and(|found| found.object != *object) {
                let why = "stale info".to_owned();
                return Err(GitError::Failed { command: "push".into(), why }.into());
            }
            let from = waters.git_tags.remove(tag).map(|found| found.object);
            waters.note(self.0.author(), Change::GitTag { name: tag.clone(), from, to: None });
            Ok(())
        })
    }
}

fn hold(standing: &StandingClaim) -> Held {
    Held { id: standing.id.clone(), bytes: standing.bytes.clone() }
}

fn silence() -> GitError {
    GitError::Unreachable { remote: "the remote".into(), why: "connection timed out".into() }
}
