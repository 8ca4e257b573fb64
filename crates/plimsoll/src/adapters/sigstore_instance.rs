//! The Sigstore instance that is asked where no files say whom to trust and which services there are: the public-good one, or that
//! whose TUF repository is named.

use std::path::{Path, PathBuf};

use plimsoll_http::{Transport, Url};
use plimsoll_sigstore::trust::Instance;

use super::files::read_bounded;
use crate::variables::Variables;

/// The variable with the address of another instance's TUF repository.
const REPOSITORY: &str = "PLIMSOLL_TUF_REPOSITORY";
/// The variable with the file of that repository's root metadata.
const ROOT: &str = "PLIMSOLL_TUF_ROOT";
/// The largest root metadata that is read, in bytes.
const ROOT_LIMIT: u64 = 4 * 1024 * 1024;
/// Where what was verified is kept, below the user's folder for such things.
const FOLDER: &str = "plimsoll/sigstore";

/// Why it is not known which instance is meant.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InstanceUnknown {
    /// One of the variables is set alone.
    #[error("{REPOSITORY} and {ROOT} name another instance together, and one of them is not set")]
    Half,
    /// The address is none.
    #[error("`{0}` in {REPOSITORY} is no address")]
    Address(String),
    /// The file can't be read.
    #[error("{path}, which {ROOT} names, can't be read: {why}")]
    Root {
        /// The file.
        path: String,
        /// Why not.
        why: String,
    },
}

/// The instance. A file that a variable names is looked for from `folder`.
///
/// # Errors
/// [`InstanceUnknown`].
pub(crate) fn find_instance(
    folder: &Path,
    variables: &Variables,
    transport: Transport,
) -> Result<Instance, InstanceUnknown> {
    let cache = cache_folder(variables).map(|folder| folder.join(FOLDER));
    match (variables.text(REPOSITORY), variables.text(ROOT)) {
        (None, None) => {
            let public_good = cache.map(|cache| cache.join("public-good"));
            Ok(Instance::public_good(public_good, transport))
        }
        (Some(address), Some(path)) => {
            let url: Url = address.parse().map_err(|_| InstanceUnknown::Address(address.to_owned()))?;
            let unreadable = |why: String| InstanceUnknown::Root { path: path.to_owned(), why };
            let root = read_bounded(&folder.join(path), ROOT_LIMIT);
            let root = root.map_err(|why| unreadable(why.to_string()))?;
            let root = root.ok_or_else(|| unreadable("there is no such file".to_owned()))?;
            let name: String = address
                .chars()
                .map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '_' })
                .collect();
            Ok(Instance { url, root, cache: cache.map(|cache| cache.join(name)), transport })
        }
        _ => Err(InstanceUnknown::Half),
    }
}

/// The user's folder for what can be had again (XDG Base Directory Specification).
fn cache_folder(variables: &Variables) -> Option<PathBuf> {
    let absolute = |name: &str| variables.get(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")))
}
