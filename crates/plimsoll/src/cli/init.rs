//! `init`: a first plimsoll.toml, and the workflows around it.

mod linked;
mod place;
mod to_do;
mod writing;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};
use plimsoll_engine::world::forge::ForgeKind;
use plimsoll_oci::name::ImageRepository;
use plimsoll_tags::git_tag::TagPattern;

use self::linked::without_links;
use self::place::ConfigPlace;
use self::to_do::{left_to_people, nothing_found, nothing_to_release};
use self::writing::{unreadable, write_unless_there};
use super::ending::{Ended, Failure, Outcome, usage};
use super::session::Session;
use super::subject::WorktreeTexts;
use super::workflow_findings::read_called;
use crate::config::found::{PLACES, read_text};
use crate::config::{self, Config, Surroundings};
use crate::explain::{Asked, Explain as _, Keeping};
use crate::output::Answer;
use crate::output::json::init::{FileInfo, InitDone};
use crate::setup::difference;
use crate::setup::draft::families::word_of;
use crate::setup::draft::{Draft, Home, as_if_right, draft, mend};
use crate::setup::from_workflows::called_files;
use crate::setup::holdings::{FileText, Holdings, OwnForge, PATTERNS};
use crate::setup::pipeline_files::{PIPELINE, stage_for_others};
use crate::setup::workflows::gitlab::jobs_file;
use crate::setup::workflows::needs::Needs;
use crate::setup::workflows::pin::{CHECKSUMS, DOWNLOADS, Pin};
use crate::setup::workflows::{self, Actions, Choices, Foreign, Host, NewFile, Trigger};
use crate::wire::{ForgeAddress, Repository, RepositoryError, fetch_text};

/// How often a draft is mended: each time lets problems be seen that hid behind others.
const MENDINGS: usize = 32;

/// Writes a plimsoll.toml, and the workflows that release with it
///
/// What the repository holds is looked at: Dockerfiles, charts, a compose file, version files, and the workflows that
/// release today. Their steps of docker/metadata-action, docker/build-push-action and docker/login-action become images
/// with repositories, platforms, tags and labels, as do the commands of scripts that build and push, the jobs of a
/// .gitlab-ci.yml and GoReleaser's file; what can't be carried over stands in the file as comments. The new
/// workflows release, rehearse pull requests, publish branches, promote and roll back, and audit. A file that is there is
/// never overwritten: how it differs is shown.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll init
  plimsoll init --on release --actions none
  plimsoll init --workflows none   plimsoll.toml alone
  plimsoll check                   is it right?
  plimsoll tags --ref v1.0.0       which tags would images get?")]
pub(super) struct Init {
    /// Whose CI runs the workflows; without it, that of the git remote
    #[arg(long, value_name = "HOST", value_enum, env = "PLIMSOLL_WORKFLOWS")]
    pub workflows: Option<Host>,
    /// What sets a release off; without it, what does today, else a tag
    #[arg(long, value_name = "EVENT", value_enum, env = "PLIMSOLL_ON")]
    pub on: Option<Trigger>,
    /// Whether workflows use GitHub's own actions, pinned by commit, or commands alone
    #[arg(long, value_name = "WHICH", value_enum, default_value = "pinned", env = "PLIMSOLL_ACTIONS")]
    pub actions: Actions,
    /// How images for arm64 are built: on a runner of that kind, which takes actions, or by emulation
    #[arg(long, value_name = "HOW", value_enum, env = "PLIMSOLL_ARM64")]
    pub arm64: Option<Foreign>,
    /// The git tags that a further configuration is for, where a repository has several families of them:
    /// `--config plimsoll.api.toml --tags 'api-v{version}'`
    #[arg(long, value_name = "PATTERN", env = "PLIMSOLL_TAGS")]
    pub tags: Option<String>,
    /// What repositories of images begin with, where no workflow says it: ghcr.io/acme
    #[arg(long, value_name = "PREFIX", env = "PLIMSOLL_REGISTRY")]
    pub registry: Option<String>,
    /// The SHA-256 sums of the Plimsoll that workflows install; without it they are fetched
    #[arg(long, value_name = "FILE", env = "PLIMSOLL_CHECKSUMS")]
    pub checksums: Option<PathBuf>,
    /// Where releases of Plimsoll lie
    #[arg(long, value_name = "URL", default_value = DOWNLOADS, env = "PLIMSOLL_DOWNLOADS")]
    pub downloads: String,
}

impl Init {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        session.look(self.write(session))
    }

    async fn write(&self, session: &Session<'_>) -> Outcome {
        let asked = Asked { verb: "init", tag: None, keeping: Keeping::Local };
        let explain = |error: RepositoryError| Failure::from(error.explain(&asked));
        let repository = Repository::find(&session.directory, session.variables, &session.redactor);
        let repository = repository.await.map_err(explain)?;
        let root = repository.root();
        let address = match repository.read_remote(None).await {
            Ok(remote) => Some(remote.shown()),
            Err(RepositoryError::NoRemote) => None,
            Err(error) => return Err(explain(error)),
        };
        let branch = repository.find_default_branch().await.ok().flatten();
        let place = ConfigPlace::find(session.config.as_deref(), root)?;
        if let Some(given) = self.registry.as_deref().filter(|given| !is_registry(&bare_registry(given))) {
            return Err(usage(format!("`{given}` is nothing that image repositories can begin with"))
                .help("name a registry, and who owns the images there: `--registry ghcr.io/acme`")
                .into());
        }
        let mut home = self.find_home(root, address.as_deref(), branch.clone());
        if let Some(family) = self.read_family()? {
            home.name = format!("{}-{}", home.name, word_of(&family));
            home.family = Some(family);
        }
        let kind = self.find_kind(address.as_deref()).zip(address.as_deref().and_then(config::host_of));
        let forge = kind.map(|(kind, name)| OwnForge { kind, name });
        let mut holdings = find_holdings(&repository, forge.as_ref()).await.map_err(explain)?;
        holdings.called = called_files::find(&holdings.workflows, &|path| read_called(root, path));
        if holdings.is_empty() && !place.is_there() {
            let message =
                "there is nothing here that could be released: no Dockerfile, no chart, no workflow";
            return Err(usage(message.to_owned())
                .help("an image of files that are made before needs none of them: `[image.assemble]`, in docs/guide/first-release.md")
                .into());
        }
        let mut draft = draft(&holdings, &home);
        mend_draft(&mut draft, &home, address.as_deref(), root)?;
        let mut done = InitDone {
            schema: InitDone::SCHEMA,
            files: Vec::new(),
            read: holdings.workflows.iter().map(|file| file.path.clone()).collect(),
            images: draft.images.clone(),
            left: draft.left.clone(),
            next: Vec::new(),
        };
        let text = match place.is_there() {
            true => read_text(place.path()).map_err(|error| unreadable(place.shown(), error))?,
            false => draft.text.clone(),
        };
        let parsed = parse_config(place.shown(), &text, &home, address.as_deref(), root)?;
        let is_bare = draft.is_bare();
        if parsed.is_err() && place.is_there() && !is_bare {
            // It is kept as it is; what would be drafted may help to mend it.
            for line in difference::render(place.shown(), &text, &draft.text).lines() {
                session.say(line);
            }
        }
        if parsed.is_err() && !place.is_there() {
            // What is wrong with a draft is to be seen and mended in the file.
            write_unless_there(root, &NewFile { path: place.shown().to_owned(), text: draft.text.clone() })?;
            for what in &draft.left {
                session.say(&format!("not carried over: {}", what.replace('\n', " ")));
            }
            session.say(&format!(
                "{} was written as it was drafted; once what is refused in it is mended, `plimsoll init` writes the workflows",
                place.shown()
            ));
        }
        let config = parsed?;
        let needs = Needs { plain: draft.plain, chart_branches: draft.chart_branches, ..Needs::of(&config) };
        let needs = needs.without_files(&find_committed(&repository).await);
        let trigger = self.on.unwrap_or(if draft.by_hand { Trigger::Release } else { Trigger::Tag });
        let is_nothing = config.project.images.is_empty() && config.project.charts.is_empty();
        let host = match place.is_in_repository() && !is_nothing {
            true => self.workflows.unwrap_or_else(|| find_host(address.as_deref())),
            false => Host::None,
        };
        let mut files = vec![NewFile { path: place.shown().to_owned(), text: draft.text }];
        if !place.is_in_repository() && self.workflows.is_some_and(|host| host != Host::None) {
            return Err(usage(format!(
                "workflows find no configuration outside of the repository, as {} is",
                place.shown()
            ))
            .help("name a file of the repository with `--config`, or write no workflows: `--workflows none`")
            .into());
        }
        let mut jobs = String::new();
        if host != Host::None {
            let chosen = self.choose(session, host, trigger, &needs).await?;
            let config = place.to_be_named().map(str::to_owned);
            let choices = Choices { config, stage: stage_for_others(&holdings.pipeline), ..chosen };
            files.extend(workflows::render(&needs, &choices));
            jobs = jobs_file(&choices);
            done.next.extend(left_to_people(&needs, address.as_deref(), &choices));
        } else if is_nothing {
            done.next.push(nothing_to_release(place.shown()));
        } else if !place.is_in_repository() {
            done.next.push(
                "no workflows were written: they would not find a configuration outside of the repository"
                    .to_owned(),
            );
        } else if self.workflows.is_none() {
            done.next.push(
                "no workflows were written, since no forge is known: `--workflows github`, forgejo or gitlab"
                    .to_owned(),
            );
        }
        for file in &files {
            let written = write_unless_there(root, file)?;
            let is_emptied = is_bare && file.path == place.shown() && place.is_there();
            done.files.push(FileInfo { difference: written.difference.filter(|_| !is_emptied), ..written });
        }
        if is_bare && place.is_there() {
            done.next.insert(0, nothing_found(place.shown()));
        }
        let is_kept = done.files.iter().any(|file| file.path == PIPELINE && file.status == "kept");
        if is_kept && holdings.pipeline.first().is_some_and(|pipeline| !pipeline.text.contains(&jobs)) {
            done.next.push(format!("add to the `include` of {PIPELINE}: `- local: {jobs}`"));
        }
        if repository.is_shallow() {
            done.next.push(
                "this clone is shallow, and git tags that are not here were not looked at: after `git fetch --unshallow --tags` \
                 `plimsoll init` shows what they change"
                    .to_owned(),
            );
        }
        if !place.is_there() && !holdings.workflows.is_empty() {
            done.next.push(format!(
                "`plimsoll check{}` says which lines of the workflows that were there are to go; with `--published`, what the newest version has that this file would not release",
                place.option()
            ));
        }
        Ok(Ended::well(Answer::Init(done)))
    }

    /// What stands before the version of the git tags that are asked for.
    fn read_family(&self) -> Result<Option<String>, Failure> {
        let Some(given) = &self.tags else { return Ok(None) };
        let begin = given.strip_suffix("{version}").filter(|begin| !word_of(begin).is_empty());
        let begin = begin.filter(|_| TagPattern::parse(given).is_ok());
        let refused = || {
            usage(format!("`{given}` is no family of git tags"))
                .help("a word, and the version behind it: `--tags 'api-v{version}'`")
        };
        Ok(Some(begin.ok_or_else(refused)?.to_owned()))
    }

    fn find_home(&self, root: &Path, address: Option<&str>, branch: Option<String>) -> Home {
        let folder = root.file_name().map(|name| name.to_string_lossy().into_owned());
        let repository = address.and_then(config::owner_and_name);
        let name = repository.as_ref().and_then(|path| path.rsplit('/').next()).map(str::to_owned).or(folder);
        let registry = self.registry.as_deref().map(bare_registry).or_else(|| {
            let owner = repository.as_ref()?.rsplit_once('/')?.0.to_lowercase();
            let host = config::host_of(address?)?;
            match find_host(address) {
                Host::GitHub => Some(format!("ghcr.io/{owner}")),
                Host::GitLab => Some(format!("registry.{host}/{owner}/{}", name.clone()?.to_lowercase())),
                Host::Forgejo => Some(format!("{host}/{owner}")),
                Host::None => None,
            }
        });
        let registry = registry.filter(|registry| is_registry(registry));
        // A repository that is called after a major version belongs to who is called as the project is.
        let owner = repository.as_ref().and_then(|path| path.rsplit('/').nth(1));
        let name = match name {
            Some(name) if is_major_version(&name) => owner.map_or(name, str::to_owned),
            name => name.unwrap_or_default(),
        };
        let name = name.to_lowercase();
        let words = name.split(|character: char| !character.is_ascii_alphanumeric());
        let name = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-");
        let name = if name.is_empty() { "app".to_owned() } else { name };
        let forge = find_forge(address);
        let has_pages = forge.is_some();
        let keeps_deployments = forge.is_some_and(|forge| forge.kind != ForgeKind::Gitea);
        let is_registry_said = self.registry.is_some();
        let host = self.workflows.unwrap_or_else(|| find_host(address));
        let asks_for_login = address.and_then(config::host_of).filter(|_| host == Host::Forgejo);
        Home {
            name,
            repository,
            registry,
            is_registry_said,
            asks_for_login,
            branch,
            has_pages,
            keeps_deployments,
            family: None,
        }
    }

    /// The forge whose workflows are read: the one that somebody says, else that of the git remote.
    fn find_kind(&self, address: Option<&str>) -> Option<ForgeKind> {
        match self.workflows {
            Some(Host::GitHub) => Some(ForgeKind::GitHub),
            Some(Host::Forgejo) => Some(ForgeKind::Gitea),
            Some(Host::GitLab | Host::None) | None => find_forge(address).map(|forge| forge.kind),
        }
    }

    async fn choose(
        &self,
        session: &Session<'_>,
        host: Host,
        trigger: Trigger,
        needs: &Needs,
    ) -> Result<Choices, Failure> {
        if (self.arm64, self.actions) == (Some(Foreign::Native), Actions::None) {
            let message = "runners of two kinds hand their images on as artifacts, which takes actions";
            return Err(usage(message.to_owned()).help("`--actions pinned`, or `--arm64 emulated`").into());
        }
        if (host, self.on) == (Host::GitLab, Some(Trigger::Release)) {
            let message = "GitLab starts no pipeline when a release page is made";
            return Err(usage(message.to_owned())
                .help("`--on tag`; the page is made by the release, where `[forge]` asks for one")
                .into());
        }
        if host != Host::GitHub && self.arm64 == Some(Foreign::Native) {
            let message = "only workflows of GitHub build each platform on a runner of its own";
            return Err(usage(message.to_owned()).help("`--arm64 emulated`").into());
        }
        let can_be_native = self.actions == Actions::Pinned && needs.can_be_divided();
        let foreign = self.arm64.unwrap_or(if can_be_native { Foreign::Native } else { Foreign::Emulated });
        let version = env!("CARGO_PKG_VERSION");
        let place = format!("{}/v{version}/{CHECKSUMS}", self.downloads.trim_end_matches('/'));
        let (source, text) = match &self.checksums {
            Some(file) => {
                let shown = file.display().to_string();
                let read = read_text(&session.directory.join(file));
                let text = read.map_err(|error| {
                    unreadable(&shown, error)
                        .help(format!("name a file with the sums of a release of Plimsoll, as {place} is: `--checksums FILE`"))
                        .help("or leave the option out, and they are fetched from there")
                })?;
                (shown, text)
            }
            None => {
                let text = fetch_text(&place, session.variables).await.map_err(|error| {
                    Diagnostic::error(
                        Code::ForgeUnreachable,
                        Cure::RunAgain,
                        format!("the checksums of Plimsoll {version} can't be fetched"),
                    )
                    .because(error)
                    .fact("address", &place)
                    .help("name a file with them: `--checksums FILE`")
                    .help("or write no workflows: `--workflows none`")
                })?;
                (place, text)
            }
        };
        let pin = Pin::parse(version, &self.downloads, &text).map_err(|error| {
            usage(format!("`{source}` does not say what Plimsoll {version} is"))
                .because(error)
                .help("a line for each program, as `sha256sum` writes it: the digest, two blanks, the name")
        })?;
        Ok(Choices { host, trigger, actions: self.actions, foreign, pin, config: None, stage: None })
    }
}

/// The files of the commit that is checked out; none where there is no commit yet.
async fn find_committed(repository: &Repository) -> BTreeSet<String> {
    let Ok(head) = repository.read_head().await else { return BTreeSet::new() };
    repository.list_committed_files(&head.commit).await.unwrap_or_default().into_iter().collect()
}

async fn find_holdings(
    repository: &Repository,
    forge: Option<&OwnForge>,
) -> Result<Holdings, RepositoryError> {
    let paths = repository.find_unignored_files(&PATTERNS).await?;
    let all = repository.find_unignored_files(&["*"]).await?;
    let tags = repository.read_tag_names().await?;
    let root = repository.root();
    // What was removed and not committed is listed still, and a link may lead nowhere.
    let is_broken =
        |path: &String| !root.join(path).exists() && std::fs::symlink_metadata(root.join(path)).is_ok();
    let (broken, paths): (Vec<String>, Vec<String>) =
        paths.into_iter().filter(|path| is_broken(path) || root.join(path).is_file()).partition(is_broken);
    let paths = without_links(root, paths);
    let read = |path: &str| match read_text(&root.join(path)) {
        Ok(text) => FileText::Read(text),
        Err(error) => FileText::Unreadable(error.to_string()),
    };
    let mut holdings = Holdings::find(forge, &paths, tags.iter(), read);
    let of_interest = broken.iter().filter(|path| Holdings::would_read(path));
    let told = of_interest.map(|path| format!("`{path}` can't be read: it is a link that leads nowhere"));
    holdings.unreadable.extend(told);
    holdings.paths = all.into_iter().collect();
    Ok(holdings)
}

/// Puts right what is refused in a draft, as far as nobody has to decide.
fn mend_draft(draft: &mut Draft, home: &Home, address: Option<&str>, root: &Path) -> Result<(), Failure> {
    // What is put right may let other problems be seen.
    for _ in 0..MENDINGS {
        let judge = |text: &str| {
            // Where an image goes is asked for in the end, and what else is wrong with it put right before.
            let parsed = parse_config(PLACES[0], &as_if_right(text), home, address, root)?;
            Ok::<_, Failure>(parsed.err().unwrap_or_default())
        };
        let Some(mended) = mend(&draft.text, judge)? else { break };
        draft.take(mended);
    }
    Ok(())
}

/// Reads a configuration; what is wrong with it is given inside.
fn parse_config(
    name: &str,
    text: &str,
    home: &Home,
    address: Option<&str>,
    root: &Path,
) -> Result<Result<Config, Vec<Diagnostic>>, Failure> {
    let texts = WorktreeTexts::of(root);
    let parsed = texts.ask(|texts| {
        let surroundings = Surroundings { directory: Some(&home.name), remote: address, texts };
        config::parse(name, text, surroundings)
    });
    parsed.map_err(|error| error.explain(&Asked { verb: "init", ..Asked::default() }).into())
}

/// What image repositories begin with, as it was given: without the scheme and slashes at its end.
fn bare_registry(text: &str) -> String {
    let text = text.trim_start_matches("https://").trim_start_matches("oci://");
    text.trim_end_matches('/').to_lowercase()
}

/// Whether image repositories can begin with it.
fn is_registry(text: &str) -> bool {
    format!("{text}/name").parse::<ImageRepository>().is_ok()
}

fn find_forge(address: Option<&str>) -> Option<ForgeAddress> {
    ForgeAddress::parse(&config::web_address(address?)?, None).ok()
}

fn find_host(address: Option<&str>) -> Host {
    match address.and_then(config::host_of).as_deref() {
        Some("github.com") => Host::GitHub,
        Some("gitlab.com") => Host::GitLab,
        Some("codeberg.org") => Host::Forgejo,
        Some(host) if host.starts_with("gitlab.") => Host::GitLab,
        Some(host) if host.starts_with("forgejo.") => Host::Forgejo,
        Some(_) | None => Host::None,
    }
}

/// Whether a name is `v2` or its like.
fn is_major_version(name: &str) -> bool {
    let number = name.strip_prefix('v').unwrap_or_default();
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}
