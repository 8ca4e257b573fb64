//! What is said where no progress is wanted: remarks about the outcome.

use plimsoll_engine::domain::event::{Event, Watcher};

use super::Display;
use crate::output::streams::Talk;

/// Says remarks, and nothing of the work.
pub(super) struct Remarks {
    talk: Talk,
}

impl Remarks {
    pub(super) fn new(talk: Talk) -> Remarks {
        Remarks { talk }
    }
}

impl Watcher for Remarks {
    fn see(&self, event: Event) {
        if let Event::Remark(remark) = event {
            self.talk.say(&remark);
        }
    }
}

impl Display for Remarks {
    fn clear(&self) {}
}

#[cfg(test)]
mod tests {
    use super::super::{Loudness, Show, display};
    use super::*;
    use crate::output::ink::Ink;
    use crate::output::streams::tests::Memory;

    #[test]
    fn remarks_are_said_unless_quiet_is_asked() {
        for (show, loudness, want) in [
            (Show::Nothing, Loudness::Normal, "helm is not installed\n"),
            (Show::Nothing, Loudness::Quiet, ""),
            (Show::Lines, Loudness::Normal, "  waiting\n  helm is not installed\n"),
        ] {
            let memory = Memory::default();
            let display = display(show, &Talk::into(memory.clone(), Ink::Plain), loudness);
            display.see(Event::Note("waiting".into()));
            display.see(Event::Remark("helm is not installed".into()));
            assert_eq!(memory.text(), want, "{show:?} {loudness:?}");
        }
    }
}
