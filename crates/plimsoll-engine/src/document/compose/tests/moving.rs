use super::*;

fn inside<'a>(from: &'a str, to: &'a str) -> Moved<'a> {
    Moved { from, to: Destination::Inside(to) }
}

const TEXT: &str = "\
services:
  web:
    image: a:1
    build: .
    env_file: [web.env, {path: ./more.env}]
    volumes:
      - ./html:/html:ro
      - '.:/src'
      - data:/data
      - /abs:/abs
      - ~/home:/home
      - {type: bind, source: conf, target: /conf}
      - {type: volume, source: data, target: /d}
    develop:
      watch: [{path: ./src, action: sync}]
configs:
  c: {file: c.conf}
secrets:
  s: {file: \"./s.txt\"}
  e: {environment: S}
";

#[test]
fn relative_paths_are_found_and_led_back() {
    let file = read(TEXT);
    let found: Vec<String> =
        file.find_relative_paths().iter().map(|path| format!("{} {}", path.kind.key(), path.path)).collect();
    assert_eq!(
        found,
        [
            "build .",
            "env_file web.env",
            "env_file ./more.env",
            "volumes ./html",
            "volumes .",
            "volumes conf",
            "develop ./src",
            "configs c.conf",
            "secrets ./s.txt"
        ]
    );
    let moved = file.rebase(inside("", "releases")).unwrap();
    let want = TEXT
        .replace("build: .", "build: ..")
        .replace("web.env", "../web.env")
        .replace("./more", "../more")
        .replace("./html:", "../html:")
        .replace("'.:/src'", "'..:/src'")
        .replace("source: conf", "source: ../conf")
        .replace("./src", "../src")
        .replace("c.conf", "../c.conf")
        .replace("./s.txt", "../s.txt");
    assert_eq!(moved, want);
    let back = read(&file.rebase(inside("deploy/prod", "deploy/records/all")).unwrap());
    assert_eq!(back.find_relative_paths()[0].path, "../../prod");
}

#[test]
fn what_leads_out_of_the_project_or_hangs_on_a_variable_is_not_rewritten() {
    let text =
        "services:\n  web:\n    image: a:1\n    volumes: ['../../x:/x', '${D:-./data}:/d', './${N:-n}:/n']\n";
    let file = read(text);
    let errors = file.rebase(inside("deploy", "releases")).unwrap_err();
    assert_eq!(
        errors,
        [
            RebaseError::Escapes { path: "../../x".into(), line: 4 },
            RebaseError::Variable { path: "./data".into(), line: 4 },
            RebaseError::Variable { path: "./n".into(), line: 4 }
        ]
    );
}

/// Every other path that Compose resolves, and what looks like one.
const FURTHER: &str = "\
services:
  web:
    image: a:1
    extends: {file: ./base.yml, service: b}
    build:
      context: https://example.org/a.git
      additional_contexts: [base=./base, \"more=more\", image=docker-image://b, other=service:web, 'at=${AT}']
      ssh: {default: '', key: ./key}
    volumes: [\"./data/${NAME}:/data\", \"$NAME/data:/data\"]
  job:
    image: a:1
    extends: {service: web}
    build:
      context: .
      additional_contexts: {base: ../base}
      ssh: [default, key=./key]
volumes:
  data: {driver: local, driver_opts: {type: none, o: bind, device: ./data}}
  named: {driver_opts: {type: none, o: bind, device: ./by-the-daemon}}
  nfs: {driver: local, driver_opts: {type: nfs, o: addr=10.0.0.1, device: ':/data'}}
";

#[test]
fn every_path_that_compose_resolves_is_led_back() {
    let text = FURTHER;
    let file = read(text);
    let found: Vec<String> =
        file.find_relative_paths().iter().map(|path| format!("{} {}", path.kind.key(), path.path)).collect();
    assert_eq!(
        found,
        [
            "extends ./base.yml",
            "additional_contexts ./base",
            "additional_contexts more",
            "ssh ./key",
            "volumes ./data/${NAME}",
            "build .",
            "additional_contexts ../base",
            "ssh ./key",
            "driver_opts ./data",
        ]
    );
    let want = text
        .replace("file: ./base", "file: ../deploy/base")
        .replace("base=./base", "base=../deploy/base")
        .replace("more=more", "more=../deploy/more")
        .replace("key: ./key", "key: ../deploy/key")
        .replace("\"./data/$", "\"../deploy/data/$")
        .replace("context: .\n", "context: ../deploy\n")
        .replace("base: ../base", "base: ../deploy/../base")
        .replace("key=./key", "key=../deploy/key")
        .replace("device: ./data", "device: ../deploy/data");
    assert_eq!(file.rebase(inside("deploy", "releases")), Ok(want));
}

#[test]
fn a_path_that_something_else_uses_is_not_rewritten() {
    let shared = |line| Err(vec![RebaseError::Shared { path: "./app.env".into(), line }]);
    for (text, want) in [
        (
            "services:\n  web:\n    image: a:1\n    env_file: &e ./app.env\n    environment: {W: *e}\n",
            shared(4),
        ),
        (
            "x-all: &all {path: ./app.env}\nservices:\n  web:\n    image: a:1\n    env_file: [*all]\n    labels: *all\n",
            shared(1),
        ),
        (
            "x-env: &e ./app.env\nservices:\n  a: {image: a:1, env_file: *e}\n  b: {image: a:1, env_file: [*e]}\n",
            Ok("&e ../app.env"),
        ),
        (
            "x-base: &base {image: a:1, env_file: ./app.env}\nservices:\n  a: {<<: *base}\n  b: {<<: *base, env_file: b.env}\n",
            Ok("env_file: ../app.env"),
        ),
    ] {
        let rebased = read(text).rebase(inside("", "releases"));
        match want {
            Ok(part) => assert!(rebased.unwrap().contains(part), "{text}"),
            Err(errors) => assert_eq!(rebased, Err::<String, _>(errors), "{text}"),
        }
    }
}

#[test]
fn folders_outside_of_the_project_are_led_back_from_by_absolute_paths() {
    let text = "services:\n  web:\n    image: a:1\n    volumes: ['./etc:/etc', '.:/src']\n";
    let to = Destination::Outside { folder: "/tmp/try", source: "/home/me/shop" };
    let want = text.replace("./etc:", "/home/me/shop/etc:").replace("'.:", "'/home/me/shop:");
    assert_eq!(read(text).rebase(Moved { from: "", to }), Ok(want));
    for (from, to) in [("", "/tmp/try"), ("/home/me", "releases"), ("", "../try"), ("a/../..", "b")] {
        let errors = read(text).rebase(inside(from, to)).unwrap_err();
        assert!(matches!(errors.as_slice(), [RebaseError::Folder { .. }]), "{from} {to}: {errors:?}");
    }
    let relative = Moved { from: "", to: Destination::Outside { folder: "/tmp/try", source: "shop" } };
    assert!(read(text).rebase(relative).is_err());
}

#[test]
fn a_file_that_names_no_project_says_so() {
    assert!(!read("services: {}\n").names_project());
    assert!(read("name: app\nservices: {}\n").names_project());
}
