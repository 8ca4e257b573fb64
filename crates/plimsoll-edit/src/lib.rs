//! Changes named scalars in YAML, TOML, JSON and text, every other byte kept.
//!
//! Pure: text in, text out. A file that a person wrote is never printed anew. The parser only says where a value
//! stands; the new value is written over that place and nowhere else. Comments, layout, line endings, the order of
//! keys and, where the new value allows it, the style of quotes stay as they are.
//!
//! | module | finds by |
//! |---|---|
//! | [`yaml`], [`toml`], [`json`] | a [`KeyPath`](path::KeyPath) |
//! | [`pattern`] | the text round the value |
//!
//! Each has `find`, which says what stands there and where, and `set`, which returns the new text.
//!
//! # The proof
//! After writing, `set` reads the old and the new text as a whole and compares them node by node. Unless exactly the
//! one value differs, and is the wanted string, nothing is returned but an error. So a mistake in finding the place
//! of a value can only ever be a refusal.

mod edit;
pub mod error;
pub mod found;
pub mod json;
mod outline;
pub mod path;
pub mod pattern;
mod place;
mod proof;
pub mod toml;
pub mod yaml;
