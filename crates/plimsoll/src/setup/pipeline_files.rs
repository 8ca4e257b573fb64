//! The files of a pipeline of GitLab: the one that it looks for, and those of the same repository that it includes
//! (docs.gitlab.com, "Use CI/CD configuration from other files").

use serde_json::Value;

use super::from_workflows::WorkflowFile;

/// Where GitLab looks for a pipeline.
pub(crate) const PIPELINE: &str = ".gitlab-ci.yml";

/// The stage of jobs that name none.
const DEFAULT_STAGE: &str = "test";

/// The most files that a pipeline may include.
const MOST: usize = 150;

/// Finds and reads them, first the one that includes the others; none where there is no pipeline.
pub(crate) fn find(paths: &[String], read: &dyn Fn(&str) -> Option<String>) -> Vec<WorkflowFile> {
    let mut files: Vec<WorkflowFile> = Vec::new();
    let mut wanted = vec![PIPELINE.to_owned()];
    while let Some(path) = wanted.pop() {
        let is_new = !files.iter().any(|file| file.path == path);
        if !is_new || files.len() > MOST || !paths.contains(&path) {
            continue;
        }
        let Some(text) = read(&path) else { continue };
        let includes = parse(&text).map(|root| includes(&root)).unwrap_or_default();
        let named = includes.into_iter().filter_map(|include| match include {
            Include::Local(pattern) => Some(pattern),
            Include::Elsewhere(_) => None,
        });
        let mut more: Vec<String> = named
            .flat_map(|pattern| paths.iter().filter(move |path| fits(&pattern, path)).cloned())
            .collect();
        more.reverse();
        wanted.extend(more);
        files.push(WorkflowFile { path, text });
    }
    files
}

/// The stage that jobs from elsewhere are put into: the last one of a pipeline's own, where none of them is that of jobs which
/// name none.
pub(crate) fn stage_for_others(files: &[WorkflowFile]) -> Option<String> {
    let stages = |file: &WorkflowFile| {
        let stages = parse(&file.text).ok()?.get("stages")?.as_array()?.clone();
        Some(stages.iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>())
    };
    let mut stages = files.iter().find_map(stages)?;
    if stages.iter().any(|stage| stage == DEFAULT_STAGE) { None } else { stages.pop() }
}

/// What a pipeline includes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Include {
    /// Files of the repository, by a path with `*` in it.
    Local(String),
    /// Something else, as it is named.
    Elsewhere(String),
}

/// What a file includes, or a job that starts a pipeline of its own.
pub(super) fn includes(root: &Value) -> Vec<Include> {
    let one = |value: &Value| match value {
        Value::String(text) if !text.contains("://") => {
            Include::Local(text.trim_start_matches('/').to_owned())
        }
        Value::String(text) => Include::Elsewhere(text.clone()),
        Value::Object(parts) => match parts.get("local").and_then(Value::as_str) {
            Some(path) => Include::Local(path.trim_start_matches('/').to_owned()),
            None => {
                let parts: Vec<&str> = parts.values().filter_map(Value::as_str).collect();
                Include::Elsewhere(parts.join(" "))
            }
        },
        _ => Include::Elsewhere("others".to_owned()),
    };
    match root.get("include") {
        None => Vec::new(),
        Some(Value::Array(many)) => many.iter().map(one).collect(),
        Some(single) => vec![one(single)],
    }
}

/// Parses a file: of one with a header (`spec`), what stands behind it. `!reference [job, key]` becomes a list that begins with
/// [`REFERENCE`].
///
/// # Errors
/// It is no YAML.
pub(super) fn parse(text: &str) -> Result<Value, yaml_serde::Error> {
    let body = match text.split_once("\n---") {
        Some((head, body)) if head.contains("spec:") => body,
        _ => text,
    };
    yaml_serde::from_str(&body.replace("!reference [", &format!("[{REFERENCE}, ")))
}

/// How a list begins that stands for the key of another job.
pub(super) const REFERENCE: &str = "plimsoll-reference";

/// Whether a path fits a pattern: `*` is anything without a slash, `**` anything.
fn fits(pattern: &str, path: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == path,
        Some((before, after)) => {
            let Some(rest) = path.strip_prefix(before) else { return false };
            let (is_deep, after) = match after.strip_prefix('*') {
                Some(after) => (true, after),
                None => (false, after),
            };
            let ends = (0..=rest.len()).filter(|end| rest.is_char_boundary(*end));
            ends.map(|end| rest.split_at(end))
                .take_while(|(taken, _)| is_deep || !taken.contains('/'))
                .any(|(_, left)| fits(after, left))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_the_repository_are_followed() {
        let all = [
            (
                PIPELINE,
                "include: [{ local: /ci/*.yml }, 'more.yml', { project: a/b, file: c.yml }, 'https://x.test/d.yml']",
            ),
            ("ci/a.yml", "include: ci/deep/b.yml"),
            ("ci/deep/b.yml", "include: .gitlab-ci.yml"),
            ("more.yml", "a: 1"),
            ("other.yml", "a: 1"),
        ];
        let paths: Vec<String> = all.iter().map(|(path, _)| (*path).to_owned()).collect();
        let read =
            |path: &str| all.iter().find(|(name, _)| *name == path).map(|(_, text)| (*text).to_owned());
        let found: Vec<String> = find(&paths, &read).into_iter().map(|file| file.path).collect();
        assert_eq!(found, [PIPELINE, "ci/a.yml", "ci/deep/b.yml", "more.yml"]);
        assert_eq!(find(&[], &read).len(), 0);
        let elsewhere = includes(&parse(all[0].1).unwrap());
        assert_eq!(
            elsewhere[2..],
            [Include::Elsewhere("c.yml a/b".into()), Include::Elsewhere("https://x.test/d.yml".into())]
        );
    }

    #[test]
    fn a_star_stays_in_its_folder() {
        for (pattern, path, want) in [
            ("ci/*.yml", "ci/a.yml", true),
            ("ci/*.yml", "ci/b/a.yml", false),
            ("ci/**.yml", "ci/b/a.yml", true),
            ("ci/**/*.yml", "ci/b/c/a.yml", true),
        ] {
            assert_eq!(fits(pattern, path), want, "{pattern} {path}");
        }
    }
}
