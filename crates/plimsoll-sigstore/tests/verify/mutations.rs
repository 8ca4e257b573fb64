//! Every change of one byte of a valid bundle is refused, or means the same.

use plimsoll_sigstore::bundle::{Bundle, Content};
use plimsoll_sigstore::policy::Policy;
use plimsoll_sigstore::trust::TrustedRoot;
use plimsoll_sigstore::verify::verify;

use crate::fixtures::*;

/// Each byte becomes each of what `others` says, and nothing.
fn mutations(text: &[u8], others: fn(u8) -> Vec<u8>) -> impl Iterator<Item = Vec<u8>> + '_ {
    (0..text.len()).flat_map(move |at| {
        let byte = text[at];
        let others = others(byte).into_iter();
        let changed = others.filter(move |other| *other != byte).map(move |other| {
            let mut changed = text.to_vec();
            changed[at] = other;
            changed
        });
        let mut shortened = text.to_vec();
        shortened.remove(at);
        changed.chain([shortened])
    })
}

/// Without what nothing authenticates and nobody relies on: the hint at a key that an envelope may have.
fn meaning(mut bundle: Bundle) -> Bundle {
    if let Content::Envelope(envelope) = &mut bundle.content {
        envelope.key_id.clear();
    }
    bundle
}

fn holds(name: &str, policy: &Policy, root: Option<&TrustedRoot>, others: fn(u8) -> Vec<u8>) {
    let text = read(name);
    let original = meaning(bundle(name));
    let artifact = match name.starts_with("image") {
        true => image(&original),
        false => blob(),
    };
    let facts = verify(&original, &artifact, policy, root);
    assert!(facts.is_verified());
    let (mut all, mut refused) = (0, 0);
    for mutant in mutations(&text, others) {
        all += 1;
        let Ok(bundle) = Bundle::parse(&mutant) else {
            refused += 1;
            continue;
        };
        let bundle = meaning(bundle);
        if bundle == original {
            continue;
        }
        let report = verify(&bundle, &artifact, policy, root);
        if report.is_verified() {
            assert_eq!(report, facts, "{}", String::from_utf8_lossy(&mutant));
            panic!("accepted, though it is not the same: {}", String::from_utf8_lossy(&mutant));
        }
        refused += 1;
    }
    assert!(refused * 10 > all * 9, "only {refused} of {all} were refused");
}

#[test]
fn of_a_signature_by_key() {
    holds("key-blob.sigstore.json", &key(), None, |byte| {
        (0..=u8::MAX).filter(|other| *other != byte).collect()
    });
}

#[test]
fn of_a_keyless_signature() {
    holds("image-signature.bundle.json", &identity(PERSON, PERSON_ISSUER), Some(&root()), |byte| {
        vec![byte ^ 1]
    });
}
