//! What `init` makes of repositories that are as awkward as public ones, no line edited: the figures. Each file of
//! `repositories/` is one of them, written for this test; what is awkward about it stands in its first line.

use std::fmt::Write as _;
use std::path::Path;

use insta::assert_snapshot;
use plimsoll_testkit::process::Output;
use serde_json::Value;

use crate::init::checksums;
use crate::public_repositories::OF_MACHINES;
use crate::scene::Scene;

/// A repository from its file: each file of it stands under `-- PATH --`, its address under `@remote`, and git tags under
/// `@tags`.
pub(crate) fn unpack(text: &str) -> Scene {
    let mut files: Vec<(String, String)> = Vec::new();
    for line in text.lines().skip(1) {
        match line.strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --")) {
            Some(path) => files.push((path.to_owned(), String::new())),
            None => files.last_mut().unwrap().1.push_str(&format!("{line}\n")),
        }
    }
    let of = |name: &str| files.iter().find(|(path, _)| path == name).map(|(_, text)| text.trim());
    let scene = Scene::empty();
    scene.repo.remote("origin", of("@remote").unwrap_or("https://github.com/acme/app.git"));
    scene.repo.write("app", "app");
    for (path, text) in files.iter().filter(|(path, _)| !path.starts_with('@')) {
        scene.repo.write(path, text);
    }
    scene.repo.commit("as it was");
    for tag in of("@tags").unwrap_or_default().lines() {
        scene.repo.git(["tag", tag]);
    }
    scene
}

/// Base images can't be had here: each image is put together from one file.
pub(crate) fn without_dockerfiles(config: &str) -> String {
    let line = |line: &str| -> Option<String> {
        let key = line.split(" = ").next().unwrap_or_default();
        match key {
            "dockerfile" => Some("assemble = { files = [{ from = \"app\", to = \"/app\" }] }\n".to_owned()),
            "context" | "target" | "build-args" | "cache-from" | "cache-to" | "secrets" | "ssh"
            | "contexts" | "network" => None,
            // Nor can what their tests take.
            "source" | "promote" => None,
            // So is what is made before.
            "assemble" => Some("assemble = { files = [{ from = \"app\", to = \"/app\" }] }\n".to_owned()),
            _ => Some(format!("{line}\n")),
        }
    };
    config.lines().filter_map(line).collect()
}

/// Runs `init`. Where it asks where an image or chart goes, it begins anew with the registry that it asks for: no line is edited.
pub(crate) fn init_with_guesses(scene: &Scene) -> Output {
    let init = |more: &[&str]| {
        scene.plimsoll("init -o json").args(["--checksums", &checksums(scene)]).args(more).run()
    };
    let first = init(&[]);
    let text = scene.read("plimsoll.toml");
    if !text.contains("or begin anew with `--registry`") {
        return first;
    }
    assert!(!text.contains("\n# repository = ") || first.code() == Some(2), "{}", first.stderr());
    scene.repo.git(["clean", "--quiet", "--force", "-d"]);
    init(&["--registry", "registry.example/acme"])
}

/// A row of the table, and what stands behind it.
fn carry_over(name: &str, text: &str) -> (String, String) {
    let scene = unpack(text);
    let output = init_with_guesses(&scene);
    let answer: Value = serde_json::from_str(output.stdout())
        .unwrap_or_else(|error| panic!("{name}: {error}: {}", output.stderr()));
    let count = |key: &str| answer[key].as_array().map_or(0, Vec::len);
    let config = scene.read("plimsoll.toml");
    let tag = if config.contains("version = \"{version}\"") { "1.2.3" } else { "v1.2.3" };
    let check = scene.json("check");
    let mut codes: Vec<&str> =
        check["problems"].as_array().into_iter().flatten().filter_map(|one| one["code"].as_str()).collect();
    codes.retain(|code| !OF_MACHINES.contains(code));
    codes.sort_unstable();
    let checked = if codes.is_empty() { "right".to_owned() } else { codes.join(" ") };
    let word = |output: &Output| match output.code() {
        Some(0) => "yes".to_owned(),
        _ => output.stderr().lines().next().unwrap_or_default().to_owned(),
    };
    scene.repo.write("plimsoll.toml", without_dockerfiles(&config));
    scene.repo.commit("carried over");
    let plan = scene.run(&format!("plan {tag} --local"));
    let rehearsal = scene.run(&format!("rehearse {tag}"));
    let row = format!(
        "{name:<18} {:>6} {:>4}  {:<4} {:<8}  {checked}",
        count("images"),
        count("left"),
        word(&plan),
        word(&rehearsal)
    );
    (row, format!("{config}\n{}\n{}", plan.stderr(), rehearsal.stderr()))
}

#[test]
fn repositories_are_carried_over() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/repositories");
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut table =
        format!("{:<18} {:>6} {:>4}  {:<4} {:<8}  check\n", "", "images", "left", "plan", "rehearse");
    for file in files {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let (row, behind) = carry_over(&name, &std::fs::read_to_string(&file).unwrap());
        writeln!(table, "{row}").unwrap();
        println!("=== {name}\n{behind}");
    }
    assert_snapshot!(table, @r"
                       images left  plan rehearse  check
    bake-file               1    2  yes  yes       workflow-rival
    baked                   2    6  yes  yes       workflow-rival
    called-with-tags        1    2  yes  yes       workflow-rival
    four-services           1    3  yes  yes       workflow-rival
    guarded-pushes          3    3  yes  yes       workflow-rival
    image-and-mirror        1    0  yes  yes       workflow-rival
    joined-platforms        1    6  yes  yes       workflow-rival workflow-rival
    many-charts             1    1  yes  yes       chart-lint chart-lint chart-lint chart-lint chart-lint chart-lint workflow-rival workflow-rival
    many-steps              2    2  yes  yes       workflow-rival
    no-workflow             3    1  yes  yes       right
    pipeline                2    2  yes  yes       workflow-rival workflow-rival
    promoted                1    1  yes  yes       chart-lint chart-lint chart-lint workflow-rival workflow-rival workflow-rival
    records                 2    4  yes  yes       workflow-rival workflow-rival
    release-page            1    1  yes  yes       workflow-rival
    scripted-pushes         2    2  yes  yes       workflow-rival
    scripted-version        1    7  yes  yes       chart-lint chart-lint chart-lint workflow-rival workflow-rival
    signed-chart            1    2  yes  yes       chart-lint chart-lint workflow-rival workflow-rival workflow-untrusted
    split-build             1    5  yes  yes       workflow-rival workflow-rival
    suffixed-variants       4    1  yes  yes       workflow-rival
    two-bases               2    1  yes  yes       workflow-rival
    two-families            1    1  yes  yes       chart-lint chart-lint chart-lint workflow-rival workflow-rival
    without-dockerfile      2    3  yes  yes       workflow-rival
    written-out             2    2  yes  yes       workflow-rival
    ");
}
