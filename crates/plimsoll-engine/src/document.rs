//! Texts of the project that are read and written in place.

pub mod version_file;
