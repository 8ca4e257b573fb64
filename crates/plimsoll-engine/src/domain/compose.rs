//! What a project says of its compose file.

use std::collections::BTreeMap;

use plimsoll_oci::name::Reference;

use super::artifact::ArtifactName;

/// The compose file that is released with pinned images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComposeSettings {
    /// Its path, relative to the repository's root.
    pub file: String,
    /// The folder that the pinned file goes to, relative to the repository's root.
    pub folder: String,
    /// What services run: by service, or by image as the file writes it.
    pub services: BTreeMap<String, Runs>,
    /// What becomes of images that are not released here.
    pub third_party: ThirdParty,
    /// Services that are left alone.
    pub leave: Vec<String>,
    /// What becomes of the `build` sections of services that are pinned.
    pub builds: Builds,
    /// What becomes of relative paths.
    pub paths: Paths,
}

/// What a service runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Runs {
    /// An image of the project.
    Image(ArtifactName),
    /// Any image; without a digest it is looked up.
    Reference(Box<Reference>),
}

/// What becomes of images that are not named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ThirdParty {
    /// They are looked up and pinned.
    #[default]
    Resolve,
    /// They stay as they are written, as long as they name a version.
    Keep,
}

/// What becomes of the `build` sections of services that are pinned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Builds {
    /// They are taken out: what was released is not built again.
    #[default]
    Drop,
    /// They stay.
    Keep,
}

/// What becomes of relative paths when the file moves to another folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Paths {
    /// They stay as they are written.
    #[default]
    Keep,
    /// They are rewritten to lead where they led.
    Rebase,
}
