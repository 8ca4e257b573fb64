//! The page that lists releases.

use std::collections::BTreeSet;

use super::about::{SiteChart, SiteRelease};
use super::markup::Markup;
use super::page::{badge, command, commit, day, unheard};
use super::{FOLDER, Site, page};
use crate::output::json::releases::ChartReleases;

/// Renders the page. `names` are the files of the releases.
pub(super) fn render(site: &Site, names: &[String]) -> String {
    let mut body = vec![Markup::around("h1", &[], "Releases")];
    body.extend(unheard(&site.unheard));
    let shown = site.releases.iter().zip(names);
    let shown =
        shown.filter(|(release, _)| is_newest(site, release) || promoted_tags(release).next().is_some());
    body.extend(shown.map(|(release, name)| card(site, release, name)));
    if site.releases.is_empty() {
        body.push(Markup::around("p", &[], "Nothing was released yet."));
    } else {
        let rows = site.releases.iter().zip(names).map(|(release, name)| row(site, release, name));
        let head = Markup::own(
            "<thead><tr><th>release</th><th>state</th><th>day</th><th>commit</th><th>what is in it</th></tr></thead>",
        );
        let table =
            Markup::element("table", &[("class", "releases")], [head, Markup::element("tbody", &[], rows)]);
        body.push(Markup::around("h2", &[], "All releases"));
        body.push(Markup::element("div", &[("class", "wide")], [table]));
    }
    page::render(&format!("Releases of {}", site.name), &site.name, "", body)
}

/// Whether it is the newest that counts, of the product or of a chart by itself.
fn is_newest(site: &Site, release: &SiteRelease) -> bool {
    let latest = find_alone(site, release).map_or(&site.list.latest, |chart| &chart.latest);
    latest.as_ref() == Some(&release.info.version)
}

/// The chart that it is of, if that was released by itself.
fn find_alone<'a>(site: &'a Site, release: &SiteRelease) -> Option<&'a ChartReleases> {
    site.list.charts.iter().find(|chart| chart.component == release.info.component)
}

/// The tags of it that promotions asked for and that are at no other release.
fn promoted_tags(release: &SiteRelease) -> impl Iterator<Item = &String> {
    release.info.images.iter().flat_map(|image| image.own_promoted_tags())
}

/// Those tags, each once.
fn promoted(release: &SiteRelease) -> impl Iterator<Item = Markup> {
    let tags: BTreeSet<&String> = promoted_tags(release).collect();
    tags.into_iter().map(|tag| Markup::around("code", &[("class", "tag")], tag))
}

/// A release that is the newest or that promotions gave tags to, with what it takes to get it.
fn card(site: &Site, release: &SiteRelease, name: &str) -> Markup {
    let page = format!("{FOLDER}/{name}");
    let title = [Markup::link(&page, &release.info.tag), badge(release.standing)];
    let title = Markup::element("h2", &[], title.into_iter().chain(promoted(release)));
    let pulls = release
        .info
        .images
        .iter()
        .map(|image| command(&format!("docker pull {}:{}", image.repository, image.primary_tag)));
    // A chart that was released by itself since has a card of its own.
    let by_itself = |chart: &SiteChart| {
        let alone = |other: &&SiteRelease| is_newest(site, other) && find_alone(site, other).is_some();
        let mut alone = site.releases.iter().filter(alone).flat_map(|other| &other.charts);
        find_alone(site, release).is_none() && alone.any(|other| other.name == chart.name)
    };
    let charts = release.charts.iter().filter(|chart| !by_itself(chart)).map(|chart| command(&chart.pull));
    let parts = std::iter::once(title).chain(pulls).chain(charts);
    Markup::element("section", &[("class", "card")], parts)
}

fn row(site: &Site, release: &SiteRelease, name: &str) -> Markup {
    let info = &release.info;
    let images = info.images.iter().map(|image| image.name.clone());
    let charts = release.charts.iter().map(|chart| format!("chart {} {}", chart.name, chart.version));
    let content: Vec<String> = images.chain(charts).collect();
    let cell = |inside: Markup| Markup::element("td", &[], [inside]);
    Markup::element(
        "tr",
        &[],
        [
            cell(Markup::link(&format!("{FOLDER}/{name}"), &info.tag)),
            Markup::element("td", &[], std::iter::once(badge(release.standing)).chain(promoted(release))),
            cell(day(&info.released)),
            cell(commit(site.source.as_deref(), &info.commit)),
            cell(Markup::text(&content.join(", "))),
        ],
    )
}
