//! Whether workflows build each platform on a machine of its kind.

use serde_json::Value;

use super::super::from_workflows::WorkflowFile;
use super::{Own, is_of, jobs_of};

/// Whether a job of these workflows builds the part of one platform on a runner for arm64.
pub(crate) fn builds_on_arm(files: &[WorkflowFile], own: &Own) -> bool {
    files.iter().any(|file| {
        let Ok(root) = yaml_serde::from_str::<Value>(&file.text) else { return false };
        is_of(file, &root, own) && has_native_job(&root)
    })
}

fn has_native_job(root: &Value) -> bool {
    let builds_part = |job: &super::Job<'_>| job.lines_with("build").any(|line| line.contains("--platform"));
    jobs_of(root).iter().filter(|job| builds_part(job)).any(|job| {
        let written = root.get("jobs").and_then(|jobs| jobs.get(job.name));
        let runner = written.and_then(|job| job.get("runs-on"));
        let matrix = written.and_then(|job| job.pointer("/strategy/matrix"));
        // A runner that stands in the matrix is named there.
        let is_named_there = runner.is_some_and(|runner| runner.to_string().contains("matrix."));
        runner.is_some_and(is_for_arm) || (is_named_there && matrix.is_some_and(has_runner_for_arm))
    })
}

/// Whether a label, or one of several, is that of runners for arm64.
fn is_for_arm(label: &Value) -> bool {
    match label {
        Value::String(label) => {
            let label = label.to_ascii_lowercase();
            label.ends_with("-arm") || label.contains("arm64") || label.contains("aarch64")
        }
        Value::Array(labels) => labels.iter().any(is_for_arm),
        _ => false,
    }
}

/// The same of the values of a matrix; platforms have slashes, and are no runners.
fn has_runner_for_arm(matrix: &Value) -> bool {
    match matrix {
        Value::String(value) => !value.contains('/') && is_for_arm(matrix),
        Value::Array(values) => values.iter().any(has_runner_for_arm),
        Value::Object(values) => {
            values
                .iter()
                .any(|(name, value)| name.contains("run") && (is_for_arm(value) || has_runner_for_arm(value)))
                || values.get("include").is_some_and(has_runner_for_arm)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runners_of_that_kind_are_known() {
        let job = |runner: &str, matrix: &str, run: &str| {
            let text = format!(
                "jobs:\n  build:\n    runs-on: {runner}\n    strategy: {{ matrix: {matrix} }}\n    steps:\n      - run: {run}\n"
            );
            let file = WorkflowFile { path: ".github/workflows/a.yml".to_owned(), text };
            builds_on_arm(&[file], &Own::default())
        };
        let build = "plimsoll build --platform \"$PLATFORM\" --output part";
        let both = "{ include: [{ platform: linux/amd64, runner: ubuntu-24.04 }, { platform: linux/arm64, runner: ubuntu-24.04-arm }] }";
        assert!(job("'${{ matrix.runner }}'", both, build));
        assert!(job("ubuntu-24.04-arm", "{}", build));
        assert!(job("[self-hosted, ARM64]", "{}", build));
        assert!(!job("ubuntu-24.04", "{ platform: [linux/arm64] }", build));
        assert!(!job("'${{ matrix.runner }}'", "{ runner: [ubuntu-24.04], platform: [linux/arm64] }", build));
        assert!(!job("ubuntu-24.04-arm", "{}", "plimsoll release v1"));
    }
}
