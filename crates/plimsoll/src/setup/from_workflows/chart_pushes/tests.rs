use super::super::workflow::{Workflow, read_triggers};
use super::*;

fn on(triggers: &str) -> Triggers {
    read_triggers(Some(&yaml_serde::from_str(triggers).expect("a workflow is YAML")))
}

/// What a script pushes in a job of its own, where these values are known.
fn pushes(triggers: &str, run: &str, values: &[(&str, &str)]) -> Vec<ChartPush> {
    let triggers = on(triggers);
    let step = Step { run: run.to_owned(), ..Step::default() };
    let values = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let job = Job { values, steps: vec![step.clone()], ..Job::default() };
    let workflow = Workflow {
        triggers: triggers.clone(),
        jobs: vec![job.clone()],
        calls: Vec::new(),
        bakes: Vec::new(),
    };
    let known = Known { values: &job.values, repository: Some("Acme/app") };
    let place = Place { workflow: &workflow, job: &job, step: &step, known: &known, triggers: &triggers };
    ChartPush::each(place, &[(&job, &step)])
}

fn push(triggers: &str, run: &str) -> ChartPush {
    pushes(triggers, run, &[("env.REGISTRY", "ghcr.io")]).remove(0)
}

fn charts(names: &[&str]) -> Vec<ChartNames> {
    let of = |name: &&str| ChartNames { path: format!("charts/{name}"), name: (*name).to_owned() };
    names.iter().map(of).collect()
}

fn at(place: &str) -> ChartPlace {
    ChartPlace::At(place.to_owned())
}

const TAGS: &str = "{ push: { tags: ['v*'] } }";
const MAIN: &str = "{ push: { branches: [main] } }";
const BOTH: &str = "{ push: { branches: [main], tags: ['v*'] } }";

#[test]
fn what_a_chart_installs_is_read_as_it_is_for_a_release() {
    let of = |run: &str| {
        let script = format!("{run}\nhelm push app.tgz oci://a/b");
        ChartPushes(vec![push(BOTH, &script)]).app_version(&charts(&["app"])[0], &charts(&["app"]))
    };
    let follows = |text: &str| Some(SaidVersion::Follows(text.to_owned()));
    for (run, want) in [
        ("helm package charts/app", None),
        ("helm package charts/app --app-version ${{ github.ref_name }}", Some(SaidVersion::Tag)),
        ("helm package charts/app --app-version=$GITHUB_REF_NAME", Some(SaidVersion::Tag)),
        (
            "TAG=${GITHUB_REF#refs/tags/}\nhelm package charts/app --app-version \"$TAG\"",
            Some(SaidVersion::Tag),
        ),
        ("helm package charts/app --app-version \"${GITHUB_REF_NAME#v}\"", follows("{version}")),
        ("helm package charts/app --app-version \"v${GITHUB_REF_NAME#v}-x\"", follows("v{version}-x")),
        ("helm package charts/app --app-version $(cat V)", Some(SaidVersion::Unread("$(cat V)".into()))),
    ] {
        assert_eq!(of(run), want, "{run}");
    }
}

#[test]
fn addresses_are_read_as_they_are_for_a_release() {
    let of = |run: &str| -> Vec<String> {
        push(BOTH, run).sendings.into_iter().filter_map(|sending| sending.place).collect()
    };
    for (run, want) in [
        ("helm push a.tgz oci://ghcr.io/Acme/charts", &["oci://ghcr.io/acme/charts"][..]),
        ("helm push a.tgz \"oci://$REGISTRY/charts\"", &["oci://ghcr.io/charts"]),
        ("TO=oci://${{ env.REGISTRY }}/a\nhelm push a.tgz $TO", &["oci://ghcr.io/a"]),
        (
            "helm push a.tgz oci://a/${{ github.ref_type == 'tag' && 'charts' || 'charts-dev' }}",
            &["oci://a/charts"],
        ),
        ("helm pull oci://a/library\nhelm push a.tgz oci://a/b", &["oci://a/b"]),
        ("helm pull oci://a/library\nhelm package charts/app", &[]),
        ("./publish.sh oci://a/b", &["oci://a/b"]),
        ("said=$(helm push a-${{ env.VERSION }}.tgz oci://a/b 2>&1)", &["oci://a/b"]),
        ("helm push a-$VERSION.tgz oci://${{ github.repository_owner }}/b", &["oci://acme/b"]),
        (
            "for r in a.example b.example; do helm push a.tgz oci://$r/c; done",
            &["oci://a.example/c", "oci://b.example/c"],
        ),
        ("helm push a.tgz oci://${{ vars.REGISTRY }}/a", &[]),
        ("helm push a.tgz oci://$(cat NAME)/a", &[]),
    ] {
        assert_eq!(of(run), want, "{run}");
    }
}

#[test]
fn the_place_of_a_release_is_the_charts() {
    let all = charts(&["app", "web"]);
    let taken = |place: &str| BTreeSet::from([("charts/app".to_owned(), place.to_owned())]);
    let dev = push(MAIN, "helm package charts/app --version 0.0.0-dev\nhelm push app-*.tgz oci://a/dev");
    let real = push(TAGS, "helm package charts/app\nhelm push app.tgz oci://a/real");
    let web = push(TAGS, "helm push web.tgz oci://a/web");
    for pushes in [vec![dev.clone(), real.clone()], vec![real.clone(), dev.clone()]] {
        let pushes = ChartPushes(pushes);
        assert_eq!(pushes.place_of(&all[0], &all), at("oci://a/real"));
        assert_eq!(pushes.numbers(&all[0], &all), NumbersFrom::Chart);
        assert_eq!(pushes.branches(&all[0], &all, Some("oci://a/real")), [""; 0]);
        let told = pushes.tell_others(&all, &taken("oci://a/real"));
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with("charts go to oci://a/dev when main is pushed, and here only releases"));
    }
    let pushes = ChartPushes(vec![dev]);
    assert_eq!(pushes.place_of(&all[0], &all), at("oci://a/dev"));
    assert_eq!(pushes.numbers(&all[0], &all), NumbersFrom::Script);
    assert_eq!(pushes.branches(&all[0], &all, Some("oci://a/dev")), ["main"]);
    let pushes = ChartPushes(vec![real, web]);
    assert_eq!(pushes.place_of(&all[1], &all), at("oci://a/web"));
    let all = charts(&["app", "web", "other"]);
    assert_eq!(pushes.place_of(&all[2], &all), ChartPlace::Nowhere);
}

#[test]
fn what_an_expression_decides_is_known_of_each_occasion() {
    let all = charts(&["app"]);
    let chosen = "${{ github.ref_type == 'tag' && 'oci://a/real' || 'oci://a/dev' }}";
    let each = ChartPushes(pushes(BOTH, "helm push app.tgz $DEST", &[("env.DEST", chosen)]));
    assert_eq!(each.place_of(&all[0], &all), at("oci://a/real"));
    assert_eq!(each.branches(&all[0], &all, Some("oci://a/real")), [""; 0]);
    let taken = BTreeSet::from([("charts/app".to_owned(), "oci://a/real".to_owned())]);
    let told = each.tell_others(&all, &taken);
    assert!(told.len() == 1 && told[0].starts_with("charts go to oci://a/dev when main"), "{told:?}");
    assert_eq!(pushes(BOTH, "helm push app.tgz oci://a/b", &[]).len(), 1);
}

#[test]
fn what_a_script_decides_is_not_known() {
    let all = charts(&["a"]);
    let run = "if test \"$GITHUB_REF_TYPE\" = tag; then\n  helm push a.tgz oci://a/real\nelse\n  helm push a.tgz oci://a/dev\nfi";
    let pushes = ChartPushes(vec![push(BOTH, run)]);
    assert_eq!(pushes.place_of(&all[0], &all), ChartPlace::Unread);
    let told = pushes.tell_others(&all, &BTreeSet::new());
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].starts_with("charts go to oci://a/real or oci://a/dev, and a script decides"),
        "{told:?}"
    );
}

#[test]
fn a_push_is_of_the_charts_that_it_names_or_that_are_packaged_before() {
    let all = charts(&["api", "api-more", "web"]);
    for (run, want) in [
        ("helm push api-1.0.tgz oci://a/b", "api"),
        ("helm push api-$V.tgz oci://a/b", "api"),
        ("helm push charts/web oci://a/b", "web"),
        ("helm package charts/web\nhelm push *.tgz oci://a/b", "web"),
        ("helm package charts/web\nhelm push out.tgz oci://a/b", "web"),
        ("cd charts\nhelm package web -d ../out\nhelm push ../out/$P oci://a/b", "web"),
        ("for c in charts/*; do helm package $c; done\nhelm push *.tgz oci://a/b", "api api-more web"),
        (
            "for c in charts/*/; do\nhelm package ${c%/}\ndone\nfor p in *.tgz; do\nhelm push $p oci://a/b\ndone",
            "api api-more web",
        ),
        ("for c in api web; do helm package charts/$c; done\nhelm push *.tgz oci://a/b", "api web"),
        ("helm package charts/api charts/api-more\nhelm push api-*.tgz oci://a/b", "api api-more"),
        ("helm package charts/api\nhelm push api-*.tgz oci://a/b", "api"),
        ("helm package $C\nhelm push *.tgz oci://a/b", "api? api-more? web?"),
        ("helm push $P oci://a/b", "api? api-more? web?"),
        ("ls *.tgz | xargs -n1 -I{} helm push {} oci://a/b", "api? api-more? web?"),
        ("helm push strange-1.0.tgz oci://a/b", ""),
    ] {
        let pushes = ChartPushes(vec![push(TAGS, run)]);
        let found = all.iter().filter_map(|chart| match pushes.place_of(chart, &all) {
            ChartPlace::At(_) => Some(chart.name.clone()),
            ChartPlace::Unsure(_) => Some(format!("{}?", chart.name)),
            _ => None,
        });
        assert_eq!(found.collect::<Vec<_>>().join(" "), want, "{run}");
    }
    // What only one chart can be is that one.
    let pushes = ChartPushes(vec![push(TAGS, "helm package $C\nhelm push *.tgz oci://a/b")]);
    let one = charts(&["api"]);
    assert_eq!(pushes.place_of(&one[0], &one), at("oci://a/b"));
}
