//! Packages: ours to them, theirs to us.

use plimsoll_helm::archive::read_chart;
use plimsoll_helm::lint::{Severity, lint};
use plimsoll_helm::package::check_dependencies;
use plimsoll_helm::provenance::render_message;
use plimsoll_helm::yaml;
use plimsoll_testkit::tools;

use crate::yard::{HELMS, Yard};

#[test]
fn packages_hold_the_same_files() {
    for helm in HELMS {
        let Some(yard) = Yard::with(helm) else { continue };
        yard.write_awkward();
        assert_eq!(check_dependencies(&yard.chart("awkward", None)), [], "{helm} wrote the lock");
        let ours = yard.package("awkward", Some("2.0.0"), "ours");
        yard.helm("package awkward --version 2.0.0 --app-version v2.0.0 --destination theirs")
            .expect_success();
        let (ours, theirs) = (yard.files(&ours), yard.files("theirs/awkward-2.0.0.tgz"));
        let names =
            |files: &std::collections::BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&ours), names(&theirs), "{helm}");
        assert!(ours.contains_key("awkward/charts/packed/Chart.yaml") && ours.contains_key("awkward/logo"));
        for (path, bytes) in &ours {
            if path.ends_with("Chart.yaml") || path.ends_with("Chart.lock") {
                // These Helm prints anew: they must say the same.
                let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
                let mut ours = yaml::read(&text(bytes)).unwrap();
                let theirs = yaml::read(&text(&theirs[path])).unwrap();
                trim(&mut ours);
                let mut theirs = theirs;
                trim(&mut theirs);
                assert_eq!(ours, theirs, "{helm} {path}");
            } else {
                assert_eq!(bytes, &theirs[path], "{helm} {path}");
            }
        }
    }
}

/// Helm makes white space of several kinds into blanks, and keeps times to the nanosecond.
fn trim(value: &mut serde_json::Value) {
    if let Some(map) = value.as_object_mut() {
        for (key, value) in map {
            match (key.as_str(), value.as_str()) {
                ("generated", _) => *value = serde_json::Value::Null,
                (_, Some(text)) => *value = text.split_whitespace().collect::<Vec<_>>().join(" ").into(),
                _ => {}
            }
        }
    }
}

#[test]
fn helm_accepts_our_packages() {
    for helm in HELMS {
        let Some(yard) = Yard::with(helm) else { continue };
        yard.write_awkward();
        let package = yard.package("awkward", Some("2.0.0"), "ours");
        let shown = yard.helm(&format!("show chart {package}")).expect_success();
        for word in ["version: 2.0.0", "appVersion: v2.0.0", "name: awkward", "alias: opened"] {
            assert!(shown.stdout().contains(word), "{helm}: {word} in {}", shown.stdout());
        }
        let values = yard.helm(&format!("show values {package}")).expect_success();
        assert_eq!(values.stdout().trim_end().as_bytes(), yard.read("awkward/values.yaml").trim_ascii_end());
        yard.helm(&format!("lint --strict {package}")).expect_success();
        let rendered = yard.helm(&format!("template mine {package}")).expect_success();
        assert!(
            rendered.stdout().contains("image: \"ghcr.io/acme/awkward:v2.0.0\""),
            "{}",
            rendered.stdout()
        );
        assert!(rendered.stdout().contains("name: packed"), "{helm}: the chart inside is installed too");
        let refused = yard.helm(&format!("template mine {package} --set replicas=many"));
        assert_ne!(refused.code(), Some(0), "{helm}: the schema is in it");
    }
}

#[test]
fn we_accept_helm_s_packages() {
    for helm in HELMS {
        let Some(yard) = Yard::with(helm) else { continue };
        yard.write_awkward();
        yard.helm("package awkward").expect_success();
        yard.helm("create starter").expect_success();
        yard.helm("package starter").expect_success();
        for (package, folder) in [("awkward-1.2.3.tgz", "awkward"), ("starter-0.1.0.tgz", "starter")] {
            let theirs = read_chart(&yard.read(package)).unwrap();
            let ours = yard.chart(folder, None);
            assert_eq!(theirs.metadata.version, ours.metadata.version);
            let paths = |chart: &plimsoll_helm::chart::Chart| {
                chart.files.iter().map(|file| file.path.clone()).collect::<Vec<_>>()
            };
            assert_eq!(paths(&theirs), paths(&ours), "{helm} {package}");
            let (_, findings) = lint(ours.files).unwrap();
            let errors: Vec<_> = findings.iter().filter(|one| one.severity == Severity::Error).collect();
            // Taken alone, without the charts inside, the lock has nothing to say.
            assert!(errors.is_empty(), "{helm} {package}: {errors:?}");
        }
    }
}

#[test]
fn what_we_refuse_in_a_chart_helm_refuses_too() {
    let chart = |rest: &str| format!("apiVersion: v2\nname: bad\n{rest}");
    let bad = [
        ("Chart.yaml", chart("version: x\n")),
        ("Chart.yaml", chart("version: 1.0.0\ntype: app\n")),
        ("Chart.yaml", chart("version: 1.0.0\ndependencies: [{name: a, alias: 'b c'}]\n")),
        ("Chart.yaml", chart("version: 1.0.0\ndependencies: [{name: a}, {name: b, alias: a}]\n")),
        ("Chart.yaml", chart("version: 1.0.0\nmaintainers: [a]\n")),
        ("Chart.yaml", "apiVersion: v2\nname: ../bad\nversion: 1.0.0\n".to_owned()),
        ("values.yaml", "- a\n".to_owned()),
        ("values.yaml", "a: [\n".to_owned()),
        ("values.schema.json", "{\n".to_owned()),
        (".helmignore", "a/**\n".to_owned()),
        ("charts/README.md", "x\n".to_owned()),
        ("charts/x.tgz", "x\n".to_owned()),
    ];
    for helm in HELMS {
        let Some(yard) = Yard::with(helm) else { continue };
        for (number, (path, text)) in bad.iter().enumerate() {
            let folder = format!("bad{number}");
            yard.write(&format!("{folder}/Chart.yaml"), chart("version: 1.0.0\n"));
            yard.write(&format!("{folder}/{path}"), text);
            let packaged = yard.helm(&format!("package {folder}"));
            assert_ne!(packaged.code(), Some(0), "{helm} takes {path}: {text}");
            let ours = plimsoll_helm::folder::read_folder(&yard.home().join(&folder));
            let taken = ours.is_ok_and(|files| plimsoll_helm::chart::Chart::from_files(files).is_ok());
            assert!(!taken, "we take {path}: {text}");
        }
    }
}

#[test]
fn what_gpg_signs_of_our_package_is_verified_by_helm() {
    let Some(gpg) = tools::require("gpg") else { return };
    for helm in HELMS {
        let Some(yard) = Yard::with(helm) else { continue };
        yard.write_awkward();
        let package = yard.package("awkward", Some("1.0.0"), "signed");
        let message = render_message(&yard.read(&package), "awkward-1.0.0.tgz").unwrap();
        std::fs::create_dir_all(yard.home().join("gnupg")).unwrap();
        let gpg = |line: &str| {
            let gpg = gpg
                .command(&yard.environment)
                .in_folder(yard.home())
                .set("GNUPGHOME", yard.home().join("gnupg"));
            gpg.args(["--batch", "--quiet", "--passphrase", "", "--pinentry-mode", "loopback"])
                .args(line.split(' '))
        };
        gpg("--quick-generate-key harbour@example.org rsa2048 sign never").run().expect_success();
        let signed = gpg("--clearsign --digest-algo SHA512").stdin(message).run().expect_success();
        yard.write("signed/awkward-1.0.0.tgz.prov", signed.stdout_bytes());
        let ring = gpg("--export").run().expect_success();
        yard.write("ring.gpg", ring.stdout_bytes());
        let verified = yard.helm("verify signed/awkward-1.0.0.tgz --keyring ring.gpg").expect_success();
        assert!(
            format!("{}{}", verified.stdout(), verified.stderr()).contains("harbour@example.org"),
            "{helm}"
        );
        yard.write("signed/awkward-1.0.0.tgz", [yard.read(&package), vec![0]].concat());
        assert_ne!(yard.helm("verify signed/awkward-1.0.0.tgz --keyring ring.gpg").code(), Some(0), "{helm}");
    }
}
