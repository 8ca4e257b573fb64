//! Registries, layouts and archives.

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::{Cure, Diagnostic, Place};
use plimsoll_oci::name::ImageTag;
use plimsoll_oci::store::StoreError;

use super::{Asked, Explain};

impl Explain for StoreError {
    fn explain(&self, asked: &Asked) -> Diagnostic {
        let said = |code, cure| Diagnostic::error(code, cure, self.to_string());
        match self {
            StoreError::Unreachable { .. } => said(Code::RegistryUnreachable, Cure::RunAgain)
                .help("look whether the registry is up, and whether a proxy or firewall stands between"),
            StoreError::Unauthorized { place, credential } => unauthorized(place, credential.as_deref()),
            StoreError::Denied { place, action, .. } => said(Code::RegistryDenied, Cure::FixThenRunAgain)
                .help(format!("give the account that is used the right to {action} at {place}")),
            StoreError::Immutable { place, tag } if is_list_of_signatures(tag) => {
                said(Code::TagImmutable, Cure::FixThenRunAgain)
                    .fact("tag", format_args!("{place}:{tag}"))
                    .help("under this tag lies what is attached to an image, and everybody who adds something writes it again: let the registry overwrite tags that begin with `sha256-`")
                    .help("a registry that lists referrers by itself needs no such tag for `format = \"bundle\"`")
            }
            StoreError::Immutable { place, tag } => said(Code::TagImmutable, Cure::FixThenRunAgain)
                .fact("tag", format_args!("{place}:{tag}"))
                .help("let the registry overwrite this tag, or take it out of the image's tags"),
            StoreError::TagMoved { .. } => said(Code::Incomplete, Cure::RunAgain),
            StoreError::Busy { retry_after, .. } => {
                let busy = said(Code::RegistryBusy, Cure::RunAgain);
                match retry_after {
                    Some(wait) => busy.help(format!("run again in {} s", wait.as_secs().max(1))),
                    None => busy.help("run again in a few minutes"),
                }
            }
            StoreError::Full { place, .. } => said(Code::RegistryFull, Cure::FixThenRunAgain)
                .help(format!("make room at {place}, or raise its quota")),
            StoreError::NotARegistry { place, .. } => said(Code::NotARegistry, Cure::FixThenRunAgain)
                .help(format!("look at the repository's name in plimsoll.toml: is the registry really at {place}?")),
            StoreError::Rejected { place, action, status, message } => {
                let cure = if self.is_temporary() { Cure::RunAgain } else { Cure::FixThenRunAgain };
                let said = said(Code::RegistryRejected, cure).fact("status", status);
                match action == "push" && message.starts_with("NAME_UNKNOWN") {
                    true => said.help(format!("make {place} first: this registry makes none by itself")),
                    false => said,
                }
            }
            StoreError::ListsGone { place, tag, gone, there } => {
                let listed = said(Code::RegistryRejected, Cure::FixThenRunAgain);
                let listed = gone.iter().fold(listed, |listed, digest| listed.fact("gone", digest));
                // What is attached now is in it as well: it need not be told apart, it is attached again.
                let listed = there.iter().fold(listed, |listed, digest| listed.fact("still there", digest));
                listed
                    .help(format!("delete the tag {place}:{tag}, which only lists what is attached to an image, then run again: the list is made anew with what Plimsoll attaches"))
                    .help("what others attached and is still there they must attach again, to be listed")
            }
            StoreError::Lies { want, found } => said(Code::ContentLies, Cure::FixThenRunAgain)
                .fact("want", want)
                .fact("found", found)
                .help("these bytes were damaged or replaced on their way or where they lie; nothing was made of them"),
            StoreError::Size { digest, want, found } => said(Code::ContentLies, Cure::FixThenRunAgain)
                .fact("content", digest)
                .fact("want", format_args!("{want} bytes"))
                .fact("found", format_args!("{found} bytes")),
            StoreError::TooLarge { size, limit, .. } => said(Code::ImageInvalid, Cure::FixThenRunAgain)
                .fact("size", format_args!("{size} bytes"))
                .fact("limit", format_args!("{limit} bytes")),
            StoreError::TooMany { count, limit, .. } => said(Code::ImageInvalid, Cure::FixThenRunAgain)
                .fact("entries", count)
                .fact("limit", limit)
                .help("somebody has attached more than anybody could mean: delete what is not yours"),
            StoreError::Model(error) => error.explain(asked),
            StoreError::Missing { place, digest } => said(Code::LayoutInvalid, Cure::FixThenRunAgain)
                .fact("missing", digest)
                .fact("in", place)
                .help("something lists this content, but it is not there: make or push it anew, whole"),
            StoreError::Broken { path, .. } => said(Code::LayoutInvalid, Cure::FixThenRunAgain)
                .at(Place::of_file(&path.display().to_string())),
            StoreError::Io { path, .. } => {
                said(Code::FileSystem, Cure::FixThenRunAgain).at(Place::of_file(&path.display().to_string()))
            }
            StoreError::ReadOnly { .. } => said(Code::FileSystem, Cure::FixThenRunAgain),
        }
    }
}

/// Names the secret that is missing or wrong.
/// Whether what is attached to an image lies under a tag: the list of referrers, or cosign's older form of signatures.
fn is_list_of_signatures(tag: &ImageTag) -> bool {
    tag.as_str().starts_with("sha256-")
}

fn unauthorized(place: &str, credential: Option<&str>) -> Diagnostic {
    let host = place.split('/').next().unwrap_or(place);
    let message = match credential {
        Some(_) => format!("{place} refused the credentials"),
        None => format!("{place} wants credentials, and there are none for it"),
    };
    let said = Diagnostic::error(Code::RegistryUnauthorized, Cure::FixThenRunAgain, message)
        .fact("credentials", credential.unwrap_or("none were found"));
    let said = match host {
        "ghcr.io" => said.help(
            "in GitHub Actions: give the job `permissions: { packages: write }` and set GITHUB_TOKEN; elsewhere: \
             `docker login ghcr.io` with a token that may write packages",
        ),
        _ => said.help(format!("run `docker login {host}`")),
    };
    said.help(format!("or name the variables that hold them: [registries.\"{host}\"] username = \"env:…\", password = \"env:…\""))
}
