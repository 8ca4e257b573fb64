//! `--checklist`: the checklist of what a command has done, as a file.

use std::path::PathBuf;

use clap::Args;
use plimsoll_engine::domain::git::Oid;
use plimsoll_engine::domain::source::Ancestry;
use plimsoll_tags::version::Version;

use super::compose::write_whole;
use super::ending::{Ended, Failure};
use super::session::Session;
use super::subject::Subject;
use crate::explain::{Asked, Explain as _};
use crate::output::Answer;
use crate::output::checklist::{Circumstances, render_promoted, render_released};

/// Where a checklist is written.
#[derive(Clone, Debug, Args)]
pub(super) struct Checklist {
    /// Write the checklist of the release to a Markdown file, each line ticked with what proves it
    #[arg(long, value_name = "FILE", env = "PLIMSOLL_CHECKLIST")]
    pub checklist: Option<PathBuf>,
}

impl Checklist {
    /// Writes it, once the command has done its work.
    pub(super) async fn write(
        &self,
        session: &Session<'_>,
        asked: Asked,
        ended: &Ended,
    ) -> Result<(), Failure> {
        let Some(path) = &self.checklist else { return Ok(()) };
        let text = match &ended.answer {
            Answer::Released(done) => {
                let about = look(session, asked, &done.commit, &done.version).await?;
                Some(render_released(done, &about))
            }
            Answer::Statement(info) => match &info.proof {
                Some(proof) => {
                    let version = info.version.clone().unwrap_or_default();
                    let about = look(session, asked, &proof.commit, &version).await?;
                    render_promoted(info, &about)
                }
                None => None,
            },
            _ => None,
        };
        let Some(text) = text else { return Ok(()) };
        write_whole(&session.path(path), &path.display().to_string(), text.as_bytes())
    }
}

/// What the answer does not tell.
async fn look(
    session: &Session<'_>,
    asked: Asked,
    commit: &str,
    version: &str,
) -> Result<Circumstances, Failure> {
    let subject = Subject::of_worktree(session, asked).await?;
    let on_default_branch = match commit.parse::<Oid>().ok() {
        Some(commit) => {
            let looked = subject.repository.observe_ancestry(&commit, subject.remote.as_ref()).await;
            match looked.map_err(|error| error.explain(&subject.asked))? {
                Ancestry::On => Some(true),
                Ancestry::Off => Some(false),
                Ancestry::Unknown => None,
            }
        }
        None => None,
    };
    let tags = &subject.project().tags;
    let version = Version::parse(tags.scheme(), version).ok();
    let promotion_tag = tags.stable().zip(version).map(|(pattern, version)| pattern.render(&version));
    let gates = &subject.config.gates;
    let gates = gates.source.iter().chain(&gates.sealed).cloned().collect();
    let run = session.ci()?.and_then(|ci| ci.url);
    Ok(Circumstances { on_default_branch, run, gates, promotion_tag })
}
