//! The remote that claims and tags are on: chosen from the user's configuration, spoken to with the user's credentials.

use std::ffi::OsStr;
use std::fmt;
use std::sync::{Arc, OnceLock};

use plimsoll_engine::domain::git::Oid;
use plimsoll_engine::world::error::GitError;
use plimsoll_http::secret::Secret;

use super::address::Address;
use super::program::{GitCall, Patience, is_ssh};
use super::refusal::judge_silence;
use super::repository::{Repository, RepositoryError};
use super::settings::Setting;
use crate::adapters::forge::token::WELL_KNOWN;
use crate::adapters::process::Output;

/// What the remote is called while git speaks to it.
pub(super) const NAME: &str = "plimsoll";
const HEAD: &str = "HEAD";

/// What makes a connection work, from the configuration of the user's repository: credentials of CI jobs stand there.
const CONNECTION: &[&str] = &[
    "credential.",
    "http.",
    "ssh.",
    "url.",
    "protocol.",
    "core.sshcommand",
    "core.gitproxy",
    "core.askpass",
];

/// A host of repositories that everybody means by its name, beside the forges.
const BITBUCKET: &str = "bitbucket.org";

/// What keeps credentials that are meant for no host in particular to themselves: an empty value ends the list before it
/// (git-config(1), `credential.helper`, `http.extraHeader`).
const NO_LOGINS: [(&str, &str); 3] =
    [("credential.helper", ""), ("http.extraheader", ""), ("http.cookiefile", "")];
/// The programs that would ask a person, who could not tell which host asks.
const ASKING: [&str; 2] = ["GIT_ASKPASS", "SSH_ASKPASS"];

/// Which of the user's credentials a remote may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Logins {
    /// Whatever git finds: the user knows this host.
    OfUser,
    /// None: only the configuration of the repository, which may be a stranger's, names it.
    None,
}

/// A git remote. It may hold credentials and shows none.
#[derive(Clone)]
pub struct Remote {
    address: Address,
    /// True if the user has set it up, and no configuration of a repository names it by itself.
    is_of_user: bool,
    logins: Logins,
    settings: Vec<(String, String)>,
    /// Where its HEAD was when it was first asked for refs: one question instead of two.
    head: Arc<OnceLock<Option<Oid>>>,
}

impl Remote {
    /// The address without credentials.
    pub fn shown(&self) -> String {
        self.address.to_string()
    }

    /// The host of a remote that the user has set up; none for an address that a project names by itself, or on this machine.
    pub fn user_host(&self) -> Option<&str> {
        self.address.host().filter(|_| self.is_of_user)
    }

    /// Makes a command know this remote as [`NAME`], and show it no more than it may see.
    pub(super) fn introduce(&self, call: GitCall) -> GitCall {
        let url = (format!("remote.{NAME}.url"), self.address.raw().to_owned());
        let call = call.settings(self.settings.iter().cloned().chain([url]));
        match self.logins {
            Logins::OfUser => call,
            Logins::None => {
                let call = call.settings(NO_LOGINS.map(|(key, value)| (key.to_owned(), value.to_owned())));
                ASKING.into_iter().fold(call, |call, name| call.set(name, ""))
            }
        }
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Remote").field(&self.address).finish()
    }
}

impl Repository {
    /// The remote that `source` names (`project.source`, which may be the address of a web page): spoken to as one of
    /// the user's own remotes is if one leads there, else by `source` itself. Without `source` it is `origin`.
    pub async fn read_remote(&self, source: Option<&str>) -> Result<Remote, RepositoryError> {
        let configuration = self.settings().await?;
        let remotes = configured_remotes(&configuration);
        let hosts: Vec<String> =
            remotes.iter().filter_map(|(_, remote)| remote.host().map(str::to_owned)).collect();
        let (address, is_of_user) = match source.map(Address::parse) {
            Some(wanted) => match remotes.into_iter().find(|(_, address)| address.names_same(&wanted)) {
                Some((_, address)) => (address, true),
                None if wanted.is_harmless() => (wanted, false),
                None => return Err(RepositoryError::RemoteRefused { address: wanted.to_string() }),
            },
            None => match remotes.into_iter().find(|(name, _)| name == "origin") {
                Some((_, address)) => (address, true),
                None => return Err(RepositoryError::NoRemote),
            },
        };
        let settings = connection_settings(&configuration, self.program().variable("GIT_SSH"));
        for secret in address.secrets().iter().chain(&header_secrets(&settings)) {
            self.program().redactor().add(secret);
        }
        let is_known = is_of_user || knows_host(&address, &hosts, &configuration);
        let logins = if is_known { Logins::OfUser } else { Logins::None };
        Ok(Remote { address, is_of_user, logins, settings, head: Arc::default() })
    }

    /// Refs of the remote at one moment, by their full names.
    pub(super) async fn read_remote_refs(
        &self,
        remote: &Remote,
        names: &[String],
    ) -> Result<Vec<(Oid, String)>, GitError> {
        let asked_before = remote.head.get().is_some();
        let also = (!asked_before).then_some(HEAD);
        let call =
            self.remote_call(remote, "ls-remote").await?.args(["--quiet", NAME]).args(names).args(also);
        let output = reach(remote, "ls-remote", call).await?;
        let text = String::from_utf8_lossy(&output.stdout);
        let mut refs: Vec<_> = text.lines().filter_map(parse_ref_line).collect();
        if !asked_before {
            let head = refs.iter().find(|(_, name)| name == HEAD).map(|(oid, _)| oid.clone());
            remote.head.get_or_init(|| head);
        }
        // A pattern also fits refs that merely end with it.
        refs.retain(|(_, name)| names.contains(name));
        Ok(refs)
    }

    /// Asks the remote whether refs of ours may be pushed to it, without pushing. What protects single refs is told only
    /// to whoever really pushes.
    ///
    /// # Errors
    /// It can't be reached, or does not allow it.
    pub async fn check_push(&self, remote: &Remote, commit: &Oid) -> Result<(), GitError> {
        let refspec = format!("{commit}:refs/plimsoll/claims/nothing-is-pushed");
        let push = self.remote_call(remote, "push").await?;
        let output = push.args(["--porcelain", "--dry-run", NAME, &refspec]).output().await?;
        match output.code {
            Some(0) => Ok(()),
            _ => Err(judge_silence(&remote.shown(), "push", &output.stderr)),
        }
    }

    /// Where the remote's default branch is, or was when it was first asked for refs; `None` if it has none.
    pub(super) async fn find_remote_head(&self, remote: &Remote) -> Result<Option<Oid>, GitError> {
        if remote.head.get().is_none() {
            self.read_remote_refs(remote, &[]).await?;
        }
        Ok(remote.head.get().cloned().flatten())
    }
}

/// Runs a command that must reach the remote and succeed.
pub(super) async fn reach(remote: &Remote, command: &'static str, call: GitCall) -> Result<Output, GitError> {
    match call.attempt().await {
        Ok(output) if output.code == Some(0) => Ok(output),
        Ok(output) => Err(judge_silence(&remote.shown(), command, &output.stderr)),
        Err((error, Patience::Ended)) => {
            Err(GitError::Unreachable { remote: remote.shown(), why: error.to_string() })
        }
        Err((error, Patience::Left)) => Err(error),
    }
}

/// Whether the user knows a host that a configuration names: one of the remotes is there, or a setting is about it, or everybody
/// knows it and it proves who it is.
fn knows_host(address: &Address, hosts: &[String], settings: &[Setting]) -> bool {
    let Some(host) = address.host() else { return true };
    let is_it = |other: &str| other.eq_ignore_ascii_case(host);
    let is_about = |setting: &Setting| {
        let rest = ["credential.", "http."].iter().find_map(|section| setting.key.strip_prefix(section));
        let about = rest.and_then(|rest| rest.rsplit_once('.')).map(|(about, _)| Address::parse(about));
        about.is_some_and(|about| about.host().is_some_and(is_it))
    };
    let is_everybodys = WELL_KNOWN.into_iter().chain([BITBUCKET]).any(is_it) && address.proves_itself();
    is_everybodys || hosts.iter().any(|other| is_it(other)) || settings.iter().any(is_about)
}

/// Names and addresses of the user's remotes; an address to push to comes before the one to fetch from, since claims
/// are read where they are written.
fn configured_remotes(settings: &[Setting]) -> Vec<(String, Address)> {
    let of = |suffix: &'static str| {
        settings.iter().filter_map(move |setting| {
            let name = setting.key.strip_prefix("remote.")?.strip_suffix(suffix)?;
            Some((name.to_owned(), Address::parse(&setting.value)))
        })
    };
    of(".pushurl").chain(of(".url")).collect()
}

/// `chosen` is the program that the environment names for SSH; a setting would win over it.
fn connection_settings(settings: &[Setting], chosen: Option<&OsStr>) -> Vec<(String, String)> {
    let own = settings.iter().filter(|setting| matches!(setting.scope.as_str(), "local" | "worktree"));
    let needed = own.filter(|setting| CONNECTION.iter().any(|prefix| setting.key.starts_with(prefix)));
    let mut needed: Vec<_> = needed.map(|setting| (setting.key.clone(), setting.value.clone())).collect();
    let ssh = settings.iter().rev().find(|setting| setting.key == "core.sshcommand");
    let command = match ssh {
        Some(setting) => Some(setting.value.as_str()),
        None => chosen.is_none().then_some("ssh"),
    };
    if let Some(command) = command.filter(|command| is_ssh(command)) {
        // Away from the terminal's foreground group SSH could only hang on a question.
        needed.push(("core.sshcommand".into(), format!("{command} -oBatchMode=yes")));
    }
    needed
}

/// What CI systems put into request headers, such as `AUTHORIZATION: basic …`.
fn header_secrets(settings: &[(String, String)]) -> Vec<Secret> {
    let headers = settings.iter().filter(|(key, _)| key.ends_with("extraheader"));
    headers.filter_map(|(_, value)| value.split_whitespace().last().map(Secret::new)).collect()
}

/// Reads `oid TAB name`.
fn parse_ref_line(line: &str) -> Option<(Oid, String)> {
    let (oid, name) = line.split_once('\t')?;
    Some((oid.parse().ok()?, name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(scope: &str, key: &str, value: &str) -> Setting {
        Setting { scope: scope.into(), key: key.into(), value: value.into() }
    }

    #[test]
    fn takes_along_what_connections_need() {
        let settings = [
            setting("global", "http.proxy", "http://global"),
            setting("local", "http.https://github.com/.extraheader", "AUTHORIZATION: basic x"),
            setting("local", "core.hookspath", "/evil"),
            setting("local", "remote.origin.fetch", "+x:y"),
            setting("global", "core.sshcommand", "/usr/bin/ssh -i key"),
        ];
        let want = [
            ("http.https://github.com/.extraheader", "AUTHORIZATION: basic x"),
            ("core.sshcommand", "/usr/bin/ssh -i key -oBatchMode=yes"),
        ];
        let want: Vec<_> = want.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        assert_eq!(connection_settings(&settings, None), want);
        assert_eq!(connection_settings(&settings, Some(OsStr::new("plink"))), want);
        assert_eq!(connection_settings(&[setting("local", "core.sshcommand", "plink -x")], None).len(), 1);
        assert_eq!(connection_settings(&[], Some(OsStr::new("plink"))), []);
        assert_eq!(connection_settings(&[], None).len(), 1);
        let secrets: Vec<_> = header_secrets(&want).iter().map(|secret| secret.expose().to_owned()).collect();
        assert_eq!(secrets, ["x"]);
    }

    #[test]
    fn a_host_is_known_by_the_users_own_remotes_and_settings() {
        let settings = [
            setting("global", "credential.helper", "store"),
            setting("global", "credential.https://git.corp.example.helper", "corp"),
            setting("local", "http.https://ci.example/.extraheader", "AUTHORIZATION: basic x"),
        ];
        let hosts = ["forge.example".to_owned()];
        for (address, want) in [
            ("https://forge.example/other/app", true),
            ("ssh://git@Forge.Example/other/app", true),
            ("https://git.corp.example/x", true),
            ("https://ci.example/x", true),
            ("https://github.com/acme/app", true),
            ("git@github.com:acme/app.git", true),
            ("http://github.com/acme/app", false),
            ("https://evil.example/x", false),
            ("https://github.com.evil.example/x", false),
            ("http://127.0.0.1:8080/x", false),
            ("/srv/git/x", true),
        ] {
            assert_eq!(knows_host(&Address::parse(address), &hosts, &settings), want, "{address}");
        }
    }

    #[test]
    fn claims_are_read_where_they_are_written() {
        let settings = [
            setting("local", "remote.origin.url", "https://mirror/x"),
            setting("local", "remote.origin.pushurl", "https://main/x"),
            setting("local", "remote.my.fork.url", "https://fork/x"),
        ];
        let remotes = configured_remotes(&settings);
        let names: Vec<_> = remotes.iter().map(|(name, address)| format!("{name} {address}")).collect();
        assert_eq!(names, ["origin https://main/x", "origin https://mirror/x", "my.fork https://fork/x"]);
    }
}
