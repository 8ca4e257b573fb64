//! Images that GoReleaser makes (goreleaser.com/customization: `dockers`, `docker_manifests`, `dockers_v2`, `kos`).

mod conditions;
mod environment;
mod project;
mod skipped;
mod taken_out;
mod templates;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::Value;

use self::conditions::Unfolded;
pub(super) use self::environment::Environment;
pub(crate) use self::project::GoreleaserFile;
use self::skipped::{Entry, Sureness, pushed};
use self::templates::Words;
use super::image::{DraftImage, Pushed};
use super::places::{is_open, short_name};
use super::workflow::Workflow;
use super::{Carried, Page, Sent};
use crate::setup::yaml_fault::describe;

/// Keys that make or publish something beside images.
const OTHERS: [&str; 29] = [
    "announce",
    "archives",
    "artifactories",
    "aurs",
    "aur_sources",
    "blobs",
    "brews",
    "chocolateys",
    "docker_digest",
    "docker_signs",
    "dockerhub",
    "dmg",
    "flatpaks",
    "gemfury",
    "homebrew_casks",
    "krews",
    "makeselfs",
    "mcp",
    "msi",
    "nfpms",
    "nix",
    "notarize",
    "npms",
    "publishers",
    "sboms",
    "scoops",
    "signs",
    "snapcrafts",
    "winget",
];
/// Flags of a build that Plimsoll has no use for.
const NEEDLESS: [&str; 5] = ["--platform", "--provenance", "--pull", "--sbom", "--no-cache"];

/// What is found in the file.
#[derive(Default)]
pub(super) struct Found {
    pub(super) images: Vec<DraftImage>,
    /// Images of which is not known where they go.
    pub(super) homeless: Vec<DraftImage>,
    /// Images of which is not known whether a release pushes them.
    pub(super) undecided: Vec<DraftImage>,
    pub(super) page: Option<Page>,
    /// Whether it may push images that are none of these.
    pub(super) unread: bool,
    pub(super) left: Vec<String>,
}

/// One entry of `dockers`.
struct Docker {
    templates: Vec<String>,
    platform: String,
    image: DraftImage,
    sureness: Sureness,
}

/// An image, and whether a release surely pushes it.
struct Made {
    image: DraftImage,
    sureness: Sureness,
}

/// Reads the file; a text that is no YAML is told.
pub(super) fn find(goreleaser: &GoreleaserFile, repository: Option<&str>, given: &Environment) -> Found {
    let file = &goreleaser.file;
    let mut found = Found::default();
    let root: Value = match yaml_serde::from_str(&file.text) {
        Ok(root) => root,
        Err(error) => {
            let why = describe(&file.text, &error);
            found.left.push(format!("`{}` is no YAML: {why}", file.path));
            found.unread = true;
            return found;
        }
    };
    let words = Words::of(&root, goreleaser.project(&root, repository), given);
    let mut skipped = Vec::new();
    let mut entries = |key: &str| pushed(&root, key, &words, &mut skipped);
    let dockers: Vec<Docker> =
        entries("dockers").into_iter().map(|docker| read_docker(&docker, &words)).collect();
    let mut made = join(&dockers, &entries("docker_manifests"), &words);
    made.extend(entries("dockers_v2").iter().map(|docker| docker.made(read_whole(docker, &words))));
    made.extend(entries("kos").iter().map(|ko| ko.made(read_ko(ko, &words))));
    for other in &goreleaser.others {
        found.left.push(format!(
            "{other}: GoReleaser is run with it too, and it is not read: compare what it pushes"
        ));
        found.unread = true;
    }
    found.left.extend(skipped.into_iter().map(|what| format!("{}: {what}", file.path)));
    for Made { mut image, sureness } in made {
        goreleaser.put_in_folder(&mut image);
        image.pushed.insert(Pushed::Releases);
        image.name = short_name(&image.repositories);
        found.unread |= image.repositories.iter().all(|name| is_open(name));
        if !image.repositories.is_empty() {
            match sureness {
                Sureness::Known => found.images.push(image),
                Sureness::Open => found.undecided.push(image),
            }
            continue;
        }
        found.left.extend(image.left.drain(..).map(|what| format!("{}: {what}", file.path)));
        let is_made = image.dockerfile.is_some() || image.program.is_some();
        found.homeless.extend(is_made.then_some(image));
    }
    found.page = page_of(&root);
    if root.get("includes").is_some() {
        found.left.push(format!("{}: it includes files that are not read", file.path));
        found.unread = true;
    }
    let others: Vec<&str> = OTHERS.into_iter().filter(|key| has(&root, key)).collect();
    if !others.is_empty() {
        found.left.push(format!(
            "{}: {}: GoReleaser goes on to make and publish them",
            file.path,
            others.join(", ")
        ));
    }
    found
}

impl Carried {
    /// Takes over what GoReleaser pushes, and the page that it makes, where a workflow runs it.
    pub(super) fn add_of_goreleaser(
        &mut self,
        workflow: &Workflow,
        goreleaser: Option<&GoreleaserFile>,
        repository: Option<&str>,
    ) {
        let Some(goreleaser) = goreleaser.filter(|_| workflow.runs_goreleaser()) else { return };
        let given = Environment::of([workflow].into_iter(), repository);
        let found = find(goreleaser, repository, &given);
        // A draft of it is the same page.
        if found.page.is_some() {
            self.page.get_or_insert(Page::ByGoreleaser);
        }
        for mut image in found.images.into_iter().chain(found.undecided) {
            let sent = std::mem::take(&mut image.sent).into_iter();
            self.sent.extend(sent.map(|sent| Sent { path: goreleaser.file.path.clone(), ..sent }));
            self.images.push(image);
        }
    }
}

/// What becomes of the release page.
fn page_of(root: &Value) -> Option<Page> {
    let is_on =
        |key: &str| root.pointer(key).is_some_and(|value| *value == Value::Bool(true) || *value == "true");
    match is_on("/release/disable") || is_on("/release/skip_upload") {
        true => None,
        false if is_on("/release/draft") => Some(Page::Drafted),
        false => Some(Page::ByGoreleaser),
    }
}

fn has(root: &Value, key: &str) -> bool {
    root.get(key).is_some_and(|value| !value.is_null())
}

/// Images of several platforms that a manifest joins, and those that none does.
fn join(dockers: &[Docker], manifests: &[Entry<'_>], words: &Words) -> Vec<Made> {
    // Manifests of the same members are one image under several names.
    let mut joined: BTreeMap<Vec<usize>, Vec<String>> = BTreeMap::new();
    let mut left = Vec::new();
    let mut remarks: BTreeMap<Vec<usize>, Vec<String>> = BTreeMap::new();
    let mut sure: BTreeMap<Vec<usize>, Sureness> = BTreeMap::new();
    for manifest in manifests {
        let filled = |templates: &[String]| -> Vec<String> {
            templates.iter().map(|template| without_hub(words.fill(template))).collect()
        };
        let members = filled(&texts(manifest.body, "image_templates"));
        let is_member = |docker: &Docker| filled(&docker.templates).iter().any(|name| members.contains(name));
        let places: Vec<usize> = dockers
            .iter()
            .enumerate()
            .filter(|(_, docker)| is_member(docker))
            .map(|(place, _)| place)
            .collect();
        let name = text(manifest.body, "name_template").unwrap_or_default().to_owned();
        match places.is_empty() {
            true => left.push(format!("docker_manifests: {name}: what it joins is not made here")),
            false => {
                remarks.entry(places.clone()).or_default().extend(manifest.remark.clone());
                let known = sure.entry(places.clone()).or_insert(manifest.sureness);
                *known = (*known).min(manifest.sureness);
                joined.entry(places).or_default().push(name);
            }
        }
    }
    let alone = (0..dockers.len()).filter(|place| !joined.keys().any(|places| places.contains(place)));
    let alone: Vec<(Vec<usize>, Vec<String>)> =
        alone.filter_map(|place| Some((vec![place], dockers.get(place)?.templates.clone()))).collect();
    let mut images: Vec<Made> = Vec::new();
    for (places, names) in joined.into_iter().chain(alone) {
        let own: Vec<&Docker> = places.iter().filter_map(|place| dockers.get(*place)).collect();
        let mut members = own.iter();
        let Some(first) = members.next() else { continue };
        let mut image = first.image.clone();
        image.platforms = vec![first.platform.clone()];
        for member in members {
            if (&member.image.dockerfile, &member.image.build_args) != (&image.dockerfile, &image.build_args)
            {
                image.left.push(format!("for {} it is built otherwise", member.platform));
            }
            let more = member.image.left.iter().filter(|what| !image.left.contains(what));
            let more: Vec<String> = more.cloned().collect();
            image.left.extend(more);
            if !image.platforms.contains(&member.platform) {
                image.platforms.push(member.platform.clone());
            }
        }
        words.name(&names, &mut image);
        image.left.extend(remarks.remove(&places).unwrap_or_default());
        // Those of single platforms are pushed, too.
        let mut single = DraftImage::default();
        let templates = own.iter().flat_map(|docker| docker.templates.iter().cloned());
        let templates: Vec<String> = templates.filter(|template| !names.contains(template)).collect();
        words.name(&templates, &mut single);
        image.sent.append(&mut single.sent);
        image.left.append(&mut single.left);
        let sureness = sure.remove(&places).unwrap_or(first.sureness);
        images.push(Made { image, sureness });
    }
    if !left.is_empty() {
        images.push(Made { image: DraftImage { left, ..DraftImage::default() }, sureness: Sureness::Known });
    }
    images
}

/// An entry of `dockers`: an image for one platform.
fn read_docker(entry: &Entry<'_>, words: &Words) -> Docker {
    let docker = entry.body;
    let mut image = DraftImage { context: Some(".".to_owned()), ..DraftImage::default() };
    image.dockerfile = Some(text(docker, "dockerfile").unwrap_or("Dockerfile").to_owned());
    let architecture = text(docker, "goarch").unwrap_or("amd64");
    let mut platform = format!("{}/{architecture}", text(docker, "goos").unwrap_or("linux"));
    if let (Some(version), "arm") = (docker.get("goarm"), architecture) {
        platform = format!("{platform}/v{}", version.to_string().trim_matches('"'));
    }
    for flag in texts(docker, "build_flag_templates") {
        let (name, value) = flag.split_once(['=', ' ']).unwrap_or((&flag, ""));
        match name {
            "--platform" => {
                platform = value.trim_end_matches("arm64/v8").to_owned()
                    + if value.ends_with("arm64/v8") { "arm64" } else { "" }
            }
            "--target" => image.target = Some(value.to_owned()),
            "--build-arg" => read_pair(value, words, Pair::Argument, &mut image),
            "--label" => read_pair(value, words, Pair::Label, &mut image),
            name if NEEDLESS.contains(&name) => {}
            _ => image.left.push(format!("build flag: {flag}")),
        }
    }
    tell_made_before(docker, &mut image);
    image.left.extend(entry.remark.clone());
    Docker { templates: texts(docker, "image_templates"), platform, image, sureness: entry.sureness }
}

/// An entry of `dockers_v2`: an image for all its platforms.
fn read_whole(entry: &Entry<'_>, words: &Words) -> DraftImage {
    let docker = entry.body;
    let mut image = DraftImage { context: Some(".".to_owned()), ..DraftImage::default() };
    image.dockerfile = Some(text(docker, "dockerfile").unwrap_or("Dockerfile").to_owned());
    image.platforms = texts(docker, "platforms");
    if image.platforms.is_empty() {
        image.platforms = vec!["linux/amd64".to_owned(), "linux/arm64".to_owned()];
    }
    for (key, kind) in
        [("build_args", Pair::Argument), ("labels", Pair::Label), ("annotations", Pair::Annotation)]
    {
        for (name, value) in docker.get(key).and_then(Value::as_object).into_iter().flatten() {
            read_pair(&format!("{name}={}", value.as_str().unwrap_or_default()), words, kind, &mut image);
        }
    }
    image.left.extend(texts(docker, "flags").into_iter().map(|flag| format!("build flag: {flag}")));
    tell_made_before(docker, &mut image);
    words.name(&crossed(&texts(docker, "images"), &texts(docker, "tags")), &mut image);
    image.left.extend(entry.remark.clone());
    image
}

/// An entry of `kos`: a program of Go and a base, without a Dockerfile.
fn read_ko(entry: &Entry<'_>, words: &Words) -> DraftImage {
    let ko = entry.body;
    let mut repositories = texts(ko, "repositories");
    repositories.extend(text(ko, "repository").map(str::to_owned));
    let named = text(ko, "build").or_else(|| text(ko, "id")).map(str::to_owned);
    let is_bare = ko.get("bare").is_some_and(|bare| *bare == Value::Bool(true));
    let mut tags = texts(ko, "tags");
    if tags.is_empty() {
        tags.push("latest".to_owned());
    }
    let mut image = DraftImage { platforms: texts(ko, "platforms"), ..DraftImage::default() };
    if image.platforms.is_empty() {
        image.platforms.push("linux/amd64".to_owned());
    }
    words.name(&crossed(&repositories, &tags), &mut image);
    let of_image = || image.repositories.first()?.rsplit('/').next().map(str::to_owned);
    let program = named.or_else(|| words.project.clone()).or_else(of_image).unwrap_or_default();
    if !is_bare && !image.repositories.is_empty() {
        image.left.push(
            "ko puts the program's path or a digest behind the repository: compare the name".to_owned(),
        );
    }
    let base = text(ko, "base_image").unwrap_or("cgr.dev/chainguard/static");
    image.left.push(format!(
        "ko builds {program} and puts it on {base}: here `base = \"scratch\"` is a guess: make dist/OS-ARCHITECTURE/{program} before, and name that base by digest"
    ));
    image.program = Some(program);
    image.left.extend(entry.remark.clone());
    for (key, kind) in [("labels", Pair::Label), ("annotations", Pair::Annotation)] {
        for (name, value) in ko.get(key).and_then(Value::as_object).into_iter().flatten() {
            read_pair(&format!("{name}={}", value.as_str().unwrap_or_default()), words, kind, &mut image);
        }
    }
    image
}

/// What GoReleaser puts beside the Dockerfile.
fn tell_made_before(docker: &Value, image: &mut DraftImage) {
    let files = texts(docker, "extra_files");
    let more = if files.is_empty() { String::new() } else { format!(", and {}", files.join(", ")) };
    image.left.push(format!(
        "GoReleaser puts the programs that it built beside the Dockerfile{more}: let the Dockerfile build or find them"
    ));
}

/// What a pair belongs to.
#[derive(Clone, Copy)]
enum Pair {
    Argument,
    Label,
    Annotation,
}

/// Takes over `KEY=VALUE`, as far as it is known before a release.
fn read_pair(text: &str, words: &Words, kind: Pair, image: &mut DraftImage) {
    let Some((key, value)) = text.split_once('=') else { return };
    let is_own = ["version", "revision", "created", "source", "url"]
        .iter()
        .any(|own| key.strip_prefix("org.opencontainers.image.") == Some(own));
    let is_given = ["VERSION", "BUILD_DATE", "VCS_REF"].contains(&key);
    let same = |found: Unfolded| (found.finals == found.prereleases).then_some(found.finals);
    let value = words.unfold(value).ok().and_then(same).filter(|value| !value.contains('{'));
    let (list, what, is_inferred) = match kind {
        Pair::Argument => (&mut image.build_args, "build argument", is_given),
        Pair::Label => (&mut image.labels, "label", is_own),
        Pair::Annotation => (&mut image.annotations, "annotation", is_own),
    };
    match value {
        _ if is_inferred => {}
        Some(value) => list.push((key.to_owned(), value)),
        None => image.left.push(format!("{what}: {text}")),
    }
}

/// A name without the registry that may be left out.
fn without_hub(name: String) -> String {
    ["docker.io/library/", "docker.io/", "index.docker.io/"]
        .iter()
        .find_map(|hub| name.strip_prefix(hub).map(str::to_owned))
        .unwrap_or(name)
}

/// Every repository with every tag.
fn crossed(repositories: &[String], tags: &[String]) -> Vec<String> {
    repositories.iter().flat_map(|name| tags.iter().map(move |tag| format!("{name}:{tag}"))).collect()
}

fn list<'a>(root: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    root.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str()
}

/// A list of texts, or one.
fn texts(value: &Value, key: &str) -> Vec<String> {
    match value.get(key) {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}
