//! `[forge]`: the page that a forge shows of a release.

use plimsoll_engine::domain::attestation::Posting;
use plimsoll_engine::domain::page::PagePolicy;
use plimsoll_engine::world::forge::ForgeKind;
use plimsoll_tags::git_tag::TagPolicy;

use super::inside::resolve_path;
use super::registries::Variable;
use super::{invalid, missing};
use crate::config::file::written::Section;
use crate::config::problems::{Problems, Told};
use crate::wire::{AddressError, ForgeAddress};

/// What the table means.
#[derive(Clone, Debug, Default)]
pub struct ForgeSettings {
    /// Which releases get a page.
    pub pages: PagePolicy,
    /// Where the pages are; none where there are none.
    pub address: Option<ForgeAddress>,
    /// The variable with the token, where one is named.
    pub token: Option<Variable>,
    /// What a page says beside the digests.
    pub notes: Notes,
    /// Whether it is given what is attested.
    pub posting: Posting,
}

/// What a page says beside the digests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Notes {
    /// What the commits since the version before tell.
    #[default]
    Commits,
    /// A file of the tag's commit; `{version}` stands for the version.
    File(String),
    /// What the forge writes by itself.
    Forge,
    /// Nothing.
    None,
}

/// Resolves the table.
///
/// # Errors
/// Something in it can't be meant, which was told.
pub fn resolve(
    root: &Section,
    source: Option<&str>,
    tags: Option<&TagPolicy>,
    problems: &mut Problems<'_>,
) -> Result<ForgeSettings, Told> {
    let Some(section) = root.section("forge")? else { return Ok(ForgeSettings::default()) };
    let word = section.text("release")?;
    let pages = match word.as_ref().map(|word| word.value) {
        Some("stable") => PagePolicy::Stable,
        Some("never") => PagePolicy::Never,
        _ => PagePolicy::Version,
    };
    if let (PagePolicy::Stable, Some(word), Some(tags)) = (pages, word, tags)
        && tags.stable().is_none()
    {
        let message = "stable releases get a page, but no tag promotes a version";
        let help = "write the pattern of promotion tags: `stable = \"v{version}-stable\"` under `[tags]`";
        return Err(problems.error(&word.span, missing(message).help(help)));
    }
    let posting = resolve_posting(root, section, problems)?;
    let shown = pages != PagePolicy::Never || root.has("deployment") || has_chart_pages(root);
    let address = match (shown, posting) {
        (false, Posting::Attached) => Ok(None),
        _ => resolve_address(section, source, problems).map(Some),
    };
    if let (Posting::Posted, Ok(Some(address))) = (posting, &address)
        && address.kind != ForgeKind::GitHub
    {
        let message = format!("{} keeps no attestations", address.kind.name());
        let help = "leave `attestations` out: they are attached to the images all the same";
        return Err(problems.error(&section.span, invalid(message).help(help)));
    }
    let token = section.text("token")?.and_then(|token| Variable::parse(token.value));
    let notes = resolve_notes(section, problems);
    let (address, notes) = (address?, notes?);
    let kind = address.as_ref().map(|address| address.kind);
    if let (Notes::Forge, Some(kind @ (ForgeKind::Gitea | ForgeKind::GitLab))) = (&notes, kind) {
        let message = format!("{} writes no notes by itself", kind.name());
        let help = "leave `notes` out: then they are what the commits tell";
        return Err(problems.error(&section.span, invalid(message).help(help)));
    }
    Ok(ForgeSettings { pages, address, token, notes, posting })
}

fn resolve_posting(root: &Section, section: &Section, problems: &mut Problems<'_>) -> Result<Posting, Told> {
    match (section.switch("attestations")?.unwrap_or_default(), root.section("signing")?) {
        (false, _) => Ok(Posting::Attached),
        (true, Some(signing)) => match signing.text("format")?.filter(|form| form.value == "legacy") {
            Some(form) => {
                let message = "the forge keeps what is attested in bundles, and in this form there are none";
                let help = "write `format = \"both\"`, or leave `attestations` out";
                Err(problems.error(&form.span, invalid(message).help(help)))
            }
            None => Ok(Posting::Posted),
        },
        (true, None) => {
            let message = "the forge is to keep what is attested, and nothing is: releases are not signed";
            let help = "say who signs in a [signing] table, or leave `attestations` out";
            Err(problems.error(&section.span, missing(message).help(help)))
        }
    }
}

/// True if a chart gets pages of its own, whatever releases get.
fn has_chart_pages(root: &Section) -> bool {
    let charts = root.list("chart").ok().flatten();
    let sections =
        charts.iter().flat_map(|list| list.value.iter()).filter_map(|item| item.as_ref().ok()?.section());
    sections.into_iter().any(|chart| chart.switch("page").is_ok_and(|page| page == Some(true)))
}

fn resolve_address(
    section: &Section,
    source: Option<&str>,
    problems: &mut Problems<'_>,
) -> Result<ForgeAddress, Told> {
    let kind = section.text("kind")?.map(|kind| match kind.value {
        "github" => ForgeKind::GitHub,
        "gitlab" => ForgeKind::GitLab,
        _ => ForgeKind::Gitea,
    });
    let url = section.text("url")?;
    let span = url.as_ref().map_or_else(|| section.span.clone(), |url| url.span.clone());
    let Some(web) = url.map(|url| url.value).or(source) else {
        let message = "release pages need a forge, and there is no web address that names one";
        let help = "write `url = \"https://…/OWNER/NAME\"` here, or `source` under `[project]`";
        return Err(problems.error(&span, missing(message).help(help)));
    };
    ForgeAddress::parse(web, kind).map_err(|error| {
        let help = match &error {
            AddressError::NoRepository(_) => "write `url = \"https://…/OWNER/NAME\"`".to_owned(),
            AddressError::UnknownKind(_) => {
                "write `kind = \"github\"`, `\"gitlab\"`, `\"gitea\"` or `\"forgejo\"`".to_owned()
            }
        };
        problems.error(&span, invalid(error).help(help))
    })
}

fn resolve_notes(section: &Section, problems: &mut Problems<'_>) -> Result<Notes, Told> {
    let word = section.text("notes")?;
    match (section.text("notes-file")?, word) {
        (None, Some(word)) if word.value == "none" => Ok(Notes::None),
        (None, Some(word)) if word.value == "forge" => Ok(Notes::Forge),
        (None, _) => Ok(Notes::Commits),
        (Some(file), None) => resolve_path(file, problems).map(Notes::File),
        (Some(_), Some(word)) => {
            let message = "a page says what `notes` or what `notes-file` says, not both";
            Err(problems.error(&word.span, invalid(message).help("keep one of them")))
        }
    }
}
