//! The files that an assembled image takes in, for one platform.

use std::collections::BTreeMap;

use plimsoll_oci::model::Platform;

use super::MakeError;
use crate::domain::event::Event;
use crate::domain::project::{Assemble, AssembledFile, Image, Input};
use crate::world::Eyes;
use crate::world::tree::{FileStanding, TreeFile};
use crate::world::workshop::LayerFile;

/// Opens every file that `recipe` names for `platform`, each with its place in the image.
pub(super) async fn collect(
    eyes: Eyes<'_>,
    image: &Image,
    recipe: &Assemble,
    platform: &Platform,
) -> Result<Vec<LayerFile>, MakeError> {
    let mut files: BTreeMap<String, LayerFile> = BTreeMap::new();
    for entry in &recipe.files {
        for (to, file) in open(eyes, image, entry, platform).await? {
            let mode = entry.mode.unwrap_or(if file.executable { 0o755 } else { 0o644 });
            let second = file.path.clone();
            if let Some(other) = files.insert(to.clone(), LayerFile { to: to.clone(), mode, file }) {
                let (image, first) = (image.name.clone(), other.file.path);
                return Err(MakeError::SamePlace { image, first, second, to });
            }
        }
    }
    Ok(files.into_values().collect())
}

/// What one entry names, with where each file goes.
async fn open(
    eyes: Eyes<'_>,
    image: &Image,
    entry: &AssembledFile,
    platform: &Platform,
) -> Result<Vec<(String, TreeFile)>, MakeError> {
    let path = for_platform(&entry.from, platform);
    let (image_name, platform) = (image.name.clone(), platform.clone());
    match entry.input {
        Input::File => match eyes.tree().open(&path).await? {
            Some(file) => {
                if file.standing == FileStanding::Untracked {
                    tell_untracked(eyes, image, &path);
                }
                Ok(vec![(entry.to.clone(), file)])
            }
            None => Err(MakeError::FileMissing { image: image_name, path, platform }),
        },
        Input::Directory => {
            let shown = format!("{path}/");
            let Some(found) = eyes.tree().open_below(&path).await? else {
                return Err(MakeError::FileMissing { image: image_name, path: shown, platform });
            };
            if found.is_empty() {
                return Err(MakeError::NothingBelow { image: image_name, path: shown, platform });
            }
            if found.iter().any(|file| file.standing == FileStanding::Untracked) {
                tell_untracked(eyes, image, &shown);
            }
            let into = entry.to.trim_end_matches('/');
            let place = |file: &TreeFile| {
                let below = file.path.strip_prefix(&shown).unwrap_or(&file.path);
                format!("{into}/{below}")
            };
            Ok(found.into_iter().map(|file| (place(&file), file)).collect())
        }
    }
}

/// The paths that `recipe` takes files from for `platform`.
pub(super) fn sources(recipe: &Assemble, platform: &Platform) -> Vec<String> {
    recipe.files.iter().map(|entry| for_platform(&entry.from, platform)).collect()
}

fn tell_untracked(eyes: Eyes<'_>, image: &Image, path: &str) {
    eyes.tell(Event::Remark(format!("image {} takes `{path}`, which is not in the commit", image.name)));
}

/// The path of a file for a platform, with what its placeholders stand for.
pub(super) fn for_platform(template: &str, platform: &Platform) -> String {
    template
        .replace("{os}", &platform.os)
        .replace("{arch}", &platform.architecture)
        .replace("{variant}", platform.variant.as_deref().unwrap_or_default())
}
