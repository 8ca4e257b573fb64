//! Laws of reading Dockerfiles, and what is read of real ones.

use proptest::prelude::*;

use super::*;

mod published;

fn parse(text: &str) -> Dockerfile {
    Dockerfile::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

#[test]
fn directives_end_at_the_first_line_that_is_none() {
    for (text, syntax) in [
        ("# syntax=docker/dockerfile:1\nFROM a", Some("docker/dockerfile:1")),
        ("#SYNTAX = docker/dockerfile:1 \nFROM a", Some("docker/dockerfile:1")),
        ("# check=skip=all\n# syntax=x/y\nFROM a", Some("x/y")),
        ("# hello\n# syntax=docker/dockerfile:1\nFROM a", None),
        ("\n# syntax=docker/dockerfile:1\nFROM a", None),
        ("FROM a\n# syntax=docker/dockerfile:1", None),
        ("\u{feff}# syntax=docker/dockerfile:1\nFROM a", Some("docker/dockerfile:1")),
    ] {
        assert_eq!(parse(text).syntax.as_deref(), syntax, "{text}");
    }
}

#[test]
fn the_escape_directive_moves_the_end_of_lines() {
    let windows = parse(
        "# escape=`\nFROM mcr.microsoft.com/windows/nanoserver:ltsc2022\nCOPY a c:\\\nARG A=1 `\n  B\n",
    );
    assert_eq!(windows.stages.len(), 1);
    let names: Vec<&str> = windows
        .stages
        .iter()
        .flat_map(|stage| &stage.arguments)
        .map(|argument| argument.name.as_str())
        .collect();
    assert_eq!(names, ["A", "B"]);
    assert_eq!(
        Dockerfile::parse("# escape=/\nFROM a"),
        Err(DockerfileError::Escape { line: 1, found: "/".into() })
    );
}

#[test]
fn the_bodies_of_here_documents_are_no_instructions() {
    let text = "FROM a\nRUN <<EOF cat >/x && <<-'END' sh\nFROM b\nEOF\n\tFROM c\n\tEND\nCOPY <<one <<\"two\" /\nFROM d\none\ntwo\nRUN cat <<<FROM '<<no'\nFROM scratch AS last\n";
    let bases: Vec<Base> = parse(text).stages.into_iter().map(|stage| stage.base).collect();
    assert_eq!(bases, [Base::Image("a".into()), Base::Scratch]);
    let open = Dockerfile::parse("FROM a\nRUN <<EOF\necho\n");
    assert_eq!(open, Err(DockerfileError::OpenHeredoc { line: 2, name: "EOF".into() }));
}

#[test]
fn what_no_builder_would_take_is_refused_with_its_line() {
    let refused: Vec<String> =
        ["", "# FROM a\n", "RUN a", "FROM", "FROM a b", "FROM a AS", "ARG", "FROM a\n\nCPOY b /\n"]
            .iter()
            .map(|text| Dockerfile::parse(text).unwrap_err().to_string())
            .collect();
    assert_eq!(
        refused,
        [
            "it has no FROM: there is nothing to build",
            "it has no FROM: there is nothing to build",
            "line 1: RUN comes before the first FROM",
            "line 1: FROM names no image",
            "line 1: FROM takes one image, and perhaps `AS` with one name",
            "line 1: FROM takes one image, and perhaps `AS` with one name",
            "line 1: ARG names no argument",
            "line 3: there is no instruction `CPOY`",
        ]
    );
    // A frontend of somebody else's has instructions of its own.
    assert_eq!(parse("# syntax=example.org/mine\nFROM a\nINCLUDE b\n").stages.len(), 1);
}

#[test]
fn stages_are_followed_through_bases_copies_and_mounts() {
    let dockerfile = parse(
        "ARG TAG=1\nFROM --platform=$BUILDPLATFORM go:${TAG} AS Compile\nARG VERSION\nLABEL a=1\nRUN go build\n\
         FROM compile AS tested\nRUN go test\n\
         FROM alpine AS unused\nARG VCS_REF\nRUN x\n\
         FROM scratch AS base\nLABEL \"b\"=1 c='2' $d=3\nLABEL old style\n\
         FROM base\nCOPY --from=compile /x /x\nRUN --mount=type=bind,from=1,target=/y true\n",
    );
    let last = dockerfile.find_stage(None).unwrap();
    assert_eq!((last, dockerfile.reached(last)), (4, vec![0, 1, 3, 4]));
    assert_eq!(dockerfile.label_keys(last), ["b", "c", "old"]);
    assert!(dockerfile.declares(last, "VERSION") && dockerfile.declares(last, "TAG"));
    assert!(!dockerfile.declares(last, "VCS_REF"), "the stage that declares it is not built");
    assert!(dockerfile.runs_on_target(last));
    assert!(!dockerfile.runs_on_target(1), "a stage on a stage runs where that one does");
    assert_eq!(dockerfile.find_stage(Some("TESTED")), Some(1));
    assert_eq!(dockerfile.find_stage(Some("2")), Some(2));
    assert_eq!(dockerfile.find_stage(Some("5")), None);
    assert_eq!(dockerfile.find_base(0, &BTreeMap::new()), Some("go:1".into()));
    let given = BTreeMap::from([("TAG".to_owned(), "2".to_owned())]);
    assert_eq!(dockerfile.find_base(1, &given), Some("go:2".into()));
    assert_eq!(dockerfile.find_base(last, &given), None);
}

#[test]
fn variables_stand_for_their_values() {
    let values: BTreeMap<String, String> =
        [("a", "1"), ("empty", "")].map(|(name, value)| (name.into(), value.into())).into();
    for (text, want) in [
        ("$a-${a}", Some("1-1")),
        ("\\$a", Some("$a")),
        ("${b:-x$a}", Some("x1")),
        ("${empty:-x}${empty-y}", Some("x")),
        ("${a:+x}${b:+y}${b+z}", Some("x")),
        ("${b}", None),
        ("$b", None),
        ("${a#1}", None),
        ("$", None),
        ("${a", None),
    ] {
        assert_eq!(expand(text, &values).as_deref(), want, "{text}");
    }
}

/// Instructions whose arguments are words, spelled in one of the ways that mean the same.
fn spelled(instructions: &[(String, Vec<String>)], spelling: &[u8]) -> String {
    let mut spelling = spelling.iter().copied().cycle();
    let mut text = String::new();
    for (word, arguments) in instructions {
        if spelling.next() == Some(1) {
            text.push_str("# a comment \\\n\n");
        }
        let lower = word.to_lowercase();
        text.push_str(if spelling.next() == Some(2) { &lower } else { word });
        for argument in arguments {
            text.push_str(match spelling.next() {
                Some(0) => " ",
                Some(1) => " \\\n  ",
                Some(2) => "\t\\  \n# in between\n\n\t",
                _ => "   ",
            });
            text.push_str(argument);
        }
        text.push('\n');
    }
    text
}

fn instructions() -> impl Strategy<Value = Vec<(String, Vec<String>)>> {
    let argument = "[a-z]{1,4}(=[a-z]{0,3})?";
    let further = prop_oneof![
        prop::collection::vec(argument, 1..4).prop_map(|words| ("ARG".to_owned(), words)),
        prop::collection::vec("[a-z]{1,4}=[a-z]{0,3}", 1..4).prop_map(|words| ("LABEL".to_owned(), words)),
        prop::collection::vec("[a-z]{1,4}", 1..4).prop_map(|words| ("RUN".to_owned(), words)),
        ("[a-z]{1,4}", "[a-z]{1,2}")
            .prop_map(|(image, name)| ("FROM".to_owned(), vec![image, "AS".to_owned(), name])),
    ];
    prop::collection::vec(further, 0..8).prop_map(|mut rest| {
        rest.insert(0, ("FROM".to_owned(), vec!["base".to_owned()]));
        rest
    })
}

proptest! {
    #[test]
    fn spelling_changes_nothing(instructions in instructions(), spelling in prop::collection::vec(0u8..4, 1..12)) {
        let plain = parse(&spelled(&instructions, &[3]));
        let mut other = parse(&spelled(&instructions, &spelling));
        for (stage, plain) in other.stages.iter_mut().zip(&plain.stages) {
            stage.line = plain.line;
        }
        prop_assert_eq!(other, plain);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "(FROM|RUN|ARG|COPY --from=|<<E|E|\\$\\{|[ \\\\\n#='\"a-z]){0,40}") {
        if let Ok(dockerfile) = Dockerfile::parse(&text) {
            let last = dockerfile.find_stage(None).unwrap();
            prop_assert!(dockerfile.reached(last).contains(&last));
            let earlier = |(at, stage): (usize, &Stage)| {
                let base = match stage.base { Base::Stage(base) => base < at, _ => true };
                base && stage.uses.iter().all(|other| *other < at)
            };
            prop_assert!(dockerfile.stages.iter().enumerate().all(earlier));
        }
    }
}
