//! The page of one release: what it is, how to get it, what is new in it.

use super::about::{ArtifactKind, Changed, Changes, SiteRelease};
use super::markup::Markup;
use super::page::{badge, command, commit, copied, day, unheard};
use super::{Site, page};
use crate::output::json::images::ReleasedImage;
use crate::output::json::release::{SaidInfo, StateInfo};
use crate::output::json::whatis::StandingInfo;
use crate::output::shell::quote;

/// Renders the page. `names` are the files of all releases.
pub(super) fn render(site: &Site, release: &SiteRelease, names: &[String]) -> String {
    let info = &release.info;
    let title = [Markup::text(&info.tag), badge(release.standing)];
    let mut body = vec![Markup::element("h1", &[], title)];
    body.extend(unheard(&site.unheard));
    body.extend(warnings(site, release, names));
    body.push(facts(site, release));
    body.extend(info.images.iter().flat_map(image));
    for chart in &release.charts {
        body.push(Markup::around("h2", &[], &format!("Chart {} {}", chart.name, chart.version)));
        body.push(command(&chart.pull));
        body.push(Markup::element("p", &[], [copied(&chart.digest)]));
    }
    body.extend(deployment(release));
    body.push(Markup::around("h2", &[], "Verify"));
    body.push(command(&format!("plimsoll verify {}", quote(&info.tag))));
    body.extend(release.changes.iter().flat_map(|changes| changed(site, changes, names)));
    page::render(&format!("{} {}", site.name, info.tag), &site.name, "../", body)
}

/// Where a release of that tag has its page, seen from another's.
fn place<'a>(site: &Site, names: &'a [String], fits: impl Fn(&SiteRelease) -> bool) -> Option<&'a String> {
    site.releases.iter().position(fits).and_then(|place| names.get(place))
}

/// What whoever uses it must know first.
fn warnings(site: &Site, release: &SiteRelease, names: &[String]) -> Vec<Markup> {
    let mut told = Vec::new();
    for said in &release.info.said {
        match said {
            SaidInfo::Yank { reason } => told.push(format!("Do not use it: {reason}")),
            SaidInfo::Hold { to } => told.push(format!("A rollback to {to} passes it over.")),
            SaidInfo::Promotion { .. } => {}
        }
    }
    if release.standing == StandingInfo::Unpublished {
        told.push(format!("It is not published: its state is “{}”.", release.info.state));
    }
    let mut warnings: Vec<Markup> =
        told.iter().map(|text| Markup::around("p", &[("class", "warning")], text)).collect();
    if let Some(by) = &release.replaced_by {
        let page = place(site, names, |other| other.info.version == *by || other.info.tag == *by);
        let name = match page {
            Some(page) => Markup::link(page, by),
            None => Markup::text(by),
        };
        warnings.push(Markup::element("p", &[], [Markup::text("Replaced by "), name, Markup::text(".")]));
    }
    warnings
}

fn facts(site: &Site, release: &SiteRelease) -> Markup {
    let info = &release.info;
    let mut rows = vec![
        ("version", Markup::text(&info.version)),
        ("released", day(&info.released)),
        ("commit", commit(site.source.as_deref(), &info.commit)),
        ("state", Markup::text(&state(release))),
        ("record", copied(&info.record)),
    ];
    for said in &info.said {
        if let SaidInfo::Promotion { tag } = said {
            rows.push(("promoted by", Markup::text(tag)));
        }
    }
    if info.adopted {
        rows.push(("made by", Markup::text("another tool; its record was written later")));
    }
    let rows = rows
        .into_iter()
        .flat_map(|(name, value)| [Markup::around("dt", &[], name), Markup::element("dd", &[], [value])]);
    Markup::element("dl", &[], rows)
}

/// How far it came, and what became of it since.
fn state(release: &SiteRelease) -> String {
    let word = release.info.state.word();
    match (release.info.state, release.standing) {
        (StateInfo::Published | StateInfo::Recorded, StandingInfo::Yanked) => {
            format!("{word}, and yanked since")
        }
        (StateInfo::Published | StateInfo::Recorded, StandingInfo::HeldBack) => {
            format!("{word}, and passed over by a rollback since")
        }
        _ => word.to_owned(),
    }
}

fn image(image: &ReleasedImage) -> Vec<Markup> {
    let pull = format!("docker pull {}:{}@{}", image.repository, image.primary_tag, image.digest);
    let platforms = image.platforms.iter().map(|(platform, digest)| {
        let cells = [Markup::around("td", &[], platform), Markup::element("td", &[], [copied(digest)])];
        Markup::element("tr", &[], cells)
    });
    let head = Markup::own("<thead><tr><th>platform</th><th>digest</th></tr></thead>");
    let table = Markup::element("table", &[], [head, Markup::element("tbody", &[], platforms)]);
    let tags = image.own_tags().map(|tag| Markup::around("code", &[("class", "tag")], tag));
    let elsewhere = image.elsewhere.iter().map(|tag| {
        let moved = [Markup::around("code", &[], tag), Markup::text(" is at another release now.")];
        Markup::element("p", &[("class", "aside")], moved)
    });
    let mirrors = image.mirrors.iter().map(|mirror| {
        let same = format!("The same bytes are at {}.", mirror.repository);
        Markup::around("p", &[], &same)
    });
    [
        Markup::around("h2", &[], &format!("Image {}", image.name)),
        command(&pull),
        Markup::element("p", &[("class", "tags")], tags),
    ]
    .into_iter()
    .chain(elsewhere)
    .chain([Markup::element("div", &[("class", "wide")], [table])])
    .chain(mirrors)
    .collect()
}

fn deployment(release: &SiteRelease) -> Vec<Markup> {
    if release.files.is_empty() {
        return Vec::new();
    }
    let file = |file: &super::SiteFile| {
        let hash = file.hash.iter().map(|hash| copied(hash));
        let name = Markup::around("code", &[], &file.name);
        Markup::element("li", &[], [name, Markup::text(" ")].into_iter().chain(hash))
    };
    vec![
        Markup::around("h2", &[], "Deploy"),
        command(&format!("plimsoll deploy {}", quote(&release.info.tag))),
        Markup::element("ul", &[("class", "files")], release.files.iter().map(file)),
    ]
}

fn changed(site: &Site, changes: &Changes, names: &[String]) -> Vec<Markup> {
    let since = match place(site, names, |other| other.info.tag == changes.since) {
        Some(page) => Markup::link(page, &changes.since),
        None => Markup::text(&changes.since),
    };
    let artifacts = changes.artifacts.iter().map(|(kind, name, changed)| {
        let word = match changed {
            Changed::Added => "is new",
            Changed::Removed => "is no longer there",
            Changed::Changed => "has other content",
            Changed::Same => "is the same, byte for byte",
        };
        let kind = match kind {
            ArtifactKind::Image => "image",
            ArtifactKind::Chart => "chart",
        };
        Markup::around("li", &[], &format!("{kind} {name} {word}"))
    });
    let files = changes.files.iter().map(|name| Markup::around("li", &[], &format!("the {name} differs")));
    let mut parts = vec![
        Markup::element("h2", &[], [Markup::text("New since "), since]),
        Markup::element("ul", &[], artifacts.chain(files)),
    ];
    if let Some(commits) = changes.commits.as_ref().filter(|commits| !commits.is_empty()) {
        let line = |one: &super::NewCommit| {
            let name = commit(site.source.as_deref(), &one.commit);
            Markup::element("li", &[], [name, Markup::text(&format!(" {}", one.subject))])
        };
        parts.push(Markup::element("ul", &[("class", "commits")], commits.iter().map(line)));
    }
    parts
}
