//! A release as GitLab writes it.

use plimsoll_engine::domain::page::{MARKER, PageId};
use plimsoll_engine::world::forge::{Arrival, Asset, Maker, Page, PageStanding};
use plimsoll_http::Url;
use serde::Deserialize;

/// A release, as far as it matters.
#[derive(Debug, Deserialize)]
pub(super) struct Release {
    tag_name: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    assets: Assets,
    #[serde(rename = "_links", default)]
    links: Links,
}

#[derive(Debug, Default, Deserialize)]
struct Assets {
    #[serde(default)]
    links: Vec<Link>,
}

/// A link to a file.
#[derive(Debug, Deserialize)]
struct Link {
    id: u64,
    name: String,
    url: String,
}

#[derive(Debug, Default, Deserialize)]
struct Links {
    #[serde(rename = "self", default)]
    own: String,
}

impl Release {
    pub(super) fn page(self) -> Page {
        let maker = match &self.description {
            Some(description) if description.contains(MARKER) => Maker::Us,
            _ => Maker::Somebody,
        };
        Page {
            id: PageId(self.tag_name),
            standing: PageStanding::Published,
            url: self.links.own,
            assets: self.assets.links.into_iter().map(Link::asset).collect(),
            maker,
        }
    }
}

impl Link {
    fn asset(self) -> Asset {
        Asset {
            // It is taken off by its number and read at its address.
            id: format!("{} {}", self.id, self.url),
            name: self.name,
            size: None,
            arrival: Arrival::Whole,
            digest: None,
        }
    }
}

/// The number of a link.
pub(super) fn link_number(asset: &Asset) -> &str {
    asset.id.split_once(' ').map_or(asset.id.as_str(), |(number, _)| number)
}

/// Where a link leads.
pub(super) fn linked_url(asset: &Asset) -> Option<Url> {
    asset.id.split_once(' ').and_then(|(_, url)| url.parse().ok())
}
