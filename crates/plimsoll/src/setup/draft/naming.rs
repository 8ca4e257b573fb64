//! Names of images after the Dockerfiles that they are built from: the shortest that tell them apart.

use super::simple;

/// Folders that say what lies in them, and not what it is.
const PLAIN: [&str; 15] = [
    "apps",
    "build",
    "components",
    "container",
    "containers",
    "deploy",
    "docker",
    "dockerfiles",
    "image",
    "images",
    "package",
    "packages",
    "projects",
    "services",
    "src",
];
/// Whether a folder is there for Dockerfiles or for many things, and is nothing by itself.
pub(super) fn is_plain_folder(name: &str) -> bool {
    PLAIN.contains(&name.to_ascii_lowercase().as_str())
}

/// Words that tell variants of one image apart, and say nothing alone.
const VARIANTS: [&str; 14] = [
    "alpine",
    "bookworm",
    "bullseye",
    "cpu",
    "cuda",
    "debian",
    "distroless",
    "full",
    "gpu",
    "linux",
    "noble",
    "slim",
    "trixie",
    "ubuntu",
];

/// Words for what is released, which is what files are for that say nothing: they tell apart where others do not.
const RELEASED: [&str; 3] = ["prod", "production", "release"];

/// A name for each, in the same order, none twice: `docker/api.Dockerfile`, `Dockerfile.api` and `api/Dockerfile` are of `api`;
/// `Dockerfile` is of the project. Where two would have one name, the folders above tell them apart.
pub(super) fn names(paths: &[String], project: &str) -> Vec<String> {
    let words: Vec<Words> = paths.iter().map(|path| Words::of(path)).collect();
    let mut lengths: Vec<usize> = words.iter().map(Words::least).collect();
    let spelled = |lengths: &[usize]| -> Vec<String> {
        words.iter().zip(lengths).map(|(words, length)| words.name(*length, project)).collect()
    };
    loop {
        let names = spelled(&lengths);
        let is_shared = |name: &String| names.iter().filter(|other| *other == name).count() > 1;
        let mut is_longer = false;
        for ((length, words), name) in lengths.iter_mut().zip(&words).zip(&names) {
            if is_shared(name) && *length < words.all.len() {
                *length += 1;
                is_longer = true;
            }
        }
        if !is_longer {
            return numbered(names);
        }
    }
}

/// Those that are still the same get numbers.
fn numbered(names: Vec<String>) -> Vec<String> {
    let mut taken: Vec<String> = Vec::new();
    for name in names {
        let others = (2..).map(|number| format!("{name}-{number}"));
        let free = [name.clone()].into_iter().chain(others).find(|name| !taken.contains(name));
        taken.extend(free);
    }
    taken
}

/// What a path says of an image, the nearest word first; those that say little come last.
struct Words {
    all: Vec<String>,
}

impl Words {
    fn of(path: &str) -> Words {
        let lower = path.to_ascii_lowercase();
        let (folders, file) = lower.rsplit_once('/').unwrap_or(("", &lower));
        let in_file = file.split('.').filter(|word| !matches!(*word, "" | "dockerfile" | "containerfile"));
        let in_file =
            in_file.map(|word| word.trim_start_matches("dockerfile-").trim_start_matches("containerfile-"));
        let folders = folders.rsplit('/').filter(|folder| !folder.is_empty());
        let (plain, others): (Vec<&str>, Vec<&str>) =
            in_file.chain(folders).partition(|word| PLAIN.contains(word));
        let (released, telling): (Vec<&str>, Vec<&str>) =
            others.into_iter().partition(|word| RELEASED.contains(word));
        Words { all: telling.into_iter().chain(released).chain(plain).map(simple).collect() }
    }

    /// How many words a name has at least: a number or a variant needs what it is one of.
    fn least(&self) -> usize {
        let says_little = |word: &&String| {
            word.starts_with(|sign: char| sign.is_ascii_digit())
                || VARIANTS.iter().any(|variant| word.starts_with(variant))
        };
        let telling = |word: &&String| !PLAIN.contains(&word.as_str()) && !RELEASED.contains(&word.as_str());
        let count = self.all.iter().filter(telling).count();
        let leading = self.all.iter().take_while(says_little).count();
        (leading + 1).min(count)
    }

    fn name(&self, length: usize, project: &str) -> String {
        match length {
            0 => project.to_owned(),
            length => {
                let words: Vec<&str> = self.all.iter().take(length).map(String::as_str).collect();
                words.into_iter().rev().collect::<Vec<_>>().join("-")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(paths: &[&str]) -> Vec<String> {
        names(&paths.iter().map(|&path| path.to_owned()).collect::<Vec<_>>(), "shop")
    }

    #[test]
    fn the_nearest_word_that_tells_is_the_name() {
        for (path, name) in [
            ("Dockerfile", "shop"),
            ("docker/Dockerfile", "shop"),
            ("Dockerfile.api", "api"),
            ("docker/api.Dockerfile", "api"),
            ("services/api/Dockerfile", "api"),
            ("api/docker/Dockerfile.prod", "api"),
            ("postgres/17/Dockerfile", "postgres-17"),
            ("postgres/17/alpine3.20/Dockerfile", "postgres-17-alpine3-20"),
            ("alpine/Dockerfile", "alpine"),
            ("Containerfile-web", "web"),
            ("docker/prod/Dockerfile", "shop"),
        ] {
            assert_eq!(named(&[path]), [name], "{path}");
        }
    }

    #[test]
    fn none_is_there_twice() {
        assert_eq!(
            named(&["a/api/Dockerfile", "b/api/Dockerfile", "web/Dockerfile"]),
            ["a-api", "b-api", "web"]
        );
        assert_eq!(named(&["Dockerfile", "docker/Dockerfile"]), ["shop", "docker"]);
        assert_eq!(named(&["Dockerfile", "prod.Dockerfile"]), ["shop", "prod"]);
        assert_eq!(named(&["docker/Dockerfile", "docker/prod/Dockerfile"]), ["docker", "prod"]);
        assert_eq!(named(&["docker/dev.Dockerfile", "docker/prod.Dockerfile"]), ["dev", "shop"]);
        assert_eq!(named(&["api/Dockerfile", "Api/dockerfile"]), ["api", "api-2"]);
        let many: Vec<String> =
            (0..80).map(|number| format!("group{}/tool{}/Dockerfile", number / 8, number % 8)).collect();
        let names = names(&many, "shop");
        assert_eq!((names[0].as_str(), names[79].as_str()), ("group0-tool0", "group9-tool7"));
        let all: std::collections::BTreeSet<&String> = names.iter().collect();
        assert_eq!(all.len(), 80);
    }
}
