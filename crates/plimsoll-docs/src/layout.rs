//! What every page has around it.

use crate::contents::{CONTENTS, Page, pages};
use crate::links::relative;
use crate::markdown::{Rendered, escape};

/// The look, in light and dark, on phones and desks.
pub const STYLE: &str = include_str!("style.css");
/// Where the look lies on the site.
pub const STYLE_PLACE: &str = "style.css";
/// The repository, for what is no page.
pub const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");

/// The mark on a ship's side.
const MARK: &str = "<svg class=\"mark\" viewBox=\"0 0 32 32\" aria-hidden=\"true\"><circle cx=\"16\" cy=\"16\" r=\"10\"/><path d=\"M1 16h30\"/></svg>";
/// Nothing is run, and nothing is asked of anybody else.
const POLICY: &str = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'\">";

/// A whole page.
pub fn render(page: &Page, rendered: &Rendered) -> String {
    let home = relative(page.place, "index.html");
    let title = match page.place {
        "index.html" => "Plimsoll".to_owned(),
        _ => format!("{} – Plimsoll", rendered.title),
    };
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n{POLICY}\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{}</title>\n\
         <link rel=\"stylesheet\" href=\"{}\">\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the text</a>\n<header>\
         <a class=\"home\" href=\"{home}\">{MARK}Plimsoll</a> <a class=\"to-contents\" href=\"#contents\">Contents</a></header>\n\
         <main id=\"main\">\n{}{}</main>\n{}</body>\n</html>\n",
        escape(&title),
        relative(page.place, STYLE_PLACE),
        rendered.html,
        neighbours(page),
        contents(page),
    )
}

/// The page before and the one after.
fn neighbours(page: &Page) -> String {
    let all: Vec<&Page> = pages().collect();
    let Some(at) = all.iter().position(|other| *other == page) else { return String::new() };
    let link = |other: Option<&&Page>, relation: &str, label: &str| {
        other.map_or_else(String::new, |other| {
            let to = relative(page.place, other.place);
            format!("<a rel=\"{relation}\" href=\"{to}\"><small>{label}</small> {}</a>", escape(other.name))
        })
    };
    let before = link(at.checked_sub(1).and_then(|before| all.get(before)), "prev", "Before");
    let after = link(all.get(at + 1), "next", "Next");
    format!("<nav class=\"neighbours\" aria-label=\"Neighbours\">{before}{after}</nav>\n")
}

/// The contents of the site, with the page itself marked.
fn contents(page: &Page) -> String {
    let mut html = String::from("<nav id=\"contents\" aria-label=\"Contents\">\n");
    for part in CONTENTS {
        html.push_str(&format!("<h2>{}</h2>\n<ul>\n", escape(part.name)));
        for other in part.pages {
            let here = if other == page { " aria-current=\"page\"" } else { "" };
            let to = relative(page.place, other.place);
            html.push_str(&format!("<li><a href=\"{to}\"{here}>{}</a></li>\n", escape(other.name)));
        }
        html.push_str("</ul>\n");
    }
    html.push_str("</nav>\n");
    html
}
