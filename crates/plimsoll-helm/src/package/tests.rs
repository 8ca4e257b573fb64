use proptest::prelude::*;

use super::{DependencyProblem, check_dependencies, package};
use crate::archive::read_chart;
use crate::chart::{Chart, ChartFile};

fn file(path: &str, text: &str) -> ChartFile {
    ChartFile { path: path.into(), bytes: text.as_bytes().to_vec() }
}

fn chart(yaml: &str, others: &[ChartFile]) -> Chart {
    let first = file("Chart.yaml", yaml);
    Chart::from_files([&[first], others].concat()).unwrap()
}

const YAML: &str = "# kept\napiVersion: v2\nname: app\nversion: 1.2.3\n";

fn sub(version: &str) -> ChartFile {
    file("charts/db/Chart.yaml", &format!("apiVersion: v2\nname: db\nversion: {version}\n"))
}

/// These bytes are the promise: the same commit gives the same package, also with the next release of a library.
#[test]
fn an_example_has_the_bytes_that_it_always_had() {
    let others = [file("values.yaml", "a: 1\r\n"), file("templates/a.yaml", ""), sub("0.1.0")];
    let (packaged, bytes) = package(&chart(YAML, &others), 1_700_000_000).unwrap();
    assert_eq!(packaged.name, "app-1.2.3.tgz");
    assert!(packaged.digest.matches(&bytes));
    assert_eq!(packaged.size, bytes.len() as u64);
    insta::assert_snapshot!(packaged.digest.to_string(), @"sha256:b31d21a116479467443f95cd67813ab7d70b64ec649d289aa33ad8932e5641c9");
}

#[test]
fn long_paths_are_packed_whole() {
    let long = format!("templates/{}/{}.yaml", "d".repeat(120), "é".repeat(90));
    let chart = chart(YAML, &[file(&long, "x")]);
    let (_, bytes) = package(&chart, 0).unwrap();
    assert_eq!(read_chart(&bytes).unwrap(), chart);
}

#[test]
fn charts_inside_are_compared_with_the_lock() {
    let yaml = format!("{YAML}dependencies:\n- name: db\n  version: ^0.1\n  repository: file://../db\n");
    let problems = |others: &[ChartFile]| check_dependencies(&chart(&yaml, others));
    assert_eq!(problems(&[]), [DependencyProblem::Missing { name: "db".into() }]);
    assert_eq!(problems(&[sub("0.1.0")]), []);
    let json = r#"[[{"name":"db","version":"^0.1","repository":"file://../db"}],[{"name":"db","version":"0.1.1","repository":"file://../db"}]]"#;
    let digest = plimsoll_oci::name::Digest::of(json.as_bytes());
    let lock = |digest: &str| {
        let locked = "dependencies:\n- name: db\n  repository: file://../db\n  version: 0.1.1\n";
        file("Chart.lock", &format!("{locked}digest: {digest}\n"))
    };
    assert_eq!(problems(&[sub("0.1.1"), lock(&digest.to_string())]), []);
    assert_eq!(
        problems(&[sub("0.1.0"), lock("sha256:other")]),
        [
            DependencyProblem::OutOfSync,
            DependencyProblem::OtherVersion {
                name: "db".into(),
                want: "0.1.1".into(),
                found: "0.1.0".into()
            }
        ]
    );
    assert!(matches!(problems(&[sub("0.1.0"), file("Chart.lock", "[]")])[..], [DependencyProblem::Lock(_)]));
}

proptest! {
    #[test]
    fn what_is_packed_reads_the_same_and_packs_the_same(
        names in prop::collection::btree_set("[a-z]{1,8}(/[a-z.]{1,4}x){0,2}", 0..6),
        bytes in prop::collection::vec(any::<u8>(), 0..2000),
        seconds in 0..4_000_000_000_u64,
    ) {
        let names: Vec<String> = names.iter().filter(|name| !name.starts_with("charts")).cloned().collect();
        let others: Vec<ChartFile> =
            names.iter().map(|name| ChartFile { path: name.clone(), bytes: bytes.clone() }).collect();
        let original = chart(YAML, &others);
        let (packaged, packed) = package(&original, seconds).unwrap();
        let read = read_chart(&packed).unwrap();
        prop_assert_eq!(&read, &original);
        let turned: Vec<ChartFile> = others.into_iter().rev().collect();
        prop_assert_eq!(package(&chart(YAML, &turned), seconds).unwrap().0, packaged);
    }
}
