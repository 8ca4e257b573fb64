//! YAML as Helm reads and writes it: by way of JSON, with the words of YAML 1.1 (`sigs.k8s.io/yaml` on `go-yaml` 2).
//!
//! So `yes` is a boolean, `0o17` and `1_000` are what they were in 2005, and a date is text.

mod plain;
mod read;
mod write;

pub use read::{YamlError, read};
pub(crate) use write::{write_item, write_mapping};
