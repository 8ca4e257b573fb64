//! Can the Dockerfiles be built as they are meant to be?

use plimsoll_oci::model::Platform;
use plimsoll_oci::name::ImageRepository;

use crate::check::Findings;
use crate::document::dockerfile::Dockerfile;
use crate::document::version_file::Texts;
use crate::domain::build::{Recipe, cache_repository};
use crate::domain::code::Code;
use crate::domain::diagnostic::{Cure, Diagnostic, Place};
use crate::domain::project::{Image, Origin, Project};

/// Names of files that are secret wherever they lie. A `*` stands for anything.
pub const SECRET_NAMES: &[&str] = &[
    ".env",
    ".env.*",
    "*.pem",
    "*.key",
    "*.p12",
    "*.pfx",
    "*.jks",
    "id_rsa",
    "id_ecdsa",
    "id_ed25519",
    ".npmrc",
    ".pypirc",
    ".netrc",
    "credentials.json",
];
/// Such names that say that nothing secret is in there.
const HARMLESS: &[&str] = &[".env.example", ".env.sample", ".env.template", ".env.dist"];
/// How many files are named.
const SHOWN: usize = 5;

/// What is known of the machine that checks.
#[derive(Clone, Copy, Debug)]
pub struct Machine<'a> {
    /// Its platform.
    pub platform: &'a Platform,
    /// Whether builds take place elsewhere, as far as the configuration says.
    pub builds: BuildsWhere,
    /// Files of the repository whose names look secret ([`SECRET_NAMES`]), from its root.
    pub secret_files: &'a [String],
}

/// Where builds take place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuildsWhere {
    /// On the machine itself.
    Here,
    /// On a builder that is named: it may have machines of every platform.
    Elsewhere,
}

/// Everything that is wrong or odd about the Dockerfiles of a project.
pub fn dockerfiles(project: &Project, texts: &Texts<'_>, machine: Machine<'_>) -> Findings {
    let mut findings = Findings::new();
    for image in &project.images {
        let Origin::Dockerfile(recipe) = &image.origin else { continue };
        match read(image, recipe, texts) {
            Ok((dockerfile, stage)) if dockerfile.runs_on_target(stage) => {
                findings.extend(emulation(image, recipe, machine));
            }
            Ok(_) => {}
            Err(finding) => findings.add(*finding),
        }
        findings.extend(secrets(image, recipe, texts, machine));
        findings.extend(cache_among_releases(project, image, recipe));
    }
    findings
}

fn read(image: &Image, recipe: &Recipe, texts: &Texts<'_>) -> Result<(Dockerfile, usize), Box<Diagnostic>> {
    let invalid = |message: String| {
        let diagnostic = Diagnostic::error(Code::DockerfileInvalid, Cure::FixThenRunAgain, message);
        diagnostic.at(Place::of_file(&recipe.file))
    };
    let path = &recipe.file;
    let text = texts(path).ok_or_else(|| {
        Box::new(invalid(format!("image `{}` is built from `{path}`, which is not there", image.name)))
    })?;
    let dockerfile = Dockerfile::parse(&text).map_err(|error| {
        let message = format!("`{path}` of image `{}` is no Dockerfile: {error}", image.name);
        let at = Place { line: error.line().unwrap_or(1), ..Place::of_file(path) };
        Box::new(invalid(message).at(at))
    })?;
    match dockerfile.find_stage(recipe.target.as_deref()) {
        Some(stage) => Ok((dockerfile, stage)),
        None => {
            let target = recipe.target.as_deref().unwrap_or_default();
            let names: Vec<&str> =
                dockerfile.stages.iter().filter_map(|stage| stage.name.as_deref()).collect();
            let unknown = invalid(format!("`{path}` of image `{}` has no stage `{target}`", image.name));
            Err(Box::new(match names.is_empty() {
                true => unknown.help("none of its stages has a name"),
                false => unknown.help(format!("it has {}", names.join(", "))),
            }))
        }
    }
}

/// What building an image says whose steps run programs of its platforms.
fn emulation(image: &Image, recipe: &Recipe, machine: Machine<'_>) -> Option<Diagnostic> {
    let here = &machine.platform.architecture;
    let foreign: Vec<String> = image
        .platforms
        .iter()
        .filter(|platform| platform.normalised().architecture != *here)
        .map(ToString::to_string)
        .collect();
    let slow = !foreign.is_empty() && recipe.cache_from.is_empty();
    if !slow || machine.builds == BuildsWhere::Elsewhere {
        return None;
    }
    let message = format!(
        "image `{}` runs programs of {} while it is built: emulated here, and from the start every time",
        image.name,
        foreign.join(", ")
    );
    Some(
        Diagnostic::warning(Code::EmulatedUncached, message)
            .help("build each platform where it runs: `plimsoll build --platform P --output DIR` on each, then \
                   `plimsoll release TAG --from DIR`")
            .help("or compile across in a stage `FROM --platform=$BUILDPLATFORM`, or keep a cache: `cache-from`, \
                   `cache-to`"),
    )
}

/// A cache is written anew by every build: among releases it looks like one, and whoever keeps its registry tidy takes it away
/// or keeps it for good.
fn cache_among_releases(project: &Project, image: &Image, recipe: &Recipe) -> Option<Diagnostic> {
    let released = |repository: &ImageRepository| {
        project.images.iter().any(|other| {
            other.repository == *repository
                || other.mirrors.iter().any(|mirror| mirror.repository == *repository)
        })
    };
    let of = |cache: &String| {
        let filled = cache.replace("{image}", image.name.as_str()).replace("{platform}", "platform");
        cache_repository(&filled)?.parse::<ImageRepository>().ok()
    };
    let found = recipe.cache_to.iter().filter_map(of).find(released)?;
    let message = format!("image `{}` keeps its cache among releases, in {found}", image.name);
    Some(Diagnostic::warning(Code::CacheAmongReleases, message).help(
        "give caches a repository of their own: `type=registry,ref=ghcr.io/acme/cache:{image}-{platform}`",
    ))
}

fn secrets(image: &Image, recipe: &Recipe, texts: &Texts<'_>, machine: Machine<'_>) -> Option<Diagnostic> {
    if recipe.ignore_files().iter().any(|path| texts(path).is_some()) {
        return None;
    }
    let within = recipe.in_context("");
    let inside = |path: &&String| path.starts_with(&within) && is_secret_name(path);
    let found: Vec<&String> = machine.secret_files.iter().filter(inside).collect();
    let first = found.first()?;
    let message = format!("image `{}` is built in a context with files that look secret", image.name);
    let mut warning = Diagnostic::warning(Code::SecretsInContext, message);
    for file in found.iter().take(SHOWN) {
        warning = warning.fact("file", file);
    }
    if found.len() > SHOWN {
        warning = warning.fact("file", format_args!("and {} more", found.len() - SHOWN));
    }
    let ignore = recipe.in_context(".dockerignore");
    Some(warning.help(format!("keep it out of the context: a line `{first}` in `{ignore}`")))
}

/// Whether the last part of a path looks like the name of a secret.
pub fn is_secret_name(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    !HARMLESS.contains(&name) && SECRET_NAMES.iter().any(|pattern| fits(pattern, name))
}

fn fits(pattern: &str, name: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(end), _) => name.ends_with(end),
        (_, Some(begin)) => name.starts_with(begin),
        (None, None) => name == pattern,
    }
}
