use proptest::prelude::*;

use super::*;

fn image() -> impl Strategy<Value = String> {
    let name = "[a-z]{1,6}(/[a-z]{1,6}){0,2}";
    let tag = "(:[a-z0-9]{1,5})?";
    (name, tag, 0..6_usize).prop_map(|(name, tag, form)| match form {
        0 => format!("${{IMAGE:-{name}{tag}}}"),
        1 => format!("\"{name}{tag}\""),
        2 => format!("'{name}{tag}'"),
        3 => format!("${{R:-example.org}}/{name}{tag}"),
        _ => format!("{name}{tag}"),
    })
}

fn service() -> impl Strategy<Value = String> {
    let noise = prop_oneof![
        Just(""),
        Just("    # image: x\n"),
        Just("    command: [\"image: x\"]\n"),
        Just("\n"),
        Just("    labels:\n      image: x:1\n"),
    ];
    let end = prop_oneof![Just("\n"), Just("   # c\n"), Just("\r\n")];
    (noise.clone(), image(), end, noise).prop_filter_map(
        "twice the same key",
        |(before, image, end, after)| {
            let twice = before == after && before.contains(": ") && !before.contains('#');
            (!twice).then(|| format!("{before}    image: {image}{end}{after}"))
        },
    )
}

proptest! {
    #[test]
    fn pinning_twice_is_pinning_once_and_unpinning_gives_the_source(
        services in prop::collection::vec(service(), 1..5),
        comment in "(#[ -~é]{0,12}\n)?",
    ) {
        let services: String =
            services.iter().enumerate().map(|(number, service)| format!("  s{number}:\n{service}")).collect();
        let text = format!("{comment}services:\n{services}");
        let pinned = pin_all(&text);
        prop_assert_eq!(&pin_all(&pinned), &pinned);
        prop_assert_eq!(unpin(&pinned), text);
        prop_assert!(read(&pinned).find_unpinned(&[]).is_empty());
    }

    #[test]
    fn no_text_makes_it_panic(text in "(services:\n  a:\n)?[- a-c:#&*<>|{}\\[\\],\n'\"!$@é]{0,60}") {
        if let Ok(file) = ComposeFile::parse(&text) {
            let _ = (file.find_unpinned(&[]), file.find_relative_paths(), file.unpin());
            let _ = choose(&file, &BTreeMap::new(), ThirdParty::Resolve).map(|pins| file.pin(&pins, Builds::Drop));
        }
    }
}
