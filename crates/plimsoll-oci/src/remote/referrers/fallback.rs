//! The fallback tag: an index of referrers that clients keep, where the registry does not.
//!
//! It is read, changed and written without a lock, so writers on other machines can undo each other. Each write is
//! therefore read back and repeated until it holds; in this process everybody who wants an entry waits for one turn
//! and is written with the others.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

use bytes::Bytes;
use serde_json::value::RawValue;

use super::List;
use crate::model::{Descriptor, Manifest, MediaType, ModelError, View};
use crate::name::{Digest, ImageTag};
use crate::remote::manifest::{get_by_digest, get_by_tag, put_by_tag};
use crate::remote::quirk;
use crate::remote::repository::RemoteRepository;
use crate::store::StoreError;

/// How often a list is written before we believe that it does not hold.
const ATTEMPTS: u32 = 8;

/// An index of referrers. Entries that others wrote keep their bytes, unknown fields included.
#[derive(Debug, Default)]
pub(super) struct ReferrersList {
    fields: BTreeMap<String, Box<RawValue>>,
    entries: Vec<Box<RawValue>>,
}

impl ReferrersList {
    /// Reads an index.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, StoreError> {
        let json = |why: serde_json::Error| ModelError::Json {
            digest: Digest::of(bytes),
            what: "index",
            why: why.to_string(),
        };
        let mut fields: BTreeMap<String, Box<RawValue>> = serde_json::from_slice(bytes).map_err(json)?;
        let entries = match fields.remove("manifests") {
            Some(entries) => {
                let entries: Option<Vec<Box<RawValue>>> =
                    serde_json::from_str(entries.get()).map_err(json)?;
                entries.unwrap_or_default()
            }
            None => Vec::new(),
        };
        Ok(Self { fields, entries })
    }

    /// The entries that we understand.
    pub(super) fn entries(&self) -> Vec<Descriptor> {
        self.entries.iter().filter_map(|entry| parse_entry(entry)).collect()
    }

    fn has(&self, digest: &Digest) -> bool {
        self.entries.iter().filter_map(|entry| parse_entry(entry)).any(|entry| entry.digest == *digest)
    }

    fn add(&mut self, entry: &Descriptor) {
        self.entries.push(raw(entry));
    }

    fn remove(&mut self, digest: &Digest) {
        self.entries.retain(|entry| parse_entry(entry).is_none_or(|entry| entry.digest != *digest));
    }

    /// The index as it is written.
    fn render(&self) -> Result<Manifest, ModelError> {
        let mut fields = self.fields.clone();
        fields.insert("schemaVersion".to_owned(), raw(&2));
        fields.insert("mediaType".to_owned(), raw(&MediaType::INDEX));
        fields.insert("manifests".to_owned(), raw(&self.entries));
        let bytes = serde_json::to_vec(&fields).expect("raw JSON can be written");
        Manifest::parse(Bytes::from(bytes), Some(&MediaType::INDEX))
    }
}

fn parse_entry(entry: &RawValue) -> Option<Descriptor> {
    serde_json::from_str(entry.get()).ok()
}

fn raw(value: &impl serde::Serialize) -> Box<RawValue> {
    serde_json::value::to_raw_value(value).expect("strings, numbers and maps of them can be written as JSON")
}

/// Reads a list. One that is not there is empty.
pub(super) async fn read(
    repository: &RemoteRepository,
    subject: &Digest,
) -> Result<ReferrersList, StoreError> {
    let Some(manifest) = get_by_tag(repository, &ImageTag::of_referrers(subject)).await? else {
        return Ok(ReferrersList::default());
    };
    match manifest.view() {
        View::Index(_) if manifest.digest() != subject => ReferrersList::parse(manifest.bytes()),
        _ if quirk::is_no_referrers_list(manifest.digest(), subject) => Ok(ReferrersList::default()),
        _ => {
            let (digest, found) = (manifest.digest().clone(), manifest.media_type().to_string());
            Err(StoreError::Model(ModelError::Kind { digest, found }))
        }
    }
}

/// Sees that entries are in a list.
pub(super) async fn add(
    repository: &RemoteRepository,
    subject: &Digest,
    list: &List,
    entries: Vec<Descriptor>,
) -> Result<(), StoreError> {
    let Some(about) = entries.first().map(|first| first.digest.clone()) else { return Ok(()) };
    list.waiting.lock().unwrap_or_else(PoisonError::into_inner).extend(entries.iter().cloned());
    let mut listed = list.turn.lock().await;
    let mut batch = std::mem::take(&mut *list.waiting.lock().unwrap_or_else(PoisonError::into_inner));
    // What waits together is taken together.
    if !batch.iter().any(|one| one.digest == about) {
        // A turn before has taken it along.
        if entries.iter().all(|entry| listed.contains(&entry.digest)) {
            list.waiting.lock().unwrap_or_else(PoisonError::into_inner).extend(batch);
            return Ok(());
        }
        // And has failed.
        batch.extend(entries);
    }
    // Whoever asks again has seen that it is not there any more: another program wrote the list, too.
    for one in &batch {
        listed.remove(&one.digest);
    }
    let add = |found: &mut ReferrersList| {
        let missing: Vec<_> = batch.iter().filter(|one| !found.has(&one.digest)).collect();
        missing.iter().for_each(|one| found.add(one));
        if missing.is_empty() { Change::None } else { Change::Made }
    };
    change(repository, subject, &about, add).await?;
    listed.extend(batch.into_iter().map(|one| one.digest));
    Ok(())
}

/// Sees that an entry is not in a list.
pub(super) async fn remove(
    repository: &RemoteRepository,
    subject: &Digest,
    list: &List,
    gone: &Digest,
) -> Result<(), StoreError> {
    let mut listed: tokio::sync::MutexGuard<'_, BTreeSet<Digest>> = list.turn.lock().await;
    listed.remove(gone);
    let remove = |found: &mut ReferrersList| match found.has(gone) {
        true => {
            found.remove(gone);
            Change::Made
        }
        false => Change::None,
    };
    change(repository, subject, gone, remove).await
}

#[derive(PartialEq, Eq)]
enum Change {
    Made,
    None,
}

/// Reads a list, changes it and writes it, until it needs no change when read.
async fn change(
    repository: &RemoteRepository,
    subject: &Digest,
    about: &Digest,
    mut apply: impl FnMut(&mut ReferrersList) -> Change,
) -> Result<(), StoreError> {
    let tag = ImageTag::of_referrers(subject);
    let mut backoff = repository.registry.backoff();
    for attempt in 0..=ATTEMPTS {
        let mut found = read(repository, subject).await?;
        if apply(&mut found) == Change::None {
            return Ok(());
        }
        if attempt == ATTEMPTS {
            break;
        }
        if attempt > 0 {
            // Somebody else writes too: let them finish.
            if let Some(wait) = backoff.after_failure(None) {
                repository.registry.sleep(wait).await;
            }
        }
        match put_by_tag(repository, &tag, &found.render()?).await {
            Ok(()) => {}
            Err(refusal @ StoreError::Rejected { .. }) if !refusal.is_temporary() => {
                return Err(find_gone(repository, tag, &found).await?.unwrap_or(refusal));
            }
            Err(error) => return Err(error),
        }
    }
    let place = format!("the list of referrers under tag `{tag}` of {}", repository.name);
    Err(StoreError::Missing { place, digest: about.clone() })
}

/// Why a registry that looks at what is listed refuses a list; `None` if everything in it is there.
async fn find_gone(
    repository: &RemoteRepository,
    tag: ImageTag,
    list: &ReferrersList,
) -> Result<Option<StoreError>, StoreError> {
    let (mut gone, mut there) = (Vec::new(), Vec::new());
    for entry in list.entries() {
        match get_by_digest(repository, &entry.digest).await? {
            Some(_) => there.push(entry.digest),
            None => gone.push(entry.digest),
        }
    }
    let place = repository.name.to_string();
    Ok((!gone.is_empty()).then_some(StoreError::ListsGone { place, tag, gone, there }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn entries_of_others_keep_their_bytes() {
        let theirs = format!(
            r#"{{"mediaType":"x/y","digest":"{}","size":1,"data":"eA==","unknown":{{"b":1.0,"a":12345678901234567890123}}}}"#,
            Digest::of(b"x")
        );
        let unreadable = r#"{"mediaType":"x/y","digest":"blake3:00","size":1}"#;
        let text =
            format!(r#"{{"schemaVersion":2,"annotations":{{"k":"v"}},"manifests":[{theirs},{unreadable}]}}"#);
        let mut list = ReferrersList::parse(text.as_bytes()).unwrap();
        assert_eq!(list.entries().len(), 1);
        let ours = Descriptor::of(MediaType::MANIFEST, b"ours");
        list.add(&ours);
        let written = serde_json::to_string(&list.entries).unwrap();
        assert!(written.contains(&theirs) && written.contains(unreadable), "{written}");
        list.remove(&ours.digest);
        assert!(!list.has(&ours.digest) && list.has(&Digest::of(b"x")));
    }

    proptest! {
        #[test]
        fn adding_is_found_after_a_round_trip(contents: Vec<Vec<u8>>) {
            let mut list = ReferrersList::default();
            for content in &contents {
                list.add(&Descriptor::of(MediaType::MANIFEST, content));
            }
            let written = list.render().unwrap();
            let read = ReferrersList::parse(written.bytes()).unwrap();
            prop_assert!(contents.iter().all(|content| read.has(&Digest::of(content))));
            let again = read.render().unwrap();
            prop_assert_eq!(again.digest(), written.digest());
        }

        #[test]
        fn never_panics(text in ".*") {
            let _ = ReferrersList::parse(text.as_bytes());
        }
    }
}
