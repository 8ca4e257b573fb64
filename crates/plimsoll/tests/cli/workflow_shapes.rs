//! What `init` writes for configurations of many shapes: it is YAML that says what was meant, pleases its judges, and hands no
//! step more than it takes.

use std::collections::BTreeSet;

use plimsoll_testkit::process::Output;
use plimsoll_testkit::tools;
use proptest::prelude::*;
use serde_json::Value;

use crate::init::checksums;
use crate::scene::Scene;

/// A project on a forge, with a configuration.
pub(crate) fn project(host: &str, config: &str) -> Scene {
    let scene = Scene::empty();
    scene.repo.remote("origin", &format!("https://{host}/acme/app.git"));
    scene
        .repo
        .write("plimsoll.toml", config)
        .write("app", "")
        .write("Dockerfile", "FROM scratch\nCOPY app /app\n");
    scene.repo.commit("first");
    scene
}

pub(crate) fn init(scene: &Scene, options: &str) -> Output {
    let checksums = checksums(scene);
    scene.plimsoll(&format!("init {options} -o json")).args(["--checksums", &checksums]).run()
}

/// An image with these further keys.
fn image(keys: &str) -> String {
    format!("[[image]]\nrepository = \"ghcr.io/acme/app\"\nplatforms = [\"linux/amd64\"]\n{keys}")
}

const FILES: &str = "[image.assemble]\nfiles = [{ from = \"app\", to = \"/app\" }]\n";

pub(crate) fn workflow(scene: &Scene, file: &str) -> Value {
    yaml_serde::from_str(&scene.read(file)).unwrap_or_else(|error| panic!("{error}: {}", scene.read(file)))
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// A filter of GitHub's that one name, or what stands around versions, passes.
fn meant(filter: &Value) -> String {
    let mut signs = filter.as_str().unwrap().chars();
    let mut text = String::new();
    while let Some(sign) = signs.next() {
        text.extend(if sign == '\\' { signs.next() } else { Some(sign) });
    }
    text
}

/// Writes the workflows of a project with such tags and such a branch, and reads them back.
fn read_back(before: &str, after: &str, branch: &str) {
    let config = format!(
        "[project]\nname = \"app\"\n[tags]\nversion = {}\n{}tags.{} = [\"edge\"]\n{FILES}",
        quoted(&format!("{before}{{version}}{after}")),
        image(""),
        quoted(&format!("branch:{branch}")),
    );
    for (host, options) in [("github.com", "--workflows github"), ("gitlab.com", "--workflows gitlab")] {
        let scene = project(host, &config);
        let done = init(&scene, options);
        assert_eq!(done.code(), Some(0), "{config}{}", done.stderr());
        if host == "github.com" {
            let release = workflow(&scene, ".github/workflows/plimsoll-release.yml");
            assert_eq!(meant(&release["on"]["push"]["tags"][0]), format!("{before}*{after}"));
            let publish = workflow(&scene, ".github/workflows/plimsoll-branch.yml");
            assert_eq!(meant(&publish["on"]["push"]["branches"][0]), branch);
            if let Some(actionlint) = tools::require("actionlint") {
                let files = scene.files(".github/workflows");
                let judged =
                    actionlint.command(scene.environment()).in_folder(scene.repo.path()).args(&files);
                judged.run().expect_success();
            }
            continue;
        }
        let pipeline = workflow(&scene, ".gitlab/plimsoll.yml");
        let rule = |job: &str| pipeline[job]["rules"][0]["if"].as_str().unwrap().to_owned();
        let plain = |text: &str| text.replace('\\', "");
        assert!(
            plain(&rule("plimsoll-release")).ends_with(&format!("/^{before}.*{after}$/")),
            "{pipeline:#}"
        );
        let publish = rule("plimsoll-publish");
        let is = |text: String| publish.ends_with(&format!("$CI_COMMIT_BRANCH {text}"));
        let by_text = is(format!("== \"{branch}\"")) || is(format!("== '{branch}'"));
        assert!(by_text || plain(&publish).ends_with(&format!("=~ /^{branch}$/")), "{publish}");
        // No text ends before its name does.
        let (_, text) = publish.split_once("$CI_COMMIT_BRANCH ").unwrap();
        let quote = text.trim_start_matches("== ").chars().next().unwrap();
        assert!(!by_text || text.matches(quote).count() == 2, "{publish}");
    }
}

#[test]
fn odd_names_are_meant_literally() {
    for (before, after, branch) in [
        ("c++-v", "", "c++"),
        ("it's-v", "'s", "it's"),
        ("rel!", "!", "!main"),
        ("sdk/v", "-x", "feature/x+y"),
        ("\"q\"-", "", "say \"hello\""),
        ("é", "-ü", "zweig-ß"),
        ("a]b", "", "both\"and'"),
        ("#", "-&-", "#1"),
        ("%-", "-@x", "a--a"),
        ("q-", "-\u{2028}", "non\u{a0}breaking"),
    ] {
        let branch = branch.replace(' ', "_");
        read_back(before, after, &branch);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn names_are_read_back(
        before in "[!-)+,;-=@A-Z_a-z|\"'#&%]{1,6}[a-z]",
        after in "(-[!-)+,;-=A-Z_a-z|\"'#&%]{1,6}[a-z])?",
        branch in "[a-z][!-)+,;-=A-Z_a-z|\"'#&%]{1,8}[a-z]",
    ) {
        read_back(&before, &after, &branch);
    }
}

/// Needs of many kinds at once; further keys of `[forge]`.
fn demanding(forge: &str) -> String {
    format!(
        "[project]\nname = \"app\"\nsource = \"https://github.com/acme/app\"\n[tags]\nstable = \"v{{version}}-stable\"\n\
         [[image]]\nname = \"built\"\nrepository = \"ghcr.io/acme/built\"\nplatforms = [\"linux/amd64\", \"linux/arm64\"]\n\
         dockerfile = \"Dockerfile\"\nsecrets = {{ npm = \"env:NPM_TOKEN\" }}\n\
         tags.\"branch:*\" = [\"edge-{{branch}}\"]\ntags.pull-request = [\"pr-{{number}}\"]\ntags.release = [\"{{version}}\"]\n\
         {}[registries.\"docker.io\"]\nusername = \"acme\"\npassword = \"env:HUB_TOKEN\"\n\
         [build]\nenvironment = [\"BUILD_TOKEN\", \"CI\"]\n[gates]\nsource = [\"make test\"]\nenvironment = [\"DATABASE_URL\"]\n\
         [signing]\nkey = \"env:RELEASE_KEY\"\n[[deployment]]\non = \"version\"\nenvironment = \"production\"\n[forge]\n{forge}",
        image(&format!("name = \"app\"\n{FILES}"))
    )
}

/// The variables that each step is handed, by workflow, job and step.
fn handed(scene: &Scene, file: &str, job: &str, step: &str) -> BTreeSet<String> {
    let workflow = workflow(scene, &format!(".github/workflows/plimsoll-{file}.yml"));
    let steps =
        workflow["jobs"][job]["steps"].as_array().unwrap_or_else(|| panic!("no job {job}: {workflow:#}"));
    let found = steps.iter().find(|found| found["name"] == step).unwrap_or_else(|| panic!("no step {step}"));
    found["env"].as_object().unwrap().keys().cloned().collect()
}

#[test]
fn steps_are_handed_what_their_work_takes() {
    let scene = project("github.com", &demanding(""));
    let done = init(&scene, "");
    assert_eq!(done.code(), Some(0), "{}", done.stderr());
    let secret =
        ["BUILD_TOKEN", "DATABASE_URL", "HUB_TOKEN", "NPM_TOKEN", "PLIMSOLL_KEY_PASSWORD", "RELEASE_KEY"];
    for name in secret {
        assert!(done.stdout().contains(name), "the person is not told of {name}: {}", done.stdout());
    }
    let (builds, signs, gates) =
        (["BUILD_TOKEN", "NPM_TOKEN"], ["PLIMSOLL_KEY_PASSWORD", "RELEASE_KEY"], ["DATABASE_URL"]);
    let of =
        |parts: &[&[&str]]| -> BTreeSet<String> { parts.concat().into_iter().map(str::to_owned).collect() };
    let looks: &[&str] = &["GITHUB_TOKEN", "HUB_TOKEN"];
    let asked: &[&str] = &["ACT", "TAG", "REASON"];
    let want = [
        ("release", "build", "Build", of(&[looks, &builds, &["TAG", "PLATFORM"]])),
        ("release", "release", "Release", of(&[looks, &builds, &signs, &gates, &["TAG"]])),
        ("operate", "preview", "Show", of(&[looks, asked])),
        ("operate", "act", "Do it", of(&[looks, &gates, asked])),
        ("audit", "audit", "Audit", of(&[looks])),
        ("branch", "publish", "Publish the images of the branch", of(&[looks, &builds, &gates])),
        ("pull-request", "publish", "Publish the images of the pull request", of(&[looks, &builds, &gates])),
        ("pull-request", "rehearse", "Rehearse the release", of(&[&["HUB_TOKEN"], &builds])),
    ];
    // An image for one platform and one for two are not divided between runners.
    let is_divided = scene.read(".github/workflows/plimsoll-release.yml").contains("matrix:");
    for (file, job, step, want) in want {
        if job != "build" || is_divided {
            assert_eq!(handed(&scene, file, job, step), want, "{file} {job} {step}");
        }
    }
    let rehearse = scene.read(".github/workflows/plimsoll-pull-request.yml");
    let own =
        "github.event.pull_request.head.repo.full_name == github.repository && (secrets.NPM_TOKEN) || ''";
    assert!(rehearse.contains(&format!("NPM_TOKEN: ${{{{ {own} }}}}")), "{rehearse}");
    // What gates see may be a secret or not; what a runner has by itself is left to it.
    let release = scene.read(".github/workflows/plimsoll-release.yml");
    assert!(
        release
            .contains("DATABASE_URL: ${{ secrets.DATABASE_URL || vars.DATABASE_URL || env.DATABASE_URL }}")
    );
    assert!(!release.contains(" CI:"), "{release}");
}

#[test]
fn jobs_may_do_what_deployments_and_attestations_take_and_check_asks_for_it() {
    let keyless = "[signing]\nkeyless = true\n";
    let config =
        demanding("attestations = true\n").replace("[signing]\nkey = \"env:RELEASE_KEY\"\n", keyless);
    let scene = project("github.com", &config);
    let done = init(&scene, "--arm64 emulated");
    assert_eq!(done.code(), Some(0), "{}", done.stderr());
    let permissions = |file: &str, job: &str| {
        workflow(&scene, &format!(".github/workflows/plimsoll-{file}.yml"))["jobs"][job]["permissions"]
            .clone()
    };
    let writing = serde_json::json!({
        "contents": "write", "packages": "write", "id-token": "write", "deployments": "write", "attestations": "write"
    });
    assert_eq!(permissions("release", "release"), writing);
    // Nothing is signed or attested there.
    let saying = serde_json::json!({ "contents": "write", "packages": "write", "deployments": "write" });
    assert_eq!(permissions("operate", "act"), saying);
    let reading = serde_json::json!({
        "contents": "read", "packages": "read", "deployments": "read", "attestations": "read"
    });
    assert_eq!(
        (permissions("operate", "preview"), permissions("audit", "audit")),
        (reading.clone(), reading)
    );
    let said = || scene.run("check").stderr().to_owned();
    assert!(!said().contains("workflow-permissions"), "{}", said());
    for file in ["release", "operate"] {
        let path = format!(".github/workflows/plimsoll-{file}.yml");
        let whole = scene.read(&path);
        for scope in ["deployments", "attestations"] {
            let lines: Vec<&str> = whole
                .lines()
                .filter(|line| !line.trim_start().starts_with(&format!("{scope}: write")))
                .collect();
            if lines.len() == whole.lines().count() {
                assert_eq!((file, scope), ("operate", "attestations"));
                continue;
            }
            scene.repo.write(&path, lines.join("\n"));
            let lacks = said().contains(&format!("lacks permissions: {scope}: write"));
            // What is attested is posted by releases alone.
            assert_eq!(lacks, file == "release" || scope == "deployments", "{file} {scope}: {}", said());
        }
        scene.repo.write(&path, &whole);
    }
    // A token of the project's own has rights of its own.
    let named = project("github.com", &config.replace("[forge]\n", "[forge]\ntoken = \"env:PAGES\"\n"));
    init(&named, "").expect_success();
    assert!(!named.read(".github/workflows/plimsoll-release.yml").contains("deployments:"));
}

#[test]
fn jobs_that_operate_or_use_our_action_are_looked_at() {
    let scene = project("github.com", &demanding(""));
    let lacking = |step: &str| {
        let head = "on: { push: { branches: ['**'], tags: ['v*', 'v*-stable'] } }\npermissions: {}\n";
        let text = format!("{head}jobs:\n  out:\n    runs-on: x\n    steps:\n      - {step}\n");
        scene.repo.write(".github/workflows/own.yml", &text);
        let said = scene.run("check").stderr().to_owned();
        let found = said.lines().find_map(|line| line.split_once("lacks permissions: "));
        found.map(|(_, scopes)| scopes.to_owned())
    };
    let action = |command: &str| {
        format!("uses: plimsoll-release/plimsoll@abc\n        with: {{ command: {command} }}")
    };
    let all = "contents: write, packages: write, deployments: write";
    for (step, want) in [
        ("run: plimsoll promote v1.0.0".to_owned(), Some(all)),
        ("run: plimsoll rollback v1.0.0 --dry-run".to_owned(), None),
        ("run: plimsoll rollback v1.0.0".to_owned(), Some(all)),
        ("run: plimsoll withdraw v1.0.0 --yes".to_owned(), Some("contents: write, deployments: write")),
        ("run: plimsoll withdraw v1.0.0 --dry-run".to_owned(), None),
        ("run: plimsoll audit".to_owned(), None),
        (action("release"), Some(all)),
        (action("publish"), Some("packages: write")),
        (action("check"), None),
    ] {
        assert_eq!(lacking(&step).as_deref(), want, "{step}");
    }
}

#[test]
fn what_a_forge_has_not_is_refused_and_not_ignored() {
    for (host, options, why) in [
        ("gitlab.com", "--on release", "GitLab starts no pipeline"),
        ("gitlab.com", "--arm64 native", "only workflows of GitHub"),
        ("codeberg.org", "--arm64 native", "only workflows of GitHub"),
    ] {
        let scene = project(host, &demanding("").replace("https://github.com", &format!("https://{host}")));
        let refused = init(&scene, options);
        assert_eq!(refused.code(), Some(2), "{}", refused.stdout());
        assert!(refused.stderr().contains(why) || refused.stdout().contains(why), "{}", refused.stderr());
        assert!(!scene.has(".gitlab-ci.yml") && !scene.has(".forgejo"));
    }
}

/// Configurations that differ in what they need of a CI system.
pub(crate) fn shapes() -> Vec<String> {
    let keyless = "[signing]\nkeyless = true\n";
    let even = demanding("").replace(&image(&format!("name = \"app\"\n{FILES}")), "");
    let chart = "[[chart]]\npath = \"chart\"\noci = \"oci://ghcr.io/acme/charts\"\nversion = \"independent\"\ngit-tag = \"app-chart-{version}\"\n";
    vec![
        demanding(""),
        even.clone(),
        demanding("attestations = true\n").replace("[signing]\nkey = \"env:RELEASE_KEY\"\n", keyless),
        format!("{even}{chart}"),
    ]
}

#[test]
fn workflows_of_many_shapes_please_actionlint_and_zizmor() {
    let (Some(actionlint), Some(zizmor)) = (tools::require("actionlint"), tools::require("zizmor")) else {
        return;
    };
    for shape in shapes() {
        for options in [
            "",
            "--actions none",
            "--on release",
            "--config ci/app.toml",
            "--workflows forgejo",
            "--workflows forgejo --on release",
        ] {
            let scene = project("github.com", &shape);
            scene
                .repo
                .write("chart/Chart.yaml", "apiVersion: v2\nname: app\nversion: 0.1.0\n")
                .write("ci/app.toml", &shape);
            scene.repo.commit("chart");
            let done = init(&scene, options);
            assert_eq!(done.code(), Some(0), "{options} {shape}\n{}", done.stderr());
            let folder = if options.contains("forgejo") { ".forgejo/workflows" } else { ".github/workflows" };
            // The label is Forgejo's own.
            scene.repo.write(".github/actionlint.yaml", "self-hosted-runner: { labels: [docker] }\n");
            let files = scene.files(folder);
            assert!(files.len() >= 5, "{files:?}");
            let judge = actionlint.command(scene.environment()).in_folder(scene.repo.path());
            // So is the key by which a job proves who it is.
            let own = ["-ignore", "unexpected key \"enable-openid-connect\""];
            let judge = judge.args(["-config-file", ".github/actionlint.yaml"]).args(own);
            judge.args(&files).run().expect_success();
            let pedantic = ["--offline", "--no-progress", "--persona", "pedantic"];
            zizmor.command(scene.environment()).args(pedantic).args(&files).run().expect_success();
        }
    }
}

#[test]
fn caches_of_github_are_reached_by_an_action() {
    let cached = |cache: &str| {
        let keys = format!("dockerfile = \"Dockerfile\"\n{cache}tags.release = [\"{{version}}\"]\n");
        project("github.com", &format!("[project]\nname = \"app\"\n{}", image(&keys)))
    };
    let reaches = |cache: &str, options: &str| {
        let scene = cached(cache);
        let done = init(&scene, options);
        assert_eq!(done.code(), Some(0), "{}", done.stderr());
        let release = workflow(&scene, ".github/workflows/plimsoll-release.yml");
        let steps = release["jobs"]["release"]["steps"].as_array().unwrap().clone();
        let at = |name: &str| steps.iter().position(|step| step["name"] == name);
        let place = at("Let builds reach GitHub's cache");
        assert!(place.is_none_or(|place| Some(place) < at("Release")), "{release:#}");
        (place.is_some(), done.stdout().contains("--actions none"))
    };
    let github = "cache-to = [\"type=gha,mode=max\"]\n";
    assert_eq!(reaches(github, ""), (true, false));
    assert_eq!(reaches(github, "--actions none"), (false, true));
    assert_eq!(reaches("cache-from = [\"type=registry,ref=ghcr.io/acme/cache\"]\n", ""), (false, false));
}
