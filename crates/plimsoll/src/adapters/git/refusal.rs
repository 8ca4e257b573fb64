//! What git means when a command fails. No decision is taken from these texts: they choose the message.

use plimsoll_engine::world::error::GitError;

/// Words by which a remote says that we may not. Compared in lowercase.
const DENIED: &[&str] = &[
    "permission denied",
    "permission to",
    "access denied",
    "authentication failed",
    "could not read username",
    "could not read password",
    "terminal prompts disabled",
    "invalid username",
    "invalid credentials",
    "returned error: 401",
    "returned error: 403",
    "http basic: access denied",
    "not authorized",
    "unauthorized",
    "forbidden",
    "not allowed",
    "refusing to allow",
    "hook declined",
    "protected branch",
    "protected ref",
    "repository rule violations",
    "deny updating a hidden ref",
    "deletion prohibited",
    "write access",
    "read-only",
    "read only",
    "host key verification failed",
    // Forges say this of repositories that we may not see.
    "repository not found",
    "returned error: 404",
];

/// Words by which git says that nobody answered. Compared in lowercase.
const UNREACHABLE: &[&str] = &[
    "could not resolve",
    "couldn't resolve",
    "couldn't connect",
    "could not connect",
    "failed to connect",
    "connection refused",
    "connection reset",
    "connection timed out",
    "connection closed",
    "operation timed out",
    "timed out",
    "no route to host",
    "network is unreachable",
    "early eof",
    "hung up",
    "rpc failed",
    "unexpected disconnect",
    "unable to access",
    "returned error: 5",
    "returned error: 429",
    "could not read from remote repository",
    "does not appear to be a git repository",
    "bad gateway",
    "temporarily unavailable",
];

/// Words by which one of two racing pushes is told that it lost. Compared in lowercase.
const REFUSED: &[&str] = &[
    "stale info",
    "atomic push failed",
    "fetch first",
    "non-fast-forward",
    "already exists",
    "failed to update ref",
    "cannot lock ref",
    "failed to lock",
    "but expected",
    "incorrect old value",
    "reference conflict",
    "remote ref updated",
    "unable to delete",
];

/// Why a remote did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Something else stands there.
    Refused,
    /// Everything else.
    Git(GitError),
}

impl From<GitError> for Refusal {
    fn from(error: GitError) -> Refusal {
        Refusal::Git(error)
    }
}

/// Judges git's words about a push that the remote answered but did not take.
pub(super) fn judge_answer(remote: &str, why: &str) -> Refusal {
    let words = why.to_lowercase();
    let says = |needles: &[&str]| needles.iter().any(|needle| words.contains(needle));
    if says(DENIED) {
        Refusal::Git(GitError::Denied { remote: remote.into(), why: why.into() })
    } else if says(REFUSED) {
        Refusal::Refused
    } else {
        Refusal::Git(GitError::Failed { command: "push".into(), why: why.into() })
    }
}

/// Judges git's words when there was no answer to judge.
pub(super) fn judge_silence(remote: &str, command: &str, stderr: &str) -> GitError {
    let (remote, why) = (remote.to_owned(), said(stderr));
    let words = stderr.to_lowercase();
    let says = |needles: &[&str]| needles.iter().any(|needle| words.contains(needle));
    if says(DENIED) {
        GitError::Denied { remote, why }
    } else if says(UNREACHABLE) {
        GitError::Unreachable { remote, why }
    } else {
        GitError::Failed { command: command.into(), why }
    }
}

/// The gist of what git wrote on standard error: one line, bounded.
pub(super) fn said(stderr: &str) -> String {
    const LONGEST: usize = 400;
    let lines = stderr.lines().map(|line| {
        let line = line.trim();
        ["fatal: ", "error: ", "remote: "]
            .iter()
            .find_map(|word| line.strip_prefix(word))
            .unwrap_or(line)
            .trim()
    });
    let text = lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ");
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or(&text)),
        None if text.is_empty() => "it gave no reason".into(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_denied_from_unreachable() {
        let table = [
            ("fatal: Authentication failed for 'https://x/'", "denied"),
            ("fatal: could not read Username for 'https://github.com': terminal prompts disabled", "denied"),
            ("fatal: unable to access 'https://x/': The requested URL returned error: 403", "denied"),
            (
                "git@github.com: Permission denied (publickey).\nfatal: Could not read from remote repository.",
                "denied",
            ),
            ("remote: Repository not found.\nfatal: repository 'https://x/' not found", "denied"),
            ("fatal: unable to access 'https://x/': Could not resolve host: x", "unreachable"),
            ("fatal: unable to access 'https://x/': The requested URL returned error: 502", "unreachable"),
            (
                "ssh: connect to host x port 22: Connection refused\nfatal: Could not read from remote repository.",
                "unreachable",
            ),
            ("fatal: '/nope' does not appear to be a git repository", "unreachable"),
            ("fatal: the receiving end does not support --atomic push", "failed"),
        ];
        for (stderr, want) in table {
            let found = match judge_silence("x", "fetch", stderr) {
                GitError::Denied { .. } => "denied",
                GitError::Unreachable { .. } => "unreachable",
                _ => "failed",
            };
            assert_eq!(found, want, "{stderr}");
        }
    }

    #[test]
    fn tells_a_lost_race_from_a_veto() {
        let table = [
            ("[rejected] (stale info)", "refused"),
            ("[rejected] (atomic push failed)", "refused"),
            ("[remote rejected] (failed to update ref)", "refused"),
            ("[remote rejected] (cannot lock ref 'x': reference already exists)", "refused"),
            ("[remote rejected] (cannot lock ref 'x': is at 1 but expected 2)", "refused"),
            ("[remote rejected] (incorrect old value provided)", "refused"),
            ("[remote rejected] (pre-receive hook declined)", "denied"),
            ("[remote rejected] (protected branch hook declined)", "denied"),
            ("[remote rejected] (deny updating a hidden ref)", "denied"),
            ("[remote rejected] (unpacker error)", "failed"),
        ];
        for (why, want) in table {
            let found = match judge_answer("x", why) {
                Refusal::Refused => "refused",
                Refusal::Git(GitError::Denied { .. }) => "denied",
                Refusal::Git(_) => "failed",
            };
            assert_eq!(found, want, "{why}");
        }
    }

    #[test]
    fn says_it_in_one_line() {
        assert_eq!(said("remote: no\n\nfatal: really no\n"), "no; really no");
        assert_eq!(said(""), "it gave no reason");
        assert_eq!(said(&"ä".repeat(1000)).chars().count(), 401);
    }
}
