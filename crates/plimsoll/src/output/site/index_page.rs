//! The page that lists releases.

use super::about::SiteRelease;
use super::markup::Markup;
use super::page::{badge, command, commit, day, unheard};
use super::{FOLDER, Site, page};

/// Renders the page. `names` are the files of the releases.
pub(super) fn render(site: &Site, names: &[String]) -> String {
    let mut body = vec![Markup::around("h1", &[], "Releases")];
    body.extend(unheard(&site.unheard));
    let newest = site.list.latest.as_deref();
    let newest = site.releases.iter().zip(names).find(|(release, _)| Some(&*release.info.version) == newest);
    if let Some((release, name)) = newest {
        body.push(card(release, name));
    }
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

/// The newest release, with what it takes to get it.
fn card(release: &SiteRelease, name: &str) -> Markup {
    let page = format!("{FOLDER}/{name}");
    let title = Markup::element("h2", &[], [Markup::link(&page, &release.info.tag), badge(release.standing)]);
    let pulls = release
        .info
        .images
        .iter()
        .map(|image| command(&format!("docker pull {}:{}", image.repository, image.primary_tag)));
    let charts = release.charts.iter().map(|chart| command(&chart.pull));
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
            cell(badge(release.standing)),
            cell(day(&info.released)),
            cell(commit(site.source.as_deref(), &info.commit)),
            cell(Markup::text(&content.join(", "))),
        ],
    )
}
