//! What stands in an environment beside what is to: after a yank nothing is deployed until somebody wants it.

use std::collections::BTreeSet;

use plimsoll_oci::name::Digest;
use plimsoll_tags::version::Version;

use super::{Head, find_in};
use crate::domain::deployment::{Cause, Deployment, DeploymentState, NewDeployment};
use crate::domain::marks::{Mark, Marks};
use crate::domain::project::Project;
use crate::run::stop::Stop;
use crate::run::survey::Survey;
use crate::world::Eyes;

impl Head {
    /// Whether the entry that follows its own tag stands.
    ///
    /// # Errors
    /// The forge or the claims can't be read.
    pub(crate) async fn stands(
        &self,
        eyes: Eyes<'_>,
        project: &Project,
        deployment: &Deployment,
    ) -> Result<bool, Stop> {
        let Some((tag, commit, _)) = self.find_cause(eyes, project, deployment.on).await? else {
            return Ok(false);
        };
        let url = deployment.url_of(&self.version.to_string());
        let cause = Cause::Tag(tag.clone());
        let entry = NewDeployment { environment: deployment.environment.clone(), url, tag, commit, cause };
        let standing = eyes.forge().find_deployments(&entry).await?;
        Ok(standing.iter().any(|standing| standing.state == DeploymentState::Success))
    }

    /// The name of the yanks, and of the ends of yanks, that made it the head: other statements, another name. None if it came to count
    /// by its own release alone.
    pub(crate) fn find_word(&self) -> Option<Digest> {
        let above = |version: &str| {
            Version::parse(self.version.scheme(), version).is_ok_and(|version| version > self.version)
        };
        let own = self.version.to_string();
        let yanks = self.marks.in_force().filter(|(_, mark)| yanked(mark).is_some_and(above));
        let lifts = self.marks.lifts_of(move |mark| yanked(mark) == Some(own.as_str()));
        let said: BTreeSet<&Digest> = yanks.map(|(digest, _)| digest).chain(lifts).collect();
        match said.len() {
            0 | 1 => said.first().map(|one| (*one).clone()),
            _ => {
                let names: Vec<String> = said.into_iter().map(ToString::to_string).collect();
                Some(Digest::of(names.join("\n").as_bytes()))
            }
        }
    }
}

/// A version that is passed over and whose entry stands in an environment all the same, where `version` is to stand. None for any version
/// but the one that the environment is to be at.
///
/// # Errors
/// The forge or the claims can't be read.
pub(crate) async fn find_usurper(
    eyes: Eyes<'_>,
    project: &Project,
    deployment: &Deployment,
    (version, known): (&str, &Survey),
) -> Result<Option<String>, Stop> {
    let head = find_in(deployment.on, known).map(|published| published.version.clone());
    let Some(head) = head.filter(|head| head.to_string() == version) else { return Ok(None) };
    for over in passed_over(&known.marks) {
        let parsed = Version::parse(project.tags.scheme(), over).ok();
        let Some(above) = parsed.filter(|over| *over > head) else { continue };
        let usurper = Head { version: above, marks: known.marks.clone() };
        if usurper.stands(eyes, project, deployment).await? {
            return Ok(Some(over.to_owned()));
        }
    }
    Ok(None)
}

/// Every version that a yank or a rollback passes over.
fn passed_over(marks: &Marks) -> BTreeSet<&str> {
    let mut versions = BTreeSet::new();
    for (_, mark) in marks.in_force() {
        match mark {
            Mark::Hold { over, .. } => versions.extend(over.iter().map(String::as_str)),
            mark => versions.extend(yanked(mark)),
        }
    }
    versions
}

fn yanked(mark: &Mark) -> Option<&str> {
    match mark {
        Mark::Yank { version, .. } => Some(version),
        Mark::Hold { .. } | Mark::Lift { .. } | Mark::Promotion { .. } => None,
    }
}
