//! Commands about a commit without a version: the configuration is that commit's, wherever HEAD is.

use plimsoll_engine::domain::git::Oid;

use super::tagged::Finder;
use super::{Subject, find_remote, settle_keeping};
use crate::cli::ending::Failure;
use crate::cli::session::Session;
use crate::explain::{Asked, Explain as _, Keeping};
use crate::wire::{Files, Repository};

impl Subject {
    /// A repository with the configuration of one of its commits.
    pub(crate) async fn of_commit(
        session: &Session<'_>,
        repository: Repository,
        asked: Asked,
        commit: &Oid,
    ) -> Result<Subject, Failure> {
        let mut config = Finder::new(session, &repository, &asked).await?.read_config(commit).await?;
        let asked = Asked { keeping: settle_keeping(asked.keeping, &mut config), ..asked };
        let remote = match asked.keeping {
            Keeping::Local => None,
            Keeping::Remote => {
                let source = config.project.source.as_deref();
                find_remote(&repository, source).await.map_err(|error| error.explain(&asked))?
            }
        };
        Ok(Subject { repository, config, signing_files: Files::Commit, remote, asked })
    }
}
