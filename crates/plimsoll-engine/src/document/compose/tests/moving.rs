use super::*;

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
    let moved = file.rebase(Moved { from: "", to: "releases" }).unwrap();
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
    let back = read(&file.rebase(Moved { from: "deploy/prod", to: "deploy/records/all" }).unwrap());
    assert_eq!(back.find_relative_paths()[0].path, "../../prod");
}

#[test]
fn what_leads_out_of_the_project_or_hangs_on_a_variable_is_not_rewritten() {
    let text =
        "services:\n  web:\n    image: a:1\n    volumes: ['../../x:/x', '${D:-./data}:/d', './${N:-n}:/n']\n";
    let file = read(text);
    let errors = file.rebase(Moved { from: "deploy", to: "releases" }).unwrap_err();
    assert_eq!(
        errors,
        [
            RebaseError::Escapes { path: "../../x".into(), line: 4 },
            RebaseError::Variable { path: "./data".into(), line: 4 },
            RebaseError::Variable { path: "./n".into(), line: 4 }
        ]
    );
}

#[test]
fn a_file_that_names_no_project_says_so() {
    assert!(!read("services: {}\n").names_project());
    assert!(read("name: app\nservices: {}\n").names_project());
}
