//! What a try leaves in docker or podman, and nobody asked for: taken away when the try is over, however it ends.

use super::Containers;
use crate::adapters::errand::Errands;
use crate::adapters::process::Invocation;

/// A container or an image that is to go.
#[must_use]
pub(crate) struct Leftover {
    errands: Errands,
    program: &'static str,
    /// What takes it away; none once it is gone.
    removal: Option<Vec<String>>,
}

impl Leftover {
    /// A container of this name, running or not. Killing the program that began it does not end it.
    pub(crate) fn container(containers: &Containers, errands: &Errands, name: &str) -> Leftover {
        Leftover::of(containers, errands, &["rm", "--force", name])
    }

    /// An image that was loaded under this name.
    pub(crate) fn image(containers: &Containers, errands: &Errands, name: &str) -> Leftover {
        Leftover::of(containers, errands, &["image", "rm", name])
    }

    fn of(containers: &Containers, errands: &Errands, removal: &[&str]) -> Leftover {
        let removal = removal.iter().map(|word| (*word).to_owned()).collect();
        Leftover { errands: errands.clone(), program: containers.program, removal: Some(removal) }
    }

    /// It went by itself.
    pub(crate) fn forget(mut self) {
        self.removal = None;
    }

    /// Takes it away. What keeps that from being done is no reason to fail: it was asked for by nobody.
    pub(crate) async fn remove(mut self) {
        if let Some(call) = self.call() {
            let _ = call.run().await;
        }
        self.removal = None;
    }

    fn call(&self) -> Option<Invocation> {
        Some(self.errands.call(self.program, &[]).args(self.removal.as_ref()?))
    }
}

impl Drop for Leftover {
    /// Nobody waits any more, as when another image has failed meanwhile.
    fn drop(&mut self) {
        if let Some(call) = self.call() {
            let _ = call.leave_running();
        }
    }
}
