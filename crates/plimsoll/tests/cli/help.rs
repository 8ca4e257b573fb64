//! The command line itself.

use insta::assert_snapshot;
use plimsoll_testkit::fault_registry::{FaultRegistry, Habits};
use plimsoll_testkit::process::Output;

use crate::scene::{CONFIG, Scene};

#[test]
fn help_teaches() {
    let help = Scene::empty().run("--help").expect_success();
    let text: Vec<&str> = help.stdout().lines().map(str::trim_end).collect();
    assert_snapshot!(text.join("\n"), @"
    Turns a git tag into a verified, multi-arch, signed, recorded release

    `plimsoll release v1.4.0` makes the container images and charts of that tag, checks them, and only
    then lets anybody see them. Run it again and it finishes what is missing, or does nothing.

    Usage: plimsoll [OPTIONS] <COMMAND>

    Begin:
      demo         Makes a sample project and releases it twice, on this machine
      init         Writes a plimsoll.toml, and the workflows that release with it
      check        Says whether a tag would be released, and why not
      doctor       Says what is on this machine, and what registries and forge do

    Release:
      version      Shows or changes the project's version in its version files
      plan         Says what a release would do, or `publish`, step by step
      rehearse     Does a whole release of HEAD, and throws it away
      tag          Makes the git tag of a version or promotion, after every check
      release      Releases a version, or finishes what is missing of it
      status       Says how far releases under way or stalled are, and what to do
      withdraw     Takes back a release that nobody can have seen
      build        Builds images on this machine, and publishes nothing
      publish      Publishes the images of a branch or pull request
      tags         Says which tags, labels and annotations images get

    Look at releases:
      list         Lists all releases
      info         Shows one release
      images       Shows the images of one release
      latest       Shows the newest release that is no pre-release
      diff         Says what changed between two releases
      whatis       Says of which release an image, digest or file is
      verify       Verifies a release, or the signature of a file or image
      audit        Observes every release again, and every tag that moves
      site         Writes the ledger as a static site

    Say which count:
      promote      Proves a released version, and moves its promotion tags
      rollback     Moves tags back to an older release, and keeps them there
      unhold       Ends rollbacks: what they pass over counts again
      yank         Says that a released version must not be used
      unyank       Takes a yank back: the version counts again

    Deploy them, or take them elsewhere:
      compose      Shows the compose file of a release; pins the images of any
      app-compose  Shows the app-compose file of one release, or the hash of any
      deploy       Runs the compose file of a release, exactly as it was released
      copy         Copies images with all that belongs to them
      export       Writes one release into one file, for where there is no network
      import       Puts an exported release into another registry, byte for byte

    Parts by themselves:
      chart        Checks, packages, lists and publishes a Helm chart
      sign         Signs a file or an image
      attest       States something of an image or a file, and signs it
      key          Makes, imports and shows the keys that sign
      registry     Serves the local registry over HTTP, and looks after it
      ledger       Writes files of the ledger: older releases, and what was lost

    This program:
      schema       Prints a JSON Schema, for editors and programs
      completions  Prints a completion script for a shell
      man          Prints the manual page
      help         Prints this, or the help of a command

    Options:
      -C, --directory <DIR>
              Work in this directory

              [env: PLIMSOLL_DIRECTORY=]

          --config <FILE>
              Read this configuration instead of the project's plimsoll.toml

              [env: PLIMSOLL_CONFIG=]

      -o, --output <FORMAT>
              Print for people, or one JSON object for programs

              Possible values:
              - text: For people
              - json: For programs

              [env: PLIMSOLL_OUTPUT=]
              [default: text]

      -q, --quiet
              Say nothing but errors, and warnings that must not be missed

              [env: PLIMSOLL_QUIET=]

      -v, --verbose...
              Say also what is right already; twice: also every request

              [env: PLIMSOLL_VERBOSE=]

          --color <WHEN>
              Use colours

              Possible values:
              - auto:   On a terminal that shows colours, unless `NO_COLOR` is set
              - always: Always
              - never:  Never

              [env: PLIMSOLL_COLOR=]
              [default: auto]

          --no-progress
              Show no progress

              [env: PLIMSOLL_NO_PROGRESS=]

      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version

    Begin here:
      plimsoll demo                       see a whole release of a sample project, on this machine alone
      plimsoll check                      is everything right that can be known without the network?
      plimsoll plan v1.0.0                what would a release do? (the tag need not exist yet)
      plimsoll rehearse                   do it all, as if HEAD were tagged, and throw it away
      plimsoll release v1.0.0 --local     release into a registry in a folder, with nothing installed
      plimsoll release v1.0.0             release

    Exit codes: 0 done, 2 usage or configuration, 3 plan has changes, 4 credentials, 5 refused,
    6 verification failed, 7 drift, 8 unreachable, 9 incomplete, 130 interrupted.
    ");
    assert!(help.stdout().lines().all(|line| line.chars().count() <= 100));
}

#[test]
fn every_command_has_help_with_examples() {
    let scene = Scene::empty();
    for command in plimsoll::cli::command().get_subcommands() {
        let name = command.get_name();
        let help = scene.run(&format!("{name} --help")).expect_success();
        let plain = ["schema", "man", "help"].contains(&name);
        assert!(plain || help.stdout().contains("Examples:"), "{name}: {}", help.stdout());
    }
}

#[test]
fn help_says_all_that_is_known_of_a_command() {
    // What stands over a command's arguments is lost where its place among the commands has words of its own.
    let scene = Scene::empty();
    for (line, words) in [
        ("verify --help", "Exit codes: 0 it is, 5 the version is burnt"),
        ("sign image --help", "The signature is what cosign 3 makes"),
        ("chart release --help", "Releases a chart by itself, if its content changed\n\n"),
    ] {
        let help = scene.run(line).expect_success();
        assert!(help.stdout().contains(words), "{line}: {}", help.stdout());
    }
}

#[test]
fn every_flag_has_a_twin_among_the_variables() {
    let root = plimsoll::cli::command();
    for command in root.get_subcommands().chain([&root]) {
        for argument in command.get_arguments().filter(|argument| !argument.is_positional()) {
            let Some(long) = argument.get_long() else { continue };
            let twin = argument.get_env().map(|name| name.to_string_lossy().into_owned());
            // Whoever signs and verifies in one job has two keys.
            let of = match (command.get_name(), long) {
                ("verify" | "import", "key") => "public-key",
                _ => long,
            };
            let want = format!("PLIMSOLL_{}", of.to_uppercase().replace('-', "_"));
            assert!(
                ["help", "version"].contains(&long) || twin == Some(want),
                "{} --{long}",
                command.get_name()
            );
        }
    }
}

#[test]
fn programs_get_an_object_however_they_asked_for_it() {
    let scene = Scene::empty();
    let refused = scene.plimsoll("list --nope").set("PLIMSOLL_OUTPUT", "json").run();
    let refused: serde_json::Value = serde_json::from_str(refused.stdout()).unwrap();
    assert_eq!(
        (&refused["schema"], &refused["error"]["code"]),
        (&"plimsoll.error/v1".into(), &"usage".into())
    );
    let mistyped: serde_json::Value = serde_json::from_str(scene.run("relaese -o json").stdout()).unwrap();
    let help = &mistyped["error"]["help"][0];
    assert_eq!(help, "some similar subcommands exist: 'rehearse', 'release'", "what clap advises is kept");
    let people = scene.plimsoll("list --nope -o text").set("PLIMSOLL_OUTPUT", "json").run();
    assert_eq!(people.stdout(), "", "the command line counts more than the variable");
}

#[test]
fn outputs_of_a_step_are_offered_where_there_are_some() {
    let scene = Scene::empty();
    assert!(scene.run("tags --help").stdout().contains("github"));
    assert!(!scene.run("list --help").stdout().contains("github"));
    let asked = scene.plimsoll("list").set("PLIMSOLL_OUTPUT", "github").run();
    assert!(asked.stderr().contains("is for `plimsoll tags` alone"), "{}", asked.stderr());
}

#[test]
fn usage_errors_end_with_2() {
    let scene = Scene::empty();
    assert_snapshot!(scene.show("relaese v1.0.0"), @r"
    exit 2
    --- stderr
    error: unrecognized subcommand 'relaese'

      tip: some similar subcommands exist: 'rehearse', 'release'

    Usage: plimsoll [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
    assert_snapshot!(scene.show("plan v1.0.0 --detailed-exitcode"), @r"
    exit 2
    --- stderr
    error: the following required arguments were not provided:
      --online

    Usage: plimsoll plan --online --detailed-exitcode --no-progress <TAG>

    For more information, try '--help'.
    ");
    let output: Output = scene.plimsoll("info -o json").run();
    assert_snapshot!(scene.shown(&output), @r#"
    exit 2
    --- stdout
    {
      "schema": "plimsoll.error/v1",
      "error": {
        "code": "usage",
        "severity": "error",
        "message": "the following required arguments were not provided: <TAG>",
        "causes": [],
        "place": null,
        "facts": [],
        "help": [
          "see `plimsoll --help`"
        ],
        "cure": "fix-then-run-again",
        "exit": 2
      },
      "problems": [
        {
          "code": "usage",
          "severity": "error",
          "message": "the following required arguments were not provided: <TAG>",
          "causes": [],
          "place": null,
          "facts": [],
          "help": [
            "see `plimsoll --help`"
          ],
          "cure": "fix-then-run-again",
          "exit": 2
        }
      ],
      "exit": 2
    }
    --- stderr
    error: the following required arguments were not provided:
      <TAG>

    Usage: plimsoll info --output <FORMAT> <TAG>

    For more information, try '--help'.
    "#);
    assert_eq!(scene.run("").code(), Some(2));
}

#[test]
fn variables_stand_for_flags() {
    let scene = Scene::tagged();
    let output =
        scene.plimsoll("release v1.0.0").set("PLIMSOLL_LOCAL", "1").set("PLIMSOLL_OUTPUT", "json").run();
    assert!(output.expect_success().stdout().contains("plimsoll.released/v1"));
    let output = scene.plimsoll("release v1.0.0").set("PLIMSOLL_LOCAL", "0").run();
    assert_eq!(output.code(), Some(2), "0 is no: {}", output.stderr());
}

#[test]
fn shells_editors_and_manuals_are_served() {
    let scene = Scene::empty();
    for (line, word) in [
        ("completions bash", "complete -F"),
        ("completions zsh", "#compdef plimsoll"),
        ("completions fish", "complete -c plimsoll"),
        ("man", ".TH plimsoll"),
        ("schema", "\"$schema\""),
    ] {
        let output = scene.run(line).expect_success();
        assert!(output.stdout().contains(word), "{line}: {}", output.stdout());
    }
    assert_eq!(scene.run("--version").stdout(), format!("plimsoll {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let scene = Scene::empty();
    let command =
        format!("'{}' man | head -c 1 >/dev/null; echo ${{PIPESTATUS[0]}}", env!("CARGO_BIN_EXE_plimsoll"));
    let output = scene.environment().command("bash").args(["-c", &command]).run().expect_success();
    assert_eq!(output.stdout(), "0\n", "{}", output.stderr());
    assert_eq!(output.stderr(), "");
}

#[test]
fn a_release_goes_on_when_nobody_listens() {
    let registry = FaultRegistry::start(Habits::default());
    let repository = format!("{}/acme/app", registry.address());
    let (scene, _remote) = Scene::with_remote(&CONFIG.replace("registry.example/app", &repository));
    scene.push_version("v1.0.0");
    let command = format!(
        "{{ '{}' release v1.0.0 -vv; echo $? >../code; }} 2>&1 | head -c 1 >/dev/null",
        env!("CARGO_BIN_EXE_plimsoll")
    );
    let run = scene.environment().command("bash").in_folder(scene.repo.path());
    run.args(["-c", &command]).run().expect_success();
    assert_eq!(scene.read("../code"), "0\n");
    scene.run("verify v1.0.0").expect_success();
}

#[test]
fn a_variable_that_is_empty_is_not_set() {
    let scene = Scene::released();
    for name in
        ["PLIMSOLL_CONFIG", "PLIMSOLL_OUTPUT", "PLIMSOLL_VERBOSE", "PLIMSOLL_REF", "PLIMSOLL_DIRECTORY"]
    {
        let listed = scene.plimsoll("list --local").set(name, "").run();
        assert_eq!(listed.code(), Some(0), "{name}: {}", listed.stderr());
        assert!(listed.stdout().contains("1.0.0"), "{name}: {}", listed.stdout());
    }
}

#[test]
fn the_manual_has_the_options_of_commands_below_commands() {
    let manual = Scene::empty().run("man").expect_success().stdout().replace('\\', "");
    for (command, option) in [("REGISTRY SERVE", "--listen"), ("COMPOSE PIN", "--third-party")] {
        let section = manual.split(&format!(".SH \"PLIMSOLL {command}\"\n")).nth(1);
        let section = section.and_then(|rest| rest.split("\n.SH ").next()).unwrap_or_default();
        assert!(section.contains(option), "{command}: {section}");
    }
}
