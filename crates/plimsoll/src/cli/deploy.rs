//! `deploy`: Docker Compose with the pinned file of a release, as it was released.

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::FalseyValueParser;
use futures_util::stream::{self, StreamExt as _};
use plimsoll_engine::check::Findings;
use plimsoll_engine::check::compose::{ENV_FILE, compose_error};
use plimsoll_engine::document::compose::ComposeFile;
use plimsoll_engine::domain::claim::FileRole;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Place};
use plimsoll_engine::ledger::release::{Comparing, Release, ReleaseState};
use plimsoll_engine::world::WorldError;
use plimsoll_oci::name::Reference;
use plimsoll_oci::remote::Access;
use plimsoll_oci::store::Pull as _;

use super::arguments::Where;
use super::compose::{make_folder, write_whole};
use super::ending::{Ended, Failure, Outcome};
use super::passed_over::warn_of_release;
use super::recorded_file::{Recorded, read_recorded};
use super::session::Session;
use super::subject::{Library, Reach};
use crate::explain::{Asked, Explain as _, Keeping};
use crate::output::Answer;
use crate::output::json::deployed::Deployed;
use crate::wire::{ComposeCall, ComposeTool, ComposeVerb, Registries};

/// How many images are asked about at a time.
const AT_ONCE: usize = 8;
/// Where a file goes that is read from elsewhere, without a project.
const FOLDER: &str = "releases";

/// Runs the compose file of a release, exactly as it was released
///
/// Docker Compose runs it. The file must have the hash that the release recorded, and every image in it must still be where it names it. Compose
/// sees all variables, as if it was called by hand, and the `.env` beside the file that was pinned.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll deploy v1.4.0               docker compose -f releases/v1.4.0-docker-compose.yml up -d
  plimsoll deploy v1.4.0 --print       only show the command
  plimsoll deploy v1.4.0 --down        stop it again")]
pub(super) struct Deploy {
    /// The git tag, or the version
    #[arg(value_name = "TAG")]
    pub tag: String,
    /// Stop and remove what the file started
    #[arg(long, env = "PLIMSOLL_DOWN", value_parser = FalseyValueParser::new(), action = clap::ArgAction::SetTrue)]
    pub down: bool,
    /// Check everything, and print the command instead of running it
    #[arg(long, env = "PLIMSOLL_PRINT", value_parser = FalseyValueParser::new(), action = clap::ArgAction::SetTrue)]
    pub print: bool,
    /// Where.
    #[command(flatten)]
    pub at: Where,
}

/// A file that may be run.
struct Ready {
    recorded: Recorded,
    path: PathBuf,
    /// The variables of the project, where Compose would not find them by itself.
    env_file: Option<PathBuf>,
    services: Vec<(String, String)>,
    warnings: Findings,
}

impl Deploy {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        let verb = if self.down { ComposeVerb::Down } else { ComposeVerb::Up };
        let ready = session.look(self.prepare(session, verb))?;
        let found = ComposeTool::find(session.variables);
        let tool = match (found, self.print) {
            (Some(tool), _) => tool,
            // Whoever only wants to see the command may run it elsewhere.
            (None, true) => ComposeTool::Plugin,
            (None, false) => return Err(no_tool().into()),
        };
        let call = ComposeCall { file: &ready.path, env_file: ready.env_file.as_deref(), verb };
        if !self.print {
            run(session, tool, call)?;
        }
        let words = tool.words(call);
        let info = ready.recorded.info;
        let deployed = Deployed {
            schema: Deployed::SCHEMA,
            component: info.component,
            version: info.version,
            path: ready.path.display().to_string(),
            hash: info.hash,
            verified: info.verified,
            services: ready.services,
            act: if self.down { "down" } else { "up" },
            command: words.iter().map(|word| word.to_string_lossy().into_owned()).collect(),
            ran: !self.print,
            source: info.source,
        };
        Ok(Ended::with(Answer::Deployed(deployed), ready.warnings))
    }

    async fn prepare(&self, session: &Session<'_>, verb: ComposeVerb) -> Result<Ready, Failure> {
        let tag = &self.tag;
        let library = Library::open(session, "deploy", Some(tag), &self.at, Reach::Everything).await?;
        let release = library.find(tag, Comparing::Strictly).await?;
        refuse_burnt(&release)?;
        let recorded = read_recorded(&library, "compose", FileRole::DockerCompose, &release).await?;
        let shown = &recorded.info.path;
        let text = String::from_utf8_lossy(&recorded.bytes);
        let file = ComposeFile::parse(&text).map_err(|error| compose_error(shown, &text, &error))?;
        if verb == ComposeVerb::Up {
            check_images(session, &library, shown, &file).await?;
        }
        let path = place(session, &library, &recorded)?;
        let env_file = find_env_file(session, &library, &path);
        let mut warnings = library.warnings(&[]);
        let (marks, trouble) = library.read_marks(std::slice::from_ref(&release)).await;
        warnings.extend(trouble);
        if verb == ComposeVerb::Up {
            let newest = Asked { tag: None, ..library.asked.clone() };
            let warning = warn_of_release(&marks, &release);
            warnings.extend(warning.map(|warning| {
                warning.help(format!("see which release counts: `{}`", newest.command("latest")))
            }));
        }
        if !recorded.info.verified {
            let message = format!("{shown} was compared with nothing: its record has no hash");
            warnings.add(Diagnostic::warning(Code::RecordUnproven, message));
        }
        library.quiet();
        let images = file.services().iter().map(|service| {
            let written = file.image_of(&service.name).map(|image| image.written.clone());
            (service.name.clone(), written.unwrap_or_default())
        });
        Ok(Ready { services: images.collect(), recorded, path, env_file, warnings })
    }
}

fn refuse_burnt(release: &Release) -> Result<(), Failure> {
    match release.state {
        ReleaseState::Burnt => {
            let message = format!("{} was burnt: it was never released", release.tag.name);
            Err(Diagnostic::error(Code::Burnt, Cure::NewVersion, message).into())
        }
        ReleaseState::Committed | ReleaseState::Published | ReleaseState::Recorded => Ok(()),
    }
}

/// Looks whether every digest is still where its image's name leads, since that is where Docker will look.
async fn check_images(
    session: &Session<'_>,
    library: &Library,
    shown: &str,
    file: &ComposeFile,
) -> Result<(), Failure> {
    let registries = library.registries(session)?;
    let references = file.images().iter().filter_map(|image| image.reference().ok().cloned());
    let look = |reference: Reference| {
        let registries = registries.clone();
        async move { find_fault(&registries, library, shown, reference).await }
    };
    let looks: Vec<_> = references.map(look).collect();
    let faults: Vec<_> = stream::iter(looks).buffered(AT_ONCE).filter_map(std::future::ready).collect().await;
    if faults.is_empty() { Ok(()) } else { Err(faults.into()) }
}

async fn find_fault(
    registries: &Registries,
    library: &Library,
    shown: &str,
    reference: Reference,
) -> Option<Diagnostic> {
    let asked = async {
        let Some(digest) = &reference.digest else {
            return Ok(registries.resolve(&reference).await?.is_some());
        };
        let repository = registries.repository(&reference.repository, Access::Pull)?;
        let found = repository.manifest(digest).await.map_err(WorldError::from)?;
        Ok::<_, WorldError>(found.is_some())
    };
    match asked.await {
        Ok(true) => None,
        Ok(false) => {
            let message = format!("`{reference}` is not there any more");
            let gone = Diagnostic::error(Code::ContentGone, Cure::FixThenRunAgain, message)
                .at(Place::of_file(shown));
            Some(match library.asked.keeping {
                Keeping::Local => gone.help(
                    "it was released into the local registry; Docker looks where names say: release it there, or serve it",
                ),
                Keeping::Remote => gone.help(format!("see what else is missing: `{}`", library.asked.command("verify"))),
            })
        }
        Err(error) => Some(error.explain(&library.asked)),
    }
}

/// Where the file lies, with the very bytes that were released. One that was read from elsewhere is written where it
/// belongs.
fn place(session: &Session<'_>, library: &Library, recorded: &Recorded) -> Result<PathBuf, Failure> {
    let folder = library.records_folder().unwrap_or_else(|| session.path(Path::new(FOLDER)));
    let path = folder.join(&recorded.info.file);
    let name = path.display().to_string();
    match std::fs::read(&path) {
        Ok(bytes) if bytes == recorded.bytes => {}
        Ok(_) => {
            let message = format!("{name} is not the file that was released");
            return Err(Diagnostic::error(Code::ContentLies, Cure::FixThenRunAgain, message)
                .at(Place::of_file(&name))
                .help("do not deploy it; take back what was done to the file")
                .into());
        }
        Err(_) => {
            make_folder(&folder, &folder.display().to_string())?;
            write_whole(&path, &name, &recorded.bytes)?;
            session.say(&format!("written to {name}"));
        }
    }
    Ok(path)
}

/// The `.env` beside the file that was pinned: Compose looks for it beside the file that it is given. One that lies there was
/// put there, and where the environment speaks of such files, that holds.
fn find_env_file(session: &Session<'_>, library: &Library, path: &Path) -> Option<PathBuf> {
    let source = library.compose_source()?;
    let (beside, there) = (source.with_file_name(ENV_FILE), path.with_file_name(ENV_FILE));
    let text = |name| session.variables.text(name);
    let is_said = text("COMPOSE_ENV_FILES").is_some()
        || matches!(text("COMPOSE_DISABLE_ENV_FILE"), Some("1" | "t" | "T" | "true" | "True" | "TRUE"));
    (!is_said && !there.is_file() && beside.is_file()).then_some(beside)
}

fn run(session: &Session<'_>, tool: ComposeTool, call: ComposeCall<'_>) -> Result<(), Failure> {
    let failed = |why: String| {
        let diagnostic =
            Diagnostic::error(Code::DeployFailed, Cure::RunAgain, "Docker Compose did not succeed");
        diagnostic
            .fact("file", call.file.display())
            .because(why)
            .help("what it said stands above; running again goes on")
    };
    let ended = tool.run(session.variables, call).map_err(|error| failed(error.to_string()))?;
    if ended.success() { Ok(()) } else { Err(failed(ended.to_string()).into()) }
}

fn no_tool() -> Diagnostic {
    let message = "neither `docker compose` nor `docker-compose` can be run";
    Diagnostic::error(Code::ToolMissing, Cure::FixThenRunAgain, message)
        .help("install Docker Compose, or run what `--print` shows elsewhere")
}
