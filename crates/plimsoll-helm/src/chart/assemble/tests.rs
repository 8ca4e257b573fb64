use super::super::{Chart, ChartError, ChartFile};
use crate::package::write_package;

fn file(path: &str, text: &str) -> ChartFile {
    ChartFile { path: path.into(), bytes: text.as_bytes().to_vec() }
}

fn chart_yaml(name: &str) -> String {
    format!("apiVersion: v2\nname: {name}\nversion: 1.0.0\n")
}

#[test]
fn files_stand_in_the_order_of_a_package_and_charts_apart() {
    let packed = Chart::from_files(vec![file("Chart.yaml", &chart_yaml("packed"))]).unwrap();
    let mut archive = Vec::new();
    write_package(&packed, 0, &mut archive).unwrap();
    let chart = Chart::from_files(vec![
        file("README.md", "x"),
        file("templates/b.yaml", ""),
        file("charts/_draft/x", ""),
        file("charts/open/templates/a.yaml", ""),
        file("charts/open/Chart.yaml", &chart_yaml("sub")),
        ChartFile { path: "charts/packed-1.0.0.tgz".into(), bytes: archive },
        file("charts/packed-1.0.0.tgz.prov", "signed"),
        file("values.yaml", "a: 1"),
        file("Chart.lock", "digest: x"),
        file("Chart.yaml", &chart_yaml("app")),
        file("values.schema.json", "{}"),
        file("templates/a.yaml", ""),
    ])
    .unwrap();
    let paths: Vec<&str> = chart.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "Chart.yaml",
            "Chart.lock",
            "values.yaml",
            "values.schema.json",
            "templates/a.yaml",
            "templates/b.yaml",
            "README.md",
            "charts/packed-1.0.0.tgz.prov"
        ]
    );
    let names: Vec<&str> = chart.subcharts.iter().map(|chart| chart.metadata.name.as_str()).collect();
    assert_eq!(names, ["packed", "sub"]);
    assert_eq!(chart.subcharts[1].files.len(), 2);
}

#[test]
fn old_charts_have_their_dependencies_beside_chart_yaml() {
    let old = "name: old\nversion: 0.1.0\n";
    let requirements = file("requirements.yaml", "dependencies: [{name: db, repository: ''}]");
    let chart = Chart::from_files(vec![file("Chart.yaml", old), requirements.clone()]).unwrap();
    assert_eq!(chart.missing_dependencies().len(), 1);
    assert_eq!(chart.files.len(), 2);
    let error = Chart::from_files(vec![file("Chart.yaml", &chart_yaml("new")), requirements]).unwrap_err();
    assert!(matches!(error, ChartError::Requirements));
}

#[test]
fn what_is_no_chart_says_where() {
    let message = |files: Vec<ChartFile>| Chart::from_files(files).unwrap_err().to_string();
    let with = |other: ChartFile| vec![file("Chart.yaml", &chart_yaml("app")), other];
    assert_eq!(message(vec![file("values.yaml", "")]), "there is no Chart.yaml");
    assert_eq!(message(with(file("charts/README.md", ""))), "charts/README.md: there is no Chart.yaml");
    assert_eq!(message(with(file("values.yaml", "[]"))), "values.yaml is no mapping");
    assert!(message(with(file("values.schema.json", "{"))).starts_with("values.schema.json is no JSON"));
    assert!(message(with(file("charts/x.tgz", "no archive"))).starts_with("charts/x.tgz: "));
    let twice = vec![
        file("Chart.yaml", &chart_yaml("app")),
        file("charts/a/Chart.yaml", &chart_yaml("sub")),
        file("charts/b/Chart.yaml", &chart_yaml("sub")),
    ];
    assert_eq!(message(twice), "charts/ has two charts called `sub`");
    let bad = ChartFile { path: "Chart.yaml".into(), bytes: vec![0xff] };
    assert_eq!(message(vec![bad]), "Chart.yaml is not UTF-8");
}
