//! The truth check: every image that a rendered chart names is one of this release, as it was sealed, or can be had.

use std::collections::BTreeMap;

use plimsoll_oci::name::{Digest, ImageTag, Reference};

use crate::document::manifests::find_images;
use crate::domain::chart::{Chart, Rendering};
use crate::domain::claim::Seal;
use crate::domain::code::Code;
use crate::domain::diagnostic::Diagnostic;
use crate::domain::event::Event;
use crate::domain::target::Target;
use crate::world::chart_program::{Preset, RenderOrder, Rendered};
use crate::world::{Eyes, WorldError};

/// Why a chart would not install what was released.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ChartImageFault {
    /// There is nothing to render it with.
    #[error("chart `{chart}` can't be rendered: helm is not installed")]
    NoProgram {
        /// The chart.
        chart: String,
    },
    /// Helm can't render it.
    #[error("chart `{chart}` can't be rendered{with}", with = with(preset.as_deref()))]
    Unrendered {
        /// The chart.
        chart: String,
        /// The values; none for its own.
        preset: Option<String>,
        /// What Helm said.
        why: String,
    },
    /// An image of this release is named, and not as it was sealed.
    #[error("chart `{chart}` installs `{image}`{with}, {why}", with = with(preset.as_deref()))]
    Own {
        /// The chart.
        chart: String,
        /// The values; none for its own.
        preset: Option<String>,
        /// The image as the chart names it.
        image: String,
        /// What is wrong with it.
        why: OwnFault,
    },
    /// The world did not answer.
    #[error(transparent)]
    World(#[from] WorldError),
}

/// What is wrong with the name of an own image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OwnFault {
    /// Another digest.
    #[error("and the digest that is released is {want}")]
    Digest {
        /// The sealed one.
        want: Digest,
    },
    /// A tag that this release does not write.
    #[error("and the release writes {}", list(tags))]
    Tag {
        /// Those that it writes.
        tags: Vec<ImageTag>,
    },
    /// Neither tag nor digest.
    #[error("which names neither a version nor a digest")]
    Bare,
    /// Something after the repository that is no tag and no digest, or nothing where one of them should be.
    #[error("which is no reference: after `{repository}` stands `{rest}`")]
    Unreadable {
        /// The repository as the chart names it.
        repository: String,
        /// What stands after it.
        rest: String,
    },
    /// A repository that this release does not go to.
    #[error("and the release goes to {}", list(places))]
    Place {
        /// Where it goes.
        places: Vec<String>,
    },
}

fn with(preset: Option<&str>) -> String {
    preset.map(|preset| format!(" with {preset}")).unwrap_or_default()
}

fn list<T: std::fmt::Display>(items: &[T]) -> String {
    items.iter().map(|item| format!("`{item}`")).collect::<Vec<_>>().join(", ")
}

/// Demands the program that renders charts, if one of them must be rendered: before anything is claimed or made.
///
/// # Errors
/// It is not there.
pub async fn demand_program(eyes: Eyes<'_>, charts: &[Chart]) -> Result<(), ChartImageFault> {
    let Some(chart) = charts.iter().find(|chart| chart.rendering == Rendering::Required) else {
        return Ok(());
    };
    match eyes.chart_program().is_there().await? {
        true => Ok(()),
        false => Err(ChartImageFault::NoProgram { chart: chart.chart.clone() }),
    }
}

/// Renders a chart and looks at every image in it.
///
/// # Errors
/// All reasons why it would not install what was released.
pub async fn check(
    eyes: Eyes<'_>,
    chart: &Chart,
    seal: &Seal,
    (name, package): (&str, &[u8]),
    presets: &[Preset],
) -> Result<(), Vec<ChartImageFault>> {
    let order = RenderOrder { name, package, presets };
    let rendered = match eyes.chart_program().render(order).await {
        Err(error) => return Err(vec![error.into()]),
        Ok(Some(rendered)) => rendered,
        Ok(None) => match chart.rendering {
            Rendering::Required => {
                return Err(vec![ChartImageFault::NoProgram { chart: chart.chart.clone() }]);
            }
            Rendering::IfPresent => {
                let note = "helm is not installed, so what it installs was not looked at";
                eyes.tell(Event::Remark(format!("chart {}: {note}", chart.chart)));
                return Ok(());
            }
        },
    };
    let mut looking = Looking { eyes, chart, seal, faults: Vec::new(), others: BTreeMap::new() };
    let any = rendered.iter().any(|one| one.text.is_ok());
    for Rendered { preset, text } in rendered {
        let images = text.and_then(|text| find_images(&text).map_err(|error| error.to_string()));
        match images {
            Ok(images) => images.into_iter().for_each(|image| looking.judge(preset.as_deref(), image)),
            // A chart may want values that only its presets have.
            Err(why) if preset.is_none() && any => {
                let why = why.lines().next().unwrap_or_default();
                looking.note(&format!("can't be rendered with its own values: {why}"));
            }
            Err(why) => {
                let chart = chart.chart.clone();
                looking.faults.push(ChartImageFault::Unrendered { chart, preset, why });
            }
        }
    }
    for (image, reference) in looking.others.iter().filter(|(_, reference)| !chart.allows(reference)) {
        look_at(eyes, chart, image, reference).await;
    }
    if looking.faults.is_empty() { Ok(()) } else { Err(looking.faults) }
}

/// What was found so far.
struct Looking<'a> {
    eyes: Eyes<'a>,
    chart: &'a Chart,
    seal: &'a Seal,
    faults: Vec<ChartImageFault>,
    others: BTreeMap<String, Reference>,
}

impl Looking<'_> {
    fn judge(&mut self, preset: Option<&str>, image: String) {
        match judge(self.seal, &image) {
            Judgement::Own(Ok(())) => {}
            Judgement::Own(Err(why)) => {
                let (chart, preset) = (self.chart.chart.clone(), preset.map(str::to_owned));
                self.faults.push(ChartImageFault::Own { chart, preset, image, why });
            }
            Judgement::Foreign(reference) => {
                self.others.insert(image, reference);
            }
            Judgement::NoReference => {
                warn(self.eyes, self.chart, format!("names `{image}`, which is no image"), |warning| {
                    warning.help("no cluster can pull it: mend the template, or the value that it is made of")
                });
            }
        }
    }

    fn note(&self, what: &str) {
        self.eyes.tell(Event::Remark(format!("chart {} {what}", self.chart.chart)));
    }
}

/// Says so if an image of somebody else's can't be had: it may be where only clusters reach.
async fn look_at(eyes: Eyes<'_>, chart: &Chart, image: &str, reference: &Reference) {
    let why = match eyes.origins().resolve(reference).await {
        Ok(Some(_)) => return,
        Ok(None) => "it is not there".to_owned(),
        Err(error) => error.to_string(),
    };
    warn(eyes, chart, format!("installs `{image}`, which can't be had"), |warning| {
        warning.because(why).help("if only the cluster can reach it, name it in `allow` under [[chart]]")
    });
}

/// Warns of an image that a chart names.
fn warn(eyes: Eyes<'_>, chart: &Chart, what: String, more: impl FnOnce(Diagnostic) -> Diagnostic) {
    let warning = Diagnostic::warning(Code::ChartImage, format!("chart `{}` {what}", chart.chart));
    eyes.tell(Event::Warning(Box::new(more(warning))));
}

/// What an image in a chart is.
#[derive(Debug, PartialEq, Eq)]
enum Judgement {
    /// One of this release.
    Own(Result<(), OwnFault>),
    /// Somebody else's.
    Foreign(Reference),
    /// Nothing that can be pulled.
    NoReference,
}

fn judge(seal: &Seal, image: &str) -> Judgement {
    match image.parse() {
        Ok(reference) => judge_reference(seal, reference),
        Err(_) => judge_unreadable(seal, image),
    }
}

fn judge_reference(seal: &Seal, reference: Reference) -> Judgement {
    let images = seal.targets.iter().filter(|target| seal.images.contains_key(&target.artifact));
    let own: Vec<&Target> =
        images.clone().filter(|target| target.repository == reference.repository).collect();
    if own.is_empty() {
        let alike: Vec<&Target> = images.filter(|target| is_alike(seal, target, &reference)).collect();
        if alike.is_empty() {
            return Judgement::Foreign(reference);
        }
        let places = alike.iter().map(|target| target.repository.to_string()).collect();
        return Judgement::Own(Err(OwnFault::Place { places }));
    }
    Judgement::Own(judge_own(seal, &own, &reference))
}

/// What is no reference is meant to be an image of this release all the same if it begins as one: `repository:`, where a
/// template found no tag.
fn judge_unreadable(seal: &Seal, image: &str) -> Judgement {
    for (at, _) in image.match_indices([':', '@']) {
        let (name, rest) = image.split_at(at);
        let Ok(repository) = name.parse() else { continue };
        match judge_reference(seal, Reference { repository, tag: None, digest: None }) {
            Judgement::Own(Err(OwnFault::Bare)) => {
                let (repository, rest) = (name.to_owned(), rest.to_owned());
                return Judgement::Own(Err(OwnFault::Unreadable { repository, rest }));
            }
            Judgement::Own(judged) => return Judgement::Own(judged),
            Judgement::Foreign(_) | Judgement::NoReference => {}
        }
    }
    Judgement::NoReference
}

fn judge_own(seal: &Seal, own: &[&Target], reference: &Reference) -> Result<(), OwnFault> {
    // Several images may share a repository; any of them will do.
    let fitting: Vec<&&Target> = match &reference.tag {
        Some(tag) => own.iter().filter(|target| target.version_tags.contains(tag)).collect(),
        None => own.iter().collect(),
    };
    if fitting.is_empty() {
        let tags = own.iter().flat_map(|target| target.version_tags.iter().cloned()).collect();
        return Err(OwnFault::Tag { tags });
    }
    let digests: Vec<&Digest> =
        fitting.iter().filter_map(|target| seal.artifacts.get(&target.artifact)).collect();
    match (&reference.digest, &reference.tag) {
        (None, None) => Err(OwnFault::Bare),
        (None, Some(_)) => Ok(()),
        (Some(digest), _) if digests.contains(&digest) => Ok(()),
        (Some(_), _) => match digests.first() {
            Some(want) => Err(OwnFault::Digest { want: (*want).clone() }),
            None => Ok(()),
        },
    }
}

/// Whether a reference is an image of this release under a registry or path that it does not go to.
fn is_alike(seal: &Seal, target: &Target, reference: &Reference) -> bool {
    let last = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let same_digest =
        reference.digest.is_some() && seal.artifacts.get(&target.artifact) == reference.digest.as_ref();
    let same_tag = reference.tag.as_ref().is_some_and(|tag| target.version_tags.contains(tag));
    // A name alone, which is what many a chart has as its default, is an official image of Docker Hub to every cluster.
    let is_bare = reference.repository.path().starts_with("library/");
    let same_name = last(target.repository.path()) == last(reference.repository.path());
    same_digest || (same_tag || is_bare) && same_name
}

#[cfg(test)]
mod tests;
