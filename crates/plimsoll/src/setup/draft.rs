//! A first configuration: from what workflows do, and from what lies in the repository.

mod app_compose;
mod app_version;
mod chart_families;
mod chart_numbers;
mod charts;
mod compose;
mod contexts;
mod deployments;
mod dockerfiles;
pub(crate) mod families;
mod gates;
mod git_tags;
mod homes;
mod major_zero;
mod mending;
mod naming;
mod other_families;
mod pins;
mod render;
mod scheme;
#[cfg(test)]
mod tests;
mod told;
mod untagged;
mod version_gate;

pub(crate) use homes::as_if_right;
pub(crate) use mending::{Mended, mend};
pub(super) use render::with_host;

use std::collections::BTreeSet;

use self::chart_families::ChartFamilies;
use self::families::Family;
use self::git_tags::GitTags;
use plimsoll_tags::table::Table;
use plimsoll_tags::version::Scheme;

use super::from_workflows::called_files::normal;
use super::from_workflows::{Carried, DraftImage, Login, Part, Pushed, Sources, carry, is_open, name_apart};
use super::holdings::{Elsewhere, Holdings, may_push};

/// Where a project is at home.
#[derive(Clone, Debug, Default)]
pub(crate) struct Home {
    /// Its name.
    pub(crate) name: String,
    /// `owner/name` on the forge.
    pub(crate) repository: Option<String>,
    /// What image repositories begin with: `ghcr.io/acme`.
    pub(crate) registry: Option<String>,
    /// Whether somebody said that.
    pub(crate) is_registry_said: bool,
    /// The forge, where its own registry takes no token of a job.
    pub(crate) asks_for_login: Option<String>,
    /// The default branch.
    pub(crate) branch: Option<String>,
    /// Whether the forge is one whose release pages Plimsoll writes.
    pub(crate) has_pages: bool,
    /// Whether it is one that keeps deployments.
    pub(crate) keeps_deployments: bool,
    /// What stands before the version of the git tags that are asked for; none: the project's own.
    pub(crate) family: Option<String>,
}

/// A drafted configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Draft {
    /// The text of the file.
    pub(crate) text: String,
    /// The names of its images.
    pub(crate) images: Vec<String>,
    /// What could not be carried over.
    pub(crate) left: Vec<String>,
    /// Whether a release page that a person publishes sets releases off.
    pub(crate) by_hand: bool,
    /// Variables that are no secrets of the forge.
    pub(crate) plain: BTreeSet<String>,
    /// The branches whose pushes release charts by themselves.
    pub(crate) chart_branches: Vec<String>,
}

impl Draft {
    /// True if nothing that could be released was found, not even as a comment.
    pub(crate) fn is_bare(&self) -> bool {
        let tables = ["[[image]]", "[[chart]]", "[compose]"];
        self.images.is_empty() && !tables.iter().any(|table| self.text.contains(table))
    }

    /// Goes on with a text that was put right; images that stand as comments since then are none of its.
    pub(crate) fn take(&mut self, mended: Mended) {
        self.text = mended.text;
        self.left.extend(mended.left);
        let text = &self.text;
        let is_live =
            |name: &String| text.contains(&format!("\n[[image]]\nname = {}\n", render::quoted(name)));
        self.images.retain(is_live);
    }
}

/// What is said of a Dockerfile behind its path.
const UNUSED: &str = ": no workflow pushes an image of it";

/// How many Dockerfiles that are passed over are told one by one.
const FEW: usize = 4;

/// Drafts a configuration.
pub(crate) fn draft(holdings: &Holdings, home: &Home) -> Draft {
    let mut carried = carry(&Sources {
        workflows: &holdings.workflows,
        pipeline: &holdings.pipeline,
        goreleaser: holdings.goreleaser.as_ref(),
        bakes: &holdings.bakes,
        called: &holdings.called,
        repository: home.repository.as_deref(),
        registry: home.registry.as_deref(),
        branch: home.branch.as_deref(),
        tags: &holdings.tags,
    });
    tell_other_pipelines(&mut carried, holdings);
    tell_elsewhere(&mut carried, holdings);
    if let Some(family) = &home.family {
        carried.git_tags.retain(|pattern| git_tags::begin_of(pattern) == family);
        carried.git_tags.insert(format!("{family}*"));
    }
    let aside = other_families::find(holdings, &carried, home);
    let mut git_tags = git_tags::choose(&carried.git_tags, &holdings.tags, scheme::find(holdings), &aside);
    if carried.releases_prereleases == Some(false) {
        git_tags.leave_prereleases();
    }
    let passed_on = split_families(&mut carried, &git_tags, holdings, home);
    leave_out_missing(&mut carried.images, holdings);
    let by_hand = carried.page == Some(super::from_workflows::Page::ByHand);
    leave_out_trials(&mut carried.images, holdings);
    leave_out_trials(&mut carried.homeless, holdings);
    homes::settle_homeless(&mut carried, family_of(&git_tags, home), home);
    if carried.images.is_empty() && passed_on.is_empty() {
        carried.images = dockerfiles::images(holdings, home, git_tags.scheme);
        families::keep_named(&mut carried, home);
        // Somebody makes their targets, where nothing else is known to push.
        carried.unread.extend(holdings.pushing_makefiles.iter().cloned());
        carried.unread.extend(scripts_aside(holdings));
        dockerfiles::mark_as_guessed(&mut carried, home);
        carried.left.extend(dockerfiles::tell_once(&mut carried.images));
    } else {
        let built: Vec<&String> =
            carried.images.iter().filter_map(|image| image.dockerfile.as_ref()).collect();
        let others =
            holdings.dockerfiles.iter().filter(|path| !built.contains(path) && !passed_on.contains(path));
        let others: Vec<String> = others.map(|path| format!("{path}{UNUSED}")).collect();
        carried.left.extend(others);
    }
    let had_images = !carried.images.is_empty();
    families::spell_versions(&mut carried.images, git_tags.begin());
    if git_tags.scheme == Scheme::Pep440 {
        scheme::spell_versions(&mut carried.images);
    }
    find_origins(&mut carried, holdings);
    let images = &carried.images;
    carried.left.retain(|what| {
        let path = what.strip_suffix(UNUSED);
        !images.iter().any(|image| path.is_some() && image.dockerfile.as_deref() == path)
    });
    if carried.images.is_empty() && had_images {
        carried.images = dockerfiles::images(holdings, home, git_tags.scheme);
        carried.left.retain(|what| !what.ends_with(UNUSED));
        for image in &mut carried.images {
            image.left.push("platforms and tags are a guess: nothing that was read says them".to_owned());
            homes::mark(image, None, home);
            image.rules = dockerfiles::only_version();
        }
    }
    homes::settle(&mut carried.images, home);
    let login = forge_login(&carried, holdings, home);
    carried.logins.extend(login);
    name_apart(&mut carried.images);
    let unreleased = untagged::settle(&mut carried);
    if let Some(version) = &git_tags.highest {
        major_zero::tell(&mut carried.images, version);
    }
    carried.left.extend(tell_passed_over(holdings, &carried.images));
    carried.left.extend(holdings.unreadable.iter().cloned());
    let charts = holdings.charts_passed_over.iter();
    carried.left.extend(charts.map(|path| format!("chart {path}: by its path not for releases")));
    let gate = version_gate::choose(holdings, &git_tags, &mut carried.left);
    carried.left.extend(git_tags.left.iter().cloned());
    let plain = carried.plain_variables();
    let mut chart_branches: Vec<String> = Vec::new();
    for branch in carried.chart_releasers.iter().flat_map(|releaser| &releaser.pushes) {
        if !chart_branches.contains(branch) {
            chart_branches.push(branch.clone());
        }
    }
    if chart_branches.is_empty() {
        chart_branches.push(home.branch.clone().unwrap_or_else(|| "main".to_owned()));
    }
    let (text, left) = render::render(carried, &unreleased, &git_tags, holdings, home, &gate);
    let images = text.images;
    Draft { text: text.text, images, left, by_hand, plain, chart_branches }
}

/// Tells pipelines that are not read: beside them the project's own place is a guess.
fn tell_other_pipelines(carried: &mut Carried, holdings: &Holdings) {
    for path in &holdings.other_pipelines {
        carried.unread.push(path.clone());
        carried.left.push(format!(
            "{path}: it is not read: if it pushes images, compare their names, registry and tags with what stands here"
        ));
    }
}

/// Tells workflows that another forge runs: what they push is known there.
fn tell_elsewhere(carried: &mut Carried, holdings: &Holdings) {
    let Some(Elsewhere { forge, workflows }) = &holdings.elsewhere else { return };
    for file in workflows {
        carried.unread.extend(may_push(&file.text).then(|| file.path.clone()));
        carried.left.push(format!(
            "{}: {forge} does not run it, and it is not read: what it does goes on where it is run",
            file.path
        ));
    }
}

/// Scripts that push images and that no workflow calls: somebody runs them, where nothing else is known to push.
fn scripts_aside(holdings: &Holdings) -> Vec<String> {
    let is_called = |path: &&String| holdings.called.iter().any(|file| file.path == **path);
    holdings.pushing_scripts.iter().filter(|path| !is_called(path)).cloned().collect()
}

/// The login at the forge's own registry, where its jobs can't push with what they have and nothing else logs in there.
fn forge_login(carried: &Carried, holdings: &Holdings, home: &Home) -> Option<Login> {
    let host = home.asks_for_login.as_deref()?;
    let is_there = |place: &str| place.split('/').next() == Some(host);
    let of_charts = home.registry.iter().filter(|_| !holdings.charts.is_empty());
    let goes_there = |image: &&DraftImage| image.repositories.iter().any(|place| is_there(place));
    let (guessed, known): (Vec<_>, Vec<_>) =
        carried.images.iter().filter(goes_there).partition(|image| image.guess.is_some());
    let is_of_charts = of_charts.into_iter().any(|place| is_there(place));
    let is_wanted = is_of_charts || !guessed.is_empty() || !known.is_empty();
    let is_named = carried.logins.iter().any(|login| login.registry == host);
    (is_wanted && !is_named).then(|| Login {
        registry: host.to_owned(),
        username: Part::Variable("REGISTRY_USER".to_owned()),
        password: Part::Variable("REGISTRY_TOKEN".to_owned()),
        is_guess: known.is_empty() && !guessed.is_empty(),
    })
}

/// Leaves to other configurations what is released under other families of git tags, and says how they are drafted. Gives the
/// Dockerfiles of those images.
fn split_families(
    carried: &mut Carried,
    git_tags: &GitTags,
    holdings: &Holdings,
    home: &Home,
) -> Vec<String> {
    let family = family_of(git_tags, home);
    let split = families::split(std::mem::take(&mut carried.images), family);
    carried.images = split.own;
    let passed_on = split.others.values().flatten();
    let dockerfiles =
        passed_on.map(|image| image.dockerfile.clone().unwrap_or_else(|| "Dockerfile".to_owned()));
    let dockerfiles =
        dockerfiles.filter(|path| !carried.images.iter().any(|own| own.dockerfile.as_ref() == Some(path)));
    let dockerfiles = dockerfiles.collect();
    if let Family::Asked(_) = family {
        return dockerfiles;
    }
    let none = Vec::new();
    let modules = other_families::modules(&holdings.paths);
    let charts = ChartFamilies::find(git_tags, &carried.chart_tags, &holdings.charts, &modules);
    let of_others = git_tags.besides.iter().filter(|begin| !charts.has(begin));
    let told: BTreeSet<&String> = of_others.chain(split.others.keys()).collect();
    for begin in told {
        let images = split.others.get(begin).unwrap_or(&none);
        let names: Vec<&str> =
            images.iter().flat_map(|image| &image.repositories).map(String::as_str).collect();
        let what = if names.is_empty() { String::new() } else { format!(" release {}", names.join(", ")) };
        carried.left.push(format!(
            "git tags {begin}…{what}: a configuration has one family of them, and this one has {}…: `plimsoll init --config plimsoll.{}.toml --tags '{begin}{{version}}'` drafts another",
            git_tags.begin(),
            families::word_of(begin)
        ));
    }
    let unclaimed: Vec<String> =
        git_tags.unclaimed(&charts).into_iter().map(|begin| format!("{begin}…")).collect();
    if !unclaimed.is_empty() {
        carried
            .left
            .push(format!("git tags {}: no image and no chart is released for them", unclaimed.join(", ")));
    }
    dockerfiles
}

/// The family of git tags that the configuration has.
fn family_of<'a>(git_tags: &'a GitTags, home: &'a Home) -> Family<'a> {
    match &home.family {
        Some(family) => Family::Asked(family),
        None => Family::Main(git_tags.begin()),
    }
}

/// Files that are not there are built by nobody.
fn leave_out_missing(images: &mut [DraftImage], holdings: &Holdings) {
    for image in images {
        let is_missing = |path: &mut String| !normal("", path).is_some_and(|path| holdings.has(&path));
        if let Some(path) = image.dockerfile.take_if(is_missing) {
            image.left.push(format!("{path}: there is no such file in the repository"));
        }
    }
}

/// Images that are only given names are built somewhere: from the one Dockerfile, or they are told.
fn find_origins(carried: &mut Carried, holdings: &Holdings) {
    let is_made = |image: &DraftImage| image.dockerfile.is_some() || image.program.is_some();
    // What another image is built from says nothing of one of which nobody says it.
    let is_taken = |path: &String| carried.images.iter().any(|image| image.dockerfile.as_ref() == Some(path));
    if let [only] = holdings.dockerfiles.as_slice()
        && !is_taken(only)
    {
        for image in carried.images.iter_mut().filter(|image| !is_made(image)) {
            image.dockerfile = Some(only.clone());
            image.left.push(format!("that it is built from {only} is a guess"));
            if image.platforms.is_empty() && image.unread_platforms.is_none() {
                image.platforms.push("linux/amd64".to_owned());
                image.left.push("platforms: nothing says them, and linux/amd64 is a guess".to_owned());
            }
        }
    }
    let (made, unmade): (Vec<_>, Vec<_>) = carried.images.drain(..).partition(is_made);
    carried.images = made;
    carried.left.extend(unmade.into_iter().map(|image| {
        format!("image {}: nothing says how {} is made", image.name, image.repositories.join(", "))
    }));
}

/// Dockerfiles that are not for releases; of many only how many there are.
fn tell_passed_over(holdings: &Holdings, images: &[DraftImage]) -> Vec<String> {
    let is_built = |path: &&String| images.iter().any(|image| image.dockerfile.as_ref() == Some(*path));
    let others: Vec<&String> = holdings.passed_over.iter().filter(|path| !is_built(path)).collect();
    match others.as_slice() {
        [first, second, .., last] if others.len() > FEW => {
            vec![format!(
                "{first}, {second} … {last}: {} Dockerfiles by their names not for releases",
                others.len()
            )]
        }
        others => others.iter().map(|path| format!("{path}: by its name not for releases")).collect(),
    }
}

/// Leaves out what only branches push to a place that is not known, from a Dockerfile that is by its name not for releases: what
/// tries a commit.
fn leave_out_trials(images: &mut Vec<DraftImage>, holdings: &Holdings) {
    images.retain(|image| {
        let is_for_trials = image.dockerfile.as_ref().is_some_and(|path| holdings.passed_over.contains(path));
        let is_of_branches = !image.pushed.contains(&Pushed::Releases);
        let is_released = image.rules.0.contains_key(&Table::Release);
        let is_somewhere = image.repositories.iter().any(|name| !is_open(name));
        !(is_for_trials && is_of_branches) || is_released || is_somewhere
    });
}

fn simple(text: &str) -> String {
    let words = text.split(|character: char| !character.is_ascii_alphanumeric());
    let words: Vec<String> = words.filter(|word| !word.is_empty()).map(str::to_ascii_lowercase).collect();
    if words.is_empty() { "image".to_owned() } else { words.join("-") }
}
