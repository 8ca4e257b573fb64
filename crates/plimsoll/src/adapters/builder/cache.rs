//! Where caches lie: each image and set of platforms has its own, or they would push each other out.

use plimsoll_engine::domain::build::{cache_attribute, cache_repository};
use plimsoll_engine::world::builder::BuildOrder;

use super::job::spelled;

/// Puts the image and the platforms in the places of `{image}` and `{platform}`, and gives GitHub's cache a scope of
/// its own where none is written.
pub(super) fn resolve(caches: &[String], order: &BuildOrder<'_>) -> Vec<String> {
    let platforms = order.platforms.iter().map(spelled).collect::<Vec<_>>().join("-");
    let resolve = |cache: &String| {
        let filled = cache.replace("{image}", order.image.as_str()).replace("{platform}", &platforms);
        match is_github(&filled) && cache_attribute(&filled, "scope").is_none() {
            true => format!("{filled},scope={}-{platforms}", order.image),
            false => filled,
        }
    };
    caches.iter().map(resolve).collect()
}

/// Whether it is GitHub's own cache.
pub(super) fn is_github(cache: &str) -> bool {
    cache_attribute(cache, "type") == Some("gha")
}

/// The image repository of a cache in a registry; `None` if it lies elsewhere.
pub(super) fn repository(cache: &str) -> Option<&str> {
    cache_repository(cache)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_of_caches() {
        for (cache, want) in [
            ("type=registry,ref=ghcr.io/acme/cache:app,mode=max", Some("ghcr.io/acme/cache")),
            ("type=registry,ref=127.0.0.1:5000/cache", Some("127.0.0.1:5000/cache")),
            ("ghcr.io/acme/cache", Some("ghcr.io/acme/cache")),
            ("type=gha", None),
            ("type=local,dest=x", None),
            ("type=registry", None),
        ] {
            assert_eq!(repository(cache), want, "{cache}");
        }
        assert!(is_github("mode=max,type=gha") && !is_github("type=registry,ref=gha"));
    }
}
