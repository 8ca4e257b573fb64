//! What the address of a git remote says of a project.

/// The web address of a repository, from the address of its git remote; none for a path on this machine.
///
/// User names and passwords are left out: they may be tokens.
pub fn web_address(remote: &str) -> Option<String> {
    let (scheme, rest) = match remote.split_once("://") {
        Some(("http", rest)) => ("http", rest),
        Some(("https" | "ssh" | "git" | "git+ssh", rest)) => ("https", rest),
        Some(_) => return None,
        None => return scp_address(remote),
    };
    let (authority, path) = rest.split_once('/')?;
    let host = authority.rsplit('@').next().unwrap_or(authority);
    // The port of SSH is not that of the web server.
    let host = match remote.starts_with("http") {
        true => host,
        false => host.split(':').next().unwrap_or(host),
    };
    join(scheme, host, path)
}

/// The path of a repository on its forge: `https://github.com/acme/app.git` is of `acme/app`.
pub fn owner_and_name(address: &str) -> Option<String> {
    let (_, path) = host_and_path(&web_address(address)?)?;
    path.contains('/').then_some(path)
}

/// The host on which a repository lies, in small letters.
pub fn host_of(address: &str) -> Option<String> {
    host_and_path(&web_address(address)?).map(|(host, _)| host.to_lowercase())
}

fn host_and_path(web: &str) -> Option<(String, String)> {
    let (_, rest) = web.split_once("://")?;
    rest.split_once('/').map(|(host, path)| (host.to_owned(), path.to_owned()))
}

/// `git@github.com:acme/app.git`, which git tells from a path by the colon before the first slash.
fn scp_address(remote: &str) -> Option<String> {
    let (host, path) = remote.split_once(':')?;
    // A single letter is a drive of Windows.
    if host.contains('/') || host.len() < 2 {
        return None;
    }
    join("https", host.rsplit('@').next().unwrap_or(host), path)
}

fn join(scheme: &str, host: &str, path: &str) -> Option<String> {
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    (!host.is_empty() && !path.is_empty()).then(|| format!("{scheme}://{host}/{path}"))
}

/// The last part of a remote's address or of a path, without `.git`.
pub(super) fn last_part(address: &str) -> Option<&str> {
    let address = address.trim_end_matches('/');
    let address = address.strip_suffix("/.git").or_else(|| address.strip_suffix(".git")).unwrap_or(address);
    address.rsplit(['/', ':', '\\']).next().filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_addresses_of_remotes() {
        for (remote, want) in [
            ("git@github.com:acme/app.git", Some("https://github.com/acme/app")),
            ("github.com:acme/app", Some("https://github.com/acme/app")),
            ("https://github.com/acme/app.git", Some("https://github.com/acme/app")),
            ("https://x-access-token:secret@github.com/acme/app", Some("https://github.com/acme/app")),
            ("ssh://git@git.acme.org:2222/group/app.git/", Some("https://git.acme.org/group/app")),
            ("http://127.0.0.1:3000/acme/app.git", Some("http://127.0.0.1:3000/acme/app")),
            ("/srv/git/app.git", None),
            ("../app", None),
            ("file:///srv/git/app.git", None),
            ("C:\\git\\app", None),
            ("https://github.com", None),
            ("", None),
        ] {
            assert_eq!(web_address(remote).as_deref(), want, "{remote}");
        }
    }

    #[test]
    fn addresses_end_with_owner_and_name() {
        for (address, want) in [
            ("https://github.com/acme/app.git", Some(("github.com", Some("acme/app")))),
            ("git@GitHub.com:acme/app", Some(("github.com", Some("acme/app")))),
            ("https://gitlab.com/group/acme/app/", Some(("gitlab.com", Some("group/acme/app")))),
            ("https://git.acme.org/app", Some(("git.acme.org", None))),
            ("app", None),
        ] {
            assert_eq!(host_of(address).as_deref(), want.map(|(host, _)| host));
            assert_eq!(owner_and_name(address).as_deref(), want.and_then(|(_, path)| path));
        }
    }

    #[test]
    fn last_parts() {
        for (address, want) in [
            ("git@github.com:acme/app.git", Some("app")),
            ("git@github.com:app.git", Some("app")),
            ("/srv/git/app.git/", Some("app")),
            ("/home/me/app/.git", Some("app")),
            ("/", None),
            ("", None),
        ] {
            assert_eq!(last_part(address), want, "{address}");
        }
    }
}
