//! `[registries."HOST"]`: how registries are reached.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_http::profile::Wire;
use plimsoll_http::secret::Secret;
use plimsoll_oci::name::RegistryHost;

use super::{invalid, missing};
use crate::config::file::is_variable_name;
use crate::config::file::written::{Entry, Section, Spanned};
use crate::config::problems::{Problems, Told, every};

/// How one registry is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegistryAccess {
    /// Who we are there; none means what docker and podman know.
    pub credentials: Option<Credentials>,
    /// A PEM file of certificates to trust beside the system's.
    pub certificate_authority: Option<String>,
    /// Plain HTTP or HTTPS.
    pub wire: Wire,
    /// Whether it is known to let no tag be written twice.
    pub keeps_tags: bool,
}

/// Who we are at a registry. Secrets are only named, never held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// A user name and a password.
    Login {
        /// The user.
        username: Setting,
        /// The password.
        password: Variable,
    },
    /// An identity token (OAuth2 refresh token).
    Token(Variable),
}

/// A value that may stand in the file or in the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// It stands in the file.
    Written(String),
    /// It stands in the environment.
    Variable(Variable),
}

/// An environment variable whose value is secret: it has a name, and its value is read when it is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable(String);

/// A variable that is named and not set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("environment variable `{name}` is not set")]
pub struct VariableUnset {
    /// The variable.
    pub name: String,
}

impl Variable {
    /// Reads `env:NAME`.
    pub(super) fn parse(text: &str) -> Option<Variable> {
        text.strip_prefix("env:").filter(|name| is_variable_name(name)).map(|name| Variable(name.into()))
    }

    /// The variable's name.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// Takes the value from the environment.
    ///
    /// # Errors
    /// The variable is not set, or set to nothing.
    pub fn read(&self, environment: impl Fn(&str) -> Option<String>) -> Result<Secret, VariableUnset> {
        let value = environment(&self.0).map(Secret::new).filter(|secret| !secret.is_empty());
        value.ok_or_else(|| VariableUnset { name: self.0.clone() })
    }
}

impl Setting {
    /// The value, from the file or from the environment.
    ///
    /// # Errors
    /// It stands in a variable that is not set.
    pub fn read(&self, environment: impl Fn(&str) -> Option<String>) -> Result<Secret, VariableUnset> {
        match self {
            Setting::Written(text) => Ok(Secret::new(text)),
            Setting::Variable(variable) => variable.read(environment),
        }
    }
}

/// Resolves the table.
///
/// # Errors
/// Something in it can't be meant, which was told.
pub fn resolve(
    root: &Section,
    problems: &mut Problems<'_>,
) -> Result<BTreeMap<RegistryHost, RegistryAccess>, Told> {
    let Some(section) = root.section("registries")? else { return Ok(BTreeMap::new()) };
    let mut seen = BTreeSet::new();
    let registries: Vec<Result<(RegistryHost, RegistryAccess), Told>> = section
        .entries()
        .map(|(name, entry)| {
            let host = parse_host(name, entry, problems);
            let access = resolve_access(entry, problems);
            let host = host?;
            if !seen.insert(host.clone()) {
                let message = format!("registry `{host}` has two names here");
                return Err(problems.error(&entry.key, invalid(message)));
            }
            Ok((host, access?))
        })
        .collect();
    every(registries).map(BTreeMap::from_iter)
}

fn parse_host(name: &str, entry: &Entry, problems: &mut Problems<'_>) -> Result<RegistryHost, Told> {
    name.parse::<RegistryHost>().map_err(|error| {
        let bare =
            name.split_once("://").map_or(name, |(_, rest)| rest).split('/').next().unwrap_or_default();
        let mut diagnostic = invalid(error);
        if bare != name && bare.parse::<RegistryHost>().is_ok() {
            diagnostic = diagnostic.help(format!("write `[registries.\"{bare}\"]`"));
        }
        problems.error(&entry.key, diagnostic)
    })
}

fn resolve_access(entry: &Entry, problems: &mut Problems<'_>) -> Result<RegistryAccess, Told> {
    let node = entry.node.as_ref().map_err(|told| *told)?;
    let Some(section) = node.section() else { return Ok(RegistryAccess::default()) };
    let credentials = resolve_credentials(section, problems);
    let certificate_authority = section.text("certificate-authority").and_then(|path| match path {
        Some(path) if path.value.is_empty() => Err(problems.error(&path.span, invalid("the path is empty"))),
        path => Ok(path.map(|path| path.value.to_owned())),
    });
    let wire = match section.switch("plain-http")? {
        Some(true) => Wire::PlainHttp,
        Some(false) => Wire::Https,
        None => Wire::Auto,
    };
    let keeps_tags = section.switch("immutable-tags")?.unwrap_or_default();
    let (credentials, certificate_authority) = (credentials?, certificate_authority?);
    Ok(RegistryAccess { credentials, certificate_authority, wire, keeps_tags })
}

fn resolve_credentials(section: &Section, problems: &mut Problems<'_>) -> Result<Option<Credentials>, Told> {
    let username =
        section.text("username").and_then(|name| name.map(|name| setting(name, problems)).transpose());
    let password = section.text("password")?.and_then(|password| Variable::parse(password.value));
    let token = section.text("token")?.and_then(|token| Variable::parse(token.value));
    match (username?, password, token) {
        (None, None, None) => Ok(None),
        (None, None, Some(token)) => Ok(Some(Credentials::Token(token))),
        (Some(username), Some(password), None) => Ok(Some(Credentials::Login { username, password })),
        (Some(_), None, None) => {
            Err(problems.error(&section.span, missing("`username` needs a `password = \"env:NAME\"`")))
        }
        (None, Some(_), None) => Err(problems.error(&section.span, missing("`password` needs a `username`"))),
        (_, _, Some(_)) => {
            let message = "`token` stands for itself: `username` and `password` don't go with it";
            Err(problems.error(&section.span, invalid(message)))
        }
    }
}

fn setting(name: Spanned<&str>, problems: &mut Problems<'_>) -> Result<Setting, Told> {
    if name.value.is_empty() {
        return Err(problems.error(&name.span, invalid("`username` is empty")));
    }
    if !name.value.starts_with("env:") {
        return Ok(Setting::Written(name.value.into()));
    }
    Variable::parse(name.value).map(Setting::Variable).ok_or_else(|| {
        problems.error(&name.span, invalid(format!("`{}` names no environment variable", name.value)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_when_it_is_needed_and_never_shown() {
        let password = Variable::parse("env:HUB_PASSWORD").unwrap();
        let secret = password.read(|name| (name == "HUB_PASSWORD").then(|| "hunter2".into())).unwrap();
        assert_eq!(secret.expose(), "hunter2");
        assert_eq!(format!("{secret} {secret:?} {password:?}"), "*** *** Variable(\"HUB_PASSWORD\")");
        let unset = VariableUnset { name: "HUB_PASSWORD".into() };
        assert_eq!(password.read(|_| None).unwrap_err(), unset);
        assert_eq!(password.read(|_| Some(String::new())).unwrap_err(), unset);
        for text in ["HUB_PASSWORD", "env:", "env:1A", "env:A-B", "env:A B", "hunter2"] {
            assert_eq!(Variable::parse(text), None, "{text}");
        }
    }
}
