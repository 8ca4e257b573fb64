//! `chart`: what is checked, packaged, listed and published without a `plimsoll.toml`, and what is refused.

use std::os::unix::fs::PermissionsExt as _;

use insta::assert_snapshot;
use plimsoll_testkit::fault_registry::{FaultRegistry, Habits};
use plimsoll_testkit::repo::Repo;

use crate::scene::Scene;

const CHART: &str = "\
# The app.
apiVersion: v2
name: app
version: 0.1.0 # of the chart
appVersion: \"latest\"
icon: https://example.org/app.png
";
const VALUES: &str = "image:\n  repository: ghcr.io/acme/app\n  tag: \"\"\n  digest: \"\" # pinned\n";

/// A repository with a chart and without a `plimsoll.toml`.
fn yard() -> Scene {
    let scene = Scene::empty();
    scene.repo.write("chart/Chart.yaml", CHART).write("chart/values.yaml", VALUES);
    scene.repo.write("chart/values.schema.json", "{\"properties\": {\"image\": {\"type\": \"object\"}}}\n");
    scene.repo.write("chart/templates/app.yaml", "image: {{ .Values.image.digest }}\n");
    scene.repo.commit("first");
    scene
}

#[test]
fn a_package_is_printed_with_its_digest_and_is_the_same_again() {
    let scene = yard();
    let line =
        "chart package chart --version 1.4.0 --app-version v1.4.0 --set image.digest=sha256:ab --output dist";
    let first = scene.plimsoll(line).unset("SOURCE_DATE_EPOCH").run().expect_success();
    let (path, digest) = first.stdout().trim_end().split_once(' ').unwrap();
    assert_eq!(path, "dist/app-1.4.0.tgz");
    assert!(digest.starts_with("sha256:") && digest.len() == 71, "{digest}");
    assert_eq!(scene.read("chart/Chart.yaml"), CHART, "the source stays");
    // The time is the commit's, so that neither the clock nor who packages makes a difference.
    let json = scene.json(&line.replace("--output", "--destination"));
    assert_eq!((json["digest"].as_str(), json["path"].as_str()), (Some(digest), Some(path)));
    assert_eq!((json["version"].as_str(), json["app_version"].as_str()), (Some("1.4.0"), Some("v1.4.0")));
    let other = scene.plimsoll(line).set("SOURCE_DATE_EPOCH", "1").run().expect_success();
    assert_ne!(other.stdout(), first.stdout());

    let unpacked = scene.environment().command("tar").in_folder(scene.repo.path());
    unpacked.args(["xzf", "dist/app-1.4.0.tgz", "-C", "dist"]).run().expect_success();
    let chart = CHART.replace("0.1.0", "1.4.0").replace("\"latest\"", "\"v1.4.0\"");
    assert_eq!(scene.read("dist/app/Chart.yaml"), chart);
    assert_eq!(scene.read("dist/app/values.yaml"), VALUES.replace("digest: \"\"", "digest: \"sha256:ab\""));
}

#[test]
fn packages_are_made_where_there_is_no_repository() {
    let scene = yard();
    std::fs::remove_dir_all(scene.repo.path().join(".git")).unwrap();
    let line =
        scene.plimsoll("chart package chart -o json").unset("SOURCE_DATE_EPOCH").run().expect_success();
    let json: serde_json::Value = serde_json::from_str(line.stdout()).unwrap();
    assert_eq!(
        (json["path"].as_str(), json["time"].as_str()),
        (Some("app-0.1.0.tgz"), Some("1970-01-01T00:00:00Z"))
    );
}

#[test]
fn what_can_t_be_packaged_says_why() {
    let scene = yard();
    assert_snapshot!(scene.show("chart package chart --version v1.4.0"), @"
    exit 2
    --- stderr
    error[usage]: `v1.4.0` is no version of a chart
     |
     = help: chart versions have no `v`: `--version 1.4.0`
    ");
    assert_snapshot!(scene.show("chart package chart --set image.digset=x"), @"
    exit 2
    --- stderr
    error[chart-invalid]: values.yaml: there is no `image.digset`
    --> chart/values.yaml
     = help: only a value that is there, on one line and of its own, is set
    ");
    assert_snapshot!(scene.show("chart package nowhere"), @"
    exit 2
    --- stderr
    error[file-missing]: nowhere is no folder
     |
     = help: name the folder that holds Chart.yaml
    ");
    scene.repo.write(
        "chart/Chart.yaml",
        format!("{CHART}dependencies:\n- {{name: db, version: ^1, repository: 'file://../db'}}\n"),
    );
    assert_snapshot!(scene.show("chart package chart"), @"
    exit 2
    --- stderr
    error[chart-invalid]: dependency `db` is not in charts/
    --> chart/Chart.yaml
     = help: lock it (`helm dependency update chart`), commit Chart.lock, and fetch it: `plimsoll chart dependencies chart`
    ");
    scene.repo.write("chart/Chart.yaml", "apiVersion: v2\nname: ../app\nversion: 1.0.0\n");
    assert_snapshot!(scene.show("chart package chart"), @"
    exit 2
    --- stderr
    error[chart-invalid]: Chart.yaml: `../app` can't be a chart's name
    --> chart/Chart.yaml
    ");
    scene.repo.write("chart/Chart.yaml", CHART.replace("0.1.0", "1.10").replace("\"latest\"", "1.10"));
    assert_snapshot!(scene.show("chart package chart"), @"
    exit 5
    --- stderr
    error[chart-lint]: `version` is not text, and Helm reads `1.1`: write it in quotes
    --> chart/Chart.yaml:4:1
     = rule: not-quoted

    error[chart-lint]: `appVersion` is not text, and Helm reads `1.1`: write it in quotes
    --> chart/Chart.yaml:5:1
     = rule: not-quoted

    2 errors
    ");
    scene.repo.write("chart/Chart.yaml", CHART);
    std::os::unix::fs::symlink("/etc/hostname", scene.repo.path().join("chart/files")).unwrap();
    assert_eq!(scene.error("chart package chart"), ("path-escape".to_owned(), Some(2)));
    assert!(!scene.has("app-0.1.0.tgz"));
}

#[test]
fn a_chart_is_looked_at() {
    let scene = yard();
    assert_snapshot!(scene.show("chart lint chart"), @"
    exit 0
    --- stdout
    app 0.1.0: nothing is wrong, as far as can be seen without rendering
    ");
    scene.repo.write("chart/Chart.yaml", CHART.replace("icon", "logo"));
    scene.repo.write("chart/values.yaml", "image: no\n");
    assert_snapshot!(scene.show("chart lint chart"), @r#"
    exit 5
    --- stderr
    error[chart-lint]: `/image`: false is not of type "object"
    --> chart/values.yaml
     = rule: schema

    warning[chart-lint]: Helm does not know `logo`
    --> chart/Chart.yaml:6:1
     = rule: unknown-key

    warning[chart-lint]: there is no icon
    --> chart/Chart.yaml
     = rule: no-icon
     = help: write `icon: https://…`: it is what people see in lists of charts

    1 error, 2 warnings
    "#);
    scene.repo.write("chart/values.yaml", VALUES);
    scene.run("chart lint chart").expect_success();
    let json = scene.json("chart lint chart --strict");
    assert_eq!((json["verdict"].as_str(), json["exit"].as_u64()), (Some("refused"), Some(5)));
    let rules: Vec<&str> =
        json["findings"].as_array().unwrap().iter().map(|one| one["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, ["unknown-key", "no-icon"]);
}

#[test]
fn an_index_is_made_and_merged_into() {
    let scene = yard();
    for version in ["1.0.0", "1.10.0", "1.9.0"] {
        scene.run(&format!("chart package chart --version {version}")).expect_success();
    }
    let merge =
        |line: &str| scene.plimsoll(line).set("SOURCE_DATE_EPOCH", "1700000000").run().expect_success();
    let made =
        merge("chart index merge index.yaml app-1.0.0.tgz app-1.10.0.tgz --url https://c.example/{name}/");
    assert_snapshot!(made.stdout(), @"
    added app 1.0.0 at https://c.example/app/app-1.0.0.tgz
    added app 1.10.0 at https://c.example/app/app-1.10.0.tgz
    index.yaml has 2 versions
    ");
    merge("chart index merge index.yaml app-1.9.0.tgz app-1.0.0.tgz");
    assert_snapshot!(scene.redacted(&scene.read("index.yaml")), @r#"
    apiVersion: v1
    entries:
      app:
      - apiVersion: v2
        appVersion: latest
        created: "YYYY-MM-DDTHH:MM:SSZ"
        digest: cd8508a0ee12c9813a03b3baf63ae705d024baf5ea6a0ed36c6cd2ba9dc9ef54
        icon: https://example.org/app.png
        name: app
        urls:
        - https://c.example/app/app-1.10.0.tgz
        version: 1.10.0
      - apiVersion: v2
        appVersion: latest
        created: "YYYY-MM-DDTHH:MM:SSZ"
        digest: be1087888d3d033662161d70040c37300c323746eba332964f8629eb669d4ffc
        icon: https://example.org/app.png
        name: app
        urls:
        - app-1.9.0.tgz
        version: 1.9.0
      - apiVersion: v2
        appVersion: latest
        created: "YYYY-MM-DDTHH:MM:SSZ"
        digest: 0f551c7a0ef872e6e8537abfd091dcad5ac0f865b55106dad52fb21aa702718c
        icon: https://example.org/app.png
        name: app
        urls:
        - https://c.example/app/app-1.0.0.tgz
        version: 1.0.0
    generated: "YYYY-MM-DDTHH:MM:SSZ"
    "#);
    let before = scene.read("index.yaml");
    assert_snapshot!(merge("chart index merge index.yaml app-1.9.0.tgz").stdout(), @"
    present app 1.9.0
    index.yaml has 3 versions
    ");
    assert_eq!(scene.read("index.yaml"), before, "nothing is new");
}

#[test]
fn what_is_listed_with_another_package_is_refused_and_what_is_broken_is_kept() {
    let scene = yard();
    scene.run("chart package chart").expect_success();
    let index = "apiVersion: v1\nentries:\n  app:\n  - name: app\n    version: 0.1.0\n    digest: abc\n    urls: [x]\n";
    scene.repo.write("index.yaml", index);
    assert_snapshot!(scene.show("chart index merge index.yaml app-0.1.0.tgz"), @"
    exit 5
    --- stderr
    error[chart-taken]: `app` 0.1.0 is listed with digest abc
    --> index.yaml:4:1
     = found: abc
     = want: 251314811ff380a80b3b5bea9ee2cdf2dd3c9b1c06d7cd4d12fa34aab9a32234
     = help: a version is published once: give the chart the next version
    ");
    assert_eq!(scene.read("index.yaml"), index);
    scene.repo.write("index.yaml", index.replace("0.1.0", "one"));
    assert_snapshot!(scene.show("chart index merge index.yaml app-0.1.0.tgz"), @"
    exit 0
    --- stdout
    added app 0.1.0 at app-0.1.0.tgz
    index.yaml has 2 versions
    --- stderr
    warning[chart-index-invalid]: an entry of `app` has the version `one`, which is none
    --> index.yaml:13:1
     = help: it was kept; Helm passes it over, so it can be mended or taken out
    ");
    assert!(scene.read("index.yaml").contains("version: one"));
    scene.repo.write("index.yaml", "{\"apiVersion\": \"v1\"}");
    assert_snapshot!(scene.show("chart index merge index.yaml app-0.1.0.tgz"), @"
    exit 2
    --- stderr
    error[chart-index-invalid]: index.yaml is no index that can be added to: line 1: it is written in brackets, where no line can be put in
    --> index.yaml
     = help: let Helm write it once: `helm repo index --merge index.yaml .` prints lines
    ");
    assert_eq!(scene.error("chart index merge index.yaml index.yaml"), ("chart-invalid".to_owned(), Some(2)));
}

#[test]
fn packages_are_merged_at_the_same_time() {
    let scene = yard();
    let packages: Vec<String> = (0..10).map(|number| format!("app-1.{number}.0.tgz")).collect();
    for number in 0..10 {
        scene.run(&format!("chart package chart --version 1.{number}.0")).expect_success();
    }
    let merges: Vec<_> = packages
        .iter()
        .map(|package| scene.plimsoll(&format!("chart index merge index.yaml {package}")).start())
        .collect();
    for merge in merges {
        merge.wait().expect_success();
    }
    let index = scene.read("index.yaml");
    for package in packages {
        assert!(index.contains(&format!("    - {package}\n")), "{package} is lost in\n{index}");
    }
}

#[test]
fn a_version_is_published_once() {
    let scene = yard();
    let registry = FaultRegistry::start(Habits::default());
    let address = registry.address();
    scene.run("chart package chart --version 1.0.0+b").expect_success();
    let line = format!("chart publish app-1.0.0+b.tgz oci://{address}/charts");
    let first = scene.json(&line);
    assert_eq!((first["tag"].as_str(), first["outcome"].as_str()), (Some("1.0.0_b"), Some("published")));
    assert!(registry.manifest("charts/app", "1.0.0_b").is_some());
    assert_eq!(scene.json(&line)["outcome"].as_str(), Some("present"));
    scene.repo.write("chart/values.yaml", VALUES.replace("acme", "other"));
    scene.run("chart package chart --version 1.0.0+b").expect_success();
    assert_snapshot!(scene.show(&line).replace(&address, "HOST"), @"
    exit 5
    --- stderr
    error[chart-taken]: 127.0.0.1:[PORT]/charts/app:1.0.0_b is published with other content
     |
     = found: sha256:[1]
     = want: sha256:[2]
     = help: a version is published once: give the chart the next version
    ");
    assert_eq!(scene.error("chart publish app-1.0.0+b.tgz ghcr.io/acme:tag"), ("usage".to_owned(), Some(2)));
    scene.run("chart publish app-1.0.0+b.tgz local:ghcr.io/acme/charts").expect_success();
    assert!(scene.has(".plimsoll/registry/ghcr.io/acme/charts/app/index.json"));
}

/// A yard with packages 1.0.0 to 1.9.0, and a remote.
fn with_packages() -> (Scene, Repo) {
    let scene = yard();
    let remote = Repo::bare(scene.environment(), "origin.git");
    scene.repo.remote("origin", &remote.url());
    for number in 0..10 {
        scene.run(&format!("chart package chart --version 1.{number}.0")).expect_success();
    }
    (scene, remote)
}

#[test]
fn of_ten_publishers_to_one_branch_none_is_lost() {
    let (scene, remote) = with_packages();
    let publish = |number| scene.plimsoll(&format!("chart publish app-1.{number}.0.tgz --branch gh-pages"));
    let publishers: Vec<_> = (0..10).map(|number| publish(number).start()).collect();
    for publisher in publishers {
        publisher.wait().expect_success();
    }
    let index = remote.git(["show", "gh-pages:index.yaml"]);
    let files = remote.git(["ls-tree", "-r", "--name-only", "gh-pages"]);
    let versions: Vec<&str> = index.lines().filter_map(|line| line.strip_prefix("    version: ")).collect();
    let expected: Vec<String> = (0..10).rev().map(|number| format!("1.{number}.0")).collect();
    assert_eq!(versions, expected, "{index}");
    assert_eq!(files.lines().count(), 11, "{files}");
    assert_eq!(remote.git(["rev-list", "--count", "gh-pages"]), "10");
}

#[test]
fn a_package_is_listed_on_a_branch_once_and_what_is_there_stays() {
    let (scene, remote) = with_packages();
    scene.repo.write("app-1.0.0.tgz.prov", signed(&scene, "app-1.0.0.tgz"));
    assert_snapshot!(scene.show("chart publish app-1.0.0.tgz --branch gh-pages"), @"
    exit 0
    --- stdout
    added app 1.0.0 at app-1.0.0.tgz
    gh-pages:index.yaml has 1 version
    ");
    assert!(remote.git(["show", "gh-pages:app-1.0.0.tgz.prov"]).contains("app-1.0.0.tgz: sha256:"));
    let tip = remote.resolve("gh-pages");
    assert_snapshot!(scene.show("chart publish app-1.0.0.tgz --branch gh-pages"), @"
    exit 0
    --- stdout
    present app 1.0.0
    gh-pages:index.yaml has 1 version
    ");
    assert_eq!(remote.resolve("gh-pages"), tip, "what is listed is not committed again");
    let elsewhere =
        scene.json("chart publish app-1.1.0.tgz --branch gh-pages --url https://e.example/{version}");
    assert_eq!(elsewhere["packages"][0]["url"], "https://e.example/1.1.0/app-1.1.0.tgz");
    assert!(!remote.git(["ls-tree", "-r", "--name-only", "gh-pages"]).contains("app-1.1.0.tgz"));
    scene.repo.write("chart/values.yaml", VALUES.replace("acme", "other"));
    scene.run("chart package chart --version 1.0.0").expect_success();
    scene.repo.write("app-1.0.0.tgz.prov", signed(&scene, "app-1.0.0.tgz"));
    let taken = scene.error("chart publish app-1.0.0.tgz --branch gh-pages");
    assert_eq!(taken, ("chart-taken".to_owned(), Some(5)));
}

/// What signs a package, but for the signature.
fn signed(scene: &Scene, package: &str) -> String {
    let message = scene.run(&format!("chart provenance {package}")).expect_success();
    let (begin, end) = ("-----BEGIN PGP SIGNED MESSAGE-----", "-----BEGIN PGP SIGNATURE-----");
    format!("{begin}\nHash: SHA512\n\n{}{end}\n", message.stdout())
}

#[test]
fn what_is_gone_from_beside_the_index_is_put_back() {
    let (scene, remote) = with_packages();
    scene.repo.write("app-1.0.0.tgz.prov", signed(&scene, "app-1.0.0.tgz"));
    let line = "chart publish app-1.0.0.tgz --branch gh-pages";
    scene.run(line).expect_success();
    let whole = remote.git(["rev-parse", "gh-pages^{tree}"]);
    let pages = Repo::clone_of(scene.environment(), remote.url(), "pages", ["--branch", "gh-pages"]);
    pages.git(["rm", "--quiet", "app-1.0.0.tgz", "app-1.0.0.tgz.prov"]);
    pages.commit("tidy");
    pages.push("origin", ["gh-pages"]);
    assert_ne!(remote.git(["rev-parse", "gh-pages^{tree}"]), whole);
    scene.run(line).expect_success();
    assert_eq!(remote.git(["rev-parse", "gh-pages^{tree}"]), whole);
}

#[test]
fn what_signs_another_package_is_published_nowhere() {
    let (scene, remote) = with_packages();
    let registry = FaultRegistry::start(Habits::default());
    let stale = signed(&scene, "app-1.0.0.tgz");
    scene.repo.write("chart/values.yaml", VALUES.replace("acme", "other"));
    scene.run("chart package chart --version 1.0.0").expect_success();
    let of_another = signed(&scene, "app-1.1.0.tgz");
    for provenance in [stale, of_another, "signed\n".to_owned()] {
        scene.repo.write("app-1.0.0.tgz.prov", &provenance);
        for place in [format!("{}/charts", registry.address()), "--branch gh-pages".to_owned()] {
            let refused = scene.error(&format!("chart publish app-1.0.0.tgz {place}"));
            assert_eq!(refused, ("chart-invalid".to_owned(), Some(2)), "{place}: {provenance}");
        }
    }
    assert!(registry.manifest("charts/app", "1.0.0").is_none());
    assert_eq!(remote.git(["for-each-ref"]), "");
    std::fs::remove_file(scene.repo.path().join("app-1.0.0.tgz.prov")).unwrap();
    // What is there and can't be read is not the same as nothing.
    std::fs::create_dir(scene.repo.path().join("app-1.0.0.tgz.prov")).unwrap();
    let refused = scene.error("chart publish app-1.0.0.tgz --branch gh-pages");
    assert_eq!(refused.0, "file-system");
    std::fs::remove_dir(scene.repo.path().join("app-1.0.0.tgz.prov")).unwrap();
    scene.repo.write("app-1.0.0.tgz.prov", signed(&scene, "app-1.0.0.tgz"));
    scene.run(&format!("chart publish app-1.0.0.tgz {}/charts", registry.address())).expect_success();
}

#[test]
fn a_package_is_listed_in_a_folder_under_its_own_name() {
    let (scene, _) = with_packages();
    scene.repo.write("renamed.tgz", scene.read_bytes("app-1.2.0.tgz"));
    scene.run("chart publish renamed.tgz --folder public/charts").expect_success();
    assert_eq!(scene.read_bytes("public/charts/app-1.2.0.tgz"), scene.read_bytes("app-1.2.0.tgz"));
    assert!(scene.read("public/charts/index.yaml").contains("    - app-1.2.0.tgz\n"));
    let wrong =
        ["", "--folder x --branch y", "ghcr.io/acme --branch y", "ghcr.io/acme --url https://e.example"];
    for line in wrong {
        let refused = scene.error(&format!("chart publish app-1.2.0.tgz {line}"));
        assert_eq!(refused, ("usage".to_owned(), Some(2)), "{line}");
    }
}

#[test]
fn helm_is_asked_too_where_it_is_installed() {
    let scene = yard();
    let lint = |line: &str, said: &str, code: u8| {
        let folder = scene.environment().folder("helm-bin");
        let helm = folder.join("helm");
        let text = format!(
            "#!/bin/sh\necho \"$@\" > {}/asked\ncat <<'END'\n{said}\nEND\nexit {code}\n",
            folder.display()
        );
        std::fs::write(&helm, text).unwrap();
        std::fs::set_permissions(&helm, std::fs::Permissions::from_mode(0o755)).unwrap();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(folder.clone()).chain(std::env::split_paths(&path));
        let ended = scene.plimsoll(line).set("PATH", std::env::join_paths(folders).unwrap()).run();
        let asked = std::fs::read_to_string(folder.join("asked")).unwrap();
        (asked, ended)
    };
    let (asked, ended) = lint("chart lint chart", "==> Linting chart\n", 0);
    assert!(asked.starts_with("lint ") && !asked.contains("--strict"), "{asked}");
    assert!(ended.expect_success().stdout().ends_with("nothing is wrong\n"));
    let (asked, ended) =
        lint("chart lint chart --strict", "[ERROR] templates/: template: app/templates/app.yaml:1: nil", 1);
    assert!(asked.starts_with("lint --strict "), "{asked}");
    let ended = ended.expect_code(5);
    assert!(
        ended.stderr().contains("error[chart-lint]: template: app/templates/app.yaml:1: nil"),
        "{}",
        ended.stderr()
    );
    assert!(ended.stderr().contains("rule: helm"), "{}", ended.stderr());
}
