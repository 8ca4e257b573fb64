//! `[signing]` and `[[trust]]`: how releases are signed, and whose signatures count.

use plimsoll_engine::domain::attestation::SignatureForm;
use plimsoll_engine::domain::chart::Chart;
use plimsoll_engine::domain::git::GitTag;
use plimsoll_engine::domain::time::Moment;
use plimsoll_tags::git_tag::TagPolicy;

use super::texts::one_or_more;
use super::{invalid, missing, unforeseen};
use crate::config::file::written::{Section, Spanned};
use crate::config::problems::{Problems, Told, every};
use crate::key_reference::KeyReference;

/// Who issues the tokens of GitHub's workflows.
const GITHUB_ISSUER: &str = "https://token.actions.githubusercontent.com";
const GITHUB: &str = "https://github.com/";

/// What both tables mean.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SigningSettings {
    /// Who signs; none: nobody does.
    pub signer: Option<SignerSettings>,
    /// Whose signatures count.
    pub trust: Vec<TrustSettings>,
}

/// Who signs. Keys and tokens are only named, never held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignerSettings {
    /// The form of signatures.
    pub form: SignatureForm,
    /// With what.
    pub means: Means,
    /// The path of the signing config. None: with a key no services are asked, and with an identity the public-good ones.
    pub signing_config: Option<String>,
}

/// What somebody signs with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Means {
    /// A private key: `env:NAME`, `command:PROGRAM …`, or a file.
    Key(String),
    /// The identity that a token proves.
    Identity {
        /// The token: `env:NAME`, `command:PROGRAM …`, or a file. None: the CI job's, or that of whoever logs in.
        token: Option<String>,
    },
}

/// Whose signatures count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustSettings {
    /// Whose.
    pub who: Who,
    /// The path of the trusted root; none: an identity is vouched for by the public-good instance.
    pub trusted_root: Option<String>,
    /// Since when.
    pub from: Option<Moment>,
    /// Until when.
    pub until: Option<Moment>,
}

/// Who is trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// The holder of the key that signs.
    Signer,
    /// The holder of a public key: a file, or `env:NAME`.
    Key(String),
    /// Who is certified to be this.
    Identity {
        /// The issuer of his tokens.
        issuer: String,
        /// Who he is.
        name: Name,
        /// The web address of the repository whose jobs sign, without a slash at the end; none: it is not asked for.
        source: Option<String>,
    },
}

/// The name of an identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    /// Exactly this.
    Exact(String),
    /// Workflows of a repository, at any ref.
    Workflow {
        /// Its web address, without a slash at the end.
        repository: String,
        /// The one that it must be.
        file: Option<String>,
    },
}

impl SigningSettings {
    /// The web addresses of the repositories whose workflows sign, on GitHub.
    pub fn workflow_repositories(&self) -> Vec<String> {
        let signs = self.trust.iter().filter_map(|one| match &one.who {
            Who::Identity { name: Name::Workflow { repository, .. }, .. } => Some(repository.as_str()),
            Who::Identity { name: Name::Exact(uri), .. } => Some(uri.split_once("/.github/workflows/")?.0),
            Who::Key(_) | Who::Signer => None,
        });
        signs.map(str::to_owned).collect()
    }

    /// The web addresses of the repositories that signed releases are made from: the project's own `source`, and those whose jobs count.
    pub fn repositories(&self, source: Option<&str>) -> Vec<String> {
        let trusted = self.trust.iter().filter_map(|one| match &one.who {
            Who::Identity { source, .. } => source.as_deref(),
            Who::Key(_) | Who::Signer => None,
        });
        source.into_iter().chain(trusted).map(str::to_owned).collect()
    }
}

/// Resolves both tables. `source` is the repository's web address.
///
/// # Errors
/// Something in them can't be meant, which was told.
pub fn resolve(
    root: &Section,
    source: Option<&str>,
    problems: &mut Problems<'_>,
) -> Result<SigningSettings, Told> {
    let section = root.section("signing")?;
    let signer = section.map(|section| resolve_signer(section, problems)).transpose();
    // One that can't be meant was told; the other table is read all the same.
    let common_root = section.and_then(|section| path(section, "trusted-root", problems).unwrap_or_default());
    let trust = match root.list("trust")? {
        Some(list) => every(list.value.iter().map(|item| {
            let node = item.as_ref().map_err(|told| *told)?;
            let Some(section) = node.section() else { return Err(unforeseen(&node.span, problems)) };
            resolve_trust(section, common_root.as_deref(), problems)
        }))?,
        None => Vec::new(),
    };
    let signer = signer?;
    let trust = match (&signer, section, trust.is_empty()) {
        (Some(signer), Some(section), true) => {
            vec![default_trust(signer, section, source, common_root, problems)?]
        }
        (_, _, _) => trust,
    };
    if let (Some(signer), Some(section)) = (&signer, section) {
        check_roots(signer, &trust, section, problems)?;
    }
    Ok(SigningSettings { signer, trust })
}

/// The git tags of the first releases that were signed. Each must be one of the project's, or of a chart that has its own.
///
/// # Errors
/// One is none, which was told.
pub fn resolve_since(
    root: &Section,
    (tags, charts): (&TagPolicy, &[Chart]),
    problems: &mut Problems<'_>,
) -> Result<Vec<GitTag>, Told> {
    let Some(section) = root.section("signing")? else { return Ok(Vec::new()) };
    let first = one_or_more(section, "since", problems)?;
    let is_known = |tag: &String| {
        tags.read(tag).version().is_some() || charts.iter().any(|chart| chart.find_own_version(tag).is_some())
    };
    if let Some(other) = first.iter().find(|tag| !is_known(tag)) {
        let span = section.node("since")?.map_or(&section.span, |node| &node.span);
        let message = format!("`{other}` is the git tag of no release");
        let help = "write the tag of the first release that was signed, as git has it";
        return Err(problems.error(span, invalid(message).help(help)));
    }
    Ok(first.into_iter().map(GitTag).collect())
}

/// Services of one's own are vouched for by nobody whom the public-good instance names.
fn check_roots(
    signer: &SignerSettings,
    trust: &[TrustSettings],
    section: &Section,
    problems: &mut Problems<'_>,
) -> Result<(), Told> {
    let own = matches!(signer.means, Means::Identity { .. }) && signer.signing_config.is_some();
    let unnamed = |one: &TrustSettings| matches!(one.who, Who::Identity { .. }) && one.trusted_root.is_none();
    if own && trust.iter().any(unnamed) {
        let message = "the services that sign are named, and not whom to trust of them";
        let help = "add `trusted-root`, the path of their trusted_root.json; without either it is Sigstore's public-good instance";
        return Err(problems.error(&section.span, missing(message).help(help)));
    }
    Ok(())
}

fn resolve_signer(section: &Section, problems: &mut Problems<'_>) -> Result<SignerSettings, Told> {
    let key = filled(section, "key", problems)?;
    let keyless = section.switch("keyless")?.unwrap_or_default();
    let token = filled(section, "identity-token", problems)?;
    let signing_config = path(section, "signing-config", problems)?;
    if let (Some(token), false) = (&token, keyless) {
        let message = "`identity-token` names what signs where no key does";
        return Err(problems.error(&token.span, invalid(message).help("add `keyless = true`")));
    }
    let means = match (key, keyless) {
        (Some(key), false) => Means::Key(key.value.to_owned()),
        (None, true) => Means::Identity { token: token.map(|token| token.value.to_owned()) },
        (Some(key), true) => {
            let message = "releases are signed with a key or without one, not both";
            return Err(problems.error(&key.span, invalid(message).help("keep `key` or `keyless`")));
        }
        (None, false) => {
            let message = "`signing` does not say who signs";
            let help = "write `key = \"env:COSIGN_KEY\"`, or `keyless = true`";
            return Err(problems.error(&section.span, missing(message).help(help)));
        }
    };
    let form = match section.text("format")?.map(|word| word.value) {
        Some("legacy") => SignatureForm::Legacy,
        Some("both") => SignatureForm::Both,
        _ => SignatureForm::Bundle,
    };
    Ok(SignerSettings { form, means, signing_config })
}

fn default_trust(
    signer: &SignerSettings,
    section: &Section,
    source: Option<&str>,
    trusted_root: Option<String>,
    problems: &mut Problems<'_>,
) -> Result<TrustSettings, Told> {
    let on_github = source.map(bare).filter(|source| source.starts_with(GITHUB));
    let who = match (&signer.means, on_github) {
        // Whoever looks at a release would have to run it.
        (Means::Key(key), _) if KeyReference::parse(key).is_command() => {
            let message = "it is not said whose signatures count, and verifying runs no command for a key";
            let help = "add a [[trust]] table with the public key: `plimsoll key public` prints it";
            return Err(problems.error(&section.span, missing(message).help(help)));
        }
        (Means::Key(_), _) => Who::Signer,
        (Means::Identity { .. }, Some(repository)) => {
            let name = Name::Workflow { repository: repository.to_owned(), file: None };
            let source = Some(repository.to_owned());
            Who::Identity { issuer: GITHUB_ISSUER.to_owned(), name, source }
        }
        (Means::Identity { .. }, None) => {
            let message = "it is not said whose signatures count";
            let help = "add a [[trust]] table with `issuer` and `identity`, or `issuer` and `repository`";
            return Err(problems.error(&section.span, missing(message).help(help)));
        }
    };
    Ok(TrustSettings { who, trusted_root, from: None, until: None })
}

fn resolve_trust(
    section: &Section,
    common_root: Option<&str>,
    problems: &mut Problems<'_>,
) -> Result<TrustSettings, Told> {
    let key = filled(section, "key", problems)?;
    if let Some(key) = key.as_ref().filter(|key| KeyReference::parse(key.value).is_command()) {
        let message = "a public key is in a file or a variable: verifying runs no command for it";
        let help = "write what the command prints to a file of the repository, and name that";
        return Err(problems.error(&key.span, invalid(message).help(help)));
    }
    let issuer = filled(section, "issuer", problems)?;
    let identity = filled(section, "identity", problems)?;
    let repository = filled(section, "repository", problems)?;
    let workflow = path(section, "workflow", problems)?;
    let source = filled(section, "source", problems)?;
    let trusted_root = path(section, "trusted-root", problems)?.or(common_root.map(str::to_owned));
    let name = match (identity, repository) {
        (Some(identity), None) => Some(Name::Exact(identity.value.to_owned())),
        (None, Some(repository)) => {
            Some(Name::Workflow { repository: bare(repository.value).to_owned(), file: workflow })
        }
        (None, None) => None,
        (Some(_), Some(repository)) => {
            let message = "an identity is named, or the repository whose workflows sign, not both";
            return Err(problems.error(&repository.span, invalid(message)));
        }
    };
    if let (Some(source), None) = (&source, &name) {
        let message =
            "`source` says of which repository the jobs of a workflow must be, and no workflow is named";
        let help = "add `issuer`, and `repository` or `identity`";
        return Err(problems.error(&source.span, invalid(message).help(help)));
    }
    let who = match (key, issuer, name) {
        (Some(key), None, None) => Who::Key(key.value.to_owned()),
        (None, Some(issuer), Some(name)) => {
            let source = match (source, &name) {
                (Some(source), _) => Some(bare(source.value).to_owned()),
                (None, Name::Workflow { repository, .. }) => Some(repository.clone()),
                (None, Name::Exact(uri)) => repository_of(uri).map(str::to_owned),
            };
            Who::Identity { issuer: issuer.value.to_owned(), name, source }
        }
        (Some(_), _, _) => {
            let message = "a key and an identity can't be the same entry";
            return Err(problems.error(&section.span, invalid(message).help("write a [[trust]] for each")));
        }
        (None, _, _) => {
            let message = "`trust` does not say whose signatures count";
            let help = "name a `key`, or an `issuer` with an `identity` or a `repository`";
            return Err(problems.error(&section.span, missing(message).help(help)));
        }
    };
    let (from, until) = (moment(section, "from", problems)?, moment(section, "until", problems)?);
    Ok(TrustSettings { who, trusted_root, from, until })
}

/// The web address of the repository that a workflow's URI names: what stands before its file. None: it is no workflow.
fn repository_of(uri: &str) -> Option<&str> {
    let host = uri.strip_prefix("https://")?.split('/').next()?.len();
    let (file, _) = uri.split_once('@')?;
    let path = file.get("https://".len() + host..)?;
    // GitLab's have two slashes before the file, and GitHub's lie in one folder.
    let end = path.find("//").or_else(|| path.find("/.github/workflows/"))?;
    uri.get(.."https://".len() + host + end)
}

/// A web address without what may stand at its end.
fn bare(address: &str) -> &str {
    let address = address.trim_end_matches('/');
    address.strip_suffix(".git").unwrap_or(address)
}

fn filled<'a>(
    section: &'a Section,
    key: &str,
    problems: &mut Problems<'_>,
) -> Result<Option<Spanned<&'a str>>, Told> {
    match section.text(key)? {
        Some(text) if text.value.is_empty() => {
            Err(problems.error(&text.span, invalid(format!("`{key}` is empty"))))
        }
        text => Ok(text),
    }
}

fn path(section: &Section, key: &str, problems: &mut Problems<'_>) -> Result<Option<String>, Told> {
    Ok(filled(section, key, problems)?.map(|text| text.value.to_owned()))
}

fn moment(section: &Section, key: &str, problems: &mut Problems<'_>) -> Result<Option<Moment>, Told> {
    let Some(text) = filled(section, key, problems)? else { return Ok(None) };
    match Moment::parse(text.value) {
        Some(moment) => Ok(Some(moment)),
        None => {
            let message = format!("`{}` is no time", text.value);
            let help = "write it as RFC 3339 has it: `2026-01-01T00:00:00Z`";
            Err(problems.error(&text.span, invalid(message).help(help)))
        }
    }
}
