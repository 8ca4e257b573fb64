//! Programs that are started and left to themselves: for a person, such as a browser, or to tidy up behind us.

use std::process::Stdio;

use tokio::process::Command;

use super::{Invocation, ProcessError};

impl Invocation {
    /// Starts the program and leaves it running: it is neither heard nor ended. Where nothing waits for anything any more, too.
    pub(crate) fn leave_running(self) -> Result<(), ProcessError> {
        let mut command = Command::new(self.find_program());
        command.args(&self.arguments).env_clear().envs(self.variables.iter());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        command.as_std_mut().spawn().map(drop).map_err(|error| self.broken(&error))
    }
}
