//! `[[image]]`: how an image is made, where it goes, which tags it gets.

mod assemble;
mod dockerfile;
mod metadata;
mod repository;

use plimsoll_engine::domain::artifact::ArtifactName;
use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::Diagnostic;
use plimsoll_engine::domain::project::{Image, Origin};
use plimsoll_oci::model::Platform;
use plimsoll_oci::name::ImageRepository;
use plimsoll_tags::git_tag::TagPattern;
use plimsoll_tags::version::Scheme;

use super::image_tags::{self, TagsAt};
use super::project::parse_name;
use super::{content, invalid, missing, unforeseen};
use crate::config::file::nearest;
use crate::config::file::written::{Node, Section, Spanned};
use crate::config::problems::{Problems, Told, every};

/// The keys that say how an image is made: an image has one of them.
const ORIGINS: [&str; 3] = ["assemble", "import", "dockerfile"];

/// An image as far as it can be meant, with the places that messages about it need.
#[derive(Clone, Debug)]
pub struct ImageAt {
    /// The image, if nothing is wrong with it by itself.
    pub image: Result<Image, Told>,
    /// Its name.
    pub name: Result<Spanned<ArtifactName>, Told>,
    /// Where it goes, the first repository first.
    pub repositories: Vec<Spanned<ImageRepository>>,
    /// Its tag rules.
    pub tags: TagsAt,
}

/// Resolves every image.
///
/// # Errors
/// There is no list of images, which was told.
pub fn resolve(
    root: &Section,
    project: Result<&ArtifactName, Told>,
    scheme: Scheme,
    git_tag: &TagPattern,
    problems: &mut Problems<'_>,
) -> Result<Vec<ImageAt>, Told> {
    let Some(images) = root.list("image")? else { return Ok(Vec::new()) };
    let empty = Section::empty(root.span.clone());
    // What is wrong with the defaults was told; images may do without them.
    let defaults = root.section("image-defaults").ok().flatten().unwrap_or(&empty);
    let inferred = (images.value.len() == 1).then_some(project);
    let images = images.value.iter().flatten().filter_map(Node::section);
    let resolve = |image: &Section| {
        let whole = image.over(defaults, &ORIGINS);
        if !whole.has("dockerfile") {
            refuse_build_keys(image, problems);
        }
        warn_of_replaced_list(image, defaults, problems);
        resolve_image(&whole, inferred, (scheme, git_tag), problems)
    };
    Ok(images.map(resolve).collect())
}

/// Rules that defaults have for all occasions, of which an image with rules by occasion has none.
fn warn_of_replaced_list(image: &Section, defaults: &Section, problems: &mut Problems<'_>) {
    let is_list = |node: &&Node| node.list().is_some();
    let (Ok(Some(own)), Ok(Some(_))) =
        (image.section("tags"), defaults.node("tags").map(|node| node.filter(is_list)))
    else {
        return;
    };
    let message =
        "the list `tags` under [image-defaults] does not hold for this image: it has rules by occasion";
    let help = "write the list's rules under each occasion of the image, or write the defaults by occasion";
    problems.warn(&own.span, Diagnostic::warning(Code::TagRule, message).help(help));
}

/// Keys that say how a Dockerfile is built, in an image that has none.
fn refuse_build_keys(image: &Section, problems: &mut Problems<'_>) {
    for key in dockerfile::KEYS {
        if let Some(entry) = image.entry(key) {
            let message = format!("`{key}` says how a Dockerfile is built, and this image has none");
            problems.error(
                &entry.key,
                invalid(message).help("add `dockerfile = \"Dockerfile\"`, or leave it out"),
            );
        }
    }
}

fn resolve_image(
    section: &Section,
    inferred: Option<Result<&ArtifactName, Told>>,
    (scheme, git_tag): (Scheme, &TagPattern),
    problems: &mut Problems<'_>,
) -> ImageAt {
    let name = resolve_name(section, inferred, problems);
    let (first, mirrors) = repository::resolve(section, problems);
    let platforms = resolve_platforms(section, problems);
    let labels = metadata::resolve(section, "labels", problems);
    let annotations = metadata::resolve(section, "annotations", problems);
    let tags = image_tags::resolve(section, scheme, git_tag, problems);
    let origin = resolve_origin(section, problems);
    let smoke = dockerfile::resolve_texts(section, "smoke", problems);
    let platforms = match (&origin, platforms) {
        (Ok(made @ (Origin::Assemble(_) | Origin::Dockerfile(_))), Ok(None)) => {
            let help = "write `platforms = [\"linux/amd64\", \"linux/arm64\"]`";
            let how = if matches!(made, Origin::Assemble(_)) {
                "an assembled image"
            } else {
                "an image that is built"
            };
            let diagnostic = missing(format!("{how} must say its platforms")).help(help);
            Err(problems.error(&section.span, diagnostic))
        }
        (_, platforms) => platforms.map(Option::unwrap_or_default),
    };
    let repositories = first.iter().cloned().chain(
        mirrors
            .iter()
            .flatten()
            .map(|mirror| Spanned { value: mirror.value.repository.clone(), span: mirror.span.clone() }),
    );
    let repositories = repositories.collect();
    let image = || {
        Ok(Image {
            name: name.clone()?.value,
            repository: first?.value,
            mirrors: mirrors?.into_iter().map(|mirror| mirror.value).collect(),
            platforms: platforms?,
            origin: origin?,
            labels: labels?,
            annotations: annotations?,
            smoke: Some(smoke?).filter(|command| !command.is_empty()),
            tags: tags.tags.clone()?,
        })
    };
    ImageAt { image: image(), name, repositories, tags }
}

fn resolve_name(
    section: &Section,
    inferred: Option<Result<&ArtifactName, Told>>,
    problems: &mut Problems<'_>,
) -> Result<Spanned<ArtifactName>, Told> {
    match (section.text("name")?, inferred) {
        (Some(name), _) => {
            let span = name.span.clone();
            parse_name(name, problems).map(|value| Spanned { value, span })
        }
        (None, Some(project)) => Ok(Spanned { value: project?.clone(), span: section.span.clone() }),
        (None, None) => {
            let message = "an image needs a name where there are several";
            Err(problems.error(&section.span, missing(message).help("write `name = \"…\"`")))
        }
    }
}

/// The platforms of an image or an occasion, in their usual names, none twice.
pub(super) fn resolve_platforms(
    section: &Section,
    problems: &mut Problems<'_>,
) -> Result<Option<Vec<Platform>>, Told> {
    let Some(list) = section.list("platforms")? else { return Ok(None) };
    let platforms = every(list.value.iter().map(|platform| {
        let node = platform.as_ref().map_err(|told| *told)?;
        let text = node.text().ok_or_else(|| unforeseen(&node.span, problems))?;
        resolve_platform(text, problems)
    }))?;
    if platforms.is_empty() {
        return Err(problems.error(&list.span, invalid("`platforms` is empty").help("leave it out")));
    }
    for (index, platform) in platforms.iter().enumerate() {
        if platforms.iter().take(index).any(|earlier| earlier == platform) {
            return Err(problems.error(&list.span, invalid(format!("platform `{platform}` is named twice"))));
        }
    }
    Ok(Some(platforms))
}

fn resolve_platform(text: Spanned<&str>, problems: &mut Problems<'_>) -> Result<Platform, Told> {
    let platform: Platform = text.value.parse().map_err(|error| {
        let mut diagnostic = invalid(error);
        let linux = format!("linux/{}", text.value);
        if KNOWN.contains(&linux.as_str()) {
            diagnostic = diagnostic.help(format!("did you mean `{linux}`?"));
        }
        problems.error(&text.span, diagnostic)
    })?;
    let usual = platform.normalised();
    let spelled = usual.to_string();
    if !KNOWN.contains(&spelled.as_str()) && !is_known_with_variant(&usual) {
        let mut diagnostic = invalid(format!("`{}` is no platform that images are made for", text.value));
        if let Some(meant) = nearest(&spelled, KNOWN) {
            diagnostic = diagnostic.help(format!("did you mean `{meant}`?"));
        }
        return Err(problems.error(&text.span, diagnostic));
    }
    Ok(usual)
}

/// The platforms of Go that container images are made for, in their usual names.
const KNOWN: [&str; 19] = [
    "linux/386",
    "linux/amd64",
    "linux/arm/v5",
    "linux/arm/v6",
    "linux/arm/v7",
    "linux/arm/v8",
    "linux/arm64",
    "linux/arm64/v9",
    "linux/loong64",
    "linux/mips",
    "linux/mips64",
    "linux/mips64le",
    "linux/mipsle",
    "linux/ppc64le",
    "linux/riscv64",
    "linux/s390x",
    "windows/amd64",
    "windows/arm64",
    "freebsd/amd64",
];

/// Levels of an architecture: `amd64/v2`, `ppc64le/power9`, `riscv64/rva22u64`.
fn is_known_with_variant(platform: &Platform) -> bool {
    let levels: &[&str] = match platform.architecture.as_str() {
        "amd64" => &["v2", "v3", "v4"],
        "ppc64le" => &["power8", "power9", "power10"],
        "riscv64" => &["rva20u64", "rva22u64", "rva23u64"],
        _ => &[],
    };
    let base = format!("{}/{}", platform.os, platform.architecture);
    KNOWN.contains(&base.as_str()) && platform.variant.as_deref().is_some_and(|level| levels.contains(&level))
}

fn resolve_origin(section: &Section, problems: &mut Problems<'_>) -> Result<Origin, Told> {
    let named: Vec<&str> = ORIGINS.into_iter().filter(|origin| section.has(origin)).collect();
    match named.as_slice() {
        ["assemble"] => match section.section("assemble")? {
            Some(table) => assemble::resolve(table, problems).map(Origin::Assemble),
            None => Err(unforeseen(&section.span, problems)),
        },
        ["import"] => match section.section("import")? {
            Some(table) => content::resolve(table, problems).map(Origin::Import),
            None => Err(unforeseen(&section.span, problems)),
        },
        ["dockerfile"] => {
            let recipe = dockerfile::resolve(section, problems)?;
            Ok(Origin::Dockerfile(Box::new(recipe)))
        }
        [] => {
            let message = "the image must say how it is made";
            let diagnostic = missing(message).help(
                "add `dockerfile = \"Dockerfile\"` to build it, `[image.assemble]` to put it together from files, or \
                 `[image.import]` to take what something else has built",
            );
            Err(problems.error(&section.span, diagnostic))
        }
        [_] => Err(unforeseen(&section.span, problems)),
        several => {
            let both = several.iter().map(|origin| format!("`{origin}`")).collect::<Vec<_>>().join(" and ");
            let message = format!("the image says twice how it is made: {both}");
            Err(problems.error(&section.span, invalid(message).help("keep one of them")))
        }
    }
}
