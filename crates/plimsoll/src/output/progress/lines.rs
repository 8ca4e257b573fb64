//! Plain lines, for CI and files. They hold no times: whoever keeps logs adds their own.

use std::sync::{Mutex, PoisonError};

use plimsoll_engine::domain::event::{Event, Watcher};

use super::{Display, Loudness, headline};
use crate::output::diagnostic::render_diagnostic;
use crate::output::human::shorten;
use crate::output::streams::Talk;

/// Says a line for each thing that is done.
pub(super) struct Lines {
    talk: Talk,
    loudness: Loudness,
    /// The headline that was said last: phases are entered more than once.
    said: Mutex<Option<&'static str>>,
}

impl Lines {
    pub(super) fn new(talk: Talk, loudness: Loudness) -> Lines {
        Lines { talk, loudness, said: Mutex::new(None) }
    }
}

impl Watcher for Lines {
    fn see(&self, event: Event) {
        let verbose = self.loudness == Loudness::Verbose;
        let ink = self.talk.ink;
        match event {
            Event::Phase(phase) => {
                let now = Some(headline(phase));
                let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
                if *said != now {
                    *said = now;
                    self.talk.say(&ink.strong(headline(phase)));
                }
            }
            Event::Satisfied(step) if verbose => {
                self.talk.say(&ink.faint(&format!("  right already: {}", shorten(step.as_str()))));
            }
            Event::Started(step) if verbose => {
                self.talk.say(&ink.faint(&format!("  begun: {}", shorten(step.as_str()))));
            }
            Event::Done(step) => self.talk.say(&format!("  {}", shorten(step.as_str()))),
            Event::Bytes { artifact, repository, more } if verbose => {
                self.talk.say(&ink.faint(&format!("  {more} bytes of {artifact} to {repository}")));
            }
            Event::Said { artifact, line } if verbose => {
                self.talk.say(&ink.faint(&format!("  {artifact}: {line}")));
            }
            Event::Note(note) | Event::Remark(note) => self.talk.say(&format!("  {note}")),
            Event::Warning(warning) => self.talk.say(&render_diagnostic(&warning, ink)),
            Event::Satisfied(_) | Event::Started(_) | Event::Bytes { .. } | Event::Said { .. } => {}
        }
    }
}

impl Display for Lines {
    fn clear(&self) {}
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use plimsoll_engine::domain::step::{Phase, StepId};

    use super::*;
    use crate::output::ink::Ink;
    use crate::output::streams::tests::Memory;

    fn lines(loudness: Loudness) -> String {
        let memory = Memory::default();
        let lines = Lines::new(Talk::into(memory.clone(), Ink::Plain), loudness);
        for event in [
            Event::Phase(Phase::Push),
            Event::Started(StepId::new("push", format_args!("a.test/b@sha256:{}", "ab".repeat(32)))),
            Event::Done(StepId::new("push", format_args!("a.test/b@sha256:{}", "ab".repeat(32)))),
            Event::Phase(Phase::Record),
            Event::Satisfied(StepId::new("record", "a.test/b")),
            Event::Note("waiting".into()),
        ] {
            lines.see(event);
        }
        memory.text()
    }

    #[test]
    fn what_changed_is_said_once() {
        assert_snapshot!(lines(Loudness::Normal), @r"
        pushing by digest
          push a.test/b@sha256:abababababab
          waiting
        ");
    }

    #[test]
    fn verbose_says_what_was_looked_at_too() {
        assert_snapshot!(lines(Loudness::Verbose), @r"
        pushing by digest
          begun: push a.test/b@sha256:abababababab
          push a.test/b@sha256:abababababab
          right already: record a.test/b
          waiting
        ");
    }
}
