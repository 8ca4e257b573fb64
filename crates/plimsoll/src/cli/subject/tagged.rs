//! Commands about a git tag: the configuration is that of the tag's commit, wherever HEAD is.

use std::path::PathBuf;

use plimsoll_engine::check::Findings;
use plimsoll_engine::check::text::{Cleared, release_tag, tag_name};
use plimsoll_engine::domain::chart_number::ChartBump;
use plimsoll_engine::domain::claim::{ClaimName, Seal};
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::domain::git::{GitTag, Oid, TagAt};
use plimsoll_engine::domain::occasion::Occasion;
use plimsoll_engine::domain::page::PageText;
use plimsoll_engine::domain::source::{Ancestry, Source};
use plimsoll_engine::plan::release::asks_for_ancestry;
use plimsoll_engine::plan::{Plan, Rank, plan_promotion, plan_release};
use plimsoll_engine::run::order::{Order, Takeover};

use super::mistaken::advise_file;
use super::on_head::explain_on_head;
use super::released_tag::{explain_by_release, find_move};
use super::{Around, CommitTexts, Inputs, Subject, Voyage, find_remote, open, read_named, settle_keeping};
use crate::cli::ending::{Failure, usage};
use crate::cli::session::Session;
use crate::config::Config;
use crate::config::found::{ConfigText, FindError, PLACES, choose};
use crate::explain::released_tag::in_this_clone_alone;
use crate::explain::{Asked, Explain as _, Keeping};
use crate::wire::{Files, Remote, Repository, RepositoryError, SourceDateError, find_source_date};

/// The largest configuration that is read, in bytes.
const CONFIG_LIMIT: u64 = crate::config::found::MAX_SIZE;

/// A tag, and what it is made from.
pub(crate) struct Tagged {
    /// The repository, with the configuration of the tag's commit.
    pub(crate) subject: Subject,
    /// The tag.
    pub(crate) tag: TagAt,
    /// Whether it exists.
    pub(crate) standing: Standing,
    /// What there is to release.
    pub(crate) source: Source,
    /// What the tag means.
    pub(crate) occasion: Occasion,
    /// What is odd.
    pub(crate) warnings: Findings,
    /// What its release page says; none before that was read, and where it gets none.
    pub(crate) page: Option<PageText>,
    /// Of a chart that is released by itself, once it was looked up: the set whose images it installs.
    pub(crate) installs: Option<Seal>,
}

/// Whether a tag exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It does.
    Exists,
    /// It would be made on HEAD.
    AsIfOnHead,
}

/// Where a tag is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// On the remote, and here; it must exist.
    Everywhere,
    /// In this clone alone. One that is not here is taken to be made on HEAD.
    Here,
    /// On the remote, and here. One that is nowhere is taken to be made on HEAD.
    EverywhereOrOnHead,
    /// Nowhere: it is taken to be made on HEAD.
    OnHead,
}

/// What is said of a tag that the remote does not have, where the remote was asked.
fn unpushed(found: &Found, look: Look) -> Option<Diagnostic> {
    let asked = matches!(look, Look::Everywhere | Look::EverywhereOrOnHead) && found.remote.is_some();
    let name = &found.tag.name;
    // A chart's own tag is pushed when the chart is out.
    let asked = asked && !found.config.project.images.is_empty();
    (asked && found.standing == Standing::Exists && !found.tag.on_remote).then(|| in_this_clone_alone(name))
}

/// What is said of a tag that is another one in this clone than on the remote, whose tag counts.
fn differs_here(found: &Found) -> Option<Diagnostic> {
    let (here, there) = (found.here.as_ref()?, &found.tag);
    let name = &there.name;
    let message = format!("git tag {name} of this clone is not the remote's, which counts");
    let differs = Diagnostic::warning(Code::TagNotPushed, message);
    let differs = match here.commit == there.commit {
        true => differs.fact("tag object here", &here.object).fact("on the remote", &there.object),
        false => differs.fact("commit here", &here.commit).fact("on the remote", &there.commit),
    };
    Some(differs.help(format!("to have the remote's: `git fetch --force origin tag {name}`")))
}

/// A tag that was found, with the configuration of its commit.
struct Found {
    tag: TagAt,
    /// The tag of this clone, where the remote has another one of this name.
    here: Option<TagAt>,
    standing: Standing,
    config: Config,
    remote: Option<Remote>,
    keeping: Keeping,
}

impl Tagged {
    /// Reads a tag and what it is made from. What does not fit the tag's occasion is refused.
    pub(crate) async fn read(
        session: &Session<'_>,
        verb: &'static str,
        name: &str,
        local: Keeping,
        look: Look,
    ) -> Result<Tagged, Failure> {
        let read = Tagged::read_named(session, verb, name, local, look).await;
        read.map_err(|failure| advise_file(session, name, failure))
    }

    async fn read_named(
        session: &Session<'_>,
        verb: &'static str,
        name: &str,
        local: Keeping,
        look: Look,
    ) -> Result<Tagged, Failure> {
        let asked = Asked { verb, tag: Some(name.to_owned()), keeping: local };
        let repository = open(session, &asked).await?;
        let finder = Finder::new(session, &repository, &asked).await?;
        let found = match finder.find(&GitTag(name.to_owned()), look).await {
            Ok(found) => found,
            Err(failure) => return Err(explain_by_release(session, &asked, None, failure).await),
        };
        let asked = Asked { keeping: found.keeping, ..asked };
        let explain = |error: RepositoryError| Failure::from(error.explain(&asked));
        let mut texts = CommitTexts::of(&repository, &found.tag.commit);
        let cleared = texts.ask(|texts| release_tag(&found.config.project, name, texts)).await;
        let cleared = match cleared.map_err(|error| error.explain(&asked))? {
            Err(refused) if found.standing == Standing::AsIfOnHead => {
                let project = &found.config.project;
                let by = (&asked, found.remote.as_ref());
                Err(explain_on_head(&repository, project, &found.tag, by, refused).await)
            }
            cleared => cleared,
        };
        let Cleared { occasion, warnings } = match (cleared, look) {
            (Ok(cleared), _) => cleared,
            (Err(refused), Look::Everywhere | Look::EverywhereOrOnHead) => {
                let found = Some((&found.tag, found.standing));
                return Err(explain_by_release(session, &asked, found, refused.into()).await);
            }
            (Err(refused), Look::Here) => {
                let moved = find_move(session, &asked, (&found.tag, found.standing)).await;
                return Err(moved.map_or(refused.into(), Failure::from));
            }
            (Err(refused), Look::OnHead) => return Err(refused.into()),
        };
        let date = find_source_date(session.variables).map_err(|error| explain_date(&error))?;
        let commit_time = match date {
            Some(date) => date,
            None => repository.read_commit_time(&found.tag.commit).await.map_err(explain)?,
        };
        let remote = found.remote.as_ref().filter(|_| look != Look::Here);
        // The remote is asked only where a rule wants to know.
        let on_default_branch = match asks_for_ancestry(&found.config.project) {
            true => repository.observe_ancestry(&found.tag.commit, remote).await.map_err(explain)?,
            false => Ancestry::Unknown,
        };
        let source = Source {
            tag: Some(found.tag.clone()),
            commit: found.tag.commit.clone(),
            commit_time,
            on_default_branch,
        };
        let warnings = found.config.warnings.iter().cloned().chain(warnings).chain(unpushed(&found, look));
        let warnings = warnings.chain(differs_here(&found)).collect();
        let Found { tag, standing, config, remote, .. } = found;
        let subject = Subject { repository, config, signing_files: Files::Commit, remote, asked };
        Ok(Tagged { subject, tag, standing, source, occasion, warnings, page: None, installs: None })
    }

    /// True if the tag is a chart's own, and releases nothing but the chart.
    pub(crate) fn is_chart_alone(&self) -> bool {
        self.subject.project().images.is_empty()
    }

    /// The plan of the tag's release or promotion.
    pub(crate) fn plan(&self) -> Result<Plan, Failure> {
        let (project, tag) = (self.subject.project(), &self.tag.name.0);
        let mut plan = match &self.occasion {
            Occasion::Promotion(version) => {
                let gates = &self.subject.config.gates.promote;
                plan_promotion(project, &self.source, version, tag, gates)?
            }
            Occasion::Version(_)
            | Occasion::Prerelease(_)
            | Occasion::Branch(_)
            | Occasion::PullRequest(_) => plan_release(project, &self.source, &self.occasion, tag)?,
        };
        if let (Some(page), Some(forge)) = (&mut plan.page, &self.subject.config.forge.address)
            && !forge.kind.marks_latest()
        {
            page.rank = Rank::Never;
        }
        Ok(plan)
    }

    /// The name of the claim of the tag's version.
    pub(crate) fn claim_name(&self) -> ClaimName {
        let version = match &self.occasion {
            Occasion::Promotion(version) => version.to_string(),
            other => other.released().map(ToString::to_string).unwrap_or_default(),
        };
        ClaimName { component: self.subject.project().name.clone(), version }
    }

    /// What its images are built from: its commit, or parts that were built from it elsewhere.
    pub(crate) fn inputs<'a>(&self, name: &'a ClaimName, folders: &'a [PathBuf]) -> Inputs<'a> {
        let (time, version) = (self.source.commit_time, name.version.as_str());
        Inputs { files: Files::Commit, time, folders, version }
    }

    /// What a run is asked to do.
    pub(crate) fn order<'a>(
        &'a self,
        plan: &'a Plan,
        name: &'a ClaimName,
        voyage: &'a Voyage,
        takeover: Takeover,
    ) -> Order<'a> {
        Order {
            project: self.subject.project(),
            source: &self.source,
            tag: &self.tag,
            plan,
            name,
            me: &voyage.holder,
            workplace: &voyage.workplace,
            takeover,
            chart_bump: ChartBump::Patch,
            installs: self.installs.as_ref(),
            page: self.page.as_ref(),
        }
    }
}

pub(crate) fn explain_date(error: &SourceDateError) -> Diagnostic {
    usage("SOURCE_DATE_EPOCH can't be used")
        .because(error)
        .help("unset it, and everything that is made gets the commit's time")
}

/// Finds a tag and the configuration of its commit, each of which says where the other is.
pub(super) struct Finder<'a> {
    repository: &'a Repository,
    asked: &'a Asked,
    around: Around,
    named: Option<ConfigText>,
}

impl<'a> Finder<'a> {
    pub(super) async fn new(
        session: &Session<'_>,
        repository: &'a Repository,
        asked: &'a Asked,
    ) -> Result<Finder<'a>, Failure> {
        let around = Around::look(repository).await.map_err(|error| error.explain(asked))?;
        Ok(Finder { repository, asked, around, named: read_named(session)? })
    }

    async fn find(&self, name: &GitTag, look: Look) -> Result<Found, Failure> {
        // Without a tag here the remote must have it, and which remote that is the configuration would say.
        let here = match look {
            Look::OnHead => None,
            Look::Everywhere | Look::Here | Look::EverywhereOrOnHead => self.find_tag(name, None).await?,
        };
        let first = match (here, look) {
            (Some(tag), _) => Some(tag),
            (None, Look::Everywhere | Look::EverywhereOrOnHead)
                if self.find_keeping(name).await == Keeping::Remote =>
            {
                let origin =
                    find_remote(self.repository, None).await.map_err(|error| self.explain(&error))?;
                match &origin {
                    Some(origin) => self.find_tag(name, Some(origin)).await?,
                    None => None,
                }
            }
            (None, _) => None,
        };
        let Some(first) = first else {
            return match look {
                Look::Everywhere => Err(self.missing(name).await),
                Look::Here | Look::EverywhereOrOnHead | Look::OnHead => self.on_head(name).await,
            };
        };
        let found = self.settle(first, Standing::Exists).await?;
        match (&found.remote, look) {
            (Some(remote), Look::Everywhere | Look::EverywhereOrOnHead) => {
                // What counts is the remote's tag, and the configuration of its commit.
                let there = self.repository.read_tag(name, Some(remote)).await;
                let there = there.map_err(|error| self.explain(&error))?;
                let here = (there.object != found.tag.object).then(|| found.tag.clone());
                match there.commit == found.tag.commit {
                    true => Ok(Found { tag: there, here, ..found }),
                    false => Ok(Found { here, ..self.settle(there, Standing::Exists).await? }),
                }
            }
            _ => Ok(found),
        }
    }

    /// The tag as if it were made on HEAD.
    async fn on_head(&self, name: &GitTag) -> Result<Found, Failure> {
        let head = self.repository.read_head().await.map_err(|error| self.explain(&error))?.commit;
        let tag = TagAt { name: name.clone(), object: head.clone(), commit: head, on_remote: false };
        self.settle(tag, Standing::AsIfOnHead).await
    }

    /// The configuration of the tag's commit, and what it says of remotes.
    async fn settle(&self, tag: TagAt, standing: Standing) -> Result<Found, Failure> {
        // First whose tag it is: what stays on this machine gives charts no git tags.
        let mut config = self.read_config(&tag.commit).await?.for_tag(&tag.name.0);
        let keeping = settle_keeping(self.asked.keeping, &mut config);
        let remote = match keeping {
            Keeping::Local => None,
            Keeping::Remote => find_remote(self.repository, config.project.source.as_deref())
                .await
                .map_err(|error| self.explain(&error))?,
        };
        Ok(Found { tag, here: None, standing, config, remote, keeping })
    }

    pub(super) async fn read_config(&self, commit: &Oid) -> Result<Config, Failure> {
        let text = match &self.named {
            Some(named) => named.clone(),
            None => self.read_config_text(commit).await?,
        };
        let mut texts = CommitTexts::of(self.repository, commit);
        let config = texts.ask(|texts| self.around.parse(&text, texts)).await;
        Ok(config.map_err(|error| error.explain(self.asked))??)
    }

    async fn read_config_text(&self, commit: &Oid) -> Result<ConfigText, Failure> {
        let mut there = Vec::new();
        for place in PLACES {
            let bytes = self.repository.read_file(commit, place, CONFIG_LIMIT).await;
            let bytes = bytes.map_err(|error| error.explain(self.asked))?;
            there.extend(bytes.map(|bytes| (place.to_owned(), bytes)));
        }
        choose(there).map_err(|error| {
            let root = self.repository.root();
            let uncommitted = PLACES.into_iter().find(|place| root.join(place).is_file());
            let said = match (&error, uncommitted) {
                (FindError::Missing, Some(place)) => {
                    Diagnostic::error(Code::ConfigMissing, Cure::FixThenRunAgain, error.to_string()).help(
                        format!("the {place} that is here is not in this commit: commit it, and tag that"),
                    )
                }
                _ => error.explain(),
            };
            Failure::from(said.fact("commit", commit))
        })
    }

    /// Where releases are kept, as far as that is known of a tag that is not here: as was asked, or as the configuration on HEAD
    /// says. What stays on this machine asks no remote.
    async fn find_keeping(&self, name: &GitTag) -> Keeping {
        let asked = self.asked.keeping;
        let Ok(head) = self.repository.read_head().await else { return asked };
        match self.read_config(&head.commit).await {
            Ok(config) => settle_keeping(asked, &mut config.for_tag(&name.0)),
            Err(_) => asked,
        }
    }

    async fn find_tag(&self, name: &GitTag, remote: Option<&Remote>) -> Result<Option<TagAt>, Failure> {
        match self.repository.read_tag(name, remote).await {
            Ok(tag) => Ok(Some(tag)),
            Err(RepositoryError::TagMissing { .. }) => Ok(None),
            Err(error) => Err(self.explain(&error).into()),
        }
    }

    /// The tag is nowhere. That is not what is wrong where there are no commits, or where a tag of this name would
    /// release nothing: then nobody should be told to make it.
    async fn missing(&self, name: &GitTag) -> Failure {
        let head = match self.repository.read_head().await {
            Ok(head) => Some(head.commit),
            Err(error @ RepositoryError::NoCommits(_)) => return self.explain(&error).into(),
            Err(_) => None,
        };
        if let Some(head) = head
            && let Ok(config) = self.read_config(&head).await
            && let Err(findings) = tag_name(&config.for_tag(&name.0).project, &name.0)
        {
            return findings.into();
        }
        let asked = Asked { keeping: self.find_keeping(name).await, ..self.asked.clone() };
        let missing = |remote| RepositoryError::TagMissing { tag: name.clone(), remote }.explain(&asked);
        match (asked.keeping, &self.around.remote) {
            (Keeping::Local, Some(_)) => missing(None)
                .help("or fetch it: the remote was not asked, and `git fetch --tags` brings what it has")
                .into(),
            (_, remote) => missing(remote.clone()).into(),
        }
    }

    fn explain(&self, error: &RepositoryError) -> Diagnostic {
        error.explain(self.asked)
    }
}
