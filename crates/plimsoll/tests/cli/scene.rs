//! One project on one machine, and what the binary says there.

use std::path::Path;

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::process::{Invocation, Output};
use plimsoll_testkit::redact::Redaction;
use plimsoll_testkit::repo::Repo;
use serde_json::Value;

use crate::advice::expect_runnable;

/// A configuration with one image of one file, which needs nothing but that file.
pub(crate) const CONFIG: &str = r#"[project]
name = "app"

[[image]]
repository = "registry.example/app"
platforms = ["linux/amd64"]
[image.assemble]
files = [{ from = "app", to = "/app", mode = "0755" }]
"#;

/// A repository on a machine of its own.
pub(crate) struct Scene {
    /// The repository.
    pub(crate) repo: Repo,
}

impl Scene {
    /// An empty repository.
    pub(crate) fn empty() -> Scene {
        Scene { repo: Repo::init(&Environment::new(), "repo") }
    }

    /// A repository with this configuration and the file that [`CONFIG`] needs, committed.
    pub(crate) fn with_config(config: &str) -> Scene {
        let scene = Scene::empty();
        scene.repo.write("plimsoll.toml", config).write("app", "#!/bin/sh\necho app\n");
        scene.repo.commit("first");
        scene
    }

    /// The same with [`CONFIG`] and the tag v1.0.0.
    pub(crate) fn tagged() -> Scene {
        let scene = Scene::with_config(CONFIG);
        scene.repo.annotated_tag("v1.0.0");
        scene
    }

    /// The same, and v1.0.0 is released into the local registry.
    pub(crate) fn released() -> Scene {
        let scene = Scene::tagged();
        scene.run("release v1.0.0 --local").expect_success();
        scene
    }

    /// A repository with this configuration and a remote that it pushes to. Its ledger's files are ignored: they stay in this clone.
    pub(crate) fn with_remote(config: &str) -> (Scene, Repo) {
        let scene = Scene::with_config(config);
        let remote = Repo::bare(scene.environment(), "origin.git");
        scene.repo.write(".gitignore", "releases\n").remote("origin", &remote.url());
        (scene, remote)
    }

    /// Tags a new commit and pushes both.
    pub(crate) fn push_version(&self, tag: &str) {
        self.repo.write("app", tag).commit(tag);
        self.repo.annotated_tag(tag);
        self.repo.push("origin", ["main", tag]);
    }

    /// The machine.
    pub(crate) fn environment(&self) -> &Environment {
        self.repo.environment()
    }

    /// The binary with the words of a line as arguments, in the repository.
    pub(crate) fn plimsoll(&self, line: &str) -> Invocation {
        let program = env!("CARGO_BIN_EXE_plimsoll");
        self.environment().command(program).in_folder(self.repo.path()).args(line.split_whitespace())
    }

    /// Runs a line to its end. Progress is left out: its lines come in any order.
    #[track_caller]
    pub(crate) fn run(&self, line: &str) -> Output {
        checked(self.plimsoll(line).arg("--no-progress").run())
    }

    /// What a user sees of a line.
    #[track_caller]
    pub(crate) fn show(&self, line: &str) -> String {
        self.shown(&self.run(line))
    }

    /// The JSON that a line writes.
    #[track_caller]
    pub(crate) fn json(&self, line: &str) -> Value {
        let output = checked(self.plimsoll(line).args(["-o", "json"]).run());
        let json = serde_json::from_str(output.stdout());
        json.unwrap_or_else(|error| panic!("no JSON ({error}): {}\n{}", output.stdout(), output.stderr()))
    }

    /// The code of the error that a line ends with, and its exit code.
    #[track_caller]
    pub(crate) fn error(&self, line: &str) -> (String, Option<i32>) {
        let output = checked(self.plimsoll(line).args(["-o", "json"]).run());
        let json: Value = serde_json::from_str(output.stdout())
            .unwrap_or_else(|error| panic!("no JSON ({error}): {}\n{}", output.stdout(), output.stderr()));
        let code = json["error"]["code"].as_str().unwrap_or_else(|| panic!("no error: {json:#}"));
        (code.to_owned(), output.code())
    }

    /// An ended command as a snapshot.
    pub(crate) fn shown(&self, output: &Output) -> String {
        let mut text = match output.code() {
            Some(code) => format!("exit {code}\n"),
            None => "killed\n".to_owned(),
        };
        for (name, stream) in [("stdout", output.stdout()), ("stderr", output.stderr())] {
            if !stream.is_empty() {
                text.push_str(&format!("--- {name}\n{}\n", stream.trim_end()));
            }
        }
        self.redacted(&text)
    }

    /// A text without what changes from run to run.
    pub(crate) fn redacted(&self, text: &str) -> String {
        let text = Redaction::of(text).root(self.environment().root()).ports().digests();
        let mut text = text.replace(&host(), "[HOST]").text();
        for commit in self.repo.try_git(["rev-list", "--all"]).stdout().lines() {
            text = text.replace(commit, "[COMMIT]");
            text = text.replace(commit.get(..7).unwrap_or(commit), "[commit]");
        }
        replace_hex(&replace_times(&text))
    }

    /// A file of the working directory.
    #[track_caller]
    pub(crate) fn read(&self, file: &str) -> String {
        let path = self.repo.path().join(file);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The bytes of a file.
    #[track_caller]
    pub(crate) fn read_bytes(&self, file: &str) -> Vec<u8> {
        let path = self.repo.path().join(file);
        std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Whether there is such a file or folder.
    pub(crate) fn has(&self, file: &str) -> bool {
        self.repo.path().join(file).exists()
    }

    /// Every file below a folder of the working directory.
    pub(crate) fn files(&self, folder: &str) -> Vec<std::path::PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.repo.path().join(folder)];
        while let Some(folder) = folders.pop() {
            let Ok(entries) = std::fs::read_dir(&folder) else { continue };
            for entry in entries {
                let path = entry.expect("an entry can be read").path();
                if path.is_dir() { folders.push(path) } else { found.push(path) }
            }
        }
        found.sort();
        found
    }

    /// The blob or manifest of the local registry that has these bytes in it.
    #[track_caller]
    pub(crate) fn blob_with(&self, word: &str) -> std::path::PathBuf {
        let has_word = |path: &Path| {
            let bytes = std::fs::read(path).unwrap_or_default();
            bytes.windows(word.len()).any(|part| part == word.as_bytes())
        };
        let found = self
            .files(".plimsoll/registry")
            .into_iter()
            .find(|path| path.to_string_lossy().contains("/blobs/") && has_word(path));
        found.unwrap_or_else(|| panic!("no blob has `{word}`"))
    }
}

/// An ended command that advises nothing which can't be run.
#[track_caller]
fn checked(output: Output) -> Output {
    expect_runnable(&output);
    output
}

fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname");
    // Where there is no such file nothing is replaced, and the snapshot says so.
    name.map_or("no host".into(), |name| format!("by       {}", name.trim()))
}

/// Replaces RFC 3339 times, keeping their width.
fn replace_times(text: &str) -> String {
    const SHAPE: &str = "dddd-dd-ddTdd:dd:ddZ";
    let fits = |at: usize| {
        let piece = text.as_bytes().get(at..at + SHAPE.len())?;
        let fits = piece.iter().zip(SHAPE.bytes()).all(|(byte, shape)| match shape {
            b'd' => byte.is_ascii_digit(),
            other => *byte == other,
        });
        fits.then_some(SHAPE.len())
    };
    replace_where(text, fits, "YYYY-MM-DDTHH:MM:SSZ")
}

/// Replaces object names and the short digests of hold tags and tables.
fn replace_hex(text: &str) -> String {
    let hex = |at: usize| {
        let before =
            at.checked_sub(1).and_then(|before| text.as_bytes().get(before)).copied().unwrap_or(b' ');
        let length = text.as_bytes().iter().skip(at).take_while(|byte| byte.is_ascii_hexdigit()).count();
        let alone = !before.is_ascii_alphanumeric();
        (alone && matches!(length, 12 | 40)).then_some(length)
    };
    replace_where(text, hex, "[hex]")
}

fn replace_where(text: &str, fits: impl Fn(usize) -> Option<usize>, with: &str) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(character) = text.get(at..).and_then(|rest| rest.chars().next()) {
        match fits(at) {
            Some(length) => {
                replaced.push_str(with);
                at += length;
            }
            None => {
                replaced.push(character);
                at += character.len_utf8();
            }
        }
    }
    replaced
}
