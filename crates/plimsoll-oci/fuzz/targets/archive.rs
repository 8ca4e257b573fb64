#![no_main]

use std::sync::LazyLock;

use tempfile::TempDir;

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a folder can be made"));

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| plimsoll_oci::fuzz::archive(FOLDER.path(), bytes));
