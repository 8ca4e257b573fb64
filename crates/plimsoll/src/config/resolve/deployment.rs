//! `[[deployment]]`: the environments that follow releases and promotions.

use plimsoll_engine::domain::deployment::{DeployOn, Deployment, Deployments, Keeper};
use plimsoll_engine::world::forge::ForgeKind;
use plimsoll_http::Url;
use plimsoll_tags::git_tag::{Prereleases, TagPolicy};

use super::forge::ForgeSettings;
use super::{invalid, missing, unforeseen};
use crate::config::file::written::Section;
use crate::config::problems::{Problems, Told, every};

/// Resolves the tables.
///
/// # Errors
/// Something in them can't be meant, which was told.
pub fn resolve(
    root: &Section,
    tags: Option<&TagPolicy>,
    problems: &mut Problems<'_>,
) -> Result<Vec<Deployment>, Told> {
    let Some(list) = root.list("deployment")? else { return Ok(Vec::new()) };
    let mut known: Vec<Deployment> = Vec::new();
    let read = list.value.iter().map(|item| {
        let node = item.as_ref().map_err(|told| *told)?;
        let Some(section) = node.section() else { return Err(unforeseen(&node.span, problems)) };
        let deployment = resolve_one(section, tags, problems)?;
        let same =
            |other: &Deployment| (other.on, &other.environment) == (deployment.on, &deployment.environment);
        if known.iter().any(same) {
            let message = format!("the environment `{}` follows one occasion twice", deployment.environment);
            return Err(problems.error(&node.span, invalid(message).help("keep one of the tables")));
        }
        known.push(deployment.clone());
        Ok(deployment)
    });
    every(read.collect::<Vec<_>>())
}

fn resolve_one(
    section: &Section,
    tags: Option<&TagPolicy>,
    problems: &mut Problems<'_>,
) -> Result<Deployment, Told> {
    let word = section.text("on")?;
    let on = match word.as_ref().map(|word| word.value) {
        Some("promotion") => DeployOn::Promotion,
        Some("prerelease") => DeployOn::Prerelease,
        _ => DeployOn::Version,
    };
    let Some(environment) = section.text("environment")? else {
        return Err(problems.error(&section.span, missing("`deployment` names no environment")));
    };
    if environment.value.trim().is_empty() || environment.value.chars().count() > 255 {
        let message = "the name of an environment has 1 to 255 characters";
        return Err(problems.error(&environment.span, invalid(message)));
    }
    if let (Some(word), Some(tags)) = (word, tags) {
        let never = match on {
            DeployOn::Promotion if tags.stable().is_none() => {
                Some("write the pattern of promotion tags: `stable = \"v{version}-stable\"` under `[tags]`")
            }
            DeployOn::Prerelease if tags.prerelease() == Prereleases::Refused => {
                Some("allow them: `prerelease = true` under `[tags]`")
            }
            _ => None,
        };
        if let Some(help) = never {
            let message =
                format!("nothing is ever deployed to `{}`: no tag is a {}", environment.value, word.value);
            return Err(problems.error(&word.span, invalid(message).help(help)));
        }
    }
    let url = section.text("url")?;
    if let Some(url) = &url {
        let is_web = url.value.parse::<Url>().is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if !is_web {
            let message = format!("`{}` is no web address", url.value);
            return Err(problems.error(&url.span, invalid(message).help("write it with https://")));
        }
    }
    let url = url.map(|url| url.value.to_owned());
    Ok(Deployment { on, environment: environment.value.to_owned(), url })
}

/// What is wanted, and who keeps it.
pub fn keep(wanted: Vec<Deployment>, forge: &ForgeSettings) -> Deployments {
    let keeper = match forge.address.as_ref().map(|address| address.kind) {
        Some(ForgeKind::GitHub | ForgeKind::GitLab) => Keeper::Forge,
        Some(ForgeKind::Gitea) => Keeper::Nobody("Gitea and Forgejo keep none"),
        None => Keeper::default(),
    };
    Deployments { wanted, keeper }
}
