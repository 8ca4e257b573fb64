//! Where GoReleaser's file lies: where a step says, or where GoReleaser looks for it.

use serde_json::Value;

use super::super::from_workflows::called_files::normal;
use super::super::from_workflows::workflow::{Step, read_step, read_triggers};
use super::super::from_workflows::{GoreleaserFile, WorkflowFile, script};

/// Where GoReleaser looks for its file.
const NAMES: [&str; 6] = [
    ".config/goreleaser.yml",
    ".config/goreleaser.yaml",
    ".goreleaser.yml",
    ".goreleaser.yaml",
    "goreleaser.yml",
    "goreleaser.yaml",
];

/// A file that GoReleaser is run with.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Run {
    file: Named,
    /// The folder that it is run in.
    folder: String,
    is_named: bool,
    /// Whether git tags set it off, or a caller does.
    is_of_tags: bool,
}

/// What a step says of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Named {
    /// Its path.
    At(String),
    /// Something that only a run knows, as it is written.
    Open(String),
}

impl Run {
    fn path(&self) -> Option<&str> {
        match &self.file {
            Named::At(path) => Some(path),
            Named::Open(_) => None,
        }
    }
}

/// GoReleaser's file, with what names the project beside it. Of several that of a release counts, and the usual name before others.
pub(crate) fn find_goreleaser(
    workflows: &[WorkflowFile],
    paths: &[String],
    read: &dyn Fn(&str) -> Option<String>,
) -> Option<GoreleaserFile> {
    let mut runs: Vec<Run> = workflows.iter().flat_map(|file| runs_of(file, paths)).collect();
    runs.sort_by_key(|run| (run.path().is_none(), !run.is_of_tags, run.is_named));
    let at_root = || {
        let file = Named::At(usual("", paths)?);
        Some(Run { file, folder: String::new(), is_named: false, is_of_tags: true })
    };
    let run = runs.first().filter(|run| run.path().is_some()).cloned().or_else(at_root)?;
    let path = run.path()?.to_owned();
    let file = WorkflowFile { text: read(&path)?, path };
    let beside = |name: &str| {
        let path = normal(&run.folder, name).filter(|path| paths.contains(path))?;
        read(&path)
    };
    let found = GoreleaserFile::beside(file, beside("Cargo.toml").as_deref(), beside("go.mod").as_deref());
    let mut others: Vec<String> = Vec::new();
    for other in runs.into_iter().filter(|other| other.is_of_tags && other.file != run.file) {
        let (Named::At(name) | Named::Open(name)) = other.file;
        if !others.contains(&name) {
            others.push(name);
        }
    }
    Some(GoreleaserFile { folder: run.folder, others, ..found })
}

/// The file in a folder that GoReleaser finds by itself.
fn usual(folder: &str, paths: &[String]) -> Option<String> {
    NAMES.iter().filter_map(|name| normal(folder, name)).find(|path| paths.contains(path))
}

/// With which files the steps of a workflow run it.
fn runs_of(file: &WorkflowFile, paths: &[String]) -> Vec<Run> {
    let root: Value = yaml_serde::from_str(&file.text).unwrap_or(Value::Null);
    let triggers = read_triggers(root.get("on"));
    let is_of_tags = triggers.tags.is_some() || triggers.events.contains("workflow_call");
    let mut runs = Vec::new();
    for job in root.get("jobs").and_then(Value::as_object).into_iter().flatten().map(|(_, job)| job) {
        let usual_folder = job.pointer("/defaults/run/working-directory").and_then(Value::as_str);
        let steps = job.get("steps").and_then(Value::as_array).into_iter().flatten().map(read_step);
        for step in steps.filter(Step::runs_goreleaser) {
            let folder = match step.run.is_empty() {
                true => step.input("workdir"),
                false => step.folder.as_deref().or(usual_folder),
            };
            let Some(folder) = normal("", folder.unwrap_or_default()) else { continue };
            let named = named(&step);
            let file = match &named {
                Some(name) if name.contains('$') => Some(Named::Open(name.clone())),
                Some(name) => normal(&folder, name).filter(|path| paths.contains(path)).map(Named::At),
                None => usual(&folder, paths).map(Named::At),
            };
            runs.extend(file.map(|file| Run { file, folder, is_named: named.is_some(), is_of_tags }));
        }
    }
    runs
}

/// The file that a step names: `-f`, `--config`.
fn named(step: &Step) -> Option<String> {
    let given = step.input("args").map(|given| format!("goreleaser {given}"));
    let runs = script::commands_of(given.as_deref().unwrap_or(&step.run));
    let is_it = |word: &String| word.rsplit('/').next() == Some("goreleaser");
    let mut runs = runs.iter().filter_map(|words| words.split(is_it).nth(1));
    let words =
        runs.find(|words| words.first().is_some_and(|word| word == "release" || word.contains('$')))?;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if matches!(word.as_str(), "-f" | "--config") {
            return words.next().cloned();
        }
        if let Some(name) = word.strip_prefix("--config=").or_else(|| word.strip_prefix("-f=")) {
            return Some(name.to_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_lies_where_a_step_says() {
        let workflow = |on: &str, steps: &str| WorkflowFile {
            path: "a.yml".to_owned(),
            text: format!("on: {on}\njobs: {{ a: {{ steps: [{steps}] }} }}"),
        };
        let action = |with: &str| format!("{{ uses: goreleaser/goreleaser-action@v6, with: {{ {with} }} }}");
        let tags = "{ push: { tags: ['v*'] } }";
        let paths = [".goreleaser.yml", "cli/.goreleaser.yaml", "cli/go.mod", "cli/rel.yml", "nightly.yml"];
        let paths = paths.map(str::to_owned);
        let texts = |path: &str| Some(format!("module example.test/{path}\n"));
        let found = |workflows: &[WorkflowFile]| {
            let found = find_goreleaser(workflows, &paths, &texts).unwrap();
            (found.file.path, found.folder, found.others.join(" "), found.module.unwrap_or_default())
        };
        let of = |steps: &str| found(&[workflow(tags, steps)]);
        let is = |path: &str, folder: &str, others: &str, module: &str| {
            (path.to_owned(), folder.to_owned(), others.to_owned(), module.to_owned())
        };
        let own = is(".goreleaser.yml", "", "", "");
        assert_eq!(of(""), own);
        assert_eq!(of(&action("args: release")), own);
        assert_eq!(
            of(&action("args: release, workdir: ./cli")),
            is("cli/.goreleaser.yaml", "cli", "", "go.mod")
        );
        let run = "{ run: goreleaser release --clean --config=rel.yml, working-directory: cli }";
        assert_eq!(of(run), is("cli/rel.yml", "cli", "", "go.mod"));
        assert_eq!(of(&action("args: release -f cli/rel.yml")), is("cli/rel.yml", "", "", ""));
        let both = format!("{}, {}", action("args: release -f cli/rel.yml"), action("args: release"));
        assert_eq!(of(&both), is(".goreleaser.yml", "", "cli/rel.yml", ""));
        let nightly = workflow("{ schedule: [] }", &action("args: release -f nightly.yml"));
        assert_eq!(found(&[nightly, workflow(tags, &action("args: release"))]), own);
        assert_eq!(of(&action("args: release, workdir: '${{ matrix.folder }}'")), own);
        let removes = "{ run: 'rm -f nightly.yml && goreleaser release' }";
        assert_eq!(of(removes), own);
        let open = "args: 'release --config .goreleaser.${{ matrix.os }}.yml'";
        assert_eq!(of(&action(open)), is(".goreleaser.yml", "", ".goreleaser.${{ matrix.os }}.yml", ""));
    }
}
