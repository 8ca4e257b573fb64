//! Actions that are not read, and may push images: what they do stands elsewhere.

use super::super::image::is_preparing;
use super::{Step, Triggers};

/// Words in the names of actions that make or send images.
const IMAGES: [&str; 12] = [
    "acr",
    "buildpack",
    "buildpacks",
    "container",
    "containers",
    "devcontainers",
    "docker",
    "image",
    "images",
    "jib",
    "kaniko",
    "oci",
];
/// Words of those that do more than look at them.
const MAKING: [&str; 3] = ["build", "publish", "push"];
/// Words in the names of actions that push none: they look at something, say something, or publish something else.
const HARMLESS: [&str; 94] = [
    "artifact",
    "attest",
    "aur",
    "auth",
    "cache",
    "changelog",
    "changesets",
    "check",
    "checker",
    "checkout",
    "checks",
    "chocolatey",
    "clean",
    "cleaner",
    "cleanup",
    "codecov",
    "codeql",
    "comment",
    "commit",
    "cosign",
    "coverage",
    "coveralls",
    "crates",
    "credentials",
    "delete",
    "description",
    "discord",
    "disk",
    "download",
    "drafter",
    "filter",
    "fmt",
    "gem",
    "gh",
    "gpg",
    "hadolint",
    "harden",
    "homebrew",
    "import",
    "issue",
    "issues",
    "kind",
    "label",
    "labeler",
    "lint",
    "linter",
    "login",
    "matrix",
    "maven",
    "metadata",
    "notify",
    "npm",
    "nuget",
    "pages",
    "paths",
    "please",
    "pull",
    "prune",
    "pypi",
    "qemu",
    "report",
    "reporter",
    "reviewdog",
    "rubygems",
    "sbom",
    "scan",
    "scanner",
    "scorecard",
    "scout",
    "secrets",
    "security",
    "shellcheck",
    "slack",
    "slsa",
    "snyk",
    "sonarcloud",
    "sonarqube",
    "ssh",
    "stale",
    "status",
    "tag",
    "teams",
    "telegram",
    "test",
    "testing",
    "tests",
    "toolchain",
    "trivy",
    "typos",
    "upload",
    "vault",
    "version",
    "webhook",
    "winget",
];

/// Why a step may push images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::setup) enum Suspicion {
    /// By its name.
    Named,
    /// It runs for releases, and nobody knows what it does.
    Unknown,
}

impl Step {
    /// The action of this step, where it may push images, and by what.
    pub(in crate::setup::from_workflows) fn strange_action(
        &self,
        triggers: &Triggers,
    ) -> Option<(&str, Suspicion)> {
        let uses = self.uses.as_str();
        let is_ours = uses.ends_with("/plimsoll");
        let is_plain = uses.starts_with("actions/") || super::pages::ACTIONS.contains(&uses);
        if uses.is_empty() || is_ours || is_plain || is_preparing(uses) {
            return None;
        }
        let words: Vec<String> = uses
            .trim_start_matches("docker://")
            .split(|sign: char| !sign.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_ascii_lowercase)
            .collect();
        let has = |some: &[&str]| some.iter().any(|word| words.iter().any(|own| own == word));
        let is_for_releases =
            triggers.release.is_some() || triggers.tags.as_ref().is_some_and(|tags| !tags.is_empty());
        let suspicion = match () {
            () if has(&IMAGES) && has(&MAKING) => Some(Suspicion::Named),
            () if has(&HARMLESS) => None,
            () if has(&IMAGES) => Some(Suspicion::Named),
            () => is_for_releases.then_some(Suspicion::Unknown),
        };
        suspicion.map(|suspicion| (uses, suspicion))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn for_releases_each_action_may_push_that_is_not_known_to_push_none() {
        let releases = Triggers { tags: Some(vec!["v*".into()]), ..Triggers::default() };
        let branches = Triggers { branches: Some(vec!["main".into()]), ..Triggers::default() };
        let (named, unknown) = (Some(Suspicion::Named), Some(Suspicion::Unknown));
        for (uses, for_releases, for_branches) in [
            ("acme/ship", unknown, None),
            ("./.github/actions/publish", unknown, None),
            ("docker://acme/publisher:1", unknown, None),
            ("whoan/docker-build-with-cache-action", named, named),
            ("VaultVulp/gp-docker-action", named, named),
            ("azure/acr-build", named, named),
            ("devcontainers/ci", named, named),
            ("jreleaser/release-action", unknown, None),
            ("softprops/action-gh-release", None, None),
            ("ncipollo/release-action", None, None),
            ("stumpylog/image-cleaner-action/untagged", None, None),
            ("actions/checkout", None, None),
            ("docker/setup-buildx-action", None, None),
            ("docker/login-action", None, None),
            ("crazy-max/ghaction-container-scan", None, None),
            ("golangci/golangci-lint-action", None, None),
            ("acme/plimsoll", None, None),
            ("", None, None),
        ] {
            let step = Step { uses: uses.into(), ..Step::default() };
            let why = |triggers| step.strange_action(triggers).map(|(_, why)| why);
            assert_eq!((why(&releases), why(&branches)), (for_releases, for_branches), "{uses}");
        }
    }
}
