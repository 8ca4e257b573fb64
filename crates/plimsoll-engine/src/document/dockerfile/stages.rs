//! Stages and what they are made of.

use super::arguments::Argument;
use super::{DockerfileError, Frontend, Instruction, words};

/// One stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// The line of its `FROM`, from 1.
    pub line: usize,
    /// Its name, as written.
    pub name: Option<String>,
    /// What it stands on.
    pub base: Base,
    /// What its programs run on, as its own `FROM` says.
    pub platform: StagePlatform,
    /// The build arguments that it declares.
    pub arguments: Vec<Argument>,
    /// The keys of the labels that it sets, those apart that hold variables.
    pub labels: Vec<String>,
    /// Whether it runs a program.
    pub runs: bool,
    /// Other stages that it takes files from.
    pub uses: Vec<usize>,
}

/// What a stage stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    /// Nothing.
    Scratch,
    /// An earlier stage.
    Stage(usize),
    /// An image, as written: it may hold variables.
    Image(String),
}

/// What the programs of a stage run on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StagePlatform {
    /// The platform that is built for.
    Target,
    /// The platform of the builder: `--platform=$BUILDPLATFORM`.
    Builder,
    /// The one that is written, whatever is built for.
    Fixed(String),
}

/// Every instruction there is (Dockerfile reference, "Overview").
pub(super) const INSTRUCTIONS: &[&str] = &[
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// Reads instructions into the arguments before the first stage, and the stages.
pub(super) fn parse(
    instructions: &[Instruction],
    escape: char,
    frontend: Frontend,
) -> Result<(Vec<Argument>, Vec<Stage>), DockerfileError> {
    let mut arguments = Vec::new();
    let mut stages: Vec<Stage> = Vec::new();
    for instruction in instructions {
        let Instruction { line, word, rest } = instruction;
        let words = words::split(rest, escape);
        if !INSTRUCTIONS.contains(&word.as_str()) {
            match frontend {
                Frontend::Foreign => continue,
                Frontend::Dockers => {
                    return Err(DockerfileError::UnknownInstruction { line: *line, word: word.clone() });
                }
            }
        }
        if word == "FROM" {
            let stage = parse_from(instruction, &words, &stages)?;
            stages.push(stage);
            continue;
        }
        let earlier = stages.len().saturating_sub(1);
        let others: Vec<Option<String>> =
            stages.iter().take(earlier).map(|stage| stage.name.clone()).collect();
        match (word.as_str(), stages.last_mut()) {
            ("ARG", None) => arguments.extend(parse_arguments(instruction, &words)?),
            (_, None) => return Err(DockerfileError::BeforeFrom { line: *line, word: word.clone() }),
            ("ARG", Some(stage)) => stage.arguments.extend(parse_arguments(instruction, &words)?),
            ("LABEL", Some(stage)) => stage.labels.extend(label_keys(&words)),
            ("RUN", Some(stage)) => {
                stage.runs = true;
                stage.uses.extend(mounts(&words).filter_map(|name| find(&others, name)));
            }
            ("COPY" | "ADD", Some(stage)) => {
                let from = words.iter().find_map(|word| word.strip_prefix("--from="));
                stage.uses.extend(from.and_then(|name| find(&others, name)));
            }
            _ => {}
        }
    }
    if stages.is_empty() { Err(DockerfileError::NoStage) } else { Ok((arguments, stages)) }
}

fn parse_from(
    instruction: &Instruction,
    words: &[String],
    earlier: &[Stage],
) -> Result<Stage, DockerfileError> {
    let malformed = |why| DockerfileError::Malformed { line: instruction.line, word: "FROM".into(), why };
    let (flags, words): (Vec<&String>, Vec<&String>) = words.iter().partition(|word| word.starts_with("--"));
    let (image, name) = match words.as_slice() {
        [] => return Err(malformed("names no image")),
        [image] => (*image, None),
        [image, word, name] if word.eq_ignore_ascii_case("as") => (*image, Some((*name).clone())),
        _ => return Err(malformed("takes one image, and perhaps `AS` with one name")),
    };
    let platform = match flags.iter().find_map(|flag| flag.strip_prefix("--platform=")) {
        None => StagePlatform::Target,
        Some(written) => match written.trim_start_matches(['$', '{']).trim_end_matches('}') {
            "BUILDPLATFORM" => StagePlatform::Builder,
            "TARGETPLATFORM" => StagePlatform::Target,
            _ => StagePlatform::Fixed(written.to_owned()),
        },
    };
    let names: Vec<Option<String>> = earlier.iter().map(|stage| stage.name.clone()).collect();
    let base = match find_named(&names, image) {
        Some(stage) => Base::Stage(stage),
        None if image == "scratch" => Base::Scratch,
        None => Base::Image(image.clone()),
    };
    Ok(Stage {
        line: instruction.line,
        name,
        base,
        platform,
        arguments: Vec::new(),
        labels: Vec::new(),
        runs: false,
        uses: Vec::new(),
    })
}

fn parse_arguments(instruction: &Instruction, words: &[String]) -> Result<Vec<Argument>, DockerfileError> {
    let malformed = || DockerfileError::Malformed {
        line: instruction.line,
        word: "ARG".into(),
        why: "names no argument",
    };
    let arguments: Option<Vec<Argument>> = words.iter().map(|word| Argument::parse(word)).collect();
    arguments.filter(|arguments| !arguments.is_empty()).ok_or_else(malformed)
}

/// `LABEL key=value …`, or the old `LABEL key value`.
fn label_keys(words: &[String]) -> Vec<String> {
    let written = match words {
        [first, ..] if !first.contains('=') => vec![first.as_str()],
        words => words.iter().filter_map(|word| Some(word.split_once('=')?.0)).collect(),
    };
    written.into_iter().filter(|key| !key.contains('$')).map(str::to_owned).collect()
}

/// The stages and images of `RUN --mount=from=…`.
fn mounts(words: &[String]) -> impl Iterator<Item = &str> {
    let mounts = words.iter().take_while(|word| word.starts_with("--"));
    let mounts = mounts.filter_map(|word| word.strip_prefix("--mount="));
    mounts.flat_map(|mount| mount.split(',').filter_map(|part| part.strip_prefix("from=")))
}

/// An earlier stage by name or number.
fn find(names: &[Option<String>], wanted: &str) -> Option<usize> {
    find_named(names, wanted).or_else(|| wanted.parse().ok().filter(|number| *number < names.len()))
}

fn find_named(names: &[Option<String>], wanted: &str) -> Option<usize> {
    names.iter().rposition(|name| name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(wanted)))
}
