//! `compose generate`: the files that a release would have, without a release.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::FalseyValueParser;
use plimsoll_engine::check::compose::{
    Advice, ENV_FILE, app_compose_error, env_finding, name_finding, path_findings, rebase_error, unpinned,
};
use plimsoll_engine::document::compose::{ComposeFile, Moved, RebaseError, Unpinned};
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::compose::{Builds, ComposeSettings, Paths, ThirdParty};
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Severity};
use plimsoll_oci::name::Digest;
use plimsoll_tags::version::{Scheme, Version};

use super::folders::Folders;
use super::of_project::OfProject;
use super::pin::{Base, How, Made};
use super::text_file::{TextFile, make_folder, write_whole};
use crate::cli::ending::{Ended, Failure, Outcome};
use crate::cli::session::Session;
use crate::output::Answer;
use crate::output::json::compose::{ComposeInfo, Manifest};

/// Where files go where no project says it.
const DIRECTORY: &str = "releases";
/// Where Compose looks for its file, in its order.
const FILES: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];

/// Writes the files that a release of a version would have, without a release
///
/// For trying things out: nothing is recorded. In a project, what `[compose]` and `[app-compose]` say holds, and its own images
/// are those of VERSION, as the registry has them. Digests come from registries or from REF, and are never made up: what has none
/// is refused, or marked at the top of the file where that was allowed.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll compose generate 1.4.0 --image app=ghcr.io/acme/app:1.4.0
  plimsoll compose generate 1.4.0 --allow-unresolved --into /tmp/try")]
pub(in crate::cli) struct Generate {
    /// The version, with or without `v`
    #[arg(value_name = "VERSION")]
    pub version: String,
    /// The compose file; without it that of `[compose]`, or the one that Compose would take
    #[arg(long, value_name = "FILE", env = "PLIMSOLL_FILE")]
    pub file: Option<PathBuf>,
    /// Put the files into this folder; without it where records go, `releases`
    #[arg(long, value_name = "FOLDER", env = "PLIMSOLL_INTO")]
    pub into: Option<PathBuf>,
    /// Lead relative paths to where they led before the file moved
    #[arg(long, env = "PLIMSOLL_REBASE", value_parser = FalseyValueParser::new(), action = clap::ArgAction::SetTrue)]
    pub rebase: bool,
    /// Leave what has no digest as it is, and say so at the top of the file
    #[arg(long, env = "PLIMSOLL_ALLOW_UNRESOLVED", value_parser = FalseyValueParser::new())]
    #[arg(action = clap::ArgAction::SetTrue)]
    pub allow_unresolved: bool,
    /// What is pinned, and how.
    #[command(flatten)]
    pub how: How,
}

/// Which file is read, and what holds for it.
struct Order {
    path: PathBuf,
    into: PathBuf,
    settings: ComposeSettings,
    project: Option<OfProject>,
}

impl Generate {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        session.look(self.generate(session))
    }

    async fn generate(&self, session: &Session<'_>) -> Outcome {
        let version = self.version()?;
        let order = self.order(session, &version).await?;
        let session = match &order.project {
            Some(project) => &session.in_directory(project.root.clone()),
            None => session,
        };
        let file = TextFile::read(session, &order.path)?;
        let made = self.pin(session, &file, &order).await?;
        let mut problems: Vec<Diagnostic> = made
            .unpinned
            .iter()
            .map(|one| unpinned(&file.name, file.compose.text(), one, Advice::Options))
            .collect();
        if !problems.is_empty() && !self.allow_unresolved {
            return Err(problems.into());
        }
        for problem in &mut problems {
            problem.severity = Severity::Warning;
        }
        let pinned = file.reread(&made.text)?;
        let folders = Folders::between(&session.directory, &order.path, &order.into);
        let moved = folders.moved();
        let rebases = self.rebase || order.settings.paths == Paths::Rebase;
        let text = match rebases {
            true => {
                let explain = |error: &RebaseError| {
                    rebase_error(&file.name, file.compose.text(), error, Advice::Options)
                };
                pinned
                    .rebase(moved)
                    .map_err(|all| -> Failure { all.iter().map(explain).collect::<Vec<_>>().into() })?
            }
            false => made.text,
        };
        problems.extend(name_finding(&file.name, &file.compose, moved));
        problems.extend(find_lost_variables(session, &order, &file.name, &pinned, moved));
        if !rebases {
            problems.extend(path_findings(&file.name, &file.compose, &pinned, moved, Advice::Options));
        }
        let text = mark(&text, &made.unpinned);
        let manifest = self.manifest(&order, &text)?;
        make_folder(&session.path(&order.into), &order.into.display().to_string())?;
        let write = |role: &str, bytes: &[u8]| {
            let name = order.into.join(format!("v{version}-{role}"));
            let shown = name.display().to_string();
            write_whole(&session.path(&name), &shown, bytes).map(|()| shown)
        };
        let output = write("docker-compose.yml", text.as_bytes())?;
        let now = file.reread(&text)?;
        let mut info = ComposeInfo::of(&file.name, Some(output), file.compose.text(), &now);
        if let Some(bytes) = manifest {
            let output = write("app-compose.json", &bytes)?;
            info.app_compose = Some(Manifest { output, hash: Digest::of(&bytes).hex().to_owned() });
        }
        Ok(Ended::with(Answer::Compose(info), problems.into_iter().collect()))
    }

    /// What the project says, and the command line instead of it.
    async fn order(&self, session: &Session<'_>, version: &Version) -> Result<Order, Failure> {
        let project = OfProject::find(session, version).await?;
        let given = |path: &Path| match &project {
            Some(project) => project.folder(session).join(path),
            None => path.to_owned(),
        };
        let configured = project.as_ref().and_then(|project| project.settings.clone());
        let path = match (&self.file, &configured) {
            (Some(file), _) => given(file),
            (None, Some(settings)) => PathBuf::from(&settings.file),
            (None, None) => given(&find_file(session)?),
        };
        let into = match (&self.into, &project) {
            (Some(into), _) => given(into),
            (None, Some(project)) => PathBuf::from(&project.records_directory),
            (None, None) => PathBuf::from(DIRECTORY),
        };
        let settings = configured.unwrap_or_else(|| ComposeSettings {
            file: path.display().to_string(),
            folder: into.display().to_string(),
            services: BTreeMap::new(),
            third_party: ThirdParty::default(),
            leave: Vec::new(),
            builds: Builds::default(),
            paths: Paths::default(),
        });
        Ok(Order { path, into, settings, project })
    }

    async fn pin(&self, session: &Session<'_>, file: &TextFile, order: &Order) -> Result<Made, Failure> {
        let Order { settings, project, .. } = order;
        let Some(project) = project else {
            return self.how.pin_alone(session, file, Builds::Drop).await;
        };
        let running = project.running(file, settings)?;
        let (third_party, leave) = (settings.third_party, settings.leave.clone());
        let base = Base { running, third_party, leave, builds: settings.builds };
        self.how.pin_where_possible(file, base, |all| project.resolve_all(all)).await
    }

    /// The dstack manifest around the text, where the project has one.
    fn manifest(&self, order: &Order, text: &str) -> Result<Option<Vec<u8>>, Failure> {
        let app = order.project.as_ref().and_then(|project| project.app.as_ref());
        let rendered = app.map(|app| app.render(text)).transpose();
        rendered.map_err(|errors| errors.iter().map(app_compose_error).collect::<Vec<_>>().into())
    }

    fn version(&self) -> Result<Version, Failure> {
        let text = self.version.strip_prefix('v').unwrap_or(&self.version);
        let version = Version::parse(Scheme::Semver, text).or_else(|_| Version::parse(Scheme::Pep440, text));
        version.map_err(|error| {
            Diagnostic::error(Code::InvalidValue, Cure::FixThenRunAgain, error.to_string()).into()
        })
    }
}

fn find_file(session: &Session<'_>) -> Result<PathBuf, Failure> {
    let found = FILES.iter().map(PathBuf::from).find(|file| session.path(file).is_file());
    found.ok_or_else(|| {
        Diagnostic::error(Code::FileMissing, Cure::FixThenRunAgain, "there is no compose file here")
            .fact("looked for", FILES.join(", "))
            .help("name it: `--file FILE`")
            .into()
    })
}

/// Variables of the `.env` beside the file, unless another one is where the file goes.
fn find_lost_variables(
    session: &Session<'_>,
    order: &Order,
    name: &str,
    pinned: &ComposeFile,
    moved: Moved<'_>,
) -> Option<Diagnostic> {
    let beside = order.path.with_file_name(ENV_FILE);
    if session.path(&order.into.join(ENV_FILE)).exists() {
        return None;
    }
    let text = std::fs::read_to_string(session.path(&beside)).ok()?;
    env_finding(name, (&beside.display().to_string(), &text), pinned, moved)
}

/// Says at the top what has no digest, so that whoever deploys the file knows.
fn mark(text: &str, unpinned: &[Unpinned]) -> String {
    let line = |one: &Unpinned| {
        let service = one.service.as_deref().unwrap_or("the file");
        // A reason is one line, but what is quoted in it may be anything.
        let why = one.why.to_string().replace(char::is_control, " ");
        format!("# Not pinned: {service}: {why}\n")
    };
    let marks: String = unpinned.iter().map(line).collect();
    format!("{marks}{text}")
}
