//! A machine with a Helm, and charts as awkward as people's.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use plimsoll_helm::chart::Chart;
use plimsoll_helm::edit::{Edits, apply};
use plimsoll_helm::folder::read_folder;
use plimsoll_helm::package::package;
use plimsoll_testkit::env::Environment;
use plimsoll_testkit::process::Output;
use plimsoll_testkit::static_files::StaticFiles;
use plimsoll_testkit::tools::{self, Tool};

/// Both Helms.
pub(crate) const HELMS: [&str; 2] = ["helm3", "helm4"];

pub(crate) struct Yard {
    pub(crate) environment: Environment,
    helm: Tool,
}

impl Yard {
    /// A machine with one of the Helms; `None` if it is not installed.
    #[track_caller]
    pub(crate) fn with(helm: &str) -> Option<Yard> {
        Some(Yard { helm: tools::require(helm)?, environment: Environment::new() })
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.environment.home()
    }

    /// Runs Helm in the home folder.
    pub(crate) fn helm(&self, line: &str) -> Output {
        let run = self.helm.command(&self.environment).in_folder(self.home());
        run.set("TZ", "UTC").args(line.split_whitespace()).run()
    }

    pub(crate) fn write(&self, path: &str, contents: impl AsRef<[u8]>) {
        let path = self.home().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> Vec<u8> {
        fs::read(self.home().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Reads a chart's folder and sets its versions.
    pub(crate) fn chart(&self, folder: &str, version: Option<&str>) -> Chart {
        let mut files = read_folder(&self.home().join(folder)).unwrap();
        let app_version = version.map(|version| format!("v{version}"));
        let edits = Edits { version: version.map(Into::into), app_version, values: Vec::new() };
        apply(&mut files, &edits).unwrap();
        Chart::from_files(files).unwrap()
    }

    /// Packages a chart ourselves, into a folder.
    pub(crate) fn package(&self, folder: &str, version: Option<&str>, into: &str) -> String {
        let (packaged, bytes) = package(&self.chart(folder, version), 1_700_000_000).unwrap();
        let path = format!("{into}/{}", packaged.name);
        self.write(&path, bytes);
        path
    }

    /// The files in a package.
    pub(crate) fn files(&self, package: &str) -> BTreeMap<String, Vec<u8>> {
        let into = self.environment.folder("unpacked");
        fs::remove_dir_all(&into).unwrap();
        fs::create_dir_all(&into).unwrap();
        let tar = self.environment.command("tar").in_folder(self.home());
        tar.args(["xzf", package, "-C"]).arg(&into).run().expect_success();
        let mut files = BTreeMap::new();
        collect(&into, "", &mut files);
        files
    }

    /// A chart with all that people do: comments and unknown keys, text in many languages, an ignore file, a link, a
    /// schema, a chart inside as a folder and one as an archive, a lock, tests, files that are no text.
    pub(crate) fn write_awkward(&self) {
        for (path, text) in AWKWARD {
            self.write(&format!("awkward/{path}"), text);
        }
        self.write("awkward/files/logo.bin", [0, 159, 146, 150, 255]);
        std::os::unix::fs::symlink("files/logo.bin", self.home().join("awkward/logo")).unwrap();
        self.write("packed/Chart.yaml", "apiVersion: v2\nname: packed\nversion: 0.3.0\n");
        self.write("packed/values.yaml", "on: true\n");
        self.write("packed/templates/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: packed}\n");
        self.helm("package packed --destination awkward/charts").expect_success();
        // Helm writes the lock: of charts on this machine, so that nothing is fetched.
        self.write("open/Chart.yaml", "apiVersion: v1\nname: open\nversion: 0.2.1\n");
        self.write("open/values.yaml", "size: 1\n");
        self.write("open/templates/b.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: open}\n");
        self.helm("dependency update awkward").expect_success();
    }
}

fn collect(folder: &Path, below: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{below}{}", entry.file_name().to_str().unwrap());
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{path}/"), files);
        } else {
            files.insert(path, fs::read(entry.path()).unwrap());
        }
    }
}

const AWKWARD: &[(&str, &str)] = &[
    (
        "Chart.yaml",
        "# An awkward chart.\r\napiVersion: v2\r\nname: awkward\r\nversion: 1.2.3 # the chart's\r\nappVersion: \"latest\"\r\n\
         description: |\r\n  Keep your cluster safe by ensuring that all images use digests from a trusted set. 🙇 It's #1: really \"good\".\r\n\r\n  \
         Built with 🛡️ in mind.\r\ntype: application\r\nkeywords: [one, 'two: three', \"1.10\"]\r\nhome: https://example.org/awkward?a=b&c=d\r\n\
         sources:\r\n  - https://example.org/source\r\nmaintainers:\r\n  - name: Ä. Üser\r\n    email: a@example.org\r\n    url: https://example.org\r\n\
         icon: https://example.org/icon.png\r\nkubeVersion: \">=1.20.0-0\"\r\nannotations:\r\n  \"example.org/true\": \"true\"\r\n  example.org/long: 'x <y> & z'\r\n\
         dependencies:\r\n  - name: packed\r\n    version: ^0.3\r\n    repository: file://../packed\r\n    condition: packed.on\r\n  \
         - name: open\r\n    alias: opened\r\n    version: 0.x\r\n    repository: file://../open\r\n    import-values: [{child: size, parent: sizes}]\r\n",
    ),
    (
        "values.yaml",
        "# Defaults.\nimage: &image\n  repository: ghcr.io/acme/awkward\n  tag: \"\"\n  digest: \"\"\nother:\n  <<: *image\n  tag: x\nreplicas: 1\nenabled: yes\nempty:\n",
    ),
    (
        "values.schema.json",
        r#"{"$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "properties": {"replicas": {"type": "integer"}, "enabled": {"type": "boolean"}}, "required": ["image"]}"#,
    ),
    (
        "templates/pod.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }}\nspec:\n  containers:\n  - name: app\n    image: \"{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}\"\n",
    ),
    ("templates/_helpers.tpl", "{{- define \"awkward.name\" -}}x{{- end -}}\n"),
    ("templates/.hidden", "never packed"),
    ("templates/tests/test.yaml", "# {{ .Values.replicas }}\n"),
    ("templates/NOTES.txt", "Thanks.\n"),
    (
        "crds/crd.yaml",
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: a.example.org}\n",
    ),
    ("README.md", "# Awkward\n"),
    ("LICENSE", "none\n"),
    ("ci/values-mysql.yaml", "a: 1\n"),
    ("notes.bak", "ignored"),
    (
        "deep/er/than.most/and/with/a/name/that/is/much/longer/than/the/hundred/characters/that/an/old/tar/header/has/room/for/in/its/name.txt",
        "x\n",
    ),
    (".helmignore", "# Patterns\n*.bak\n/LICENSE\nci/\n.git/\n\n"),
    ("charts/.keep", ""),
];

impl Yard {
    /// Serves a folder of the home on loopback until the test ends.
    pub(crate) fn serve(&self, folder: &str) -> StaticFiles {
        StaticFiles::serve(self.home().join(folder))
    }
}
