//! One version of an index, with its addresses.

use serde_json::Value;

use super::read::read;
use super::shape::IndexError;
use crate::yaml;

/// Where a version can be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The first address that the index gives; it may be relative to the index.
    pub url: String,
    /// The digest of the package in hexadecimal SHA-256, if the index gives one.
    pub digest: Option<String>,
}

/// Finds a version of a chart; `None` if it is not listed, or with no address. Only its own lines are read as values.
///
/// # Errors
/// The index can't be read.
pub fn find_address(text: &str, name: &str, version: &str) -> Result<Option<Address>, IndexError> {
    let index = match read(text) {
        Ok(index) => index,
        // Nothing is put into it: how it is written does not matter.
        Err(IndexError::Brackets { .. }) => return Ok(find_in_value(text, name, version)),
        Err(error) => return Err(error),
    };
    let Some(versions) = index.find_chart(name) else { return Ok(None) };
    let listed = versions.listed.iter().zip(versions.pieces(text));
    let mut same = listed.filter(|(listed, _)| listed.version.as_deref() == Some(version));
    let Some((_, piece)) = same.next() else { return Ok(None) };
    let value = yaml::read(piece).unwrap_or_default();
    Ok(value.get(0).and_then(read_entry))
}

fn find_in_value(text: &str, name: &str, version: &str) -> Option<Address> {
    let value = yaml::read(text).unwrap_or_default();
    let listed = value["entries"][name].as_array()?.iter();
    listed.filter(|entry| entry["version"].as_str() == Some(version)).find_map(read_entry)
}

fn read_entry(entry: &Value) -> Option<Address> {
    let url = entry["urls"].get(0).and_then(Value::as_str).filter(|url| !url.is_empty());
    let digest = entry["digest"].as_str().map(|digest| digest.strip_prefix("sha256:").unwrap_or(digest));
    let digest = digest.map(str::to_ascii_lowercase).filter(|digest| !digest.is_empty());
    url.map(|url| Address { url: url.to_owned(), digest })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_version_among_others() {
        let text = "apiVersion: v1\nentries:\n  a:\n  - name: a\n    version: 2.0.0\n    urls: [two.tgz]\n  - digest: SHA\n    name: a\n    urls:\n    - https://e.example/one.tgz\n    - b\n    version: 1.0.0\n  b: []\n";
        let find = |name, version| find_address(text, name, version).unwrap();
        let one = find("a", "1.0.0").unwrap();
        assert_eq!((one.url.as_str(), one.digest.as_deref()), ("https://e.example/one.tgz", Some("sha")));
        let two = find("a", "2.0.0").unwrap();
        assert_eq!((two.url.as_str(), two.digest.as_deref()), ("two.tgz", None));
        assert_eq!((find("a", "3.0.0"), find("c", "1.0.0")), (None, None));
        let json =
            r#"{"apiVersion": "v1", "entries": {"a": [{"name": "a", "version": "1.0.0", "urls": ["x"]}]}}"#;
        assert_eq!(find_address(json, "a", "1.0.0").unwrap().unwrap().url, "x");
        assert_eq!(find_address(json, "a", "2.0.0").unwrap(), None);
    }
}
