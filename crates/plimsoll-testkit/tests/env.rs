//! A machine of its own for each test.

use std::fs;
use std::time::{Duration, Instant};

use plimsoll_testkit::env::Environment;
use plimsoll_testkit::tools;

#[test]
fn a_program_sees_only_what_was_given_to_it() {
    let mut environment = Environment::new();
    environment.set("GIVEN", "1");
    let seen = environment.command("env").set("ONCE", "2").unset("TZ").run().expect_success();
    let mut names: Vec<&str> =
        seen.stdout().lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name).collect();
    names.retain(|name| !matches!(*name, "LLVM_PROFILE_FILE" | "_" | "PWD" | "SHLVL"));
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "GIT_AUTHOR_DATE",
            "GIT_AUTHOR_EMAIL",
            "GIT_AUTHOR_NAME",
            "GIT_CEILING_DIRECTORIES",
            "GIT_COMMITTER_DATE",
            "GIT_COMMITTER_EMAIL",
            "GIT_COMMITTER_NAME",
            "GIT_CONFIG_NOSYSTEM",
            "GIT_TERMINAL_PROMPT",
            "GIVEN",
            "HOME",
            "LANG",
            "NO_COLOR",
            "ONCE",
            "PATH",
            "SOURCE_DATE_EPOCH",
            "TMPDIR",
            "XDG_CACHE_HOME",
            "XDG_CONFIG_HOME",
            "XDG_DATA_HOME",
            "XDG_RUNTIME_DIR",
            "XDG_STATE_HOME",
        ]
    );
    assert!(environment.home().starts_with(environment.root()));
}

#[test]
fn two_machines_share_nothing_and_clones_share_all() {
    let one = Environment::new();
    let other = Environment::new();
    assert_ne!(one.root(), other.root());
    let clone = one.clone();
    let file = one.root().join("file");
    fs::write(&file, "x").unwrap();
    drop(one);
    assert!(file.exists());
    drop(clone);
    assert!(!file.exists());
}

#[test]
fn input_output_and_exit_code_pass() {
    let environment = Environment::new();
    let script = "cat; echo talk >&2; exit 3";
    let output = environment.command("sh").args(["-c", script]).stdin("data").run().expect_code(3);
    assert_eq!((output.stdout(), output.stderr()), ("data", "talk\n"));
    let large = environment.command("sh").args(["-c", "exit 0"]).stdin(vec![b'x'; 1 << 20]).run();
    large.expect_success();
    let silent = environment.command("cat").run().expect_success();
    assert_eq!(silent.stdout_bytes(), b"");
}

#[test]
#[should_panic(expected = "`sh -c sleep 600 & echo begun; sleep 600` still ran after")]
fn a_program_that_hangs_is_ended_with_its_children() {
    let environment = Environment::new();
    let hangs = environment.command("sh").args(["-c", "sleep 600 & echo begun; sleep 600"]);
    hangs.timeout(Duration::from_millis(200)).run();
}

#[test]
fn what_a_program_leaves_running_holds_nobody_up() {
    let begin = Instant::now();
    let environment = Environment::new();
    environment.command("sh").args(["-c", "sleep 600 & echo begun"]).run().expect_success();
    assert!(begin.elapsed() < Duration::from_secs(60));
}

#[test]
fn signals_reach_the_program() {
    let environment = Environment::new();
    let script = "trap 'echo stopping; exit 130' INT; echo ready > ready; while :; do sleep 0.01; done";
    let mut running = environment.command("sh").args(["-c", script]).start();
    let ready = environment.root().join("ready");
    while !ready.exists() {
        assert!(!running.has_ended());
        std::thread::sleep(Duration::from_millis(5));
    }
    running.interrupt();
    assert_eq!(running.wait().expect_code(130).stdout(), "stopping\n");
    let mut running = environment.command("sleep").arg("600").start();
    running.kill();
    assert_eq!(running.wait().code(), None);
}

#[test]
fn a_program_is_found_in_the_path_or_not_at_all() {
    let git = tools::find("git").unwrap();
    let version = git.command(&Environment::new()).arg("--version").run().expect_success();
    assert!(version.stdout().starts_with("git version"));
    assert!(tools::find("no-such-program-anywhere").is_none());
}
