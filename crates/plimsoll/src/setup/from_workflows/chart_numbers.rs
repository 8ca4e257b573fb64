//! Whose numbers charts have that scripts package: those of Chart.yaml, or those that a command gives them.

use super::workflow::Step;

/// Whose numbers packages have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::setup) enum NumbersFrom {
    /// No script that is read packages charts.
    #[default]
    Nowhere,
    /// What Chart.yaml says.
    Chart,
    /// A script gives them one: that of the release.
    Script,
}

impl NumbersFrom {
    /// What a step says that makes charts, and those that run with it.
    pub(super) fn of(step: &Step, together: &[&Step]) -> NumbersFrom {
        match commands(&step.run).any(|line| is_package(&line)) {
            _ if together.iter().any(|step| gives_number(step)) => NumbersFrom::Script,
            true => NumbersFrom::Chart,
            false => NumbersFrom::Nowhere,
        }
    }
}

/// The commands of a script, each in one line.
fn commands(run: &str) -> impl Iterator<Item = String> {
    let whole = run.replace("\\\n", " ");
    let lines: Vec<String> = whole.lines().map(|line| line.trim().to_owned()).collect();
    lines.into_iter().filter(|line| !line.starts_with('#'))
}

/// Whether a line is Helm's own command; a script may be called after it, and do anything.
fn is_package(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    let is_helm = |word: &str| word == "helm" || word.ends_with("/helm");
    // Flags for all commands may stand between them.
    words.windows(2).any(
        |pair| matches!(pair, [helm, what] if is_helm(helm) && (*what == "package" || what.starts_with('-'))),
    ) && words.contains(&"package")
}

/// Whether a step says which number packages have: to Helm, or by an edit of Chart.yaml.
fn gives_number(step: &Step) -> bool {
    let edits = |line: &str| {
        let names_it = line.contains("Chart.yaml") && line.contains("ersion");
        let only_reads = ["grep", "awk", "cat ", "yq -r", "yq e '.version'", "yq '.version'"];
        let is_edit = ["sed -i", "yq -i", "yq e -i", "yq eval -i", "perl -", "envsubst", "> "];
        names_it && is_edit.iter().any(|word| line.contains(word)) && {
            line.contains(" -i") || !only_reads.iter().any(|word| line.contains(word))
        }
    };
    let name = step.name.to_lowercase();
    let is_said = name.contains("chart.yaml") || (name.contains("chart") && name.contains("version"));
    let sets = ["set", "update", "bump", "patch", "replace", "stamp"].iter().any(|word| name.contains(word));
    if is_said && sets {
        return true;
    }
    commands(&step.run).any(|line| (is_package(&line) && line.contains("--version")) || edits(&line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_says_whose_numbers_charts_have() {
        for (runs, want) in [
            (&["helm package charts/app\nhelm push app.tgz oci://a/b"][..], NumbersFrom::Chart),
            (&["helm package charts/app --version 1 \\\n  -d out"], NumbersFrom::Script),
            (&["helm package charts/app \\\n  --version \"$V\""], NumbersFrom::Script),
            (&["helm package charts/app --app-version \"$V\""], NumbersFrom::Chart),
            (
                &["sed -i \"s/^version:.*/version: $V/\" charts/app/Chart.yaml", "helm package charts/app"],
                NumbersFrom::Script,
            ),
            (&["V=$(grep '^version:' charts/app/Chart.yaml)", "helm package charts/app"], NumbersFrom::Chart),
            (&["./helm-publish.sh package charts/app"], NumbersFrom::Nowhere),
            (&["for c in charts/*; do helm --debug package $c; done"], NumbersFrom::Chart),
            (&["# helm package charts/app --version 1", "helm push a oci://a/b"], NumbersFrom::Nowhere),
        ] {
            let steps: Vec<Step> =
                runs.iter().map(|run| Step { run: (*run).to_owned(), ..Step::default() }).collect();
            let together: Vec<&Step> = steps.iter().collect();
            // Packages may be made in the step before the last.
            let found = steps.iter().map(|step| NumbersFrom::of(step, &together));
            let found = found
                .max_by_key(|found| match found {
                    NumbersFrom::Nowhere => 0,
                    NumbersFrom::Chart => 1,
                    NumbersFrom::Script => 2,
                })
                .unwrap();
            assert_eq!(found, want, "{runs:?}");
        }
    }

    #[test]
    fn a_step_that_is_called_after_the_number_gives_it() {
        let step =
            |name: &str, run: &str| Step { name: name.to_owned(), run: run.to_owned(), ..Step::default() };
        for (name, want) in
            [("Update Chart.yaml", NumbersFrom::Script), ("Read chart version", NumbersFrom::Chart)]
        {
            let steps = [step(name, "./version.sh"), step("Package", "helm package charts/app")];
            let together: Vec<&Step> = steps.iter().collect();
            assert_eq!(NumbersFrom::of(&steps[1], &together), want, "{name}");
        }
    }
}
