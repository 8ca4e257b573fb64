//! Registries over HTTP.
