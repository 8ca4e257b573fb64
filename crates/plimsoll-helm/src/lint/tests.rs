use super::{Rule, Severity, lint};
use crate::chart::ChartFile;

fn found(files: &[(&str, &str)]) -> Vec<String> {
    let files =
        files.iter().map(|(path, text)| ChartFile { path: (*path).into(), bytes: text.as_bytes().to_vec() });
    let (_, findings) = lint(files.collect()).unwrap();
    findings
        .iter()
        .map(|finding| {
            let severity = if finding.severity == Severity::Error { "error" } else { "warning" };
            let place = finding.file.as_deref().unwrap_or("chart");
            let line = finding.line.map(|line| format!(":{line}")).unwrap_or_default();
            format!("{severity} {} {place}{line}: {}", finding.rule, finding.message)
        })
        .collect()
}

const GOOD: [(&str, &str); 4] = [
    (
        "Chart.yaml",
        "apiVersion: v2\nname: app\nversion: 1.0.0\nappVersion: \"1.10\"\nicon: https://a.b/c.png\n",
    ),
    ("values.yaml", "image: {repository: a, tag: b, digest: ''}\n"),
    ("values.schema.json", "{}"),
    ("templates/a.yaml", ""),
];

#[test]
fn nothing_is_found_in_a_good_chart() {
    assert_eq!(found(&GOOD), [] as [String; 0]);
}

#[test]
fn every_rule_finds_something() {
    let findings = [
        found(&[
            (
                "Chart.yaml",
                "name: app\nversion: 1.10\nappVersion: 2\ntype: application\nicon: x\nsources: [there]\nextra: 1\n\
                 maintainers: [{email: a@b.c}, {name: A, email: b}, {name: B, url: 'c d'}]\n",
            ),
            ("values.yaml", "app:\n  image:\n    repository: a\n    tag: b\n"),
        ]),
        found(&[
            ("Chart.yaml", "apiVersion: v2\nname: app\nversion: v1.0.0\ndependencies: [{name: x}]\n"),
            ("Chart.lock", "digest: sha256:x"),
            ("charts/other/Chart.yaml", "name: other\nversion: 1.0.0"),
        ]),
        found(&[
            ("Chart.yaml", "apiVersion: v2\nname: app\nversion: 0.0.0\nicon: data:x\n"),
            ("values.yaml", "a: b\n"),
            ("values.schema.json", r#"{"properties": {"a": {"type": "integer"}}}"#),
        ]),
    ];
    insta::assert_snapshot!(findings.concat().join("\n"), @r#"
    error not-quoted Chart.yaml:2: `version` is not text, and Helm reads `1.1`: write it in quotes
    error not-quoted Chart.yaml:3: `appVersion` is not text, and Helm reads `2`: write it in quotes
    error maintainer Chart.yaml: a maintainer has no name
    error maintainer Chart.yaml: `b` of maintainer `A` is no mail address
    error maintainer Chart.yaml: `c d` of maintainer `B` is no address
    error address Chart.yaml: source `there` is no address
    error address Chart.yaml:5: icon `x` is no address
    error api-version Chart.yaml: there is no `apiVersion`: write `v2`
    error api-version Chart.yaml: `type` is for charts of apiVersion v2
    warning not-semver Chart.yaml:2: version `1.1` is no Semantic Versioning 2.0.0
    warning unknown-key Chart.yaml:7: Helm does not know `extra`
    warning no-schema chart: there is no values.schema.json
    warning no-templates chart: there are no templates: it would install nothing
    warning no-digest values.yaml:3: `app.image` has no `digest`: a tag can be moved
    error dependency Chart.lock: Chart.lock was made from other dependencies than Chart.yaml declares
    error dependency Chart.yaml: charts/ has `other`, which is not among the dependencies
    warning not-semver Chart.yaml:3: chart versions have no `v`: write `1.0.0`
    warning no-icon Chart.yaml: there is no icon
    warning dependency Chart.yaml: dependency `x` is not in charts/
    warning no-values chart: there is no values.yaml
    error not-semver Chart.yaml:3: version `0.0.0` is nothing to Helm: it must be greater than 0.0.0
    error schema values.yaml: `/a`: "b" is not of type "integer"
    warning no-templates chart: there are no templates: it would install nothing
    "#);
    // What Helm says is read elsewhere.
    let ours = Rule::ALL.iter().filter(|rule| **rule != Rule::Helm);
    let names: Vec<&str> = ours.map(|rule| rule.name()).collect();
    let all = findings.concat().join("\n");
    for name in names {
        assert!(all.contains(&format!(" {name} ")), "{name} found nothing");
    }
}
