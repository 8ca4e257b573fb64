//! A sample project of two images, with the git remote that machines share.

use std::cell::OnceCell;

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::repo::Repo;

use crate::claim::Claims;
use crate::machine::Machine;

/// The name of the project, which is its component in claims and records.
pub(crate) const NAME: &str = "harbour";

/// Where the images of the project go.
#[derive(Debug, Clone)]
pub(crate) struct Fleet {
    /// The repository of `app`, an image of two platforms.
    pub(crate) app: String,
    /// Further repositories of `app`, as they stand in the list: quoted, or as tables.
    pub(crate) app_mirrors: Vec<String>,
    /// The repository of `tool`, an image of one platform.
    pub(crate) tool: String,
    /// What the file begins with: keys of the top level.
    pub(crate) head: String,
    /// What the file ends with: further tables.
    pub(crate) tail: String,
}

impl Fleet {
    /// Both images in one registry, nothing mirrored.
    pub(crate) fn at(registry: &str) -> Self {
        Self {
            app: format!("{registry}/{NAME}/app"),
            app_mirrors: Vec::new(),
            tool: format!("{registry}/{NAME}/tool"),
            head: String::new(),
            tail: String::new(),
        }
    }

    /// The same, with a further repository of `app` that the release waits for.
    pub(crate) fn mirrored_to(mut self, repository: &str) -> Self {
        self.app_mirrors.push(format!("\"{repository}\""));
        self
    }

    /// The same, with a further repository of `app` that the release does not wait for.
    pub(crate) fn optionally_mirrored_to(mut self, repository: &str) -> Self {
        self.app_mirrors.push(format!("{{ repository = \"{repository}\", optional = true }}"));
        self
    }

    /// The same, with this before everything else in the file.
    pub(crate) fn with_head(mut self, text: &str) -> Self {
        self.head.push_str(text);
        self.head.push('\n');
        self
    }

    /// The same, with this after everything else in the file.
    pub(crate) fn with_tail(mut self, text: &str) -> Self {
        self.tail.push_str(text);
        self.tail.push('\n');
        self
    }

    /// The text of `plimsoll.toml`.
    pub(crate) fn render(&self) -> String {
        let Self { app, app_mirrors, tool, head, tail } = self;
        let mirrors = app_mirrors.join(", ");
        format!(
            r#"{head}
[project]
name = "{NAME}"
description = "Two images."
license = "MIT"

[version]
files = ["VERSION"]

[image-defaults.tags]
release = ["{{version}}", "{{major}}.{{minor}}", "sha-{{sha}}", "latest"]

[[image]]
name = "app"
repository = "{app}"
mirrors = [{mirrors}]
platforms = ["linux/amd64", "linux/arm64"]
[image.assemble]
files = [{{ from = "dist/{{os}}-{{arch}}/app", to = "/usr/bin/app", mode = "0755" }}]
entrypoint = ["/usr/bin/app"]

[[image]]
name = "tool"
repository = "{tool}"
platforms = ["linux/amd64"]
[image.assemble]
files = [{{ from = "dist/tool", to = "/usr/bin/tool", mode = "0755" }}]
entrypoint = ["/usr/bin/tool"]

{tail}"#
        )
    }
}

/// Whether what the images are made of is in the commit, or made on each machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Inputs {
    /// In the commit: every machine makes the same bytes.
    Committed,
    /// Not in the commit: [`Machine::build`] makes them.
    Built,
}

/// A project whose remote machines share.
#[derive(Debug)]
pub(crate) struct Project {
    environment: Environment,
    remote: Repo,
    author: OnceCell<Repo>,
    inputs: Inputs,
}

impl Project {
    /// Makes a project with a configuration; nothing is tagged.
    pub(crate) fn new(configuration: &str, inputs: Inputs) -> Self {
        let environment = Environment::new();
        let (remote, author) = (Repo::bare(&environment, "remote.git"), Repo::init(&environment, "author"));
        author.remote("origin", &remote.url());
        author.write("plimsoll.toml", configuration);
        if inputs == Inputs::Built {
            author.write(".gitignore", "dist/\n");
        }
        Self { environment, remote, author: OnceCell::from(author), inputs }
    }

    /// A project of a fleet whose inputs are in its commits, with version 1.0.0 tagged.
    pub(crate) fn tagged(fleet: &Fleet) -> Self {
        let project = Self::new(&fleet.render(), Inputs::Committed);
        project.tag("1.0.0");
        project
    }

    /// The repository in which the author works.
    pub(crate) fn author(&self) -> &Repo {
        self.author.get_or_init(|| Repo::clone_of(&self.environment, self.remote.url(), "author", []))
    }

    /// Commits a version to `main`, tags it `v…` and pushes both.
    pub(crate) fn tag(&self, version: &str) {
        self.commit(version);
        self.author().annotated_tag(&format!("v{version}"));
        self.push(&["HEAD", &format!("v{version}")]);
    }

    /// Commits a version where the author stands.
    pub(crate) fn commit(&self, version: &str) {
        self.author().write("VERSION", format!("{version}\n"));
        if self.inputs == Inputs::Committed {
            for (file, contents) in inputs(version) {
                self.author().write(file, contents);
            }
        }
        self.author().commit(&format!("Version {version}"));
    }

    /// Pushes refs of the author, by force.
    pub(crate) fn push(&self, refs: &[&str]) {
        self.author().git(["push", "--quiet", "--force", "origin"].iter().chain(refs).copied());
    }

    /// A machine of its own, with a fresh clone.
    pub(crate) fn machine(&self) -> Machine {
        Machine::new(&self.remote.url())
    }

    /// The claims on the remote.
    pub(crate) fn claims(&self) -> Claims {
        Claims::of(&self.environment, self.remote.path())
    }

    /// The remote.
    pub(crate) fn remote(&self) -> &Repo {
        &self.remote
    }

    /// The same commits and tags in a remote of its own, without claims.
    pub(crate) fn copy(&self) -> Self {
        let environment = Environment::new();
        let remote = Repo::clone_of(&environment, self.remote.url(), "remote.git", ["--bare"]);
        Self { environment, remote, author: OnceCell::new(), inputs: self.inputs }
    }
}

/// What the images of a version are made of.
pub(crate) fn inputs(word: &str) -> [(&'static str, String); 3] {
    let say = |what: &str| format!("#!/bin/sh\necho {what} {word}\n");
    [
        ("dist/linux-amd64/app", say("app for amd64")),
        ("dist/linux-arm64/app", say("app for arm64")),
        ("dist/tool", say("tool")),
    ]
}
