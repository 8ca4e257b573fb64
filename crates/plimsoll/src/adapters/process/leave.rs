//! Programs that are started for a person and belong to him from then on, such as a browser.

use std::process::Stdio;

use tokio::process::Command;

use super::{Invocation, ProcessError};

impl Invocation {
    /// Starts the program and leaves it running: it is neither heard nor ended.
    pub(crate) fn leave_running(self) -> Result<(), ProcessError> {
        let mut command = Command::new(self.find_program());
        command.args(&self.arguments).env_clear().envs(self.variables.iter());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        command.spawn().map(drop).map_err(|error| self.broken(&error))
    }
}
