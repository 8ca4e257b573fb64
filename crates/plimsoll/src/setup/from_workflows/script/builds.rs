//! What commands that build are told: names, files, platforms and arguments.

use super::Built;

/// Flags without a value.
const SWITCHES: [&str; 17] = [
    "--all",
    "-a",
    "--cache",
    "--cleanup",
    "--compress",
    "--force",
    "--force-rm",
    "--load",
    "--no-cache",
    "--pull",
    "--push",
    "--quiet",
    "--rm",
    "--single-snapshot",
    "--squash",
    "--use-new-run",
    "-q",
];
/// Flags that say nothing of what the image is.
const NEEDLESS: [&str; 12] = [
    "--builder",
    "--cache",
    "--cache-copy-layers",
    "--cache-repo",
    "--cache-ttl",
    "--digest-file",
    "--iidfile",
    "--metadata-file",
    "--progress",
    "--provenance",
    "--sbom",
    "--verbosity",
];
/// Flags that say what a build is given.
const GIVEN: [&str; 6] = ["--build-context", "--cache-from", "--cache-to", "--network", "--secret", "--ssh"];
/// Flags and their values, and what is no flag.
pub(super) fn flags<'a>(arguments: &[&'a str]) -> (Vec<(&'a str, &'a str)>, Vec<&'a str>) {
    let (mut flags, mut others) = (Vec::new(), Vec::new());
    let mut words = arguments.iter().copied();
    while let Some(word) = words.next() {
        match word.split_once('=') {
            _ if !word.starts_with('-') => others.push(word),
            Some((flag, value)) => flags.push((flag, value)),
            None if SWITCHES.contains(&word) => flags.push((word, "")),
            None => flags.push((word, words.next().unwrap_or_default())),
        }
    }
    (flags, others)
}

pub(super) fn docker(arguments: &[&str]) -> Built {
    let (flags, others) = flags(arguments);
    let context = others.last().map(|folder| bare(folder));
    let mut built = Built { context, is_built: true, ..Built::default() };
    for (flag, value) in flags {
        match flag {
            "-t" | "--tag" => built.names.push(value.to_owned()),
            "--push" => built.is_pushed = value != "false",
            "-o" | "--output" if value.contains("push=true") || value.contains("type=registry") => {
                built.is_pushed = true;
            }
            _ => read_flag(flag, value, &mut built),
        }
    }
    built
}

pub(super) fn kaniko(arguments: &[&str]) -> Built {
    let (flags, _) = flags(arguments);
    let mut built = Built { is_built: true, is_pushed: true, ..Built::default() };
    for (flag, value) in flags {
        match flag {
            "-d" | "--destination" => built.names.push(value.to_owned()),
            "-c" | "--context" => built.context = Some(bare(value)),
            "--no-push" => built.is_pushed = false,
            "--custom-platform" | "--customPlatform" => built.platforms.push(value.to_owned()),
            _ => read_flag(flag, value, &mut built),
        }
    }
    built
}

fn read_flag(flag: &str, value: &str, built: &mut Built) {
    match flag {
        "-f" | "--file" | "--dockerfile" => built.dockerfile = Some(bare(value)),
        "--platform" => built.platforms = value.split(',').map(str::to_owned).collect(),
        "--target" => built.target = Some(value.to_owned()),
        "--build-arg" => built.build_args.push(value.to_owned()),
        _ if GIVEN.contains(&flag) => built.given.push((flag.to_owned(), value.to_owned())),
        _ if SWITCHES.contains(&flag) || NEEDLESS.contains(&flag) => {}
        _ => built.left.push(format!("{flag} {value}").trim_end().to_owned()),
    }
}

/// A path from the root of the repository.
fn bare(path: &str) -> String {
    let path = path.trim_start_matches("dir://");
    let root = [
        "${CI_PROJECT_DIR}",
        "$CI_PROJECT_DIR",
        "${GITHUB_WORKSPACE}",
        "$GITHUB_WORKSPACE",
        "$(pwd)",
        "${PWD}",
        "$PWD",
    ];
    let path = root.iter().find_map(|root| path.strip_prefix(root)).unwrap_or(path);
    let path = path.trim_start_matches("./").trim_matches('/');
    if path.is_empty() { ".".to_owned() } else { path.to_owned() }
}
