//! A release, deployed: a stack of two services and an image of somebody else's, on a real engine.

use std::os::unix::fs::symlink;

use plimsoll_testkit::builders::{Daemon, push_base, put_on_path};
use plimsoll_testkit::env::Environment;
use plimsoll_testkit::process::{Invocation, Output};
use plimsoll_testkit::registry::{Access, Flavor, Registry};
use plimsoll_testkit::repo::Repo;
use plimsoll_testkit::tools;

/// What `docker-compose` 1.29 reads too: it does not know the project's `name`. The engine of the tests has no networks.
const COMPOSE: &str = "\
# The stack.
services:
  web:
    image: ${DOCKER_IMAGE:-HOST/web:latest}
    build: .
    network_mode: none
    stop_signal: KILL
  worker:
    image: HOST/worker
    network_mode: none
    stop_signal: KILL
  clock:
    image: \"HOST/base:1\"  # not ours
    command: [\"/bin/busybox\", \"sleep\", \"600\"]
    network_mode: none
    stop_signal: KILL
";

struct Stack {
    environment: Environment,
    registry: Registry,
    daemon: Daemon,
    repo: Repo,
}

impl Stack {
    fn new() -> Option<Stack> {
        let mut environment = Environment::new();
        let [crane, compose2, _docker, _docker_compose] =
            tools::require_all(["crane", "compose2", "docker", "docker-compose"])?;
        put_on_path(&mut environment, &crane);
        let registry = Registry::start(&environment, Flavor::Distribution3, Access::Anonymous)?;
        push_base(&environment, &registry)?;
        let daemon = Daemon::docker(&environment)?;
        environment.set("DOCKER_HOST", daemon.address());
        let plugins = environment.folder("home/.docker/cli-plugins");
        symlink(compose2.path(), plugins.join("docker-compose")).unwrap();
        let repo = Repo::init(&environment, "repo");
        let remote = Repo::bare(&environment, "remote");
        repo.remote("origin", &remote.url());
        Some(Stack { environment, registry, daemon, repo })
    }

    /// A version whose services say the version and wait.
    fn tag(&self, version: &str) {
        let base = format!(
            "{}@{}",
            self.registry.repository("base"),
            self.crane(&["digest", "--insecure", &self.at("base:1")])
        );
        let image = |name: &str| {
            format!(
                "[[image]]\nname = \"{name}\"\nrepository = \"{}\"\nplatforms = [\"linux/amd64\"]\n[image.assemble]\n\
                 base = {{ image = \"{base}\" }}\nfiles = [{{ from = \"run\", to = \"/run.sh\", mode = \"0755\" }}]\n\
                 entrypoint = [\"/bin/sh\", \"/run.sh\", \"{name}\"]\n",
                self.registry.repository(name)
            )
        };
        let config = format!(
            "[project]\nname = \"stack\"\n[image-defaults.tags]\nrelease = [\"{{version}}\", \"latest\"]\n{}{}[compose]\nfile = \"docker-compose.yml\"\n[app-compose]\n",
            image("web"),
            image("worker")
        );
        let host = self.at("");
        self.repo
            .write("plimsoll.toml", config)
            .write("docker-compose.yml", COMPOSE.replace("HOST/", &host))
            .write("run", format!("echo $1 {version}\nexec /bin/busybox sleep 600\n"));
        self.repo.commit(version);
        self.repo.annotated_tag(&format!("v{version}"));
        self.repo.push("origin", ["main", &format!("v{version}")]);
    }

    fn at(&self, name: &str) -> String {
        let whole = self.registry.repository("x");
        format!("{}{name}", whole.strip_suffix('x').unwrap())
    }

    fn command(&self, program: &str) -> Invocation {
        self.environment.command(program).in_folder(self.repo.path())
    }

    fn crane(&self, words: &[&str]) -> String {
        self.command("crane").args(words.iter().copied()).run().expect_success().stdout().trim().to_owned()
    }

    fn plimsoll(&self, line: &str) -> Output {
        self.command(env!("CARGO_BIN_EXE_plimsoll")).args(line.split_whitespace()).run().expect_success()
    }

    /// What every running container was started from, and what it says.
    fn running(&self) -> Vec<(String, String)> {
        let docker = |words: &[&str]| {
            self.command("docker").args(words.iter().copied()).run().expect_success().stdout().to_owned()
        };
        let mut all: Vec<(String, String)> = docker(&["ps", "--quiet", "--no-trunc"])
            .lines()
            .map(|id| {
                let image = docker(&["inspect", "--format", "{{.Config.Image}}", id]).trim().to_owned();
                (image, docker(&["logs", id]).trim().to_owned())
            })
            .collect();
        all.sort();
        all
    }

    fn pinned(&self, name: &str, tag: &str) -> String {
        let at = self.at(&format!("{name}:{tag}"));
        let digest = self.crane(&["digest", "--insecure", &at]);
        format!("{at}@{digest}")
    }
}

#[test]
fn a_stack_runs_as_it_was_released_and_stops() {
    let Some(stack) = Stack::new() else { return };
    stack.tag("1.0.0");
    stack.plimsoll("release v1.0.0");
    let mut want = vec![
        (stack.pinned("base", "1"), String::new()),
        (stack.pinned("web", "1.0.0"), "web 1.0.0".to_owned()),
        (stack.pinned("worker", "1.0.0"), "worker 1.0.0".to_owned()),
    ];
    want.sort();

    // A later release, and a tag that somebody moves, change nothing about the first.
    stack.tag("1.1.0");
    stack.plimsoll("release v1.1.0");
    stack.crane(&["tag", "--insecure", &stack.at("web:latest"), "1.0.0"]);

    // By hand, with the program that the oldest guides name.
    let by_hand = |verb: &[&str]| {
        let words = ["-f", "releases/v1.0.0-docker-compose.yml"].iter().chain(verb);
        stack.command("docker-compose").args(words.copied()).run().expect_success();
    };
    by_hand(&["up", "-d"]);
    assert_eq!(stack.running(), want);
    by_hand(&["down"]);
    assert_eq!(stack.running(), []);

    // The same by Plimsoll, whatever the environment says.
    let deploy = stack.command(env!("CARGO_BIN_EXE_plimsoll")).args(["deploy", "v1.0.0", "--no-progress"]);
    deploy.set("DOCKER_IMAGE", "example.test/other:1").run().expect_success();
    assert_eq!(stack.running(), want);
    stack.plimsoll("deploy v1.0.0 --down");
    assert_eq!(stack.running(), []);

    // From the registry alone, in a folder without a clone.
    let elsewhere = stack.environment.folder("elsewhere");
    let registry = stack.registry.repository("web");
    let deploy = |more: &[&str]| {
        let words = ["deploy", "v1.1.0", "--registry", &registry, "--no-progress"];
        let command = stack.environment.command(env!("CARGO_BIN_EXE_plimsoll")).in_folder(&elsewhere);
        command.args(words.iter().chain(more).copied()).run().expect_success()
    };
    deploy(&[]);
    let said: Vec<String> = stack.running().into_iter().map(|(_, said)| said).collect();
    assert!(said.contains(&"web 1.1.0".to_owned()), "{said:?}");
    deploy(&["--down"]);
    assert_eq!(stack.running(), []);
    drop(stack.daemon);
}
