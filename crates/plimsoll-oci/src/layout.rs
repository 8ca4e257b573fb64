//! Image layouts on disk, crash-safe and shared between processes.
