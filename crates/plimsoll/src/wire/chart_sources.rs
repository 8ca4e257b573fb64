//! Where charts come from that charts need: how their repositories are reached.

use std::sync::Arc;

use plimsoll_engine::world::chart_sources::ChartSources;
use plimsoll_http::secret::Redactor;

use super::{Logins, Registries, read_registries};
use crate::adapters::chart_sources::RemoteChartSources;
use crate::adapters::helm_repositories::Known;
use crate::variables::Variables;

/// Chart repositories of others, with the logins that registries are shown, and those that Helm keeps.
pub fn chart_sources(
    registries: &Registries,
    variables: &Variables,
    redactor: &Redactor,
) -> Arc<dyn ChartSources> {
    let known = match registries.shown() {
        Logins::Known => Known::new(variables, redactor),
        Logins::None => Known::none(redactor),
    };
    let hosts = registries.clone();
    let transport = Box::new(move || hosts.transport());
    Arc::new(RemoteChartSources::new(transport, read_registries(registries), known))
}
