//! The charts that a chart needs and that are not in its folder: fetched as its lock names them.

use std::sync::Arc;

use bytes::Bytes;
use plimsoll_helm::chart::{Chart as ReadChart, ChartFile};
use plimsoll_helm::dependency::{Source, Wanted, find_wanted};
use plimsoll_helm::ignore::leave_out;
use plimsoll_helm::package::{check_dependencies, package};

use super::fault::ChartFault;
use super::files::read_files;
use crate::world::chart_sources::ChartSources;
use crate::world::tree::Tree;

/// Whether charts are fetched.
#[derive(Clone, Copy)]
pub enum Dependencies<'a> {
    /// They are, from here.
    Fetched(&'a dyn ChartSources),
    /// They are not: what a lock names is taken to be there.
    Assumed,
}

/// Puts the charts that a lock names and that are not there among the files of a chart; gives the names of those that are
/// taken to be there. `folder` is the chart's, `seconds` the time of what is packaged.
pub(super) async fn add_dependencies(
    tree: &dyn Tree,
    from: Dependencies<'_>,
    folder: &str,
    seconds: u64,
    files: &mut Vec<ChartFile>,
) -> Result<Vec<String>, ChartFault> {
    let mut assumed = Vec::new();
    // What is wrong with the chart, or with its lock, is told when it is packaged.
    let Ok(chart) = ReadChart::from_files(files.clone()) else { return Ok(assumed) };
    for wanted in find_wanted(&chart).unwrap_or_default() {
        let bytes = match (&wanted.source, from) {
            (Source::Folder(path), _) => pack_folder(tree, folder, path, &wanted, seconds).await?,
            (_, Dependencies::Fetched(sources)) => {
                sources.fetch(&wanted).await.map_err(|error| ChartFault::NotFetched {
                    path: folder.to_owned(),
                    wanted: Box::new(wanted.clone()),
                    error: Box::new(error),
                })?
            }
            (_, Dependencies::Assumed) => {
                assumed.push(wanted.name);
                continue;
            }
        };
        wanted.check(&bytes).map_err(|error| ChartFault::OtherChart {
            path: folder.to_owned(),
            wanted: Box::new(wanted.clone()),
            error: Arc::new(error),
        })?;
        files.push(ChartFile { path: format!("charts/{}", wanted.file_name()), bytes: bytes.to_vec() });
    }
    Ok(assumed)
}

/// Packages a chart of the same tree. What it needs must be in its own folder.
async fn pack_folder(
    tree: &dyn Tree,
    folder: &str,
    path: &str,
    wanted: &Wanted,
    seconds: u64,
) -> Result<Bytes, ChartFault> {
    let outside = || ChartFault::Missing { path: format!("{folder}/{path}") };
    let there = join(folder, path).ok_or_else(outside)?;
    let explain = |error| ChartFault::Chart { path: there.clone(), error: Arc::new(error) };
    let (files, _) = read_files(tree, &there, |_| false).await?;
    let files = leave_out(files).map_err(|error| ChartFault::Ignore { path: there.clone(), error })?;
    let chart = ReadChart::from_files(files).map_err(explain)?;
    let problems = check_dependencies(&chart);
    // A chart that needs itself, by whatever way, is never in its own folder: no chain has an end that is not.
    if !problems.is_empty() {
        return Err(ChartFault::Dependencies { path: there, problems });
    }
    let (_, bytes) = package(&chart, seconds)
        .map_err(|error| ChartFault::Package { path: wanted.name.clone(), error: Arc::new(error) })?;
    Ok(bytes.into())
}

/// A path from a folder; `None` if it leads out of the repository.
fn join(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    if path.starts_with('/') {
        return None;
    }
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_beside_the_chart_stay_in_the_repository() {
        assert_eq!(join("deploy/app", "../redis").as_deref(), Some("deploy/redis"));
        assert_eq!(join("deploy/app", "./charts/x/").as_deref(), Some("deploy/app/charts/x"));
        assert_eq!(join("app", "../../other"), None);
        assert_eq!(join("app", "/etc"), None);
    }
}
