use super::{ChartFile, FILE, IgnoreError, Kind, LeaveOutError, Rules, leave_out};

/// The table of Helm's own tests (`pkg/ignore/rules_test.go`), as behaviour: rule, path, what it is, ignored.
#[test]
fn rules_mean_what_they_mean_to_helm() {
    let (file, folder) = (Kind::File, Kind::Folder);
    for (rules, path, kind, want) in [
        ("helm.txt", "helm.txt", file, true),
        ("helm.*", "helm.txt", file, true),
        ("helm.*", "rudder.txt", file, false),
        ("*.txt", "tiller.txt", file, true),
        ("*.txt", "cargo/a.txt", file, true),
        ("cargo/*.txt", "cargo/a.txt", file, true),
        ("cargo/*.*", "cargo/a.txt", file, true),
        ("cargo/*.txt", "mast/a.txt", file, false),
        ("ru[c-e]?er.txt", "rudder.txt", file, true),
        ("templates/.?*", "templates/.dotfile", file, true),
        ("cargo/", "cargo", folder, true),
        ("cargo/", "cargo/", folder, false),
        ("cargo/", "mast", folder, false),
        ("helm.txt/", "helm.txt", file, false),
        ("!helm.txt", "helm.txt", file, false),
        ("!helm.txt", "tiller.txt", file, true),
        ("!*.txt", "cargo", folder, true),
        ("!cargo/", "mast", folder, true),
        ("!cargo/", "cargo/a.txt", file, true),
        ("/a.txt", "a.txt", file, true),
        ("/cargo/a.txt", "cargo/a.txt", file, true),
        ("/cargo/a.txt", "mast/cargo/a.txt", file, false),
        ("/a.txt", "cargo/a.txt", file, false),
        ("/rudder.txt", "rudder.txt", file, true),
        ("a.txt", "a.txt", file, true),
        ("a.txt", "cargo/a.txt", file, true),
        // The first rule that fits decides, and nothing is taken back.
        ("*.txt\n!a.txt", "a.txt", file, true),
        ("!a.txt\n*.txt", "a.txt", file, true),
        ("  # not a rule\n\n  b.txt  ", "b.txt", file, true),
        ("\u{feff}b.txt\r\nc.txt", "c.txt", file, true),
        // Nothing above it is meant by a folder's name in the middle of a path.
        ("cargo", "cargo/a.txt", file, false),
        ("mast/cargo/", "x/mast/cargo", folder, false),
        ("", "templates/.gitkeep", file, true),
        ("", "templates/x/.gitkeep", file, false),
        ("", ".helmignore", file, false),
    ] {
        let ignored = Rules::parse(rules).unwrap().ignores(path, kind);
        assert_eq!(ignored, want, "{rules:?} {path}");
    }
}

#[test]
fn rules_that_helm_refuses_are_refused_with_their_line() {
    assert_eq!(
        Rules::parse("a\ncargo/**/x").unwrap_err(),
        IgnoreError::DoubleStar { line: 2, rule: "cargo/**/x".into() }
    );
    assert_eq!(Rules::parse("[").unwrap_err(), IgnoreError::Malformed { line: 1, rule: "[".into() });
}

#[test]
fn files_are_left_out_with_the_folders_that_they_lie_in() {
    let file = |path: &str, text: &str| ChartFile { path: path.into(), bytes: text.as_bytes().to_vec() };
    let paths = [".helmignore", "Chart.yaml", "ci/deep/a.yaml", "sub/ci/b.yaml", "templates/.keep", "x.bak"];
    let text = |path: &str| if path == FILE { "*.bak\nci/\n" } else { "" };
    let left = leave_out(paths.map(|path| file(path, text(path))).to_vec()).unwrap();
    let left: Vec<&str> = left.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(left, [".helmignore", "Chart.yaml"]);
    assert_eq!(
        leave_out(vec![ChartFile { path: FILE.into(), bytes: vec![0xff] }]),
        Err(LeaveOutError::NotText)
    );
}
