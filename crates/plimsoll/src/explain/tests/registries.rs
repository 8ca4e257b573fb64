//! What is said of registries that refuse, and of images that are not what they should be.

use insta::assert_snapshot;
use plimsoll_engine::check::seal::ImageFault;
use plimsoll_engine::make::MakeError;
use plimsoll_oci::store::StoreError;

use super::{digest, shown};
use crate::explain::Explain;

#[test]
fn registries_and_images() {
    let place = || "ghcr.io/acme/app".to_owned();
    let errors: [&dyn Explain; 9] = [
        &StoreError::Unauthorized { place: place(), credential: None },
        &StoreError::Immutable { place: place(), tag: "latest".parse().unwrap() },
        &StoreError::Immutable { place: place(), tag: "sha256-2a4c.sig".parse().unwrap() },
        &StoreError::TagMoved { place: place(), tag: "latest".parse().unwrap() },
        &StoreError::ListsGone {
            place: place(),
            tag: "sha256-ab".parse().unwrap(),
            gone: vec![digest("gone")],
            there: vec![digest("there")],
        },
        &StoreError::Size { digest: digest("x"), want: 3, found: 2 },
        &StoreError::Rejected { place: place(), action: "push".into(), status: 503, message: "later".into() },
        &ImageFault::NoIndex { found: "application/json".into() },
        &MakeError::BaseLacks { image: "app".parse().unwrap(), platform: "linux/arm64".parse().unwrap() },
    ];
    assert_snapshot!(shown(&errors), @r#"
    error[registry-unauthorized]: ghcr.io/acme/app wants credentials, and there are none for it
     |
     = credentials: none were found
     = help: in GitHub Actions: give the job `permissions: { packages: write }` and set GITHUB_TOKEN; elsewhere: `docker login ghcr.io` with a token that may write packages
     = help: or name the variables that hold them: [registries."ghcr.io"] username = "env:…", password = "env:…"

    error[tag-immutable]: ghcr.io/acme/app does not let tag `latest` be written again
     |
     = tag: ghcr.io/acme/app:latest
     = help: let the registry overwrite this tag, or take it out of the image's tags

    error[tag-immutable]: ghcr.io/acme/app does not let tag `sha256-2a4c.sig` be written again
     |
     = tag: ghcr.io/acme/app:sha256-2a4c.sig
     = help: under this tag lies what is attached to an image, and everybody who adds something writes it again: let the registry overwrite tags that begin with `sha256-`
     = help: a registry that lists referrers by itself needs no such tag for `format = "bundle"`

    error[incomplete]: tag `latest` of ghcr.io/acme/app was moved meanwhile

    error[registry-rejected]: ghcr.io/acme/app:sha256-ab lists something that is not there any more, and the registry refuses to write such a list
     |
     = gone: sha256:283bb9deef02
     = still there: sha256:e244f187f696
     = help: delete the tag ghcr.io/acme/app:sha256-ab, which only lists what is attached to an image, then run again: the list is made anew with what Plimsoll attaches
     = help: what others attached and is still there they must attach again, to be listed

    error[content-lies]: content sha256:2d711642b726 has 2 bytes, not 3
     |
     = content: sha256:2d711642b726
     = want: 3 bytes
     = found: 2 bytes

    error[registry-rejected]: ghcr.io/acme/app answered 503 to push: later
     |
     = status: 503

    error[image-invalid]: the image is `application/json`, not an index
     |
     = found: application/json

    error[platform-missing]: the base of image `app` has no linux/arm64
     |
     = want: linux/arm64
     = help: take a base that has this platform, or take the platform out of the image's `platforms`
    "#);
}
