//! Texts of the project that are read and written in place.

pub mod app_compose;
pub mod compose;
pub mod dockerfile;
pub mod ignore_file;
pub mod manifests;
pub mod notes;
pub mod values;
pub mod version_file;
