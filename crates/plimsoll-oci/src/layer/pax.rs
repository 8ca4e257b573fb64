//! PAX extended headers, read (POSIX.1-2017, pax, "pax Extended Header").

/// What extension headers say of the entry that follows them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Extensions {
    pub(super) path: Option<Vec<u8>>,
    pub(super) link: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
    pub(super) uid: Option<u64>,
    pub(super) gid: Option<u64>,
}

impl Extensions {
    /// True if nothing is said that changes what an entry is.
    pub(super) fn is_empty(&self) -> bool {
        *self == Extensions::default()
    }

    /// Takes in the records of one PAX header.
    pub(super) fn take_records(&mut self, mut records: &[u8]) -> Result<(), &'static str> {
        while !records.is_empty() {
            let (key, value, rest) = split_record(records).ok_or("a PAX record is malformed")?;
            match key {
                b"path" => self.path = Some(name(value)?),
                b"linkpath" => self.link = Some(name(value)?),
                b"size" => self.size = Some(number(value)?),
                b"uid" => self.uid = Some(number(value)?),
                b"gid" => self.gid = Some(number(value)?),
                key if key.starts_with(b"GNU.sparse.") => return Err("sparse files are not supported"),
                _ => {}
            }
            records = rest;
        }
        Ok(())
    }
}

/// Splits `length key=value\n` off; the length counts the whole record.
fn split_record(records: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = records.iter().position(|b| *b == b' ')?;
    let length: usize = std::str::from_utf8(records.get(..space)?).ok()?.parse().ok()?;
    let record = records.get(space.checked_add(1)?..length)?.strip_suffix(b"\n")?;
    let equals = record.iter().position(|b| *b == b'=')?;
    Some((record.get(..equals)?, record.get(equals.checked_add(1)?..)?, records.get(length..)?))
}

fn name(value: &[u8]) -> Result<Vec<u8>, &'static str> {
    match value.is_empty() || value.contains(&0) {
        true => Err("a PAX path is empty or holds a NUL byte"),
        false => Ok(value.to_owned()),
    }
}

fn number(value: &[u8]) -> Result<u64, &'static str> {
    let digits = value.iter().all(u8::is_ascii_digit);
    let number = std::str::from_utf8(value).ok().filter(|_| digits).and_then(|text| text.parse().ok());
    number.ok_or("a PAX number is malformed")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_records_with_anything_in_their_values() {
        let mut extensions = Extensions::default();
        extensions.take_records(b"14 path=a=b\nc\n17 size=12345678\n22 SCHILY.xattr.a=\0\n\xff\n").unwrap();
        let want = Extensions { path: Some(b"a=b\nc".into()), size: Some(12_345_678), ..Default::default() };
        assert_eq!(extensions, want);
    }

    #[test]
    fn refuses_what_is_malformed() {
        for records in [
            &b"x"[..],
            b"5 a=b",
            b"5 a=b\n",
            b"7 a=b\n",
            b"99 a=b\n",
            b"0 a=b\n",
            b"8 path=\n",
            b"9 path=\0\n",
            b"9 size=x\n",
            b"11 size=-1\n",
            b"29 size=99999999999999999999\n",
            b"22 GNU.sparse.major=1\n",
        ] {
            let result = Extensions::default().take_records(records);
            assert!(result.is_err(), "{}", String::from_utf8_lossy(records));
        }
    }

    proptest! {
        #[test]
        fn never_panics(records: Vec<u8>) {
            let _ = Extensions::default().take_records(&records);
        }
    }
}
