//! Where charts go that are pushed on several occasions.

use super::*;
use crate::setup::holdings::FoundChart;

fn with_charts(text: &str, names: &[&str], tags: &[&str]) -> Draft {
    let files = [WorkflowFile { path: ".github/workflows/images.yml".into(), text: text.into() }];
    let chart = |name: &&str| FoundChart {
        path: format!("charts/{name}"),
        name: Some((*name).to_owned()),
        version: Some("0.0.0".to_owned()),
        ..FoundChart::default()
    };
    let holdings = Holdings {
        workflows: files.into(),
        charts: names.iter().map(chart).collect(),
        tags: tags.iter().map(|&tag| tag.to_owned()).collect(),
        ..Holdings::default()
    };
    draft(&holdings, &home())
}

const IMAGE: &str = "      - { uses: docker/build-push-action@v6, if: github.ref_type == 'tag', with: { push: true, tags: 'ghcr.io/acme/app:${{ github.ref_name }}' } }\n";

#[test]
fn a_chart_goes_where_releases_push_it() {
    let dev = "      - { if: github.ref == 'refs/heads/main', run: helm package charts/app --version 0.0.0-dev && helm push app.tgz oci://ghcr.io/acme/dev }\n";
    let real = "      - { if: \"startsWith(github.ref, 'refs/tags/v')\", run: 'helm package charts/app --version ${GITHUB_REF_NAME#v} && helm push app.tgz oci://ghcr.io/acme/charts' }\n";
    for steps in [[dev, real], [real, dev]] {
        let text = format!(
            "on: {{ push: {{ branches: [main], tags: ['v*'] }} }}\njobs:\n  a:\n    steps:\n{IMAGE}{}",
            steps.concat()
        );
        let draft = with_charts(&text, &["app"], &["v1.0.0"]);
        assert!(draft.text.contains("\noci = \"oci://ghcr.io/acme/charts\"\n"), "{}", draft.text);
        assert_eq!(
            draft.left,
            [
                "charts go to oci://ghcr.io/acme/dev when main is pushed, and here only releases publish them: what pushes there goes on"
            ]
        );
    }
}

#[test]
fn a_chart_of_which_a_script_decides_where_it_goes_is_a_comment() {
    let text = format!(
        "on: {{ push: {{ branches: [main], tags: ['v*'] }} }}\njobs:\n  a:\n    steps:\n{IMAGE}      - run: |\n          if [ $GITHUB_REF_TYPE = tag ]; then\n            helm push app.tgz oci://ghcr.io/acme/charts\n          else\n            helm push app.tgz oci://ghcr.io/acme/dev\n          fi\n"
    );
    let draft = with_charts(&text, &["app"], &["v1.0.0"]);
    assert!(draft.text.contains("\n# [[chart]]\n# path = \"charts/app\"\n"), "{}", draft.text);
    assert!(draft.left.iter().any(|what| what.contains("a script decides to which")), "{:?}", draft.left);
}

#[test]
fn a_family_that_a_chart_has_is_nobody_elses() {
    let text = "on: { push: { tags: ['v*', 'chart-*'] } }\njobs:\n  a:\n    if: startsWith(github.ref, 'refs/tags/v')\n    steps: [{ uses: docker/build-push-action@v6, with: { push: true, tags: 'ghcr.io/acme/app:${{ github.ref_name }}' } }]\n  b:\n    if: startsWith(github.ref, 'refs/tags/chart-')\n    steps: [{ run: 'helm package charts/app --version ${GITHUB_REF_NAME#chart-} && helm push app.tgz oci://ghcr.io/acme/charts' }]\n";
    for tags in [&["v1.0.0", "chart-1.0.0"][..], &["v1.0.0"], &[]] {
        let draft = with_charts(text, &["app"], tags);
        assert!(draft.text.contains("git-tag = \"chart-{version}\"\n"), "{}", draft.text);
        assert_eq!(draft.left, [""; 0], "{tags:?}");
    }
    // Another part of the same workflow has it, too.
    let shared = text.replace("\n    if: startsWith(github.ref, 'refs/tags/v')", "");
    let draft = with_charts(&shared, &["app"], &["v1.0.0", "chart-1.0.0"]);
    assert!(draft.text.contains("git-tag = \"chart-{version}\"\n"), "{}", draft.text);
    assert!(!draft.left.iter().any(|what| what.contains("plimsoll.chart.toml")), "{:?}", draft.left);
}

#[test]
fn a_chart_that_is_given_the_number_of_the_release_has_no_family() {
    let text = format!(
        "on: {{ push: {{ tags: ['v*'] }} }}\njobs:\n  a:\n    steps:\n{IMAGE}      - run: helm package charts/app --version ${{GITHUB_REF_NAME#v}} && helm push app.tgz oci://ghcr.io/acme/charts\n"
    );
    let draft = with_charts(&text, &["app"], &["v1.0.0", "app-0.1.0"]);
    assert!(!draft.text.contains("git-tag"), "{}", draft.text);
    assert!(!draft.text.contains("independent"), "{}", draft.text);
}
