//! Commands and actions that change what runs somewhere.

use super::super::script::heredoc_words;
use super::super::workflow::{Job, Step};

/// Commands that do.
const COMMANDS: [&str; 32] = [
    "ansible-playbook ",
    "argocd app set",
    "argocd app sync",
    "aws ecs update-service",
    "aws lambda update-function-code",
    "az containerapp up",
    "az containerapp update",
    "az webapp config container",
    "az webapp deploy",
    "caprover deploy",
    "cf push",
    "docker service update",
    "docker stack deploy",
    "eb deploy",
    "fly deploy",
    "flyctl deploy",
    "gcloud app deploy",
    "gcloud run deploy",
    "gcloud run services update",
    "helm upgrade",
    "helmfile apply",
    "helmfile sync",
    "heroku container:release",
    "kamal deploy",
    "kubectl apply",
    "kubectl patch",
    "kubectl rollout restart",
    "kubectl set image",
    "nomad job run",
    "pulumi up",
    "railway up",
    "terraform apply",
];
/// Runners of commands that stand elsewhere, and are named by what they do.
const RUNNERS: [&str; 8] = ["./", "bash ", "sh ", "make ", "just ", "task ", "npm run ", "yarn "];
/// Words of actions that do.
const ACTIONS: [&str; 4] = ["ssh-action", "ssh-remote-commands", "deploy", "/k8s-"];
/// Words of actions that put something else there: pages, packages, entries of the forge.
const OTHERS: [&str; 5] = ["pages", "docs", "deployment-", "bobheadxi/deployments", "deploy-key"];
/// Words of steps that make a cluster of the job's own, where things are tried.
const CLUSTERS: [&str; 7] =
    ["kind-action", "k3d", "minikube", "kind create cluster", "k3s", "microk8s", "chart-testing"];

/// Whether a step changes what runs somewhere.
pub(super) fn deploys(step: &Step) -> bool {
    let uses = step.uses.to_ascii_lowercase();
    let acts =
        ACTIONS.iter().any(|word| uses.contains(word)) && !OTHERS.iter().any(|word| uses.contains(word));
    let run = step.run.replace("\\\n", " ");
    acts || commands(&run).into_iter().any(is_deed)
}

/// The lines of a script without comments, and without texts of several lines: in quotes, and those that it hands on (`<<EOF`).
fn commands(run: &str) -> Vec<&str> {
    let mut lines = run.lines().map(str::trim);
    let mut found = Vec::new();
    // Whether a line begins within a text in quotes.
    let mut is_text = false;
    while let Some(line) = lines.next() {
        if !is_text && line.starts_with('#') {
            continue;
        }
        if !is_text {
            found.push(line);
        }
        let quotes = line.replace("\\\"", "").replace("'\"'", "").matches('"').count();
        is_text ^= quotes % 2 == 1;
        for end in heredoc_words(line) {
            let mut behind = lines.clone();
            // Without an end it was none.
            if behind.any(|line| line == end) {
                lines = behind;
            }
        }
    }
    found
}

/// What a line runs that stands elsewhere: a script, or targets.
fn named(line: &str) -> Vec<&str> {
    let Some(runner) = RUNNERS.iter().find(|runner| line.starts_with(**runner)) else { return Vec::new() };
    let mut words = line.split_whitespace();
    if *runner == "./" {
        return words.next().into_iter().collect();
    }
    let targets = words.skip(runner.split_whitespace().count());
    let mut targets = targets.filter(|word| !word.starts_with('-') && !word.contains('='));
    match *runner {
        "make " | "just " | "task " => targets.collect(),
        _ => targets.next().into_iter().collect(),
    }
}

fn is_deed(line: &str) -> bool {
    // What is only said is not done.
    if line.starts_with("echo ") || line.contains("--dry-run") {
        return false;
    }
    let is_begin = |at: usize| line.get(..at).is_none_or(|before| !before.ends_with(char::is_alphanumeric));
    let runs = |command: &str| line.match_indices(command).any(|(at, _)| is_begin(at));
    let is_named = named(line).into_iter().any(|name| {
        let mut words = name.split(|sign: char| !sign.is_ascii_alphanumeric());
        words.any(|word| word.eq_ignore_ascii_case("deploy"))
    });
    let is_elsewhere = line.starts_with("ssh ") || line.contains(" ssh ");
    COMMANDS.iter().any(|command| runs(command)) || is_named || is_elsewhere
}

/// Whether a job deploys to a cluster of its own, which is gone with it.
pub(super) fn has_machines_of_its_own(job: &Job) -> bool {
    let mut texts = job.steps.iter().flat_map(|step| [&step.uses, &step.run]);
    texts.any(|text| CLUSTERS.iter().any(|word| text.contains(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deeds_are_known() {
        let of = |run: &str, uses: &str| {
            deploys(&Step { run: run.to_owned(), uses: uses.to_owned(), ..Step::default() })
        };
        for run in [
            "kubectl -n live get pods\nkubectl set image deployment/app app=x",
            "helm upgrade \\\n  --install app charts/app",
            "flyctl deploy --image x",
            "echo \"$KEY\" > key\nssh -i key root@host 'docker compose pull && docker compose up -d'",
            "./deploy.sh live",
            "make deploy",
            "make -C infra deploy STAGE=live",
            "bash scripts/deploy.sh live",
            "npm run deploy",
            "cd infra && terraform apply",
            "N=$((1<<3))\nkubectl apply -f a",
            "N=$((1 << BITS))\nkubectl apply -f a",
            "cat <<< EOF\nkubectl apply -f a",
            "cat <<EOF > $((1<<3))\nhello\nEOF\nkubectl apply -f a",
        ] {
            assert!(of(run, ""), "{run}");
        }
        for run in [
            "docker compose up -d",
            "echo 'helm upgrade app'",
            "# kubectl apply -f a",
            "kubectl apply --dry-run=client -f a",
            "mkdocs gh-deploy",
            "ssh-keyscan host >> known_hosts",
            "make test",
            "./hack/crds.sh deploy/crds charts/app",
            "bash hack/crds.sh deploy/crds",
            "make manifests OUT=deploy/crds",
            "NOTES=\"# Upgrade\nhelm upgrade app acme/app\n\"\necho done",
            "cat > notes.md <<'EOF'\nhelm upgrade app oci://ghcr.io/acme/app\nEOF\necho done",
            "N=$((1<<3)); cat <<- \"END_1\"\nhelm upgrade app oci://ghcr.io/acme/app\nEND_1\necho done",
        ] {
            assert!(!of(run, ""), "{run}");
        }
        for (uses, want) in [
            ("appleboy/ssh-action", true),
            ("azure/webapps-deploy", true),
            ("aws-actions/amazon-ecs-deploy-task-definition", true),
            ("google-github-actions/deploy-cloudrun", true),
            ("actions/deploy-pages", false),
            ("chrnorm/deployment-action", false),
            ("actions/checkout", false),
        ] {
            assert_eq!(of("", uses), want, "{uses}");
        }
    }
}
