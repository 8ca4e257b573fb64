//! Real builders and a docker daemon, each with storage of its own, and base images that need no network.
//!
//! All of this needs root, and Linux: whoever is somebody else is told what is missing, as for any other witness.

mod binfmt;

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::env::Environment;
use crate::process::Server;
use crate::registry::Registry;
use crate::tools::{self, Tool};

pub use binfmt::emulate_arm64;

const READY_WITHIN: Duration = Duration::from_secs(30);
const ENDS_WITHIN: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(20);

/// A daemon under way; it ends when the value is dropped.
#[derive(Debug)]
pub struct Daemon {
    server: Server,
    socket: PathBuf,
}

impl Daemon {
    /// BuildKit's daemon.
    ///
    /// # Panics
    /// When it does not come up, or is missing and required.
    #[track_caller]
    pub fn buildkit(environment: &Environment) -> Option<Self> {
        let [buildkitd, buildctl, runc] = tools::require_all(["buildkitd", "buildctl", "runc"])?;
        let folder = environment.folder("buildkit");
        let socket = folder.join("socket");
        let address = format!("unix://{}", socket.display());
        let server = buildkitd
            .command(environment)
            .arg("--root")
            .arg(folder.join("root"))
            .args(["--addr", &address, "--oci-worker=true", "--containerd-worker=false"])
            .args(["--oci-worker-snapshotter=native", "--oci-worker-net=host"])
            // Its default is one path for the whole machine, and tests run side by side.
            .arg(format!("--otel-socket-path={}", folder.join("otel").display()))
            .arg(format!("--oci-worker-binary={}", runc.path().display()))
            .serve(&folder.join("log"));
        let daemon = Self { server, socket };
        Some(daemon.ready(&folder.join("log"), || {
            let asked = buildctl.command(environment).args(["--addr", &address, "debug", "workers"]).run();
            asked.code() == Some(0)
        }))
    }

    /// Docker's daemon.
    ///
    /// # Panics
    /// When it does not come up, or is missing and required.
    #[track_caller]
    pub fn docker(environment: &Environment) -> Option<Self> {
        let [dockerd, docker] = tools::require_all(["dockerd", "docker"])?;
        let folder = environment.folder("docker");
        let socket = folder.join("socket");
        let address = format!("unix://{}", socket.display());
        let server = dockerd
            .command(environment)
            .arg("--data-root")
            .arg(folder.join("data"))
            .arg("--exec-root")
            .arg(folder.join("exec"))
            .arg("--pidfile")
            .arg(folder.join("pid"))
            .args(["--host", &address, "--storage-driver", "vfs", "--bridge=none"])
            .args(["--iptables=false", "--ip6tables=false"])
            .serve(&folder.join("log"));
        let daemon = Self { server, socket };
        Some(daemon.ready(&folder.join("log"), || {
            let asked = docker.command(environment).args(["--host", &address, "info"]).run();
            asked.code() == Some(0)
        }))
    }

    /// Where it listens: `unix:///…`.
    pub fn address(&self) -> String {
        format!("unix://{}", self.socket.display())
    }

    #[track_caller]
    fn ready(mut self, log: &Path, answers: impl Fn() -> bool) -> Self {
        let until = Instant::now() + READY_WITHIN;
        while Instant::now() < until && !self.server.has_ended() {
            if self.socket.exists() && answers() {
                return self;
            }
            thread::sleep(POLL);
        }
        panic!("a daemon does not start:\n{}", fs::read_to_string(log).unwrap_or_default());
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.server.terminate(ENDS_WITHIN);
    }
}

/// Puts the installed witnesses before everything else in the `PATH` of a machine.
pub fn put_on_path(environment: &mut Environment, tool: &Tool) {
    let folder = tool.path().parent().map(Path::to_owned).unwrap_or_default();
    let rest = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([folder].into_iter().chain(std::env::split_paths(&rest)));
    environment.set("PATH", path.expect("no folder has a colon in its name"));
}

/// Makes `docker buildx` work on a machine, with a builder in use that is this BuildKit.
///
/// # Panics
/// When a program is missing and required, or refuses.
#[track_caller]
pub fn set_up_buildx(environment: &mut Environment, buildkit: &Daemon) -> Option<()> {
    let [docker, buildx] = tools::require_all(["docker", "buildx"])?;
    let plugins = environment.folder("home/.docker/cli-plugins");
    let plugin = plugins.join("docker-buildx");
    if !plugin.exists() {
        std::os::unix::fs::symlink(buildx.path(), &plugin).expect("a link can be made");
    }
    let config = environment.home().join(".docker");
    environment.set("DOCKER_CONFIG", config);
    let create = docker.command(environment).args(["buildx", "create", "--use", "--driver", "remote"]);
    create.args(["--name", "witness", &buildkit.address()]).run().expect_success();
    Some(())
}

/// Makes buildah work on a machine without touching the storage of others; `registry` may be asked without TLS.
///
/// # Panics
/// When it is missing and required.
#[track_caller]
pub fn set_up_buildah(environment: &mut Environment, registry: Option<&Registry>) -> Option<()> {
    tools::require("buildah")?;
    let folder = environment.folder("containers");
    let storage = format!(
        "[storage]\ndriver = \"vfs\"\ngraphroot = \"{0}/graph\"\nrunroot = \"{0}/run\"\n",
        folder.display()
    );
    let mut registries = "unqualified-search-registries = []\n".to_owned();
    if let Some(registry) = registry {
        registries
            .push_str(&format!("[[registry]]\nlocation = \"{}\"\ninsecure = true\n", registry.address()));
    }
    for (name, variable, text) in [
        ("storage.conf", "CONTAINERS_STORAGE_CONF", storage),
        ("registries.conf", "CONTAINERS_REGISTRIES_CONF", registries),
    ] {
        fs::write(folder.join(name), text).expect("a file can be written");
        environment.set(variable, folder.join(name));
    }
    // Signatures are asked of nothing that a test makes.
    fs::create_dir_all(environment.home().join(".config/containers")).expect("a folder can be made");
    fs::write(
        environment.home().join(".config/containers/policy.json"),
        r#"{"default": [{"type": "insecureAcceptAnything"}]}"#,
    )
    .expect("a file can be written");
    environment.set("BUILDAH_ISOLATION", "chroot");
    Some(())
}

/// Pushes an image for amd64 and arm64 that has a shell and the usual commands, and gives its name.
///
/// # Panics
/// When a program is missing and required, or refuses.
#[track_caller]
pub fn push_base(environment: &Environment, registry: &Registry) -> Option<String> {
    let crane = tools::require("crane")?;
    let [amd64, arm64] = tools::require_all(["busybox-amd64", "busybox-arm64"])?;
    let name = registry.repository("base");
    let run = |arguments: &[&str]| {
        crane.command(environment).args(arguments).arg("--insecure").run().expect_success();
    };
    let mut index = vec!["index".to_owned(), "append".to_owned()];
    for (architecture, busybox) in [("amd64", amd64), ("arm64", arm64)] {
        let folder = environment.folder(&format!("base-{architecture}/bin"));
        for program in ["busybox", "sh"] {
            fs::copy(busybox.path(), folder.join(program)).expect("a program can be copied");
        }
        let archive = environment.root().join(format!("base-{architecture}.tar"));
        let above = folder.parent().map(Path::to_owned).unwrap_or_default();
        let tar = environment.command("tar").arg("-C").arg(above).arg("-cf").arg(&archive).arg("bin");
        tar.run().expect_success();
        let tag = format!("{name}:{architecture}");
        run(&["append", "--oci-empty-base", "-f", &archive.display().to_string(), "-t", &tag]);
        run(&["mutate", &tag, "--set-platform", &format!("linux/{architecture}"), "-t", &tag]);
        index.extend(["-m".to_owned(), tag]);
    }
    let whole = format!("{name}:1");
    index.extend(["-t".to_owned(), whole.clone()]);
    run(&index.iter().map(String::as_str).collect::<Vec<_>>());
    Some(whole)
}
