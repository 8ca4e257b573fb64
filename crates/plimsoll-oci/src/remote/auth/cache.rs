//! Tokens by what they are good for; each fetched once, however many wait for it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use super::scope::Scopes;
use super::token::Token;
use crate::store::StoreError;

/// The tokens of one registry.
#[derive(Debug, Default)]
pub(super) struct TokenCache {
    slots: Mutex<Vec<Arc<Slot>>>,
}

#[derive(Debug)]
struct Slot {
    scopes: Scopes,
    /// Counts the fetches that have ended.
    fetches: AtomicU64,
    last: tokio::sync::Mutex<Option<Result<Token, StoreError>>>,
}

impl TokenCache {
    /// A good token for at least `scopes`, fetched if need be.
    ///
    /// Whoever waits while another fetches gets the same result, a failure too: sixty uploads make one request for
    /// a token, and one refusal.
    pub(super) async fn token(
        &self,
        scopes: &Scopes,
        now: SystemTime,
        fetch: impl AsyncFnOnce(&Scopes) -> Result<Token, StoreError>,
    ) -> Result<Token, StoreError> {
        let slot = self.slot(scopes);
        let seen = slot.fetches.load(Ordering::SeqCst);
        let mut last = slot.last.lock().await;
        let fetched_meanwhile = slot.fetches.load(Ordering::SeqCst) != seen;
        match &*last {
            Some(Ok(token)) if fetched_meanwhile || now < token.good_until => return Ok(token.clone()),
            Some(Err(failure)) if fetched_meanwhile => return Err(failure.clone()),
            _ => {}
        }
        let result = fetch(&slot.scopes).await;
        *last = Some(result.clone());
        slot.fetches.fetch_add(1, Ordering::SeqCst);
        result
    }

    /// Forgets a token that was refused, unless it has been replaced already.
    pub(super) async fn forget(&self, refused: &Token) {
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for slot in slots {
            let mut last = slot.last.lock().await;
            if matches!(&*last, Some(Ok(token)) if token.secret.expose() == refused.secret.expose()) {
                *last = None;
            }
        }
    }

    /// The slot with the fewest scopes that cover the wanted ones.
    fn slot(&self, scopes: &Scopes) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = slots.iter().filter(|slot| slot.scopes.cover(scopes));
        if let Some(slot) = fits.min_by_key(|slot| slot.scopes.each().count()) {
            return Arc::clone(slot);
        }
        let slot = Arc::new(Slot {
            scopes: scopes.clone(),
            fetches: AtomicU64::new(0),
            last: tokio::sync::Mutex::new(None),
        });
        slots.push(Arc::clone(&slot));
        slot
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::future::join_all;
    use plimsoll_http::Secret;

    use super::*;

    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH
    }

    fn token(text: &str, seconds: u64) -> Token {
        Token { secret: Secret::new(text), good_until: now() + Duration::from_secs(seconds) }
    }

    async fn get(cache: &TokenCache, scopes: &Scopes, count: &AtomicU64) -> Result<Token, StoreError> {
        cache
            .token(scopes, now(), async |_| {
                let nth = count.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                Ok(token(&format!("t{nth}"), 60))
            })
            .await
    }

    #[tokio::test]
    async fn many_who_wait_make_one_request() {
        let (cache, count) = (TokenCache::default(), AtomicU64::new(0));
        let push = Scopes::push("a");
        let tokens = join_all((0..60).map(|_| get(&cache, &push, &count))).await;
        assert!(tokens.iter().all(|token| token.as_ref().unwrap().secret.expose() == "t0"));
        assert_eq!(count.load(Ordering::SeqCst), 1);
        get(&cache, &Scopes::pull("a"), &count).await.unwrap();
        assert_eq!(count.load(Ordering::SeqCst), 1, "a token for more is good for less");
        get(&cache, &Scopes::pull("b"), &count).await.unwrap();
        assert_eq!(count.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn many_who_wait_share_one_refusal() {
        let (cache, count) = (TokenCache::default(), AtomicU64::new(0));
        let scopes = Scopes::pull("a");
        let refused = || async {
            let fetch = async |_: &Scopes| {
                count.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                Err(StoreError::Unauthorized { place: "a".into(), credential: None })
            };
            cache.token(&scopes, now(), fetch).await
        };
        let results = join_all((0..9).map(|_| refused())).await;
        assert!(results.iter().all(Result::is_err));
        assert_eq!(count.load(Ordering::SeqCst), 1);
        refused().await.unwrap_err();
        assert_eq!(count.load(Ordering::SeqCst), 2, "a later caller asks again");
    }

    #[tokio::test]
    async fn old_and_refused_tokens_are_replaced_once() {
        let (cache, count) = (TokenCache::default(), AtomicU64::new(0));
        let scopes = Scopes::pull("a");
        let old = cache.token(&scopes, now(), async |_| Ok(token("old", 0))).await.unwrap();
        let first = get(&cache, &scopes, &count).await.unwrap();
        assert_eq!(first.secret.expose(), "t0");
        cache.forget(&old).await;
        assert_eq!(get(&cache, &scopes, &count).await.unwrap().secret.expose(), "t0");
        cache.forget(&first).await;
        cache.forget(&first).await;
        assert_eq!(get(&cache, &scopes, &count).await.unwrap().secret.expose(), "t1");
    }
}
