//! Timestamps of something else, and of others.

use jiff::{SignedDuration, Timestamp};
use plimsoll_sigstore::artifact::HashAlgorithm;
use plimsoll_sigstore::key::PrivateKey;
use plimsoll_sigstore::timestamp::{LIMIT, check_answer};
use plimsoll_sigstore::trust::ValidFor;

use super::{Case, case, of, of_root};
use crate::authority::der::*;
use crate::authority::stamps::Answer;
use crate::authority::*;

/// The good signature with another timestamp.
fn stamped(change: impl FnOnce(&mut Answer)) -> Vec<&'static str> {
    let mut bundle = INSTANCE.message();
    let mut answer = Answer::of(bundle.content.signature());
    change(&mut answer);
    bundle.timestamps = vec![INSTANCE.stamps.sign(&answer)];
    of(&bundle)
}

/// The same with bytes in place of the timestamp.
fn answered(answer: Vec<u8>) -> Vec<&'static str> {
    let mut bundle = INSTANCE.message();
    bundle.timestamps = vec![answer];
    of(&bundle)
}

/// The same with some of the timestamp's bytes replaced by as many others.
fn replaced(old: &[u8], new: &[u8]) -> Vec<&'static str> {
    let mut bundle = INSTANCE.message();
    let answer = &mut bundle.timestamps[0];
    let at = answer.windows(old.len()).position(|window| window == old).unwrap();
    answer.splice(at..at + old.len(), new.iter().copied());
    of(&bundle)
}

/// Why an answer is none to a request with the number 7.
fn asked(change: impl FnOnce(&mut Answer)) -> Vec<&'static str> {
    let mut answer = Answer { nonce: Some(7), ..Answer::of(BYTES) };
    let check = |answer: &Answer| {
        check_answer(&INSTANCE.stamps.sign(answer), &HashAlgorithm::Sha256.digest(BYTES), &[7])
    };
    assert_eq!(check(&answer), Ok(()));
    change(&mut answer);
    check(&answer).err().map(|why| why.word()).into_iter().collect()
}

pub(super) fn cases() -> Vec<Case> {
    let message = INSTANCE.message();
    let good = message.timestamps[0].clone();
    let past = ValidFor { start: None, end: Some(Timestamp::UNIX_EPOCH) };
    let other = PrivateKey::generate().unwrap();
    let mut two = INSTANCE.message();
    two.timestamps.push(INSTANCE.stamps.sign(&Answer::of(b"something else")));
    let mut later = INSTANCE.message();
    let after = Answer { at: NOW + SignedDuration::from_hours(1), ..Answer::of(later.content.signature()) };
    later.timestamps.push(INSTANCE.stamps.sign(&after));
    let nested = (0..1000).fold(Vec::new(), |inside, _| sequence([inside]));
    let mut by_other = INSTANCE.message();
    by_other.timestamps = vec![INSTANCE.stamps.sign_with(&Answer::of(by_other.content.signature()), &other)];
    let sha256 = oid(stamps::SHA256);
    let sha224 = oid("2.16.840.1.101.3.4.2.4");
    vec![
        case("no timestamp", "timestamp-malformed", answered(Vec::new())),
        case("something after it", "timestamp-malformed", answered([&good[..], &[0]].concat())),
        case("a cut one", "timestamp-malformed", answered(good[..good.len() - 1].to_vec())),
        case("a large one", "timestamp-malformed", answered(octets(&vec![0; LIMIT]))),
        case("a nested one", "timestamp-malformed", answered(nested)),
        case(
            "an indefinite length",
            "timestamp-malformed",
            answered([&[0x30, 0x80][..], &good[4..], &[0, 0]].concat()),
        ),
        case("no token", "timestamp-malformed", answered(sequence([sequence([number(0)])]))),
        case("no status", "timestamp-malformed", answered(sequence([sequence([])]))),
        case("an unknown digest algorithm", "timestamp-malformed", replaced(&sha256, &sha224)),
        case(
            "another content",
            "timestamp-malformed",
            replaced(&oid("1.2.840.113549.1.9.16.1.4"), &oid("1.2.840.113549.1.9.16.1.5")),
        ),
        case(
            "another kind of message",
            "timestamp-malformed",
            replaced(&oid("1.2.840.113549.1.7.2"), &oid("1.2.840.113549.1.7.3")),
        ),
        case(
            "another signature algorithm",
            "timestamp-malformed",
            replaced(&oid("1.2.840.10045.4.3.2"), &oid("1.2.840.10045.4.3.3")),
        ),
        case("a time that is none", "timestamp-malformed", replaced(&time(NOW)[2..], b"20261302030405Z")),
        case("a refusal", "timestamp-refused", stamped(|answer| answer.status = 2)),
        case(
            "a timestamp of something else",
            "timestamp-other-signature",
            stamped(|answer| {
                answer.stamped = HashAlgorithm::Sha256.digest(BYTES);
            }),
        ),
        case("one that is good, and one of something else", "timestamp-other-signature", of(&two)),
        case("one that is good, and one after the certificate's time", "certificate-expired", of(&later)),
        case("no answer to the request", "timestamp-other-request", asked(|answer| answer.nonce = Some(8))),
        case("an answer to no request", "timestamp-other-request", asked(|answer| answer.nonce = None)),
        case(
            "an answer about something else",
            "timestamp-other-signature",
            asked(|answer| {
                answer.stamped = HashAlgorithm::Sha256.digest(b"something else");
            }),
        ),
        case("another certificate", "timestamp-unknown-authority", stamped(|answer| answer.serial = 4)),
        case(
            "the digest of another certificate",
            "timestamp-unknown-authority",
            stamped(|answer| {
                answer.certificate = Some(INSTANCE.certificate(|_| {}));
            }),
        ),
        case(
            "nobody who stamps",
            "timestamp-unknown-authority",
            of_root(&message, |root| {
                root.timestamp_authorities.clear();
            }),
        ),
        case(
            "after the authority's certificate",
            "timestamp-certificate",
            stamped(|answer| {
                answer.at = NOW + SignedDuration::from_hours(24 * 366);
            }),
        ),
        case(
            "an authority of former times",
            "timestamp-certificate",
            of_root(&message, |root| {
                root.timestamp_authorities[0].valid_for = past;
            }),
        ),
        case(
            "an authority that certifies others",
            "timestamp-certificate",
            of_root(&message, |root| {
                let stamps = &mut root.timestamp_authorities[0];
                stamps.certificates[1] = root.certificate_authorities[0].certificates[1].clone();
            }),
        ),
        case("another key", "timestamp-signature", of(&by_other)),
        case(
            "attributes of another content",
            "timestamp-signature",
            stamped(|answer| {
                answer.message_digest = Some(HashAlgorithm::Sha256.digest(BYTES));
            }),
        ),
        case(
            "another time",
            "timestamp-signature",
            replaced(&time(NOW), &time(NOW + SignedDuration::from_secs(1))),
        ),
    ]
}
