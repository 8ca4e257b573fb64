//! The `Link` header, by which registries page through long lists (RFC 8288; OCI distribution-spec 1.1, "Listing
//! Tags").

use plimsoll_http::redirect::{resolve_location, shares_origin};
use plimsoll_http::{Response, Url, header};

use super::repository::RemoteRepository;
use crate::store::StoreError;

/// The next page, if the answer names one.
///
/// # Errors
/// [`StoreError::NotARegistry`] if it lies on another host or where no request may go: a list that ends there would
/// look whole.
pub(super) fn next_page(repository: &RemoteRepository, answer: &Response) -> Result<Option<Url>, StoreError> {
    let links = answer.headers().get_all(header::LINK);
    let Some(target) = links.iter().filter_map(|value| value.to_str().ok()).find_map(parse_next) else {
        return Ok(None);
    };
    match resolve_location(answer.url(), Some(target)) {
        Ok(next) if shares_origin(&next, answer.url()) => Ok(Some(next)),
        _ => Err(StoreError::NotARegistry {
            place: repository.name().registry().to_string(),
            found: "a list whose next page lies elsewhere".to_owned(),
        }),
    }
}

/// The target with `rel="next"`.
pub(crate) fn parse_next(header: &str) -> Option<&str> {
    let mut rest = header;
    loop {
        let (_, after) = rest.split_once('<')?;
        let (target, after) = after.split_once('>')?;
        // Parameters end where the next target begins.
        let parameters = after.split('<').next().unwrap_or(after);
        let is_next = parameters.split([';', ',']).filter_map(|parameter| parameter.split_once('=')).any(
            |(name, value)| {
                name.trim().eq_ignore_ascii_case("rel")
                    && value
                        .trim()
                        .trim_matches('"')
                        .split_ascii_whitespace()
                        .any(|relation| relation == "next")
            },
        );
        if is_next {
            return Some(target);
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn finds_the_next_page() {
        let cases = [
            (r#"</v2/a/tags/list?n=2&last=b>; rel="next""#, Some("/v2/a/tags/list?n=2&last=b")),
            ("</x>; rel=next", Some("/x")),
            (r#"</first>; rel="first", </x>; title="a"; REL="prev next""#, Some("/x")),
            (r#"</first>; rel="first""#, None),
            ("</x>", None),
            ("", None),
            ("<", None),
            ("/x; rel=next", None),
        ];
        for (header, wanted) in cases {
            assert_eq!(parse_next(header), wanted, "{header}");
        }
    }

    proptest! {
        #[test]
        fn never_panics_and_always_ends(header in "[<>;,= a-z\"]*") {
            parse_next(&header);
        }
    }
}
