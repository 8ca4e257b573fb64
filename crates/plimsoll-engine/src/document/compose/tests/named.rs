use super::*;

const DIGEST: &str = "sha256:4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a";

fn pin_named(text: &str, references: &[(&str, &str)], builds: Builds) -> Result<String, Vec<String>> {
    let file = read(text);
    let pins = choose(&file, &wanted(references), ThirdParty::Keep).map_err(|unpinned| whys(&unpinned))?;
    file.pin(&pins, builds).map_err(|error| match error {
        PinError::Unpinned(unpinned) => whys(&unpinned),
        PinError::NotProven => vec!["not proven".to_owned()],
    })
}

#[test]
fn a_released_image_is_written_as_little_changed_as_can_be() {
    let wanted = format!("acme/app:v1.4.0@{DIGEST}");
    for (written, want) in [
        ("acme/app:v1.4.0", format!("acme/app:v1.4.0@{DIGEST}")),
        ("\"acme/app:v1.4.0\"", format!("\"acme/app:v1.4.0@{DIGEST}\"")),
        ("${IMAGE:-acme/app:v1.4.0}", format!("${{IMAGE:-acme/app:v1.4.0}}@{DIGEST}")),
        ("${IMAGE:-acme/app:latest}", format!("acme/app:v1.4.0@{DIGEST}")),
        ("'${IMAGE}'", format!("'acme/app:v1.4.0@{DIGEST}'")),
        ("acme/app", format!("acme/app:v1.4.0@{DIGEST}")),
        ("example.org/old:1 # c", format!("acme/app:v1.4.0@{DIGEST} # c")),
        (
            "acme/app:v1.4.0@sha256:dbc1b4c900ffe48d575b5da5c638040125f65db0fe3e24494b76ea986457d986",
            format!("acme/app:v1.4.0@{DIGEST}"),
        ),
        (
            "${I:-acme/app:v1.4.0@sha256:dbc1b4c900ffe48d575b5da5c638040125f65db0fe3e24494b76ea986457d986}",
            format!("acme/app:v1.4.0@{DIGEST}"),
        ),
    ] {
        let pinned = pin_named(
            &format!("services:\n  app:\n    image: {written}\n"),
            &[("app", &wanted)],
            Builds::Drop,
        );
        assert_eq!(pinned, Ok(format!("services:\n  app:\n    image: {want}\n")), "{written}");
    }
}

#[test]
fn an_image_whose_digest_is_a_default_is_written_out() {
    for (written, want) in [
        (format!("${{DB:-postgres:16@{DIGEST}}}"), format!("postgres:16@{DIGEST}")),
        (format!("redis@${{REDIS:-{DIGEST}}}"), format!("redis@{DIGEST}")),
        (format!("${{DB:-postgres:16}}@{DIGEST}"), format!("${{DB:-postgres:16}}@{DIGEST}")),
    ] {
        let text = format!("services:\n  db:\n    image: {written}\n");
        let is_pinned = read(&text).find_unpinned(&[]).is_empty();
        assert_eq!(is_pinned, written == want, "{written}");
        assert_eq!(pin_all(&text), format!("services:\n  db:\n    image: {want}\n"), "{written}");
    }
    let text = format!("services:\n  db: {{image: \"${{DB:-postgres:16@{DIGEST}}}\"}}\n");
    assert_eq!(
        whys(&read(&text).find_unpinned(&[])),
        [format!(
            "2:db: the digest of `${{DB:-postgres:16@{DIGEST}}}` is a variable's default: whoever sets the variable runs \
             something else"
        )]
    );
}

#[test]
fn a_release_keeps_the_spelling_of_a_name() {
    let reference: Reference = format!("docker.io/acme/app:v1.4.0@{DIGEST}").parse().unwrap();
    let file = read("services:\n  app:\n    image: acme/app:dev\n");
    let wanted = BTreeMap::from([("app".to_owned(), Wanted { reference, spelled: None })]);
    let pins = choose(&file, &wanted, ThirdParty::Keep).unwrap();
    let pinned = file.pin(&pins, Builds::Drop).unwrap();
    assert_eq!(pinned, format!("services:\n  app:\n    image: acme/app:v1.4.0@{DIGEST}\n"));
}

#[test]
fn build_sections_give_way_or_stay() {
    let wanted = format!("acme/app:1@{DIGEST}");
    let beside = "services:\n  app:\n    build:  # here\n      context: .\n      args: [A]  # so\n    image: acme/app:1\n    # rest\n    ports: [\"80:80\"]\n";
    let alone = "services:\n  app:\n    build: .  # here\n    ports: [\"80:80\"]\n";
    let first = "services: {app: {build: ., ports: [\"80:80\"]}}\n";
    for (text, builds, want) in [
        (
            beside,
            Builds::Drop,
            format!("services:\n  app:\n    image: {wanted}\n    # rest\n    ports: [\"80:80\"]\n"),
        ),
        (beside, Builds::Keep, beside.replace("acme/app:1", &wanted)),
        (
            alone,
            Builds::Drop,
            format!("services:\n  app:\n    image: {wanted}  # here\n    ports: [\"80:80\"]\n"),
        ),
        (
            alone,
            Builds::Keep,
            format!("services:\n  app:\n    image: {wanted}\n    build: .  # here\n    ports: [\"80:80\"]\n"),
        ),
        (first, Builds::Drop, format!("services: {{app: {{image: {wanted}, ports: [\"80:80\"]}}}}\n")),
        (
            first,
            Builds::Keep,
            format!("services: {{app: {{image: {wanted}, build: ., ports: [\"80:80\"]}}}}\n"),
        ),
    ] {
        assert_eq!(pin_named(text, &[("app", &wanted)], builds), Ok(want), "{text}");
    }
}

#[test]
fn a_build_section_that_services_share_gives_way_once() {
    let wanted = format!("acme/app:1@{DIGEST}");
    let text = "x-app: &app\n  build: .\n  restart: always\nservices:\n  web: {<<: *app, command: web}\n  worker: {<<: *app, command: work}\n";
    let pinned = pin_named(text, &[("web", &wanted), ("worker", &wanted)], Builds::Drop);
    assert_eq!(pinned, Ok(text.replace("build: .", &format!("image: {wanted}"))));
    let one = pin_named(text, &[("web", &wanted)], Builds::Drop);
    assert_eq!(one, Err(vec!["6:worker: it is built, and no released image is named for it".to_owned()]));
    let other = format!("acme/other:1@{DIGEST}");
    let two = pin_named(text, &[("web", &wanted), ("worker", &other)], Builds::Drop);
    let why = "2:worker: it shares its `image` or `build` with `web`, for which something else is wanted";
    assert_eq!(two, Err(vec![why.to_owned()]));
}

#[test]
fn a_build_section_is_taken_out_of_the_braces_around_it() {
    let wanted = format!("acme/app:1@{DIGEST}");
    for (text, want) in [
        ("{image: acme/app:1, build: .}", "{image: IT}"),
        ("{ build: ., image: acme/app:1 }", "{ image: IT }"),
        (
            "{ build: { context: ., args: [a, b] }, image: acme/app:1, ports: [80] }",
            "{ image: IT, ports: [80] }",
        ),
        ("{ image: acme/app:1, build: { context: . }, ports: [80] }", "{ image: IT, ports: [80] }"),
        ("{ image: acme/app:1 , build: . , }", "{ image: IT , }"),
        ("{\n    build: .,\n    image: acme/app:1,\n  }", "{\n    \n    image: IT,\n  }"),
        ("{\n    image: acme/app:1,\n    build: .\n  }", "{\n    image: IT,\n  }"),
    ] {
        let text = format!("services:\n  app: {text}\n");
        let pinned = pin_named(&text, &[("app", &wanted)], Builds::Drop);
        let want = format!("services:\n  app: {}\n", want.replace("IT", &wanted));
        assert_eq!(pinned, Ok(want), "{text}");
    }
}

#[test]
fn what_a_comment_follows_in_braces_is_not_taken_out() {
    let text = "services:\n  app: {image: acme/app:1, build: .  # here\n  }\n";
    let pinned = pin_named(text, &[("app", &format!("acme/app:1@{DIGEST}"))], Builds::Drop);
    let why = "2:app: its `build` is written on a line with other keys, and is not taken out there";
    assert_eq!(pinned, Err(vec![why.to_owned()]));
}

#[test]
fn kept_images_need_a_version() {
    let text = "services:\n  a: {image: postgres:16}\n  b: {image: redis}\n  c: {image: nginx:latest}\n";
    let left = pin_named(text, &[], Builds::Drop);
    assert_eq!(
        left,
        Err(vec![
            "3:b: `redis` is kept, but names no version".to_owned(),
            "4:c: `nginx:latest` is kept, but names no version".to_owned()
        ])
    );
    let file = read(text);
    let services = ["b".to_owned(), "c".to_owned()];
    let choices = Choices::make(&file, &BTreeMap::new(), ThirdParty::Keep, Left { services: &services });
    assert_eq!(choices.pins(&BTreeMap::new()), Ok(BTreeMap::new()));
}

#[test]
fn names_mean_services_first_then_images() {
    let text = "services:\n  app: {image: \"${I:-acme/app:1}\"}\n  db: {image: postgres:16}\n  two: {image: acme/app:2}\n  postgres: {image: other:1}\n";
    let file = read(text);
    for (name, want) in [
        ("app", vec!["app"]),
        ("${I:-acme/app:1}", vec!["app"]),
        ("acme/app:1", vec!["app"]),
        ("acme/app", vec!["app", "two"]),
        ("postgres:16", vec!["db"]),
        ("postgres", vec!["postgres"]),
        ("docker.io/library/postgres", vec!["db"]),
        ("nothing", vec![]),
    ] {
        assert_eq!(file.find_services(name), want, "{name}");
    }
}
