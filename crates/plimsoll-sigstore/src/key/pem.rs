//! The one block of a PEM file that is wanted (RFC 7468).

use zeroize::Zeroizing;

/// The largest key file that is looked at, in bytes.
pub(super) const LIMIT: usize = 64 * 1024;

/// A block: its label, and what is inside.
pub(super) struct Block {
    pub(super) label: String,
    pub(super) contents: Zeroizing<Vec<u8>>,
}

/// Finds the first block whose label ends with `kind`. Others, such as the curve parameters that OpenSSL writes before a
/// private key, are passed over.
pub(super) fn find_block(text: &str, kind: &str) -> Option<Block> {
    if text.len() > LIMIT {
        return None;
    }
    let mut rest = text;
    loop {
        let (_, after) = rest.split_once("-----BEGIN ")?;
        let (label, body) = after.split_once("-----")?;
        let end = format!("-----END {label}-----");
        let (inside, next) = body.split_once(end.as_str())?;
        rest = next;
        if label.ends_with(kind) {
            let whole = Zeroizing::new(format!("-----BEGIN {label}-----\n{}\n{end}\n", inside.trim()));
            let (label, contents) = der::pem::decode_vec(whole.as_bytes()).ok()?;
            return Some(Block { label: label.to_owned(), contents: Zeroizing::new(contents) });
        }
    }
}

/// Renders a block in lines of 64 characters.
pub(super) fn render(label: &str, contents: &[u8]) -> String {
    der::pem::encode_string(label, der::pem::LineEnding::LF, contents)
        .expect("memory is the only thing that encoding needs")
}
