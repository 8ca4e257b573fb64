//! Commands about the project as it lies here: its configuration is the working directory's.

use plimsoll_engine::check::Findings;
use plimsoll_engine::domain::git::Oid;

use super::{Around, Stage, Subject, Voyage, WorktreeTexts, find_remote, open, read_named, settle_keeping};
use crate::cli::ending::Failure;
use crate::cli::session::Session;
use crate::config;
use crate::config::found::read_in;
use crate::explain::{Asked, Explain as _, Keeping};
use crate::wire::{Files, Purpose};

/// The project as it lies here.
pub(crate) struct Worktree {
    /// Its repository and configuration.
    pub(crate) subject: Subject,
    /// The commit at HEAD.
    pub(crate) head: Oid,
}

impl Worktree {
    /// Opens it. `asked` says for what.
    pub(crate) async fn open(session: &Session<'_>, asked: Asked) -> Result<Worktree, Failure> {
        let subject = Subject::of_worktree(session, asked).await?;
        let head = subject.repository.read_head().await.map_err(|error| subject.explain(&error))?.commit;
        Ok(Worktree { subject, head })
    }

    /// A world to look at.
    pub(crate) fn look(&self, session: &Session<'_>) -> Result<Voyage, Failure> {
        self.subject.voyage(session, &self.head, Purpose::Look, Stage::Real)
    }

    /// What is odd about the configuration.
    pub(crate) fn warnings(&self) -> Findings {
        self.subject.config.warnings.iter().cloned().collect()
    }
}

impl Subject {
    /// The repository of the session with the configuration of its working directory.
    pub(crate) async fn of_worktree(session: &Session<'_>, asked: Asked) -> Result<Subject, Failure> {
        let repository = open(session, &asked).await?;
        let text = match read_named(session)? {
            Some(named) => named,
            None => read_in(repository.root()).map_err(|error| error.explain())?,
        };
        let around = Around::look(&repository).await.map_err(|error| error.explain(&asked))?;
        let config = WorktreeTexts::of(repository.root()).ask(|texts| around.parse(&text, texts));
        let mut config: config::Config = config.map_err(|error| error.explain(&asked))??;
        if let Some(tag) = &asked.tag {
            config = config.for_tag(tag);
        }
        let asked = Asked { keeping: settle_keeping(asked.keeping, &mut config), ..asked };
        let remote = match asked.keeping {
            Keeping::Local => None,
            Keeping::Remote => {
                let source = config.project.source.as_deref();
                find_remote(&repository, source).await.map_err(|error| error.explain(&asked))?
            }
        };
        Ok(Subject { repository, config, signing_files: Files::Worktree, remote, asked })
    }
}
