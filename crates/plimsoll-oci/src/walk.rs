//! Every manifest and blob below a manifest.
