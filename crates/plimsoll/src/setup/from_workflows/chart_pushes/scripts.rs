//! What scripts do with charts, command by command: what they package, and what they push where.

use std::collections::BTreeMap;

use super::SCHEME;
use super::patterns::Pattern;
use crate::setup::from_workflows::expression::{Filled, Known};
use crate::setup::from_workflows::occasions::{At, Purpose};
use crate::setup::from_workflows::script;
use crate::setup::from_workflows::spelled::in_expressions;

/// Commands of Helm that have an address and push nothing.
const OTHERS: [&str; 9] =
    ["dependency", "install", "lint", "login", "logout", "pull", "show", "template", "upgrade"];
/// Flags of `helm package` that a value stands behind.
const VALUED: [&str; 11] = [
    "--app-version",
    "--ca-file",
    "--cert-file",
    "--destination",
    "--key",
    "--key-file",
    "--keyring",
    "--passphrase-file",
    "--repository-config",
    "--version",
    "-d",
];

/// A push of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sending {
    pub(super) package: Pattern,
    /// Where it goes; none where that is not read.
    pub(super) place: Option<String>,
    /// The command.
    pub(super) line: String,
}

/// A package that is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Packaged {
    pub(super) folder: Pattern,
    /// The number that the command gives it, as it stands there.
    pub(super) version: Option<String>,
    /// What the command says that it installs, as it stands there.
    pub(super) app_version: Option<String>,
}

/// A script, as far as it is about charts.
pub(super) struct Script<'a> {
    pub(super) run: &'a str,
    /// Where it runs.
    pub(super) folder: Option<&'a str>,
    pub(super) known: &'a Known<'a>,
    /// The occasion on which it does; none: it is no matter.
    pub(super) at: Option<&'a At<'a>>,
}

impl Script<'_> {
    /// What it pushes.
    pub(super) fn sendings(&self) -> Vec<Sending> {
        let all = script::commands_of(&self.written());
        let is_push = |words: &&Vec<String>| words.iter().any(|word| word == "push");
        let of = |words: &Vec<String>| self.sendings_of(words);
        let mut found: Vec<Sending> = all.iter().filter(is_push).flat_map(of).collect();
        if !found.iter().any(|sending| sending.place.is_some()) {
            // Another program may push, and is told where to.
            let is_other = |words: &Vec<String>| words.iter().any(|word| OTHERS.contains(&word.as_str()));
            let others = all.iter().filter(|words| !is_other(words)).flat_map(|words| {
                self.places(words).into_iter().map(|place| Sending {
                    package: Pattern::open(),
                    place: Some(place),
                    line: words.join(" "),
                })
            });
            found.extend(others.collect::<Vec<_>>());
        }
        found.dedup();
        found
    }

    fn sendings_of(&self, words: &[String]) -> Vec<Sending> {
        let places = self.places(words);
        let begin = words.iter().position(|word| word == "push").map_or(0, |at| at + 1);
        let is_helm = words.iter().take(begin).any(|word| word == "helm" || word.ends_with("/helm"));
        if places.is_empty() && !is_helm {
            return Vec::new();
        }
        let behind = words.get(begin..).unwrap_or_default();
        let is_file = |word: &&String| {
            !word.starts_with('-')
                && !word.contains(SCHEME)
                && !word.contains(['>', '<'])
                && !self.is_place(word)
        };
        let named = behind.iter().filter(is_file);
        let mut packages: Vec<Pattern> = named
            .filter(|word| word.contains(['.', '*', '$', '{', '/']))
            .map(|word| self.pattern(word))
            .collect();
        if packages.is_empty() {
            packages.push(Pattern::open());
        }
        let places: Vec<Option<String>> =
            if places.is_empty() { vec![None] } else { places.into_iter().map(Some).collect() };
        let line = words.join(" ");
        let of = |package: Pattern| {
            let line = line.clone();
            places.iter().cloned().map(move |place| Sending {
                package: package.clone(),
                place,
                line: line.clone(),
            })
        };
        packages.into_iter().flat_map(of).collect()
    }

    /// What it packages.
    pub(super) fn packaged(&self) -> Vec<Packaged> {
        let mut found = Vec::new();
        let mut folder = self.folder.unwrap_or(".").to_owned();
        for words in script::commands_of(&self.written()) {
            if let [command, path] = words.as_slice()
                && matches!(command.as_str(), "cd" | "pushd")
            {
                folder = self.pattern(path).in_folder(&folder).folder().to_owned();
                continue;
            }
            let Some(at) = package_at(&words) else { continue };
            let arguments = words.get(at + 1..).unwrap_or_default();
            let mut folders = Vec::new();
            let (version, app_version) =
                (value_of(arguments, "--version"), value_of(arguments, "--app-version"));
            let mut rest = arguments.iter();
            while let Some(word) = rest.next() {
                if VALUED.contains(&word.as_str()) {
                    rest.next();
                } else if !word.starts_with(['-', '>', '<']) {
                    folders.push(self.pattern(word).in_folder(&folder));
                }
            }
            if folders.is_empty() {
                folders.push(Pattern::open());
            }
            let of = |folder| Packaged { folder, version: version.clone(), app_version: app_version.clone() };
            found.extend(folders.into_iter().map(of));
        }
        found
    }

    /// Whose `Chart.yaml` a line edits.
    pub(super) fn edited(&self, line: &str) -> Pattern {
        let words = script::commands(line).into_iter().flatten();
        let mut files = words.filter(|word| word.ends_with("Chart.yaml"));
        let folder = files.find_map(|word| {
            let whole = self.pattern(&word);
            let folder = whole.folder().rsplit_once('/').map(|(folder, _)| folder.to_owned());
            folder.map(|folder| Pattern::of("").in_folder(&folder))
        });
        folder.unwrap_or_else(Pattern::open)
    }

    /// The script, with what loops go over in the place of their variables where that has stars.
    fn written(&self) -> String {
        let loops: BTreeMap<&str, String> = self.run.lines().filter_map(star_loop).collect();
        let mut run = self.run.to_owned();
        for (name, words) in &loops {
            for whole in [format!("${{{name}%/}}"), format!("${{{name}}}")] {
                run = run.replace(&whole, words);
            }
            run = script::replace_word(&run, &format!("${name}"), words);
        }
        run
    }

    fn fill(&self, word: &str) -> Filled {
        let word = in_expressions(word);
        match self.at {
            Some(at) => at.fill(&word, Purpose::Value, &|_| None),
            None => self.known.fill(&word),
        }
    }

    fn pattern(&self, word: &str) -> Pattern {
        Pattern::of(&self.fill(word).into_text())
    }

    /// Whether a variable is all of an address.
    fn is_place(&self, word: &str) -> bool {
        word.contains('$') && self.fill(word).into_text().contains(SCHEME)
    }

    /// The addresses behind `oci://` in a command.
    fn places(&self, words: &[String]) -> Vec<String> {
        // A variable may be all of the address; what stands before one that is written may be anything.
        let written = words.iter().filter(|word| word.contains(SCHEME) || word.contains('$'));
        let written = written.map(|word| word.find(SCHEME).and_then(|at| word.get(at..)).unwrap_or(word));
        let known = written.map(|word| self.fill(word)).filter_map(|filled| match filled {
            Filled::Known(text) => {
                let place = text.find(SCHEME).and_then(|at| text.get(at..))?;
                (!place.contains(['$', '{', '('])).then(|| place.trim_end_matches('/').to_lowercase())
            }
            Filled::Unknown { .. } => None,
        });
        let mut found: Vec<String> = known.collect();
        found.dedup();
        found
    }
}

/// What stands behind a flag.
fn value_of(words: &[String], flag: &str) -> Option<String> {
    let mut words = words.iter();
    let at = words.find_map(|word| match word.strip_prefix(flag) {
        Some("") => Some(None),
        Some(rest) => rest.strip_prefix('=').map(|value| Some(value.to_owned())),
        None => None,
    })?;
    at.or_else(|| words.next().cloned())
}

/// Where a command that packages charts says so: Helm's own, or that of chart-releaser.
fn package_at(words: &[String]) -> Option<usize> {
    let at = words.iter().position(|word| word == "package")?;
    let is_program =
        |word: &String| ["helm", "cr"].iter().any(|name| word == name || word.ends_with(&format!("/{name}")));
    words.iter().take(at).any(is_program).then_some(at)
}

/// A loop over files: the name of its variable, and the files.
fn star_loop(line: &str) -> Option<(&str, String)> {
    let (name, rest) = line.trim().strip_prefix("for ")?.trim_start().split_once(" in ")?;
    let list = rest.split(';').next().unwrap_or_default().trim();
    if let Some(command) = list.strip_prefix("$(ls ").and_then(|rest| rest.strip_suffix(')')) {
        let folder = command.split_whitespace().find(|word| !word.starts_with('-'))?;
        return Some((name, if folder.contains('*') { folder.to_owned() } else { "*".to_owned() }));
    }
    let is_plain = list.contains('*') && !list.contains(['$', ' ', '`']);
    is_plain.then(|| (name, list.trim_matches(['"', '\'']).to_owned()))
}
