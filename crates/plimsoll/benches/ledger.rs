//! How long questions to a ledger of 5,000 releases take: `cargo bench --package plimsoll --bench ledger`.
//!
//! One release is made, and its record, statement and claim are written again under 5,000 versions. Then the program is run as a
//! user runs it, and the best of nine runs counts. The table is the one in `docs/benchmarks.md`. Ends with an error if a
//! question to record files takes longer than it may.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use plimsoll_engine::domain::artifact::ArtifactName;
use plimsoll_engine::statement::record::{Record, file_name};
use plimsoll_engine::statement::release::release_files;
use plimsoll_oci::name::Digest;
use plimsoll_testkit::env::Environment;
use plimsoll_testkit::repo::Repo;

const RELEASES: usize = 5_000;
const RUNS: usize = 9;
/// What a question to record files may take.
const AIM: Duration = Duration::from_millis(100);

const CONFIG: &str = r#"[project]
name = "app"

[[image]]
repository = "registry.example/acme/app"
platforms = ["linux/amd64", "linux/arm64"]
[image.assemble]
files = [{ from = "app", to = "/app" }]
"#;

/// The version that is really released.
const MODEL: &str = "1.0.0";

fn main() -> ExitCode {
    // `cargo test --all-targets` runs benches too, without this word.
    if !std::env::args().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    let environment = Environment::new();
    let repo = Repo::init(&environment, "repo");
    repo.write("plimsoll.toml", CONFIG).write("app", "x").write(".gitignore", ".plimsoll\n").commit("first");
    repo.annotated_tag("v1.0.0");
    ask(&repo, "release v1.0.0 --local");
    multiply(&repo);
    repo.commit("records");
    repo.git(["gc", "--quiet"]);

    let places = [("--ledger releases", Some(AIM)), ("--ref HEAD", Some(AIM)), ("--local", None)];
    let digest = digest_of(RELEASES / 2);
    let unknown = Digest::of(b"nothing");
    let questions = [
        ("`list`", "list".to_owned()),
        ("`info`", format!("info {}", version(RELEASES / 2))),
        ("`latest`", "latest".to_owned()),
        ("`whatis`, a digest", format!("whatis {digest}")),
        ("`whatis`, a version tag", format!("whatis registry.example/acme/app:{}", version(7))),
        ("`whatis`, `latest`", "whatis registry.example/acme/app:latest".to_owned()),
        ("`whatis`, of nothing", format!("whatis {unknown}")),
    ];
    let heading = places.map(|(place, _)| format!("`{place}`")).join(" | ");
    let mut table = format!("| question | {heading} |\n|---|{}\n", "---|".repeat(places.len()));
    let mut late = false;
    for (name, question) in &questions {
        let cells = places.map(|(place, aim)| {
            let best =
                (0..RUNS).map(|_| time(&repo, &format!("{question} {place}"))).min().unwrap_or_default();
            late |= aim.is_some_and(|aim| best > aim) && !name.ends_with("nothing");
            format!("{} ms", best.as_millis())
        });
        table.push_str(&format!("| {name} | {} |\n", cells.join(" | ")));
    }
    std::io::stdout().write_all(table.as_bytes()).expect("standard output takes the table");
    match late {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    }
}

fn version(number: usize) -> String {
    format!("{}.{}.{}", number / 500 + 1, number / 10 % 50, number % 10)
}

/// The digest that the image of a version is given.
fn digest_of(number: usize) -> Digest {
    Digest::of(version(number).as_bytes())
}

/// Writes the files of the one release under every version: into the local ledger, and into a folder that is committed.
fn multiply(repo: &Repo) {
    let root = repo.path();
    let local = root.join(".plimsoll/releases");
    let record = std::fs::read_to_string(local.join(file_name(MODEL))).expect("it was released");
    let claims = root.join(".plimsoll/claims/app");
    let claim = std::fs::read_to_string(claims.join(format!("{MODEL}.json"))).expect("it was released");
    let whose: ArtifactName = "app".parse().expect("a name");
    let model = Record::parse(MODEL, record.as_bytes(), &whose).expect("it was written by us");
    let image = model.docker_images.get(&whose).expect("it has one image").digest.to_string();
    for number in 0..RELEASES {
        let (version, digest) = (version(number), digest_of(number).to_string());
        let as_version = |text: &str| text.replace(MODEL, &version).replace(&image, &digest);
        let record =
            Record::parse(&version, as_version(&record).as_bytes(), &whose).expect("it is a record still");
        for file in release_files(&record) {
            write(&local.join(&file.name), &file.bytes);
            write(&root.join("releases").join(&file.name), &file.bytes);
        }
        write(&claims.join(format!("{version}.json")), as_version(&claim).as_bytes());
    }
}

fn write(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a folder can be made");
    std::fs::write(path, bytes).expect("a file can be written");
}

fn ask(repo: &Repo, line: &str) -> Option<i32> {
    let program = env!("CARGO_BIN_EXE_plimsoll");
    let call = repo.environment().command(program).in_folder(repo.path()).args(line.split_whitespace());
    let output = call.arg("--no-progress").run();
    match output.code() {
        // Nothing is found of what nobody knows.
        Some(0) => {}
        code => assert!(line.starts_with("whatis") && code == Some(2), "{line}: {}", output.stderr()),
    }
    output.code()
}

fn time(repo: &Repo, line: &str) -> Duration {
    let begun = Instant::now();
    ask(repo, line);
    begun.elapsed()
}
