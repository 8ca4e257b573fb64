//! `compose pin`: the digest of every image behind it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::{Args, ValueEnum};
use futures_util::stream::{self, StreamExt as _};
use plimsoll_engine::check::compose::{Advice, unpinned};
use plimsoll_engine::document::compose::{
    Builds, Choices, Left, PinError, Running, ThirdParty, Unpinned, Wanted, Why,
};
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Place};
use plimsoll_oci::name::{Digest, Reference};

use super::text_file::{TextFile, write_whole};
use crate::cli::arguments::TextOutput;
use crate::cli::ending::{Ended, Failure, Outcome};
use crate::cli::session::Session;
use crate::output::Answer;
use crate::output::json::compose::ComposeInfo;
use crate::wire::Registries;

/// How many registries are asked at a time.
pub(super) const AT_ONCE: usize = 8;

/// Writes the digest of every image behind it
///
/// Images are looked up where their names say, with the logins of docker and podman. What has a digest stays as it is. If
/// anything can't be pinned, nothing is written, and everything that can't is named.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll compose pin docker-compose.yml > pinned.yml
  plimsoll compose pin docker-compose.yml --output pinned.yml
  plimsoll compose pin docker-compose.yml --image app=ghcr.io/acme/app:1.4.0
  plimsoll compose pin docker-compose.yml --image postgres:16=postgres:16@sha256:…")]
pub(in crate::cli) struct Pin {
    /// The compose file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// What is pinned, and how.
    #[command(flatten)]
    pub how: How,
    /// Where the text goes.
    #[command(flatten)]
    pub output: TextOutput,
}

/// What is pinned, and how.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct How {
    /// What a service shall run; NAME is a service, or an image as the file writes it. A digest in REF is taken as it is
    #[arg(long, value_name = "NAME=REF", env = "PLIMSOLL_IMAGE", value_delimiter = ' ')]
    pub image: Vec<Named>,
    /// What becomes of images that are not named [default: pin]
    #[arg(long, value_name = "WHAT", env = "PLIMSOLL_THIRD_PARTY")]
    pub third_party: Option<Others>,
    /// Leave this service as it is
    #[arg(long, value_name = "SERVICE", env = "PLIMSOLL_LEAVE", value_delimiter = ',')]
    pub leave: Vec<String>,
    /// What becomes of the `build` sections of services that are pinned; `compose pin` keeps them
    #[arg(long, value_name = "WHAT", env = "PLIMSOLL_BUILD")]
    pub build: Option<BuildSections>,
}

/// What holds where the command line says nothing else.
pub(super) struct Base {
    /// What is known of its services.
    pub(super) running: Running,
    /// What becomes of images that are not named.
    pub(super) third_party: ThirdParty,
    /// Services that are left alone.
    pub(super) leave: Vec<String>,
    /// What becomes of the `build` sections of services that are pinned.
    pub(super) builds: Builds,
}

/// A text, and what in it could run without a digest.
pub(super) struct Made {
    pub(super) text: String,
    pub(super) unpinned: Vec<Unpinned>,
}

/// An image for a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Named {
    name: String,
    spelled: String,
    reference: Reference,
}

impl FromStr for Named {
    type Err = String;

    fn from_str(text: &str) -> Result<Named, String> {
        // A reference has no `=`; an image as a file writes it may.
        let (name, spelled) = text.rsplit_once('=').ok_or("it has no `=`")?;
        let reference = spelled.parse::<Reference>().map_err(|error| error.to_string())?;
        match name.is_empty() {
            true => Err("no name stands before the `=`".to_owned()),
            false => Ok(Named { name: name.to_owned(), spelled: spelled.to_owned(), reference }),
        }
    }
}

/// What becomes of images that are not named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Others {
    /// They are looked up and pinned
    Pin,
    /// They stay, as long as they name a version
    Keep,
}

/// What becomes of `build` sections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum BuildSections {
    /// They stay
    Keep,
    /// They are taken out; where nothing else is there, the image takes their place
    Drop,
}

impl Pin {
    pub(super) fn run(&self, session: &Session<'_>) -> Outcome {
        let file = TextFile::read(session, &self.file)?;
        let pinned = session.look(self.how.pin(session, &file))?;
        write(session, &file, &pinned, self.output.output.file())
    }
}

impl How {
    /// The text of a file with everything pinned.
    async fn pin(&self, session: &Session<'_>, file: &TextFile) -> Result<String, Failure> {
        let made = self.pin_alone(session, file, Builds::Keep).await?;
        match made.unpinned.is_empty() {
            true => Ok(made.text),
            false => Err(explain_all(file, &made.unpinned)),
        }
    }

    /// The text of a file that belongs to no project, with everything pinned that can be.
    pub(super) async fn pin_alone(
        &self,
        session: &Session<'_>,
        file: &TextFile,
        builds: Builds,
    ) -> Result<Made, Failure> {
        // A stranger's file is pinned with what everybody may read.
        let logins = session.logins()?;
        let (none, here) = (BTreeMap::new(), &session.directory);
        let registries = Registries::new(&none, here, session.variables, &session.redactor, logins);
        let (running, leave) = (Running::default(), Vec::new());
        let base = Base { running, third_party: ThirdParty::Resolve, leave, builds };
        self.pin_where_possible(file, base, |all| resolve_all(&registries, all)).await
    }

    /// The text of a file with everything pinned that can be. `resolve` looks images up.
    pub(super) async fn pin_where_possible<R>(
        &self,
        file: &TextFile,
        base: Base,
        resolve: impl FnOnce(BTreeSet<Reference>) -> R,
    ) -> Result<Made, Failure>
    where
        R: Future<Output = BTreeMap<Reference, Result<Digest, Why>>>,
    {
        let Running { mut wanted, mut unreleased } = base.running;
        wanted.extend(self.wanted(file)?);
        let third_party = match self.third_party {
            Some(Others::Pin) => ThirdParty::Resolve,
            Some(Others::Keep) => ThirdParty::Keep,
            None => base.third_party,
        };
        self.check_left(file)?;
        let leave: Vec<String> = base.leave.iter().chain(&self.leave).cloned().collect();
        // Nobody knows what these run, whatever a registry has under their names, unless the command line tells.
        unreleased.retain(|one| {
            one.service.as_ref().is_some_and(|name| !wanted.contains_key(name) && !leave.contains(name))
        });
        let nobody_knows = |name: &String| unreleased.iter().any(|one| one.service.as_ref() == Some(name));
        let choices = Choices::make(&file.compose, &wanted, third_party, Left { services: &leave });
        let resolved = resolve(choices.to_resolve()).await;
        let (mut pins, mut unpinned) = choices.pins_where_possible(&resolved);
        pins.retain(|name, _| !nobody_knows(name));
        unpinned.retain(|one| !one.service.as_ref().is_some_and(nobody_knows));
        unpinned.extend(unreleased);
        unpinned.sort_by_key(|one| one.line);
        let builds = match self.build {
            Some(BuildSections::Keep) => Builds::Keep,
            Some(BuildSections::Drop) => Builds::Drop,
            None => base.builds,
        };
        let text = file.compose.pin(&pins, builds).map_err(|error| explain_pin(file, &error))?;
        Ok(Made { text, unpinned })
    }

    /// The images that were named, by service.
    fn wanted(&self, file: &TextFile) -> Result<BTreeMap<String, Wanted>, Failure> {
        let mut wanted = BTreeMap::new();
        for named in &self.image {
            let services = file.compose.find_services(&named.name);
            if services.is_empty() {
                return Err(unknown(file, &named.name, "no service and no image").into());
            }
            for service in services {
                let reference = named.reference.clone();
                let spelled = Some(named.spelled.clone());
                wanted.insert(service.to_owned(), Wanted { reference, spelled });
            }
        }
        Ok(wanted)
    }

    fn check_left(&self, file: &TextFile) -> Result<(), Failure> {
        let is_there = |name: &&String| file.compose.services().iter().any(|service| service.name == **name);
        match self.leave.iter().find(|name| !is_there(name)) {
            Some(name) => Err(unknown(file, name, "no service").into()),
            None => Ok(()),
        }
    }
}

fn unknown(file: &TextFile, name: &str, what: &str) -> Diagnostic {
    let services: Vec<&str> = file.compose.services().iter().map(|service| service.name.as_str()).collect();
    let images: Vec<&str> = file.compose.images().iter().map(|image| image.written.as_str()).collect();
    let message = format!("{what} of {} is called `{name}`", file.name);
    Diagnostic::error(Code::InvalidValue, Cure::FixThenRunAgain, message)
        .at(Place::of_file(&file.name))
        .fact("services", services.join(", "))
        .fact("images", images.join(", "))
}

/// Looks images up, side by side.
async fn resolve_all(
    registries: &Registries,
    references: BTreeSet<Reference>,
) -> BTreeMap<Reference, Result<Digest, Why>> {
    let resolve = |reference: Reference| async move {
        let found = registries.resolve(&reference).await;
        judge(reference, found)
    };
    stream::iter(references).map(resolve).buffer_unordered(AT_ONCE).collect().await
}

/// What an answer says of an image that was looked up.
pub(super) fn judge<E: Display>(
    reference: Reference,
    found: Result<Option<Digest>, E>,
) -> (Reference, Result<Digest, Why>) {
    let digest = match found {
        Ok(Some(digest)) => Ok(digest),
        Ok(None) => Err(Why::NotThere { reference: reference.clone() }),
        Err(error) => Err(Why::Unresolved { reference: Box::new(reference.clone()), why: error.to_string() }),
    };
    (reference, digest)
}

/// Everything that is not pinned, each with its place.
pub(super) fn explain_all(file: &TextFile, all: &[Unpinned]) -> Failure {
    let text = file.compose.text();
    let problems: Vec<Diagnostic> =
        all.iter().map(|one| unpinned(&file.name, text, one, Advice::Options)).collect();
    problems.into()
}

pub(super) fn explain_pin(file: &TextFile, error: &PinError) -> Failure {
    match error {
        PinError::Unpinned(all) => explain_all(file, all),
        PinError::NotProven => Diagnostic::error(Code::Bug, Cure::ReportBug, error.to_string())
            .at(Place::of_file(&file.name))
            .into(),
    }
}

/// Writes a text where it was asked for, and tells what it is now.
pub(super) fn write(session: &Session<'_>, file: &TextFile, text: &str, output: Option<&Path>) -> Outcome {
    let now = file.reread(text)?;
    let name = output.map(|path| path.display().to_string());
    if let (Some(path), Some(name)) = (output, &name) {
        write_whole(&session.path(path), name, text.as_bytes())?;
    }
    let info = ComposeInfo::of(&file.name, name, file.compose.text(), &now);
    Ok(Ended::well(Answer::Compose(info)))
}
