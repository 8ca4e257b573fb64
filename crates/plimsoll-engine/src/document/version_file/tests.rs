use std::collections::BTreeMap;

use plimsoll_edit::error::EditError;
use plimsoll_edit::found;
use plimsoll_edit::pattern::{MatchError, Pattern};
use plimsoll_tags::version::{Scheme, Version};
use proptest::prelude::*;

use super::{Agreement, CARGO, FoundVersion, Kind, Rewritten, VersionFile, VersionFileError};

fn semver(text: &str) -> Version {
    Version::parse(Scheme::Semver, text).unwrap()
}

fn pep440(text: &str) -> Version {
    Version::parse(Scheme::Pep440, text).unwrap()
}

/// A repository of texts.
struct Tree(BTreeMap<&'static str, String>);

impl Tree {
    fn of(files: &[(&'static str, &str)]) -> Self {
        Self(files.iter().map(|(path, text)| (*path, (*text).to_owned())).collect())
    }

    fn read(&self, path: &str) -> Result<FoundVersion, VersionFileError> {
        VersionFile::of(path).unwrap().read(&|path: &str| self.0.get(path).cloned())
    }

    fn set(&self, path: &str, version: &Version) -> Result<Vec<Rewritten>, VersionFileError> {
        let manifests = self.0.keys().filter(|path| path.ends_with(CARGO)).map(|path| (*path).to_owned());
        let manifests: Vec<String> = manifests.collect();
        VersionFile::of(path).unwrap().set(&|path: &str| self.0.get(path).cloned(), &manifests, version)
    }
}

fn read(path: &'static str, text: &str) -> Result<FoundVersion, VersionFileError> {
    Tree::of(&[(path, text)]).read(path)
}

fn set(path: &'static str, text: &str, version: &Version) -> Result<String, VersionFileError> {
    let mut rewritten = Tree::of(&[(path, text)]).set(path, version)?;
    assert_eq!(rewritten.len(), 1);
    Ok(rewritten.remove(0).text)
}

fn place(found: &FoundVersion) -> (&str, &str, usize, usize) {
    (&found.path, &found.text, found.line, found.column)
}

#[test]
fn the_kind_is_told_by_the_name() {
    for (path, kind) in [
        ("pyproject.toml", Some(Kind::Pyproject)),
        ("a/b/Cargo.toml", Some(Kind::Cargo)),
        ("web/package.json", Some(Kind::Npm)),
        ("deploy/Chart.yaml", Some(Kind::Chart)),
        ("VERSION", Some(Kind::Plain)),
        ("version.go", None),
        ("", None),
    ] {
        assert_eq!(VersionFile::kind_of(path), kind, "{path}");
    }
    let error = VersionFile::of("version.go").unwrap_err();
    assert_eq!(error, VersionFileError::UnknownKind { path: "version.go".into() });
}

#[test]
fn a_version_and_its_place() {
    let poetry = "[tool.poetry]\nname = \"x\"\nversion = \"0.1.0\"\n";
    let both = "[project]\nversion = '1.0'\n[tool.poetry]\nversion = \"1.0.0\"\n";
    for (path, text, version, line, column) in [
        ("pyproject.toml", "[project]\r\nversion = \"0.1.0\"\r\n", "0.1.0", 2, 11),
        ("pyproject.toml", poetry, "0.1.0", 3, 11),
        ("pyproject.toml", both, "1.0", 2, 11),
        ("pyproject.toml", "[project]\ndynamic = ['version']\n[tool.poetry]\nversion = '2.0'", "2.0", 4, 11),
        ("Cargo.toml", "[package]\nversion = \"1.2.3\" # x\n", "1.2.3", 2, 11),
        ("Cargo.toml", "[workspace.package]\nversion = \"1.2.3\"\n", "1.2.3", 2, 11),
        ("package.json", "{\n  \"version\": \"1.2.3\"\n}", "1.2.3", 2, 14),
        ("Chart.yaml", "appVersion: \"9\"\nversion: 1.2.3 # x\n", "1.2.3", 2, 10),
        ("VERSION", "\n 1.2.3 \r\n", "1.2.3", 2, 2),
    ] {
        let found = read(path, text).unwrap();
        assert_eq!(place(&found), (path, version, line, column), "{text}");
    }
}

#[test]
fn what_names_no_version_and_why() {
    let path = |path: &str| path.to_owned();
    let no_version = |file: &str, keys: &[&str]| VersionFileError::NoVersion {
        path: file.to_owned(),
        wanted: keys.iter().map(|key| format!("`{key}`")).collect(),
    };
    let not_a_string = |file: &str, key: &str, line, kind| VersionFileError::NotAString {
        path: file.to_owned(),
        key: key.to_owned(),
        line,
        kind,
    };
    let python = ["project.version", "tool.poetry.version"];
    let rust = ["package.version", "workspace.package.version"];
    for (file, text, want) in [
        ("pyproject.toml", "", no_version("pyproject.toml", &python)),
        ("pyproject.toml", "[project]\nname = 'x'", no_version("pyproject.toml", &python)),
        (
            "pyproject.toml",
            "[project]\nversion = 1.0",
            not_a_string("pyproject.toml", "project.version", 2, found::Kind::Float),
        ),
        (
            "pyproject.toml",
            "[project]\ndynamic = [\n'readme',\n'version']",
            VersionFileError::Dynamic { path: path("pyproject.toml"), line: 4 },
        ),
        (
            "pyproject.toml",
            "[project]\nversion = '1.0'\n[tool.poetry]\nversion = '1.1'",
            VersionFileError::Disagrees {
                path: path("pyproject.toml"),
                one: "1.0".into(),
                one_line: 2,
                two: "1.1".into(),
                two_line: 4,
            },
        ),
        ("Cargo.toml", "[package]\nname = 'x'", no_version("Cargo.toml", &rust)),
        (
            "Cargo.toml",
            "[package]\nversion.workspace = true",
            VersionFileError::NoWorkspaceRoot { path: path("Cargo.toml"), line: 2 },
        ),
        (
            "Cargo.toml",
            "[package]\nversion.workspace = true\n[workspace]",
            no_version("Cargo.toml", &["workspace.package.version"]),
        ),
        ("package.json", "{}", no_version("package.json", &["version"])),
        (
            "package.json",
            "{\n\"version\": 1}",
            not_a_string("package.json", "version", 2, found::Kind::Integer),
        ),
        ("Chart.yaml", "name: x", no_version("Chart.yaml", &["version"])),
        ("Chart.yaml", "version: 1.10", not_a_string("Chart.yaml", "version", 1, found::Kind::Float)),
        ("VERSION", "", VersionFileError::NotOneLine { path: path("VERSION"), lines: 0 }),
        ("VERSION", "1.0\n2.0\n", VersionFileError::NotOneLine { path: path("VERSION"), lines: 2 }),
    ] {
        assert_eq!(read(file, text), Err(want), "{text}");
    }
    for (file, text, line) in [
        ("pyproject.toml", "[project]\nversion = 1.0.0", 2),
        ("Cargo.toml", "[package]\nversion = ", 2),
        ("package.json", "{\n\"version\": ,}", 2),
        ("Chart.yaml", "version: '1", 1),
    ] {
        let error = read(file, text).unwrap_err();
        assert!(matches!(error, VersionFileError::DoesNotParse { .. }), "{error}");
        assert_eq!((error.path(), error.line()), (file, Some(line)), "{error}");
    }
    let error = Tree::of(&[]).read("VERSION").unwrap_err();
    assert_eq!(error, VersionFileError::Missing { path: "VERSION".into() });
    let twice = read("Chart.yaml", "version: 1.0.0\n---\nversion: 1.0.0\n").unwrap_err();
    assert!(matches!(twice, VersionFileError::Edit { error: EditError::Ambiguous { .. }, .. }), "{twice}");
}

#[test]
fn a_cargo_version_is_found_where_it_is_inherited_from() {
    let root = "[workspace]\nmembers = ['crates/*']\n[workspace.package]\nversion = \"0.3.0\"\n";
    let member = "[package]\nname = 'a'\nversion.workspace = true\n";
    let table = "[package]\nname = 'b'\nversion = { workspace = true }\n";
    let named = "[package]\nversion.workspace = true\nworkspace = '../../root'\n";
    let astray = "[package]\nversion.workspace = true\nworkspace = '../../..'\n";
    let tree = Tree::of(&[
        ("Cargo.toml", root),
        ("crates/a/Cargo.toml", member),
        ("crates/b/Cargo.toml", table),
        ("crates/Cargo.toml", "[package]\nversion = '9.0.0'\n"),
        ("crates/c/Cargo.toml", named),
        ("crates/d/Cargo.toml", astray),
        ("root/Cargo.toml", "[workspace.package]\nversion = '0.4.0'\n"),
    ]);
    for (path, want) in [
        ("crates/a/Cargo.toml", ("Cargo.toml", "0.3.0", 4, 11)),
        ("crates/b/Cargo.toml", ("Cargo.toml", "0.3.0", 4, 11)),
        ("crates/c/Cargo.toml", ("root/Cargo.toml", "0.4.0", 2, 11)),
        ("Cargo.toml", ("Cargo.toml", "0.3.0", 4, 11)),
    ] {
        assert_eq!(place(&tree.read(path).unwrap()), want);
    }
    let error = tree.read("crates/d/Cargo.toml").unwrap_err();
    assert!(matches!(error, VersionFileError::NoWorkspaceRoot { line: 2, .. }));
    let rewritten = tree.set("crates/a/Cargo.toml", &semver("0.4.0")).unwrap();
    assert_eq!(rewritten, [Rewritten { path: "Cargo.toml".into(), text: root.replace("0.3.0", "0.4.0") }]);
}

#[test]
fn every_place_is_set_and_every_other_byte_kept() {
    let both = "[project]\nversion = '1.0' # one\n[tool.poetry]\nversion   = \"1.1\"\r\n";
    assert_eq!(
        set("pyproject.toml", both, &pep440("1.2")).unwrap(),
        "[project]\nversion = '1.2' # one\n[tool.poetry]\nversion   = \"1.2\"\r\n"
    );
    let chart = "version: \"1.0.0\" # chart\nappVersion: 1.0.0\n";
    assert_eq!(
        set("Chart.yaml", chart, &semver("1.1.0")).unwrap(),
        "version: \"1.1.0\" # chart\nappVersion: 1.0.0\n"
    );
    assert_eq!(set("VERSION", "\n  1.0.0\t\r\n", &semver("1.1.0")).unwrap(), "\n  1.1.0\t\r\n");
    assert_eq!(set("VERSION", "v1.0.0\n", &semver("1.1.0")).unwrap(), "v1.1.0\n");
}

#[test]
fn the_npm_lock_file_is_set_as_well() {
    let package = "{\n  \"name\": \"x\",\n  \"version\": \"1.0.0\"\n}\n";
    let lock = "{\n  \"version\": \"0.9.0\",\n  \"packages\": {\n    \"\": { \"version\": \"0.9.0\" },\n    \"node_modules/x\": { \"version\": \"0.9.0\" }\n  }\n}\n";
    let tree = Tree::of(&[
        ("web/package.json", package),
        ("web/package-lock.json", lock),
        ("package-lock.json", "no"),
    ]);
    let rewritten = tree.set("web/package.json", &semver("1.1.0")).unwrap();
    assert_eq!(
        rewritten,
        [
            Rewritten { path: "web/package.json".into(), text: package.replace("1.0.0", "1.1.0") },
            Rewritten { path: "web/package-lock.json".into(), text: lock.replacen("0.9.0", "1.1.0", 2) },
        ]
    );
    // Only the lock file is behind.
    let rewritten = tree.set("web/package.json", &semver("1.0.0")).unwrap();
    assert_eq!(
        rewritten.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(),
        ["web/package-lock.json"]
    );
    let broken = Tree::of(&[("package.json", package), ("package-lock.json", "{")]);
    let error = broken.set("package.json", &semver("1.1.0")).unwrap_err();
    assert!(matches!(error, VersionFileError::DoesNotParse { .. }));
    assert_eq!(error.path(), "package-lock.json");
    let bare = Tree::of(&[("package.json", package), ("npm-shrinkwrap.json", "{}")]);
    assert_eq!(bare.set("package.json", &semver("1.1.0")).unwrap().len(), 1);
}

#[test]
fn the_cargo_lock_file_is_set_as_well() {
    let lock = "# by Cargo\nversion = 4\n\n[[package]]\nname = \"app\"\nversion = \"1.0.0\"\ndependencies = [\n \"app-registry 1.0.0\",\n]\n\n[[package]]\nname = \"app\"\nversion = \"1.0.0\"\nsource = \"registry+x\"\n\n[[package]]\nname = \"other\"\nversion = \"1.0.0\"\ndependencies = [\n \"app 1.0.0\",\n \"app 1.0.0 (registry+x)\",\n]\n";
    let package = "[package]\nname = \"app\" # ours\nversion = \"1.0.0\"\n";
    let tree = Tree::of(&[("Cargo.toml", package), ("Cargo.lock", lock)]);
    let want = lock.replacen("1.0.0", "1.1.0", 1).replace(" \"app 1.0.0\",", " \"app 1.1.0\",");
    let rewritten = tree.set("Cargo.toml", &semver("1.1.0")).unwrap();
    assert_eq!(
        rewritten,
        [
            Rewritten { path: "Cargo.lock".into(), text: want },
            Rewritten { path: "Cargo.toml".into(), text: package.replace("1.0.0", "1.1.0") },
        ]
    );
}

#[test]
fn a_workspace_stays_one_that_can_be_built() {
    let root = "[workspace]\nmembers = [\"crates/*\"]\n[workspace.package]\nversion = \"0.3.0\"\n[workspace.dependencies]\na = { path = \"crates/a\", version = \"0.3.0\" } # ours\nserde = \"0.3.0\"\n";
    let a = "[package]\nname = \"a\"\nversion.workspace = true\n";
    let b = "[package]\nname = \"b\"\nversion.workspace = true\n[dependencies]\na = { version = \"0.3\", path = \"../a\" }\nalone = { path = \"../alone\", version = \"0.3.0\" }\n[target.'cfg(unix)'.build-dependencies.a]\npath = '../a'\nversion = '=0.3.0'\n[package.metadata.dependencies.a]\npath = \"../a\"\nversion = \"0.3.0\"\n";
    let alone = "[package]\nname = \"alone\"\nversion = \"0.3.0\"\n[dev-dependencies]\na.path = \"../a\"\n";
    let elsewhere = "[package]\nname = \"fuzz\"\nversion = \"0.3.0\"\n[workspace]\n[dependencies]\na = { path = \"../crates/a\", version = \"0.3.0\" }\n";
    let lock = "[[package]]\nname = \"a\"\nversion = \"0.3.0\"\n[[package]]\nname = \"alone\"\nversion = \"0.3.0\"\n[[package]]\nname = \"b\"\nversion = \"0.3.0\"\n";
    let tree = Tree::of(&[
        ("Cargo.toml", root),
        ("Cargo.lock", lock),
        ("crates/a/Cargo.toml", a),
        ("crates/b/Cargo.toml", b),
        ("crates/alone/Cargo.toml", alone),
        ("fuzz/Cargo.toml", elsewhere),
        ("broken/Cargo.toml", "[package"),
    ]);
    let want = [
        Rewritten {
            path: "Cargo.lock".into(),
            text: lock
                .replace("\"a\"\nversion = \"0.3.0", "\"a\"\nversion = \"0.5.0")
                .replace("\"b\"\nversion = \"0.3.0", "\"b\"\nversion = \"0.5.0"),
        },
        Rewritten { path: "Cargo.toml".into(), text: root.replacen("0.3.0", "0.5.0", 2) },
        Rewritten {
            path: "crates/b/Cargo.toml".into(),
            text: b.replacen("0.3\"", "0.5\"", 1).replacen("=0.3.0", "=0.5.0", 1),
        },
    ];
    for file in ["Cargo.toml", "crates/a/Cargo.toml"] {
        assert_eq!(tree.set(file, &semver("0.5.0")).unwrap(), want, "{file}");
    }
}

#[test]
fn the_uv_lock_file_is_set_as_well() {
    let project = "[project]\nname = \"app\"\nversion = \"1.0\"\n";
    let lock = "version = 1\n\n[[package]]\nname = \"app\"\nversion = \"1.0\"\nsource = { editable = \".\" }\n\n[[package]]\nname = \"other\"\nversion = \"1.0\"\nsource = { registry = \"https://pypi.org/simple\" }\n";
    let tree = Tree::of(&[("api/pyproject.toml", project), ("api/uv.lock", lock), ("uv.lock", "no")]);
    let rewritten = tree.set("api/pyproject.toml", &semver("1.1.0-rc.1")).unwrap();
    let locked = rewritten.iter().find(|file| file.path == "api/uv.lock").unwrap();
    assert_eq!(locked.text, lock.replacen("1.0", "1.1.0rc1", 1));
}

#[test]
fn a_version_that_the_readers_of_a_file_would_refuse_is_not_written() {
    for (path, text, version, wanted) in [
        ("Cargo.toml", "[package]\nversion = '1.0.0'", pep440("0.1.0.1"), Scheme::Semver),
        ("package.json", "{\"version\": \"1.0.0\"}", pep440("1.0rc1"), Scheme::Semver),
        ("Chart.yaml", "version: 1.0.0", pep440("1.0"), Scheme::Semver),
        ("pyproject.toml", "[project]\nversion = '1.0'", semver("1.0.0-next.1"), Scheme::Pep440),
    ] {
        let error = set(path, text, &version).unwrap_err();
        assert_eq!(error, VersionFileError::WrongScheme { path: path.into(), version, wanted });
    }
    let python = "[project]\nversion = '1.0'";
    assert_eq!(
        set("pyproject.toml", python, &semver("1.0.0-rc.1")).unwrap(),
        "[project]\nversion = '1.0.0-rc.1'"
    );
}

#[test]
fn files_by_pattern() {
    let pattern = Pattern::parse("const Version = \"{version}\"").unwrap();
    let file = VersionFile::with_pattern("version.go", pattern);
    let text = "package main\n\nconst Version = \"1.0.0\" // x\n";
    let texts = |path: &str| (path == "version.go").then(|| text.to_owned());
    let found = file.read(&texts).unwrap();
    assert_eq!(place(&found), ("version.go", "1.0.0", 3, 18));
    let rewritten = file.set(&texts, &[], &semver("1.1.0")).unwrap();
    assert_eq!(rewritten[0].text, text.replace("1.0.0", "1.1.0"));
    assert_eq!(file.set(&texts, &[], &semver("1.0.0")).unwrap(), []);
    let error = file.read(&|_: &str| Some(String::new())).unwrap_err();
    assert!(matches!(error, VersionFileError::Pattern { error: MatchError::NoMatch { .. }, .. }));
}

#[test]
fn agreement_is_about_versions_and_not_about_spelling() {
    let python =
        |version: &str| read("pyproject.toml", &format!("[project]\nversion = '{version}'")).unwrap();
    let rust = |version: &str| read("Cargo.toml", &format!("[package]\nversion = '{version}'")).unwrap();
    for (found, version, want) in [
        (python("0.1.0.1"), pep440("0.1.0.1"), Some(true)),
        (python("0.1.0"), pep440("0.2.0"), Some(false)),
        (python("1.0"), pep440("1.0.0"), Some(true)),
        (python("1.0.0-rc.1"), pep440("1.0.0rc1"), Some(true)),
        (python("1.0.0rc1"), semver("1.0.0-rc.1"), Some(true)),
        (python("1.0.0rc2"), semver("1.0.0-rc.1"), None),
        (python("1.0"), semver("1.0.0"), Some(true)),
        (rust("1.0.0"), semver("1.0.0"), Some(true)),
        (rust("1.0.0+b"), semver("1.0.0"), Some(false)),
        (rust("v1.0.0"), semver("1.0.0"), None),
        (rust("1.0"), semver("1.0.0"), None),
    ] {
        let told = match found.agreement(&version) {
            Agreement::Same => Some(true),
            Agreement::Different => Some(false),
            Agreement::NotAVersion(_) => None,
        };
        assert_eq!(told, want, "{} and {version}", found.text);
    }
}

proptest! {
    #[test]
    fn what_was_set_is_read_and_agrees(
        numbers in prop::array::uniform3(0..30_u64),
        rc in prop::option::of(0..9_u64),
        file in prop::sample::select(vec![
            ("pyproject.toml", "[project]\nversion = '1.0.7' # 1.0.7\n[tool.poetry]\nversion = \"1.0.7\"\n"),
            ("Cargo.toml", "[package]\nversion = \"1.0.7\"\n[dependencies]\nx = \"1.0.7\"\n"),
            ("package.json", "{\"version\":\"1.0.7\",\"x\":\"1.0.7\"}"),
            ("Chart.yaml", "version: 1.0.7 # 1.0.7\r\nappVersion: 1.0.7\r\n"),
            ("VERSION", " 1.0.7\n"),
        ]),
    ) {
        let (path, text) = file;
        let [major, minor, patch] = numbers;
        let tail = rc.map(|rc| format!("-rc.{rc}")).unwrap_or_default();
        let version = semver(&format!("{major}.{minor}.{patch}{tail}"));
        prop_assume!(version != semver("1.0.7"));
        let edited = set(path, text, &version).unwrap();
        let found = read(path, &edited).unwrap();
        prop_assert_eq!(found.agreement(&version), Agreement::Same);
        prop_assert_eq!(&found.text, &version.to_string());
        prop_assert_eq!(set(path, &edited, &semver("1.0.7")).unwrap(), text);
    }
}
