//! What strangers attach keeps nobody's signature from being found, nor does it fill the memory.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt as _;
use plimsoll_oci::content::{Content, MemoryContent};
use plimsoll_oci::model::{Manifest, MediaType, ModelError};
use plimsoll_oci::name::ImageTag;
use plimsoll_oci::store::Work;

use super::*;
use crate::domain::attestation::Attestation;
use crate::domain::time::Moment;
use crate::statement::attestation::{BUNDLE, SIGNATURE};

/// A repository with these manifests and blobs. Of what is none of them it has nothing but the name.
#[derive(Default)]
struct Shelf {
    listed: Vec<Digest>,
    manifests: BTreeMap<Digest, Manifest>,
    blobs: BTreeMap<Digest, Bytes>,
    opened: AtomicUsize,
}

impl Shelf {
    /// Attaches something to a subject, and gives the manifest that does.
    fn attach(&mut self, subject: &Descriptor, bundle: Vec<u8>) -> Digest {
        self.attach_at(&Attestation::signature(subject.clone()), bundle, Moment(0))
    }

    fn attach_at(&mut self, attestation: &Attestation, bundle: Vec<u8>, created: Moment) -> Digest {
        let bundle = Bytes::from(bundle);
        let manifest = attestation.attach(bundle.clone(), created).manifest;
        self.blobs.insert(Digest::of(&bundle), bundle);
        let digest = manifest.digest().clone();
        self.listed.push(digest.clone());
        self.manifests.insert(digest.clone(), manifest);
        digest
    }
}

impl Pull for Shelf {
    fn resolve<'a>(&'a self, _tag: &'a ImageTag) -> Work<'a, Option<Descriptor>> {
        Box::pin(async { Ok(self.listed.first().map(|first| Descriptor::new(BUNDLE, first.clone(), 1))) })
    }

    fn manifest<'a>(&'a self, at: &'a Digest) -> Work<'a, Option<Manifest>> {
        let (digest, why) = (at.clone(), "it is no JSON".to_owned());
        let malformed = ModelError::Json { digest, what: "manifest", why };
        Box::pin(async { self.manifests.get(at).cloned().map(Some).ok_or(malformed.into()) })
    }

    fn blob<'a>(&'a self, at: &'a Descriptor) -> Work<'a, Option<Arc<dyn Content>>> {
        self.opened.fetch_add(1, Ordering::Relaxed);
        Box::pin(async {
            let content = |bytes: &Bytes| MemoryContent::new(at.clone(), bytes.clone());
            let content = self.blobs.get(&at.digest).and_then(content);
            Ok(content.map(|content| Arc::new(content) as Arc<dyn Content>))
        })
    }

    fn tags(&self) -> Work<'_, Vec<ImageTag>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn referrers<'a>(
        &'a self,
        _subject: &'a Digest,
        _kind: Option<&'a MediaType>,
    ) -> Work<'a, Vec<Descriptor>> {
        let listed = self.listed.iter().map(|digest| {
            let annotations = self.manifests.get(digest).map(|manifest| manifest.annotations().clone());
            let annotations = annotations.unwrap_or_default();
            Descriptor { annotations, ..Descriptor::new(BUNDLE, digest.clone(), 1) }
        });
        Box::pin(async { Ok(listed.collect()) })
    }
}

fn list<'a>(shelf: &'a Shelf, form: AttachedForm, subject: &Descriptor) -> Attachments<'a> {
    let listed = list_attached(shelf, form, &subject.digest, SIGNATURE);
    listed.now_or_never().expect("nothing is waited for").unwrap()
}

fn next(attached: &mut Attachments<'_>) -> Option<Attached> {
    attached.next().now_or_never().expect("nothing is waited for").unwrap()
}

#[test]
fn what_nobody_can_read_is_passed_over_and_named() {
    let subject = Descriptor::of(MediaType::INDEX, b"an index");
    let mut shelf = Shelf::default();
    let malformed = Digest::of(b"malformed");
    shelf.listed.push(malformed.clone());
    let large = shelf.attach(&subject, vec![b' '; usize::try_from(LIMIT).unwrap() + 1]);
    let good = shelf.attach(&subject, b"a signature".to_vec());
    let mut attached = list(&shelf, AttachedForm::Bundle, &subject);
    let found = next(&mut attached).unwrap();
    assert_eq!((found.manifest, &*found.signed.bytes), (good, &b"a signature"[..]));
    assert_eq!(next(&mut attached), None);
    let mut passed_over: Vec<&Digest> = attached.passed_over().iter().map(|one| &one.manifest).collect();
    let mut want = [&malformed, &large];
    passed_over.sort();
    want.sort();
    assert_eq!(passed_over, want);
    let said = attached.passed_over().iter().map(ToString::to_string).collect::<String>();
    assert!(said.contains("it is no JSON") && said.contains("more than the limit of 8388608"), "{said}");
    // Nor is what lies under the tag of the older form.
    let mut layers = list(&shelf, AttachedForm::Legacy, &subject);
    assert_eq!(next(&mut layers), None);
    assert_eq!(layers.passed_over().len(), 1);
}

#[test]
fn nothing_is_read_before_it_is_asked_for() {
    let subject = Descriptor::of(MediaType::INDEX, b"an index");
    let mut shelf = Shelf::default();
    for number in 0_u8..20 {
        shelf.attach(&subject, vec![number; 8]);
    }
    let mut attached = list(&shelf, AttachedForm::Bundle, &subject);
    assert_eq!(shelf.opened.load(Ordering::Relaxed), 0);
    next(&mut attached).unwrap();
    assert_eq!(shelf.opened.load(Ordering::Relaxed), 1);
}

#[test]
fn what_states_something_else_is_not_even_read() {
    let subject = Descriptor::of(MediaType::INDEX, b"an index");
    let mut shelf = Shelf::default();
    for number in 0..=MOST {
        let other = Attestation {
            predicate_type: "https://scanner.example/daily".to_owned(),
            ..Attestation::signature(subject.clone())
        };
        shelf.attach_at(&other, number.to_string().into_bytes(), Moment(0));
    }
    let ours = shelf.attach(&subject, b"a signature".to_vec());
    let mut attached = list(&shelf, AttachedForm::Bundle, &subject);
    assert_eq!(next(&mut attached).map(|one| one.manifest), Some(ours));
    assert_eq!((next(&mut attached), attached.too_many().is_none()), (None, true));
    assert_eq!(shelf.opened.load(Ordering::Relaxed), 1, "one layer was read");
}

#[test]
fn a_flood_hides_nothing_that_a_release_has_attached_and_is_not_read_to_its_end() {
    let subject = Descriptor::of(MediaType::INDEX, b"an index");
    let mut shelf = Shelf::default();
    for number in 0..3 * MOST {
        shelf.attach(&subject, number.to_string().into_bytes());
    }
    let sealed = Moment(1_800_000_000);
    let ours = shelf.attach_at(&Attestation::signature(subject.clone()), b"a signature".to_vec(), sealed);
    let mut attached = list(&shelf, AttachedForm::Bundle, &subject).made_at_first(sealed);
    assert_eq!(next(&mut attached).map(|one| one.manifest), Some(ours));
    let said = attached.too_many().expect("there are more than are read").to_string();
    assert!(said.contains("3001 entries, more than the 1000"), "{said}");
    // Who finds nothing has not looked at everything, and says so.
    let mut attached = list(&shelf, AttachedForm::Bundle, &subject);
    let mut read = 0;
    while next(&mut attached).is_some() {
        read += 1;
    }
    assert_eq!(read, MOST);
    let found = list(&shelf, AttachedForm::Bundle, &subject).find(|_| false);
    let found = found.now_or_never().expect("nothing is waited for");
    assert!(found.unwrap_err().to_string().contains("more than the 1000 that are read"));
}
