//! Which files of a ledger Plimsoll itself writes.

use super::index::INDEX;
use crate::domain::claim::FileRole;
use crate::statement::mark::find_marked_version;
use crate::statement::record::{file_name, role_file_name};
use crate::statement::release::{BUNDLE_ENDINGS, ENVELOPE_ENDING, statement_name};

/// True if a file of this name is the index, or belongs to a release.
pub fn is_own_file(name: &str) -> bool {
    let of_no_version = [
        file_name(""),
        statement_name(""),
        role_file_name("", FileRole::AppCompose),
        role_file_name("", FileRole::DockerCompose),
    ];
    let begins_with_v =
        name.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let signed = BUNDLE_ENDINGS.into_iter().chain([ENVELOPE_ENDING]);
    let is_signed = || signed.clone().any(|ending| name.ends_with(ending));
    let ends_like = |like: &String| like.strip_prefix('v').is_some_and(|ending| name.ends_with(ending));
    let is_mark = find_marked_version(name).is_some();
    let is_own = is_mark || of_no_version.iter().any(ends_like) || is_signed();
    name == INDEX || (begins_with_v && is_own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_here_and_what_is_not() {
        for own in [
            "README.md",
            "v1.0.0-release-info.json",
            "v1.0.0-rc.1-release.intoto.json",
            "v0.1.0.1-app-compose.json",
            "v1.0.0-docker-compose.yml",
            "v1.0.0-0123456789ab.mark.json",
            "v1.0.0-release.sigstore.json",
            "v1.0.0-release.sigstore",
            "v1.0.0-release.intoto.jsonl",
        ] {
            assert!(is_own_file(own), "{own}");
        }
        for other in
            ["readme.md", "notes.md", "v1.0.0.md", "-release-info.json", "vision-app-compose.json", ""]
        {
            assert!(!is_own_file(other), "{other}");
        }
    }
}
