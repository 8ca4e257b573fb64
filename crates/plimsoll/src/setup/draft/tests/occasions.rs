//! What the inputs of builds come to for a release, and what can't be known before.

use super::*;

/// The draft of a build with these inputs, for branches, git tags and pull requests.
fn built(inputs: &str) -> Draft {
    drafted(&format!(
        "on: {{ push: {{ branches: [main], tags: ['v*'] }}, pull_request: }}\njobs:\n  a:\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n          push: ${{{{ github.event_name != 'pull_request' }}}}\n          tags: ghcr.io/acme/app:${{{{ github.ref_name }}}}\n{inputs}"
    ))
}

#[test]
fn inputs_are_what_they_are_for_a_release() {
    let pulls = "github.event_name == 'pull_request' && 'linux/amd64' || 'linux/amd64,linux/arm64'";
    let draft = built(&format!(
        "          platforms: ${{{{ {pulls} }}}}\n          target: ${{{{ github.ref_type == 'tag' && 'final' || '' }}}}\n          file: ${{{{ startsWith(github.ref, 'refs/tags/') && 'release.Dockerfile' || 'Dockerfile' }}}}\n"
    ));
    for line in [
        "platforms = [\"linux/amd64\", \"linux/arm64\"]\n",
        "target = \"final\"\n",
        "dockerfile = \"release.Dockerfile\"\n",
    ] {
        assert!(draft.text.contains(line), "{line}: {}", draft.text);
    }
    let other = "(a release has something else)";
    let want = [
        format!("image app: file of `branch:main`: Dockerfile {other}"),
        format!("image app: target of `branch:main`: nothing {other}"),
    ];
    assert!(want.iter().all(|what| draft.left.contains(what)), "{:?}", draft.left);
    // Pull requests are not published.
    assert!(!draft.left.iter().any(|what| what.contains("platforms")), "{:?}", draft.left);
}

#[test]
fn platforms_that_can_not_be_known_are_a_guess_that_says_so() {
    for platforms in ["${{ vars.PLATFORMS }}", "${{ inputs.platforms || vars.PLATFORMS }}"] {
        let draft = built(&format!("          platforms: {platforms}\n"));
        let line = format!("platforms = [\"linux/amd64\"]  # A guess: the workflow says {platforms}\n");
        assert!(draft.text.contains(&line), "{}", draft.text);
        let want = format!(
            "image app: platforms: {platforms} (they can't be known before, and linux/amd64 is a guess)"
        );
        assert!(draft.left.contains(&want), "{:?}", draft.left);
    }
    assert!(built("          context: .\n").text.contains("platforms = [\"linux/amd64\"]\n"));
}

#[test]
fn a_tag_that_an_expression_chooses_stands_under_its_occasion() {
    let text = "on: { push: { branches: [main], tags: ['v*'] } }\njobs: { a: { steps: [ { uses: docker/build-push-action@v6, with: { push: true, tags: \"ghcr.io/acme/app:${{ github.ref_type == 'tag' && github.ref_name || 'edge' }}\" } } ] } }";
    let text = drafted(text).text;
    assert!(text.contains("release = [\n    \"{tag}\",\n]\n\"branch:main\" = [\n    \"edge\",\n]"), "{text}");
    let rule = |value: &str| {
        format!(
            "on: {{ push: {{ branches: [main], tags: ['v*'] }} }}\njobs: {{ a: {{ steps: [ {{ id: m, uses: docker/metadata-action@v5, with: {{ images: ghcr.io/acme/app, tags: \"type=semver,pattern={{{{version}}}}\\n{value}\" }} }}, {{ uses: docker/build-push-action@v6, with: {{ push: true, tags: '${{{{ steps.m.outputs.tags }}}}' }} }} ] }} }}"
        )
    };
    let text = drafted(&rule("type=raw,value=${{ github.ref_type == 'tag' && 'latest' || 'edge' }}")).text;
    assert!(
        text.contains("\"type=raw,value=latest\",\n]\n\"branch:main\" = [\n    \"type=raw,value=edge\",\n]"),
        "{text}"
    );
    // A git tag is on no branch.
    let text = drafted(&rule("type=raw,value={{branch}}-{{sha}}")).text;
    assert!(
        text.contains("release = [\n    \"type=semver,pattern={{version}}\",\n]\n\"branch:main\""),
        "{text}"
    );
}

#[test]
fn what_is_for_the_default_branch_is_for_that_one() {
    let drafted = |branch: &str, rule: &str| {
        let text = format!(
            "on: {{ push: {{ branches: [main, develop], tags: ['v*'] }} }}\njobs: {{ a: {{ steps: [ {{ id: m, uses: docker/metadata-action@v5, with: {{ images: ghcr.io/acme/app, tags: \"type=semver,pattern={{{{version}}}}\\n{rule}\" }} }}, {{ uses: docker/build-push-action@v6, with: {{ push: true, tags: '${{{{ steps.m.outputs.tags }}}}' }} }} ] }} }}"
        );
        let workflows = vec![WorkflowFile { path: "a.yml".into(), text }];
        let home = Home { branch: Some(branch.to_owned()), ..home() };
        draft(&Holdings { workflows, ..Holdings::default() }, &home).text
    };
    for (branch, rule, want, other) in [
        ("develop", "type=edge,enable={{is_default_branch}}", "develop", "main"),
        ("main", "type=edge,enable={{is_default_branch}}", "main", "develop"),
        ("develop", "type=edge,enable=${{ github.ref == 'refs/heads/main' }}", "main", "develop"),
        (
            "develop",
            "type=edge,enable=${{ github.ref == format('refs/heads/{0}', 'main') }}",
            "main",
            "develop",
        ),
    ] {
        let text = drafted(branch, rule);
        assert!(text.contains(&format!("\"branch:{want}\" = [")), "{branch} {rule}: {text}");
        assert!(!text.contains(&format!("\"branch:{other}\"")), "{branch} {rule}: {text}");
    }
}

#[test]
fn platforms_that_are_pushed_by_digest_are_those_of_the_image() {
    let draft = drafted(
        "on: { push: { tags: ['v*'] } }\nenv: { REGISTRY_IMAGE: ghcr.io/acme/app }\njobs:\n  build:\n    strategy: { matrix: { platform: [linux/amd64, linux/arm64] } }\n    steps:\n      - id: build\n        uses: docker/build-push-action@v6\n        with:\n          platforms: ${{ matrix.platform }}\n          tags: ${{ env.REGISTRY_IMAGE }}\n          outputs: type=image,push-by-digest=true,name-canonical=true,push=true\n      - run: touch \"${digest#sha256:}\"\n  merge:\n    needs: build\n    steps:\n      - { id: meta, uses: docker/metadata-action@v5, with: { images: '${{ env.REGISTRY_IMAGE }}', tags: 'type=semver,pattern={{version}}' } }\n      - run: docker buildx imagetools create $(jq -cr '.tags | map(\"-t \" + .) | join(\" \")' <<< \"$DOCKER_METADATA_OUTPUT_JSON\") $(printf '${{ env.REGISTRY_IMAGE }}@sha256:%s ' *)\n",
    );
    assert!(draft.text.contains("platforms = [\"linux/amd64\", \"linux/arm64\"]\n"), "{}", draft.text);
    assert_eq!(draft.text.matches("[[image]]").count(), 1, "{}", draft.text);
    assert_eq!(draft.left, [""; 0]);
}

#[test]
fn a_file_that_is_not_there_is_not_drafted() {
    let workflow = |file: &str| WorkflowFile {
        path: "a.yml".into(),
        text: format!(
            "on: {{ push: {{ tags: ['v*'] }} }}\njobs: {{ a: {{ steps: [ {{ uses: docker/build-push-action@v6, with: {{ push: true, file: '{file}', tags: 'ghcr.io/acme/app:${{{{ github.ref_name }}}}' }} }} ] }} }}"
        ),
    };
    let of = |file: &str, dockerfiles: &[&str]| {
        let dockerfiles: Vec<String> = dockerfiles.iter().map(|&path| path.to_owned()).collect();
        let paths = dockerfiles.iter().cloned().chain(["README.md".to_owned(), "sub".to_owned()]).collect();
        draft(
            &Holdings { workflows: vec![workflow(file)], dockerfiles, paths, ..Holdings::default() },
            &home(),
        )
    };
    let two = ["api/Dockerfile", "web/Dockerfile"];
    assert!(of("api/Dockerfile", &two).text.contains("dockerfile = \"api/Dockerfile\""));
    assert!(of("sub/Dockerfile", &two).text.contains("dockerfile = \"sub/Dockerfile\""));
    let missing = of("${{ matrix.dir }}/Dockerfile", &two);
    assert!(!missing.text.contains("dockerfile = \"Dockerfile\""), "{}", missing.text);
    assert_eq!(missing.images, ["api", "web"]);
    for want in [
        "image app: nothing says how ghcr.io/acme/app is made",
        "images api, web: platforms and tags are a guess: nothing that was read says them",
    ] {
        assert!(missing.left.iter().any(|what| what == want), "{want}: {:?}", missing.left);
    }
    let one = of("other/Dockerfile", &["api/Dockerfile"]);
    assert!(one.text.contains("dockerfile = \"api/Dockerfile\""), "{}", one.text);
    for want in
        ["other/Dockerfile: there is no such file in the repository", "built from api/Dockerfile is a guess"]
    {
        assert!(one.left.iter().any(|what| what.contains(want)), "{:?}", one.left);
    }
}

#[test]
fn a_release_that_gives_further_tags_to_what_there_is_is_told() {
    let main = WorkflowFile {
        path: "main.yml".into(),
        text: "on: { push: { branches: [main] } }\njobs: { a: { steps: [ { uses: docker/build-push-action@v6, with: { push: true, tags: 'ghcr.io/acme/app:sha-${{ github.sha }}' } } ] } }".into(),
    };
    let from = "ghcr.io/acme/app:sha-${{ github.sha }}";
    let to = "ghcr.io/acme/app:${{ github.ref_name }}";
    for run in [
        format!("docker buildx imagetools create -t {to} {from}"),
        format!("crane tag {from} ${{{{ github.ref_name }}}}"),
        format!("crane copy {from} {to}"),
        format!("regctl image copy {from} {to}"),
        format!("skopeo copy --all docker://{from} docker://{to}"),
        format!("docker pull {from}\n          docker tag {from} {to}\n          docker push {to}"),
    ] {
        let text = format!(
            "on: {{ push: {{ tags: ['v*'] }} }}\njobs:\n  a:\n    steps:\n      - name: Again\n        run: |\n          {run}\n"
        );
        let workflows = vec![main.clone(), WorkflowFile { path: "tag.yml".into(), text }];
        let draft = draft(&Holdings { workflows, ..Holdings::default() }, &home());
        let told = "step `Again`: a release gives further tags to ghcr.io/acme/app:sha-";
        assert!(draft.left.iter().any(|what| what.contains(told)), "{run}: {:?}", draft.left);
        assert!(draft.text.contains(told), "{run}");
        assert!(draft.text.contains("release = [\n    \"{tag}\",\n]"), "{run}: {}", draft.text);
    }
    // What the same workflow builds is no image from before.
    let text = "on: { push: { tags: ['v*'] } }\njobs: { a: { steps: [ { uses: docker/build-push-action@v6, with: { push: true, tags: 'ghcr.io/acme/app:${{ github.ref_name }}' } }, { run: 'docker buildx imagetools create -t ghcr.io/acme/app:latest ghcr.io/acme/app:${{ github.ref_name }}' } ] } }";
    assert_eq!(drafted(text).left, [""; 0]);
}

#[test]
fn what_looks_at_an_image_before_it_is_pushed_does_not_run_afterwards() {
    let text = "on: { push: { tags: ['v*'] } }\njobs:\n  a:\n    steps:\n      - { uses: docker/build-push-action@v6, with: { load: true, tags: 'app:test' } }\n      - { name: Try, run: docker run --rm app:test --version }\n      - { uses: docker/build-push-action@v6, with: { push: true, tags: 'ghcr.io/acme/app:${{ github.ref_name }}' } }\n";
    assert_eq!(
        drafted(text).left,
        [
            ".github/workflows/images.yml: step `Try` looks at what was built before it is pushed, and no release runs it: [gates] sealed is the place for that"
        ]
    );
}

#[test]
fn what_a_draft_can_not_say_of_a_workflow_is_told() {
    let step = "jobs: { a: { steps: [ { uses: docker/build-push-action@v6, with: { push: true, target: '', pull: true, no-cache: false, provenance: mode=max, tags: 'ghcr.io/acme/app:1.0' } } ] } }";
    let left = |on: &str| -> Vec<String> {
        let left = drafted(&format!("on: {on}\n{step}")).left;
        left.into_iter().map(|what| what.replace(".github/workflows/images.yml: ", "")).collect()
    };
    let both = ["image app: provenance: mode=max", "image app: pull: true"];
    let found = left("{ push: { branches: [main], tags: ['v*'], paths-ignore: ['docs/**', '*.md'] } }");
    assert_eq!(found[..2], both);
    assert_eq!(found[2..], ["paths-ignore: docs/**, *.md: a branch is published whatever its pushes touch"]);
    let found = left("workflow_dispatch");
    assert!(
        found.iter().any(|what| what == "somebody sets it off by hand: here a git tag does"),
        "{found:?}"
    );
}

#[test]
fn a_tag_that_is_called_as_its_branch_is_one_of_the_branch() {
    let of = |on: &str, step: &str| {
        let text = drafted(&format!("on: {on}\njobs: {{ a: {{ steps: [ {step} ] }} }}"));
        let shown = text.text.split("[image.tags]\n").nth(1).unwrap_or_default();
        (shown.split("\n\n").next().unwrap_or_default().trim_end().to_owned(), text.left)
    };
    let both = "{ push: { branches: [main], tags: ['v*'] } }";
    let plain = "{ uses: docker/build-push-action@v6, with: { push: true, tags: 'ghcr.io/acme/app:${{ github.ref_name }}' } }";
    let (text, left) = of(both, plain);
    assert_eq!(text, "release = [\n    \"{tag}\",\n]\n\"branch:main\" = [\n    \"{branch}\",\n]");
    assert_eq!(left, [""; 0]);
    let (text, _) = of("{ push: { tags: ['v*'] } }", plain);
    assert_eq!(text, "release = [\n    \"{tag}\",\n]");
    let ruled = "{ id: m, uses: docker/metadata-action@v5, with: { images: ghcr.io/acme/app, tags: 'type=raw,value=${{ github.ref_name }}' } }, { uses: docker/build-push-action@v6, with: { push: true, tags: '${{ steps.m.outputs.tags }}' } }";
    let (text, left) = of(both, ruled);
    for rule in [
        "release = [\n    \"type=raw,value={{tag}}\"",
        "\"branch:main\" = [\n    \"type=raw,value={{branch}}\"",
    ] {
        assert!(text.contains(rule), "{text}");
    }
    assert_eq!(left, [""; 0]);
    let (_, left) = of("{ push: { tags: ['v*'] }, pull_request: }", plain);
    assert!(left.iter().any(|what| what.contains("tag under `pull-request`")), "{left:?}");
}

#[test]
fn a_version_that_a_branch_gets_too_is_told() {
    let step = "{ uses: docker/build-push-action@v6, with: { push: true, tags: 'ghcr.io/acme/app:${{ steps.v.outputs.version }}' } }";
    let draft = drafted(&format!(
        "on: {{ push: {{ branches: [main], tags: ['v*'] }} }}\njobs: {{ a: {{ steps: [ {step} ] }} }}"
    ));
    assert_eq!(
        draft.left,
        [
            "image app: rule under `branch:main`: {version}: `{version}` is not known in `branch:main`, and it is left out there"
        ]
    );
}

#[test]
fn a_name_that_only_one_caller_enables_is_no_mirror_of_all_that_is_published() {
    let file = |path: &str, text: &str| WorkflowFile { path: path.into(), text: text.into() };
    let images = file(
        ".github/workflows/image.yml",
        "on: { workflow_call: { inputs: { hub: { type: boolean, default: false } } } }\njobs: { a: { steps: [ { id: m, uses: docker/metadata-action@v5, with: { images: \"ghcr.io/acme/app\\nname=acme/app,enable=${{ inputs.hub }}\", tags: \"type=semver,pattern={{version}}\\ntype=ref,event=branch\" } }, { uses: docker/build-push-action@v6, with: { push: true, tags: '${{ steps.m.outputs.tags }}' } } ] } }\n",
    );
    let calls = |on: &str, hub: &str| {
        format!("on: {on}\njobs: {{ x: {{ uses: ./.github/workflows/image.yml{hub} }} }}\n")
    };
    let release =
        file(".github/workflows/release.yml", &calls("{ push: { tags: ['v*'] } }", ", with: { hub: true }"));
    let main = file(".github/workflows/main.yml", &calls("{ push: { branches: [main] } }", ""));
    let of = |workflows: Vec<WorkflowFile>| draft(&Holdings { workflows, ..Holdings::default() }, &home());
    let both = of(vec![images.clone(), main, release.clone()]);
    assert!(!both.text.contains("\nmirrors = "), "{}", both.text);
    assert!(both.text.contains("\"branch:main\" = ["), "{}", both.text);
    let told: Vec<&String> = both.left.iter().filter(|what| what.contains("image name")).collect();
    assert_eq!(told.len(), 1, "{:?}", both.left);
    assert!(told[0].contains("acme/app: it goes there on some occasions alone"), "{told:?}");
    let alone = of(vec![images, release]);
    assert!(alone.text.contains("mirrors = [\"docker.io/acme/app\"]"), "{}", alone.text);
    assert_eq!(alone.left, [""; 0]);
}

#[test]
fn what_a_matrix_excludes_is_no_image() {
    let draft = drafted(
        "on: { push: { tags: ['v*'] } }\njobs:\n  a:\n    strategy: { matrix: { app: [api, web], registry: [ghcr.io, quay.io], exclude: [{ app: web, registry: quay.io }] } }\n    steps: [ { uses: docker/build-push-action@v6, with: { push: true, context: '${{ matrix.app }}', tags: '${{ matrix.registry }}/acme/${{ matrix.app }}:${{ github.ref_name }}' } } ]\n",
    );
    assert!(
        draft.text.contains("quay.io/acme/api") && draft.text.contains("ghcr.io/acme/web"),
        "{}",
        draft.text
    );
    assert!(!draft.text.contains("quay.io/acme/web"), "{}", draft.text);
}

#[test]
fn tags_without_a_prefix_are_released_by_what_runs_for_all_but_charts() {
    let workflow = |condition: &str| WorkflowFile {
        path: ".github/workflows/images.yml".into(),
        text: format!(
            "on: {{ push: {{ tags: ['*'] }} }}\njobs: {{ a: {{ if: \"{condition}\", steps: [ {{ uses: docker/build-push-action@v6, with: {{ push: true, tags: 'quay.io/team/app:${{{{ github.ref_name }}}}' }} }} ] }} }}"
        ),
    };
    let of = |condition: &str| {
        let tags = ["1.2.3".to_owned(), "chart-0.1.0".to_owned()].to_vec();
        let holdings = Holdings {
            workflows: vec![workflow(condition)],
            dockerfiles: vec!["Dockerfile".into()],
            tags,
            ..Holdings::default()
        };
        draft(&holdings, &Home { registry: Some("ghcr.io/acme".into()), ..home() })
    };
    let draft = of("!startsWith(github.ref_name, 'chart-')");
    assert!(draft.text.contains("\nrepository = \"quay.io/team/app\"\n"), "{}", draft.text);
    assert!(draft.text.contains("release = [\n    \"{tag}\",\n]"), "{}", draft.text);
    let draft = of("startsWith(github.ref, 'refs/tags/chart-')");
    assert!(!draft.text.contains("quay.io/team/app\"\n"), "{}", draft.text);
}

#[test]
fn which_branch_is_taken_for_the_default_one_is_told() {
    let of = |branches: &str| {
        drafted(&format!(
            "on: {{ push: {{ branches: [{branches}], tags: ['v*'] }} }}\njobs: {{ a: {{ steps: [ {{ id: m, uses: docker/metadata-action@v5, with: {{ images: ghcr.io/acme/app, tags: \"type=semver,pattern={{{{version}}}}\\ntype=raw,value=edge,enable={{{{is_default_branch}}}}\" }} }}, {{ uses: docker/build-push-action@v6, with: {{ push: true, tags: '${{{{ steps.m.outputs.tags }}}}' }} }} ] }} }}"
        ))
    };
    for (branches, told, other) in [
        ("develop, main", "`branch:main` is taken for it, by its name", "\"branch:develop\""),
        ("trunk", "`branch:trunk` is taken for it, since no other one is published", "\"branch:main\""),
        ("develop, next", "it stands under each", "\"branch:main\""),
    ] {
        let draft = of(branches);
        assert!(draft.left.iter().any(|what| what.contains(told)), "{branches}: {:?}", draft.left);
        assert!(!draft.text.contains(other), "{branches}: {}", draft.text);
    }
}

#[test]
fn what_waits_for_a_tool_that_begins_releases_is_of_a_release() {
    let of = |condition: &str| {
        drafted(&format!(
            "on: {{ push: {{ branches: [main] }} }}\njobs:\n  rp:\n    outputs: {{ release_created: '${{{{ steps.r.outputs.release_created }}}}' }}\n    steps: [ {{ id: r, uses: googleapis/release-please-action@v4 }} ]\n  image:\n    needs: rp\n    if: {condition}\n    steps:\n      - {{ id: m, uses: docker/metadata-action@v5, with: {{ images: ghcr.io/acme/app, tags: \"type=raw,value=latest\" }} }}\n      - {{ uses: docker/build-push-action@v6, with: {{ push: true, tags: '${{{{ steps.m.outputs.tags }}}}' }} }}\n"
        ))
    };
    for condition in ["needs.rp.outputs.release_created", "${{ needs.rp.outputs.release_created == 'true' }}"]
    {
        let draft = of(condition);
        assert!(!draft.text.contains("branch:main"), "{}", draft.text);
        assert!(draft.text.contains("release = ["), "{}", draft.text);
        assert!(draft.left.iter().any(|what| what.contains("a tool begins releases")), "{:?}", draft.left);
    }
    let draft = of("\"${{ !needs.rp.outputs.release_created }}\"");
    assert!(draft.text.contains("branch:main"), "{}", draft.text);
}

#[test]
fn what_a_schedule_alone_pushes_is_of_no_branch() {
    let nightly = |on: &str| {
        let text = format!(
            "on: {on}\njobs: {{ a: {{ steps: [ {{ uses: docker/build-push-action@v6, with: {{ push: true, tags: 'ghcr.io/acme/app:${{{{ github.ref_name }}}}' }} }} ] }} }}\n"
        );
        let workflows = vec![WorkflowFile { path: "nightly.yml".into(), text }];
        draft(&Holdings { workflows, ..Holdings::default() }, &home())
    };
    for on in [
        "{ schedule: [ { cron: '25 0 * * *' } ], workflow_dispatch: }",
        "{ schedule: [], push: { tags: ['v*'] } }",
    ] {
        let draft = nightly(on);
        assert!(!draft.text.contains("branch:"), "{}", draft.text);
        let told = "nightly.yml: a schedule sets it off, and nothing is published on a schedule";
        assert!(draft.left.iter().any(|what| what == told), "{:?}", draft.left);
    }
    assert!(nightly("{ schedule: [], push: { branches: [main] } }").text.contains("\"branch:main\""));
}
