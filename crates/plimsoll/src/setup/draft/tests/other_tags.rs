//! What git tags set off that are no releases of today moves no tag of a release.

use super::*;
use crate::setup::from_workflows::WorkflowFile;

/// The draft of workflows that push these tags of `acme/app` for these git tags, beside git tags that there are.
fn of(workflows: &[(&str, &str)], tags: &[&str]) -> Draft {
    let step = |tags: &str| {
        format!("{{ uses: docker/build-push-action@v6, with: {{ push: true, tags: '{tags}' }} }}")
    };
    let text = |on: &str, tags: &str| format!("on: {on}\njobs: {{ job: {{ steps: [ {} ] }} }}\n", step(tags));
    let file = |(at, (on, tags)): (usize, &(&str, &str))| WorkflowFile {
        path: format!("{at}.yml"),
        text: text(on, tags),
    };
    let holdings = Holdings {
        workflows: workflows.iter().enumerate().map(file).collect(),
        dockerfiles: vec!["Dockerfile".into()],
        tags: tags.iter().map(|&tag| tag.to_owned()).collect(),
        ..Holdings::default()
    };
    draft(&holdings, &home())
}

const TAG: &str = "acme/app:${{ github.ref_name }}";

/// The live rules of releases.
fn rules(draft: &Draft) -> String {
    let live: Vec<&str> = draft.text.lines().filter(|line| !line.starts_with('#')).collect();
    let text = live.join("\n");
    text.split_once("release = [")
        .and_then(|(_, rest)| rest.split_once(']'))
        .map_or_else(String::new, |(rules, _)| rules.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[test]
fn what_is_for_other_tags_is_told_and_no_rule_of_a_release() {
    let both = |name: &str| format!("{TAG},acme/app:{name}");
    let (latest, beta, lts) = (both("latest"), both("beta"), both("lts"));
    let releases = "{ push: { tags: ['v*'] } }";
    for (workflows, tags, told) in [
        (
            vec![("{ push: { tags: ['staging-*'] } }", "acme/app:staging"), (releases, TAG)],
            &[][..],
            "git tags staging-…",
        ),
        (
            vec![
                ("{ push: { tags: ['v*-beta*', 'v*-rc*'] } }", beta.as_str()),
                ("{ push: { tags: ['v[0-9]+.[0-9]+.[0-9]+'] } }", TAG),
            ],
            &["v1.3.0", "v1.4.0-beta.1"],
            "0.yml: git tags v*-beta*, v*-rc*: a release, as v1.3.0 is one, does not set it off",
        ),
        (
            vec![
                ("{ push: { tags: ['v*-*'] } }", beta.as_str()),
                ("{ push: { tags: ['v*', '!v*-*'] } }", TAG),
            ],
            &[],
            "0.yml: git tags v*-*: a release, as v1.2.3 is one, does not set it off",
        ),
        (
            vec![("{ push: { tags: ['v1.*'] } }", lts.as_str()), ("{ push: { tags: ['v2.*'] } }", TAG)],
            &["v1.9.0", "v2.3.0"],
            "0.yml: git tags v1.*: a release, as v2.3.0 is one, does not set it off",
        ),
        (
            vec![
                ("{ release: { types: [prereleased] } }", beta.as_str()),
                ("{ release: { types: [released] } }", TAG),
            ],
            &["v1.3.0"],
            "0.yml: release pages of prereleases alone set it off",
        ),
    ] {
        let draft = of(&workflows, tags);
        assert_eq!(rules(&draft), "\"{tag}\",", "{workflows:?}: {}", draft.text);
        assert_eq!(draft.images.len(), 1, "{:?}", draft.images);
        assert!(draft.left.iter().any(|what| what.starts_with(told)), "{told}: {:?}", draft.left);
    }
    // Where only such tags set anything off, they are the releases.
    let draft = of(&[("{ push: { tags: ['v*-beta*'] } }", &latest)], &[]);
    assert!(rules(&draft).contains("latest"), "{}", draft.text);
    // What is set off by both is for both.
    let draft = of(&[("{ push: { tags: ['v*', 'v*-rc*'] } }", &latest)], &[]);
    assert!(rules(&draft).contains("latest") && draft.left.is_empty(), "{}", draft.text);
}

#[test]
fn a_job_for_other_tags_of_one_workflow_is_none_of_the_releases() {
    let draft = drafted(
        "on: { push: { tags: ['v*', 'staging-*'] } }\njobs:\n  one:\n    if: startsWith(github.ref_name, 'v')\n    steps: [ { uses: docker/build-push-action@v6, with: { push: true, tags: 'acme/app:${{ github.ref_name }}' } } ]\n  two:\n    if: startsWith(github.ref_name, 'staging-')\n    steps: [ { uses: docker/build-push-action@v6, with: { push: true, tags: 'acme/app:staging' } } ]\n",
    );
    assert_eq!(rules(&draft), "\"{tag}\",", "{}", draft.text);
    assert!(draft.left.iter().any(|what| what.starts_with("git tags staging-…")), "{:?}", draft.left);
}

#[test]
fn what_only_final_pages_set_off_releases_no_prereleases() {
    for (types, want) in [("released", false), ("published", true), ("published, released", true)] {
        let on = format!("{{ release: {{ types: [{types}] }} }}");
        let draft = of(&[(&on, TAG)], &["v1.0.0", "v1.1.0-rc.1"]);
        assert_eq!(draft.text.contains("\nprerelease = true"), want, "{types}: {}", draft.text);
        let is_told = draft.left.iter().any(|what| what.starts_with("git tags of prereleases: "));
        assert_eq!(is_told, !want, "{types}: {:?}", draft.left);
    }
}

#[test]
fn what_waits_for_tags_that_are_no_versions_releases_nothing() {
    let draft = of(&[("{ push: { tags: ['preview-*'] } }", TAG)], &["v2.3.0", "preview-login"]);
    assert!(!draft.text.contains("\nversion = "), "{}", draft.text);
    assert!(!draft.text.contains("\nrepository = "), "{}", draft.text);
    assert!(draft.left.iter().any(|what| what.contains("preview-")), "{:?}", draft.left);
}

#[test]
fn beside_pushes_of_prereleases_alone_the_own_place_is_a_guess() {
    let draft = of(&[("{ release: { types: [prereleased] } }", "acme/app:beta")], &[]);
    assert!(!draft.text.contains("\nrepository ="), "{}", draft.text);
    assert!(
        draft.left.iter().any(|what| what.contains("release pages of prereleases alone")),
        "{:?}",
        draft.left
    );
}

#[test]
fn what_a_runner_of_arm_builds_is_for_arm() {
    let draft = drafted(
        "on: { push: { tags: ['v*'] } }\njobs:\n  job:\n    runs-on: ubuntu-24.04-arm\n    steps: [ { uses: docker/build-push-action@v6, with: { push: true, tags: 'acme/app:${{ github.ref_name }}' } } ]\n",
    );
    assert!(draft.text.contains("platforms = [\"linux/arm64\"]"), "{}", draft.text);
    let draft = drafted(
        "on: { push: { tags: ['v*'] } }\njobs:\n  build:\n    runs-on: ${{ matrix.runner }}\n    strategy: { matrix: { runner: [ubuntu-24.04, ubuntu-24.04-arm] } }\n    steps: [ { uses: docker/build-push-action@v6, with: { outputs: 'type=image,name=acme/app,push-by-digest=true,push=true' } } ]\n  merge:\n    needs: build\n    steps: [ { run: 'docker buildx imagetools create -t acme/app:${{ github.ref_name }} a b' } ]\n",
    );
    assert!(draft.text.contains("platforms = [\"linux/amd64\", \"linux/arm64\"]"), "{}", draft.text);
}

#[test]
fn a_major_number_of_zero_gives_a_tag_only_where_it_is_asked_for() {
    let text = "on: { push: { tags: ['v*'] } }\njobs: { a: { steps: [ { id: meta, uses: docker/metadata-action@v5, with: { images: ghcr.io/acme/app, tags: \"type=semver,pattern={{version}}\\ntype=semver,pattern=v{{major}}\" } }, { uses: docker/build-push-action@v6, with: { push: true, tags: '${{ steps.meta.outputs.tags }}' } } ] } }";
    for (tag, is_told) in [("v0.9.3", true), ("v1.0.0", false)] {
        let holdings = Holdings {
            workflows: vec![WorkflowFile { path: "a.yml".into(), text: text.into() }],
            tags: vec![tag.to_owned()],
            ..Holdings::default()
        };
        let told = "image app: rule: type=semver,pattern=v{{major}} gives no tag while versions begin with 0";
        let draft = draft(&holdings, &home());
        assert_eq!(draft.left.iter().any(|what| what.starts_with(told)), is_told, "{tag}: {:?}", draft.left);
    }
}
