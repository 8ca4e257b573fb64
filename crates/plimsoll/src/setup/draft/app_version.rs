//! What a chart installs whose images nothing here releases.

use super::charts::{Around, name_of, names_of};
use super::render::quoted;
use crate::setup::from_workflows::SaidVersion;
use crate::setup::holdings::FoundChart;

/// The line that says it, as steps do; nothing where they leave it to Chart.yaml.
pub(super) fn render(chart: &FoundChart, around: Around<'_>, left: &mut Vec<String>) -> String {
    let pushes = around.carried.charts.as_ref();
    let said = pushes.and_then(|pushes| pushes.app_version(&names_of(chart), around.charts));
    let tag = format!("{}{{version}}", around.git_tags.begin());
    match said {
        None => String::new(),
        Some(SaidVersion::Tag) => format!("app-version = {}\n", quoted(&tag)),
        Some(SaidVersion::Follows(text)) => format!("app-version = {}\n", quoted(&text)),
        Some(SaidVersion::Unread(words)) => {
            left.push(format!(
                "chart {}: what it installs: a step says `{words}`, which is not read, and no image is released here: its appVersion stays {}, unless `app-version` says it",
                name_of(chart),
                chart.app_version.as_deref().unwrap_or("as Chart.yaml says")
            ));
            format!("# app-version = {}\n", quoted(&tag))
        }
    }
}
