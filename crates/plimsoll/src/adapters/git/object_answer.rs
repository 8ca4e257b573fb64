//! What `git cat-file --batch` and `--batch-check` answer about an object.

use plimsoll_engine::domain::git::Oid;

/// The first line of an answer: `oid SP kind SP size`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ObjectHead<'a> {
    /// The object's name.
    pub(super) oid: &'a str,
    /// `blob`, `tree`, `commit` or `tag`.
    pub(super) kind: &'a str,
    /// How many bytes it has.
    pub(super) size: u64,
}

impl ObjectHead<'_> {
    /// Its size, if it is the blob that was asked for.
    pub(super) fn size_of_blob(&self, oid: &Oid) -> Option<u64> {
        (self.kind == "blob" && self.oid == oid.as_str()).then_some(self.size)
    }
}

/// Reads the first line of an answer, without its end. Any other line (`name missing`) is absence.
pub(super) fn parse_object_head(line: &str) -> Option<ObjectHead<'_>> {
    let mut words = line.split(' ');
    let (oid, kind, size) = (words.next()?, words.next()?, words.next()?.parse().ok()?);
    words.next().is_none().then_some(ObjectHead { oid, kind, size })
}

/// Takes the first line off what git printed: what it says of an object, if anything, and what comes after it. `None` if it
/// is no whole line.
fn split_head(printed: &[u8]) -> Option<(Option<ObjectHead<'_>>, &[u8])> {
    let end = printed.iter().position(|byte| *byte == b'\n')?;
    let (line, rest) = printed.split_at_checked(end)?;
    Some((std::str::from_utf8(line).ok().and_then(parse_object_head), rest.get(1..)?))
}

/// Takes the bytes of an object off what stands behind its first line: `bytes LF`.
fn split_bytes(printed: &[u8], size: u64) -> Option<(&[u8], &[u8])> {
    let (bytes, rest) = printed.split_at_checked(usize::try_from(size).ok()?)?;
    Some((bytes, rest.strip_prefix(b"\n")?))
}

/// Takes the blob `oid` off the front of what git printed: `oid SP blob SP size LF bytes LF`.
pub(super) fn split_blob<'b>(printed: &'b [u8], oid: &Oid) -> Option<(&'b [u8], &'b [u8])> {
    let (head, rest) = split_head(printed)?;
    split_bytes(rest, head?.size_of_blob(oid)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OID: &str = "1234567890123456789012345678901234567890";

    #[test]
    fn heads_name_kind_and_size() {
        let line = format!("{OID} commit 25");
        assert_eq!(parse_object_head(&line), Some(ObjectHead { oid: OID, kind: "commit", size: 25 }));
        for other in ["v1.0.0 missing", "", "a b c", "a blob 1 2", "a blob -1"] {
            assert_eq!(parse_object_head(other), None, "{other}");
        }
    }

    #[test]
    fn only_the_blob_that_was_asked_for_is_taken() {
        let printed = format!("{OID} blob 3\na\nb\nrest");
        let oid: Oid = OID.parse().unwrap();
        assert_eq!(split_blob(printed.as_bytes(), &oid), Some((b"a\nb".as_slice(), b"rest".as_slice())));
        let other: Oid = OID.replace('1', "2").parse().unwrap();
        assert_eq!(split_blob(printed.as_bytes(), &other), None);
        assert_eq!(split_blob(printed.replace("blob", "tree").as_bytes(), &oid), None);
        for length in 0..printed.len() - 4 {
            assert_eq!(split_blob(&printed.as_bytes()[..length], &oid), None, "{length}");
        }
    }
}
