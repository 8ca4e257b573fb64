//! Every change of one byte.

/// Which changes are made of each byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Changes {
    /// It becomes every other byte, is taken out, and has itself or one of [`OTHERS`] put before it.
    All,
    /// Each of its bits is flipped, it becomes one of [`OTHERS`], is taken out, and has itself or one of them put before it.
    Complete,
    /// The same; but inside of long base64, whose every character another test changes completely, one bit of each is flipped, and
    /// it is taken out.
    Sampled,
}

/// What is put in place of a byte or before it.
const OTHERS: [u8; 7] = [0, 0xff, b'A', b'0', b' ', b'"', b','];
/// As of how many characters base64 is long.
const LONG: usize = 24;

impl Changes {
    /// Everything that becomes of a text by a change at one place. Nothing is left out but what would be the text itself.
    pub(crate) fn at(self, text: &[u8], at: usize) -> Vec<Vec<u8>> {
        let byte = text[at];
        let flipped = |bit: usize| byte ^ (1 << bit);
        let is_sampled = self == Changes::Sampled && is_inside_base64(text, at);
        let replaced: Vec<u8> = match self {
            _ if is_sampled => vec![flipped(at % 7)],
            Changes::All => (0..=u8::MAX).collect(),
            Changes::Complete | Changes::Sampled => (0..8).map(flipped).chain(OTHERS).collect(),
        };
        let put = OTHERS.into_iter().chain([byte]).filter(|_| !is_sampled);
        let mut changed = Vec::new();
        let mut push = |with: &[u8], skipped: usize| {
            let whole = [&text[..at], with, &text[at + skipped..]].concat();
            if whole != text {
                changed.push(whole);
            }
        };
        push(&[], 1);
        replaced.iter().for_each(|other| push(&[*other], 1));
        put.for_each(|other| push(&[other], 0));
        changed
    }
}

/// Whether this place has long base64 on both sides of it, or all around.
fn is_inside_base64(text: &[u8], at: usize) -> bool {
    let is_digit = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+/".contains(byte);
    let before = text[..at].iter().rev().take(LONG).take_while(is_digit).count();
    let after = text[at..].iter().take(LONG).take_while(is_digit).count();
    after > 4 && before > 4 && before + after >= LONG
}

#[test]
fn no_byte_is_left_as_it_is() {
    let text = format!(r#"{{"a":"{}"}}"#, "QUJD".repeat(20)).into_bytes();
    for changes in [Changes::All, Changes::Complete, Changes::Sampled] {
        for at in 0..text.len() {
            let changed = changes.at(&text, at);
            assert!(changed.len() > 1 && !changed.contains(&text), "{changes:?} of {at}");
        }
    }
    assert_eq!(Changes::All.at(b"a", 0).len(), 1 + 255 + 8);
    assert_eq!(Changes::Sampled.at(&text, 40).len(), 2);
    assert!(Changes::Sampled.at(&text, 2).len() > 15, "a name is no base64");
}
