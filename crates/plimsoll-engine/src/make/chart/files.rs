//! The files of a chart's folder in the commit.

use plimsoll_helm::chart::ChartFile;
use plimsoll_helm::{CHART_LIMIT, FILES_LIMIT};

use super::fault::ChartFault;
use crate::world::tree::{FileStanding, Tree, read_bytes};

/// The files of a chart's folder, with paths relative to it.
pub(super) async fn read_files(
    tree: &dyn Tree,
    folder: &str,
) -> Result<(Vec<ChartFile>, FileStanding), ChartFault> {
    let too_large = || ChartFault::TooLarge { path: folder.to_owned() };
    let found = tree.open_below(folder).await?;
    let found = found.ok_or_else(|| ChartFault::Missing { path: folder.to_owned() })?;
    if found.len() > FILES_LIMIT || found.iter().map(|file| file.size).sum::<u64>() > CHART_LIMIT {
        return Err(too_large());
    }
    let mut standing = FileStanding::Tracked;
    let mut files = Vec::new();
    for file in found {
        if file.standing == FileStanding::Untracked {
            standing = FileStanding::Untracked;
        }
        let path = file.path.strip_prefix(folder).unwrap_or(&file.path).trim_start_matches('/').to_owned();
        files.push(ChartFile { path, bytes: read_bytes(file, plimsoll_helm::FILE_LIMIT).await? });
    }
    Ok((files, standing))
}
