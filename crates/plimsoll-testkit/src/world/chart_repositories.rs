//! Chart repositories over HTTP: which package is listed as which version.

use std::sync::Arc;

use plimsoll_engine::domain::chart::ListedVersion;
use plimsoll_engine::world::chart_repositories::{
    Beside, ChartRepositories, ChartRepositoriesView, Listing, StandingChart,
};
use plimsoll_engine::world::{Work, WorldError};
use plimsoll_helm::index::Use;
use plimsoll_oci::name::Digest;

use super::act::Act;
use super::caller::Caller;
use super::history::Change;

/// The chart repositories.
pub(super) struct SeaChartRepositories(pub(super) Arc<Caller>);

impl ChartRepositoriesView for SeaChartRepositories {
    fn versions<'a>(&'a self, branch: &'a str, chart: &'a str) -> Work<'a, Vec<String>> {
        Box::pin(async move {
            self.0.turn(Act::ReadFile(branch.to_owned())).await;
            let waters = self.0.waters();
            let listed = waters.listed.keys().filter(|one| one.branch == branch && one.chart == chart);
            Ok(listed.map(|one| one.version.clone()).collect())
        })
    }

    fn find<'a>(&'a self, version: &'a ListedVersion) -> Work<'a, Option<StandingChart>> {
        Box::pin(async move {
            self.0.turn(Act::ReadFile(version.to_string())).await;
            let waters = self.0.waters();
            let beside = waters.beside.get(version).cloned();
            Ok(waters.listed.get(version).map(|package| StandingChart { package: package.clone(), beside }))
        })
    }

    fn is_marked<'a>(&'a self, version: &'a ListedVersion, wanted: Use) -> Work<'a, Option<bool>> {
        Box::pin(async move {
            self.0.turn(Act::ReadFile(version.to_string())).await;
            let waters = self.0.waters();
            let is_yanked = waters.yanked_charts.contains(version);
            Ok(waters.listed.contains_key(version).then_some(is_yanked == (wanted == Use::Yanked)))
        })
    }
}

impl ChartRepositories for SeaChartRepositories {
    fn list<'a>(&'a self, listing: Listing<'a>) -> Work<'a, ()> {
        Box::pin(async move {
            self.0.turn(Act::WriteFile(listing.version.to_string())).await;
            let (mut waters, digest) = (self.0.waters(), Digest::of(listing.package));
            match waters.listed.get(listing.version) {
                Some(found) if *found != digest => return Err(WorldError::Refused),
                // What is gone from beside the index is put back.
                Some(_) if listing.url.is_none() => {
                    waters.beside.insert(listing.version.clone(), beside(listing));
                }
                Some(_) => {}
                None => {
                    if listing.url.is_none() {
                        waters.beside.insert(listing.version.clone(), beside(listing));
                    }
                    waters.listed.insert(listing.version.clone(), digest);
                    waters.note(self.0.author(), Change::Listed(listing.version.clone()));
                }
            }
            Ok(())
        })
    }

    fn mark<'a>(&'a self, version: &'a ListedVersion, wanted: Use) -> Work<'a, ()> {
        Box::pin(async move {
            self.0.turn(Act::WriteFile(version.to_string())).await;
            let mut waters = self.0.waters();
            match wanted {
                Use::Yanked => waters.yanked_charts.insert(version.clone()),
                Use::Open | Use::Undeprecated => waters.yanked_charts.remove(version),
            };
            Ok(())
        })
    }
}

fn beside(listing: Listing<'_>) -> Beside {
    Beside { package: Some(Digest::of(listing.package)), provenance: listing.provenance.map(Digest::of) }
}
