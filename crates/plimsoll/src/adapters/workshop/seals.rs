//! Seals on this machine: `<component>/<version>.json`, with what each was made for.

use std::path::{Path, PathBuf};

use plimsoll_engine::domain::claim::{ClaimName, Seal};
use plimsoll_engine::domain::git::Oid;
use plimsoll_engine::world::WorldError;
use plimsoll_engine::world::workshop::SealKey;
use plimsoll_oci::name::Digest;
use serde::{Deserialize, Serialize};

use crate::adapters::files::{check_name, read_bounded, write_whole};

const FORMAT: u32 = 1;
/// The largest file that is read, in bytes.
const LIMIT: u64 = 16 * 1024 * 1024;

#[derive(Serialize, Deserialize)]
struct Kept {
    format: u32,
    component: String,
    version: String,
    object: Oid,
    config: Digest,
    plan: Digest,
    seal: Seal,
}

impl Kept {
    fn is_for(&self, key: &SealKey) -> bool {
        self.format == FORMAT
            && self.component == key.name.component.as_str()
            && self.version == key.name.version
            && (&self.object, &self.config, &self.plan) == (&key.object, &key.config, &key.plan)
    }
}

/// Where the seal of a version lies.
pub(super) fn path_of(folder: &Path, name: &ClaimName) -> Result<PathBuf, WorldError> {
    let file = format!("{}.json", name.version);
    Ok(folder.join(name.component.as_str()).join(check_name(&file)?))
}

/// Reads the seal that was made for exactly `key`. One that can't be understood is none: things are made anew.
pub(super) fn find(path: &Path, key: &SealKey) -> Result<Option<Seal>, WorldError> {
    let Some(bytes) = read_bounded(path, LIMIT)? else { return Ok(None) };
    let kept: Option<Kept> = serde_json::from_slice(&bytes).ok();
    Ok(kept.filter(|kept| kept.is_for(key)).map(|kept| kept.seal))
}

/// Keeps a seal instead of the one that lay there.
pub(super) fn write(path: &Path, key: &SealKey, seal: &Seal) -> Result<(), WorldError> {
    let kept = Kept {
        format: FORMAT,
        component: key.name.component.to_string(),
        version: key.name.version.clone(),
        object: key.object.clone(),
        config: key.config.clone(),
        plan: key.plan.clone(),
        seal: seal.clone(),
    };
    let bytes =
        serde_json::to_vec_pretty(&kept).expect("a seal of strings and numbers can be written as JSON");
    write_whole(path, &bytes)
}
