//! What `sign` did.

use plimsoll_engine::check::Findings;
use plimsoll_engine::domain::attestation::AttachedForm;
use plimsoll_oci::name::Digest;
use plimsoll_sigstore::artifact::Artifact;
use serde::Serialize;

use super::problem::Problem;

/// `plimsoll.signed/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SignedInfo {
    /// The schema's name.
    pub schema: &'static str,
    /// What was signed, as it was named.
    pub artifact: String,
    /// Its digest.
    pub digest: String,
    /// Where the bundle is: a file, or a manifest in a repository; the first of `signatures`.
    pub bundle: String,
    /// Who signed: the digest of a public key, or an identity.
    pub signer: String,
    /// `signed`, or `already-signed` by the same.
    pub outcome: &'static str,
    /// Each form in which an image is signed; empty for a file.
    pub signatures: Vec<AttachedInfo>,
    /// The images for platforms that are signed by themselves; empty where that was not asked for.
    pub platforms: Vec<SignedPlatform>,
}

/// The image for a platform, signed by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SignedPlatform {
    /// The platform, as its index names it.
    pub platform: Option<String>,
    /// Its digest.
    pub digest: String,
    /// Each form in which it is signed.
    pub signatures: Vec<AttachedInfo>,
}

/// An image's signature in one form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AttachedInfo {
    /// `bundle`, or `legacy`.
    pub form: String,
    /// The manifest that attaches it.
    pub manifest: String,
    /// `signed`, or `already-signed` by the same.
    pub outcome: &'static str,
}

impl AttachedInfo {
    /// A signature that is attached by a manifest.
    pub fn of(form: AttachedForm, manifest: &Digest, done: Done) -> AttachedInfo {
        AttachedInfo { form: form.to_string(), manifest: manifest.to_string(), outcome: done.word() }
    }

    /// Brings them into the order in which forms are asked for: bundles before the older one.
    pub fn sort(all: &mut [AttachedInfo]) {
        let place = |one: &AttachedInfo| one.form != AttachedForm::Bundle.to_string();
        all.sort_by_key(place);
    }

    /// Whether this command has attached it.
    pub fn is_new(&self) -> bool {
        self.outcome == Done::Now.word()
    }
}

impl SignedInfo {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.signed/v1";

    /// A file that was signed.
    pub fn of_file(name: &str, artifact: &Artifact, bundle: &str, signer: String) -> SignedInfo {
        SignedInfo {
            schema: SignedInfo::SCHEMA,
            artifact: name.to_owned(),
            digest: artifact.name().map(ToString::to_string).unwrap_or_default(),
            bundle: bundle.to_owned(),
            signer,
            outcome: Done::Now.word(),
            signatures: Vec::new(),
            platforms: Vec::new(),
        }
    }

    /// An image that is signed now, in each of these forms.
    pub fn of_image(
        name: &str,
        digest: &Digest,
        signatures: Vec<AttachedInfo>,
        signer: String,
    ) -> SignedInfo {
        SignedInfo::of_parts(name, digest, signatures, Vec::new(), signer)
    }

    /// An image that is signed now, with the images for its platforms.
    fn of_parts(
        name: &str,
        digest: &Digest,
        signatures: Vec<AttachedInfo>,
        platforms: Vec<SignedPlatform>,
        signer: String,
    ) -> SignedInfo {
        let of_platforms = platforms.iter().flat_map(|platform| &platform.signatures);
        let any_now = signatures.iter().chain(of_platforms).any(AttachedInfo::is_new);
        SignedInfo {
            schema: SignedInfo::SCHEMA,
            artifact: name.to_owned(),
            digest: digest.to_string(),
            bundle: signatures.first().map(|first| first.manifest.clone()).unwrap_or_default(),
            signer,
            outcome: if any_now { Done::Now } else { Done::Before }.word(),
            signatures,
            platforms,
        }
    }
}

/// When an image was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// By this command.
    Now,
    /// Before, by the same signer.
    Before,
}

impl Done {
    fn word(self) -> &'static str {
        match self {
            Done::Now => "signed",
            Done::Before => "already-signed",
        }
    }
}

/// `plimsoll.signed-images/v1`: several images that one command signed, or some of several things that it should have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SignedImages {
    /// The schema's name.
    pub schema: &'static str,
    /// Who signed: the digest of a public key, or an identity.
    pub signer: String,
    /// What `plimsoll.signed/v1` says of each that is signed, in the order in which they were named.
    pub images: Vec<SignedInfo>,
    /// Those that are not, or not in all that was asked for.
    pub unsigned: Vec<UnsignedInfo>,
}

/// An image that is not signed as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnsignedInfo {
    /// The image, as it was named.
    pub artifact: String,
    /// Its digest; null where that is not known.
    pub digest: Option<String>,
    /// The forms in which it is signed all the same.
    pub signatures: Vec<AttachedInfo>,
    /// The images for platforms, with the forms in which they are signed.
    pub platforms: Vec<SignedPlatform>,
    /// Why it is in no further one.
    pub problems: Vec<Problem>,
}

/// What came of signing one image.
#[derive(Clone, Debug)]
pub struct ImageSigning {
    /// The image, as it was named.
    pub artifact: String,
    /// Its digest, if it was found.
    pub digest: Option<Digest>,
    /// The forms in which it is signed.
    pub signatures: Vec<AttachedInfo>,
    /// The same of its images for platforms.
    pub platforms: Vec<SignedPlatform>,
    /// Why it is in no further one.
    pub problems: Findings,
}

impl ImageSigning {
    /// One that was not found.
    pub fn unseen(name: &str, problems: &Findings) -> ImageSigning {
        let (artifact, problems) = (name.to_owned(), problems.clone());
        ImageSigning { artifact, digest: None, signatures: Vec::new(), platforms: Vec::new(), problems }
    }
}

impl SignedImages {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.signed-images/v1";

    /// None yet, by somebody.
    pub fn by(signer: &str) -> SignedImages {
        let signer = signer.to_owned();
        SignedImages { schema: SignedImages::SCHEMA, signer, images: Vec::new(), unsigned: Vec::new() }
    }

    /// Adds what came of one image.
    pub fn add(&mut self, image: ImageSigning) {
        let ImageSigning { artifact, digest, signatures, platforms, problems } = image;
        match (digest, problems.is_empty()) {
            (Some(digest), true) => {
                let signer = self.signer.clone();
                self.images.push(SignedInfo::of_parts(&artifact, &digest, signatures, platforms, signer));
            }
            (digest, _) => self.unsigned.push(UnsignedInfo {
                artifact,
                digest: digest.map(|digest| digest.to_string()),
                signatures,
                platforms,
                problems: problems.all().iter().map(Problem::from).collect(),
            }),
        }
    }
}
