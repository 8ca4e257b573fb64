//! Every reader of what strangers hand in, with the laws that it keeps whatever it is given.
//!
//! Each function is one target of `fuzz/` and panics where a law is broken. The corpus of each, `fuzz/corpus/NAME`, is gone
//! through by the tests below, so that what a fuzzer once found stays found; so are changes of it, for whoever has no fuzzer.

use std::collections::BTreeMap;

use plimsoll_http::Secret;

use crate::artifact::{Artifact, HashAlgorithm};
use crate::bundle::{Bundle, LogEntry, Version};
use crate::certificate::{Authority, Certificate, Usage};
use crate::key::{PrivateKey, PublicKey};
use crate::legacy::{Kind, Layer, verify_layer};
use crate::log::Checkpoint;
use crate::policy::{Policy, RequiredSigner};
use crate::timestamp;
use crate::trust::{Log, TrustedRoot, ValidFor};
use crate::verify::verify;

/// Whose private half is not kept, so that nothing can be by it.
const NOBODY: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAe6f09i2NODtX5BhKO+dE3ZFDWiDlQM8mR9mwtx/ESRI=\n-----END PUBLIC KEY-----\n";
/// A moment at which certificates of the corpus are valid.
const MOMENT: i64 = 1_767_323_045;

fn nobody() -> PublicKey {
    PublicKey::parse(NOBODY).expect("this is a key")
}

/// A log that has signed nothing.
fn silent_log(id: &[u8]) -> Log {
    Log { url: String::new(), id: id.to_vec(), key: nobody(), valid_for: ValidFor::default() }
}

/// Who trusts nobody, and asks for nobody.
fn policies() -> [Policy; 2] {
    [RequiredSigner::Unstated, RequiredSigner::Key(nobody())]
        .map(|signer| Policy { signer, predicate_type: None })
}

/// Bundles: what is read is written as what is read again, and is believed by nobody who trusts nobody.
pub fn bundle(bytes: &[u8]) {
    let Ok(read) = Bundle::parse(bytes) else { return };
    if read.entries.iter().all(|entry| entry.proof.is_some()) {
        let again = Bundle::parse(read.render().as_bytes()).expect("what is written can be read");
        assert_eq!(again, Bundle { version: Version::V0_3, ..read.clone() });
    }
    let logs = read.entries.iter().map(|entry| silent_log(&entry.log_id)).collect();
    let root = TrustedRoot { logs, ..TrustedRoot::default() };
    let artifact = Artifact::of_bytes(b"abc".to_vec());
    for policy in policies() {
        let report = verify(&read, &artifact, &policy, Some(&root));
        assert!(!report.is_verified() && report.logged.is_empty() && report.timestamped.is_empty());
    }
}

/// Certificates: bytes are kept as they came, PEM holds the same, and none is made by itself.
pub fn certificate(bytes: &[u8]) {
    let Ok(read) = Certificate::parse(bytes) else { return };
    assert_eq!(read.der(), bytes);
    let again = Certificate::parse_pem(&read.render()).expect("what is written can be read");
    assert_eq!(again.der(), bytes);
    if let Ok(Some(name)) = read.find_subject_name() {
        assert!(!name.text.chars().any(char::is_control));
    }
    let _ = (read.find_issuer(), read.find_source_repository(), read.scts());
    assert!(read.verify_sct(&read, &[]).is_err(), "no log is trusted");
    let at = jiff::Timestamp::from_second(MOMENT).expect("it is a moment");
    let authority = Authority {
        name: String::new(),
        certificates: vec![read.clone(), read.clone()],
        valid_for: ValidFor::default(),
    };
    for usage in [Usage::CodeSigning, Usage::TimeStamping] {
        let _ = Authority::find(std::slice::from_ref(&authority), &read, usage, at);
        assert!(Authority::find(&[], &read, usage, at).is_err(), "no authority is trusted");
    }
}

/// Answers of timestamp authorities: none is believed by who trusts nobody.
pub fn timestamp(bytes: &[u8]) {
    assert!(timestamp::verify(bytes, b"abc", &[]).is_err());
    let _ = timestamp::check_answer(bytes, &HashAlgorithm::Sha256.digest(b"abc"), &[7]);
}

/// Checkpoints: none is by a log that has signed nothing.
pub fn checkpoint(bytes: &[u8]) {
    let Some(read) = text(bytes).and_then(|text| Checkpoint::parse(text).ok()) else { return };
    assert!(!read.origin.is_empty());
    for id in [&[][..], b"0123", &[0; 32]] {
        assert!(read.verify(&silent_log(id)).is_err());
    }
}

/// Log entries: none is in a log that has signed nothing.
pub fn log_entry(bytes: &[u8]) {
    let Ok(read) = LogEntry::parse(bytes) else { return };
    assert!(read.verify(&[], &[]).is_err());
    assert!(read.verify(&[silent_log(&read.log_id)], &[]).is_err());
}

/// Files of keys: what is read is written as what is read again, and nothing opens without its password.
pub fn key_file(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    if let Ok(key) = PublicKey::parse(text) {
        assert_eq!(PublicKey::parse(&key.render()), Ok(key));
    }
    let secret = Secret::new(text.to_owned());
    if let Ok(key) = PrivateKey::parse(&secret, None) {
        assert!(!PrivateKey::takes_password(&secret));
        let again = key.render_plain().and_then(|plain| PrivateKey::parse(&plain, None));
        assert_eq!(again.map(|again| again.public().clone()), Ok(key.public().clone()));
    }
}

/// Layers of the older form, as a JSON object of annotations, a line's end and the layer's bytes: what is read is written as what
/// is read again, and is believed by nobody who trusts nobody.
pub fn layer(bytes: &[u8]) {
    let at = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (annotations, rest) = bytes.split_at(at);
    let Ok(annotations) = serde_json::from_slice::<BTreeMap<String, String>>(annotations) else { return };
    let bytes = rest.get(1..).unwrap_or_default().to_vec();
    let image = Artifact::of_bytes(b"abc".to_vec());
    for kind in [Kind::Signature, Kind::Attestation] {
        let layer = Layer { kind, bytes: bytes.clone(), annotations: annotations.clone() };
        for policy in policies() {
            assert!(!verify_layer(&layer, &image, &policy, Some(&TrustedRoot::default())).is_verified());
        }
        let Ok(read) = layer.bundle() else { continue };
        let again = Layer::of_bundle(&read, &bytes).expect("what has been there has a place");
        assert_eq!(again.bundle(), Ok(read));
    }
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};
    use std::time::{Duration, Instant};
    use std::{fs, iter};

    use super::*;

    type Target = (&'static str, fn(&[u8]));

    const TARGETS: [Target; 7] = [
        ("bundle", bundle),
        ("certificate", certificate),
        ("checkpoint", checkpoint),
        ("key_file", key_file),
        ("layer", layer),
        ("log_entry", log_entry),
        ("timestamp", timestamp),
    ];
    /// How many changes are made of each seed.
    const CHANGES: usize = 600;
    /// No input of a few kilobytes takes a fraction of this, on whatever machine.
    const LONG: Duration = Duration::from_secs(10);

    fn corpus() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus")
    }

    fn seeds(of: &str) -> Vec<(PathBuf, Vec<u8>)> {
        let mut seeds: Vec<_> = fs::read_dir(corpus().join(of))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| (path.clone(), fs::read(path).unwrap()))
            .collect();
        seeds.sort();
        assert!(!seeds.is_empty(), "{of} has no seeds");
        seeds
    }

    #[test]
    fn the_corpus_breaks_no_law() {
        let mut folders: Vec<_> = fs::read_dir(corpus())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        folders.sort();
        assert_eq!(folders, TARGETS.map(|(name, _)| name), "each target has a corpus, each corpus a target");
        for (name, read) in TARGETS {
            for (path, seed) in seeds(name) {
                // Its name is in the output if the reader panics.
                println!("{}", path.display());
                read(&seed);
            }
        }
    }

    /// Numbers that are the same in every run (Marsaglia's xorshift).
    fn numbers(seed: u64) -> impl FnMut(usize) -> usize {
        let mut state = seed | 1;
        move |below| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state >> 33).unwrap() % below.max(1)
        }
    }

    /// Some changes at once, as a fuzzer makes them: of bytes, of lengths, of what is where.
    fn change(seed: &[u8], other: &[u8], number: &mut impl FnMut(usize) -> usize) -> Vec<u8> {
        const BYTES: [u8; 10] = [0, 1, 0x7f, 0x80, 0x84, 0xff, b'"', b'-', b'0', b'{'];
        let mut bytes = seed.to_vec();
        for _ in 0..=number(4) {
            let at = number(bytes.len() + 1).min(bytes.len());
            let end = (at + number(40)).min(bytes.len());
            match number(6) {
                0 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << number(8)),
                1 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = BYTES[number(BYTES.len())]),
                2 => drop(bytes.drain(at..end)),
                3 => bytes.insert(at, BYTES[number(BYTES.len())]),
                4 => {
                    let again = bytes[at..end].repeat(1 + number(8));
                    bytes.splice(at..at, again);
                }
                _ => {
                    let from = number(other.len());
                    let until = (from + number(200)).min(other.len());
                    bytes.splice(at..end, other[from..until].iter().copied());
                }
            }
        }
        bytes
    }

    #[test]
    fn nothing_like_the_corpus_breaks_a_law_or_takes_long() {
        for (name, read) in TARGETS {
            let seeds = seeds(name);
            for (nth, (path, seed)) in seeds.iter().enumerate() {
                let mut number = numbers(0x9e37_79b9 + nth as u64);
                let changed = iter::repeat_with(|| {
                    let other = &seeds[number(seeds.len())].1;
                    change(seed, other, &mut number)
                });
                for bytes in changed.take(CHANGES) {
                    let begin = Instant::now();
                    let done = std::panic::catch_unwind(|| read(&bytes));
                    let text = String::from_utf8_lossy(&bytes);
                    assert!(done.is_ok(), "{name}, like {}: {text:?}", path.display());
                    assert!(begin.elapsed() < LONG, "{name}, like {}: {text:?}", path.display());
                }
            }
        }
    }
}
