//! A registry that does wrong on request.

pub mod wire;
