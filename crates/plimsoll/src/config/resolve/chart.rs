//! `[[chart]]`: the Helm charts that are released with the images.

use plimsoll_engine::domain::artifact::ArtifactName;
use plimsoll_engine::domain::chart::{
    Chart, ChartPage, ChartRepository, ChartTags, ImagePart, ImageValue, InRegistry, PackagePlace, Rendering,
    TagsMade, VersionPolicy,
};
use plimsoll_engine::domain::page::PagePolicy;
use plimsoll_engine::domain::project::{ClaimPolicy, Image};
use plimsoll_helm::edit::parse_path;
use plimsoll_oci::name::ImageRepository;
use plimsoll_tags::git_tag::{TagPattern, TagPolicy, TagVerdict};
use plimsoll_tags::version::{Scheme, Version};

use super::inside::resolve_path;
use super::records::is_branch;
use super::texts::texts;
use super::{invalid, missing, unforeseen};
use crate::config::file::shape::quoted;
use crate::config::file::written::{Entry, Node, Section, Spanned};
use crate::config::problems::{Problems, Told, every};

/// Where charts have values to be tried with.
const PRESETS: &str = "ci/*.yaml";

/// Resolves every chart. `project` is the project's name, `tags` say which git tags are releases, `images` are its
/// images, `pages` says which releases have a page.
///
/// # Errors
/// Something in them can't be meant, which was told.
pub fn resolve(
    root: &Section,
    (project, tags): (Option<&ArtifactName>, Option<&TagPolicy>),
    images: &[Image],
    pages: PagePolicy,
    problems: &mut Problems<'_>,
) -> Result<Vec<Chart>, Told> {
    let Some(list) = root.list("chart")? else { return Ok(Vec::new()) };
    let beside = images.first().map(|image| &image.repository);
    let images: Vec<ArtifactName> = images.iter().map(|image| image.name.clone()).collect();
    let mut names = images.clone();
    every(list.value.iter().map(|item| {
        let node = item.as_ref().map_err(|told| *told)?;
        let section = node.section().ok_or_else(|| unforeseen(&node.span, problems))?;
        let chart = resolve_chart(section, (project, tags), (&images, beside), pages, problems)?;
        let name = chart.name.clone();
        if names.contains(&name) {
            let message = format!("two charts, or a chart and an image, are named `{name}`");
            let help = "records and plans tell them apart by their names: write another `name`";
            return Err(problems.error(&section.span, invalid(message).help(help)));
        }
        names.push(name);
        Ok(chart)
    }))
}

/// The git tags that the chart has of its own.
fn resolve_own_tags(
    section: &Section,
    tags: Option<&TagPolicy>,
    problems: &mut Problems<'_>,
) -> Result<Option<ChartTags>, Told> {
    let page = section.switch("page")?.unwrap_or(false);
    let Some(text) = section.text("git-tag")? else {
        return match section.node("page")?.filter(|_| page) {
            None => Ok(None),
            Some(node) => {
                let message = "a page belongs to a git tag, and the chart has none of its own";
                let help = "write the pattern of its tags: `git-tag = \"app-{version}\"`";
                Err(problems.error(&node.span, missing(message).help(help)))
            }
        };
    };
    let pattern = TagPattern::parse(text.value).map_err(|error| {
        problems.error(&text.span, invalid(error).help("write it like `git-tag = \"app-{version}\"`"))
    })?;
    let example = Version::parse(Scheme::Semver, "0.1.0").ok().map(|version| pattern.render(&version));
    let of_releases = |tags: &&TagPolicy| {
        example.as_ref().is_some_and(|example| !matches!(tags.read(example), TagVerdict::Outside { .. }))
    };
    if tags.is_some_and(|tags| of_releases(&tags)) {
        let message = format!("`{}` is the git tag of a release, too", text.value);
        let help = "begin it otherwise than the patterns under [tags]: `git-tag = \"app-{version}\"`";
        return Err(problems.error(&text.span, invalid(message).help(help)));
    }
    let page = if page { ChartPage::Own } else { ChartPage::None };
    Ok(Some(ChartTags { pattern, page, made: TagsMade::WithReleases }))
}

/// What the chart's `appVersion` is by the version of the release.
fn resolve_app_version(section: &Section, problems: &mut Problems<'_>) -> Result<Option<TagPattern>, Told> {
    let Some(text) = section.text("app-version")? else { return Ok(None) };
    if section.has("git-tag") {
        let message = "the chart has git tags of its own: released by itself, it has no release to follow";
        let help = "take `app-version` out, and write it into Chart.yaml; or take `git-tag` out";
        return Err(problems.error(&text.span, invalid(message).help(help)));
    }
    let parsed = TagPattern::parse(text.value).map_err(|error| {
        problems.error(&text.span, invalid(error).help("write it like `app-version = \"v{version}\"`"))
    });
    parsed.map(Some)
}

/// Refuses numbers of their own where no claim is held: nobody could reserve them.
///
/// # Errors
/// There is such a chart, which was told.
pub fn check_numbers(root: &Section, claim: ClaimPolicy, problems: &mut Problems<'_>) -> Result<(), Told> {
    let Some(list) = root.list("chart")?.filter(|_| claim == ClaimPolicy::None) else { return Ok(()) };
    every(list.value.iter().map(|item| {
        let node = item.as_ref().map_err(|told| *told)?;
        let version = node.section().map(|section| section.text("version")).transpose()?.flatten();
        match version.filter(|version| version.value == "independent") {
            None => Ok(()),
            Some(version) => {
                let message = "two releases at once could give their charts one number: no claim is held";
                let help = "take `claim = \"none\"` out, or write `version = \"match\"`";
                Err(problems.error(&version.span, invalid(message).help(help)))
            }
        }
    }))
    .map(|_: Vec<()>| ())
}

fn resolve_chart(
    section: &Section,
    (project, tags): (Option<&ArtifactName>, Option<&TagPolicy>),
    (images, beside): (&[ArtifactName], Option<&ImageRepository>),
    pages: PagePolicy,
    problems: &mut Problems<'_>,
) -> Result<Chart, Told> {
    let path = match section.text("path")? {
        // A chart may be the whole repository.
        Some(path) if matches!(path.value, "." | "./") => Ok(".".to_owned()),
        Some(path) => resolve_path(path, problems),
        None => Err(unforeseen(&section.span, problems)),
    };
    let values = resolve_values(section, images, problems);
    let path = path?;
    let chart = match section.text("name")? {
        Some(name) => name,
        None => Spanned {
            value: path.rsplit('/').next().unwrap_or(&path),
            span: section.text("path")?.map_or_else(|| section.span.clone(), |path| path.span),
        },
    };
    let version = match section.text("version")?.map(|word| word.value) {
        Some("independent") => VersionPolicy::Independent,
        _ => VersionPolicy::Match,
    };
    // Numbers stand under the chart's name, as versions do under the project's.
    let reserved = project.filter(|_| version == VersionPolicy::Independent);
    let taken: Vec<&ArtifactName> = images.iter().chain(reserved).collect();
    let name = resolve_name(&chart, &taken, problems)?;
    let repository = resolve_place(section, chart.value, beside, problems);
    let chart = chart.value.to_owned();
    let rendering = match section.text("render")?.map(|word| word.value) {
        Some("if-present") => Rendering::IfPresent,
        _ => Rendering::Required,
    };
    let presets = match section.has("presets") {
        true => texts(section, "presets", problems),
        false => Ok(vec![PRESETS.to_owned()]),
    };
    let allow = texts(section, "allow", problems);
    let pgp_key = resolve_pgp_key(section, problems);
    let app_version = resolve_app_version(section, problems);
    let own_tags = resolve_own_tags(section, tags, problems);
    let has_page = |tags: &ChartTags| tags.page == ChartPage::Own;
    let pages = match own_tags.as_ref().is_ok_and(|tags| tags.as_ref().is_some_and(has_page)) {
        true => PagePolicy::Version,
        false => pages,
    };
    let listed_in = resolve_http(section, pages, problems);
    let (repository, in_registry) = repository?;
    Ok(Chart {
        name,
        chart,
        path,
        version,
        app_version: app_version?,
        tags: own_tags?,
        values: values?,
        repository,
        in_registry,
        pgp_key: pgp_key?,
        listed_in: listed_in?,
        rendering,
        presets: presets?,
        allow: allow?,
    })
}

fn resolve_pgp_key(section: &Section, problems: &mut Problems<'_>) -> Result<Option<String>, Told> {
    let Some(key) = section.text("pgp-key")? else { return Ok(None) };
    if key.value.is_empty() {
        let help = "name the variable or the file that has it: `pgp-key = \"env:CHART_KEY\"`";
        return Err(problems.error(&key.span, invalid("`pgp-key` is empty").help(help)));
    }
    Ok(Some(key.value.to_owned()))
}

/// The chart's name in the project: its own, unless that is taken.
fn resolve_name(
    chart: &Spanned<&str>,
    taken: &[&ArtifactName],
    problems: &mut Problems<'_>,
) -> Result<ArtifactName, Told> {
    let parsed: Result<ArtifactName, _> = chart.value.parse();
    let own = parsed.map_err(|error| {
        let help =
            "write what Chart.yaml calls it: `name = \"…\"`; Helm wants lowercase letters, digits and `-`";
        problems.error(&chart.span, invalid(error).help(help))
    })?;
    match taken.contains(&&own) {
        true => format!("{own}-chart").parse().map_err(|error| problems.error(&chart.span, invalid(error))),
        false => Ok(own),
    }
}

/// Where the chart's content goes: what `oci` names, or the repository of the first image.
fn resolve_place(
    section: &Section,
    chart: &str,
    beside: Option<&ImageRepository>,
    problems: &mut Problems<'_>,
) -> Result<(ImageRepository, InRegistry), Told> {
    let help = "name a registry: `oci = \"oci://ghcr.io/acme/charts\"`";
    match (section.text("oci")?, section.section("http")?, beside) {
        (Some(oci), ..) => Ok((resolve_oci(&oci, chart, problems)?, InRegistry::Tagged)),
        (None, Some(_), Some(beside)) => Ok((beside.clone(), InRegistry::ByDigest)),
        (None, Some(_), None) => {
            let message = "a chart without `oci` is kept beside an image, and there is none";
            Err(problems.error(&section.span, missing(message).help(help)))
        }
        (None, None, _) => {
            let message = "the chart goes nowhere";
            let or = "or a chart repository: `http = { branch = \"gh-pages\", url = \"https://acme.github.io/app\" }`";
            Err(problems.error(&section.span, missing(message).help(help).help(or)))
        }
    }
}

fn resolve_oci(
    oci: &Spanned<&str>,
    chart: &str,
    problems: &mut Problems<'_>,
) -> Result<ImageRepository, Told> {
    let base = oci.value.strip_prefix("oci://").unwrap_or(oci.value).trim_end_matches('/');
    let parsed: Result<ImageRepository, _> = format!("{base}/{chart}").parse();
    parsed.map_err(|error| {
        let message = format!("`{}` is nothing that a chart's name can be put behind", oci.value);
        let help = "name a registry and a path: `oci://ghcr.io/acme/charts`";
        problems.error(&oci.span, invalid(message).because(error).help(help))
    })
}

fn resolve_http(
    section: &Section,
    pages: PagePolicy,
    problems: &mut Problems<'_>,
) -> Result<Option<ChartRepository>, Told> {
    let Some(http) = section.section("http")? else { return Ok(None) };
    let (Some(branch), Some(url)) = (http.text("branch")?, http.text("url")?) else {
        return Err(unforeseen(&http.span, problems));
    };
    if !is_branch(branch.value) {
        let message = format!("`{}` can't be a branch", branch.value);
        return Err(problems.error(&branch.span, invalid(message).help("write its name: `gh-pages`")));
    }
    if !["https://", "http://"].iter().any(|scheme| url.value.starts_with(scheme)) {
        let message = format!("`{}` is no web address", url.value);
        let help = "write what `helm repo add` is told: `https://acme.github.io/app`";
        return Err(problems.error(&url.span, invalid(message).help(help)));
    }
    let word = http.text("packages")?;
    let packages = match word.as_ref().map(|word| word.value) {
        Some("page") => PackagePlace::Page,
        _ => PackagePlace::Branch,
    };
    if let (PackagePlace::Page, Some(word)) = (packages, word)
        && pages != PagePolicy::Version
    {
        let message = "packages are to lie on release pages, but not every version gets one";
        let help = "write `release = \"version\"` under `[forge]`, `page = true` for a page of the chart's own, or `packages = \"branch\"`";
        return Err(problems.error(&word.span, missing(message).help(help)));
    }
    let url = url.value.trim_end_matches('/').to_owned();
    Ok(Some(ChartRepository { branch: branch.value.to_owned(), url, packages }))
}

fn resolve_values(
    section: &Section,
    images: &[ArtifactName],
    problems: &mut Problems<'_>,
) -> Result<Vec<ImageValue>, Told> {
    let Some(values) = section.section("image")? else { return Ok(Vec::new()) };
    every(values.entries().map(|(path, entry)| resolve_value(path, entry, images, problems)))
}

fn resolve_value(
    path: &str,
    entry: &Entry,
    images: &[ArtifactName],
    problems: &mut Problems<'_>,
) -> Result<ImageValue, Told> {
    let node: &Node = entry.node.as_ref().map_err(|told| *told)?;
    let Some(text) = node.text() else { return Err(unforeseen(&node.span, problems)) };
    let path = parse_path(path).map_err(|error| {
        let message = format!("`{path}` is no path into values.yaml");
        problems.error(&entry.key, invalid(message).because(error).help("write it like `image.digest`"))
    });
    let named = text.value.rsplit_once('.').and_then(|(image, part)| {
        let part = ImagePart::ALL.into_iter().find(|known| known.word() == part)?;
        Some((images.iter().find(|known| known.as_str() == image)?.clone(), part))
    });
    let Some((image, part)) = named else {
        let message = format!("`{}` says nothing of an image of this project", text.value);
        let has = quoted(images.iter().map(ArtifactName::as_str));
        let words = quoted(ImagePart::ALL.map(ImagePart::word));
        let help = format!("write the `name` of an [[image]] ({has}), a dot, and one of {words}");
        return Err(problems.error(&text.span, invalid(message).help(help)));
    };
    Ok(ImageValue { path: path?, image, part })
}
