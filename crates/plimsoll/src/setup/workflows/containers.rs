//! The images that jobs run in where a runner is a container, by digest.
//!
//! A digest that is none of its tag would stop every pipeline, so none is written here that was not found elsewhere: in
//! November 2026 many public repositories that know nothing of each other pinned these digests to these tags
//! (`debian:trixie-slim`, `docker:27.5.1-dind`, `tonistiigi/binfmt:qemu-v10.2.3`), as `docker pull` of the tag names them,
//! which is the digest of the index. `crane digest IMAGE:TAG` says what a tag is at; Renovate moves tag and digest together,
//! in the files that `init` wrote, too.

/// In which steps run: a shell, and a package manager for the rest.
pub(super) const DEBIAN: &str =
    "debian:13-slim@sha256:d7e12182ce18b85b93007c1dedf31f2d29e01ccf3182cc4017c709b6259bc132";

/// A Docker of a job's own.
pub(super) const DOCKER: &str =
    "docker:27-dind@sha256:aa3df78ecf320f5fafdce71c659f1629e96e9de0968305fe1de670e0ca9176ce";

/// What tells a kernel of the programs that run those of other platforms.
const EMULATORS: &str =
    "tonistiigi/binfmt:qemu-v10.2.3@sha256:400a4873b838d1b89194d982c45e5fb3cda4593fbfd7e08a02e76b03b21166f0";

/// The line that installs packages, after their list was fetched.
pub(super) fn install_packages(names: &[&str]) -> String {
    format!("apt-get install --quiet --yes --no-install-recommends {}", names.join(" "))
}

/// What every job takes.
pub(super) const PACKAGES: [&str; 3] = ["ca-certificates", "curl", "git"];

/// Helm, which renders charts: 3.21.4, by the SHA-256 of its archives for amd64 and arm64, as its release page and
/// repositories that know nothing of each other have them.
const HELM: [&str; 3] = [
    "https://get.helm.sh/helm-v3.21.4-linux-",
    "61f88ab166748cb19604d7884cb100ae9ccb13804ddeb98e08af167eacbb6a14",
    "b54c04b4e0b2540bbdc08c17a121dab70e9a2ed0de5705528fec68a5fd3b85a7",
];

/// The lines that put Helm into a folder, and stop if it is another.
pub(super) fn install_helm(folder: &str) -> Vec<String> {
    let [address, amd64, arm64] = HELM;
    vec![
        "case $(uname -m) in".to_owned(),
        format!("  x86_64) architecture=amd64 digest={amd64} ;;"),
        format!("  aarch64) architecture=arm64 digest={arm64} ;;"),
        r#"  *) echo "no Helm is known for $(uname -m)" >&2; exit 1 ;;"#.to_owned(),
        "esac".to_owned(),
        "archive=$(mktemp)".to_owned(),
        format!(
            r#"curl --fail --silent --show-error --location --retry 3 --output "$archive" "{address}$architecture.tar.gz""#
        ),
        r#"echo "$digest  $archive" | sha256sum --check --strict --quiet -"#.to_owned(),
        format!(r#"mkdir -p "{folder}""#),
        format!(
            r#"tar --extract --gzip --file "$archive" --directory "{folder}" --strip-components 1 "linux-$architecture/helm""#
        ),
    ]
}

/// What talks to Docker.
pub(super) const DOCKER_PACKAGES: [&str; 2] = ["docker-cli", "docker-buildx"];

/// The line that lets Docker run programs of these platforms.
pub(super) fn emulate(platforms: &[&str]) -> String {
    let names: Vec<&str> = platforms
        .iter()
        .filter_map(|platform| platform.split_once('/'))
        .filter_map(|(_, architecture)| architecture.split('/').next())
        .collect();
    format!("docker run --privileged --rm {EMULATORS} --install {}", names.join(","))
}
