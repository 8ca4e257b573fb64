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
