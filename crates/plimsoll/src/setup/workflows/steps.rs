//! Steps and values that several jobs share.

use super::containers::{DOCKER_PACKAGES, PACKAGES, emulate, install_helm as helm_script, install_packages};
use super::document::{IDENTITY, Permission, Step, in_quotes};
use super::needs::Needs;
use super::pin::Pin;
use super::variables::TOKEN;
use super::{Actions, Choices, Host};

/// GitHub's actions, by commit.
pub(super) const CHECKOUT: &str = "actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0";
pub(super) const UPLOAD: &str = "actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02 # v4.6.2";
pub(super) const DOWNLOAD: &str =
    "actions/download-artifact@d3f86a106a0bac45b974a628896c90dbdf5c8093 # v4.3.0";

const SCRIPT: &str = "actions/github-script@60a0d83039c74a4aee543508d2ffcb1c3799cdea # v7.0.1";

/// What GitHub tells actions of its cache, and commands not.
const CACHE: &str = "for (const name of ['ACTIONS_CACHE_SERVICE_V2', 'ACTIONS_RESULTS_URL', 'ACTIONS_RUNTIME_TOKEN']) core.exportVariable(name, process.env[name] || '')";

/// Git asks for the token when it needs it, and for this forge alone: it is never written down.
const HELPER: &str = r#"git config "credential.$GITHUB_SERVER_URL.helper" '!f() { echo username=x-access-token; echo "password=$GITHUB_TOKEN"; }; f'"#;

/// The tag that a person named; without one, what set the job off.
pub(super) const NAMED_TAG: &str = "${{ inputs.tag }}";

/// The ref of that tag. By hand a workflow begins on a branch, which has moved on since.
const REF_OF_TAG: &str = "${{ inputs.tag && format('refs/tags/{0}', inputs.tag) || github.ref }}";

/// What a job may at least do.
pub(super) const READS: Permission =
    Permission { scope: "contents", level: "read", purpose: "the repository" };

/// Which commit lies in the working directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ground {
    /// That of what set the job off.
    Event,
    /// That of the tag which a person named; without one, that of what set the job off.
    Tag,
}

/// The runner of jobs.
pub(super) fn runner(choices: &Choices) -> String {
    match choices.host {
        Host::GitHub => "ubuntu-24.04",
        Host::Forgejo | Host::GitLab | Host::None => "docker",
    }
    .to_owned()
}

/// Fetches the repository with all tags.
pub(super) fn fetch(choices: &Choices, ground: Ground) -> Vec<Step> {
    let name = "Fetch the repository with its tags".to_owned();
    let mut env = vec![("GITHUB_TOKEN".to_owned(), TOKEN.to_owned())];
    let mut with = vec![("fetch-depth", "0".to_owned()), ("persist-credentials", "false".to_owned())];
    let checkout = match ground {
        Ground::Event => r#"git checkout --quiet --detach "$GITHUB_SHA""#,
        Ground::Tag => {
            env.push(("TAG".to_owned(), NAMED_TAG.to_owned()));
            with.insert(0, ("ref", REF_OF_TAG.to_owned()));
            r#"git checkout --quiet --detach "${TAG:+refs/tags/}${TAG:-$GITHUB_SHA}""#
        }
    };
    let step = Step { name, ..Step::default() };
    let packages = (choices.host == Host::Forgejo).then(|| Step {
        name: "Install what steps take".to_owned(),
        run: vec!["apt-get update --quiet".to_owned(), install_packages(&PACKAGES)],
        ..Step::default()
    });
    match (choices.actions, choices.host) {
        (Actions::Pinned, Host::GitHub) => vec![
            Step {
                uses: Some(CHECKOUT),
                with,
                ..step
            },
            Step { name: "Let git ask for the token".to_owned(), run: vec![HELPER.to_owned()], ..Step::default() },
        ],
        _ => packages.into_iter().chain([Step {
            env,
            run: [
                "git init --quiet .",
                r#"git remote add origin "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY""#,
                HELPER,
                r#"git fetch --quiet --force --tags origin '+refs/heads/*:refs/remotes/origin/*' "+$GITHUB_REF:refs/plimsoll/here""#,
                checkout,
            ]
            .map(str::to_owned)
            .to_vec(),
            ..step
        }])
        .collect(),
    }
}

/// Installs Plimsoll, if it is the very one.
pub(super) fn install(pin: &Pin) -> Step {
    let value = |name: &str, value: &str| (name.to_owned(), in_quotes(value));
    Step {
        name: format!("Install Plimsoll {}", pin.version),
        env: vec![
            value("ADDRESS", &pin.address()),
            value("SHA256_AMD64", &pin.amd64),
            value("SHA256_ARM64", &pin.arm64),
        ],
        run: install_script("$RUNNER_TEMP/plimsoll-bin")
            .into_iter()
            .chain([r#"echo "$RUNNER_TEMP/plimsoll-bin" >> "$GITHUB_PATH""#.to_owned()])
            .collect(),
        ..Step::default()
    }
}

/// The lines that fetch the program into a folder, and stop if it is another.
pub(super) fn install_script(folder: &str) -> Vec<String> {
    let lines = [
        "case $(uname -m) in",
        "  x86_64) architecture=amd64 digest=$SHA256_AMD64 ;;",
        "  aarch64) architecture=arm64 digest=$SHA256_ARM64 ;;",
        r#"  *) echo "there is no Plimsoll for $(uname -m)" >&2; exit 1 ;;"#,
        "esac",
        r#"mkdir -p "FOLDER""#,
        r#"curl --fail --silent --show-error --location --retry 3 --output "FOLDER/plimsoll" "$ADDRESS$architecture""#,
        r#"echo "$digest  FOLDER/plimsoll" | sha256sum --check --strict --quiet -"#,
        r#"chmod +x "FOLDER/plimsoll""#,
    ];
    lines.map(|line| line.replace("FOLDER", folder)).to_vec()
}

/// Installs Helm where charts are not released without it and the machine has none; GitHub's runners have it.
pub(super) fn install_helm(needs: &Needs, choices: &Choices) -> Option<Step> {
    let is_missing = needs.renders_charts && choices.host == Host::Forgejo;
    is_missing.then(|| Step {
        name: "Install Helm, which renders charts".to_owned(),
        run: helm_script("/usr/local/bin"),
        ..Step::default()
    })
}

/// Prepares builds for these platforms beside the runner's own; nothing where nothing is built.
pub(super) fn prepare_builds(needs: &Needs, choices: &Choices, emulated: &[&str]) -> Vec<Step> {
    let mut steps = Vec::new();
    if !needs.builds {
        return steps;
    }
    if choices.host == Host::Forgejo {
        let name = "Install what talks to Docker, which the runner lends its jobs".to_owned();
        let run = vec![install_packages(&DOCKER_PACKAGES), "docker version".to_owned()];
        steps.push(Step { name, run, ..Step::default() });
    }
    if !emulated.is_empty() {
        let run = match choices.host {
            Host::Forgejo => vec![emulate(emulated)],
            Host::GitHub | Host::GitLab | Host::None => vec![
                "sudo apt-get update --quiet".to_owned(),
                "sudo apt-get install --quiet --yes qemu-user-static binfmt-support".to_owned(),
            ],
        };
        steps.push(Step { name: format!("Emulate {}", emulated.join(", ")), run, ..Step::default() });
    }
    if needs.caches_on_github && (choices.actions, choices.host) == (Actions::Pinned, Host::GitHub) {
        steps.push(Step {
            name: "Let builds reach GitHub's cache".to_owned(),
            uses: Some(SCRIPT),
            with: vec![("script", CACHE.to_owned())],
            ..Step::default()
        });
    }
    steps.push(Step {
        name: "Make a builder".to_owned(),
        run: vec!["docker buildx create --use".to_owned()],
        ..Step::default()
    });
    steps
}

/// What a job that releases may do.
pub(super) fn release_permissions(needs: &Needs) -> Vec<Permission> {
    let mut permissions = vec![match needs.writes_repository {
        true => {
            Permission { scope: "contents", level: "write", purpose: "claims, records, the release page" }
        }
        false => READS,
    }];
    permissions.extend(packages(needs, "write"));
    if needs.proves_identity {
        permissions.push(Permission { scope: IDENTITY, level: "write", purpose: "signing without a key" });
    }
    permissions.extend(kept_by_forge(needs, "write"));
    permissions
}

/// What a job that releases charts by themselves may do: there are no deployments of those.
pub(super) fn chart_permissions(needs: &Needs) -> Vec<Permission> {
    let mut permissions = release_permissions(needs);
    permissions.retain(|permission| permission.scope != "deployments");
    permissions
}

/// What a job may do that says something of releases: it signs nothing, and a withdrawal deletes the git tag.
pub(super) fn operating_permissions(needs: &Needs) -> Vec<Permission> {
    let purpose = "git tags, what is said of releases";
    let repository = Permission { scope: "contents", level: "write", purpose };
    let kept = kept_by_forge(needs, "write").filter(|kept| kept.scope != "attestations");
    [repository].into_iter().chain(packages(needs, "write")).chain(kept).collect()
}

/// What a job that looks may do.
pub(super) fn reading_permissions(needs: &Needs) -> Vec<Permission> {
    let mut permissions = building_permissions(needs);
    permissions.extend(kept_by_forge(needs, "read"));
    permissions
}

/// What the forge keeps of releases beside their pages.
fn kept_by_forge(needs: &Needs, level: &'static str) -> impl Iterator<Item = Permission> {
    let deployments = Permission { scope: "deployments", level, purpose: "[[deployment]]" };
    let attestations = Permission { scope: "attestations", level, purpose: "what is attested" };
    let deployments = needs.deploys.then_some(deployments);
    deployments.into_iter().chain(needs.posts_attestations.then_some(attestations))
}

/// What a job that builds, and publishes nothing, may do.
pub(super) fn building_permissions(needs: &Needs) -> Vec<Permission> {
    [READS].into_iter().chain(packages(needs, "read")).collect()
}

/// What a job that publishes images of a branch may do.
pub(super) fn publishing_permissions(needs: &Needs) -> Vec<Permission> {
    [READS].into_iter().chain(packages(needs, "write")).collect()
}

fn packages(needs: &Needs, level: &'static str) -> Option<Permission> {
    needs.writes_packages.then_some(Permission { scope: "packages", level, purpose: "ghcr.io" })
}
