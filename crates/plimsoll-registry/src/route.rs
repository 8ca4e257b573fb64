//! What a request asks for (OCI distribution-spec 1.1, "Endpoints").
//!
//! Names of repositories hold slashes, so that paths are read from their end.

use plimsoll_oci::name::{Digest, ImageRepository, ImageTag};
use url::form_urlencoded;

use crate::names::repository_of;
use crate::refusal::{Code, Refusal};

/// Something that can be asked for or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// `/v2/`: is this a registry?
    Ping,
    /// `/v2/_catalog`: all repositories. Not in the specification, but every registry has it.
    Catalog,
    /// A manifest by tag or digest.
    Manifest(Place, Named),
    /// A blob by digest.
    Blob(Place, Digest),
    /// Where uploads are opened.
    Uploads(Place),
    /// An upload under way.
    Upload(Place, String),
    /// All tags.
    Tags(Place),
    /// What refers to a manifest.
    Referrers(Place, Digest),
}

/// A repository, and what it is called in URLs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) name: String,
    pub(crate) repository: ImageRepository,
}

impl Place {
    fn parse(parts: &[&str]) -> Result<Place, Refusal> {
        let name = parts.join("/");
        match repository_of(&name) {
            Ok(repository) => Ok(Place { name, repository }),
            Err(error) => Err(Refusal::new(Code::NameInvalid, error.to_string())),
        }
    }

    /// The path of something in this repository.
    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/v2/{}/{rest}", self.name)
    }
}

/// What a manifest is asked for by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    Tag(ImageTag),
    Digest(Digest),
}

impl Route {
    /// Reads the path of a URL.
    pub(crate) fn parse(path: &str) -> Result<Route, Refusal> {
        let unknown = || Refusal::new(Code::NameUnknown, "there is no such thing in this API");
        let path = decode(path).ok_or_else(unknown)?;
        let parts: Vec<&str> = path.strip_prefix("/v2").ok_or_else(unknown)?.split('/').skip(1).collect();
        match parts.as_slice() {
            [] | [""] => Ok(Route::Ping),
            ["_catalog"] => Ok(Route::Catalog),
            [name @ .., "manifests", reference] => {
                Ok(Route::Manifest(Place::parse(name)?, parse_named(reference)?))
            }
            [name @ .., "blobs", "uploads"] | [name @ .., "blobs", "uploads", ""] => {
                Ok(Route::Uploads(Place::parse(name)?))
            }
            [name @ .., "blobs", "uploads", id] => Ok(Route::Upload(Place::parse(name)?, (*id).to_owned())),
            [name @ .., "blobs", digest] => Ok(Route::Blob(Place::parse(name)?, parse_digest(digest)?)),
            [name @ .., "tags", "list"] => Ok(Route::Tags(Place::parse(name)?)),
            [name @ .., "referrers", digest] => {
                Ok(Route::Referrers(Place::parse(name)?, parse_digest(digest)?))
            }
            _ => Err(unknown()),
        }
    }
}

/// Reads a digest.
pub(crate) fn parse_digest(text: &str) -> Result<Digest, Refusal> {
    text.parse().map_err(|error| Refusal::new(Code::DigestInvalid, format!("{error}")))
}

/// Reads a tag.
pub(crate) fn parse_tag(text: &str) -> Result<ImageTag, Refusal> {
    text.parse().map_err(|error| Refusal::new(Code::ManifestInvalid, format!("{error}")))
}

fn parse_named(reference: &str) -> Result<Named, Refusal> {
    match reference.contains(':') {
        true => parse_digest(reference).map(Named::Digest),
        false => parse_tag(reference).map(Named::Tag),
    }
}

/// Undoes `%XX`; none if what comes out is no text.
fn decode(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match (first, after) {
            (b'%', [high, low, after @ ..]) => {
                let digit = |byte: u8| char::from(byte).to_digit(16);
                bytes.push(u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()?);
                rest = after;
            }
            (b'%', _) => return None,
            _ => bytes.push(*first),
        }
    }
    String::from_utf8(bytes).ok()
}

/// What stands behind the question mark.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn parse(query: Option<&str>) -> Query {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        Query(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    /// The first value of a parameter.
    pub(crate) fn first(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// All values of a parameter.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DIGEST: &str = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

    #[test]
    fn reads_paths_from_their_end() {
        let route = |path: &str| Route::parse(path).unwrap();
        let named = |path: &str| match route(path) {
            Route::Manifest(place, _) | Route::Blob(place, _) | Route::Uploads(place) => place.name,
            Route::Upload(place, _) | Route::Tags(place) | Route::Referrers(place, _) => place.name,
            Route::Ping | Route::Catalog => String::new(),
        };
        for path in ["/v2", "/v2/"] {
            assert_eq!(route(path), Route::Ping);
        }
        assert_eq!(route("/v2/_catalog"), Route::Catalog);
        assert_eq!(named("/v2/a/manifests/v1"), "a");
        assert_eq!(named("/v2/a/blobs/uploads/manifests/v1"), "a/blobs/uploads");
        assert_eq!(named("/v2/a/b/tags/list"), "a/b");
        assert_eq!(named("/v2/a/blobs/uploads/"), "a");
        assert_eq!(named("/v2/a/blobs/uploads"), "a");
        assert_eq!(named("/v2/a/blobs/uploads/1f"), "a");
        assert_eq!(named(&format!("/v2/a/referrers/{DIGEST}")), "a");
        assert_eq!(
            route(&format!("/v2/a/blobs/{DIGEST}")),
            route(&format!("/v2/a/blobs/{}", DIGEST.replace(':', "%3A")))
        );
    }

    #[test]
    fn refuses_what_is_no_name() {
        for path in [
            "/",
            "/v1/",
            "/v2/a",
            "/v2//manifests/v1",
            "/v2/manifests/v1",
            "/v2/A/manifests/v1",
            "/v2/a/../b/manifests/v1",
            "/v2/a/%2e%2e/b/manifests/v1",
            "/v2/a/manifests/.x",
            "/v2/a/manifests/sha256:1",
            "/v2/a/blobs/v1",
            "/v2/a/%zz/manifests/v1",
        ] {
            assert!(Route::parse(path).is_err(), "{path}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(path in "(/v2)?[/a-z%0-9.:_]{0,40}|.{0,40}") {
            let _ = Route::parse(&path);
        }
    }
}
