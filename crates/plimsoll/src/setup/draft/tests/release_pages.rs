//! Who makes release pages, and what of them is told.

use super::*;
use crate::setup::from_workflows::GoreleaserFile;

const IMAGE: &str = "{ uses: docker/build-push-action@v6, with: { push: true, tags: 'ghcr.io/acme/app:${{ github.ref_name }}' } }";
const TAGS: &str = "{ push: { tags: ['v*'] } }";
const PAGES: &str = "{ release: { types: [published] } }";

/// The draft of workflows, each with what sets it off and the steps of its job.
fn of(workflows: &[(&str, &str)], goreleaser: Option<&str>) -> Draft {
    let file = |(place, (on, steps)): (usize, &(&str, &str))| WorkflowFile {
        path: format!("{place}.yml"),
        text: format!("on: {on}\njobs:\n  a:\n    steps:\n{steps}"),
    };
    let goreleaser = goreleaser.map(|text| {
        let file = WorkflowFile { path: ".goreleaser.yaml".into(), text: text.into() };
        GoreleaserFile::beside(file, None, None)
    });
    let workflows = workflows.iter().enumerate().map(file).collect();
    let home = Home { has_pages: true, ..home() };
    draft(&Holdings { workflows, goreleaser, ..Holdings::default() }, &home)
}

fn tells(draft: &Draft, what: &str) -> bool {
    draft.left.iter().any(|told| told.contains(what))
}

#[test]
fn a_page_that_stays_a_draft_is_not_published_by_the_draft() {
    let image = format!("      - {IMAGE}\n");
    for (step, is_draft) in [
        ("{ uses: softprops/action-gh-release@v2, with: { draft: true } }", true),
        ("{ uses: ncipollo/release-action@v1, with: { draft: '${{ inputs.draft }}' } }", true),
        ("{ run: 'gh release create \"$TAG\" --draft --generate-notes' }", true),
        ("{ run: \"gh release create v1 \\\\\\n  --draft\\n\" }", true),
        ("{ uses: softprops/action-gh-release@v2, with: { draft: false } }", false),
        ("{ run: \"gh release create v1 --draft\\ngh release edit v1 --draft=false\\n\" }", false),
    ] {
        let draft = of(&[(TAGS, &format!("{image}      - {step}\n"))], None);
        assert_eq!(draft.text.contains("\n[forge]\n"), !is_draft, "{step}: {}", draft.text);
        assert_eq!(tells(&draft, "leaves the release page a draft"), is_draft, "{step}: {:?}", draft.left);
    }
    let run = "      - { uses: goreleaser/goreleaser-action@v6, with: { args: release } }\n";
    for (page, is_draft) in [("{ draft: true }", true), ("{ prerelease: auto }", false)] {
        let draft = of(&[(TAGS, &format!("{image}{run}"))], Some(&format!("release: {page}\n")));
        assert_eq!(draft.text.contains("\n[forge]\n"), !is_draft, "{page}: {}", draft.text);
        assert_eq!(tells(&draft, ".goreleaser.yaml: `draft: true` of `release` leaves"), is_draft, "{page}");
    }
    let publish = "      - { run: gh release edit $TAG --draft=false }\n";
    let draft = of(&[(TAGS, &format!("{image}{run}{publish}"))], Some("release: { draft: true }\n"));
    assert!(
        draft.text.contains("\n[forge]\n") && !tells(&draft, "leaves the release page"),
        "{}",
        draft.text
    );
}

#[test]
fn a_draft_whose_page_sets_the_release_off_is_completed() {
    let page = "      - { uses: softprops/action-gh-release@v2, with: { draft: true } }\n";
    let draft = of(&[(PAGES, &format!("      - {IMAGE}\n")), (TAGS, page)], None);
    assert!(draft.by_hand && draft.text.contains("\n[forge]\nrelease = \"version\"\n"), "{}", draft.text);
    assert!(!tells(&draft, "a draft"), "{:?}", draft.left);
}

#[test]
fn what_only_adds_files_to_a_page_makes_none() {
    let image = format!("      - {IMAGE}\n");
    let upload = "      - run: go build -o dist/app .\n      - { name: Upload, uses: softprops/action-gh-release@v2, with: { files: dist/* } }\n";
    let alone = of(&[(TAGS, &image), (PAGES, upload)], None);
    assert!(!alone.by_hand && !alone.text.contains("\n[forge]\n"), "{}", alone.text);
    assert!(!alone.text.contains("go build"), "{}", alone.text);
    let told = "1.yml: step `Upload` puts files on the release page, and no release does that: dist/*";
    assert!(tells(&alone, told), "{:?}", alone.left);
    let follower = "1.yml: a release page sets it off, and one that a job makes with its own token";
    assert!(!tells(&alone, follower), "{:?}", alone.left);
    let made = of(
        &[(TAGS, &format!("{image}      - uses: softprops/action-gh-release@v2\n")), (PAGES, upload)],
        None,
    );
    assert!(made.text.contains("\n[forge]\n") && tells(&made, follower), "{}", made.text);
}

#[test]
fn files_of_pages_are_told() {
    for (step, files) in [
        (
            "{ uses: softprops/action-gh-release@v2, with: { files: \"a.zip\\n\\nb.zip\\n\" } }",
            Some("a.zip, b.zip"),
        ),
        ("{ uses: ncipollo/release-action@v1, with: { artifacts: 'dist/*' } }", Some("dist/*")),
        (
            "{ run: 'gh release create v1 --title \"One two\" --generate-notes a.tgz \"b.tgz\"' }",
            Some("a.tgz, b.tgz"),
        ),
        ("{ run: \"gh release create v1 \\\\\\n  -n text \\\\\\n  a.tgz\\n\" }", Some("a.tgz")),
        ("{ run: 'gh release create v1 --notes text' }", None),
        ("{ uses: softprops/action-gh-release@v2, with: { files: a, repository: acme/other } }", None),
    ] {
        let draft = of(&[(TAGS, &format!("      - {IMAGE}\n      - {step}\n"))], None);
        let told = draft.left.iter().find_map(|told| Some(told.split_once("and no release does that: ")?.1));
        assert_eq!(told, files, "{step}: {:?}", draft.left);
    }
}
