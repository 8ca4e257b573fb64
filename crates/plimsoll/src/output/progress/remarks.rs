//! What is said where no progress is wanted: remarks about the outcome, and what is odd in it.

use plimsoll_engine::domain::event::{Event, Watcher};

use super::{Display, Loudness};
use crate::output::diagnostic::render_diagnostic;
use crate::output::streams::Talk;

/// Says remarks, and nothing of the work. Whoever wants quiet is told alone what is odd in what will be out for good.
pub(super) struct Remarks {
    talk: Talk,
    loudness: Loudness,
}

impl Remarks {
    pub(super) fn new(talk: Talk, loudness: Loudness) -> Remarks {
        Remarks { talk, loudness }
    }
}

impl Watcher for Remarks {
    fn see(&self, event: Event) {
        match event {
            Event::Warning(warning) => self.talk.say(&render_diagnostic(&warning, self.talk.ink)),
            Event::Remark(remark) if self.loudness > Loudness::Quiet => self.talk.say(&remark),
            Event::Remark(_)
            | Event::Note(_)
            | Event::Phase(_)
            | Event::Satisfied(_)
            | Event::Started(_)
            | Event::Done(_)
            | Event::Bytes { .. }
            | Event::Said { .. } => {}
        }
    }
}

impl Display for Remarks {
    fn clear(&self) {}
}

#[cfg(test)]
mod tests {
    use plimsoll_engine::domain::code::Code;
    use plimsoll_engine::domain::diagnostic::Diagnostic;

    use super::super::{Show, display};
    use super::*;
    use crate::output::ink::Ink;
    use crate::output::streams::tests::Memory;

    #[test]
    fn remarks_are_said_unless_quiet_is_asked_and_warnings_always() {
        for (show, loudness, want) in [
            (Show::Nothing, Loudness::Normal, "helm is not installed\nwarning[chart-image]: odd\n"),
            (Show::Nothing, Loudness::Quiet, "warning[chart-image]: odd\n"),
            (
                Show::Lines,
                Loudness::Normal,
                "  waiting\n  helm is not installed\nwarning[chart-image]: odd\n",
            ),
        ] {
            let memory = Memory::default();
            let display = display(show, &Talk::into(memory.clone(), Ink::Plain), loudness);
            display.see(Event::Note("waiting".into()));
            display.see(Event::Remark("helm is not installed".into()));
            display.see(Event::Warning(Box::new(Diagnostic::warning(Code::ChartImage, "odd"))));
            assert_eq!(memory.text(), want, "{show:?} {loudness:?}");
        }
    }
}
