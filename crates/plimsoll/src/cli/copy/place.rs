//! Places that images are copied from and to.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Place as PlaceInFile};
use plimsoll_engine::world::chart_sources::ChartSources;
use plimsoll_engine::world::signatures::Signatures;
use plimsoll_oci::archive::{self, Archive};
use plimsoll_oci::layout::{Layout, LocalRegistry, SelectError};
use plimsoll_oci::name::{Digest, ImageRepository, ImageTag, Reference};
use plimsoll_oci::remote::Access;
use plimsoll_oci::store::{Pull, Store, StoreError};
use tempfile::TempDir;

use crate::cli::ending::{Failure, Left, usage};
use crate::cli::session::Session;
use crate::cli::subject::{self, Subject};
use crate::config::SigningSettings;
use crate::explain::{Asked, Explain as _, Keeping};
use crate::wire::{self, Registries, Repository, Trusted};

/// Where images are, as it stands on the command line.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Place {
    written: String,
    kind: Kind,
    /// The tag, if one is written and is one.
    pub tag: Option<ImageTag>,
    /// The digest, if one is written.
    pub digest: Option<Digest>,
}

#[derive(Clone, Debug)]
enum Kind {
    Registry(ImageRepository),
    Local(ImageRepository),
    Layout { folder: PathBuf, name: Option<String> },
    Archive { file: PathBuf, name: Option<String> },
}

impl Place {
    /// What it is in: two places are in one if this is the same.
    pub(in crate::cli) fn container(&self) -> String {
        let kind = match &self.kind {
            Kind::Registry(_) => "",
            Kind::Local(_) => "local:",
            Kind::Layout { .. } => "oci:",
            Kind::Archive { .. } => "oci-archive:",
        };
        format!("{kind}{}", self.reference())
    }

    /// The repository's name, as signatures in cosign's older form state it; a path, where it has none.
    pub(in crate::cli) fn reference(&self) -> String {
        match &self.kind {
            Kind::Registry(repository) | Kind::Local(repository) => repository.to_string(),
            Kind::Layout { folder: path, .. } | Kind::Archive { file: path, .. } => {
                path.display().to_string()
            }
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl FromStr for Place {
    type Err = String;

    fn from_str(written: &str) -> Result<Place, String> {
        let on_disk = |rest: &str| {
            let (rest, digest) = match rest.rsplit_once('@') {
                Some((path, digest)) => match digest.parse::<Digest>() {
                    Ok(digest) => (path, Some(digest)),
                    Err(_) => (rest, None),
                },
                None => (rest, None),
            };
            let (path, name) = match rest.rsplit_once(':') {
                Some((path, name)) if !name.contains('/') && !path.is_empty() => {
                    (path, Some(name.to_owned()))
                }
                _ => (rest, None),
            };
            (PathBuf::from(path), name, digest)
        };
        let place = |kind, tag, digest| Place { written: written.to_owned(), kind, tag, digest };
        let tag_of = |name: &Option<String>| name.as_deref().and_then(|name| name.parse().ok());
        if let Some(rest) = written.strip_prefix("oci:") {
            let (folder, name, digest) = on_disk(rest);
            return Ok(place(Kind::Layout { folder, name: name.clone() }, tag_of(&name), digest));
        }
        if let Some(rest) = written.strip_prefix("oci-archive:") {
            let (file, name, digest) = on_disk(rest);
            return Ok(place(Kind::Archive { file, name: name.clone() }, tag_of(&name), digest));
        }
        if let Some(rest) = written.strip_prefix("docker://") {
            return Err(format!("a registry needs no `docker://` here: write `{rest}`"));
        }
        let local = written.strip_prefix("local:");
        let reference: Reference = local.unwrap_or(written).parse().map_err(|error| format!("{error}"))?;
        let kind = match local {
            Some(_) => Kind::Local(reference.repository),
            None => Kind::Registry(reference.repository),
        };
        Ok(place(kind, reference.tag, reference.digest))
    }
}

impl Place {
    /// Whether it is a repository, and neither a tag or digest of one nor a file.
    pub(in crate::cli) fn is_repository(&self) -> bool {
        self.repository().is_some() && self.tag.is_none() && self.digest.is_none()
    }

    /// The repository that it is in; none if it is in a file or folder.
    pub(in crate::cli) fn repository(&self) -> Option<&ImageRepository> {
        match &self.kind {
            Kind::Registry(repository) | Kind::Local(repository) => Some(repository),
            Kind::Layout { .. } | Kind::Archive { .. } => None,
        }
    }
}

/// What places are seen from.
pub(in crate::cli) struct Surroundings<'a> {
    session: &'a Session<'a>,
    asked: &'a Asked,
    registries: Registries,
    /// The project that this is in, if any.
    root: Option<PathBuf>,
    /// What it says of signatures, and its repository.
    signing: Option<(SigningSettings, Repository)>,
}

impl<'a> Surroundings<'a> {
    /// Takes what the project says of registries, if there is one.
    pub(in crate::cli) async fn look(
        session: &'a Session<'a>,
        asked: &'a Asked,
    ) -> Result<Surroundings<'a>, Failure> {
        let (configured, root, signing) = match Subject::of_worktree(session, asked.clone()).await {
            Ok(subject) => {
                let root = subject.repository.root().to_owned();
                let signing = (subject.config.signing, subject.repository);
                (subject.config.registries, Some(root), Some(signing))
            }
            Err(failure) if session.config.is_none() && is_no_project(&failure) => {
                // The local registry is there for repositories without a configuration, too.
                let repository = subject::open(session, asked).await.ok();
                (BTreeMap::new(), repository.map(|repository| repository.root().to_owned()), None)
            }
            Err(failure) => return Err(failure),
        };
        let folder = root.as_deref().unwrap_or(Path::new("."));
        let logins = session.logins()?;
        let registries = Registries::new(&configured, folder, session.variables, &session.redactor, logins);
        Ok(Surroundings { session, asked, registries, root, signing })
    }

    /// Whose signatures count by the project; `None` where there is no project, or it does not say.
    pub(in crate::cli) async fn find_trusted(&self) -> Result<Option<Vec<Trusted>>, Failure> {
        let Some((settings, repository)) = &self.signing else { return Ok(None) };
        if settings.trust.is_empty() {
            return Ok(None);
        }
        let Session { variables, redactor, .. } = self.session;
        let trusted = wire::trusted(settings, repository, variables, redactor).await;
        Ok(Some(trusted.map_err(|error| error.explain(self.asked))?))
    }

    /// Where charts come from that charts need.
    pub(in crate::cli) fn chart_sources(&self) -> Arc<dyn ChartSources> {
        let Session { variables, redactor, .. } = self.session;
        wire::chart_sources(&self.registries, variables, redactor)
    }

    /// A repository to write to: of its registry, or in the project's local one.
    pub(in crate::cli) fn store(
        &self,
        name: &ImageRepository,
        keeping: Keeping,
    ) -> Result<Arc<dyn Store>, Failure> {
        match keeping {
            Keeping::Local => Ok(Arc::new(self.local()?.repository(name))),
            Keeping::Remote => {
                let opened = self.registries.repository(name, Access::Push);
                Ok(Arc::new(opened.map_err(|error| error.explain(self.asked))?))
            }
        }
    }

    /// Whose signatures count by the project that this is in.
    pub(in crate::cli) fn signatures(&self) -> ProjectTrust {
        let Some((settings, repository)) =
            self.signing.as_ref().filter(|(settings, _)| !settings.trust.is_empty())
        else {
            return ProjectTrust::Unsaid;
        };
        let Session { variables, redactor, .. } = self.session;
        match wire::signatures_trusted(settings, repository, variables, redactor) {
            Some(signatures) => ProjectTrust::Named(signatures),
            None => ProjectTrust::SignerAlone,
        }
    }

    fn local(&self) -> Result<LocalRegistry, Failure> {
        let root = self.root.as_deref().ok_or_else(|| {
            Diagnostic::error(Code::NoRepository, Cure::FixThenRunAgain, "there is no project here")
                .help("`local:` means the project's local registry: run this in its git repository")
        })?;
        wire::local_registry(root).map_err(|error| error.explain(self.asked).into())
    }

    fn explain(&self, error: &StoreError) -> Failure {
        error.explain(self.asked).into()
    }
}

/// Whose signatures count by a project.
pub(in crate::cli) enum ProjectTrust {
    /// It does not say, or there is none.
    Unsaid,
    /// Those of its own private key: its public part is named nowhere.
    SignerAlone,
    /// Those that this judges.
    Named(Arc<dyn Signatures>),
}

/// Images are copied outside of projects, too.
fn is_no_project(failure: &Failure) -> bool {
    let codes = [Code::NoRepository, Code::ConfigMissing, Code::NoCommits];
    failure.problems.all().iter().all(|problem| codes.contains(&problem.code))
}

/// A place to copy from.
pub(in crate::cli) struct Source {
    pub pull: Arc<dyn Pull>,
    /// What a name that is no tag selects.
    pub selected: Option<Digest>,
    /// The repository, where it has a name that mounts can use.
    pub repository: Option<ImageRepository>,
    _spool: Option<TempDir>,
}

/// A place to copy to. What is an archive is there once it is finished.
#[must_use = "an archive is written by `finish`"]
pub(in crate::cli) struct Target {
    pub store: Arc<dyn Store>,
    /// The repository, where it has a name that mounts can use.
    pub repository: Option<ImageRepository>,
    archive: Option<Unwritten>,
}

/// An archive that is a layout until it is whole.
struct Unwritten {
    layout: Layout,
    file: PathBuf,
    _folder: TempDir,
}

impl Target {
    /// What a copy leaves in it that fails midway: nothing in an archive, which is written whole, at the end.
    pub(in crate::cli) fn left_midway(&self) -> Left {
        match self.archive {
            Some(_) => Left::Nothing,
            None => Left::Some,
        }
    }

    /// Writes what is not written yet.
    pub(in crate::cli) fn finish(self) -> Result<(), StoreError> {
        match self.archive {
            None => Ok(()),
            Some(unwritten) => archive::write(&unwritten.layout, &unwritten.file).map(|_| ()),
        }
    }
}

impl Place {
    /// Whether it is a repository of a registry, and nothing on this machine.
    pub(in crate::cli) fn is_in_registry(&self) -> bool {
        matches!(self.kind, Kind::Registry(_))
    }

    pub(in crate::cli) async fn open_source(&self, around: &Surroundings<'_>) -> Result<Source, Failure> {
        let source = |pull: Arc<dyn Pull>, repository: Option<&ImageRepository>| Source {
            pull,
            selected: None,
            repository: repository.cloned(),
            _spool: None,
        };
        match &self.kind {
            Kind::Registry(name) => {
                let opened = around.registries.repository(name, Access::Pull);
                Ok(source(Arc::new(opened.map_err(|error| error.explain(around.asked))?), Some(name)))
            }
            Kind::Local(name) => Ok(source(Arc::new(around.local()?.repository(name)), Some(name))),
            Kind::Layout { folder, name } => {
                let layout = Layout::open(&around.session.path(folder));
                let layout = layout.map_err(|error| around.explain(&error))?;
                let selected = self.select(name.as_deref(), |name| layout.select(name))?;
                Ok(Source { selected, ..source(Arc::new(layout), None) })
            }
            Kind::Archive { file, name } => {
                let file = around.session.path(file);
                let spool = temporary(None)?;
                let archive = Archive::open(&file, spool.path()).await.map_err(|error| {
                    Diagnostic::error(Code::LayoutInvalid, Cure::FixThenRunAgain, error.to_string())
                        .at(PlaceInFile::of_file(&file.display().to_string()))
                })?;
                let selected = self.select(name.as_deref(), |name| archive.select(name))?;
                Ok(Source { selected, _spool: Some(spool), ..source(Arc::new(archive), None) })
            }
        }
    }

    /// What is there already, to add something to it.
    ///
    /// # Errors
    /// It can't be opened, or is an archive, which is written as a whole or not at all.
    pub(in crate::cli) fn open_store(&self, around: &Surroundings<'_>) -> Result<Arc<dyn Store>, Failure> {
        match &self.kind {
            Kind::Archive { file, .. } => {
                let message = format!("{self} is an archive, and nothing can be added to one");
                let file = file.display();
                let help = format!(
                    "copy it to a layout first: `plimsoll copy {self} oci:FOLDER`, and back to {file} afterwards"
                );
                Err(usage(message).help(help).into())
            }
            Kind::Registry(_) | Kind::Local(_) | Kind::Layout { .. } => Ok(self.open_target(around)?.store),
        }
    }

    /// What content is copied to. Nothing of an archive that is there stays.
    pub(in crate::cli) fn open_target(&self, around: &Surroundings<'_>) -> Result<Target, Failure> {
        let target = |store: Arc<dyn Store>, repository: Option<&ImageRepository>| Target {
            store,
            repository: repository.cloned(),
            archive: None,
        };
        match &self.kind {
            Kind::Registry(name) => {
                let opened = around.registries.repository(name, Access::Push);
                Ok(target(Arc::new(opened.map_err(|error| error.explain(around.asked))?), Some(name)))
            }
            Kind::Local(name) => Ok(target(Arc::new(around.local()?.repository(name)), Some(name))),
            Kind::Layout { folder, .. } => {
                let layout = Layout::create(&around.session.path(folder));
                Ok(target(Arc::new(layout.map_err(|error| around.explain(&error))?), None))
            }
            Kind::Archive { file, .. } => {
                let file = around.session.path(file);
                // Beside the archive, where there has to be room anyway.
                let folder = temporary(file.parent().filter(|folder| !folder.as_os_str().is_empty()))?;
                let layout = Layout::create(folder.path()).map_err(|error| around.explain(&error))?;
                let archive = Unwritten { layout: layout.clone(), file, _folder: folder };
                Ok(Target { archive: Some(archive), ..target(Arc::new(layout), None) })
            }
        }
    }

    /// What a layout or archive means by a name; nothing where a digest is written.
    fn select(
        &self,
        name: Option<&str>,
        select: impl Fn(Option<&str>) -> Result<plimsoll_oci::model::Descriptor, SelectError>,
    ) -> Result<Option<Digest>, Failure> {
        if self.digest.is_some() {
            return Ok(None);
        }
        match select(name) {
            Ok(found) => Ok(Some(found.digest)),
            // Which one is meant matters only if not all of them are.
            Err(SelectError::Several { .. } | SelectError::Empty { .. }) if name.is_none() => Ok(None),
            Err(error) => Err(usage(error.to_string()).into()),
        }
    }
}

pub(in crate::cli) fn temporary(beside: Option<&Path>) -> Result<TempDir, Failure> {
    let made = match beside {
        Some(folder) => TempDir::with_prefix_in(".plimsoll-", folder),
        None => TempDir::with_prefix("plimsoll-"),
    };
    made.map_err(|error| {
        Diagnostic::error(Code::FileSystem, Cure::FixThenRunAgain, "no temporary folder can be made")
            .because(&error)
            .into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_places() {
        let read = |text: &str| {
            let place: Place = text.parse().unwrap();
            let tag = place.tag.map(|tag| tag.to_string()).unwrap_or_default();
            (format!("{:?}", place.kind), tag, place.digest.is_some())
        };
        let digest = format!("sha256:{}", "0".repeat(64));
        assert_eq!(read("ghcr.io/a/b:v1"), ("Registry(ghcr.io/a/b)".into(), "v1".into(), false));
        assert_eq!(
            read(&format!("local:a/b@{digest}")),
            ("Local(docker.io/a/b)".into(), String::new(), true)
        );
        let layout = r#"Layout { folder: "dist/app", name: Some("v1") }"#;
        assert_eq!(read("oci:dist/app:v1"), (layout.into(), "v1".into(), false));
        let layout = r#"Layout { folder: "dist/app", name: None }"#;
        assert_eq!(read(&format!("oci:dist/app@{digest}")), (layout.into(), String::new(), true));
        let archive = r#"Archive { file: "/x/a.tar", name: Some("full/name") }"#;
        assert_ne!(read("oci-archive:/x/a.tar:full/name").0, archive);
        assert!("ghcr.io/A".parse::<Place>().is_err());
    }
}
