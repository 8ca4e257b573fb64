//! Headers of tar entries, written: ustar, and PAX records for what does not fit (POSIX.1-2017, pax).
//!
//! The bytes depend on the arguments alone. No names of users or groups, no devices, no extended attributes.

use std::io::{self, Write};

use tar::{EntryType, Header};

pub(super) const BLOCK: usize = 512;

/// What a ustar number field of eight characters can hold.
const OCTAL_7: u64 = 0o777_7777;
/// What a ustar number field of twelve characters can hold.
const OCTAL_11: u64 = 0o777_7777_7777;

/// One entry's header in the making.
pub(super) struct EntryHeader<'a> {
    pub(super) kind: EntryType,
    /// Relative; a directory's ends with a slash.
    pub(super) path: &'a str,
    pub(super) link: Option<&'a str>,
    pub(super) mode: u32,
    pub(super) uid: u64,
    pub(super) gid: u64,
    pub(super) size: u64,
    pub(super) seconds: u64,
}

impl EntryHeader<'_> {
    /// Writes the header, with a PAX header before it if one is needed.
    pub(super) fn write(&self, to: &mut dyn Write) -> io::Result<()> {
        let mut header = Header::new_ustar();
        let mut records = Vec::new();
        header.set_entry_type(self.kind);
        header.set_mode(self.mode);

        if !place_path(&mut header, self.path) {
            push_record(&mut records, "path", self.path);
        }
        if let Some(link) = self.link
            && !place_link(&mut header, link)
        {
            push_record(&mut records, "linkpath", link);
        }
        let mut number = |key, value: u64, most: u64| {
            if value > most {
                push_record(&mut records, key, &value.to_string());
                return 0;
            }
            value
        };
        header.set_uid(number("uid", self.uid, OCTAL_7));
        header.set_gid(number("gid", self.gid, OCTAL_7));
        header.set_size(number("size", self.size, OCTAL_11));
        let seconds = number("mtime", self.seconds, OCTAL_11);
        header.set_mtime(seconds);

        if !records.is_empty() {
            write_pax(&records, seconds, to)?;
        }
        finish(&mut header);
        to.write_all(header.as_bytes())
    }
}

fn write_pax(records: &[u8], seconds: u64, to: &mut dyn Write) -> io::Result<()> {
    let length = u64::try_from(records.len()).expect("records in memory have a length of 64 bits");
    let mut header = Header::new_ustar();
    header.set_entry_type(EntryType::XHeader);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(seconds);
    header.set_size(length);
    // Only a reader without PAX sees this name; one that differs by entry would say nothing more.
    place_path(&mut header, "PaxHeaders.0/entry");
    finish(&mut header);
    to.write_all(header.as_bytes())?;
    to.write_all(records)?;
    write_padding(length, to)
}

/// Fills the last block of an entry's content.
pub(super) fn write_padding(length: u64, to: &mut dyn Write) -> io::Result<()> {
    to.write_all(&[0; BLOCK][..padding(length)])
}

/// How many bytes are missing to the next full block.
pub(super) fn padding(length: u64) -> usize {
    let over = usize::try_from(length % 512).expect("less than 512");
    (BLOCK - over) % BLOCK
}

fn finish(header: &mut Header) {
    header.set_device_major(0).expect("a ustar header has a field for devices");
    header.set_device_minor(0).expect("a ustar header has a field for devices");
    header.set_cksum();
}

/// Puts a path into the name and prefix fields; if it does not fit, the name holds its beginning for readers
/// without PAX.
fn place_path(header: &mut Header, path: &str) -> bool {
    let ustar = header.as_ustar_mut().expect("the header was made as ustar");
    if path.is_ascii() {
        if place(&mut ustar.name, path) {
            return true;
        }
        // The longest prefix that fits, so that there is one way only.
        let splits = path.match_indices('/').map(|(at, _)| at).filter(|at| *at > 0 && *at + 1 < path.len());
        for at in splits.filter(|at| *at <= ustar.prefix.len()).collect::<Vec<_>>().into_iter().rev() {
            let (prefix, name) = path.split_at(at);
            let name = name.get(1..).unwrap_or_default();
            if name.len() <= ustar.name.len() {
                return place(&mut ustar.prefix, prefix) && place(&mut ustar.name, name);
            }
        }
    }
    place_start(&mut ustar.name, path);
    false
}

fn place_link(header: &mut Header, link: &str) -> bool {
    let ustar = header.as_ustar_mut().expect("the header was made as ustar");
    if link.is_ascii() && place(&mut ustar.linkname, link) {
        return true;
    }
    place_start(&mut ustar.linkname, link);
    false
}

fn place(field: &mut [u8], text: &str) -> bool {
    match field.get_mut(..text.len()) {
        Some(start) => {
            start.copy_from_slice(text.as_bytes());
            true
        }
        None => false,
    }
}

fn place_start(field: &mut [u8], text: &str) {
    let ascii = text.bytes().map(|b| if b.is_ascii() { b } else { b'_' });
    field.iter_mut().zip(ascii).for_each(|(to, from)| *to = from);
}

/// Appends `length key=value\n`, where the length counts itself.
fn push_record(records: &mut Vec<u8>, key: &str, value: &str) {
    let rest = key.len() + value.len() + 3;
    let mut length = rest;
    while length != rest + length.to_string().len() {
        length = rest + length.to_string().len();
    }
    records.extend_from_slice(format!("{length} {key}={value}\n").as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_the_length_into_itself() {
        for (value, want) in
            [("x", "9 path=x\n"), (&"y".repeat(90), "99 path="), (&"y".repeat(91), "101 path=")]
        {
            let mut records = Vec::new();
            push_record(&mut records, "path", value);
            assert!(records.starts_with(want.as_bytes()), "{}", String::from_utf8_lossy(&records));
            let length = String::from_utf8_lossy(&records).split(' ').next().unwrap().parse::<usize>();
            assert_eq!(length, Ok(records.len()));
        }
    }

    #[test]
    fn pads_to_full_blocks() {
        for (length, want) in [(0, 0), (1, 511), (511, 1), (512, 0), (513, 511)] {
            assert_eq!(padding(length), want, "{length}");
        }
    }
}
