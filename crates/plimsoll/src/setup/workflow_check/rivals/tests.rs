use super::*;

fn lines_with(text: &str, what: What) -> Vec<Lines> {
    find_steps(text).into_iter().filter(|found| writes(&found.step, what)).map(|found| found.lines).collect()
}

#[test]
fn what_goes_elsewhere_is_not_to_be_deleted() {
    let text = "on: { push: { branches: [main], tags: ['v*'] } }\njobs:\n  dev:\n    if: github.ref_type == 'branch'\n    steps:\n      - uses: actions/checkout@v4\n      - run: |\n          docker build -t dev.example/app:main .\n          docker push dev.example/app:main\n  real:\n    if: github.ref_type == 'tag'\n    steps:\n      - uses: docker/build-push-action@v6\n        with: { push: true, tags: 'ghcr.io/acme/app:${{ github.ref_name }}' }\n";
    let files = [WorkflowFile { path: "a.yml".into(), text: text.into() }];
    let own = |repository: &str| Own { repositories: vec![repository.into()], ..Own::default() };
    let present = Present { workflows: &files, pipeline: &[], called: &[], goreleaser: None };
    for (repository, want) in
        [("ghcr.io/acme/app", "delete lines 13 to 14,"), ("dev.example/app", "delete lines 7 to 9,")]
    {
        let found = of_workflows(present, &own(repository)).remove("a.yml").unwrap_or_default();
        let shown = format!("{found:?}");
        assert!(found.len() == 1 && shown.contains(want), "{shown}");
    }
}

#[test]
fn steps_are_found_by_what_they_do() {
    let text = "jobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n      - name: Build\n        uses: docker/build-push-action@v6\n        with:\n          push: true\n\n      # What is next.\n      - run: |\n          echo helm package\n          docker push a/b\n      - uses: docker/build-push-action@v6\n        with: { push: false }\n  b:\n    steps:\n    - run: helm push a.tgz oci://x\n    - uses: softprops/action-gh-release@v2\n";
    assert_eq!(lines_with(text, What::Images), [(5, 8), (11, 13)]);
    assert_eq!(lines_with(text, What::Charts), [(11, 13), (18, 18)]);
    assert_eq!(lines_with(text, What::Pages), [(19, 19)]);
    assert_eq!(lines_with("jobs: {}\n", What::Images), []);
}

/// What is said of these steps, which git tags set off, beside this file of GoReleaser.
fn said_of(steps: &str, goreleaser: Option<&str>) -> String {
    let text = format!("on: {{ push: {{ tags: ['v*'] }} }}\njobs:\n  a:\n    steps:\n{steps}");
    let file = |path: &str, text: &str| WorkflowFile { path: path.into(), text: text.into() };
    let goreleaser =
        goreleaser.map(|text| GoreleaserFile::beside(file(".goreleaser.yaml", text), None, None));
    let files = [file("a.yml", &text)];
    let present = Present { workflows: &files, pipeline: &[], called: &[], goreleaser: goreleaser.as_ref() };
    let own = Own {
        repository: Some("acme/app".into()),
        repositories: vec!["ghcr.io/acme/app".into()],
        pages: true,
        ..Own::default()
    };
    format!("{:?}", of_workflows(present, &own).remove("a.yml").unwrap_or_default())
}

#[test]
fn a_page_of_another_repository_is_no_rival() {
    let page = |with: &str| format!("      - uses: softprops/action-gh-release@v3{with}\n");
    assert!(said_of(&page(""), None).contains("delete line 5,"));
    let other = page("\n        with: { repository: acme/charts }");
    assert_eq!(said_of(&other, None), "[]");
    assert_eq!(said_of(&format!("      # {}", page("").trim()), None), "[]");
    let both = said_of(&format!("{other}{}", page("")), None);
    assert!(both.contains("delete line 7,"), "{both}");
}

#[test]
fn goreleaser_pushes_images_where_its_file_has_some() {
    let steps = "      - uses: docker/build-push-action@v6\n        with: { push: true, tags: 'ghcr.io/acme/app:${{ github.ref_name }}' }\n      - uses: goreleaser/goreleaser-action@v6\n        with: { args: release }\n";
    let none = said_of(steps, Some("release: { disable: true }\nsboms: [{ artifacts: source }]\n"));
    assert!(none.contains("delete lines 5 to 6, or"), "{none}");
    let some = said_of(
        steps,
        Some("release: { disable: true }\ndockers: [{ image_templates: ['ghcr.io/acme/app:{{ .Tag }}'] }]\n"),
    );
    assert!(some.contains("delete lines 5 to 6, lines 7 to 8, or"), "{some}");
}

#[test]
fn what_makes_more_than_images_is_not_deleted() {
    let run = "      - uses: goreleaser/goreleaser-action@v6\n        with: { args: release }\n";
    let image = "      - uses: docker/build-push-action@v6\n        with: { push: true, tags: 'ghcr.io/acme/app:${{ github.ref_name }}' }\n";
    let file =
        "archives: [{ formats: [zip] }]\ndockers: [{ image_templates: ['ghcr.io/acme/app:{{ .Tag }}'] }]\n";
    let both = said_of(&format!("{image}{run}"), Some(file));
    assert!(both.contains("delete lines 5 to 6, and take `dockers` out of .goreleaser.yaml"), "{both}");
    let alone = said_of(run, Some(file));
    assert!(alone.contains("\"take `dockers` out of .goreleaser.yaml"), "{alone}");
    let unread = said_of(&format!("{image}{run}"), None);
    assert!(unread.contains("delete lines 5 to 6, or"), "{unread}");
    let files = said_of("      - uses: softprops/action-gh-release@v3\n        with: { files: a }\n", None);
    assert!(files.contains("it puts files on the page") && !files.contains("delete line"), "{files}");
}

#[test]
fn a_draft_that_a_person_publishes_is_no_rival_of_a_release_by_pages() {
    let file = |path: &str, on: &str, step: &str| WorkflowFile {
        path: path.to_owned(),
        text: format!("on: {on}\njobs:\n  a:\n    steps:\n      - {step}\n"),
    };
    let tags = "{ push: { tags: ['v*'] } }";
    let pages = "{ release: { types: [published] } }";
    let page = "{ uses: softprops/action-gh-release@v2, with: { draft: true } }";
    let image = "{ uses: docker/build-push-action@v6, with: { push: true, tags: 'acme/app:${{ github.ref_name }}' } }";
    let own = Own { pages: true, repository: Some("acme/app".into()), ..Own::default() };
    for (by, is_rival) in [(pages, false), (tags, true)] {
        let files = [file("page.yml", tags, page), file("image.yml", by, image)];
        let present = Present { workflows: &files, pipeline: &[], called: &[], goreleaser: None };
        let found = of_workflows(present, &own).remove("page.yml").unwrap_or_default();
        assert_eq!(!found.is_empty(), is_rival, "{by}: {found:?}");
    }
    let files = [file("files.yml", pages, "{ uses: softprops/action-gh-release@v2, with: { files: a } }")];
    let present = Present { workflows: &files, pipeline: &[], called: &[], goreleaser: None };
    assert!(of_workflows(present, &own).values().all(Vec::is_empty));
}
