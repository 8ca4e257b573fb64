//! What charts install that are released by themselves, once it was yanked: nothing moves them.

use plimsoll_engine::domain::code::Code;
use plimsoll_engine::domain::diagnostic::Diagnostic;
use plimsoll_engine::ledger::release::Release;
use plimsoll_engine::statement::record::Record;
use plimsoll_oci::name::ImageTag;

use super::ending::Failure;
use super::session::Session;
use super::subject::{Library, Reach, Subject};
use crate::explain::{Asked, Explain as _};

/// What helps those who have such a chart.
const NEXT: &str = "the next one installs the newest release that was not yanked: `plimsoll chart release`";

/// Warns of charts that were released by themselves, are not yanked and install a release. What can't be known of them is
/// told as a warning, too.
pub(super) async fn warn_of_charts(
    session: &Session<'_>,
    library: &Library,
    installed: &Release,
) -> Vec<Diagnostic> {
    let found = find_charts(session, library, installed).await;
    let charts = match found {
        Ok(charts) => charts,
        Err(failure) => return as_warnings(failure),
    };
    let warn = |(chart, tag): (String, String)| {
        let message = format!("chart {chart} installs {}, and stays where it is", installed.tag.name);
        let yank = Asked { verb: "yank", tag: Some(tag), ..library.asked.clone() };
        Diagnostic::warning(Code::PassedOver, message)
            .help(format!("mark it, too: `{} --reason …`", yank.command("yank")))
            .help(NEXT)
    };
    charts.into_iter().map(warn).collect()
}

/// The charts that install a release, newest first: what each is called with its version, and its git tag.
async fn find_charts(
    session: &Session<'_>,
    library: &Library,
    installed: &Release,
) -> Result<Vec<(String, String)>, Failure> {
    let mut found = Vec::new();
    for charts in library.of_charts(session, None, Reach::Everything).await? {
        let mut catalogue = charts.read().await?;
        let said = charts.hear(&mut catalogue).await;
        charts.quiet();
        let said = said?;
        for tag in version_tags(&installed.record) {
            for read in catalogue.records_with(tag) {
                let (entry, record) = read.map_err(|error| Failure::from(error.explain(&charts.asked)))?;
                let is_yanked = said.marks.of(&entry.component).yank_reason(&entry.written).is_some();
                let fitting = app_versions(&record).any(|installs| installs == tag);
                let named = entry.charts.first().map(|(name, version)| format!("{name} {version}"));
                let chart = (named.unwrap_or_default(), entry.tag.0.clone());
                if fitting && !is_yanked && entry.state.is_published() && !found.contains(&chart) {
                    found.push(chart);
                }
            }
        }
    }
    Ok(found)
}

/// Warns where a chart that was released by itself installs a release that was yanked.
pub(super) async fn warn_of_installed(
    session: &Session<'_>,
    library: &Library,
    chart: &Release,
) -> Vec<Diagnostic> {
    let Some(subject) = library.subject.as_ref().filter(|_| chart.record.docker_images.is_empty()) else {
        return Vec::new();
    };
    match find_yanked(session, subject, chart).await {
        Ok(yanked) => yanked,
        Err(failure) => as_warnings(failure),
    }
}

async fn find_yanked(
    session: &Session<'_>,
    subject: &Subject,
    chart: &Release,
) -> Result<Vec<Diagnostic>, Failure> {
    let asked = Asked { tag: None, ..subject.asked.clone() };
    let whole = Subject::of_worktree(session, asked).await?;
    if whole.project().name == subject.project().name {
        return Ok(Vec::new());
    }
    let library = Library::of_subject(session, whole, None, Reach::Everything).await?;
    let mut catalogue = library.read().await?;
    let said = library.hear(&mut catalogue).await;
    library.quiet();
    let said = said?;
    let mut warnings = Vec::new();
    for installs in app_versions(&chart.record) {
        for read in catalogue.records_with(installs) {
            let (entry, record) = read.map_err(|error| Failure::from(error.explain(&library.asked)))?;
            let reason = said.marks.of(&entry.component).yank_reason(&entry.written);
            let Some(reason) = reason.filter(|_| version_tags(&record).any(|tag| tag == installs)) else {
                continue;
            };
            let message = format!(
                "{} installs {}, which was yanked, and must not be used: {reason}",
                chart.tag.name, entry.tag
            );
            warnings.push(Diagnostic::warning(Code::PassedOver, message).help(NEXT));
        }
    }
    Ok(warnings)
}

/// What the charts of a record install: the tag of an image each.
fn app_versions(record: &Record) -> impl Iterator<Item = &str> {
    let charts = record.whole.iter().flat_map(|whole| whole.charts.values());
    charts.map(|chart| chart.app_version.as_str())
}

/// The image tags of a record that are written once.
fn version_tags(record: &Record) -> impl Iterator<Item = &str> {
    record.docker_images.values().flat_map(|image| {
        let tags = image.all_tags.iter().filter(move |tag| !image.moving_tags.contains(tag));
        tags.map(ImageTag::as_str)
    })
}

fn as_warnings(failure: Failure) -> Vec<Diagnostic> {
    failure.problems.into_iter().map(Diagnostic::as_warning).collect()
}
