//! Clocks that go wrong, for one program at a time.

use std::path::PathBuf;

use crate::env::Environment;
use crate::process::Invocation;
use crate::tools;

/// Stands between a program and the system's clock. What is not the time of day goes on as it is.
const SHIM: &str = r#"#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t clock, struct timespec *at) {
    int done = (int) syscall(SYS_clock_gettime, clock, at);
    const char *skew = getenv("SKEW_SECONDS");
    if (done == 0 && clock == CLOCK_REALTIME && skew) at->tv_sec += atol(skew);
    return done;
}
"#;

/// What makes clocks go wrong.
#[derive(Debug)]
pub struct Skew {
    shim: PathBuf,
}

impl Skew {
    /// Makes it; `None` without a C compiler, or where programs can't be stood between like that.
    ///
    /// # Panics
    /// When the compiler is missing and required ([`tools::require`]), or refuses.
    #[track_caller]
    pub fn new(environment: &Environment) -> Option<Skew> {
        if !cfg!(target_os = "linux") {
            tools::missing("a clock that goes wrong");
            return None;
        }
        let compiler = tools::require("cc")?;
        let folder = environment.folder("skew");
        std::fs::write(folder.join("shim.c"), SHIM).expect("a file can be written");
        let line = ["-shared", "-fPIC", "-o", "shim.so", "shim.c"];
        compiler.command(environment).in_folder(&folder).args(line).run().expect_success();
        Some(Skew { shim: folder.join("shim.so") })
    }

    /// The program on a machine whose clock is so many seconds ahead, or behind.
    pub fn set(&self, command: Invocation, seconds: i64) -> Invocation {
        command.set("LD_PRELOAD", &self.shim).set("SKEW_SECONDS", seconds.to_string())
    }
}
