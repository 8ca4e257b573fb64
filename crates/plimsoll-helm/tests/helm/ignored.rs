//! `.helmignore`: rule by rule, what Helm packs and what we pack.

use plimsoll_helm::folder::read_folder;

use crate::yard::{HELMS, Yard};

const FILES: [&str; 14] = [
    "a.txt",
    "b.md",
    "sub/a.txt",
    "sub/deep/a.txt",
    "sub/deep/b.md",
    "other/sub/a.txt",
    ".dot",
    "templates/.hidden",
    "templates/a.yaml",
    "templates/sub/.hidden",
    "we ird/[x].txt",
    "x-1.bak",
    "x-22.bak",
    "ci/values.yaml",
];

const RULES: &[&str] = &[
    "",
    "*.txt",
    "a.txt",
    "/a.txt",
    "sub",
    "sub/",
    "/sub/",
    "sub/a.txt",
    "sub/*",
    "*/a.txt",
    "sub/deep/*.md",
    "!*.yaml",
    "!sub",
    "!sub/",
    "*.md\n!b.md",
    "!b.md\n*.txt",
    "x-?.bak",
    "x-[0-9][0-9].bak",
    "x-[^1]*.bak",
    "\\a.txt",
    "we ird",
    "we*/*",
    "*/\\[x\\].txt",
    ".*",
    ".?*",
    "  a.txt  ",
    "# a.txt",
    "a.txt # not a comment",
    "templates/a.yaml",
    "*",
    "/",
    "./a.txt",
    "sub/deep",
    "deep/",
    "*/deep",
    "/*",
    "c[h-j]",
    "[a-c].*",
];

#[test]
fn the_same_rules_leave_out_the_same_files() {
    let Some(yard) = Yard::with(HELMS[1]) else { return };
    for (number, rules) in RULES.iter().enumerate() {
        let folder = format!("chart{number}");
        yard.write(&format!("{folder}/Chart.yaml"), "apiVersion: v2\nname: app\nversion: 1.0.0\n");
        for file in FILES {
            yard.write(&format!("{folder}/{file}"), "x: y\n");
        }
        yard.write(&format!("{folder}/.helmignore"), rules);
        let packaged = yard.helm(&format!("package {folder} --destination out{number}"));
        let ours: Vec<String> =
            read_folder(&yard.home().join(&folder)).unwrap().into_iter().map(|file| file.path).collect();
        if packaged.code() != Some(0) {
            // It left out Chart.yaml, or something in charts/ that was needed.
            assert!(!ours.contains(&"Chart.yaml".to_owned()), "{rules:?}: {}", packaged.stderr());
            continue;
        }
        let theirs: Vec<String> = yard
            .files(&format!("out{number}/app-1.0.0.tgz"))
            .into_keys()
            .map(|path| path.strip_prefix("app/").unwrap().to_owned())
            .collect();
        assert_eq!(ours, theirs, "{rules:?}");
    }
}
