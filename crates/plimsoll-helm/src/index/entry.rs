//! The entry of a package, as Helm writes it.

use plimsoll_oci::name::{Algorithm, Digest};
use serde_json::{Value, json};

use crate::archive::{ArchiveError, read_chart};
use crate::chart::Metadata;
use crate::yaml::write_item;

/// Where packages can be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Beside the index.
    BesideIndex,
    /// Below an address, in which `{name}` and `{version}` stand for those of the chart.
    Below(String),
    /// At an address of its own.
    Exactly(String),
}

/// Why an address is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// It has a `?` or `#`, behind which no file name can stand.
    #[error("`{address}` holds `{character}`, behind which no file name can stand")]
    Tail {
        /// The address.
        address: String,
        /// The character.
        character: char,
    },
    /// It has white space or control characters.
    #[error("`{address}` holds white space")]
    Blank {
        /// The address.
        address: String,
    },
}

/// A package that can be listed.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What the chart says of itself.
    pub metadata: Metadata,
    /// The digest of the package.
    pub digest: Digest,
    /// The name of its file.
    pub file: String,
}

impl Place {
    /// Reads an address.
    ///
    /// # Errors
    /// See [`PlaceError`].
    pub fn parse(address: &str) -> Result<Place, PlaceError> {
        if address.contains(|character: char| character.is_whitespace() || character.is_control()) {
            return Err(PlaceError::Blank { address: address.to_owned() });
        }
        if let Some(character) = address.chars().find(|character| matches!(character, '?' | '#')) {
            return Err(PlaceError::Tail { address: address.to_owned(), character });
        }
        match address.trim_end_matches('/') {
            "" => Ok(Place::BesideIndex),
            address => Ok(Place::Below(address.to_owned())),
        }
    }
}

impl Entry {
    /// Reads a package, whose file has this name.
    ///
    /// # Errors
    /// See [`ArchiveError`].
    pub fn of_package(packed: &[u8], file: &str) -> Result<Entry, ArchiveError> {
        let chart = read_chart(packed)?;
        Ok(Entry { metadata: chart.metadata, digest: Digest::of(packed), file: file.to_owned() })
    }

    /// The digest as Helm writes it: without the name of its algorithm.
    pub fn bare_digest(&self) -> &str {
        debug_assert_eq!(self.digest.algorithm(), Algorithm::Sha256);
        self.digest.hex()
    }

    /// Where the package can be fetched.
    pub fn url(&self, place: &Place) -> String {
        match place {
            Place::BesideIndex => self.file.clone(),
            Place::Exactly(address) => address.clone(),
            Place::Below(address) => {
                let Metadata { name, version, .. } = &self.metadata;
                let address = address.replace("{name}", name).replace("{version}", version);
                format!("{address}/{}", self.file)
            }
        }
    }

    /// The text of the entry, as an item of a list whose dashes stand at a column.
    pub(super) fn render(&self, place: &Place, created: &str, column: usize) -> String {
        let mut value = serde_json::to_value(&self.metadata).unwrap_or_default();
        if let Value::Object(fields) = &mut value {
            fields.insert("created".to_owned(), json!(created));
            fields.insert("digest".to_owned(), json!(self.bare_digest()));
            fields.insert("urls".to_owned(), json!([self.url(place)]));
        }
        write_item(&value, column)
    }
}
