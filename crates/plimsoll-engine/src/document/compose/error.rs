//! Why a compose file is not read, or not pinned.

use plimsoll_edit::yaml::tree::TreeError;
use plimsoll_oci::name::{Reference, ReferenceError};

use super::TemplateError;
use crate::domain::artifact::ArtifactName;

/// Why a text is not read as a compose file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    /// It is no YAML that can be trusted.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// There is no `services` in it.
    #[error("there are no `services` in it")]
    NoServices,
    /// Services stand at the top, as before version 2 of the format.
    #[error(
        "line {line}: service `{service}` stands outside of `services`, as in the first version of the format"
    )]
    FirstVersion {
        /// The first of them.
        service: String,
        /// Its line, from 1.
        line: usize,
    },
    /// Something is of another shape than the format says.
    #[error("line {line}: `{path}` is not {wanted}")]
    Shape {
        /// Where.
        path: String,
        /// The line, from 1.
        line: usize,
        /// What the format wants there.
        wanted: &'static str,
    },
}

impl ComposeError {
    /// The line that the error is about, from 1, where there is one.
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::Tree(error) => error.line(),
            Self::NoServices => None,
            Self::FirstVersion { line, .. } | Self::Shape { line, .. } => Some(*line),
        }
    }
}

/// Something that could run without a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unpinned {
    /// The service, where it is one.
    pub service: Option<String>,
    /// The line, from 1.
    pub line: usize,
    /// Why it is not pinned.
    pub why: Why,
}

/// Why something is not pinned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// Its image has no digest.
    #[error("`{reference}` has no digest")]
    NoDigest {
        /// The image.
        reference: Reference,
    },
    /// Its digest is what a variable may replace.
    #[error(
        "the digest of `{written}` is a variable's default: whoever sets the variable runs something else"
    )]
    DigestInDefault {
        /// The image as written.
        written: String,
    },
    /// Its image has no digest, and a tag that anything can hide behind.
    #[error("`{written}` is kept, but names no version")]
    NoVersion {
        /// The image as written.
        written: String,
    },
    /// It is built where it runs, and no image is named for it.
    #[error("it is built, and no released image is named for it")]
    BuiltOnly,
    /// It is built where it runs, and its image is none of the release.
    #[error("it is built, and no image of this release goes to `{written}`")]
    NotReleased {
        /// The image as written.
        written: String,
    },
    /// Several images of the release go to its image's repository.
    #[error(
        "`{written}` may be {} of this release: all of them go to that repository, and none alone has that tag",
        list_or(images)
    )]
    OneOfSeveral {
        /// The image as written.
        written: String,
        /// The images.
        images: Vec<ArtifactName>,
    },
    /// It has neither image nor build section.
    #[error("it has neither `image` nor `build`")]
    NoImage,
    /// It takes over what another file says of a service.
    #[error("it takes over service `{service}` of `{file}`")]
    ExtendsFile {
        /// The other file.
        file: String,
        /// The service there.
        service: String,
    },
    /// It extends a service that is not there, or itself.
    #[error("it extends `{service}`, which leads nowhere")]
    ExtendsNothing {
        /// The service.
        service: String,
    },
    /// It extends a service that is left alone, and is not left alone itself.
    #[error("its image comes from service `{service}`, which is left alone")]
    ExtendsLeft {
        /// The service.
        service: String,
    },
    /// Another file brings services in.
    #[error("`include` brings in the services of `{file}`")]
    Include {
        /// The other file.
        file: String,
    },
    /// Its image is no text.
    #[error("its `image` is not a text")]
    NotText,
    /// Its image is written in a form that is not edited.
    #[error("its `image` is written with {form}, which is not edited in place")]
    Form {
        /// The form.
        form: &'static str,
    },
    /// Its image uses variables in a way that says nothing.
    #[error("`{written}`: {error}")]
    Template {
        /// The image as written.
        written: String,
        /// What is wrong.
        error: TemplateError,
    },
    /// Its image hangs on variables without defaults.
    #[error("`{written}` hangs on {}, which {} no default", list(variables), if variables.len() == 1 { "has" } else { "have" })]
    NoDefault {
        /// The image as written.
        written: String,
        /// The variables.
        variables: Vec<String>,
    },
    /// Its image can't be an image.
    #[error("`{text}` is no image: {error}")]
    NotAReference {
        /// The image, with defaults for variables.
        text: String,
        /// What is wrong.
        error: ReferenceError,
    },
    /// Its image is an anchor that something else uses as well.
    #[error("its image is the anchor of line {line}, which is used for something else as well")]
    Shared {
        /// The line of the anchor, from 1.
        line: usize,
    },
    /// It shares its image's text with another service that wants another image.
    #[error("it shares its `image` or `build` with `{with}`, for which something else is wanted")]
    Disagrees {
        /// The other service.
        with: String,
    },
    /// It has a `build` section in a form that is not taken out.
    #[error("its `build` is written on a line with other keys, and is not taken out there")]
    BuildInline,
    /// It mounts another image.
    #[error("it mounts the image `{image}` as a volume")]
    ImageVolume {
        /// The image as written.
        image: String,
    },
    /// A container runs before it.
    #[error("its `pre_start` runs the image `{image}`")]
    PreStart {
        /// The image as written.
        image: String,
    },
    /// A model is taken from a registry.
    #[error("model `{name}` is taken from a registry: `{image}`")]
    Model {
        /// The model's name.
        name: String,
        /// Where it comes from, as written.
        image: String,
    },
    /// A registry does not have it.
    #[error("`{reference}` is not there")]
    NotThere {
        /// The image.
        reference: Reference,
    },
    /// A registry did not say what it is.
    #[error("`{reference}` can't be resolved: {why}")]
    Unresolved {
        /// The image.
        reference: Box<Reference>,
        /// What happened.
        why: String,
    },
}

fn list_or(names: &[ArtifactName]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ")
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ")
}

/// Why a file is not pinned or unpinned. No text is made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PinError {
    /// Something could run without a digest.
    #[error("{} could run without a digest", count(.0.len()))]
    Unpinned(Vec<Unpinned>),
    /// Something else would have changed. This is a bug.
    #[error("pinning would change something else as well")]
    NotProven,
}

fn count(number: usize) -> String {
    match number {
        1 => "one thing".to_owned(),
        _ => format!("{number} things"),
    }
}
