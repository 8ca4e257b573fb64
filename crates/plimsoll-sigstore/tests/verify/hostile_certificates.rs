//! Certificates that no honest authority makes, though it signs them: none is believed, and none takes long.

use jiff::SignedDuration;
use plimsoll_sigstore::bundle::Bundle;
use plimsoll_sigstore::certificate::Certificate;
use plimsoll_sigstore::key::PrivateKey;
use plimsoll_sigstore::policy::Policy;
use plimsoll_sigstore::trust::TrustedRoot;
use plimsoll_sigstore::verify::{Outcome, verify};

use crate::authority::certificate::*;
use crate::authority::certifier::authority;
use crate::authority::der::*;
use crate::authority::*;
use crate::fixtures::identity;

const MALFORMED: &[&str] = &["certificate-malformed"];
const UNTRUSTED: &[&str] = &["certificate-untrusted"];
const PURPOSE: &[&str] = &["certificate-purpose"];
const NAME: &[&str] = &["identity-malformed"];
const OTHER_NAME: &[&str] = &["identity-other-name"];
const VERIFIED: &[&str] = &["verified"];
/// An extension that nobody knows.
const UNKNOWN: &str = "1.2.3.4.5";

fn refused(bundle: &Bundle, policy: &Policy, root: &TrustedRoot) -> Vec<&'static str> {
    let report = verify(bundle, &artifact(), policy, Some(root));
    if report.is_verified() {
        return VERIFIED.to_vec();
    }
    let refused = report.findings.iter().filter_map(|finding| match &finding.outcome {
        Outcome::Refused(why) => Some(why.word()),
        _ => None,
    });
    refused.collect()
}

/// Why the signature by a certificate is refused.
fn of(certificate: Vec<u8>) -> Vec<&'static str> {
    refused(&INSTANCE.message_by(certificate), &signer(), &INSTANCE.root())
}

/// Why the signature by a certificate is refused that the authority and its log have made after a change of the draft.
fn certified(change: impl FnOnce(&mut Draft)) -> Vec<&'static str> {
    of(INSTANCE.certificate(change))
}

fn with(extension: Extension) -> Vec<&'static str> {
    certified(|draft| draft.set(extension))
}

/// A certificate as it lies in DER, after a change of its bytes.
fn broken(change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> Vec<&'static str> {
    of(change(INSTANCE.certificate(|_| {})))
}

fn rows(table: Vec<(&str, &[&str], Vec<&'static str>)>) {
    let wrong = table.into_iter().filter(|(_, want, found)| want != found);
    let wrong: Vec<String> =
        wrong.map(|(what, want, found)| format!("{what}: {found:?} instead of {want:?}")).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn of_another_role() {
    let itself = |draft: &mut Draft| draft.issuer = draft.subject.clone();
    let mut own = INSTANCE.draft();
    itself(&mut own);
    let mut named = INSTANCE.draft();
    named.subject = name("root");
    named.issuer = name("root");
    rows(vec![
        ("good", VERIFIED, certified(|_| {})),
        ("an authority's", UNTRUSTED, with(Extension::authority(0))),
        ("one that may certify others", PURPOSE, with(Extension::key_usage(CERTIFIES))),
        ("signed by itself", UNTRUSTED, of(own.sign(&INSTANCE.holder))),
        ("signed by itself in the root's name", UNTRUSTED, of(named.sign(&INSTANCE.holder))),
        ("signed by the authority as by itself", UNTRUSTED, certified(itself)),
        ("signed by the holder of another leaf", UNTRUSTED, of(INSTANCE.draft().sign(&INSTANCE.holder))),
        ("for any purpose", PURPOSE, with(Extension::purposes(&["2.5.29.37.0"]))),
        (
            "from a day to the day before",
            &["certificate-expired"],
            certified(|draft| {
                std::mem::swap(&mut draft.from, &mut draft.until);
            }),
        ),
    ]);
}

#[test]
fn with_other_extensions() {
    let twice = |extension: Extension| certified(|draft| draft.extensions.push(extension));
    rows(vec![
        ("an unknown one", VERIFIED, with(Extension::new(UNKNOWN, b"x"))),
        ("an unknown one that must be known", UNTRUSTED, with(Extension::critical(UNKNOWN, b"x"))),
        ("an issuer that must be known", UNTRUSTED, with(Extension::critical(ISSUER, &text(ISSUED_BY)))),
        ("two issuers, the same", MALFORMED, twice(Extension::new(ISSUER, &text(ISSUED_BY)))),
        ("two issuers", MALFORMED, twice(Extension::new(ISSUER, &text("https://other.test")))),
        ("two lists of names", MALFORMED, twice(Extension::names([email(b"other@b.test")]))),
        ("two purposes", MALFORMED, twice(Extension::purposes(&[CODE_SIGNING]))),
        (
            "two unknown ones",
            MALFORMED,
            certified(|draft| {
                draft.extensions.extend([Extension::new(UNKNOWN, b"x"), Extension::new(UNKNOWN, b"x")]);
            }),
        ),
        ("a usage that is none", MALFORMED, with(Extension::critical(KEY_USAGE, b"\x03\x01"))),
        ("purposes that are none", MALFORMED, with(Extension::new(PURPOSES, b"\x30\x01"))),
        ("a nested one that nobody reads", VERIFIED, with(Extension::new(UNKNOWN, &nested(500)))),
        ("nested names", NAME, with(Extension::new(ALTERNATIVE_NAMES, &nested(500)))),
    ]);
}

/// Sequences in each other.
fn nested(depth: usize) -> Vec<u8> {
    (0..depth).fold(Vec::new(), |inside, _| sequence([inside]))
}

#[test]
fn with_odd_names() {
    let named = |names: Vec<Vec<u8>>| with(Extension::names(names));
    let good = email(SIGNER.as_bytes());
    let utf8 = |content: &[u8]| value(12, content);
    let kind = other(FULCIO_NAME, &utf8(SIGNER.as_bytes()));
    let found = |policy: &Policy, names: Vec<u8>| {
        let certificate = INSTANCE.certificate(|draft| draft.set(Extension::names([names])));
        refused(&INSTANCE.message_by(certificate), policy, &INSTANCE.root())
    };
    let long = vec![b'a'; 50_000];
    rows(vec![
        ("none", OTHER_NAME, named(vec![])),
        ("two", NAME, named(vec![good.clone(), email(b"other@b.test")])),
        ("the same twice", NAME, named(vec![good.clone(), good.clone()])),
        ("one of each kind", NAME, named(vec![good.clone(), uri(SIGNER.as_bytes()), kind.clone()])),
        ("a machine beside it", NAME, named(vec![good.clone(), machine(b"b.test")])),
        ("a machine", OTHER_NAME, named(vec![machine(SIGNER.as_bytes())])),
        ("of Fulcio's own kind", VERIFIED, named(vec![kind])),
        ("of another kind", OTHER_NAME, named(vec![other(UNKNOWN, &utf8(SIGNER.as_bytes()))])),
        ("of Fulcio's kind, and no text", NAME, named(vec![other(FULCIO_NAME, &number(1))])),
        ("no utf-8", NAME, named(vec![other(FULCIO_NAME, &utf8(b"\xff"))])),
        ("letters beyond ascii", NAME, named(vec![email("ä@b.test".as_bytes())])),
        ("an end in the middle", NAME, named(vec![email(b"a@b.test\0.other.test")])),
        ("a line's end", NAME, named(vec![email(b"a@b.test\n")])),
        ("colours of a terminal", NAME, named(vec![other(FULCIO_NAME, &utf8(b"\x1b[31ma@b.test"))])),
        ("a long one", OTHER_NAME, named(vec![email(&long)])),
        (
            "a directory's, which is no name of an identity",
            OTHER_NAME,
            named(vec![explicit(4, &name(SIGNER))]),
        ),
        (
            "something behind it",
            &["certificate-untrusted", "identity-malformed"],
            certified(|draft| {
                let whole = [sequence([email(SIGNER.as_bytes())]), null()].concat();
                draft.set(Extension::critical(ALTERNATIVE_NAMES, &whole));
            }),
        ),
        (
            "letters that look like others",
            OTHER_NAME,
            found(&identity(SIGNER, ISSUED_BY), other(FULCIO_NAME, &utf8("а@b.test".as_bytes()))),
        ),
    ]);
}

#[test]
fn with_odd_keys() {
    let keyed = |key: Vec<u8>| certified(|draft| draft.key = key);
    let rsa = |size: usize| {
        let modulus = [&[0, 0x80][..], &vec![1; size / 8 - 1]].concat();
        let inside = sequence([value(2, &modulus), value(2, &[1, 0, 1])]);
        sequence([sequence([oid("1.2.840.113549.1.1.1"), null()]), bits(&inside)])
    };
    let curve =
        |curve: &str, point: &[u8]| sequence([sequence([oid("1.2.840.10045.2.1"), oid(curve)]), bits(point)]);
    const WRONG: &[&str] = &["signature-wrong"];
    rows(vec![
        ("a short one", MALFORMED, keyed(rsa(1024))),
        ("a tiny one", MALFORMED, keyed(rsa(8))),
        ("a huge one", MALFORMED, keyed(rsa(16_384))),
        ("one that signed something else", WRONG, keyed(rsa(2048))),
        (
            "no modulus",
            MALFORMED,
            keyed(sequence([sequence([oid("1.2.840.113549.1.1.1"), null()]), bits(b"")])),
        ),
        ("secp256k1", MALFORMED, keyed(curve("1.3.132.0.10", &[4; 65]))),
        ("a curve of one's own", MALFORMED, keyed(curve(UNKNOWN, &[4; 65]))),
        ("no point of the curve", WRONG, keyed(curve("1.2.840.10045.3.1.7", &[4; 65]))),
        ("no point", WRONG, keyed(curve("1.2.840.10045.3.1.7", &[]))),
        ("infinity", WRONG, keyed(curve("1.2.840.10045.3.1.7", &[0]))),
        ("dsa", MALFORMED, keyed(sequence([sequence([oid("1.2.840.10040.4.1")]), bits(&[1])]))),
        ("none", MALFORMED, keyed(sequence([]))),
        ("another's", WRONG, keyed(PrivateKey::generate().unwrap().public().der().to_vec())),
    ]);
}

#[test]
fn with_broken_bytes() {
    let padded =
        |length: usize| INSTANCE.certificate(|draft| draft.set(Extension::new(UNKNOWN, &vec![0; length])));
    let large = padded(64 * 1024);
    assert!(Certificate::parse(&padded(60 * 1024)).is_ok() && large.len() > 64 * 1024);
    rows(vec![
        ("none", MALFORMED, broken(|_| Vec::new())),
        ("large", MALFORMED, of(large)),
        ("a byte behind it", MALFORMED, broken(|whole| [whole, vec![0]].concat())),
        ("a second one behind it", MALFORMED, broken(|whole| [whole.clone(), whole].concat())),
        (
            "a byte less",
            MALFORMED,
            broken(|mut whole| {
                whole.pop();
                whole
            }),
        ),
        (
            "an indefinite length",
            MALFORMED,
            broken(|whole| [&[0x30, 0x80][..], &whole[4..], &[0, 0]].concat()),
        ),
        (
            "a length that is longer than it must be",
            MALFORMED,
            broken(|whole| [&[0x30, 0x83, 0][..], &whole[2..]].concat()),
        ),
        (
            "a length beyond memory",
            MALFORMED,
            broken(|whole| {
                [&[0x30, 0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff][..], &whole[4..]].concat()
            }),
        ),
        ("nested", MALFORMED, of(nested(1000))),
        ("a nested name", MALFORMED, certified(|draft| draft.subject = nested(1000))),
        ("pem", MALFORMED, broken(|whole| Certificate::parse(&whole).unwrap().render().into_bytes())),
        (
            "a negative serial number, which nobody reads",
            VERIFIED,
            certified(|draft| draft.serial = vec![0x80]),
        ),
        ("an empty serial number", MALFORMED, certified(|draft| draft.serial = Vec::new())),
        ("a long serial number", MALFORMED, certified(|draft| draft.serial = vec![1; 100])),
    ]);
}

/// A certificate between the root's and the signer's.
fn between(
    called: &str,
    by: &str,
    key: &PrivateKey,
    signed: &PrivateKey,
    change: impl FnOnce(&mut Draft),
) -> Vec<u8> {
    let mut draft = authority(called, by, key.public());
    draft.set(Extension::purposes(&[CODE_SIGNING]));
    change(&mut draft);
    draft.sign(signed)
}

/// Why the good signature is refused by who trusts the authority with these certificates in between.
fn through(chain: Vec<Vec<u8>>) -> Vec<&'static str> {
    let mut root = INSTANCE.root();
    root.certificate_authorities = vec![INSTANCE.certifier.trusted_by(chain)];
    refused(&INSTANCE.message(), &signer(), &root)
}

#[test]
fn of_odd_chains() {
    let certifier = &INSTANCE.certifier;
    let last =
        |change: fn(&mut Draft)| between("intermediate", "root", &certifier.key, &certifier.root_key, change);
    let other = PrivateKey::generate().unwrap();
    // The root certifies the first, each the next, and the last the signer.
    let chain = |length: usize| {
        let keys: Vec<_> = (1..length).map(|_| PrivateKey::generate().unwrap()).collect();
        let key = |at: usize| keys.get(at).unwrap_or(&certifier.key);
        let called = |at: usize| if at + 1 == length { "intermediate".to_owned() } else { format!("{at}") };
        let by = |at: usize| at.checked_sub(1).map_or("root".to_owned(), called);
        let signed = |at: usize| at.checked_sub(1).map_or(&certifier.root_key, key);
        let one = |at: usize| between(&called(at), &by(at), key(at), signed(at), |_| {});
        (0..length).rev().map(one).collect::<Vec<_>>()
    };
    let ring = || {
        let loops = between("intermediate", "other", &certifier.key, &other, |_| {});
        vec![loops, between("other", "intermediate", &other, &certifier.key, |_| {})]
    };
    let many = || {
        let one = |_| between("intermediate", "intermediate", &certifier.key, &certifier.key, |_| {});
        (0..40).map(one).collect::<Vec<_>>()
    };
    let narrow = |permitted: Vec<u8>| {
        let constraints = sequence([explicit(0, &sequence([permitted]))]);
        between("intermediate", "root", &certifier.key, &certifier.root_key, |draft| {
            draft.set(Extension::critical(NAME_CONSTRAINTS, &constraints));
        })
    };
    let none_below = |mut chain: Vec<Vec<u8>>| {
        // The upper of two allows none below it.
        let key = PrivateKey::generate().unwrap();
        chain[1] =
            between("0", "root", &key, &certifier.root_key, |draft| draft.set(Extension::authority(0)));
        chain[0] = between("intermediate", "0", &certifier.key, &key, |_| {});
        chain
    };
    rows(vec![
        ("good", VERIFIED, through(vec![last(|_| {})])),
        ("long", VERIFIED, through(chain(6))),
        ("too long", UNTRUSTED, through(chain(7))),
        ("very long", UNTRUSTED, through(chain(30))),
        ("without the one in the middle", UNTRUSTED, through(vec![])),
        ("in a ring", UNTRUSTED, through(ring())),
        ("of forty that are their own issuers", UNTRUSTED, through(many())),
        ("longer than the upper one allows", UNTRUSTED, through(none_below(chain(2)))),
        ("by one that is no authority", UNTRUSTED, through(vec![last(|draft| draft.remove(CONSTRAINTS))])),
        (
            "by one for other purposes",
            UNTRUSTED,
            through(vec![last(|draft| {
                draft.set(Extension::purposes(&[TIME_STAMPING]));
            })]),
        ),
        (
            "by one that was not valid then",
            UNTRUSTED,
            through(vec![last(|draft| {
                draft.until = NOW - SignedDuration::from_mins(1);
            })]),
        ),
        ("by one for machines of another name", VERIFIED, through(vec![narrow(machine(b"other.test"))])),
        ("by one for addresses of another name", UNTRUSTED, through(vec![narrow(email(b"other.test"))])),
        // Who made the certificate is told by signature, not by name.
        ("beside one of the same name", VERIFIED, {
            let same = between("intermediate", "root", &other, &certifier.root_key, |_| {});
            through(vec![same, last(|_| {})])
        }),
    ]);
}
