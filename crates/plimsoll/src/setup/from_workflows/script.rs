//! Commands of scripts that build and push images: docker, buildx, podman, buildah and kaniko.

mod shell;

use std::collections::BTreeMap;

use plimsoll_http::redirect::is_loopback;

use super::called_files::normal;

pub(super) use self::shell::{assignment, commands, heredoc_words, replace_word};

/// An image that a script builds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Built {
    /// Its names with tags; variables stand in them as they do in the script.
    pub(super) names: Vec<String>,
    /// The Dockerfile.
    pub(super) dockerfile: Option<String>,
    /// The folder that it is built in.
    pub(super) context: Option<String>,
    /// The stage.
    pub(super) target: Option<String>,
    /// The platforms.
    pub(super) platforms: Vec<String>,
    /// `KEY=VALUE`.
    pub(super) build_args: Vec<String>,
    /// What else it is given: flags and their values.
    pub(super) given: Vec<(String, String)>,
    /// What of the command is not understood.
    pub(super) left: Vec<String>,
    /// Whether it is built there, or another job built what gets these names.
    pub(super) is_built: bool,
    /// What gets these names without being built.
    pub(super) retag_of: Option<String>,
    is_pushed: bool,
}

/// What a script does about images.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Script {
    /// The images that it builds and pushes.
    pub(super) built: Vec<Built>,
    /// What it pushes and does not build.
    pub(super) strange: Vec<String>,
    /// Commands that push and are not understood.
    pub(super) unread: Vec<String>,
    /// Whether something is pushed to the machine itself, where it is gone with the job.
    pub(super) pushes_here: bool,
}

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
/// Programs that build and push as docker does.
const BUILDERS: [&str; 4] = ["docker", "podman", "buildah", "nerdctl"];

/// Reads a script that runs at the root.
pub(super) fn read(run: &str) -> Script {
    read_in(run, "")
}

/// Reads a script that runs in this folder.
pub(super) fn read_in(run: &str, folder: &str) -> Script {
    let mut reader = Reader { folder: folder.to_owned(), ..Reader::default() };
    let whole = run.replace("\\\n", " ");
    for line in whole.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        for command in commands(line) {
            reader.read(&command);
        }
    }
    reader.finish()
}

#[derive(Default)]
struct Reader {
    /// Where it is, from the root.
    folder: String,
    variables: BTreeMap<String, String>,
    built: Vec<Built>,
    pushed: Vec<String>,
    unread: Vec<String>,
}

impl Reader {
    fn read(&mut self, words: &[String]) {
        let mut words: Vec<String> = words.iter().map(|word| self.fill(word)).collect();
        while let Some((name, value)) = words.first().and_then(|word| assignment(word)) {
            self.variables.insert(name.to_owned(), value.to_owned());
            words.remove(0);
        }
        let mut rest = words
            .iter()
            .map(String::as_str)
            .skip_while(|word| matches!(*word, "sudo" | "then" | "do" | "time"));
        let Some(program) = rest.next() else { return };
        let rest: Vec<&str> = rest.collect();
        if matches!(program, "export" | "local") {
            for (name, value) in rest.iter().filter_map(|word| assignment(word)) {
                self.variables.insert(name.to_owned(), value.to_owned());
            }
            return;
        }
        let name = program.rsplit('/').next().unwrap_or(program);
        if let ("cd" | "pushd", [path]) = (name, rest.as_slice()) {
            // Where only a run knows it is mostly the root.
            self.folder = normal(&self.folder, path).unwrap_or_default();
            return;
        }
        if name == "executor" && program.contains("kaniko") {
            self.built.push(kaniko(&rest));
            return;
        }
        if let Some((from, to)) = retag_in_place(name, &rest)
            && !self.pushed.contains(&from)
            && !self.built.iter().any(|built| built.is_built && built.names.contains(&from))
        {
            let retag_of = Some(from);
            self.built.push(Built { names: vec![to], is_pushed: true, retag_of, ..Built::default() });
            return;
        }
        if let Some(copied) = copied_to(name, &rest) {
            self.pushed.push(copied.trim_start_matches("docker://").to_owned());
            return;
        }
        if !BUILDERS.contains(&name) {
            return;
        }
        match rest.as_slice() {
            ["image" | "buildx", "build" | "b", arguments @ ..]
            | ["build" | "bud", arguments @ ..]
            | ["buildx", "--builder", _, "build", arguments @ ..] => {
                self.built.push(docker(arguments).in_folder(&self.folder));
            }
            ["push", arguments @ ..] | ["image", "push", arguments @ ..] => self.push(arguments),
            ["tag", arguments @ ..] | ["image", "tag", arguments @ ..] => self.tag(arguments),
            ["manifest", "push", ..] | ["buildx", "bake", ..] | ["compose", "push", ..] => {
                self.unread.push(format!("{name} {}", rest.join(" ")));
            }
            _ => {}
        }
    }

    fn push(&mut self, arguments: &[&str]) {
        let all = arguments.iter().any(|word| matches!(*word, "--all-tags" | "-a"));
        let mut names = arguments.iter().filter(|word| !word.starts_with('-'));
        // `buildah push NAME docker://NAME` says the second.
        let Some(name) = names.next_back() else { return };
        let name = name.trim_start_matches("docker://").to_owned();
        match all {
            true => self.pushed.push(format!("{name}:")),
            false => self.pushed.push(name),
        }
    }

    fn tag(&mut self, arguments: &[&str]) {
        let [from, to] = arguments else { return };
        let is_it = |built: &&mut Built| built.names.iter().any(|name| name == from);
        match self.built.iter_mut().rev().find(is_it) {
            Some(built) => built.names.push((*to).to_owned()),
            // Another name in another repository is another image's.
            None if repository_of(from) != repository_of(to) => {}
            None => {
                let retag_of = Some((*from).to_owned());
                self.built.push(Built { names: vec![(*to).to_owned()], retag_of, ..Built::default() });
            }
        }
    }

    /// Puts in variables that the script itself sets.
    fn fill(&self, word: &str) -> String {
        let mut filled = word.to_owned();
        // The longest first: `$NAME` stands in `$NAME_TAG`.
        for (name, value) in self.variables.iter().rev() {
            filled = filled.replace(&format!("${{{name}}}"), value);
            if filled.contains(&format!("${name}")) {
                filled = replace_word(&filled, &format!("${name}"), value);
            }
        }
        filled
    }

    fn finish(mut self) -> Script {
        let stays = |name: &String| is_here(name);
        let pushes_here = self.pushed.iter().any(stays)
            || self.built.iter().any(|built| built.is_pushed && built.names.iter().any(stays));
        self.pushed.retain(|name| !is_here(name));
        for built in &mut self.built {
            built.names.retain(|name| !is_here(name));
        }
        for built in &mut self.built {
            if built.is_pushed {
                continue;
            }
            // What is built and not pushed was only tried.
            let is_pushed = |name: &String| {
                self.pushed.iter().any(|pushed| {
                    name == pushed || (pushed.ends_with(':') && name.starts_with(pushed.as_str()))
                })
            };
            built.names.retain(is_pushed);
        }
        let known: Vec<&String> = self.built.iter().flat_map(|built| &built.names).collect();
        let is_known =
            |pushed: &String| known.iter().any(|name| *name == pushed || name.starts_with(pushed.as_str()));
        let strange = self.pushed.iter().filter(|pushed| !is_known(pushed));
        let strange = strange.map(|name| name.trim_end_matches(':').to_owned()).collect();
        self.built.retain(|built| !built.names.is_empty());
        Script { built: self.built, strange, unread: self.unread, pushes_here }
    }
}

impl Built {
    /// The same with paths from the root. One that leads out of the repository is told.
    fn in_folder(mut self, folder: &str) -> Built {
        for (what, path) in [("context", &mut self.context), ("file", &mut self.dockerfile)] {
            let Some(written) = path.clone().filter(|path| !path.contains("://") && path != "-") else {
                continue;
            };
            *path = match normal(folder, &written) {
                Some(inside) if inside.is_empty() => Some(".".to_owned()),
                Some(inside) => Some(inside),
                None if written.contains('$') && folder.is_empty() => Some(written),
                None if written.contains('$') => Some(format!("{folder}/{written}")),
                None => {
                    self.left.push(format!("{what} {written}"));
                    None
                }
            };
        }
        self
    }
}

/// Where a command puts an image that lies elsewhere, or gets another tag.
fn copied_to(program: &str, arguments: &[&str]) -> Option<String> {
    let (flags, others) = flags(arguments);
    let to = flags.iter().find(|(flag, _)| matches!(*flag, "-t" | "--image")).map(|(_, name)| *name);
    match (program, others.as_slice()) {
        ("crane", ["append" | "mutate", ..]) => to.map(str::to_owned),
        ("crane", ["copy" | "cp" | "push", .., name]) => Some((*name).to_owned()),
        ("crane", ["tag", name, tag]) => Some(format!("{}:{tag}", repository_of(name))),
        ("skopeo", ["copy", .., name]) if name.starts_with("docker://") => Some((*name).to_owned()),
        ("regctl", ["image", "copy", .., name]) => Some((*name).to_owned()),
        _ => None,
    }
}

/// What a command gives another tag in its own repository, and that name.
fn retag_in_place(program: &str, arguments: &[&str]) -> Option<(String, String)> {
    let (_, others) = flags(arguments);
    let (from, to) = match (program, others.as_slice()) {
        ("crane", ["tag", from, tag]) => {
            return Some(((*from).to_owned(), format!("{}:{tag}", repository_of(from))));
        }
        ("crane", ["copy" | "cp", from, to]) | ("regctl", ["image", "copy", from, to]) => (*from, *to),
        ("skopeo", ["copy", from, to]) => (from.strip_prefix("docker://")?, to.strip_prefix("docker://")?),
        _ => return None,
    };
    (repository_of(from) == repository_of(to)).then(|| (from.to_owned(), to.to_owned()))
}

/// The one image that `docker buildx imagetools create` gives other tags; none where it joins several, or platforms by their
/// digests.
pub(super) fn retagged(run: &str) -> Option<String> {
    const WITH_VALUE: [&str; 6] = ["-t", "--tag", "-f", "--file", "--annotation", "--builder"];
    let mut sources = Vec::new();
    let whole = run.replace("\\\n", " ");
    for words in whole.lines().flat_map(commands) {
        let Some(at) = words.iter().position(|word| word == "imagetools") else { continue };
        let mut words = words.iter().skip(at + 2).map(String::as_str);
        while let Some(word) = words.next() {
            match word {
                _ if WITH_VALUE.contains(&word) => drop(words.next()),
                _ if word.starts_with('-') => {}
                _ => sources.push(word.to_owned()),
            }
        }
    }
    sources.dedup();
    match sources.as_slice() {
        [one] if !one.contains('@') && !one.contains("$(") => Some(one.clone()),
        _ => None,
    }
}

/// Whether a registry is one of the job's own machine.
pub(super) fn is_here(name: &str) -> bool {
    let Some((host, _)) = name.split_once('/') else { return false };
    format!("https://{host}/").parse().is_ok_and(|url| is_loopback(&url))
}

impl Script {
    /// Whether all that it pushes stays on the machine.
    pub(super) fn stays_here(&self) -> bool {
        self.pushes_here && self.built.is_empty() && self.strange.is_empty() && self.unread.is_empty()
    }
}

/// A name without its tag.
pub(super) fn repository_of(name: &str) -> &str {
    match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => name,
    }
}

/// Flags and their values, and what is no flag.
fn flags<'a>(arguments: &[&'a str]) -> (Vec<(&'a str, &'a str)>, Vec<&'a str>) {
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

fn docker(arguments: &[&str]) -> Built {
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

fn kaniko(arguments: &[&str]) -> Built {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Names, Dockerfile, context and platforms of each image.
    fn shown(run: &str) -> (Vec<String>, Vec<String>) {
        let script = read(run);
        let show = |built: &Built| {
            format!(
                "{} -f {} {} {}",
                built.names.join(" "),
                built.dockerfile.as_deref().unwrap_or("-"),
                built.context.as_deref().unwrap_or("-"),
                built.platforms.join(",")
            )
        };
        let strange = script.strange.iter().map(|name| format!("push {name}"));
        (script.built.iter().map(show).collect(), script.unread.iter().cloned().chain(strange).collect())
    }

    #[test]
    fn builds_that_are_pushed_are_read() {
        for (run, built, unread) in [
            (
                "docker build -t \"$REG/app:$TAG\" .\ndocker push $REG/app:$TAG",
                &["$REG/app:$TAG -f - . "][..],
                &[][..],
            ),
            ("docker build -t acme/app:1 . && make test", &[], &[]),
            (
                "IMAGE=$CI_REGISTRY_IMAGE/web; docker build --pull -f docker/web.Dockerfile -t ${IMAGE}:latest --build-arg A=b ./web\ndocker tag $IMAGE:latest $IMAGE:$CI_COMMIT_TAG\ndocker push --all-tags $IMAGE",
                &[
                    "$CI_REGISTRY_IMAGE/web:latest $CI_REGISTRY_IMAGE/web:$CI_COMMIT_TAG -f docker/web.Dockerfile web ",
                ],
                &[],
            ),
            (
                "docker buildx build --push \\\n  --platform linux/amd64,linux/arm64 --tag a/b:1 --tag a/b:2 .",
                &["a/b:1 a/b:2 -f - . linux/amd64,linux/arm64"],
                &[],
            ),
            (
                "/kaniko/executor --cache=true --context \"${CI_PROJECT_DIR}\" --dockerfile $CI_PROJECT_DIR/build/Dockerfile --destination a/b:$(cat VERSION)",
                &["a/b:$(cat VERSION) -f build/Dockerfile . "],
                &[],
            ),
            ("# docker push a/b\nbuildah bud -t x .; buildah push x docker://a/b:1", &[], &["push a/b:1"]),
            ("docker manifest push a/b:1", &[], &["docker manifest push a/b:1"]),
            (
                "cd web && docker build --push -f ../Dockerfile.web -t a/b:1 .\ndocker build --push -t a/c:1 ../..",
                &["a/b:1 -f Dockerfile.web web ", "a/c:1 -f - - "],
                &[],
            ),
            ("skopeo copy docker://a/b docker://localhost:5000/a/b; docker push 127.0.0.1:5000/x", &[], &[]),
            ("docker pull a/b && docker push a/b:2", &[], &["push a/b:2"]),
            ("docker tag a/b:1 a/c && docker push a/c", &[], &["push a/c"]),
            ("docker tag a/b:$SHA a/b:2; docker push a/b:2", &["a/b:2 -f - - "], &[]),
            ("crane push image.tar a/b:2 && crane tag a/b:2 latest", &[], &["push a/b:2", "push a/b:latest"]),
            (
                "skopeo copy --all oci:x docker://a/b:2; crane copy a/b:2 c/d:2",
                &[],
                &["push a/b:2", "push c/d:2"],
            ),
        ] {
            let (found, strange) = shown(run);
            assert_eq!(found, built, "{run}");
            assert_eq!(strange, unread, "{run}");
        }
    }

    #[test]
    fn what_stays_on_the_machine_is_no_push() {
        assert!(read("docker build --push -t localhost:5000/a .").stays_here());
        assert!(!read("docker push localhost:5000/a; docker push a/b").stays_here());
        assert!(!read("make push").stays_here());
        for host in ["127.0.0.1:5000", "127.0.0.2", "[::1]:5000", "registry.localhost:5000"] {
            assert!(read(&format!("docker push {host}/a")).stays_here(), "{host}");
        }
        for name in ["localhost", "localhost.example/a", "10.0.0.1:5000/a", "$HOST/a"] {
            assert!(!read(&format!("docker push {name}")).stays_here(), "{name}");
        }
    }

    #[test]
    fn what_is_not_understood_is_kept() {
        let script = read("docker build --push --shm-size 1g --secret id=a -t a/b:1 --target web .");
        assert_eq!(script.built[0].left, ["--shm-size 1g"]);
        assert_eq!(script.built[0].given, [("--secret".to_owned(), "id=a".to_owned())]);
        assert_eq!(script.built[0].target.as_deref(), Some("web"));
    }
}
