//! The context of a Dockerfile that no workflow builds: the folder in which what it copies lies.

use std::collections::BTreeMap;

use super::compose::built::Builds;
use super::naming::is_plain_folder;
use crate::setup::dockerfile::wanted_paths;
use crate::setup::holdings::Holdings;

/// The context of a Dockerfile, from the repository's root: what a compose file says, else the folder that has what is copied.
pub(super) fn find_context(dockerfile: &str, holdings: &Holdings) -> String {
    let said = holdings.composes.iter().find_map(|file| {
        let builds = Builds::of(&file.path, &file.text, &NO_TEXTS);
        builds.context_of(dockerfile).map(str::to_owned)
    });
    let folder = said.unwrap_or_else(|| guess(dockerfile, holdings));
    if folder.is_empty() { ".".to_owned() } else { folder }
}

/// Which stages there are does not matter here.
static NO_TEXTS: BTreeMap<String, String> = BTreeMap::new();

/// The folder, its own or one above it, that has most of what is copied; of several the usual one.
fn guess(dockerfile: &str, holdings: &Holdings) -> String {
    let text = holdings.dockerfile_texts.get(dockerfile).map(String::as_str).unwrap_or_default();
    let wanted = wanted_paths(text);
    let has = |folder: &str, path: &String| {
        let path = if folder.is_empty() { path.clone() } else { format!("{folder}/{path}") };
        let begins = |begin: &str| {
            holdings.paths.range(begin.to_owned()..).next().is_some_and(|known| known.starts_with(begin))
        };
        match path.strip_suffix('*') {
            Some(begin) => begins(begin),
            None => holdings.paths.contains(&path) || begins(&format!("{path}/")),
        }
    };
    let count = |folder: &str| wanted.iter().filter(|path| has(folder, path)).count();
    let usual = usual(dockerfile);
    let mut best = (count(usual), usual);
    let mut folder = dockerfile;
    while let Some((above, _)) = folder.rsplit_once('/') {
        best = Some((count(above), above)).filter(|found| found.0 > best.0).unwrap_or(best);
        folder = above;
    }
    match count("") > best.0 {
        true => String::new(),
        false => best.1.to_owned(),
    }
}

/// The folder of a plain Dockerfile. One that holds many, or is there for Dockerfiles, is no context.
fn usual(dockerfile: &str) -> &str {
    let Some((folder, name)) = dockerfile.rsplit_once('/') else { return "" };
    let is_plain = ["Dockerfile", "Containerfile"].contains(&name);
    let last = folder.rsplit('/').next().unwrap_or(folder);
    if is_plain && !is_plain_folder(last) { folder } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::holdings::FoundFile;

    #[test]
    fn a_context_has_what_is_copied() {
        let root = "services: { w: { build: { context: ., dockerfile: docker/Dockerfile } } }";
        for (dockerfile, text, files, compose, want) in [
            ("Dockerfile", "", &["src/a"][..], "", "."),
            ("api/Dockerfile", "COPY . .", &["api/a"], "", "api"),
            ("api/Dockerfile", "COPY go.mod ./", &["go.mod"], "", "."),
            ("api/Dockerfile", "COPY go.mod ./", &["go.mod", "api/go.mod"], "", "api"),
            ("docker/Dockerfile", "COPY . /x", &["index.html"], root, "."),
            ("docker/Dockerfile", "COPY src /x", &["src/a"], "", "."),
            ("docker/Dockerfile", "COPY . /x", &["a"], "", "."),
            ("docker/Dockerfile", "COPY entrypoint.sh /x", &["docker/entrypoint.sh"], "", "docker"),
            ("build/api/Dockerfile", "COPY api*.txt a", &["build/api-1.txt"], "", "build"),
            ("web/prod.Dockerfile", "COPY package.json a", &["web/package.json"], "", "web"),
            (
                "web/prod.Dockerfile",
                "COPY a b",
                &[],
                "services: { w: { build: { context: web, dockerfile: prod.Dockerfile } } }",
                "web",
            ),
        ] {
            let found = FoundFile { path: "compose.yaml".to_owned(), text: compose.to_owned() };
            let holdings = Holdings {
                composes: vec![found],
                dockerfile_texts: [(dockerfile.to_owned(), text.to_owned())].into(),
                paths: files.iter().map(|&path| path.to_owned()).collect(),
                ..Holdings::default()
            };
            assert_eq!(find_context(dockerfile, &holdings), want, "{dockerfile}: {text} {files:?}");
        }
    }
}
