//! Existing content: `image.import`, and the base of an assembled image.

use plimsoll_engine::domain::project::Content;
use plimsoll_oci::name::Reference;

use super::inside::resolve_path;
use super::{invalid, missing, unforeseen};
use crate::config::file::shape::quoted;
use crate::config::file::written::{Node, Section, Spanned};
use crate::config::problems::{Problems, Told};

const SOURCES: [&str; 3] = ["layout", "archive", "image"];

/// Resolves a base: `None` is `scratch`.
///
/// # Errors
/// It can't be meant, which was told.
pub fn resolve_base(base: Option<&Node>, problems: &mut Problems<'_>) -> Result<Option<Content>, Told> {
    let Some(base) = base else { return Ok(None) };
    match (base.text(), base.section()) {
        (Some(text), _) if text.value == "scratch" => Ok(None),
        (Some(text), _) => parse_reference(text, problems).map(Some),
        (None, Some(section)) => resolve(section, problems).map(Some),
        (None, None) => Ok(None),
    }
}

/// Resolves a table that names one source of content.
///
/// # Errors
/// It can't be meant, which was told.
pub fn resolve(section: &Section, problems: &mut Problems<'_>) -> Result<Content, Told> {
    let named: Vec<&str> = SOURCES.into_iter().filter(|source| section.has(source)).collect();
    match named.as_slice() {
        [] => {
            let message = format!("it must say where the content lies: one of {}", quoted(SOURCES));
            return Err(problems.error(&section.span, missing(message)));
        }
        [_] => {}
        several => {
            let message = format!("{} are both named, and only one can be", quoted(several.iter().copied()));
            return Err(problems.error(&section.span, invalid(message)));
        }
    }
    let tag = resolve_tag(section, problems);
    if let Some(layout) = section.text("layout")? {
        return Ok(Content::Layout { path: resolve_path(layout, problems)?, tag: tag? });
    }
    if let Some(archive) = section.text("archive")? {
        return Ok(Content::Archive { path: resolve_path(archive, problems)?, tag: tag? });
    }
    match section.text("image")? {
        Some(image) => {
            let reference = parse_reference(image, problems);
            if let (Ok(Some(_)), Some(entry)) = (&tag, section.entry("tag")) {
                let message = "`tag` chooses from a layout or archive; an image is named by its digest";
                return Err(problems.error(&entry.key, invalid(message)));
            }
            tag?;
            reference
        }
        None => Err(unforeseen(&section.span, problems)),
    }
}

fn resolve_tag(section: &Section, problems: &mut Problems<'_>) -> Result<Option<String>, Told> {
    match section.text("tag")? {
        Some(tag) if tag.value.trim().is_empty() => {
            Err(problems.error(&tag.span, invalid("`tag` is empty").help("leave it out")))
        }
        tag => Ok(tag.map(|tag| tag.value.to_owned())),
    }
}

fn parse_reference(text: Spanned<&str>, problems: &mut Problems<'_>) -> Result<Content, Told> {
    match text.value.parse::<Reference>() {
        Ok(reference) if reference.digest.is_some() => Ok(Content::Registry(reference)),
        Ok(reference) => {
            let message = format!("`{}` has no digest: what it names can change", text.value);
            let repository = &reference.repository;
            let help = format!("write `{repository}@sha256:…`; `crane digest {}` prints it", text.value);
            Err(problems.error(&text.span, invalid(message).help(help)))
        }
        Err(error) => {
            let message = format!("`{}` is no image", text.value);
            let diagnostic = invalid(message).because(error).help("write `repository@sha256:…`");
            Err(problems.error(&text.span, diagnostic))
        }
    }
}
