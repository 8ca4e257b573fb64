//! A project with a Dockerfile, a builder, and perhaps a registry.

use std::path::PathBuf;

use plimsoll_testkit::builders::{Daemon, put_on_path, set_up_buildah, set_up_buildx};
use plimsoll_testkit::env::Environment;
use plimsoll_testkit::process::{Invocation, Output};
use plimsoll_testkit::registry::{Access, Flavor, Registry};
use plimsoll_testkit::repo::Repo;
use plimsoll_testkit::tools;
use serde_json::Value;

/// Who builds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `docker buildx` on BuildKit.
    Buildx,
    /// `buildctl` on BuildKit.
    Buildctl,
    /// Debian's buildah.
    Buildah,
}

/// Where a yard's images go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sea {
    /// Into `.plimsoll/`.
    Local,
    /// Into a registry on loopback, with a git remote for the claim.
    Registry,
}

/// One machine with a repository and a builder.
#[derive(Debug)]
pub(crate) struct Yard {
    pub(crate) environment: Environment,
    pub(crate) repo: Repo,
    pub(crate) kind: Kind,
    pub(crate) registry: Option<Registry>,
    pub(crate) buildkit: Option<Daemon>,
}

impl Yard {
    /// A machine with an empty repository; `None` if something is missing.
    #[track_caller]
    pub(crate) fn new(kind: Kind, sea: Sea) -> Option<Yard> {
        let mut environment = Environment::new();
        put_on_path(&mut environment, &tools::require("crane")?);
        let registry = match sea {
            Sea::Local => None,
            Sea::Registry => Some(Registry::start(&environment, Flavor::Distribution3, Access::Anonymous)?),
        };
        let mut buildkit = None;
        match kind {
            Kind::Buildah => set_up_buildah(&mut environment, registry.as_ref())?,
            Kind::Buildctl => buildkit = Some(Daemon::buildkit(&environment)?),
            Kind::Buildx => {
                let daemon = Daemon::buildkit(&environment)?;
                set_up_buildx(&mut environment, &daemon)?;
                buildkit = Some(daemon);
            }
        }
        let repo = Repo::init(&environment, "repo");
        if sea == Sea::Registry {
            let remote = Repo::bare(&environment, "remote");
            repo.remote("origin", &remote.url());
        }
        Some(Yard { environment, repo, kind, registry, buildkit })
    }

    /// Where the image goes.
    pub(crate) fn repository(&self) -> String {
        self.registry.as_ref().map_or("registry.example/app".into(), |registry| registry.repository("app"))
    }

    /// A configuration of one image: `image` are further keys of it, `tables` further tables.
    pub(crate) fn config(&self, platforms: &[&str], image: &str, tables: &str) -> String {
        let quoted: Vec<String> = platforms.iter().map(|platform| format!("\"{platform}\"")).collect();
        let head = if self.registry.is_some() { "" } else { "registry = \"local\"\n" };
        let build = match (self.kind, &self.buildkit) {
            (Kind::Buildctl, Some(daemon)) => {
                format!("with = \"buildctl\"\naddress = \"{}\"", daemon.address())
            }
            (Kind::Buildah, _) => "with = \"buildah\"".to_owned(),
            // The builder that is in use.
            (Kind::Buildx | Kind::Buildctl, _) => "with = \"buildx\"".to_owned(),
        };
        format!(
            "{head}[project]\nname = \"app\"\ndescription = \"A test.\"\n[build]\n{build}\ntimeout = \"5m\"\n{tables}\n\
             [[image]]\nrepository = \"{}\"\nplatforms = [{}]\ndockerfile = \"Dockerfile\"\n{image}\n\
             [image.tags]\nrelease = [\"{{version}}\"]\n",
            self.repository(),
            quoted.join(", ")
        )
    }

    /// Commits these files and tags the commit v1.0.0.
    pub(crate) fn commit(&self, config: &str, dockerfile: &str) -> String {
        self.repo.write("plimsoll.toml", config).write("Dockerfile", dockerfile).write("app", "the app\n");
        let commit = self.repo.commit("all of it");
        self.repo.annotated_tag("v1.0.0");
        if self.registry.is_some() {
            self.repo.push("origin", ["main", "v1.0.0"]);
        }
        commit
    }

    /// The binary in the repository.
    pub(crate) fn plimsoll(&self, line: &str) -> Invocation {
        self.environment
            .command(env!("CARGO_BIN_EXE_plimsoll"))
            .in_folder(self.repo.path())
            .args(line.split_whitespace())
    }

    /// Runs a line, and demands that it ends well.
    #[track_caller]
    pub(crate) fn run(&self, line: &str) -> Output {
        self.plimsoll(line).run().expect_success()
    }

    /// The JSON that a line answers, which must end well.
    #[track_caller]
    pub(crate) fn json(&self, line: &str) -> Value {
        let output = self.plimsoll(line).args(["-o", "json"]).run().expect_success();
        serde_json::from_str(output.stdout()).expect("an answer is JSON")
    }

    /// The error that a line ends with, with how far the run got, and its exit code.
    #[track_caller]
    pub(crate) fn error(&self, line: &str) -> (Value, Option<i32>) {
        let output = self.plimsoll(line).args(["-o", "json"]).run();
        let answer: Value = serde_json::from_str(output.stdout())
            .unwrap_or_else(|error| panic!("{error}: {}\n{}", output.stdout(), output.stderr()));
        assert!(answer["error"].is_object(), "no error: {answer:#}\n{}", output.stderr());
        let mut error = answer["error"].clone();
        error["reach"] = answer["reach"].clone();
        (error, output.code())
    }

    /// A manifest or index by its digest, out of everything in `.plimsoll/`.
    #[track_caller]
    pub(crate) fn manifest(&self, digest: &Value) -> Value {
        let hex = digest.as_str().and_then(|digest| digest.strip_prefix("sha256:")).expect("a digest");
        let found = find(self.repo.path().join(".plimsoll"), hex).expect("the manifest lies here");
        serde_json::from_slice(&std::fs::read(found).expect("it can be read")).expect("it is JSON")
    }

    /// A log of this machine.
    #[track_caller]
    pub(crate) fn log(&self, name: &str) -> String {
        let path = self.repo.path().join(".plimsoll/logs").join(name);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }
}

fn find(folder: PathBuf, name: &str) -> Option<PathBuf> {
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).ok()?.flatten() {
            match entry.file_type().ok()?.is_dir() {
                true => folders.push(entry.path()),
                false if entry.file_name() == name => return Some(entry.path()),
                false => {}
            }
        }
    }
    None
}
