//! Commands of scripts that build and push images: docker, buildx, podman, buildah and kaniko.

mod builds;
mod conditions;
mod copies;
mod loops;
mod shell;
#[cfg(test)]
mod tests;
mod variables;

use std::collections::BTreeMap;

use plimsoll_http::redirect::is_loopback;

use self::builds::{docker, kaniko};
use self::conditions::guarded;
use self::copies::{copied_to, retag, skopeo_in_container};
use self::loops::unrolled;
use self::variables::Variables;
use super::called_files::normal;

pub(super) use self::conditions::Guard;
pub(super) use self::copies::{ImagetoolsCreate, is_skopeo, joined_behind, retagged};
use self::shell::substituted;
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
    /// What is joined to get them: images of one platform each.
    pub(super) joined_of: Vec<String>,
    /// The tests around what pushes a name, for each time that it is pushed; none: it always is.
    pub(super) under: BTreeMap<String, Vec<Vec<Guard>>>,
    is_pushed: bool,
}

/// What a script does about images.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Script {
    /// The images that it builds and pushes.
    pub(super) built: Vec<Built>,
    /// What it pushes and does not build.
    pub(super) strange: Vec<String>,
    /// What it puts into another repository without building it, and where.
    pub(super) copies: Vec<(String, String)>,
    /// Commands that push and are not understood.
    pub(super) unread: Vec<String>,
    /// Whether something is pushed to the machine itself, where it is gone with the job.
    pub(super) pushes_here: bool,
}

/// Programs that build and push as docker does.
const BUILDERS: [&str; 4] = ["docker", "podman", "buildah", "nerdctl"];

/// The commands of a script, each as its words, with the variables that it sets itself.
pub(in crate::setup) fn commands_of(run: &str) -> Vec<Vec<String>> {
    guarded_commands(run).into_iter().map(|(words, _)| words).collect()
}

/// The same with the tests around each of them.
pub(super) fn guarded_commands(run: &str) -> Vec<(Vec<String>, Vec<Guard>)> {
    let mut variables = Variables::default();
    let mut all = Vec::new();
    for (line, guards) in guarded(&unrolled(run)) {
        let mut commands = variables.read_line(&line);
        // What a command gives to another one is run as well.
        for inner in substituted(&line) {
            commands.extend(variables.read_line(inner));
        }
        all.extend(commands.into_iter().map(|words| (words, guards.clone())));
    }
    all
}

/// Reads a script that runs at the root.
pub(super) fn read(run: &str) -> Script {
    read_in(run, "")
}

/// Reads a script that runs in this folder.
pub(super) fn read_in(run: &str, folder: &str) -> Script {
    let mut reader = Reader { folder: folder.to_owned(), ..Reader::default() };
    for (words, guards) in guarded_commands(run) {
        let before = reader.built.len();
        reader.guards = guards;
        reader.read(&words);
        let guards = &reader.guards;
        reader.built.iter_mut().skip(before).for_each(|built| built.put_under(guards));
    }
    reader.finish()
}

#[derive(Default)]
struct Reader {
    /// Where it is, from the root.
    folder: String,
    built: Vec<Built>,
    pushed: Vec<String>,
    /// The tests around the command that is read.
    guards: Vec<Guard>,
    /// Those around each push, and each name that is given.
    guarded: Vec<(String, Vec<Guard>)>,
    /// Lists of images of one platform each, and what is on them.
    lists: Vec<(String, Vec<String>)>,
    copies: Vec<(String, String)>,
    /// Names in other repositories that it gives, and what gets them.
    tagged: Vec<(String, String)>,
    unread: Vec<String>,
}

impl Reader {
    fn read(&mut self, words: &[String]) {
        let mut rest = words.iter().map(String::as_str);
        let Some(program) = rest.next() else { return };
        let rest: Vec<&str> = rest.collect();
        let name = program.rsplit('/').next().unwrap_or(program);
        let inner =
            Some(&rest).filter(|_| BUILDERS.contains(&name)).and_then(|rest| skopeo_in_container(rest));
        let (name, rest) = inner.map_or((name, rest), |inner| ("skopeo", inner));
        if let ("cd" | "pushd", [path]) = (name, rest.as_slice()) {
            // Where only a run knows it is mostly the root.
            self.folder = normal(&self.folder, path).unwrap_or_default();
            return;
        }
        if name == "executor" && program.contains("kaniko") {
            self.built.push(kaniko(&rest));
            return;
        }
        if let Some((from, to)) = retag(name, &rest)
            && !self.pushed.contains(&from)
            && !self.built.iter().any(|built| built.is_built && built.names.contains(&from))
        {
            if repository_of(&from) != repository_of(&to) {
                self.copies.push((from, to));
                return;
            }
            let retag_of = Some(from);
            self.built.push(Built { names: vec![to], is_pushed: true, retag_of, ..Built::default() });
            return;
        }
        if let Some(copied) = copied_to(name, &rest) {
            self.add_pushed(copied.trim_start_matches("docker://").to_owned());
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
            ["manifest", "create" | "add", arguments @ ..] => self.join(arguments),
            ["manifest", "push", arguments @ ..] if self.push_list(arguments).is_some() => {}
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
        self.add_pushed(if all { format!("{name}:") } else { name });
    }

    fn add_pushed(&mut self, name: String) {
        self.guarded.push((name.clone(), self.guards.clone()));
        self.pushed.push(name);
    }

    /// Puts images on a list: `manifest create LIST IMAGE…`, `manifest add LIST IMAGE`.
    fn join(&mut self, arguments: &[&str]) {
        let mut names = arguments.iter().filter(|word| !word.starts_with('-'));
        let Some(list) = names.next() else { return };
        let images = names.map(|name| name.trim_start_matches("docker://").to_owned());
        match self.lists.iter_mut().find(|(known, _)| known == list) {
            Some((_, known)) => known.extend(images),
            None => self.lists.push(((*list).to_owned(), images.collect())),
        }
    }

    /// Pushes a list; none where it is not known what is on it.
    fn push_list(&mut self, arguments: &[&str]) -> Option<()> {
        let mut names = arguments.iter().filter(|word| !word.starts_with('-'));
        let list = names.next()?;
        let name = names.next_back().unwrap_or(list).trim_start_matches("docker://");
        let (_, images) = self.lists.iter().rev().find(|(known, _)| known == list)?;
        let joined_of = Some(images.clone()).filter(|images| !images.is_empty())?;
        let names = vec![name.to_owned()];
        self.built.push(Built { names, is_pushed: true, joined_of, ..Built::default() });
        Some(())
    }

    fn tag(&mut self, arguments: &[&str]) {
        let [from, to] = arguments else { return };
        self.guarded.push((format!("={to}"), self.guards.clone()));
        let is_it = |built: &&mut Built| built.names.iter().any(|name| name == from);
        match self.built.iter_mut().rev().find(is_it) {
            Some(built) => built.names.push((*to).to_owned()),
            // Another name in another repository is another image's.
            None if repository_of(from) != repository_of(to) => {
                self.tagged.push(((*from).to_owned(), (*to).to_owned()));
            }
            None => {
                let retag_of = Some((*from).to_owned());
                self.built.push(Built { names: vec![(*to).to_owned()], retag_of, ..Built::default() });
            }
        }
    }

    fn finish(mut self) -> Script {
        let stays = |name: &String| is_here(name);
        let pushes_here = self.pushed.iter().any(stays)
            || self.built.iter().any(|built| built.is_pushed && built.names.iter().any(stays));
        self.pushed.retain(|name| !is_here(name));
        for (from, to) in self.tagged {
            if let Some(place) = self.pushed.iter().position(|name| *name == to) {
                self.pushed.remove(place);
                self.copies.push((from, to));
            }
        }
        self.copies.retain(|(_, to)| !is_here(to));
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
            for name in &built.names {
                let under = under(name, &self.guarded);
                if under.iter().all(|guards| !guards.is_empty()) {
                    built.under.insert(name.clone(), under);
                }
            }
        }
        let known: Vec<&String> = self.built.iter().flat_map(|built| &built.names).collect();
        let is_known =
            |pushed: &String| known.iter().any(|name| *name == pushed || name.starts_with(pushed.as_str()));
        let strange = self.pushed.iter().filter(|pushed| !is_known(pushed));
        let strange = strange.map(|name| name.trim_end_matches(':').to_owned()).collect();
        self.built.retain(|built| !built.names.is_empty());
        Script { built: self.built, strange, copies: self.copies, unread: self.unread, pushes_here }
    }
}

/// The tests around each push of a name, with those around what gives it.
fn under(name: &str, guarded: &[(String, Vec<Guard>)]) -> Vec<Vec<Guard>> {
    let given = guarded.iter().find(|(of, _)| of.strip_prefix('=') == Some(name));
    let given = given.map(|(_, guards)| guards.as_slice()).unwrap_or_default();
    let pushes = guarded
        .iter()
        .filter(|(pushed, _)| pushed == name || (pushed.ends_with(':') && name.starts_with(pushed)));
    let whole = |own: &Vec<Guard>| {
        let more = own.iter().filter(|guard| !given.contains(guard));
        given.iter().chain(more).cloned().collect()
    };
    pushes.map(|(_, own)| whole(own)).collect()
}

impl Built {
    /// Notes the tests around the command that pushes it.
    fn put_under(&mut self, guards: &[Guard]) {
        if self.is_pushed && !guards.is_empty() {
            self.under = self.names.iter().map(|name| (name.clone(), vec![guards.to_vec()])).collect();
        }
    }

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

/// Whether a registry is one of the job's own machine.
pub(super) fn is_here(name: &str) -> bool {
    let Some((host, _)) = name.split_once('/') else { return false };
    format!("https://{host}/").parse().is_ok_and(|url| is_loopback(&url))
}

impl Script {
    /// Whether it is known of something that it pushes what that is called.
    pub(super) fn names_something(&self) -> bool {
        !(self.built.is_empty() && self.strange.is_empty() && self.copies.is_empty())
    }

    /// Whether all that it pushes stays on the machine.
    pub(super) fn stays_here(&self) -> bool {
        self.pushes_here
            && self.built.is_empty()
            && self.strange.is_empty()
            && self.copies.is_empty()
            && self.unread.is_empty()
    }
}

/// A name without its tag; a colon within `${…}` or `$(…)` begins none.
pub(super) fn repository_of(name: &str) -> &str {
    let mut depth = 0_usize;
    let mut end = name.len();
    for (at, sign) in name.char_indices() {
        match sign {
            '{' | '(' => depth += 1,
            '}' | ')' => depth = depth.saturating_sub(1),
            '/' if depth == 0 => end = name.len(),
            ':' if depth == 0 => end = at,
            _ => {}
        }
    }
    name.get(..end).unwrap_or(name)
}
