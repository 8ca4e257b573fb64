//! What steps make before a chart is packaged: a release packages what the commit has.

use super::Step;
use crate::setup::from_workflows::image::{label, makes_files};
use crate::setup::from_workflows::logins::is_login;
use crate::setup::from_workflows::workflow::Job;

/// How lines begin that run a script of the repository.
const SCRIPTS: [&str; 4] = ["./", "bash ", "sh ", "hack/"];
/// Words of lines that are for something else: Helm itself, keys that sign, notes, and what is read otherwise in the chart's own files.
const OTHERS: [&str; 9] =
    ["helm", "Chart.yaml", "values.yaml", "changelog", "changes", "gpg", "keyring", "notes", "passphrase"];
/// Programs that fetch others, unless they fetch what is of the chart.
const FETCHING: [&str; 3] = ["curl ", "wget ", "tar "];
/// How many lines are told.
const MOST: usize = 3;

/// What is told of steps, and of lines of the script that packages.
pub(in crate::setup::from_workflows) fn tell_made_before(job: &Job) -> Vec<String> {
    let Some(packaged) = job.steps.iter().position(Step::packages_chart) else { return Vec::new() };
    let before = job.steps.get(..packaged).unwrap_or_default();
    let checked_out = before.iter().position(|step| step.uses == "actions/checkout").map_or(0, |at| at + 1);
    let of_steps = before.iter().skip(checked_out).filter(|step| !step.publishes());
    let of_steps = of_steps.map(|step| (step, lines(&step.run)));
    let step = job.steps.get(packaged).filter(|step| !step.is_looked_into);
    let own = step.map(|step| (step, lines_before(&step.run)));
    let told = |(step, lines): (&Step, Vec<String>)| {
        let which = if lines.len() > MOST { String::new() } else { format!(": {}", lines.join("; ")) };
        (!lines.is_empty()).then(|| {
            format!(
                "step `{}`: what it makes is not in the commit that the chart is packaged from{which}",
                label(step)
            )
        })
    };
    of_steps.chain(own).filter_map(told).collect()
}

/// The lines of a script that make files.
fn lines(run: &str) -> Vec<String> {
    let whole = run.replace("\\\n", " ");
    let is_it = |line: &&str| {
        let makes = makes_files(line) || SCRIPTS.iter().any(|begin| line.starts_with(begin));
        let small = line.to_lowercase();
        let fetches = FETCHING.iter().any(|program| line.starts_with(program)) && !small.contains("crd");
        let is_other = OTHERS.iter().any(|word| small.contains(&word.to_lowercase()));
        makes && !fetches && !is_login(line) && !is_other
    };
    whole.lines().map(str::trim).filter(is_it).map(str::to_owned).collect()
}

/// Those before the line that packages.
fn lines_before(run: &str) -> Vec<String> {
    let whole = run.replace("\\\n", " ");
    let before: Vec<&str> = whole.lines().take_while(|line| !line.contains(" package ")).collect();
    lines(&before.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_before_a_chart_is_packaged_is_told() {
        let step = |name: &str, uses: &str, run: &str| Step {
            name: name.to_owned(),
            uses: uses.to_owned(),
            run: run.to_owned(),
            ..Step::default()
        };
        let told = |steps: &[Step]| tell_made_before(&Job { steps: steps.to_vec(), ..Job::default() });
        let checkout = || step("", "actions/checkout", "");
        let steps = [
            checkout(),
            step("Helm", "", "curl -L https://get.helm.test/helm.tgz | tar xz"),
            step("CRDs", "", "make crds"),
            step(
                "Key",
                "",
                "printf '%s' \"$GPG_PASSPHRASE\" > secret.txt\nwget -q https://tools.test/yq -O yq",
            ),
            step("All", "", "cp a b\ncp c d\ncp e f\ncp g h"),
            step(
                "Package",
                "",
                "./hack/crds.sh deploy/crds \\\n  charts/app\nsed -i s/a/b/ charts/app/Chart.yaml > x\nhelm package charts/app\nmv app.tgz out",
            ),
        ];
        assert_eq!(
            told(&steps),
            [
                "step `CRDs`: what it makes is not in the commit that the chart is packaged from: make crds",
                "step `All`: what it makes is not in the commit that the chart is packaged from",
                "step `Package`: what it makes is not in the commit that the chart is packaged from: ./hack/crds.sh deploy/crds    charts/app",
            ]
        );
        assert!(told(&[checkout(), step("", "", "helm dependency update a\nhelm package a")]).is_empty());
        assert!(told(&[checkout(), step("", "", "make crds")]).is_empty());
    }
}
