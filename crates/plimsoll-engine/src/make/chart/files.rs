//! The files of a chart's folder in the commit.

use plimsoll_helm::chart::ChartFile;
use plimsoll_helm::ignore::{FILE, Rules};
use plimsoll_helm::{CHART_LIMIT, FILES_LIMIT};

use super::fault::ChartFault;
use crate::world::tree::{FileStanding, Tree, read_bytes};

/// The files of a chart's folder, with paths relative to it. What its `.helmignore` leaves out is only read if it is `wanted`.
pub(super) async fn read_files(
    tree: &dyn Tree,
    folder: &str,
    wanted: impl Fn(&str) -> bool,
) -> Result<(Vec<ChartFile>, FileStanding), ChartFault> {
    let too_large = || ChartFault::TooLarge { path: folder.to_owned() };
    let found = tree.open_chart(folder).await?;
    let found = found.ok_or_else(|| ChartFault::Missing { path: folder.to_owned() })?;
    let below = |path: &str| match folder {
        "." => path.to_owned(),
        folder => path.strip_prefix(folder).unwrap_or(path).trim_start_matches('/').to_owned(),
    };
    let mut found: Vec<_> = found.into_iter().map(|file| (below(&file.path), file)).collect();
    let mut files = Vec::new();
    let mut rules = Rules::none();
    if let Some(at) = found.iter().position(|(path, _)| path == FILE) {
        let (path, file) = found.remove(at);
        let bytes = read_bytes(file, plimsoll_helm::FILE_LIMIT).await?;
        // Rules that can't be read are told where the chart is packaged.
        let parsed = std::str::from_utf8(&bytes).ok().and_then(|text| Rules::parse(text).ok());
        rules = parsed.unwrap_or(rules);
        files.push(ChartFile { path, bytes });
    }
    found.retain(|(path, _)| wanted(path) || !rules.ignores_below(path));
    if found.len() >= FILES_LIMIT || found.iter().map(|(_, file)| file.size).sum::<u64>() > CHART_LIMIT {
        return Err(too_large());
    }
    let mut standing = FileStanding::Tracked;
    for (path, file) in found {
        if file.standing == FileStanding::Untracked {
            standing = FileStanding::Untracked;
        }
        files.push(ChartFile { path, bytes: read_bytes(file, plimsoll_helm::FILE_LIMIT).await? });
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok((files, standing))
}
