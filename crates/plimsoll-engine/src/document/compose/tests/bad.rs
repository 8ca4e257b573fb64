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
            vec!["3:web: its image comes from service `base` of `common.yml`"],
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
    assert!(unpinned("services:\n  p: {provider: {type: x}}\n").is_empty());
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
