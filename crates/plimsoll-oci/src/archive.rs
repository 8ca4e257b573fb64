//! Layouts and `docker save` output inside a tar file.
