//! Beginnings: a sample project that is really released.

pub(crate) mod demo;
