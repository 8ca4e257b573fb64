//! Addresses of git remotes (git-clone(1), "Git URLs").

use std::fmt;

use plimsoll_http::secret::Secret;

/// The length from which on a value in a query is taken for a token, in bytes.
const SHORTEST_TOKEN: usize = 8;

/// An address as written. It may hold a password: `Debug` and `Display` leave user names and passwords of URLs out.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Address {
    raw: String,
    form: Form,
}

#[derive(Clone, PartialEq, Eq)]
enum Form {
    /// `scheme://[user[:password]@]host[:port]/path`.
    Url(Url),
    /// `[user@]host:path`, spoken to over SSH.
    Scp { user: Option<String>, host: String, path: String },
    /// A path on this machine.
    Path(String),
    /// `helper::address`: runs a program of that name.
    Helper(String),
}

#[derive(Clone, PartialEq, Eq)]
struct Url {
    scheme: String,
    login: Option<String>,
    host: String,
    port: Option<String>,
    path: String,
    /// What follows a question mark: it may be a token.
    query: Option<String>,
}

/// What an address names, however it is written.
struct Place<'a> {
    wire: &'a str,
    host: &'a str,
    port: Option<&'a str>,
    path: &'a str,
}

impl Address {
    /// Reads an address. Every text is one: what is nothing else is a path.
    pub(super) fn parse(raw: &str) -> Address {
        let form = parse_url(raw)
            .map(Form::Url)
            .or_else(|| parse_helper(raw))
            .or_else(|| parse_scp(raw))
            .unwrap_or_else(|| Form::Path(raw.to_owned()));
        Address { raw: raw.to_owned(), form }
    }

    /// The host; none for a path of this machine.
    pub(super) fn host(&self) -> Option<&str> {
        self.place().map(|place| place.host).filter(|host| !host.is_empty())
    }

    /// True if the other side proves that it is the host that is named: TLS, or the keys that SSH knows it by.
    pub(super) fn proves_itself(&self) -> bool {
        match &self.form {
            Form::Url(url) => matches!(url.scheme.as_str(), "https" | "ssh" | "git+ssh" | "ssh+git"),
            Form::Scp { .. } => true,
            Form::Path(_) | Form::Helper(_) => false,
        }
    }

    /// The address as written, for git alone.
    pub(super) fn raw(&self) -> &str {
        &self.raw
    }

    /// Every part that must never be shown.
    pub(super) fn secrets(&self) -> Vec<Secret> {
        let Form::Url(Url { scheme, login, query, .. }) = &self.form else { return Vec::new() };
        let mut secrets = match login.as_deref().map(|login| (login, login.split_once(':'))) {
            Some((login, Some((_, password)))) => vec![Secret::new(login), Secret::new(password)],
            // A token may stand alone before the `@`; with SSH it is a user such as `git`.
            Some((login, None)) if scheme.starts_with("http") => vec![Secret::new(login)],
            Some((_, None)) | None => Vec::new(),
        };
        let query = query.as_deref().filter(|query| !query.is_empty());
        secrets.extend(query.map(Secret::new));
        let values = query.into_iter().flat_map(|query| query.split('&'));
        let values = values.map(|pair| pair.split_once('=').map_or(pair, |(_, value)| value));
        // What is shorter is no token, and stands in every other line.
        secrets.extend(values.filter(|value| value.len() >= SHORTEST_TOKEN).map(Secret::new));
        secrets
    }

    /// True for the transports that run no program of the address's choosing. Only these are taken from a file that
    /// whoever wrote the commit could change.
    pub(super) fn is_harmless(&self) -> bool {
        match &self.form {
            Form::Url(url) => {
                matches!(
                    url.scheme.as_str(),
                    "https" | "http" | "ssh" | "git" | "file" | "git+ssh" | "ssh+git"
                ) && !url.host.starts_with('-')
            }
            Form::Scp { host, user, .. } => {
                !host.starts_with('-') && !user.as_deref().unwrap_or_default().starts_with('-')
            }
            Form::Path(path) => !path.starts_with('-') && !path.is_empty(),
            Form::Helper(_) => false,
        }
    }

    /// True if both name one repository, spoken to in whatever way: `https://github.com/acme/app` and
    /// `git@github.com:acme/app.git`.
    pub(super) fn names_same(&self, other: &Address) -> bool {
        if self.raw == other.raw {
            return true;
        }
        let (Some(this), Some(that)) = (self.place(), other.place()) else { return false };
        // The port of SSH is not that of the web server.
        let ports = this.port == that.port || (this.wire == "ssh") != (that.wire == "ssh");
        ports && this.host.eq_ignore_ascii_case(that.host) && this.path.eq_ignore_ascii_case(that.path)
    }

    fn place(&self) -> Option<Place<'_>> {
        let (wire, host, port, path) = match &self.form {
            Form::Url(url) => {
                let wire = match url.scheme.as_str() {
                    "ssh" | "git+ssh" | "ssh+git" => "ssh",
                    "http" | "https" => "http",
                    other => other,
                };
                let usual = matches!(
                    (url.scheme.as_str(), url.port.as_deref()),
                    ("https", Some("443")) | ("http", Some("80")) | ("ssh", Some("22"))
                );
                (wire, url.host.as_str(), url.port.as_deref().filter(|_| !usual), url.path.as_str())
            }
            Form::Scp { host, path, .. } => ("ssh", host.as_str(), None, path.as_str()),
            Form::Path(path) => ("file", "", None, path.as_str()),
            Form::Helper(_) => return None,
        };
        let path = path.trim_end_matches('/');
        let path = path.strip_suffix("/.git").or_else(|| path.strip_suffix(".git")).unwrap_or(path);
        // A path from the root and one from a user's home differ on this machine only.
        let path = if wire == "file" { path } else { path.trim_start_matches('/') };
        Some(Place { wire, host, port, path })
    }
}

fn parse_url(raw: &str) -> Option<Url> {
    let (scheme, rest) = raw.split_once("://")?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    if !is_scheme {
        return None;
    }
    let (authority, path) = match rest.find('/') {
        Some(slash) => rest.split_at(slash),
        None => (rest, ""),
    };
    let (login, host) = match authority.rsplit_once('@') {
        Some((login, host)) => (Some(login.to_owned()), host),
        None => (None, authority),
    };
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    let (host, port) = match host.rsplit_once(':') {
        Some((host, port)) if is_port(port) => (host, Some(port.to_owned())),
        _ => (host, None),
    };
    let path = path.split('#').next().unwrap_or(path);
    let (path, query) = match path.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (path, None),
    };
    let scheme = scheme.to_ascii_lowercase();
    Some(Url { scheme, login, host: host.to_owned(), port, path: path.to_owned(), query })
}

fn parse_helper(raw: &str) -> Option<Form> {
    let (helper, _) = raw.split_once("::")?;
    let is_name = !helper.is_empty() && helper.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    is_name.then(|| Form::Helper(helper.to_owned()))
}

fn parse_scp(raw: &str) -> Option<Form> {
    let (place, path) = raw.split_once(':')?;
    // A slash before the colon makes it a path, as git has it.
    if place.contains('/') || place.is_empty() {
        return None;
    }
    let (user, host) = match place.rsplit_once('@') {
        Some((user, host)) => (Some(user.to_owned()), host),
        None => (None, place),
    };
    Some(Form::Scp { user, host: host.to_owned(), path: path.to_owned() })
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.form {
            Form::Url(Url { scheme, login, host, port, path, query: _ }) => {
                write!(f, "{scheme}://")?;
                if let Some(user) = login.as_deref().filter(|_| !scheme.starts_with("http")) {
                    write!(f, "{}@", user.split(':').next().unwrap_or(user))?;
                }
                write!(f, "{host}")?;
                if let Some(port) = port {
                    write!(f, ":{port}")?;
                }
                write!(f, "{path}")
            }
            Form::Scp { user: Some(user), host, path } => write!(f, "{user}@{host}:{path}"),
            Form::Scp { user: None, host, path } => write!(f, "{host}:{path}"),
            Form::Path(path) => f.write_str(path),
            Form::Helper(helper) => write!(f, "{helper}::…"),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn shows_no_credentials() {
        let table = [
            ("https://x-access-token:ghs_abc@github.com/acme/app", "https://github.com/acme/app"),
            ("https://ghp_abc@github.com/acme/app.git", "https://github.com/acme/app.git"),
            ("https://a:b@c:d@host:8443/x?token=y#z", "https://host:8443/x"),
            ("ssh://git:pw@host:22/x", "ssh://git@host:22/x"),
            ("git@github.com:acme/app.git", "git@github.com:acme/app.git"),
            ("file:///srv/git/app.git", "file:///srv/git/app.git"),
            ("../app", "../app"),
            ("ext::sh -c 'evil'", "ext::…"),
        ];
        for (raw, want) in table {
            let address = Address::parse(raw);
            assert_eq!(address.to_string(), want, "{raw}");
            assert_eq!(format!("{address:?}"), want, "{raw}");
            assert_eq!(address.raw(), raw);
        }
    }

    #[test]
    fn knows_what_is_secret() {
        let secrets =
            |raw| Address::parse(raw).secrets().iter().map(|s| s.expose().to_owned()).collect::<Vec<_>>();
        assert_eq!(secrets("https://user:pw@host/x"), ["user:pw", "pw"]);
        assert_eq!(secrets("https://token@host/x"), ["token"]);
        assert_eq!(secrets("ssh://git@host/x"), [""; 0]);
        assert_eq!(secrets("git@host:x"), [""; 0]);
        assert_eq!(secrets("https://host/x?v=1&token=abcdefgh#z"), ["v=1&token=abcdefgh", "abcdefgh"]);
        assert_eq!(
            secrets("https://user:pw@host/x?secret-token"),
            ["user:pw", "pw", "secret-token", "secret-token"]
        );
    }

    #[test]
    fn one_repository_has_many_addresses() {
        let same = [
            "https://github.com/acme/app",
            "https://github.com/acme/app.git",
            "https://github.com/Acme/App/",
            "https://github.com:443/acme/app",
            "https://token@github.com/acme/app",
            "git@github.com:acme/app.git",
            "github.com:/acme/app",
            "ssh://git@github.com:22/acme/app.git",
        ];
        for (a, b) in same.iter().flat_map(|a| same.iter().map(move |b| (a, b))) {
            assert!(Address::parse(a).names_same(&Address::parse(b)), "{a} {b}");
        }
        let others =
            ["https://github.com/acme/other", "https://github.com:8443/acme/app", "/acme/app", "acme/app"];
        for other in others {
            assert!(!Address::parse(same[0]).names_same(&Address::parse(other)), "{other}");
        }
        let (web, port) = ("https://git.acme.test:3000/acme/app", "ssh://git@git.acme.test:2222/acme/app");
        assert!(Address::parse(web).names_same(&Address::parse(port)));
        assert!(Address::parse("file:///srv/app.git").names_same(&Address::parse("/srv/app.git/")));
        assert!(!Address::parse("/srv/app").names_same(&Address::parse("srv/app")));
    }

    #[test]
    fn a_commit_can_not_choose_a_program() {
        for harmless in ["https://h/x", "git@h:x", "ssh://h/x", "/srv/x", "../x", "file:///x"] {
            assert!(Address::parse(harmless).is_harmless(), "{harmless}");
        }
        let harmful = [
            "ext::sh -c evil",
            "fd::7",
            "codecommit::x",
            "rsync://h/x",
            "-uevil",
            "ssh://-oProxyCommand=x/y",
            "-o:x",
            "",
        ];
        for harmful in harmful {
            assert!(!Address::parse(harmful).is_harmless(), "{harmful}");
        }
    }

    proptest! {
        #[test]
        fn no_password_is_ever_shown(password in "[a-zA-Z0-9_]{8,20}", user in "[a-z]{0,5}", host in "[a-z]{1,5}") {
            for scheme in ["https", "http", "ssh", "git"] {
                let address = Address::parse(&format!("{scheme}://{user}:{password}@{host}/x"));
                prop_assert!(!address.to_string().contains(&password));
                prop_assert!(address.secrets().iter().any(|secret| secret.expose() == password));
            }
        }

        #[test]
        fn never_panics(text: String) {
            let address = Address::parse(&text);
            let _ = (address.to_string(), address.secrets(), address.is_harmless(), address.names_same(&address));
        }
    }
}
