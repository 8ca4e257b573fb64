//! A forge with a repository on it, a registry, release pages, and a place to download Plimsoll from.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::fault_registry::{Door, FaultRegistry, Habits};
use plimsoll_testkit::git_server::{GitServer, Right};
use plimsoll_testkit::github::{self, GitHub};
use plimsoll_testkit::gitlab::{self, GitLab, PROJECT};
use plimsoll_testkit::repo::Repo;
use plimsoll_testkit::tools::Tool;

use crate::scene::Scene;

/// Whose workflows are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Host {
    GitHub,
    Forgejo,
    GitLab,
}

impl Host {
    pub(super) const ALL: [Host; 3] = [Host::GitHub, Host::Forgejo, Host::GitLab];

    fn name(self) -> &'static str {
        match self {
            Host::GitHub => "github",
            Host::Forgejo => "forgejo",
            Host::GitLab => "gitlab",
        }
    }

    /// Where its workflows lie.
    pub(super) fn folder(self) -> &'static str {
        match self {
            Host::GitHub => ".github/workflows",
            Host::Forgejo => ".forgejo/workflows",
            Host::GitLab => ".gitlab",
        }
    }

    /// The project on it.
    pub(super) fn project(self) -> &'static str {
        match self {
            Host::GitHub | Host::Forgejo => "acme/app",
            Host::GitLab => PROJECT,
        }
    }
}

/// What `gh` does that the workflows ask for: comments are kept in a file.
const GH: &str = r#"#!/bin/sh
set -eu
[ "$1" = api ] && shift
method=GET body= filter= place=
while [ $# -gt 0 ]; do
  case $1 in
    --paginate | --silent) ;;
    --method) method=$2; shift ;;
    --jq) filter=$2; shift ;;
    --field) method=${method#GET}; body=${2#body=@}; shift ;;
    *) place=$1 ;;
  esac
  shift
done
[ -n "$GH_TOKEN" ]
case ${method:-POST} in
  GET) cat "$COMMENTS" | jq --raw-output "$filter" ;;
  POST) jq --rawfile body "$body" '. + [{id: (length + 1), user: {type: "Bot"}, body: $body}]' "$COMMENTS" > "$COMMENTS.new"; mv "$COMMENTS.new" "$COMMENTS" ;;
  PATCH) jq --rawfile body "$body" --argjson id "${place##*/}" 'map(if .id == $id then .body = $body else . end)' "$COMMENTS" > "$COMMENTS.new"; mv "$COMMENTS.new" "$COMMENTS" ;;
esac
"#;

/// Tokens of jobs: what one may do with the repository follows from its job.
pub(super) const WRITING_TOKEN: &str = "a token that writes";
pub(super) const READING_TOKEN: &str = "a token that reads";

/// A package manager that has everything already.
const APT: &str = "#!/bin/sh\n";
/// The registry as workflows name it from which a configuration is drafted.
const ELSEWHERE: &str = "registry.example";

/// The forge.
pub(super) struct Forge {
    pub(super) host: Host,
    pub(super) scene: Scene,
    pub(super) registry: FaultRegistry,
    /// The forge's repositories, as jobs reach them.
    pub(super) git: GitServer,
    /// What the variable of the project has.
    pub(super) gitlab_token: &'static str,
    /// What the forge keeps for workflows.
    pub(super) secrets: BTreeMap<String, String>,
    pub(super) github: GitHub,
    pub(super) gitlab: GitLab,
    /// The repository as the forge has it.
    pub(super) remote: Repo,
    /// The folder that is the forge's web address.
    pub(super) server: PathBuf,
    /// Programs that runners have.
    pub(super) programs: PathBuf,
    /// What was said of the pull request.
    pub(super) comments: PathBuf,
    /// Variables of every machine.
    pub(super) machine: Vec<(OsString, OsString)>,
    /// A runner that is not ours; otherwise steps are run one by one.
    pub(super) runner: Option<Tool>,
    /// Where the actions lie that it runs, each in OWNER/NAME at the commit that workflows name.
    pub(super) actions: Option<PathBuf>,
}

/// What images a project has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Images {
    One,
    None,
}

/// A project that is to be released.
#[derive(Clone, Copy)]
pub(super) struct Setup<'a> {
    /// What `init` is asked for.
    pub(super) options: &'a str,
    /// Whether it has an image.
    pub(super) images: Images,
    /// Further keys of the image.
    pub(super) image: &'a str,
    /// Further tables; `REGISTRY` stands for the registry.
    pub(super) tables: &'a str,
    /// Further files; `REGISTRY` stands for the registry in workflows.
    pub(super) files: &'a [(&'a str, &'a str)],
    /// Whether `init` makes the configuration, too.
    pub(super) is_drafted: bool,
    /// Whom the registry lets in.
    pub(super) visitors: Visitors,
}

impl Setup<'static> {
    /// One image, and what `init` does by itself.
    pub(super) const PLAIN: Setup<'static> = Setup {
        options: "",
        images: Images::One,
        image: "",
        tables: "",
        files: &[],
        is_drafted: false,
        visitors: Visitors::Everybody,
    };
}

impl Default for Setup<'_> {
    fn default() -> Self {
        Setup::PLAIN
    }
}

/// Whom a registry lets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Visitors {
    Everybody,
    /// Who has the login.
    Known,
}

impl Forge {
    /// A project that was moved over by `init`, with `main` and v1.0.0 pushed.
    pub(super) fn new(host: Host, setup: Setup<'_>) -> Forge {
        let door = match setup.visitors {
            Visitors::Everybody => Door::Open,
            Visitors::Known => Door::Basic,
        };
        let registry = FaultRegistry::start(Habits { door, ..Habits::default() });
        let (github, gitlab) = (GitHub::start(), GitLab::start());
        let page = match host {
            Host::GitHub => {
                format!("kind = \"github\"\nurl = \"{}\"\ntoken = \"env:PAGE_TOKEN\"\n", github.url())
            }
            Host::Forgejo => "release = \"never\"\n".to_owned(),
            Host::GitLab => format!("kind = \"gitlab\"\nurl = \"{}\"\n", gitlab.url()),
        };
        let image = match setup.image.contains("dockerfile") || setup.image.contains("[image.assemble]") {
            true => setup.image.to_owned(),
            false => {
                let files = "files = [{ from = \"app\", to = \"/app\", mode = \"0755\" }]";
                format!("platforms = [\"linux/amd64\"]\n{}\n[image.assemble]\n{files}\n", setup.image)
            }
        };
        let image = match setup.images {
            Images::One => format!("[[image]]\nrepository = \"REGISTRY/acme/app\"\n{image}"),
            Images::None => String::new(),
        };
        let config = format!("[project]\nname = \"app\"\n\n{image}\n[forge]\n{page}\n{}", setup.tables);
        let scene = Scene::empty();
        if !setup.is_drafted {
            scene.repo.write(
                "plimsoll.toml",
                config
                    .replace("\"REGISTRY", &format!("\"{}", registry.address()))
                    .replace("//REGISTRY", &format!("//{}", registry.address())),
            );
        }
        scene.repo.write("app", "#!/bin/sh\necho app\n");
        // What workflows push to the machine that they run on is drafted as no image.
        let named = if setup.is_drafted { ELSEWHERE.to_owned() } else { registry.address() };
        for (path, text) in setup.files {
            scene.repo.write(path, text.replace("REGISTRY", &named));
        }
        scene.repo.commit("first");
        let server = scene.environment().folder("server");
        // The forge's own name for it, as the steps spell it.
        fs::create_dir_all(server.join(host.project()).parent().unwrap()).unwrap();
        let ending = if host == Host::GitLab { ".git" } else { "" };
        let remote = Repo::bare(scene.environment(), &format!("server/{}{ending}", host.project()));
        scene.repo.remote("origin", &remote.url());
        let git = GitServer::serve(&server);
        git.admit("x-access-token", WRITING_TOKEN, Right::Writes);
        git.admit("x-access-token", READING_TOKEN, Right::Reads);
        git.admit("oauth2", gitlab::TOKEN, Right::Writes);
        git.admit("gitlab-ci-token", gitlab::JOB_TOKEN, Right::Reads);
        let programs = scene.environment().folder("programs");
        let comments = scene.environment().root().join("comments.json");
        fs::write(&comments, "[]").unwrap();
        let forge = Forge {
            host,
            scene,
            registry,
            git,
            gitlab_token: gitlab::TOKEN,
            secrets: [("PAGE_TOKEN".to_owned(), github::TOKEN.to_owned())].into(),
            github,
            gitlab,
            remote,
            server,
            programs,
            comments,
            machine: Vec::new(),
            runner: None,
            actions: None,
        };
        for (name, text) in [("gh", GH), ("apt-get", APT), ("sudo", "#!/bin/sh\nexec \"$@\"\n")] {
            forge.add_program(name, text);
        }
        forge.init(setup.options);
        if setup.is_drafted {
            // What released before is to go.
            forge.scene.repo.git(["rm", "--quiet", ".github/workflows/image.yml"]);
            forge.lead_to_registry();
        }
        forge.scene.repo.commit("ci: release with Plimsoll");
        forge.tag("v1.0.0");
        forge.scene.repo.push("origin", ["main"]);
        forge
    }

    /// From now on another runner runs what the forge sets off.
    pub(super) fn run_by(mut self, runner: &Tool) -> Forge {
        self.runner = Some(runner.clone());
        self
    }

    /// What was drafted names the registry of the test from now on.
    fn lead_to_registry(&self) {
        let root = self.scene.repo.path();
        let workflows = fs::read_dir(root.join(".github/workflows")).unwrap().flatten();
        for file in workflows.map(|file| file.path()).chain([root.join("plimsoll.toml")]) {
            let text = fs::read_to_string(&file).unwrap();
            fs::write(&file, text.replace(ELSEWHERE, &self.registry.address())).unwrap();
        }
    }

    /// Writes the workflows, with what they install.
    fn init(&self, options: &str) {
        let downloads = self.downloads();
        let (amd64, arm64) = (downloads.join("plimsoll-linux-amd64"), downloads.join("plimsoll-linux-arm64"));
        // Large, and the same for both: one copy, which a test may change.
        fs::copy(env!("CARGO_BIN_EXE_plimsoll"), &amd64).unwrap();
        fs::hard_link(&amd64, &arm64).unwrap();
        let sums = self.scene.environment().command("sha256sum").in_folder(&downloads);
        let sums = sums.args(["plimsoll-linux-amd64", "plimsoll-linux-arm64"]).run().expect_success();
        let file = downloads.join("plimsoll-SHA256SUMS");
        fs::write(&file, sums.stdout()).unwrap();
        let line = format!("init --workflows {} {options}", self.host.name());
        let address = format!("file://{}", downloads.parent().unwrap().display());
        let init = self.scene.plimsoll(&line).args(["--downloads", &address, "--checksums"]);
        init.arg(file).run().expect_success();
    }

    /// The folder with this version's programs.
    pub(super) fn downloads(&self) -> PathBuf {
        self.scene.environment().folder(&format!("downloads/v{}", env!("CARGO_PKG_VERSION")))
    }

    /// Tags HEAD, and pushes that.
    pub(super) fn tag(&self, tag: &str) {
        self.scene.repo.annotated_tag(tag);
        self.scene.repo.push("origin", [tag]);
        self.gitlab.push_tag(tag);
    }

    /// Changes a file on main, and pushes that.
    pub(super) fn change(&self, path: &str, text: &str) {
        self.scene.repo.write(path, text);
        self.scene.repo.commit("change");
        self.scene.repo.push("origin", ["main"]);
    }

    /// Gives runners a further program.
    pub(super) fn add_program(&self, name: &str, text: &str) {
        fs::write(self.programs.join(name), text).unwrap();
        fs::set_permissions(self.programs.join(name), fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Gives runners what a builder needs on a machine; that machine must outlive them.
    pub(super) fn take_builder(&mut self, builder: &Environment) {
        let is_own = |name: &OsStr| {
            ["CONTAINERS_", "BUILDAH_"].iter().any(|own| name.to_string_lossy().starts_with(own))
        };
        let own = builder.variables().filter(|(name, _)| is_own(name));
        self.machine = own.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        // Where signatures are asked of nothing.
        self.machine.push(("HOME".into(), builder.home().into()));
    }

    /// What there is under a tag of the registry, as text.
    pub(super) fn manifest(&self, repository: &str, tag: &str) -> Option<String> {
        let found = self.registry.manifest(repository, tag)?;
        Some(String::from_utf8_lossy(&found).into_owned())
    }
}
