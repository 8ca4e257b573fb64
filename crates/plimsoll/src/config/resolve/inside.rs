//! Paths that must stay inside the repository.

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic};

use super::invalid;
use crate::config::file::written::Spanned;
use crate::config::problems::{Problems, Told};

/// Why a path can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum PathFault {
    #[error("is empty")]
    Empty,
    #[error("must be relative to the repository's root")]
    Absolute,
    #[error("leads outside of the repository: `..` may not be part of it")]
    Upwards,
    #[error("must be written with `/`")]
    Backslash,
    #[error("holds a control character")]
    Control,
}

/// Reads a path from the repository's root: relative, with `/`, without `.` and `..`.
pub(super) fn resolve_path(path: Spanned<&str>, problems: &mut Problems<'_>) -> Result<String, Told> {
    simplify(path.value).map_err(|fault| {
        let shown = path.value.escape_debug();
        let message = match path.value {
            "" => "the path is empty".to_owned(),
            _ => format!("path `{shown}` {fault}"),
        };
        let diagnostic = match fault {
            PathFault::Absolute | PathFault::Upwards => {
                Diagnostic::error(Code::PathEscape, Cure::FixThenRunAgain, message)
            }
            PathFault::Empty | PathFault::Backslash | PathFault::Control => invalid(message),
        };
        problems.error(&path.span, diagnostic)
    })
}

fn simplify(path: &str) -> Result<String, PathFault> {
    if path.contains(char::is_control) {
        return Err(PathFault::Control);
    }
    if path.contains('\\') {
        return Err(PathFault::Backslash);
    }
    let parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    let is_drive =
        |part: &&str| matches!(part.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    if path.starts_with('/') || parts.first().is_some_and(is_drive) {
        return Err(PathFault::Absolute);
    }
    if parts.contains(&"..") {
        return Err(PathFault::Upwards);
    }
    if parts.is_empty() { Err(PathFault::Empty) } else { Ok(parts.join("/")) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paths_stay_inside() {
        for (path, want) in [
            ("a", Ok("a")),
            ("./a//b/", Ok("a/b")),
            ("...", Ok("...")),
            ("", Err(PathFault::Empty)),
            ("./", Err(PathFault::Empty)),
            ("/etc/passwd", Err(PathFault::Absolute)),
            ("C:/x", Err(PathFault::Absolute)),
            ("./c:", Err(PathFault::Absolute)),
            ("..", Err(PathFault::Upwards)),
            ("a/../b", Err(PathFault::Upwards)),
            ("a\\b", Err(PathFault::Backslash)),
            ("a\0", Err(PathFault::Control)),
        ] {
            assert_eq!(simplify(path), want.map(str::to_owned), "{path}");
        }
    }

    proptest! {
        #[test]
        fn what_is_accepted_is_simple_and_stays_so(path in "[a./\\\\:]{0,8}") {
            if let Ok(simple) = simplify(&path) {
                prop_assert!(!simple.starts_with('/') && !simple.split('/').any(|part| matches!(part, "" | "." | "..")));
                prop_assert_eq!(simplify(&simple), Ok(simple));
            }
        }
    }
}
