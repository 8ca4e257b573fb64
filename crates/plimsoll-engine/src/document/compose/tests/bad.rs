use super::*;

fn unpinned(text: &str) -> Vec<String> {
    let file = read(text);
    match choose(&file, &BTreeMap::new(), ThirdParty::Resolve) {
        Err(unpinned) => whys(&unpinned),
        Ok(_) => Vec::new(),
    }
}

#[test]
fn what_could_run_unpinned_is_named() {
    for (text, want) in [
        (
            "include:\n  - db.yml\n  - path: [a.yml, b.yml]\nservices:\n  web: {image: a:1}\n",
            vec![
                "2:-: `include` brings in the services of `db.yml`",
                "3:-: `include` brings in the services of `a.yml`",
                "3:-: `include` brings in the services of `b.yml`",
            ],
        ),
        (
            "services:\n  web:\n    extends: {file: common.yml, service: base}\n",
            vec!["3:web: it takes over service `base` of `common.yml`"],
        ),
        (
            "services:\n  web:\n    image: a:1\n    extends: {file: common.yml, service: base}\n",
            vec!["4:web: it takes over service `base` of `common.yml`"],
        ),
        (
            "services:\n  web:\n    build: .\n    extends: {file: common.yml, service: base}\n",
            vec![
                "2:web: it is built, and no released image is named for it",
                "4:web: it takes over service `base` of `common.yml`",
            ],
        ),
        (
            "services:\n  web:\n    image: a:1\n    pre_start:\n    - {image: busybox:latest, command: x}\n    - command: y\n",
            vec!["5:web: its `pre_start` runs the image `busybox:latest`"],
        ),
        (
            "services:\n  llm: {provider: {type: model, options: {model: [ai/smol]}}}\n",
            vec!["2:llm: model `llm` is taken from a registry: `ai/smol`"],
        ),
        ("services:\n  web: {extends: nobody}\n", vec!["2:web: it extends `nobody`, which leads nowhere"]),
        (
            "services:\n  a: {extends: b}\n  b: {extends: a}\n",
            vec!["2:a: it extends `b`, which leads nowhere", "3:b: it extends `a`, which leads nowhere"],
        ),
        ("services:\n  web: {build: .}\n", vec!["2:web: it is built, and no released image is named for it"]),
        ("services:\n  web: {command: x}\n", vec!["2:web: it has neither `image` nor `build`"]),
        ("services:\n  web: {image: 12}\n", vec!["2:web: its `image` is not a text"]),
        ("services:\n  web: {image: [a]}\n", vec!["2:web: its `image` is not a text"]),
        ("services:\n  web: {image: !reset null}\n", vec!["2:web: its `image` is not a text"]),
        (
            "services:\n  web: {image: \"acme\\x2fapp:1\"}\n",
            vec!["2:web: its `image` is written with escapes, which is not edited in place"],
        ),
        ("services:\n  web: {image: \"${A\"}\n", vec!["2:web: `${A`: `${` without its `}`"]),
        (
            "services:\n  web: {image: \"$A/app:${B}\"}\n",
            vec!["2:web: `$A/app:${B}` hangs on `A` and `B`, which have no default"],
        ),
        (
            "services:\n  web: {image: \"app:${TAG:?say which}\"}\n",
            vec!["2:web: `app:${TAG:?say which}` hangs on `TAG`, which has no default"],
        ),
        (
            "x-i: &i a:1\nservices:\n  web: {image: *i, environment: {IMAGE: *i}}\n",
            vec!["1:web: its image is the anchor of line 1, which is used for something else as well"],
        ),
        (
            "services:\n  web: {environment: {IMAGE: &i a:1}, image: *i}\n",
            vec!["2:web: its image is the anchor of line 2, which is used for something else as well"],
        ),
        (
            "services:\n  web:\n    image: a:1\n    volumes:\n    - {type: image, source: data:1, target: /data}\n",
            vec!["5:web: it mounts the image `data:1` as a volume"],
        ),
        (
            "models:\n  llm: {model: ai/smol}\nservices:\n  web: {image: a:1}\n",
            vec!["2:-: model `llm` is taken from a registry: `ai/smol`"],
        ),
    ] {
        assert_eq!(unpinned(text), want, "{text}");
    }
    assert!(unpinned("services:\n  web: {image: Acme/App:1}\n")[0].contains("`Acme/App:1` is no image"));
    assert!(unpinned("services:\n  p: {provider: {type: x, options: {model: y}}}\n").is_empty());
}

/// Where a text may name an image beside `image`.
const BESIDE: [&str; 4] = [
    "services:\n  web:\n    image: a:1\n    pre_start: [{image: \"IMAGE\"}]\n",
    "services:\n  web:\n    image: a:1\n    volumes: [{type: image, source: \"IMAGE\", target: /d}]\n",
    "services:\n  web: {provider: {type: model, options: {model: \"IMAGE\"}}}\n",
    "models: {llm: {model: \"IMAGE\"}}\nservices: {}\n",
];

#[test]
fn a_digest_that_is_a_default_of_a_variable_pins_nothing() {
    let digest = digest_of(&"a:1".parse().unwrap());
    for text in BESIDE {
        for (image, is_pinned) in [
            (format!("b:1@{digest}"), true),
            (format!("${{B:-b:1}}@{digest}"), true),
            (format!("${{B:-b:1@{digest}}}"), false),
            (format!("b@${{D:-{digest}}}"), false),
        ] {
            assert_eq!(unpinned(&text.replace("IMAGE", &image)).is_empty(), is_pinned, "{text} {image}");
        }
    }
}

#[test]
fn what_a_service_that_is_left_alone_hands_on_is_named() {
    let left = ["base".to_owned()];
    for base in ["pre_start: [{image: b:1}]", "extends: {file: other.yml, service: b}"] {
        let text = format!(
            "services:\n  base:\n    image: a:1\n    {base}\n  mid: {{image: a:1, extends: base}}\n  web: {{image: a:1, extends: {{service: mid}}}}\n"
        );
        let file = read(&text);
        let choices = Choices::make(&file, &BTreeMap::new(), ThirdParty::Keep, Left { services: &left });
        let services: Vec<_> =
            choices.unpinned().iter().map(|unpinned| unpinned.service.as_deref().unwrap()).collect();
        assert_eq!(services, ["mid", "web"], "{base}");
    }
}

#[test]
fn what_a_registry_does_not_have_is_named() {
    let file = read("services:\n  b: {image: b:1}\n  a: {image: a:1}\n");
    let choices = Choices::make(&file, &BTreeMap::new(), ThirdParty::Resolve, Left::default());
    let resolved = choices.to_resolve().into_iter().map(|reference| {
        let why = Why::NotThere { reference: reference.clone() };
        (reference, Err(why))
    });
    let unpinned = choices.clone().pins(&resolved.collect()).unwrap_err();
    assert_eq!(
        whys(&unpinned),
        ["2:b: `docker.io/library/b:1` is not there", "3:a: `docker.io/library/a:1` is not there"]
    );
}

#[test]
fn what_is_no_compose_file_and_why() {
    for (text, want) in [
        ("volumes: {}\n", "there are no `services` in it"),
        (
            "web:\n  image: a:1\n",
            "line 2: service `web` stands outside of `services`, as in the first version of the format",
        ),
        ("[services]\n", "line 1: `the file` is not a mapping"),
        ("services: [a]\n", "line 1: `services` is not a mapping"),
        ("services:\n  web: a:1\n", "line 2: `services.web` is not a mapping"),
        ("services:\n  web:\n    image: a:1\n    image: b:1\n", "line 4: `image` stands in line 3 already"),
        ("services:\n\tweb:\n", "line 2 is indented with a tab"),
        ("services: {}\n---\nservices: {}\n", "line 2: a second document begins"),
        ("", "there is nothing in it"),
    ] {
        assert_eq!(ComposeFile::parse(text).unwrap_err().to_string(), want, "{text}");
    }
}
