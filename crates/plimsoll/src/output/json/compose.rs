//! Compose files that were pinned, unpinned or generated.

use plimsoll_engine::document::compose::ComposeFile;
use serde::Serialize;

/// `plimsoll.compose/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ComposeInfo {
    /// The schema's name.
    pub schema: &'static str,
    /// The file that was read.
    pub file: String,
    /// The file that was written; null where the text is the answer.
    pub output: Option<String>,
    /// Whether the text differs from the one that was read.
    pub changed: bool,
    /// The dstack manifest around it; null where none was written.
    pub app_compose: Option<Manifest>,
    /// The images of its services, as they are now.
    pub images: Vec<ServiceImage>,
    /// What could run without a digest.
    pub unpinned: Vec<String>,
    /// The text.
    pub text: String,
}

/// A dstack manifest that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Manifest {
    /// Its file.
    pub output: String,
    /// The SHA-256 of its bytes, in hexadecimal: what guests measure.
    pub hash: String,
}

/// The image of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServiceImage {
    /// The service.
    pub service: String,
    /// The image as the file writes it.
    pub image: String,
    /// Its digest; null without one, and where a variable may replace it.
    pub digest: Option<String>,
}

impl ComposeInfo {
    /// The schema's name.
    pub const SCHEMA: &'static str = "plimsoll.compose/v1";

    /// Describes what became of a file.
    pub fn of(file: &str, output: Option<String>, was: &str, now: &ComposeFile) -> ComposeInfo {
        let image = |service: &plimsoll_engine::document::compose::Service| {
            let image = now.image_of(&service.name)?;
            let digest = image.reference().ok().and_then(|reference| reference.digest.as_ref());
            let digest = digest.filter(|_| image.is_pinned());
            Some(ServiceImage {
                service: service.name.clone(),
                image: image.written.clone(),
                digest: digest.map(ToString::to_string),
            })
        };
        let unpinned = now.find_unpinned(&[]).into_iter().map(|unpinned| match unpinned.service {
            Some(service) => format!("{service}: {}", unpinned.why),
            None => unpinned.why.to_string(),
        });
        ComposeInfo {
            schema: ComposeInfo::SCHEMA,
            file: file.to_owned(),
            output,
            changed: was != now.text(),
            app_compose: None,
            images: now.services().iter().filter_map(image).collect(),
            unpinned: unpinned.collect(),
            text: now.text().to_owned(),
        }
    }
}
