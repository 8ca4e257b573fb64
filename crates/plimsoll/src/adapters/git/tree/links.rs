//! Symbolic links of a commit: what they lead to in the same commit.

use plimsoll_engine::domain::git::Oid;
use plimsoll_engine::world::WorldError;

use crate::adapters::files::unfollowed;
use crate::adapters::git::repository::Repository;

/// How many links may lead to each other.
pub(super) const HOPS: usize = 8;

/// The longest path that a link may hold, in bytes.
const LENGTH: usize = 4096;

impl Repository {
    /// The path from the root that the link at `path` leads to, whether something is there or not.
    pub(super) async fn read_link(&self, path: &str, link: &Oid) -> Result<String, WorldError> {
        let contents = self.objects_call("cat-file").args(["blob", link.as_str()]).success().await?.stdout;
        let target = String::from_utf8(contents).ok().filter(|target| target.len() <= LENGTH);
        let target = target.ok_or_else(|| unfollowed(path, "what it leads to is no path"))?;
        let leads_out = || {
            let why = format!(
                "it is a symbolic link that leads out of the commit, to {target}: others do not have what is there"
            );
            unfollowed(path, why)
        };
        join(path, &target).ok_or_else(leads_out)
    }
}

/// A link that leads to nothing that the commit has as a file.
pub(super) fn leads_nowhere(path: &str, to: &str) -> WorldError {
    unfollowed(path, format!("it is a symbolic link to {to}, which is no file of the commit"))
}

/// Links that lead to each other.
pub(super) fn leads_round(path: &str) -> WorldError {
    unfollowed(path, format!("it is a symbolic link, and behind {HOPS} of them is no file"))
}

/// Where a link leads that lies at `path`; none: out of the repository.
fn join(path: &str, target: &str) -> Option<String> {
    if target.starts_with('/') || target.is_empty() {
        return None;
    }
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            name => parts.push(name),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_stay_in_the_repository() {
        for (path, target, want) in [
            ("a", "b", Some("b")),
            ("x/a", "b", Some("x/b")),
            ("x/y/a", "../../b/./c", Some("b/c")),
            ("x/a", "../../b", None),
            ("x/a", "..", None),
            ("a", "/b", None),
            ("a", "", None),
        ] {
            assert_eq!(join(path, target).as_deref(), want, "{path} -> {target}");
        }
    }
}
