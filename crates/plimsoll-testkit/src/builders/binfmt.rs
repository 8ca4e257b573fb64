//! Foreign programs: Linux hands those of arm64 to an emulator (binfmt_misc, the kernel's documentation).

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::tools;

const FOLDER: &str = "/proc/sys/fs/binfmt_misc";
const NAME: &str = "qemu-aarch64";
/// Which files are meant: 64-bit little-endian ELF programs of AArch64, whatever their ABI.
const MAGIC: &str = r"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00";
const MASK: &str = r"\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff";

/// Lets programs of arm64 run on this machine, in every container too. It stays so for later tests.
///
/// # Panics
/// When it can't be had and is required.
#[track_caller]
pub fn emulate_arm64() -> Option<()> {
    if cfg!(target_arch = "aarch64") {
        return Some(());
    }
    let emulator = tools::require(NAME)?;
    let entry = Path::new(FOLDER).join(NAME);
    if !Path::new(FOLDER).join("register").exists() {
        // Whether that worked shows below.
        let _ = Command::new("mount").args(["-t", "binfmt_misc", "binfmt_misc", FOLDER]).status();
    }
    if !entry.exists() {
        let real = fs::canonicalize(emulator.path()).expect("the emulator is there");
        // F: opened now, so that it is found in containers; O and C: as the kernel's documentation advises for it.
        let line = format!(":{NAME}:M::{MAGIC}:{MASK}:{}:OCF", real.display());
        // Another test may have been faster.
        let _ = fs::write(Path::new(FOLDER).join("register"), line);
    }
    match entry.exists() {
        true => Some(()),
        false => {
            tools::missing("binfmt_misc (root, and a kernel that has it)");
            None
        }
    }
}
