//! An image built from a Dockerfile.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_engine::domain::build::{Attestation, ContextFrom, Network, Recipe, SecretFrom};

use crate::config::file::is_variable_name;
use crate::config::file::written::{Section, Spanned};
use crate::config::problems::{Problems, Told, every};
use crate::config::resolve::inside::resolve_path;
use crate::config::resolve::{invalid, unforeseen};

/// The keys that only an image with a Dockerfile can have.
pub(super) const KEYS: [&str; 10] = [
    "context",
    "target",
    "build-args",
    "secrets",
    "ssh",
    "contexts",
    "network",
    "cache-from",
    "cache-to",
    "builder-attestations",
];

/// Resolves the keys of an image that has a Dockerfile.
pub(super) fn resolve(section: &Section, problems: &mut Problems<'_>) -> Result<Recipe, Told> {
    let file = match section.text("dockerfile")? {
        Some(path) => resolve_path(path, problems),
        None => Err(unforeseen(&section.span, problems)),
    };
    let context = match section.text("context")? {
        // The root itself is no path of its own.
        Some(path) if matches!(path.value, "." | "./") => Ok(String::new()),
        Some(path) => resolve_path(path, problems),
        None => Ok(String::new()),
    };
    let target = section.text("target")?.map(|target| target.value.to_owned());
    let arguments = resolve_table(section, "build-args", problems, |name, value, problems| {
        match is_variable_name(name) {
            true => Ok(value.value.to_owned()),
            false => {
                let message = format!("`{}` can't be the name of a build argument", name.escape_debug());
                Err(problems.error(&value.span, invalid(message)))
            }
        }
    });
    let secrets = resolve_table(section, "secrets", problems, resolve_secret);
    let contexts = resolve_table(section, "contexts", problems, resolve_context);
    let network = match section.text("network")?.map(|word| word.value) {
        Some("none") => Network::None,
        Some("host") => Network::Host,
        _ => Network::Default,
    };
    let ssh = resolve_texts(section, "ssh", problems);
    let cache_from = resolve_texts(section, "cache-from", problems);
    let cache_to = resolve_texts(section, "cache-to", problems);
    let attestations = resolve_texts(section, "builder-attestations", problems);
    let attestations: BTreeSet<Attestation> = attestations?
        .iter()
        .map(|word| if word == "sbom" { Attestation::Sbom } else { Attestation::Provenance })
        .collect();
    Ok(Recipe {
        file: file?,
        context: context?,
        target,
        arguments: arguments?,
        secrets: secrets?,
        ssh: ssh?,
        contexts: contexts?,
        network,
        cache_from: cache_from?,
        cache_to: cache_to?,
        attestations,
    })
}

fn resolve_secret(id: &str, value: Spanned<&str>, problems: &mut Problems<'_>) -> Result<SecretFrom, Told> {
    if id.is_empty() || id.contains([',', '=', '/']) {
        let message = format!("`{}` can't be the id of a secret", id.escape_debug());
        return Err(problems.error(&value.span, invalid(message)));
    }
    if let Some(name) = value.value.strip_prefix("env:").filter(|name| is_variable_name(name)) {
        return Ok(SecretFrom::Variable(name.to_owned()));
    }
    if let Some(path) = value.value.strip_prefix("file:") {
        let path = Spanned { value: path, span: value.span };
        return resolve_path(path, problems).map(SecretFrom::File);
    }
    // Whatever stands there may be the secret itself.
    problems.hide(&value.span);
    let help = "write `env:NAME` or `file:PATH`; a secret that was written here should be replaced";
    Err(problems.error(&value.span, invalid("a secret can only be named").help(help)))
}

fn resolve_context(
    name: &str,
    value: Spanned<&str>,
    problems: &mut Problems<'_>,
) -> Result<ContextFrom, Told> {
    if name.is_empty() || name.contains('=') {
        let message = format!("`{}` can't be the name of a context", name.escape_debug());
        return Err(problems.error(&value.span, invalid(message)));
    }
    match value.value.contains("://") {
        true => Ok(ContextFrom::Elsewhere(value.value.to_owned())),
        false => resolve_path(value, problems).map(ContextFrom::Directory),
    }
}

fn resolve_table<T>(
    section: &Section,
    key: &str,
    problems: &mut Problems<'_>,
    resolve: impl Fn(&str, Spanned<&str>, &mut Problems<'_>) -> Result<T, Told>,
) -> Result<BTreeMap<String, T>, Told> {
    let Some(table) = section.section(key)? else { return Ok(BTreeMap::new()) };
    let mut entries = Vec::new();
    for (name, entry) in table.entries() {
        entries.push(match table.text(name) {
            Ok(Some(value)) => resolve(name, value, problems).map(|value| (name.to_owned(), value)),
            Ok(None) => Err(unforeseen(&entry.key, problems)),
            Err(told) => Err(told),
        });
    }
    every(entries).map(BTreeMap::from_iter)
}

/// A list of texts, none empty.
pub(super) fn resolve_texts(
    section: &Section,
    key: &str,
    problems: &mut Problems<'_>,
) -> Result<Vec<String>, Told> {
    let Some(list) = section.list(key)? else { return Ok(Vec::new()) };
    every(list.value.iter().map(|text| {
        let node = text.as_ref().map_err(|told| *told)?;
        match node.text() {
            Some(text) if text.value.trim().is_empty() || text.value.contains('\0') => {
                Err(problems.error(&node.span, invalid(format!("a text in `{key}` says nothing"))))
            }
            Some(text) => Ok(text.value.to_owned()),
            None => Err(unforeseen(&node.span, problems)),
        }
    }))
}
