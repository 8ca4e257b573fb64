//! What parts of workflows say of one image, and of the places it goes to.

use super::*;

/// The draft of workflows in a repository with these files.
fn of(workflows: &[&str], files: &[&str]) -> Draft {
    let file = |(place, text): (usize, &&str)| WorkflowFile {
        path: format!(".github/workflows/{place}.yml"),
        text: (*text).to_owned(),
    };
    let holdings = Holdings {
        workflows: workflows.iter().enumerate().map(file).collect(),
        dockerfiles: files.iter().map(|&path| path.to_owned()).collect(),
        ..Holdings::default()
    };
    draft(&holdings, &home())
}

fn main_builds(name: &str) -> String {
    format!(
        "on: {{ push: {{ branches: [main] }} }}\njobs: {{ a: {{ steps: [ {{ uses: docker/build-push-action@v6, with: {{ push: true, target: final, platforms: 'linux/amd64,linux/arm64', tags: '{name}:sha-${{{{ github.sha }}}}' }} }} ] }} }}"
    )
}

#[test]
fn what_gets_another_name_is_built_as_it_was() {
    let source = "ghcr.io/acme/ci:sha-${{ github.sha }}";
    let name = "ghcr.io/acme/app:${{ github.ref_name }}";
    for command in [
        format!("docker buildx imagetools create -t {name} {source}"),
        format!("crane copy {source} {name}"),
        format!("skopeo copy --all docker://{source} docker://{name}"),
        format!("docker pull {source}\n          docker tag {source} {name}\n          docker push {name}"),
    ] {
        let release = format!(
            "on: {{ push: {{ tags: ['v*'] }} }}\njobs:\n  a:\n    steps:\n      - run: |\n          {command}\n"
        );
        for workflows in [
            [main_builds("ghcr.io/acme/ci"), release.clone()],
            [release.clone(), main_builds("ghcr.io/acme/ci")],
        ] {
            let draft = of(&[&workflows[0], &workflows[1]], &["Dockerfile"]);
            for line in [
                "name = \"app\"\nrepository = \"ghcr.io/acme/app\"\nplatforms = [\"linux/amd64\", \"linux/arm64\"]\ndockerfile = \"Dockerfile\"\ntarget = \"final\"\n",
                "release = [\n    \"{tag}\",\n]\n",
                "# [[image]]\n# name = \"ci\"\n",
            ] {
                assert!(draft.text.contains(line), "{command}: {line}\n{}", draft.text);
            }
            assert_eq!(draft.images, ["app"]);
        }
    }
}

#[test]
fn a_copy_of_what_nothing_builds_here_is_no_image() {
    let copy = "on: { push: { tags: ['v*'] } }\njobs: { a: { steps: [ { run: 'crane copy docker.io/library/redis:7 ghcr.io/acme/redis:7' } ] } }";
    let draft = of(&[&main_builds("ghcr.io/acme/ci"), copy], &["Dockerfile"]);
    assert_eq!(draft.images, ["ci"]);
    let told = "a script pushes images: push ghcr.io/acme/redis:7";
    assert!(draft.left.iter().any(|what| what.ends_with(told)), "{:?}", draft.left);
}

#[test]
fn an_image_that_nothing_says_the_platforms_of_has_a_guess() {
    let retag = "on: { push: { tags: ['v*'] } }\njobs: { a: { steps: [ { run: 'docker buildx imagetools create -t ghcr.io/acme/app:${{ github.ref_name }} ghcr.io/acme/app:x' } ] } }";
    let draft = of(&[retag], &["Dockerfile"]);
    assert!(draft.text.contains("platforms = [\"linux/amd64\"]\n"), "{}", draft.text);
    let told = "image app: platforms: nothing says them, and linux/amd64 is a guess";
    assert!(draft.left.iter().any(|what| what == told), "{:?}", draft.left);
}

#[test]
fn a_name_of_what_nothing_builds_here_is_no_image() {
    let retag = "on: { push: { tags: ['v*'] } }\njobs: { a: { steps: [ { run: 'docker buildx imagetools create -t ghcr.io/acme/app:latest docker.io/library/redis:7' } ] } }";
    let draft = of(&[retag], &["Dockerfile"]);
    assert!(!draft.text.contains("\nrepository = ") && !draft.text.contains("\"latest\""), "{}", draft.text);
    let told =
        "where it goes: ghcr.io/acme/app gets names of docker.io/library/redis, which nothing here builds";
    assert!(draft.left.iter().any(|what| what.starts_with(told)), "{:?}", draft.left);
}

#[test]
fn a_guess_moves_no_tag_wherever_it_goes() {
    let unread =
        "on: { push: { tags: ['v*'] } }\njobs: { a: { steps: [ { run: 'docker compose -f x.yml push' } ] } }";
    let file = WorkflowFile { path: ".github/workflows/a.yml".into(), text: unread.into() };
    let holdings =
        Holdings { workflows: vec![file], dockerfiles: vec!["Dockerfile".into()], ..Holdings::default() };
    let said = Home { registry: Some("r.test/acme".into()), is_registry_said: true, ..home() };
    let draft = draft(&holdings, &said);
    assert!(draft.text.contains("\nrepository = \"r.test/acme/app\"\n"), "{}", draft.text);
    assert!(draft.text.contains("\n[image.tags]\nrelease = [\n    \"{version}\",\n]\n"), "{}", draft.text);
}

#[test]
fn semantic_release_may_push_images_by_its_plugins() {
    for (step, is_told) in [
        ("{ run: npx semantic-release }", true),
        ("{ run: 'npx -p semantic-release-docker -p semantic-release semantic-release' }", true),
        ("{ uses: cycjimmy/semantic-release-action@v4 }", true),
        ("{ run: npm install --save-dev semantic-release }", false),
    ] {
        let text = format!("on: {{ push: {{ branches: [main] }} }}\njobs: {{ a: {{ steps: [ {step} ] }} }}");
        let draft = of(&[&text], &["Dockerfile"]);
        let told = draft.left.iter().any(|what| what.contains("is not read: if it pushes images"));
        assert_eq!(told, is_told, "{step}: {:?}", draft.left);
        assert_eq!(draft.text.contains("\nrepository = "), !is_told, "{step}: {}", draft.text);
    }
}

#[test]
fn a_context_of_git_is_a_folder_of_the_repository() {
    for (context, file, want) in [
        ("{{defaultContext}}:sub", "", "dockerfile = \"sub/Dockerfile\"\ncontext = \"sub\"\n"),
        (
            "{{defaultContext}}:sub/",
            "file: prod.Dockerfile, ",
            "dockerfile = \"sub/prod.Dockerfile\"\ncontext = \"sub\"\n",
        ),
        ("{{defaultContext}}", "", "dockerfile = \"Dockerfile\"\ncontext = \".\"\n"),
        ("./sub", "file: sub/x.Dockerfile, ", "dockerfile = \"sub/x.Dockerfile\"\ncontext = \"sub\"\n"),
    ] {
        let draft = drafted(&format!(
            "on: {{ push: {{ tags: ['v*'] }} }}\njobs: {{ a: {{ steps: [ {{ uses: docker/build-push-action@v6, with: {{ push: true, {file}context: '{context}', tags: 'ghcr.io/acme/app:${{{{ github.ref_name }}}}' }} }} ] }} }}"
        ));
        assert!(draft.text.contains(want), "{context}: {}", draft.text);
        assert_eq!(draft.left, [""; 0], "{context}");
    }
}

#[test]
fn logins_of_scripts_are_logins() {
    let draft = drafted(
        "on: { push: { tags: ['v*'] } }\nenv: { HOST: quay.io }\njobs:\n  a:\n    steps:\n      - run: echo \"${{ secrets.QUAY_TOKEN }}\" | docker login $HOST -u ${{ vars.QUAY_USER }} --password-stdin\n      - run: make-token | docker login r.example -u a --password-stdin\n      - { uses: docker/build-push-action@v6, with: { push: true, tags: 'quay.io/acme/app:${{ github.ref_name }}' } }\n",
    );
    let table = "\n[registries.\"quay.io\"]\nusername = \"env:QUAY_USER\"\npassword = \"env:QUAY_TOKEN\"\n";
    assert!(draft.text.contains(table), "{}", draft.text);
    assert_eq!(draft.left, ["login at r.example: its user or its password is worked out"]);
    assert_eq!(draft.plain, BTreeSet::from(["QUAY_USER".to_owned()]));
}

#[test]
fn branches_of_a_pattern_are_told_and_no_others_are_published() {
    let text = |branches: &str| {
        format!(
            "on: {{ push: {{ branches: [{branches}], tags: ['v*'] }} }}\njobs:\n  a:\n    steps:\n      - id: m\n        uses: docker/metadata-action@v5\n        with:\n          images: ghcr.io/acme/app\n          flavor: latest=false\n          tags: |\n            type=semver,pattern={{{{version}}}}\n            type=ref,event=branch\n            type=raw,value=latest,enable={{{{is_default_branch}}}}\n      - {{ uses: docker/build-push-action@v6, with: {{ push: true, tags: '${{{{ steps.m.outputs.tags }}}}' }} }}\n"
        )
    };
    let draft = drafted(&text("main, 'release/**'"));
    assert!(!draft.text.contains("branch:*\" ="), "{}", draft.text);
    assert!(draft.text.contains("\"branch:main\" = ["), "{}", draft.text);
    let told = "image app: branches release/**: here one branch has rules by its name";
    assert_eq!(draft.left.iter().filter(|what| what.starts_with(told)).count(), 1, "{:?}", draft.left);
    let draft = drafted(&text("'release/**'"));
    assert!(!draft.text.contains("\n\"branch:"), "{}", draft.text);
    let draft = drafted(&text("main, '**'"));
    assert!(draft.text.contains("\"branch:*\" = ["), "{}", draft.text);
}

#[test]
fn a_page_is_made_where_a_step_makes_one_of_this_repository() {
    let image = "{ uses: docker/build-push-action@v6, with: { push: true, tags: 'ghcr.io/acme/app:${{ github.ref_name }}' } }";
    let home = Home { has_pages: true, ..home() };
    let with = |step: &str| {
        let text = format!(
            "on: {{ push: {{ tags: ['v*'] }} }}\njobs:\n  a:\n    steps:\n      - {image}\n      {step}\n"
        );
        let workflows = vec![WorkflowFile { path: "a.yml".into(), text }];
        draft(&Holdings { workflows, ..Holdings::default() }, &home)
    };
    for (step, is_made) in [
        ("- uses: softprops/action-gh-release@v3", true),
        (
            "- { uses: softprops/action-gh-release@v3, with: { repository: '${{ github.repository }}' } }",
            true,
        ),
        ("- { uses: softprops/action-gh-release@v3, with: { repository: '${{ vars.PAGES }}' } }", true),
        ("- run: gh release create $GITHUB_REF_NAME", true),
        ("- run: gh release create $GITHUB_REF_NAME --repo Acme/app", true),
        ("# - uses: softprops/action-gh-release@v3", false),
        ("- run: |\n          # gh release create v1\n          make", false),
        ("- { uses: softprops/action-gh-release@v3, with: { repository: acme/charts } }", false),
        ("- { uses: ncipollo/release-action@v1, with: { owner: acme, repo: charts } }", false),
        ("- run: gh release create v1 -R acme/charts app.tgz", false),
        ("- run: gh release create v1 --repo=acme/charts app.tgz", false),
    ] {
        let draft = with(step);
        assert_eq!(draft.text.contains("\n[forge]\n"), is_made, "{step}: {}", draft.text);
        let is_said = is_made || step.starts_with("# ") || step.contains("  # ");
        assert!(is_said || draft.left.iter().any(|what| what.contains("page")), "{step}: {:?}", draft.left);
    }
}

#[test]
fn who_logs_in_for_a_guess_is_one_too() {
    let dockerfiles = || vec!["Dockerfile".to_owned()];
    let text = "on: { push: { tags: ['v*'] } }\njobs: { a: { steps: [ { run: ./gradlew jib } ] } }";
    let workflows = vec![WorkflowFile { path: "a.yml".into(), text: text.into() }];
    let home = Home {
        registry: Some("codeberg.org/acme".into()),
        asks_for_login: Some("codeberg.org".into()),
        ..home()
    };
    let guessed = draft(&Holdings { workflows, dockerfiles: dockerfiles(), ..Holdings::default() }, &home);
    let login = "[registries.\"codeberg.org\"]\n";
    assert!(!guessed.text.contains(&format!("\n{login}")), "{}", guessed.text);
    assert!(guessed.text.contains(&format!("\n# {login}# username = ")), "{}", guessed.text);
    let own = draft(&Holdings { dockerfiles: dockerfiles(), ..Holdings::default() }, &home);
    assert!(own.text.contains(&format!("\n{login}username = ")), "{}", own.text);
}

#[test]
fn a_dockerfile_that_stands_in_for_another_is_not_said_to_have_no_image() {
    let text = "on: { push: { tags: ['v*'] } }\njobs: { a: { steps: [ { uses: docker/build-push-action@v6, with: { push: true, context: ., file: Dockerfile.cross, tags: 'ghcr.io/acme/app:${{ github.ref_name }}' } } ] } }";
    let holdings = Holdings {
        workflows: vec![WorkflowFile { path: "a.yml".into(), text: text.into() }],
        dockerfiles: vec!["Dockerfile".to_owned()],
        paths: ["Dockerfile".to_owned()].into(),
        ..Holdings::default()
    };
    let draft = draft(&holdings, &home());
    assert!(draft.text.contains("\ndockerfile = \"Dockerfile\"\n"), "{}", draft.text);
    assert!(!draft.left.iter().any(|what| what.contains("no workflow pushes")), "{:?}", draft.left);
}
