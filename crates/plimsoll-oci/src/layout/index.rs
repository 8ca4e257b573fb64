//! The text of `index.json`: ours is changed, everything else is kept byte for byte.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::model::Descriptor;
use crate::name::Digest;

/// The name of a tag in `index.json` (OCI image-spec 1.1, "Pre-Defined Annotation Keys").
pub(crate) const REF_NAME: &str = "org.opencontainers.image.ref.name";
/// The full reference that containerd, BuildKit and Docker write beside the tag.
pub(crate) const CONTAINERD_NAME: &str = "io.containerd.image.name";
/// On entries of our own that refer to another manifest: its digest, so that the referrers of one manifest are found
/// without opening all others. Only a hint: what it finds is read and compared.
pub(crate) const SUBJECT: &str = "dev.plimsoll.subject";

type Fields = BTreeMap<String, Box<RawValue>>;

/// An `index.json`.
#[derive(Clone, Debug)]
pub(crate) struct IndexFile {
    /// All fields but `manifests`.
    fields: Fields,
    entries: Vec<IndexEntry>,
}

/// One element of `manifests`.
#[derive(Clone, Debug)]
pub(crate) struct IndexEntry {
    raw: Box<RawValue>,
    /// None where the entry is nothing that we understand; it is kept all the same.
    descriptor: Option<Descriptor>,
}

impl IndexFile {
    /// An index without entries.
    pub(crate) fn empty() -> IndexFile {
        let text =
            br#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#;
        IndexFile::parse(text).expect("the text is an index")
    }

    /// Reads an index; the error says what is wrong with it.
    pub(crate) fn parse(text: &[u8]) -> Result<IndexFile, String> {
        let mut fields: Fields = serde_json::from_slice(text).map_err(|e| e.to_string())?;
        let version = fields.get("schemaVersion").map_or("none", |version| version.get());
        if version != "2" {
            return Err(format!("its schemaVersion is {version}, not 2"));
        }
        let manifests = fields.remove("manifests").ok_or("it has no manifests")?;
        let entries: Vec<Box<RawValue>> =
            serde_json::from_str(manifests.get()).map_err(|e| format!("its manifests can't be read: {e}"))?;
        let entry = |raw: Box<RawValue>| {
            let descriptor = serde_json::from_str(raw.get()).ok();
            IndexEntry { raw, descriptor }
        };
        Ok(IndexFile { fields, entries: entries.into_iter().map(entry).collect() })
    }

    /// The text again, one entry to a line.
    pub(crate) fn render(&self) -> Vec<u8> {
        let mut text = String::from("{\n");
        for (name, value) in &self.fields {
            let name = serde_json::to_string(name).expect("a string can be written as JSON");
            text.push_str(&format!("  {name}: {},\n", value.get()));
        }
        let entries: Vec<String> =
            self.entries.iter().map(|entry| format!("\n    {}", entry.raw.get())).collect();
        text.push_str(&format!("  \"manifests\": [{}\n  ]\n}}\n", entries.join(",")));
        text.into_bytes()
    }

    /// The entries that we understand, in order.
    pub(crate) fn descriptors(&self) -> impl Iterator<Item = &Descriptor> {
        self.entries.iter().filter_map(|entry| entry.descriptor.as_ref())
    }

    /// True if there are entries that we do not understand.
    pub(crate) fn has_unknown_entries(&self) -> bool {
        self.entries.iter().any(|entry| entry.descriptor.is_none())
    }

    /// The entries that are called `name`.
    pub(crate) fn named(&self, name: &str) -> impl Iterator<Item = &Descriptor> {
        self.descriptors().filter(move |entry| entry.annotations.get(REF_NAME).is_some_and(|n| n == name))
    }

    /// Adds an entry at the end.
    pub(crate) fn add(&mut self, descriptor: Descriptor) {
        let raw = serde_json::value::to_raw_value(&descriptor)
            .expect("a descriptor of strings and numbers can be written as JSON");
        self.entries.push(IndexEntry { raw, descriptor: Some(descriptor) });
    }

    /// Takes a name away from whatever bears it. An entry that was there for its name alone goes altogether; one
    /// that something else is said of, or that refers to another manifest, stays without a name.
    pub(crate) fn remove_name(&mut self, name: &str) {
        let bears = |entry: &IndexEntry| {
            let annotations = entry.descriptor.as_ref().map(|descriptor| &descriptor.annotations);
            annotations.and_then(|annotations| annotations.get(REF_NAME)).is_some_and(|n| n == name)
        };
        self.entries.retain_mut(|entry| {
            !bears(entry) || {
                entry.remove_annotation(REF_NAME);
                entry.descriptor.as_ref().is_some_and(|descriptor| !descriptor.annotations.is_empty())
            }
        });
    }

    /// Puts the entries in the order of their texts.
    pub(crate) fn sort(&mut self) {
        self.entries.sort_by(|a, b| a.raw.get().cmp(b.raw.get()));
    }

    /// Removes every entry of a manifest.
    pub(crate) fn remove(&mut self, at: &Digest) {
        self.entries.retain(|entry| entry.descriptor.as_ref().is_none_or(|d| d.digest != *at));
    }
}

impl IndexEntry {
    fn remove_annotation(&mut self, name: &str) {
        let Some(descriptor) = &mut self.descriptor else { return };
        descriptor.annotations.remove(name);
        // What was read as a descriptor is an object whose annotations are an object of strings.
        let Ok(mut fields) = serde_json::from_str::<Fields>(self.raw.get()) else { return };
        let annotations = match descriptor.annotations.is_empty() {
            true => None,
            false => serde_json::value::to_raw_value(&descriptor.annotations).ok(),
        };
        fields.remove("annotations");
        fields.extend(annotations.map(|annotations| ("annotations".to_owned(), annotations)));
        if let Ok(raw) = serde_json::value::to_raw_value(&fields) {
            self.raw = raw;
        }
    }
}

#[cfg(test)]
mod tests;
