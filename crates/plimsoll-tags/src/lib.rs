//! Versions, image tag rules, classes and lines.
