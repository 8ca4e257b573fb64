//! Lists that come in pages (OCI distribution-spec 1.1, "Listing Tags").

use http::header;
use url::form_urlencoded;

use crate::answer::Answer;
use crate::refusal::{Code, Refusal};
use crate::route::Query;

/// What part of a sorted list is asked for.
pub(crate) struct Page {
    most: Option<usize>,
    after: Option<String>,
}

impl Page {
    /// Reads `n` and `last`.
    pub(crate) fn parse(query: &Query) -> Result<Page, Refusal> {
        let most = query.first("n").map(|number| {
            let bad = |_| Refusal::new(Code::Unsupported, format!("`n={number}` is no number"));
            number.parse().map_err(|error| bad(error).with_status(http::StatusCode::BAD_REQUEST))
        });
        Ok(Page { most: most.transpose()?, after: query.first("last").map(str::to_owned) })
    }

    /// The part of `sorted` that this page has, and whether something follows.
    pub(crate) fn cut<T: AsRef<str>>(&self, sorted: Vec<T>) -> (Vec<T>, Follows) {
        let after = |item: &T| self.after.as_deref().is_none_or(|last| item.as_ref() > last);
        let mut rest: Vec<T> = sorted.into_iter().filter(after).collect();
        match self.most {
            Some(most) if most < rest.len() => {
                rest.truncate(most);
                let last = rest.last().map(|last| last.as_ref().to_owned());
                (rest, last.map_or(Follows::Nothing, |last| Follows::After { last, most }))
            }
            _ => (rest, Follows::Nothing),
        }
    }
}

/// Whether there is a next page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Follows {
    /// There is none.
    Nothing,
    /// There is one, of up to `most` items behind `last`.
    After { last: String, most: usize },
}

impl Follows {
    /// Adds the link to the next page of the list at `path`.
    pub(crate) fn link(&self, path: &str, answer: Answer) -> Answer {
        match self {
            Follows::Nothing => answer,
            Follows::After { last, most } => {
                let last: String = form_urlencoded::byte_serialize(last.as_bytes()).collect();
                answer.header(header::LINK, format!("<{path}?n={most}&last={last}>; rel=\"next\""))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn none_are_asked_for() {
        let page = Page { most: Some(0), after: None };
        assert_eq!(page.cut(vec!["a"]), (vec![], Follows::Nothing));
    }

    proptest! {
        #[test]
        fn pages_together_are_the_list(mut all in proptest::collection::vec("[A-Za-z0-9]{1,3}", 0..20), most in 1usize..5) {
            all.sort();
            all.dedup();
            let (mut found, mut after) = (Vec::new(), None);
            loop {
                let (items, follows) = Page { most: Some(most), after: after.clone() }.cut(all.clone());
                prop_assert!(items.len() <= most);
                found.extend(items);
                match follows {
                    Follows::Nothing => break,
                    Follows::After { last, .. } => after = Some(last),
                }
            }
            prop_assert_eq!(found, all);
        }
    }
}
