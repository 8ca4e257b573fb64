//! The files of the repository that workflows call: local actions, and the scripts and makefiles that their steps run.

use serde_json::Value;

use super::WorkflowFile;
use super::script::{assignment, commands};

/// The most files that are looked into.
const MOST: usize = 100;
/// Where make looks for its file.
pub(in crate::setup) const MAKEFILES: [&str; 3] = ["GNUmakefile", "makefile", "Makefile"];
/// Programs that run the file that they are given.
const SHELLS: [&str; 7] = ["bash", "sh", "zsh", "dash", "ksh", "source", "."];
/// Words that stand before a command.
const BEFORE: [&str; 6] = ["sudo", "then", "do", "time", "exec", "env"];
/// How the root of the repository is called.
const ROOTS: [&str; 5] =
    ["${{github.workspace}}", "${GITHUB_WORKSPACE}", "$GITHUB_WORKSPACE", "${PWD}", "$PWD"];

/// What a command runs that lies in the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Call {
    /// A script, and what it is given.
    Script { path: String, given: Vec<String> },
    /// Targets of a makefile that is one of these.
    Make {
        paths: Vec<String>,
        folder: String,
        targets: Vec<String>,
        /// Variables of the command line.
        given: Vec<(String, String)>,
        /// Those of its environment that the script sets.
        environment: Vec<(String, String)>,
    },
    /// A task of the project that is written down in another way: `just`, `task`, `bazel run`.
    Task,
    /// A program of the project, or a package's: `npm run`.
    Other,
}

/// Finds and reads them. `read` gives the text of a file by its path from the root, where it is there.
pub(crate) fn find(workflows: &[WorkflowFile], read: &dyn Fn(&str) -> Option<String>) -> Vec<WorkflowFile> {
    let mut finder = Finder { read, files: Vec::new() };
    for workflow in workflows {
        let root: Value = yaml_serde::from_str(&workflow.text).unwrap_or(Value::Null);
        for job in root.get("jobs").and_then(Value::as_object).into_iter().flatten().map(|(_, job)| job) {
            let folder = job.pointer("/defaults/run/working-directory").and_then(Value::as_str);
            finder.look_at(job.get("steps"), folder.unwrap_or_default(), "");
        }
    }
    finder.files
}

struct Finder<'a> {
    read: &'a dyn Fn(&str) -> Option<String>,
    files: Vec<WorkflowFile>,
}

impl Finder<'_> {
    fn look_at(&mut self, steps: Option<&Value>, folder: &str, action: &str) {
        for step in steps.and_then(Value::as_array).into_iter().flatten() {
            let text = |key: &str| step.get(key).and_then(Value::as_str);
            if let Some(path) = text("uses").and_then(|uses| uses.strip_prefix("./")) {
                self.open_action(path);
            }
            let folder = text("working-directory").unwrap_or(folder);
            let run = text("run").unwrap_or_default();
            self.look_into(&run.replace("${{ github.action_path }}", &format!("./{action}")), folder);
        }
    }

    fn open_action(&mut self, path: &str) {
        let Some(folder) = normal("", path) else { return };
        for path in action_files(&folder) {
            if self.has(&path) {
                return;
            }
            let Some(text) = self.take(&path) else { continue };
            let root: Value = yaml_serde::from_str(&text).unwrap_or(Value::Null);
            self.look_at(root.pointer("/runs/steps"), "", &folder);
            return;
        }
    }

    fn look_into(&mut self, run: &str, folder: &str) {
        for call in calls(run, folder) {
            let paths = match call.1 {
                Call::Script { path, .. } => vec![path],
                Call::Make { paths, .. } => paths,
                Call::Task | Call::Other => continue,
            };
            for path in paths {
                if self.has(&path) {
                    break;
                }
                if let Some(text) = self.take(&path) {
                    if is_makefile(&path) {
                        self.take_included(&path, &text);
                    }
                    let inside = path.rsplit_once('/').filter(|_| is_makefile(&path));
                    self.look_into(&text, inside.map_or("", |(folder, _)| folder));
                    break;
                }
            }
        }
    }

    /// Makefiles are made of the files that they include.
    fn take_included(&mut self, path: &str, text: &str) {
        for path in included(path, text).into_iter().flatten() {
            if !self.has(&path)
                && let Some(text) = self.take(&path)
            {
                self.take_included(&path, &text);
            }
        }
    }

    fn has(&self, path: &str) -> bool {
        self.files.iter().any(|file| file.path == path)
    }

    fn take(&mut self, path: &str) -> Option<String> {
        if self.files.len() >= MOST {
            return None;
        }
        let text = (self.read)(path)?;
        self.files.push(WorkflowFile { path: path.to_owned(), text: text.clone() });
        Some(text)
    }
}

/// Where the file of a local action may lie.
pub(super) fn action_files(folder: &str) -> [String; 2] {
    let inside = |name: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
    [inside("action.yml"), inside("action.yaml")]
}

/// Whether a file is one that make reads.
pub(super) fn is_makefile(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    MAKEFILES.contains(&name) || name.ends_with(".mk")
}

/// The files that a makefile includes; none for one of which only a run of make knows which it is. Make looks for them where it runs,
/// which is mostly where the makefile lies.
pub(super) fn included(path: &str, text: &str) -> Vec<Option<String>> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let lines = text.lines().filter_map(|line| {
        let (word, names) = line.trim_end().split_once(char::is_whitespace)?;
        matches!(word, "include" | "-include" | "sinclude").then_some(names)
    });
    let names = lines.flat_map(|names| names.split(" #").next().unwrap_or_default().split_whitespace());
    names.map(|name| normal(folder, name).filter(|path| !path.contains(['*', '?', '[']))).collect()
}

/// The commands of a script that run something of the repository, each as it is written.
pub(super) fn calls(run: &str, folder: &str) -> Vec<(String, Call)> {
    let mut found = Vec::new();
    let mut folder = folder.to_owned();
    let mut exported: Vec<(String, String)> = Vec::new();
    for line in run.replace("\\\n", " ").lines().map(str::trim) {
        if line.starts_with('#') {
            continue;
        }
        for words in commands(line) {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            if let ["cd" | "pushd", path] = words.as_slice() {
                folder = normal(&folder, path).unwrap_or_default();
                continue;
            }
            if let Some(at) = words.iter().position(|word| *word == "export") {
                // What it is there is for the script to say.
                let names =
                    words.iter().skip(at + 1).map(|word| assignment(word).map_or(*word, |(name, _)| name));
                exported.extend(names.map(|name| (name.to_owned(), format!("${{{name}}}"))));
                continue;
            }
            let written = words.iter().copied().take_while(|word| !word.starts_with(['>', '<']));
            let written = written.collect::<Vec<_>>().join(" ");
            found.extend(call_of(&words, &folder, &exported).map(|call| (written, call)));
        }
    }
    found
}

fn owned((name, value): (&str, &str)) -> Option<(String, String)> {
    Some((name.to_owned(), value.to_owned()))
}

fn call_of(words: &[&str], folder: &str, exported: &[(String, String)]) -> Option<Call> {
    let is_before =
        |word: &str| assignment(word).is_some() || BEFORE.contains(&word) || matches!(word, "@" | "-");
    let (before, words) = words.split_at(words.iter().take_while(|word| is_before(word)).count());
    let (first, rest) = words.split_first()?;
    let first = first.trim_start_matches(['@', '-']);
    let rest = rest.to_vec();
    match first {
        "make" | "gmake" | "$(MAKE)" | "${MAKE}" => {
            let mut environment = exported.to_vec();
            environment.extend(before.iter().filter_map(|word| owned(assignment(word)?)));
            Some(make(&rest, folder, environment))
        }
        "just" | "task" | "mage" | "rake" | "inv" | "invoke" | "dagger" | "earthly" => Some(Call::Task),
        "nix" | "bazel" | "bazelisk" if rest.first() == Some(&"run") => Some(Call::Task),
        "cargo" if rest.first() == Some(&"xtask") => Some(Call::Task),
        "python" | "python3" | "node" | "ruby" | "deno" | "bun" if rest.iter().any(is_program) => {
            let mut rest = rest.into_iter().skip_while(|word| !is_program(word));
            let path = normal(folder, rest.next()?)?;
            Some(Call::Script { path, given: rest.map(str::to_owned).collect() })
        }
        "npx" | "bun" | "bunx" | "poetry" | "uv" | "hatch" | "npm" | "pnpm" | "yarn" | "python"
        | "python3" | "node"
            if !rest.is_empty() =>
        {
            Some(Call::Other)
        }
        shell if SHELLS.contains(&shell) => {
            let mut rest = rest.into_iter().skip_while(|word| word.starts_with('-'));
            let path = normal(folder, rest.next()?)?;
            Some(Call::Script { path, given: rest.map(str::to_owned).collect() })
        }
        path if path.contains('/') && !path.starts_with(['/', '~']) => {
            let path = normal(folder, path)?;
            Some(Call::Script { path, given: rest.into_iter().map(str::to_owned).collect() })
        }
        _ => None,
    }
}

/// Whether a word is a program in another language, by the end of its name.
fn is_program(word: &&str) -> bool {
    [".py", ".js", ".mjs", ".cjs", ".ts", ".rb"].iter().any(|end| word.ends_with(end))
}

fn make(words: &[&str], folder: &str, environment: Vec<(String, String)>) -> Call {
    let (mut targets, mut given, mut file) = (Vec::new(), Vec::new(), None);
    let mut folder = folder.to_owned();
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        match word {
            "-C" | "--directory" => {
                folder = words.next().and_then(|path| normal(&folder, path)).unwrap_or_default();
            }
            "-f" | "--file" => file = words.next(),
            "-j" | "-l" | "-o" | "-W" | "-I" => {}
            word if word.starts_with("-C") => {
                folder = normal(&folder, word.trim_start_matches("-C")).unwrap_or_default();
            }
            word if word.starts_with('-') => {}
            // How many at once.
            word if word.chars().all(|sign| sign.is_ascii_digit()) => {}
            word => match assignment(word) {
                Some((name, value)) => given.push((name.to_owned(), value.to_owned())),
                None => targets.push(word.to_owned()),
            },
        }
    }
    let names: Vec<&str> = file.map_or_else(|| MAKEFILES.to_vec(), |file| vec![file]);
    let paths = names.into_iter().filter_map(|name| normal(&folder, name)).collect();
    Call::Make { paths, folder, targets, given, environment }
}

/// A path from the root; none where it leads out of the repository, or where only a run knows it.
pub(in crate::setup) fn normal(folder: &str, path: &str) -> Option<String> {
    let spaceless = path.replace("${{ github.workspace }}", ROOTS[0]);
    let rooted = ROOTS.iter().find_map(|root| spaceless.strip_prefix(root));
    let folder = if rooted.is_some() { "" } else { folder };
    let path = rooted.unwrap_or(&spaceless);
    if path.contains('$') || (rooted.is_none() && path.starts_with(['/', '~'])) {
        return None;
    }
    joined(&[folder, path])
}

/// A path from the root whose parts are these; none where it leads out of the repository.
pub(in crate::setup) fn joined(parts: &[&str]) -> Option<String> {
    let mut path: Vec<&str> = Vec::new();
    for part in parts.iter().flat_map(|part| part.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(path.pop()?),
            name => path.push(name),
        }
    }
    Some(path.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steps_call_is_found_as_deep_as_it_goes() {
        let files = [
            (
                "ci/x/action.yml",
                "runs: { using: composite, steps: [ { uses: ./ci/y }, { run: '${{ github.action_path }}/a.sh' } ] }",
            ),
            ("ci/y/action.yaml", "runs: { using: composite, steps: [ { run: make -C web push } ] }"),
            ("ci/x/a.sh", "./scripts/b.sh"),
            ("scripts/b.sh", "bash scripts/b.sh; ../../etc/passwd"),
            ("web/Makefile", "push:\n\tsh c.sh\n"),
            ("web/c.sh", "true"),
        ];
        let read = |path: &str| {
            assert!(!path.contains(".."), "{path}");
            files.iter().find(|(name, _)| *name == path).map(|(_, text)| (*text).to_owned())
        };
        let workflow = WorkflowFile {
            path: "a.yml".into(),
            text: "jobs: { a: { steps: [ { uses: ./ci/x }, { uses: ./none }, { run: './none.sh && /usr/bin/true' } ] } }"
                .into(),
        };
        let mut found: Vec<String> = find(&[workflow], &read).into_iter().map(|file| file.path).collect();
        found.sort();
        let mut want: Vec<&str> = files.iter().map(|(path, _)| *path).collect();
        want.sort_unstable();
        assert_eq!(found, want);
    }

    #[test]
    fn commands_are_calls_by_how_they_are_written() {
        let script = |path: &str, given: &[&str]| Call::Script {
            path: path.to_owned(),
            given: given.iter().map(|&word| word.to_owned()).collect(),
        };
        for (run, want) in [
            ("./a.sh x", Some(script("a.sh", &["x"]))),
            ("cd web && ./a.sh", Some(script("web/a.sh", &[]))),
            ("TAG=1 sudo bash -e ci/a.sh", Some(script("ci/a.sh", &[]))),
            ("${{ github.workspace }}/ci/a.sh", Some(script("ci/a.sh", &[]))),
            ("npm run push", Some(Call::Other)),
            ("/usr/bin/a", None),
            ("../a.sh", None),
            ("docker push a/b", None),
            ("echo ./a.sh", None),
        ] {
            assert_eq!(calls(run, "").into_iter().map(|(_, call)| call).next(), want, "{run}");
        }
        let [(_, Call::Make { paths, targets, given, .. })] = &calls("make -j 4 -C web push TAG=1", "")[..]
        else {
            panic!("it is one");
        };
        assert_eq!((paths[2].as_str(), targets.join(" ").as_str(), given.len()), ("web/Makefile", "push", 1));
    }
}
