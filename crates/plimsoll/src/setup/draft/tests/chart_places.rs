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
fn a_number_that_is_written_otherwise_today_is_told() {
    for (word, written) in [
        ("$GITHUB_REF_NAME", Some("v{version}")),
        ("${GITHUB_REF_NAME#v}", None),
        ("${GITHUB_REF_NAME#v}-chart", Some("{version}-chart")),
        ("$(cat VERSION)", None),
    ] {
        let text = format!(
            "on: {{ push: {{ tags: ['v*'] }} }}\njobs:\n  a:\n    steps:\n{IMAGE}      - run: 'helm package charts/app --version \"{word}\" && helm push app.tgz oci://ghcr.io/acme/charts'\n"
        );
        let draft = with_charts(&text, &["app"], &["v1.0.0"]);
        let told: Vec<String> =
            draft.left.into_iter().filter(|what| what.contains("its number is written")).collect();
        let want = written.map(|written| {
            format!("chart charts/app: its number is written `{written}` today, and that is its tag in a registry: here both are the version alone")
        });
        assert_eq!(told, want.into_iter().collect::<Vec<_>>(), "{word}");
    }
}

#[test]
fn what_a_chart_installs_is_said_where_no_image_is_released() {
    for (word, line, told) in [
        ("$GITHUB_REF_NAME", "\napp-version = \"v{version}\"\n", 0),
        ("${GITHUB_REF_NAME#v}", "\napp-version = \"{version}\"\n", 0),
        ("$(cat VERSION)", "\n# app-version = \"v{version}\"\n", 1),
    ] {
        let steps = format!(
            "      - run: 'helm package charts/app --version ${{GITHUB_REF_NAME#v}} --app-version \"{word}\" && helm push app.tgz oci://ghcr.io/acme/charts'\n"
        );
        let of = |image: &str| {
            let text = format!("on: {{ push: {{ tags: ['v*'] }} }}\njobs:\n  a:\n    steps:\n{image}{steps}");
            with_charts(&text, &["app"], &["v1.0.0"])
        };
        let draft = of("");
        assert!(draft.text.contains(line), "{word}: {}", draft.text);
        let said = draft.left.iter().filter(|what| what.contains("what it installs")).count();
        assert_eq!(said, told, "{word}: {:?}", draft.left);
        // An image of the release says it otherwise.
        assert!(!of(IMAGE).text.contains("app-version"), "{word}");
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

/// What of a draft is live: each chart and where it goes.
fn live(draft: &Draft) -> Vec<(String, String)> {
    let document: toml_edit::DocumentMut = draft.text.parse().expect("a draft is TOML");
    let charts = document.get("chart").and_then(toml_edit::Item::as_array_of_tables).into_iter().flatten();
    let text = |chart: &toml_edit::Table, key: &str| {
        chart.get(key).and_then(toml_edit::Item::as_str).unwrap_or_default().to_owned()
    };
    charts.map(|chart| (text(chart, "path"), text(chart, "oci"))).collect()
}

/// A workflow that git tags set off, with an image and these jobs.
fn releasing(jobs: &str) -> String {
    format!("on: {{ push: {{ tags: ['v*'] }} }}\njobs:\n  image:\n    steps:\n{IMAGE}{jobs}")
}

#[test]
fn each_chart_goes_where_a_step_pushes_that_chart() {
    let matrix = "  a:\n    strategy: { matrix: { chart: [api, web] } }\n    steps:\n      - run: helm package charts/${{ matrix.chart }}\n      - run: helm push *.tgz oci://r.test/main\n  b:\n    steps:\n      - run: helm package charts/agent && helm push agent-*.tgz oci://edge.test/agents\n";
    let library =
        "  a:\n    steps:\n      - run: helm package charts/api && helm push api-*.tgz oci://r.test/main\n";
    let two = "  a:\n    steps:\n      - run: |\n          helm package charts/api charts/web\n          helm push api-*.tgz oci://r.test/a\n          helm push web-*.tgz oci://r.test/b\n";
    let all = "  a:\n    steps:\n      - run: |\n          for c in charts/*; do helm package $c; done\n          helm push *.tgz oci://r.test/all\n";
    let handed = "  made:\n    steps:\n      - run: helm package charts/web -d out\n  a:\n    needs: [made]\n    steps:\n      - run: helm push out/*.tgz oci://r.test/main\n";
    for (names, jobs, want) in [
        (
            &["agent", "api", "web"][..],
            matrix,
            &[("agent", "edge.test/agents"), ("api", "r.test/main"), ("web", "r.test/main")][..],
        ),
        (&["api", "common"], library, &[("api", "r.test/main")]),
        (&["common", "zebra", "api"], library, &[("api", "r.test/main")]),
        (&["api", "web"], two, &[("api", "r.test/a"), ("web", "r.test/b")]),
        (&["api", "web"], all, &[("api", "r.test/all"), ("web", "r.test/all")]),
        (&["api", "web"], handed, &[("web", "r.test/main")]),
    ] {
        let draft = with_charts(&releasing(jobs), names, &["v1.0.0"]);
        let of = |(name, place): &(&str, &str)| (format!("charts/{name}"), format!("oci://{place}"));
        let want: Vec<_> = want.iter().map(of).collect();
        assert_eq!(live(&draft), want, "{jobs}{}", draft.text);
        for name in
            names.iter().filter(|name| !want.iter().any(|(path, _)| *path == format!("charts/{name}")))
        {
            let told = format!("chart charts/{name}: no step that is read pushes it, and nothing here does");
            assert!(draft.left.contains(&told), "{jobs}: {:?}", draft.left);
            assert!(draft.text.contains(&format!("\n# path = \"charts/{name}\"\n")), "{}", draft.text);
        }
    }
}

#[test]
fn a_chart_that_only_a_run_tells_is_a_comment() {
    let jobs = "  a:\n    steps:\n      - run: helm package $CHART && helm push *.tgz oci://r.test/main\n";
    let draft = with_charts(&releasing(jobs), &["api", "web"], &["v1.0.0"]);
    assert_eq!(live(&draft), [], "{}", draft.text);
    for name in ["api", "web"] {
        let told =
            format!("chart charts/{name}: where it goes: only a run knows whether it is what `helm push");
        assert!(draft.left.iter().any(|what| what.starts_with(&told)), "{:?}", draft.left);
    }
}

#[test]
fn a_chart_that_is_pushed_and_is_not_there_is_told() {
    let jobs = "  a:\n    steps:\n      - { name: Strange, run: helm push strange-1.0.0.tgz oci://r.test/main }\n      - run: helm package charts/api && helm push api-*.tgz oci://r.test/main\n";
    let draft = with_charts(&releasing(jobs), &["api"], &["v1.0.0"]);
    let told = ".github/workflows/images.yml: job `a`: step `Strange` pushes a chart to oci://r.test/main that is none of those here: `helm push strange-1.0.0.tgz oci://r.test/main`";
    assert!(draft.left.iter().any(|what| what == told), "{:?}", draft.left);
}

#[test]
fn each_chart_has_the_number_that_is_given_to_it() {
    let jobs = "  a:\n    steps:\n      - run: |\n          helm package charts/api --version ${GITHUB_REF_NAME#v}\n          helm package charts/web\n          helm push api-*.tgz oci://r.test/a\n          helm push web-*.tgz oci://r.test/a\n";
    let text = releasing(jobs);
    let files = [WorkflowFile { path: ".github/workflows/images.yml".into(), text }];
    let chart = |name: &str| FoundChart {
        path: format!("charts/{name}"),
        name: Some(name.to_owned()),
        version: Some("3.1.0".to_owned()),
        ..FoundChart::default()
    };
    let (charts, tags) = (vec![chart("api"), chart("web")], vec!["v1.0.0".to_owned()]);
    let draft = draft(&Holdings { workflows: files.into(), charts, tags, ..Holdings::default() }, &home());
    let (api, web) = draft.text.split_once("path = \"charts/web\"").unwrap();
    assert!(!api.contains("independent"), "{api}");
    assert!(web.contains("\nversion = \"independent\"\n"), "{web}");
    let told = "chart charts/web: it is packaged as Chart.yaml says, 3.1.0";
    assert!(draft.left.iter().any(|what| what.starts_with(told)), "{:?}", draft.left);
}

#[test]
fn what_chart_releaser_releases_goes_to_a_registry_only_where_a_step_pushes_it() {
    let jobs = "  a:\n    steps:\n      - { uses: helm/chart-releaser-action@v1, with: { charts_dir: charts, charts_repo_url: 'https://charts.test' } }\n      - run: helm push .cr-release-packages/web-*.tgz oci://r.test/main\n";
    let draft = with_charts(&releasing(jobs), &["api", "web"], &["v1.0.0"]);
    let want = [("charts/api", ""), ("charts/web", "oci://r.test/main")];
    assert_eq!(live(&draft), want.map(|(path, place)| (path.to_owned(), place.to_owned())), "{}", draft.text);
    // The one whose folder it lies in.
    let jobs = "  a:\n    steps:\n      - { uses: helm/chart-releaser-action@v1, with: { charts_dir: more, pages_branch: two, charts_repo_url: 'https://two.test' } }\n      - { uses: helm/chart-releaser-action@v1, with: { charts_dir: charts, pages_branch: one, charts_repo_url: 'https://one.test' } }\n";
    let draft = with_charts(&releasing(jobs), &["api"], &["v1.0.0"]);
    assert!(
        draft.text.contains("branch = \"one\"") && !draft.text.contains("branch = \"two\""),
        "{}",
        draft.text
    );
}

#[test]
fn an_action_that_packages_and_pushes_a_chart_is_read() {
    let jobs = "  a:\n    steps:\n      - uses: appany/helm-oci-chart-releaser@v0.5.0\n        with: { name: api, repository: acme/charts, registry: ghcr.io, tag: '${{ github.ref_name }}' }\n";
    let draft = with_charts(&releasing(jobs), &["api", "web"], &["v1.0.0"]);
    assert_eq!(
        live(&draft),
        [("charts/api".to_owned(), "oci://ghcr.io/acme/charts".to_owned())],
        "{}",
        draft.text
    );
}

#[test]
fn what_chart_releaser_is_installed_for_is_what_a_script_packages() {
    let jobs = "  a:\n    steps:\n      - { uses: helm/chart-releaser-action@v1, with: { install_only: true, charts_repo_url: 'https://charts.test' } }\n      - run: cr package ${{ github.workspace }}/charts/web --package-path out && cr upload --package-path out\n";
    let draft = with_charts(&releasing(jobs), &["api", "web"], &["v1.0.0"]);
    assert_eq!(live(&draft), [("charts/web".to_owned(), String::new())], "{}", draft.text);
    assert!(draft.left.iter().any(|what| what.starts_with("chart charts/api: ")), "{:?}", draft.left);
}

#[test]
fn beside_what_is_not_read_the_own_place_of_a_chart_is_a_guess() {
    let text = "on: { push: { tags: ['v*'] } }\njobs:\n  out: { steps: [ { run: make release } ] }\n  page: { needs: out, steps: [ { uses: softprops/action-gh-release@v2 } ] }\n";
    let files = [WorkflowFile { path: ".github/workflows/a.yml".into(), text: text.into() }];
    let chart = FoundChart { path: "charts/api".into(), name: Some("api".into()), ..FoundChart::default() };
    let holdings = Holdings { workflows: files.into(), charts: vec![chart], ..Holdings::default() };
    let home = |is_registry_said| Home { registry: Some("ghcr.io/acme".into()), is_registry_said, ..home() };
    let draft = |is_said| super::draft(&holdings, &home(is_said));
    assert_eq!(live(&draft(false)), [], "{}", draft(false).text);
    assert!(draft(false).text.contains("\n# oci = \"oci://ghcr.io/acme/charts\"\n"), "{}", draft(false).text);
    let told = "chart charts/api: where it goes: no step that is read pushes it: oci://ghcr.io/acme/charts is a guess, and a comment: compare what .github/workflows/a.yml pushes";
    assert!(draft(false).left.iter().any(|what| what.starts_with(told)), "{:?}", draft(false).left);
    // What would publish before each release is no gate.
    assert!(!draft(false).text.contains("make release\"]"), "{}", draft(false).text);
    let there = [("charts/api".to_owned(), "oci://ghcr.io/acme/charts".to_owned())];
    assert_eq!(live(&draft(true)), there, "{}", draft(true).text);
}

/// That something else is not read takes nothing away from what is.
#[test]
fn a_chart_whose_releases_are_read_lies_at_home_whatever_else_there_is() {
    let text = "on: { push: { branches: [main] } }\njobs:\n  a: { steps: [ { uses: helm/chart-releaser-action@v1, with: { charts_repo_url: 'https://charts.test' } } ] }\n";
    let chart = FoundChart { path: "charts/api".into(), name: Some("api".into()), ..FoundChart::default() };
    let holdings = Holdings {
        workflows: vec![WorkflowFile { path: ".github/workflows/a.yml".into(), text: text.into() }],
        charts: vec![chart],
        other_pipelines: vec!["cloudbuild.yaml".into()],
        ..Holdings::default()
    };
    let draft = draft(&holdings, &Home { registry: Some("ghcr.io/acme".into()), ..home() });
    let there = [("charts/api".to_owned(), "oci://ghcr.io/acme/charts".to_owned())];
    assert_eq!(live(&draft), there, "{}", draft.text);
    assert!(draft.left.iter().any(|what| what.starts_with("cloudbuild.yaml: ")), "{:?}", draft.left);
}
