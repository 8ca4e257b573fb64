//! Scripts of steps as single commands.

use super::super::logins::is_login;
use super::super::workflow::Step;

/// Words of commands that test something.
const TESTS: [&str; 12] =
    ["test", "lint", "check", "verify", "vet", "validate", "audit", "clippy", "fmt", "smoke", "e2e", "spec"];

/// How lines begin that say something, work out values, or log in.
const PLAIN: [&str; 36] = [
    "#",
    "cat ",
    "chmod ",
    "date",
    "docker buildx create",
    "docker buildx inspect",
    "docker buildx ls",
    "docker images",
    "docker info",
    "docker logout",
    "docker pull",
    "docker version",
    "done",
    "echo",
    "elif ",
    "else",
    "env",
    "esac",
    "exit",
    "export ",
    "fi",
    "git config",
    "git describe",
    "git fetch",
    "git rev-parse",
    "helm dependency",
    // A release looks at its charts by itself.
    "helm lint",
    "helm template",
    "helm version",
    "helm registry logout",
    "helm repo add",
    "ls",
    "mkdir",
    "printf",
    "set -",
    // Digests of platforms are handed on by the names of empty files.
    "touch ",
];

/// What lines begin with that need those around them.
const BOUND: [&str; 11] =
    ["cd ", "export ", "if ", "for ", "while ", "case ", "set ", "source ", ". ", "{", "("];

/// Whether a script only speaks, or works out values for later steps.
pub(super) fn is_plain(run: &str) -> bool {
    let hands_on = ["GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_STEP_SUMMARY", "GITHUB_PATH"];
    let is_plain_line = |line: &str| {
        line.is_empty()
            || PLAIN.iter().any(|word| line.starts_with(word))
            || line.starts_with("if ")
            || line.starts_with("::")
            || hands_on.iter().any(|file| line.contains(file))
            || is_assignment(line)
            // It is one of the configuration, or told.
            || is_login(line)
    };
    let whole = run.replace("\\\n", " ");
    let lines: Vec<&str> = whole.lines().map(str::trim).collect();
    // Values are worked out by any means; a script that hands them on is there for that.
    lines.iter().all(|line| is_plain_line(line))
        || run.contains("GITHUB_OUTPUT")
        || run.contains("GITHUB_ENV")
}

/// Whether a script tests something.
pub(super) fn is_test(run: &str) -> bool {
    let words = run.split(|sign: char| !sign.is_ascii_alphanumeric());
    words
        .map(str::to_ascii_lowercase)
        .any(|word| TESTS.contains(&word.trim_end_matches('s')) || TESTS.contains(&word.as_str()))
}

/// The commands of a step, if each of them stands by itself.
pub(super) fn plain_commands(step: &Step) -> Option<Vec<String>> {
    if step.run.contains("${{") || step.run.contains("GITHUB_") || step.has_env {
        return None;
    }
    let lines: Vec<&str> = step.run.lines().map(str::trim).collect();
    let lines: Vec<&str> =
        lines.into_iter().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let is_bound = |line: &&str| {
        line.ends_with('\\')
            || line.contains("<<")
            || is_assignment(line)
            || line.contains("&& cd ")
            || BOUND.iter().any(|word| line.starts_with(word))
    };
    if lines.is_empty() || (lines.len() > 1 && lines.iter().any(is_bound)) {
        return None;
    }
    let in_folder = |line: &str| match &step.folder {
        Some(folder) => format!("cd {folder} && {line}"),
        None => line.to_owned(),
    };
    Some(lines.into_iter().map(in_folder).collect())
}

fn is_assignment(line: &str) -> bool {
    let name = line.split('=').next().unwrap_or_default();
    name.len() < line.len()
        && !name.is_empty()
        && name.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_speaks_is_plain() {
        for run in [
            "echo a\nls -l",
            "VERSION=${TAG#v}\necho \"version=$VERSION\" >> $GITHUB_OUTPUT",
            "set -e\nmkdir a",
            "",
        ] {
            assert!(is_plain(run), "{run}");
        }
        for run in ["make test", "echo a\n./deploy.sh", "kubectl apply -f a"] {
            assert!(!is_plain(run), "{run}");
        }
    }

    #[test]
    fn commands_that_stand_by_themselves_are_taken() {
        let step = |run: &str| Step { run: run.to_owned(), ..Step::default() };
        let of = |run: &str| plain_commands(&step(run)).map(|commands| commands.join(";"));
        assert_eq!(of("make test\n\n# then\nmake lint\n").as_deref(), Some("make test;make lint"));
        assert_eq!(of("cd a && make").as_deref(), Some("cd a && make"));
        for run in [
            "cd a\nmake",
            "make V=${{ inputs.v }}",
            "A=1\nmake",
            "mkdir a && cd a\nmake",
            "make \\\n  all",
            "",
        ] {
            assert_eq!(of(run), None, "{run}");
        }
    }
}
