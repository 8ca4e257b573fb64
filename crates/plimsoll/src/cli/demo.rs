//! `demo`: a whole release, twice, on this machine alone.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use plimsoll_engine::check::Findings;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Place as PlaceInFile};
use plimsoll_engine::run::hearing::Hearing;

use super::arguments::{Place, Where};
use super::ending::{Ended, Failure, Outcome};
use super::release::{Manner, release};
use super::session::Session;
use super::subject::{Library, Reach};
use super::verify::{Asking, verify};
use crate::explain::Keeping;
use crate::output::Answer;
use crate::output::json::demo::DemoDone;
use crate::output::json::releases::Releases;
use crate::output::json::whatis::Certainty;
use crate::setup::demo::{DemoError, TAGS, find_folder, make};
use crate::wire;

const LOCAL: Place = Place { local: true };

/// Makes a sample project and releases it twice, on this machine
///
/// A real git repository with two images, one of them for two platforms, and two version tags. Both are released into a
/// registry in a folder by the very code that releases anything else, and verified. Nothing is installed, nothing is
/// asked of any network, and nothing but that folder is written.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll demo
  plimsoll demo --dir /tmp/sample")]
pub(super) struct Demo {
    /// Make it in this folder, which must be empty or not there; without it, in a temporary one that stays
    #[arg(long, value_name = "DIR", env = "PLIMSOLL_DIR")]
    pub dir: Option<PathBuf>,
}

impl Demo {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        let begun = Instant::now();
        let named = self.dir.as_ref().map(|dir| session.path(dir));
        let folder = find_folder(named.as_deref()).map_err(explain)?;
        make(&folder, session.variables).map_err(explain)?;
        session.say(&format!("made a sample project in {}, tagged {}", folder.display(), TAGS.join(" and ")));
        let there = session.in_directory(folder.clone());
        let demo = there.change(show(&there))?;
        let milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        Ok(Ended::well(Answer::Demo(DemoDone {
            program: std::env::current_exe().map_or("plimsoll".into(), |path| path.display().to_string()),
            directory: folder.display().to_string(),
            registry: folder.join(".plimsoll").join("registry").display().to_string(),
            records: folder.join(wire::LOCAL_RECORDS).display().to_string(),
            milliseconds,
            ..demo
        })))
    }
}

/// Releases both versions, the second one twice, and verifies what is there.
async fn show(session: &Session<'_>) -> Result<DemoDone, Failure> {
    let command =
        |line: String| session.say(&format!("\n{}", session.ink().strong(&format!("$ plimsoll {line}"))));
    let newest = TAGS[1];
    for tag in [TAGS[0], newest, newest] {
        command(format!("release {tag} --local"));
        let ended = release(session, tag, Keeping::Local, Manner::plain()).await?;
        session.say(ended.answer.render_text(session.ink()).trim_end());
    }
    let mut verified = Vec::new();
    for tag in TAGS {
        command(format!("verify {tag} --local"));
        let ended = verify(session, tag, LOCAL, Asking::Policy, None).await?;
        let text = ended.answer.render_text(session.ink());
        // The last line is the verdict; the checks are for whoever asks himself.
        session.say(text.trim_end().lines().last().unwrap_or_default());
        if ended.problems.has_errors() {
            return Err(ended.problems.into());
        }
        verified.push(format!("{tag}: ok"));
    }
    session.say("");
    let library = Library::open(session, "demo", None, &Where::of(LOCAL), Reach::Everything).await?;
    let catalogue = library.read().await?;
    library.quiet();
    let component = library.subject.as_ref().map(|subject| &subject.project().name);
    let nothing = Hearing::default();
    let list = Releases::of(
        component,
        catalogue.entries(),
        (None, Certainty::Whole),
        &nothing,
        library.source.clone(),
        &Findings::default(),
    );
    Ok(DemoDone {
        schema: DemoDone::SCHEMA,
        program: String::new(),
        directory: String::new(),
        registry: String::new(),
        records: String::new(),
        releases: list.releases,
        verified,
        milliseconds: 0,
    })
}

fn explain(error: DemoError) -> Failure {
    let message = error.to_string();
    let said = |code| Diagnostic::error(code, Cure::FixThenRunAgain, message.clone());
    match &error {
        DemoError::Occupied(folder) => said(Code::Usage)
            .at(PlaceInFile::of_file(&folder.display().to_string()))
            .help("name an empty folder, or one that is not there"),
        DemoError::File { error, .. } => said(Code::FileSystem).because(error),
        DemoError::GitMissing(error) => said(Code::ToolMissing)
            .because(error)
            .help("install git from your system's packages or https://git-scm.com"),
        DemoError::Git { .. } => said(Code::GitFailed),
    }
    .into()
}
