//! Where an image goes.

use plimsoll_engine::domain::project::Mirror;
use plimsoll_engine::domain::target::Necessity;
use plimsoll_oci::name::{ImageRepository, Reference};

use crate::config::file::written::{Node, Section, Spanned};
use crate::config::problems::{Problems, Told, every};
use crate::config::resolve::{invalid, missing, unforeseen};

/// The first repository and the others.
pub(super) type Repositories = (Result<Spanned<ImageRepository>, Told>, Result<Vec<Spanned<Mirror>>, Told>);

/// Resolves `repository` and `mirrors`. No two are the same.
pub(super) fn resolve(section: &Section, problems: &mut Problems<'_>) -> Repositories {
    let repository = match section.text("repository") {
        Ok(Some(text)) => parse(text, problems),
        Ok(None) => {
            let help = "write `repository = \"ghcr.io/…\"`";
            Err(problems.error(&section.span, missing("the image must say where it goes").help(help)))
        }
        Err(told) => Err(told),
    };
    let mut seen: Vec<ImageRepository> = repository.iter().map(|first| first.value.clone()).collect();
    let mirrors = section.list("mirrors").and_then(|list| {
        every(list.map(|list| list.value).unwrap_or_default().iter().map(|mirror| {
            let mirror = resolve_mirror(mirror, problems)?;
            let name = mirror.value.repository.clone();
            if seen.contains(&name) {
                let message = format!("the image goes to `{name}` already");
                return Err(problems.error(&mirror.span, invalid(message).help("name each repository once")));
            }
            seen.push(name);
            Ok(mirror)
        }))
    });
    (repository, mirrors)
}

fn resolve_mirror(mirror: &Result<Node, Told>, problems: &mut Problems<'_>) -> Result<Spanned<Mirror>, Told> {
    let node = mirror.as_ref().map_err(|told| *told)?;
    if let Some(text) = node.text() {
        let Spanned { value: repository, span } = parse(text, problems)?;
        return Ok(Spanned { value: Mirror { repository, necessity: Necessity::Required }, span });
    }
    let section = node.section().ok_or_else(|| unforeseen(&node.span, problems))?;
    let necessity = match section.switch("optional")? {
        Some(true) => Necessity::Optional,
        Some(false) | None => Necessity::Required,
    };
    match section.text("repository")? {
        Some(text) => {
            let Spanned { value: repository, span } = parse(text, problems)?;
            Ok(Spanned { value: Mirror { repository, necessity }, span })
        }
        None => Err(unforeseen(&node.span, problems)),
    }
}

fn parse(text: Spanned<&str>, problems: &mut Problems<'_>) -> Result<Spanned<ImageRepository>, Told> {
    match text.value.parse::<ImageRepository>() {
        Ok(repository) => Ok(Spanned { value: repository, span: text.span }),
        Err(error) => {
            let diagnostic = match find_meant(text.value) {
                Some((message, meant)) => {
                    invalid(format!("`{}` {message}", text.value)).help(format!("write `{meant}`"))
                }
                None => invalid(error),
            };
            Err(problems.error(&text.span, diagnostic))
        }
    }
}

/// What is wrong with a text that is nearly a repository, and the repository.
fn find_meant(text: &str) -> Option<(&'static str, String)> {
    let is_repository = |text: &str| text.parse::<ImageRepository>().is_ok();
    if let Some((_, rest)) = text.split_once("://") {
        let rest = rest.trim_end_matches('/').to_owned();
        return is_repository(&rest).then_some(("is an address; a repository has no scheme", rest));
    }
    if let Ok(reference) = text.parse::<Reference>()
        && (reference.tag.is_some() || reference.digest.is_some())
    {
        let end = text.find('@').unwrap_or(text.len());
        let name = text.get(..end)?;
        let name = match &reference.tag {
            Some(tag) => name.strip_suffix(&format!(":{tag}"))?,
            None => name,
        };
        return Some(("names a tag or digest; tags are given by `tags`", name.to_owned()));
    }
    let (host, path) = text.split_once('/')?;
    let lower = format!("{host}/{}", path.to_ascii_lowercase());
    (lower != text && is_repository(&lower)).then_some(("must be in lower case", lower))
}
