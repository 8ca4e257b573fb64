//! What steps hand on, and what depends on something.

use super::*;

/// What later steps know, of a script in a step `a`.
fn handed(run: &str) -> Vec<(String, String)> {
    let step = Step { id: Some("a".to_owned()), run: run.to_owned(), ..Step::default() };
    let values = [("env.REGISTRY".to_owned(), "ghcr.io".to_owned())].into();
    let mut job = Job { values, steps: vec![step], ..Job::default() };
    add(&mut job);
    job.values.remove("env.REGISTRY");
    known_of(job)
}

/// What is known in a job, of whose variables some may be open.
fn known_of(job: Job) -> Vec<(String, String)> {
    let is_open = |name: &str, value: &str| value == format!("${{{{ {name} }}}}") || name == UNREAD;
    let values = job.values.into_iter().filter(|(name, value)| !is_open(name, value));
    values.filter(|(name, _)| !name.starts_with("matrix.")).collect()
}

#[test]
fn what_is_plain_is_handed_on() {
    for (run, name, value) in [
        ("echo \"IMAGE=acme/app\" >> $GITHUB_ENV", "env.IMAGE", "acme/app"),
        ("echo \"IMAGE=acme/app\" > $GITHUB_ENV", "env.IMAGE", "acme/app"),
        ("echo image=acme/app >> \"$GITHUB_OUTPUT\"", "steps.a.outputs.image", "acme/app"),
        (
            "echo REPO=${{env.REGISTRY}}/$(echo ${{ github.repository }} | tr '[:upper:]' '[:lower:]') >> $GITHUB_ENV",
            "env.REPO",
            "${{env.REGISTRY}}/${{ github.repository }}",
        ),
        (
            "echo \"A=$(echo \"${{ github.repository }}\" | awk '{ print tolower($0) }')\" >> $GITHUB_ENV",
            "env.A",
            "${{ github.repository }}",
        ),
        ("echo \"A=${GITHUB_REPOSITORY,,}\" | tee -a $GITHUB_ENV", "env.A", "${{ GITHUB_REPOSITORY }}"),
        ("IMAGE=acme\nNAME=\"$IMAGE/app\"\necho \"A=${NAME}\" >> $GITHUB_ENV", "env.A", "acme/app"),
        ("{\n  echo \"A=b\"\n} >> \"$GITHUB_ENV\"", "env.A", "b"),
        ("echo \"A=$REGISTRY/x\" >> $GITHUB_ENV", "env.A", "${{ REGISTRY }}/x"),
        ("echo \"VERSION=${GITHUB_REF#refs/*/}\" >> $GITHUB_ENV", "as.env.VERSION", "{tag}"),
        (
            "TAG=${GITHUB_REF##*/} # the tag\necho \"ref=acme/app:${TAG}\" >> $GITHUB_OUTPUT",
            "as.steps.a.outputs.ref",
            "acme/app:{tag}",
        ),
        ("tag=${GITHUB_REF##*/}\necho \"v=${tag#v}\" >> $GITHUB_OUTPUT", "as.steps.a.outputs.v", "{version}"),
    ] {
        assert_eq!(handed(run), [(name.to_owned(), value.to_owned())], "{run}");
    }
}

#[test]
fn what_depends_on_something_is_not() {
    for run in [
        "echo \"A=$(cat VERSION)\" >> $GITHUB_ENV",
        "if test -n \"$X\"; then\n  echo \"A=b\" >> $GITHUB_ENV\nfi",
        "echo \"A=b\" >> $GITHUB_ENV\necho \"A=c\" >> $GITHUB_ENV",
        "NAME=$(make name)\necho \"A=$NAME\" >> $GITHUB_ENV",
        "NAME=a\nif x; then\n  NAME=b\nfi\necho \"A=$NAME\" >> $GITHUB_ENV",
        "echo \"A=${NAME%%-*}\" >> $GITHUB_ENV",
        "echo \"A=$UNKNOWN\" >> $GITHUB_ENV",
        "echo A=b",
        "NAME=a make x\necho \"A=$NAME\" >> $GITHUB_ENV",
    ] {
        assert_eq!(handed(run), [], "{run}");
    }
}

/// What is known in a job whose variables are `before`, of steps with conditions.
fn known_after(before: &[(&str, &str)], steps: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let steps = steps.iter().map(|(condition, run)| Step {
        condition: (*condition).to_owned(),
        run: (*run).to_owned(),
        ..Step::default()
    });
    let mut job =
        Job { values: before.iter().map(owned).collect(), steps: steps.collect(), ..Job::default() };
    add(&mut job);
    known_of(job)
}

#[test]
fn a_step_with_a_condition_is_not_sure() {
    let run = "echo \"TAG=pr\" >> $GITHUB_ENV";
    let before = [("env.TAG", "latest"), ("matrix.flavor", "slim")];
    for (condition, want) in [
        ("", Some("pr")),
        ("always()", Some("pr")),
        ("${{ success() }}", Some("pr")),
        ("matrix.flavor == 'slim'", Some("pr")),
        ("matrix.flavor == 'full'", Some("latest")),
        ("false", Some("latest")),
        (
            "github.event_name == 'pull_request'",
            Some("${{ (github.event_name == 'pull_request') && 'pr' || 'latest' }}"),
        ),
        ("${{ env.TAG == 'latest' }}", Some("${{ (env.TAG == 'latest') && 'pr' || 'latest' }}")),
        ("failure()", Some("${{ (failure()) && 'pr' || 'latest' }}")),
    ] {
        let want: Vec<_> = want.map(|value| ("env.TAG".to_owned(), value.to_owned())).into_iter().collect();
        assert_eq!(known_after(&before, &[(condition, run)]), want, "{condition}");
    }
}

#[test]
fn a_variable_of_which_only_a_run_knows_what_it_is_is_open() {
    let values = |run: &str, script: &str| {
        let with = [("script".to_owned(), script.to_owned())].into();
        let steps = vec![Step { run: run.to_owned(), with, ..Step::default() }];
        let values = [("env.A".to_owned(), "b".to_owned())].into();
        let mut job = Job { values, steps, ..Job::default() };
        add(&mut job);
        job.values
    };
    for run in [
        "if x; then echo \"A=c\" >> $GITHUB_ENV; fi",
        "echo \"A=$(x)\" >> $GITHUB_ENV",
        "x && echo A=c >> $GITHUB_ENV",
        "\"A=c\" | Out-File -FilePath $env:GITHUB_ENV -Append",
    ] {
        assert_eq!(values(run, "").get("env.A").map(String::as_str), Some("${{ env.A }}"), "{run}");
    }
    let exported = values("", "core.exportVariable('A', process.env.X)");
    assert_eq!(exported["env.A"], "${{ env.A }}");
    for (run, script) in [
        ("./env.sh >> $GITHUB_ENV", ""),
        ("python env.py --to \"$GITHUB_ENV\"", ""),
        ("", "core.exportVariable(name, 'b')"),
    ] {
        assert!(values(run, script).contains_key(UNREAD), "{run}{script}");
    }
    assert!(!values("echo \"B=c\" >> $GITHUB_ENV", "").contains_key(UNREAD));
}

#[test]
fn steps_with_conditions_choose_among_their_values() {
    let steps = [
        ("github.ref_type == 'tag'", "echo \"R=it's\" >> $GITHUB_ENV"),
        ("github.ref == 'refs/heads/main'", "echo \"R=${{ github.repository }}\" >> $GITHUB_ENV"),
    ];
    let chosen = "(github.ref == 'refs/heads/main') && (github.repository) || (github.ref_type == 'tag') && 'it''s' || ";
    let own = |value: String| vec![("env.R".to_owned(), value)];
    assert_eq!(known_after(&[("env.R", "dev")], &steps), own(format!("${{{{ {chosen}'dev' }}}}")));
    assert_eq!(known_after(&[], &steps), own(format!("${{{{ {chosen}unknown }}}}")));
}

#[test]
fn what_a_step_says_takes_the_place_of_what_stood_there() {
    for (run, want) in [
        ("echo \"VERSION=${GITHUB_REF#refs/tags/v}\" >> $GITHUB_ENV", Some(("as.env.VERSION", "{version}"))),
        ("echo \"VERSION=1\" >> $GITHUB_ENV", Some(("env.VERSION", "1"))),
        ("echo \"VERSION=${VERSION}-1\" >> $GITHUB_ENV", Some(("env.VERSION", "dev-1"))),
        ("cat >> $GITHUB_ENV <<EOF\nVERSION=2\nEOF", Some(("env.VERSION", "2"))),
        ("echo \"VERSION=$(cat VERSION)\" >> $GITHUB_ENV", None),
        ("test -z \"$X\" || echo \"VERSION=x\" >> $GITHUB_ENV", None),
        ("if x; then echo \"VERSION=x\" >> $GITHUB_ENV; fi", None),
        ("printf 'VERSION=%s\\n' \"$X\" >> $GITHUB_ENV", None),
        ("{ echo \"VERSION=x\"; echo \"B=$X\"; } >> $GITHUB_ENV", None),
        ("{\n  printf 'VERSION=%s' x\n} >> $GITHUB_ENV", None),
        ("echo \"VERSION<<EOF\" >> $GITHUB_ENV", None),
        ("VERSION=x make env >> $GITHUB_ENV", None),
        ("./other.sh >> $GITHUB_ENV", Some(("env.VERSION", "dev"))),
        ("VERSION=x", Some(("env.VERSION", "dev"))),
    ] {
        let want: Vec<_> =
            want.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect();
        assert_eq!(known_after(&[("env.VERSION", "dev")], &[("", run)]), want, "{run}");
    }
    let name = "echo \"NAME=${NAME,,}\" >> $GITHUB_ENV";
    assert_eq!(
        known_after(&[("env.NAME", "${{ github.repository }}")], &[("", name)]),
        [("env.NAME".to_owned(), "${{ github.repository }}".to_owned())]
    );
}

#[test]
fn a_value_that_was_made_before_another_changed_is_not_known() {
    let steps = [("", "echo \"A=$B\" >> $GITHUB_ENV"), ("", "echo \"B=new\" >> $GITHUB_ENV")];
    let known = known_after(&[("env.B", "old")], &steps);
    assert_eq!(known, [("env.B".to_owned(), "new".to_owned())]);
}
