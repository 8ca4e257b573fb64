//! Which texts can be part of a ref (git-check-ref-format(1)).

use plimsoll_engine::world::error::GitError;

/// Checks that `name` is a whole ref name, such as `refs/tags/v1.0.0`: then it can't be taken for an option, a pattern
/// or two refs.
pub(super) fn check(name: &str) -> Result<&str, GitError> {
    let good = name.starts_with("refs/") && name.split('/').all(is_component) && is_whole(name);
    match good {
        true => Ok(name),
        false => Err(GitError::Failed {
            command: "check-ref-format".into(),
            why: format!("`{name}` can't be a ref"),
        }),
    }
}

fn is_component(part: &str) -> bool {
    !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock")
}

fn is_whole(name: &str) -> bool {
    let forbidden =
        |c: char| c.is_ascii_control() || matches!(c, ' ' | '~' | '^' | ':' | '?' | '*' | '[' | '\\');
    !name.contains(forbidden) && !name.contains("..") && !name.contains("@{") && !name.ends_with('.')
}

#[cfg(test)]
mod tests {
    use plimsoll_testkit::env::Environment;

    use super::*;

    #[test]
    fn agrees_with_git() {
        let environment = Environment::new();
        let names = [
            "refs/tags/v1.0.0",
            "refs/tags/v1.0.0+build.5",
            "refs/tags/1!2.0",
            "refs/tags/a@b",
            "refs/tags/ä",
            "refs/tags/-x",
            "refs/tags/v1/2",
            "refs/tags/a.lock",
            "refs/tags/a.lock/b",
            "refs/tags/.a",
            "refs/tags/a.",
            "refs/tags/a./b",
            "refs/tags/a..b",
            "refs/tags/a b",
            "refs/tags/a\tb",
            "refs/tags/a:b",
            "refs/tags/a*",
            "refs/tags/a?",
            "refs/tags/a[b",
            "refs/tags/a\\b",
            "refs/tags/a^{}",
            "refs/tags/a~1",
            "refs/tags/a@{1}",
            "refs/tags/",
            "refs/tags//a",
            "refs/tags/a/",
            "refs/tags/@",
        ];
        for name in names {
            let git = environment.command("git").args(["check-ref-format", name]).run().code() == Some(0);
            assert_eq!(check(name).is_ok(), git, "{name:?}");
        }
        for name in ["", "v1", "--all", "tags/v1"] {
            assert!(check(name).is_err(), "{name:?}");
        }
    }
}
