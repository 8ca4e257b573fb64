//! Where a link of a page leads on the site.

use crate::contents::{Page, find_page};

/// What a link of a page leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Out of the repository: taken as it is.
    Outside(String),
    /// A heading of the page itself.
    Heading(String),
    /// A page of the site.
    Page {
        /// The page.
        page: &'static Page,
        /// The heading, if one is named.
        heading: Option<String>,
    },
    /// A file or folder of the repository that is no page, from its root.
    File(String),
}

/// Reads a link of the page `from`.
pub fn parse_link(from: &Page, link: &str) -> Target {
    if link.contains("://") || link.starts_with("mailto:") {
        return Target::Outside(link.to_owned());
    }
    let (path, heading) = match link.split_once('#') {
        Some((path, heading)) => (path, Some(heading.to_owned())),
        None => (link, None),
    };
    if let ("", Some(heading)) = (path, &heading) {
        return Target::Heading(heading.clone());
    }
    let path = resolve(from.source, path);
    match find_page(&path) {
        Some(page) => Target::Page { page, heading },
        None => Target::File(path),
    }
}

/// A link from one place of the site to another.
pub fn relative(from: &str, to: &str) -> String {
    let mut from: Vec<&str> = from.split('/').collect();
    let mut to: Vec<&str> = to.split('/').collect();
    // The last part is the page itself.
    from.pop();
    while let (Some(one), Some(other)) = (from.first(), to.first())
        && one == other
        && to.len() > 1
    {
        from.remove(0);
        to.remove(0);
    }
    format!("{}{}", "../".repeat(from.len()), to.join("/"))
}

/// A path relative to a file, seen from the root.
fn resolve(from: &str, path: &str) -> String {
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_where_they_lead_in_the_repository() {
        let from = find_page("docs/guide/charts.md").unwrap();
        let page = |source: &str, heading: Option<&str>| Target::Page {
            page: find_page(source).unwrap(),
            heading: heading.map(str::to_owned),
        };
        for (link, want) in [
            ("build.md", page("docs/guide/build.md", None)),
            ("../errors.md#tag-taken", page("docs/errors.md", Some("tag-taken"))),
            ("../../README.md", page("README.md", None)),
            ("#signing", Target::Heading("signing".into())),
            (
                "../formats/release-info.schema.json",
                Target::File("docs/formats/release-info.schema.json".into()),
            ),
            ("https://helm.sh", Target::Outside("https://helm.sh".into())),
        ] {
            assert_eq!(parse_link(from, link), want, "{link}");
        }
    }

    #[test]
    fn places_are_reached_from_each_other() {
        for (from, to, want) in [
            ("index.html", "guide/a.html", "guide/a.html"),
            ("guide/a.html", "guide/b.html", "b.html"),
            ("guide/a.html", "index.html", "../index.html"),
            ("guide/a.html", "reference/b.html", "../reference/b.html"),
            ("guide/a.html", "guide/a.html", "a.html"),
        ] {
            assert_eq!(relative(from, to), want, "{from} {to}");
        }
    }
}
