//! One release as one file: an image layout in a tar, with everything that the release has in registries
//! (`docs/formats/release-archive.md`).
//!
//! | module | does |
//! |---|---|
//! | `allowance` | how much is read of the files in an archive |
//! | `cosign_list` | adds what cosign says of an image to what is said of it there |
//! | `fill` | brings together what belongs to a release |
//! | `moved` | says where a release lies that was taken elsewhere |
//! | `said` | what was said of a release later, as it lies in an archive |
//! | `read` | reads an archive again, and believes nothing that does not fit together |
//! | `unload` | puts what is in one into repositories, and looks at it there |
//! | `vouch` | looks at who has signed it |

mod allowance;
mod cosign_list;
mod fill;
mod moved;
mod read;
mod said;
mod unload;
mod vouch;

use plimsoll_oci::model::MediaType;
use plimsoll_oci::name::{Digest, ImageTag};

pub use cosign_list::ListError;
pub use fill::{FillError, Filled, Luggage, fill};
pub use read::{Parcel, ParcelError};
pub use said::{SaidLater, StrangeMark};
pub use unload::{Checked, Destination, UnloadError, Unloaded, unload};
pub use vouch::{VouchError, Vouched};

/// The artifact type of the files that somebody trusts by.
const TRUST: MediaType = MediaType::literal("application/vnd.plimsoll.trust.v1");
/// The media type of each of them.
const TRUST_FILE: MediaType = MediaType::literal("application/octet-stream");
/// What their artifact is called in the archive.
const TRUST_NAME: &str = "plimsoll-trust";
/// The largest file beside images that is read, in bytes.
pub const FILE_LIMIT: u64 = 64 * 1024 * 1024;
/// What the tags end with under which cosign keeps signatures, attestations and SBOMs of an image where it uses no
/// referrers (cosign 2, `specs/SIGNATURE_SPEC.md`).
const COSIGN_ENDINGS: [&str; 3] = ["sig", "att", "sbom"];
/// How many questions are asked at once.
const AT_ONCE: usize = 16;

/// The tags under which cosign keeps what it says of a manifest.
fn cosign_tags(at: &Digest) -> impl Iterator<Item = ImageTag> {
    let stem = format!("{}-{}", at.algorithm().name(), at.hex());
    COSIGN_ENDINGS.into_iter().filter_map(move |ending| format!("{stem}.{ending}").parse().ok())
}

/// Whether a tag is one of those.
fn is_cosign_tag(tag: &ImageTag) -> bool {
    tag.as_str().rsplit_once('.').is_some_and(|(stem, ending)| {
        COSIGN_ENDINGS.contains(&ending) && stem.replacen('-', ":", 1).parse::<Digest>().is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_cosign_are_told_from_others() {
        let digest = Digest::of(b"x");
        assert_eq!(cosign_tags(&digest).count(), 3);
        assert!(cosign_tags(&digest).all(|tag| is_cosign_tag(&tag)));
        for other in ["1.0.sig", "latest", &format!("sha256-{}", digest.hex())] {
            assert!(!is_cosign_tag(&other.parse().unwrap()), "{other}");
        }
    }
}
