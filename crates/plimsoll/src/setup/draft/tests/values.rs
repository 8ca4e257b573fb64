//! What variables, outputs and inputs are where something depends on them.

use super::*;
use crate::setup::from_workflows::GoreleaserFile;

/// What is live of a draft.
fn live(draft: &Draft) -> String {
    draft.text.lines().filter(|line| !line.trim_start().starts_with('#')).collect::<Vec<_>>().join("\n")
}

/// The draft of a workflow beside a file for `docker buildx bake` whose registry is a variable with a default.
fn baked(steps: &str) -> Draft {
    let text = format!(
        "on: {{ push: {{ branches: [main], tags: ['v*'] }} }}\njobs:\n  a:\n    steps:\n{steps}      - uses: docker/bake-action@v6\n        with: {{ push: true }}\n"
    );
    let bake = "variable \"REGISTRY\" { default = \"dev.example\" }\ntarget \"default\" { tags = [\"${REGISTRY}/acme/app:${GITHUB_REF_NAME}\"] }\n";
    let file = |path: &str, text: &str| WorkflowFile { path: path.into(), text: text.into() };
    let workflows = vec![file("a.yml", &text)];
    draft(&Holdings { workflows, bakes: vec![file("docker-bake.hcl", bake)], ..Holdings::default() }, &home())
}

#[test]
fn a_variable_of_a_bake_file_has_its_default_only_where_nothing_sets_it() {
    let set = |condition: &str| {
        format!("      - {{ {condition}run: 'echo \"REGISTRY=ghcr.io\" >> $GITHUB_ENV' }}\n")
    };
    let place = |draft: &Draft| {
        let live = live(draft);
        let line = live.lines().find(|line| line.starts_with("repository = "));
        line.map(str::to_owned)
    };
    let of = |place: &str| Some(format!("repository = \"{place}/acme/app\""));
    assert_eq!(place(&baked("")), of("dev.example"));
    assert_eq!(place(&baked(&set(""))), of("ghcr.io"));
    for steps in [
        set("if: vars.REAL == 'yes', "),
        set("if: \"github.ref_type == 'tag'\", "),
        "      - run: |\n          if test -n \"$REAL\"; then\n            echo \"REGISTRY=ghcr.io\" >> $GITHUB_ENV\n          fi\n".to_owned(),
        "      - { run: ./environment.py >> $GITHUB_ENV }\n".to_owned(),
        "      - { uses: actions/github-script@v7, with: { script: \"core.exportVariable('REGISTRY', await find())\" } }\n".to_owned(),
    ] {
        let draft = baked(&steps);
        assert_eq!(place(&draft), None, "{steps}{}", draft.text);
        assert!(draft.left.iter().any(|what| what.contains("is a guess")), "{:?}", draft.left);
    }
}

#[test]
fn a_variable_that_a_condition_sets_is_what_each_occasion_has() {
    let draft = baked(
        "      - { run: 'echo \"REGISTRY=dev.acme.example\" >> $GITHUB_ENV' }\n      - { if: \"github.ref_type == 'tag'\", run: 'echo \"REGISTRY=ghcr.io\" >> $GITHUB_ENV' }\n",
    );
    assert!(draft.text.contains("\nrepository = \"ghcr.io/acme/app\"\n"), "{}", draft.text);
    assert!(!live(&draft).contains("dev.acme.example"), "{}", draft.text);
    let told = "tag under `branch:main`: dev.acme.example/acme/app:main";
    assert!(draft.left.iter().any(|what| what.contains(told)), "{:?}", draft.left);
}

/// The draft of a script in a workflow whose registry is another one than that of some releases.
fn scripted(run: &str) -> Draft {
    let run: String = run.lines().map(|line| format!("          {line}\n")).collect();
    drafted(&format!(
        "on: {{ push: {{ tags: ['v*'] }} }}\nenv: {{ REGISTRY: dev.example }}\njobs:\n  a:\n    steps:\n      - run: |\n{run}"
    ))
}

#[test]
fn a_variable_that_a_script_sets_sometimes_is_none_of_the_jobs() {
    for run in [
        "if make is-real; then\n  REGISTRY=ghcr.io\nfi",
        "make is-real && REGISTRY=ghcr.io",
        "read -r REGISTRY < place",
        "for REGISTRY in $PLACES; do",
    ] {
        let done = if run.starts_with("for") { "\ndone" } else { "" };
        let draft = scripted(&format!(
            "{run}\ndocker build -t $REGISTRY/acme/app:$GITHUB_REF_NAME .\ndocker push $REGISTRY/acme/app:$GITHUB_REF_NAME{done}"
        ));
        assert!(!live(&draft).contains("dev.example"), "{run}: {}", draft.text);
        assert!(draft.left.iter().any(|what| what.contains("is a guess")), "{run}: {:?}", draft.left);
    }
}

#[test]
fn what_is_pushed_for_each_word_of_a_loop_goes_to_each() {
    let tag = "$GITHUB_REF_NAME";
    let draft = scripted(&format!(
        "docker build -t app .\nfor r in ghcr.io docker.io; do\n  docker tag app $r/acme/app:{tag}\n  docker push $r/acme/app:{tag}\ndone"
    ));
    let live = live(&draft);
    assert!(live.contains("repository = \"ghcr.io/acme/app\"\n"), "{}", draft.text);
    assert!(live.contains("docker.io/acme/app"), "{}", draft.text);
}

/// The draft of a build in a job with this condition, beside a job that a tool makes releases in.
fn begun(tool: &str, output: &str, condition: &str) -> Draft {
    drafted(&format!(
        "on: {{ push: {{ branches: [main] }} }}\njobs:\n  tool:\n    outputs: {{ made: \"${{{{ {output} }}}}\" }}\n    steps: [ {{ id: rp, uses: {tool} }} ]\n  between:\n    needs: tool\n    outputs: {{ made: '${{{{ needs.tool.outputs.made }}}}' }}\n    steps: []\n  image:\n    needs: [tool, between]\n    if: {condition}\n    steps:\n      - uses: docker/build-push-action@v6\n        with: {{ push: true, tags: 'ghcr.io/acme/app:latest' }}\n"
    ))
}

#[test]
fn what_a_tool_begins_is_a_release_whatever_jobs_call_its_outputs() {
    let please = "googleapis/release-please-action@v4";
    for (tool, output, condition) in [
        (please, "steps.rp.outputs.release_created", "needs.tool.outputs.made"),
        (please, "steps.rp.outputs.release_created", "needs.between.outputs.made == 'true'"),
        (please, "steps.rp.outputs['services/api--release_created']", "needs.tool.outputs.made"),
        (please, "steps.rp.outputs.releases_created", "needs.between.outputs.made"),
        (please, "steps.rp.outputs.tag_name", "needs.tool.outputs.made != ''"),
        ("Songmu/tagpr@v1", "steps.rp.outputs.tag", "needs.tool.outputs.made != ''"),
        ("changesets/action@v1", "steps.rp.outputs.published", "needs.tool.outputs.made == 'true'"),
    ] {
        let draft = begun(tool, output, condition);
        assert!(!draft.text.contains("branch:main"), "{tool} {output} {condition}: {}", draft.text);
        let told = draft.left.iter().any(|what| what.contains("a tool begins releases"));
        assert!(told, "{condition}: {:?}", draft.left);
    }
}

#[test]
fn an_output_of_which_nothing_is_known_publishes_no_branch() {
    let draft = begun("acme/decide@v1", "steps.rp.outputs.publish", "needs.between.outputs.made == 'true'");
    assert!(!live(&draft).contains("branch:main"), "{}", draft.text);
    assert!(!live(&draft).contains("latest"), "{}", draft.text);
    let told = draft.left.iter().any(|what| what.contains("branches are not published"));
    assert!(told, "{:?}", draft.left);
    let please = "googleapis/release-please-action@v4";
    let or = "needs.tool.outputs.made || github.event_name == 'workflow_dispatch'";
    let draft = begun(please, "steps.rp.outputs.release_created", or);
    assert!(!live(&draft).contains("branch:main"), "{}", draft.text);
    // What files a push touches is no matter of what is published.
    let draft = begun("dorny/paths-filter@v3", "steps.rp.outputs.image", "needs.tool.outputs.made == 'true'");
    assert!(live(&draft).contains("branch:main"), "{}", draft.text);
}

#[test]
fn what_another_repository_asks_for_is_no_release() {
    let of = |on: &str, tag: &str| {
        drafted(&format!(
            "on: {on}\njobs: {{ a: {{ steps: [ {{ uses: docker/build-push-action@v6, with: {{ push: true, tags: \"ghcr.io/acme/app:{tag}\" }} }} ] }} }}"
        ))
    };
    for tag in ["${{ github.event.client_payload.version }}", "latest", "${{ steps.a.outputs.version }}"] {
        let draft = of("{ repository_dispatch: { types: [upstream] } }", tag);
        assert!(!live(&draft).contains("[[image]]"), "{tag}: {}", draft.text);
        let told = draft.left.iter().any(|what| what.contains("another repository"));
        assert!(told, "{tag}: {:?}", draft.left);
    }
    // On other occasions it is nothing.
    for (event, tag) in [
        ("repository_dispatch", "${{ github.event.client_payload.version }}"),
        ("workflow_dispatch", "${{ inputs.version }}"),
    ] {
        let draft = of(&format!("{{ push: {{ tags: ['v*'] }}, {event}: }}"), &format!("x-{tag}"));
        assert!(!live(&draft).contains("\"x-"), "{tag}: {}", draft.text);
        assert!(draft.left.iter().any(|what| what.contains(tag)), "{tag}: {:?}", draft.left);
    }
    let draft = of("{ workflow_dispatch: { inputs: { version: {} } } }", "${{ inputs.version }}");
    assert!(live(&draft).contains("\"{version}\""), "{}", draft.text);
}

#[test]
fn lists_of_several_lines_are_put_in_before_they_are_split() {
    let draft = drafted(
        "on: { push: { tags: ['v*'] } }\nenv:\n  IMAGES: |\n    acme/app\n    ghcr.io/acme/app\njobs:\n  a:\n    strategy: { matrix: { include: [ { tags: \"type=semver,pattern={{version}}\\ntype=semver,pattern={{major}}\" } ] } }\n    steps:\n      - { id: meta, uses: docker/metadata-action@v5, with: { images: '${{ env.IMAGES }}', tags: '${{ matrix.tags }}' } }\n      - { uses: docker/build-push-action@v6, with: { push: true, tags: '${{ steps.meta.outputs.tags }}' } }\n",
    );
    for live in [
        "\nrepository = \"docker.io/acme/app\"\n",
        "\nmirrors = [\"ghcr.io/acme/app\"]\n",
        "release = [\n    \"type=semver,pattern={{version}}\",\n    \"type=semver,pattern={{major}}\",\n]",
    ] {
        assert!(draft.text.contains(live), "{live}: {}", draft.text);
    }
    let draft = drafted(
        "on: { push: { tags: ['v*'] } }\nenv: { TAGS: \"acme/app:${{ github.ref_name }}\\nghcr.io/acme/app:latest\" }\njobs:\n  a:\n    steps:\n      - { uses: docker/build-push-action@v6, with: { push: true, tags: '${{ env.TAGS }}' } }\n",
    );
    let told = draft.text.contains("docker.io/acme/app\"\n") && draft.text.contains("ghcr.io/acme/app");
    assert!(told, "{}", draft.text);
}

#[test]
fn actions_that_are_named_with_their_host_are_those_actions() {
    let draft = drafted(
        "on: { push: { tags: ['v*'] } }\nenv: { TOKEN: '${{ secrets.GITHUB_TOKEN }}' }\njobs:\n  a:\n    steps:\n      - { uses: 'https://github.com/docker/login-action@v3', with: { registry: ghcr.io, username: acme, password: '${{ env.TOKEN }}' } }\n      - { id: meta, uses: 'https://code.test/docker/metadata-action@v5', with: { images: ghcr.io/acme/app, tags: 'type=semver,pattern={{version}}' } }\n      - { uses: depot/build-push-action@v1, with: { project: abc, push: true, tags: '${{ steps.meta.outputs.tags }}' } }\n",
    );
    assert!(draft.text.contains("\nrepository = \"ghcr.io/acme/app\"\n"), "{}", draft.text);
    assert_eq!(draft.left, ["image app: project: abc"]);
    assert!(!draft.text.contains("[registries"), "{}", draft.text);
}

/// The draft of a workflow whose jobs these are, beside what GoReleaser pushes.
fn by_goreleaser(jobs: &str, called: &[(&str, &str)], place: &str) -> Draft {
    let file = |path: &str, text: &str| WorkflowFile { path: path.into(), text: text.into() };
    let text = format!(
        "project_name: app\ndockers_v2:\n  - images: ['{place}']\n    tags: ['{{{{ .Tag }}}}', '{{{{ .ShortCommit }}}}']\n    platforms: [linux/amd64, linux/386]\n    labels: {{ org.example.kind: plain }}\n"
    );
    let goreleaser = GoreleaserFile::beside(file(".goreleaser.yaml", &text), None, None);
    let holdings = Holdings {
        workflows: vec![file("a.yml", &format!("on: {{ push: {{ tags: ['*'] }} }}\n{jobs}"))],
        called: called.iter().map(|(path, text)| file(path, text)).collect(),
        goreleaser: Some(goreleaser),
        dockerfiles: vec!["Dockerfile".into()],
        ..Holdings::default()
    };
    draft(&holdings, &home())
}

#[test]
fn paths_of_goreleaser_begin_in_the_folder_that_it_runs_in() {
    let file = |path: &str, text: &str| WorkflowFile { path: path.into(), text: text.into() };
    let text =
        "dockers: [{ image_templates: ['ghcr.io/acme/app:{{ .Tag }}'], dockerfile: docker/Dockerfile }]\n";
    let found = GoreleaserFile::beside(file("backend/.goreleaser.yaml", text), None, None);
    let goreleaser =
        GoreleaserFile { folder: "backend".into(), others: vec!["cli/.goreleaser.yaml".into()], ..found };
    let run = "on: { push: { tags: ['v*'] } }\njobs: { a: { steps: [{ uses: goreleaser/goreleaser-action@v6, with: { args: release, workdir: backend } }] } }";
    let holdings =
        Holdings { workflows: vec![file("a.yml", run)], goreleaser: Some(goreleaser), ..Holdings::default() };
    let draft = draft(&holdings, &home());
    let want = "\ndockerfile = \"backend/docker/Dockerfile\"\ncontext = \"backend\"\n";
    assert!(draft.text.contains(want), "{}", draft.text);
    let told = "cli/.goreleaser.yaml: GoReleaser is run with it too, and it is not read";
    assert!(draft.left.iter().any(|what| what.starts_with(told)), "{:?}", draft.left);
}

#[test]
fn variables_of_goreleaser_are_those_of_the_step_that_runs_it() {
    let makefile = "IMAGE_NAME ?= acme/thing\nrelease:\n\tREGISTRY=\"ghcr.io\" IMAGE_NAME=\"$(IMAGE_NAME)\" goreleaser release --clean\n";
    let action = "{ uses: goreleaser/goreleaser-action@v6, with: { args: release --clean }";
    let both = "{{ .Env.REGISTRY }}/{{ .Env.IMAGE_NAME }}";
    for (jobs, called, place, want) in [
        (
            format!(
                "jobs: {{ d: {{ steps: [{action}, env: {{ REGISTRY: ghcr.io, IMAGE_NAME: acme/thing }} }}] }} }}"
            ),
            None,
            both,
            "ghcr.io/acme/thing",
        ),
        (
            format!(
                "env: {{ REGISTRY: ghcr.io, IMAGE_NAME: '${{{{ github.repository }}}}' }}\njobs: {{ d: {{ steps: [{action} }}] }} }}"
            ),
            None,
            both,
            "ghcr.io/acme/app",
        ),
        (
            "jobs: { d: { steps: [{ run: make release }] } }".into(),
            Some(makefile),
            both,
            "ghcr.io/acme/thing",
        ),
        (
            format!("jobs: {{ d: {{ steps: [{action} }}] }} }}"),
            None,
            "ghcr.io/{{ .Env.GITHUB_REPOSITORY_OWNER }}/thing",
            "ghcr.io/acme/thing",
        ),
        (
            format!("jobs: {{ d: {{ steps: [{action} }}] }} }}"),
            None,
            "ghcr.io/{{ .Env.GITHUB_REPOSITORY }}",
            "ghcr.io/acme/app",
        ),
    ] {
        let called: Vec<(&str, &str)> = called.into_iter().map(|text| ("Makefile", text)).collect();
        let draft = by_goreleaser(&jobs, &called, place);
        let lines = format!("\nrepository = \"{want}\"\nplatforms = [\"linux/amd64\", \"linux/386\"]\n");
        assert!(draft.text.contains(&lines), "{jobs} {place}: {}", draft.text);
        assert!(!draft.left.iter().any(|what| what.contains(".Env.")), "{:?}", draft.left);
    }
}

#[test]
fn an_image_of_goreleaser_whose_name_nobody_says_keeps_the_rest() {
    let jobs = "jobs: { d: { steps: [{ uses: goreleaser/goreleaser-action@v6, with: { args: release } }] } }";
    for (place, guess, said) in [
        (
            "quay.io/{{ .Env.ORGANISATION }}/thing",
            "quay.io/acme/thing",
            "the workflow has quay.io/{{ .Env.ORGANISATION }}/thing",
        ),
        ("{{ .Env.PLACE }}", "registry.example/app", "no workflow says it in words that are understood"),
    ] {
        let draft = by_goreleaser(jobs, &[], place);
        for want in [
            &format!(
                "\n# repository = \"{guess}\"  # a guess: {said}\nplatforms = [\"linux/amd64\", \"linux/386\"]\n"
            ),
            "\nlabels = { \"org.example.kind\" = \"plain\" }\n",
            "\nrelease = [\n    \"{tag}\",\n    \"{sha}\",\n]\n",
        ] {
            assert!(draft.text.contains(want), "{want}: {}", draft.text);
        }
        assert!(!draft.text.contains("known to GoReleaser alone"), "{}", draft.text);
    }
    // The place of another is known: nothing is made of this one, and that is told.
    let left = by_goreleaser(jobs, &[], "{{ .Env.PLACE }}', 'ghcr.io/acme/app").left;
    assert!(
        left.iter().any(|what| what.contains("{{ .Env.PLACE }}") && what.contains(".Env.PLACE")),
        "{left:?}"
    );
}
