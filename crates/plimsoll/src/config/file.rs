//! The file as it is written: which keys there are, and what stands in them.
//!
//! Nothing is interpreted here. [`keys`] says what may stand where, and is all that the reader, the JSON Schema and
//! the list of suggestions know of the file, so they can't disagree. What a value means is [`resolve`]'s business.
//!
//! [`resolve`]: super::resolve

pub mod keys;
mod read;
pub mod shape;
mod suggest;
pub mod written;

pub(super) use read::is_variable_name;
pub use read::read;
pub(super) use suggest::nearest;
