//! What scripts call images, by the variables and commands of a shell.

use super::*;

/// The draft of a script that runs for git tags.
fn scripted(run: &str) -> Draft {
    let lines: String = run.lines().map(|line| format!("          {line}\n")).collect();
    drafted(&format!(
        "on: {{ push: {{ tags: ['v*'] }} }}\njobs:\n  a:\n    steps:\n      - id: first\n        run: |\n{lines}"
    ))
}

/// The draft of a script that builds and pushes this.
fn pushed(before: &str, name: &str) -> Draft {
    scripted(&format!("{before}docker build -t {name} .\ndocker push {name}"))
}

#[test]
fn what_a_script_makes_of_the_git_tag_is_the_tag_or_the_version() {
    for (before, name, rule) in [
        ("", "ghcr.io/acme/thing:${GITHUB_REF##*/}", "{tag}"),
        ("", "ghcr.io/acme/thing:${GITHUB_REF_NAME#v}", "{version}"),
        ("VERSION=${GITHUB_REF##*/}\n", "ghcr.io/acme/thing:$VERSION", "{tag}"),
        ("TAG=${GITHUB_REF#refs/tags/}\n", "ghcr.io/acme/thing:${TAG}", "{tag}"),
        ("TAG=${GITHUB_REF#refs/tags/}; V=${TAG#v}\n", "ghcr.io/acme/thing:$V", "{version}"),
        ("V=$(echo $GITHUB_REF | cut -d/ -f3)\n", "ghcr.io/acme/thing:$V", "{tag}"),
        ("V=`echo $GITHUB_REF | cut -d/ -f3`\n", "ghcr.io/acme/thing:$V", "{tag}"),
        ("export V=$(git describe --tags)\n", "ghcr.io/acme/thing:$V", "{tag}"),
        ("", "ghcr.io/acme/thing:$(git describe --tags --abbrev=0)", "{tag}"),
        ("IMAGE=ghcr.io/acme/thing:${GITHUB_REF##*/}\n", "$IMAGE", "{tag}"),
    ] {
        let draft = pushed(before, name);
        let rules = format!("release = [\n    \"{rule}\",\n]");
        assert!(draft.text.contains(&rules), "{before}{name}: {}", draft.text);
        assert!(
            draft.text.contains("name = \"thing\"\nrepository = \"ghcr.io/acme/thing\"\n"),
            "{}",
            draft.text
        );
        assert_eq!(draft.left, [""; 0], "{before}{name}");
    }
}

#[test]
fn what_a_script_hands_on_is_the_tag_or_the_version() {
    for (value, rule) in [
        ("${GITHUB_REF##*/}", "{tag}"),
        ("$(echo $GITHUB_REF | cut -d/ -f3)", "{tag}"),
        ("$(git describe --tags | sed 's/^v//')", "{version}"),
    ] {
        for (file, name) in [("GITHUB_ENV", "env.V"), ("GITHUB_OUTPUT", "steps.a.outputs.V")] {
            let text = format!(
                "on: {{ push: {{ tags: ['v*'] }} }}\njobs:\n  a:\n    steps:\n      - id: a\n        run: echo \"V={value}\" >> ${file}\n      - uses: docker/build-push-action@v6\n        with: {{ push: true, tags: 'ghcr.io/acme/app:${{{{ {name} }}}}' }}\n"
            );
            let draft = drafted(&text);
            assert!(draft.text.contains(&format!("release = [\n    \"{rule}\",\n]")), "{}", draft.text);
            assert_eq!(draft.left, [""; 0], "{value}");
        }
    }
}

/// The draft of an image that is pushed under what a step says.
fn named(steps: &str, tag: &str) -> Draft {
    drafted(&format!(
        "on: {{ push: {{ tags: ['v*'] }} }}\njobs:\n  a:\n    steps:\n{steps}      - uses: docker/build-push-action@v6\n        with: {{ push: true, tags: \"ghcr.io/acme/app:{tag}\" }}\n"
    ))
}

#[test]
fn what_a_step_says_is_no_guess_by_its_name() {
    // A variable of the step that is called as the output is.
    let draft = drafted(
        "on: { push: { tags: ['v*'] } }\njobs:\n  a:\n    steps:\n      - { id: tag, run: 'echo \"VERSION=${GITHUB_REF#refs/tags/}\" >> $GITHUB_OUTPUT' }\n      - env: { VERSION: '${{ steps.tag.outputs.VERSION }}' }\n        run: |\n          docker build -t ghcr.io/acme/app:$VERSION .\n          docker push ghcr.io/acme/app:$VERSION\n",
    );
    assert!(draft.text.contains("release = [\n    \"{tag}\",\n]"), "{}", draft.text);
    let old = "      - { id: x, run: 'echo \"::set-output name=version::${GITHUB_REF##*/}\"' }\n";
    let draft = named(old, "${{ steps.x.outputs.version }}");
    assert!(draft.text.contains("release = [\n    \"{tag}\",\n]"), "{}", draft.text);
    for run in
        ["./which.sh >> $GITHUB_OUTPUT", "./which.sh", "echo \"version=$(./which.sh)\" >> $GITHUB_OUTPUT"]
    {
        let draft = named(&format!("      - {{ id: x, run: '{run}' }}\n"), "${{ steps.x.outputs.version }}");
        let told = "image app: tag: ghcr.io/acme/app:${{ steps.x.outputs.version }}";
        assert!(draft.left.iter().any(|what| what == told), "{run}: {:?}", draft.left);
    }
    // An action says what it is called.
    let draft = named("      - { id: x, uses: acme/slug@v1 }\n", "${{ steps.x.outputs.version }}");
    assert!(draft.text.contains("release = [\n    \"{version}\",\n]"), "{}", draft.text);
    let minor = "${{ steps.x.outputs.version-major }}.${{ steps.x.outputs.version-minor }}";
    let draft = named("      - { id: x, uses: acme/slug@v1 }\n", minor);
    assert!(draft.text.contains("\n    \"{major}.{minor}\",\n]"), "{}", draft.text);
    let draft = named("", "1.4.0");
    assert!(!draft.text.contains("\n    \"1.4.0\""), "{}", draft.text);
}

#[test]
fn what_somebody_starts_by_hand_beside_git_tags_is_no_release_of_them() {
    let file = |path: &str, text: &str| WorkflowFile { path: path.into(), text: text.into() };
    let by_hand = |tag: &str| {
        let hand = format!(
            "on: workflow_dispatch\njobs:\n  a:\n    steps:\n      - {{ id: x, run: 'echo \"version=$(cat tool/VERSION)\" >> $GITHUB_OUTPUT' }}\n      - uses: docker/build-push-action@v6\n        with: {{ push: true, file: Dockerfile.tool, tags: \"ghcr.io/acme/tool:{tag}\" }}\n"
        );
        let tags = "on: { push: { tags: ['v*'] } }\njobs: { a: { steps: [ { uses: docker/build-push-action@v6, with: { push: true, tags: 'ghcr.io/acme/app:${{ github.ref_name }}' } } ] } }";
        let workflows = vec![file("hand.yml", &hand), file("tags.yml", tags)];
        draft(&Holdings { workflows, ..Holdings::default() }, &home())
    };
    let found = by_hand("${{ steps.x.outputs.version }}");
    assert!(found.text.contains("# [[image]]\n# name = \"tool\"\n"), "{}", found.text);
    assert!(found.left.iter().any(|what| what.contains("somebody starts by hand")), "{:?}", found.left);
    let found = by_hand("${{ inputs.version }}");
    assert!(found.text.contains("\n[[image]]\nname = \"tool\"\n"), "{}", found.text);
}

#[test]
fn an_argument_that_a_step_says_is_the_version_only_where_that_is_read() {
    for (run, is_told) in [
        ("if test -n \"$A\"; then\n  echo \"version=$B\" >> $GITHUB_OUTPUT\nfi", true),
        ("echo \"version=${GITHUB_REF_NAME}\" >> $GITHUB_OUTPUT", true),
        ("echo \"version=${GITHUB_REF_NAME#v}\" >> $GITHUB_OUTPUT", false),
    ] {
        let run: String = run.lines().map(|line| format!("          {line}\n")).collect();
        let draft = drafted(&format!(
            "on: {{ push: {{ tags: ['v*'] }} }}\njobs:\n  a:\n    steps:\n      - id: x\n        run: |\n{run}      - uses: docker/build-push-action@v6\n        with: {{ push: true, tags: 'ghcr.io/acme/app:${{{{ github.ref_name }}}}', build-args: 'VERSION=${{{{ steps.x.outputs.version }}}}' }}\n"
        ));
        let told = draft.left.iter().any(|what| what.contains("build-args: VERSION="));
        assert_eq!(told, is_told, "{run}: {:?}", draft.left);
    }
}

/// What a draft has live under an occasion.
fn live_under(draft: &Draft, table: &str) -> String {
    let key = if table == "release" { format!("\n{table} = [\n") } else { format!("\n\"{table}\" = [\n") };
    let rules = draft.text.split(&key).nth(1).and_then(|rest| rest.split("\n]").next()).unwrap_or_default();
    rules.lines().map(|line| line.trim().trim_matches(['"', ','])).collect::<Vec<_>>().join(" ")
}

#[test]
fn what_a_test_of_a_shell_decides_has_its_own_occasions() {
    let push = |tag: &str| format!("docker tag x ghcr.io/acme/app:{tag}; docker push ghcr.io/acme/app:{tag}");
    let (edge, own) = (push("edge"), push("$GITHUB_REF_NAME"));
    let main = "[ \"$GITHUB_REF\" = \"refs/heads/main\" ]";
    for (run, release, branch) in [
        (format!("if {main}; then\n  {edge}\nelse\n  {own}\nfi"), "{tag}", "edge"),
        (format!("if {main}; then {edge}; else {own}; fi"), "{tag}", "edge"),
        (
            format!(
                "{own}\n{main} && docker tag x ghcr.io/acme/app:edge && docker push ghcr.io/acme/app:edge"
            ),
            "{tag}",
            "{branch} edge",
        ),
        (
            format!("{own}\nif [[ \"$GITHUB_REF_TYPE\" == \"tag\" ]]; then\n  {edge}\nfi"),
            "{tag} edge",
            "{branch}",
        ),
        (
            format!(
                "case \"$GITHUB_REF\" in\n  refs/tags/*)\n    {own}\n    ;;\n  *)\n    {edge}\n    ;;\nesac"
            ),
            "{tag}",
            "edge",
        ),
        (format!("{own}\nif make is-good; then {edge}; fi"), "{tag}", "{branch}"),
    ] {
        let lines: String =
            format!("docker build -t x .\n{run}").lines().map(|line| format!("          {line}\n")).collect();
        let draft = drafted(&format!(
            "on: {{ push: {{ branches: [main], tags: ['v*'] }} }}\njobs:\n  a:\n    steps:\n      - run: |\n{lines}"
        ));
        assert_eq!(live_under(&draft, "release"), release, "{run}: {}", draft.text);
        assert_eq!(live_under(&draft, "branch:main"), branch, "{run}: {}", draft.text);
        let told = draft.left.iter().any(|what| what.contains("a script decides whether it is pushed"));
        assert_eq!(told, run.contains("is-good"), "{run}: {:?}", draft.left);
    }
}

#[test]
fn any_other_tag_is_told_and_the_image_has_its_name() {
    for (before, name) in [
        ("", "ghcr.io/acme/thing:$(cat VERSION)"),
        ("V=$(./version.sh)\n", "ghcr.io/acme/thing:$V"),
        ("", "ghcr.io/acme/thing:${GITHUB_REF%%/*}"),
        ("if x; then\n  V=${GITHUB_REF##*/}\nelse\n  V=latest\nfi\n", "ghcr.io/acme/thing:$V"),
        ("[[ $X ]] && V=a || V=latest\n", "ghcr.io/acme/thing:$V"),
    ] {
        let draft = pushed(before, name);
        assert!(
            draft.text.contains("name = \"thing\"\nrepository = \"ghcr.io/acme/thing\"\n"),
            "{}",
            draft.text
        );
        assert!(draft.text.contains("release = [\n    \"{version}\",\n]"), "{}", draft.text);
        assert!(draft.left[0].starts_with("image thing: tag: ghcr.io/acme/thing:$"), "{:?}", draft.left);
    }
}

#[test]
fn what_imagetools_names_may_be_worked_out() {
    let draft = scripted(
        "TAG=${GITHUB_REF#refs/tags/}\ndocker buildx imagetools create -t \"ghcr.io/acme/app:$TAG\" --tag ghcr.io/acme/app:${TAG#v} ghcr.io/acme/app:x",
    );
    let unmade = "image app: nothing says how ghcr.io/acme/app is made";
    assert!(draft.left.iter().any(|what| what == unmade), "{:?}", draft.left);
    assert!(!draft.left.iter().any(|what| what.contains("tag: ")), "{:?}", draft.left);
}

#[test]
fn what_is_no_tag_has_no_words_of_tags() {
    let draft = scripted(
        "V=${GITHUB_REF_NAME#v}\ndocker build --build-arg VERSION=$V --build-arg TAG=$GITHUB_REF_NAME -t ghcr.io/acme/app:$V .\ndocker push ghcr.io/acme/app:$V",
    );
    assert!(!draft.text.contains("build-args = "), "{}", draft.text);
    assert_eq!(draft.left, ["image app: build-args: TAG=${{ github.ref_name }}"]);
}

#[test]
fn what_is_made_before_a_build_is_told_wherever_it_is_made() {
    let build = "      - run: |\n          docker build -t ghcr.io/acme/app:${{ github.ref_name }} .\n          docker push ghcr.io/acme/app:${{ github.ref_name }}\n";
    let action = "      - uses: docker/build-push-action@v6\n        with: { context: ., push: true, tags: 'ghcr.io/acme/app:${{ github.ref_name }}' }\n";
    let fetched = "      - uses: actions/download-artifact@v4\n";
    let compile = "  compile:\n    steps:\n      - uses: actions/checkout@v4\n      - run: go build -o app\n      - uses: actions/upload-artifact@v4\n        with: { name: app, path: app }\n";
    let told = |compile: &str, needs: &str, steps: &str| {
        let text = format!(
            "on: {{ push: {{ tags: ['v*'] }} }}\njobs:\n{compile}  image:\n    needs: [{needs}]\n    steps:\n      - uses: actions/checkout@v4\n{steps}"
        );
        let left = drafted(&text).left;
        let is_it = |what: &&String| what.contains("is not in the commit that the image is built from");
        left.iter()
            .filter(is_it)
            .map(|what| what.replace(".github/workflows/images.yml: ", ""))
            .collect::<Vec<_>>()
    };
    let rest = ": what it makes is not in the commit that the image is built from";
    let before = format!("      - run: go build -o app\n{build}");
    assert_eq!(told("", "", &before), [format!("step `go build -o app`{rest}")]);
    assert_eq!(
        told("", "", &format!("      - run: go vet ./...\n{build}      - run: tar cf a b\n")),
        [""; 0]
    );
    for steps in [format!("{fetched}{action}"), format!("{fetched}{build}")] {
        assert_eq!(told(compile, "compile", &steps), [format!("job `compile`{rest}")]);
        // Nothing is fetched of it.
        assert_eq!(told(compile, "", &steps), [""; 0]);
    }
    assert_eq!(told(compile, "compile", action), [""; 0]);
}

#[test]
fn each_deed_of_a_step_is_named() {
    let text = "on: { push: { tags: ['v*'] } }\njobs:\n  a:\n    steps:\n      - uses: docker/build-push-action@v6\n        with: { push: true, tags: 'ghcr.io/acme/app:${{ github.ref_name }}' }\n      - name: More\n        run: |\n          flux push artifact oci://ghcr.io/acme/manifests --path .\n          cosign sign ghcr.io/acme/manifests\n";
    let left = drafted(text).left;
    let told: Vec<&String> = left.iter().filter(|what| what.contains("it runs")).collect();
    assert_eq!(told, [".github/workflows/images.yml: step `More`: it runs `cosign sign`, `flux push`"]);
}
