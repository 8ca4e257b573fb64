//! What every page has around it, and the pieces that several have.

use super::GENERATOR;
use super::markup::Markup;
use crate::output::json::whatis::StandingInfo;

/// The look, in light and dark, on phones and desks.
const STYLE: &str = include_str!("style.css");
/// Nothing is asked of anybody else, whatever a record says. The script makes the buttons that copy; without scripts there are
/// none.
const POLICY: &str = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">";
/// The mark on a ship's side.
const MARK: &str = "<svg class=\"mark\" viewBox=\"0 0 32 32\" aria-hidden=\"true\"><circle cx=\"16\" cy=\"16\" r=\"10\"/><path d=\"M1 16h30\"/></svg>";

/// A whole page. `up` leads from its folder to the site's.
pub(super) fn render(title: &str, site: &str, up: &str, body: impl IntoIterator<Item = Markup>) -> String {
    let home = format!("{up}index.html");
    let name = Markup::element("a", &[("href", &home)], [Markup::own(MARK), Markup::text(site)]);
    let header = Markup::element("header", &[], [name]);
    let main = Markup::element("main", &[], body);
    let footer = Markup::own("<footer>Made by Plimsoll from the ledger of releases.</footer>");
    let script = Markup::own(concat!("<script>\n", include_str!("copy.js"), "</script>"));
    let body = Markup::element("body", &[], [header, main, footer, script]);
    let title = Markup::around("title", &[], title);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n{POLICY}\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n{GENERATOR}\n{}\n<style>\n{STYLE}</style>\n</head>\n{}\n</html>\n",
        title.into_string(),
        body.into_string(),
    )
}

/// That more may have been said of releases than a page knows; nothing where all was heard.
pub(super) fn unheard(places: &[String]) -> Option<Markup> {
    let places = (!places.is_empty()).then(|| places.join(", "))?;
    let text = format!(
        "Not everything that was said of releases is known here: {places} could not be asked when this page was made. A release that looks good may have been yanked; ask again before you use it."
    );
    Some(Markup::around("p", &[("class", "warning")], &text))
}

/// A text that people copy.
pub(super) fn copied(text: &str) -> Markup {
    Markup::around("code", &[("class", "copy")], text)
}

/// A command that people copy.
pub(super) fn command(text: &str) -> Markup {
    Markup::element("pre", &[], [copied(text)])
}

/// Where a release stands, as a word with a colour.
pub(super) fn badge(standing: StandingInfo) -> Markup {
    let word = match standing {
        StandingInfo::HeldBack => "held back",
        // The image tag `latest` may follow promotions, and be elsewhere.
        StandingInfo::Latest => "newest",
        standing => standing.word(),
    };
    Markup::element("span", &[("class", &format!("badge {standing}"))], [Markup::text(word)])
}

/// A day, with the time for whoever points at it.
pub(super) fn day(time: &str) -> Markup {
    let day = time.get(..10).unwrap_or(time);
    Markup::around("time", &[("datetime", time), ("title", time)], day)
}

/// The first digits of a commit; a link where commits have pages.
pub(super) fn commit(source: Option<&str>, commit: &str) -> Markup {
    let short = commit.get(..10).unwrap_or(commit);
    let shown = match source {
        Some(source) => Markup::link(&format!("{source}/commit/{commit}"), short),
        None => Markup::text(short),
    };
    Markup::element("code", &[("title", commit)], [shown])
}
