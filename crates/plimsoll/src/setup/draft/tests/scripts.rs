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
