//! Bars on a terminal: what is under way, and how many bytes have arrived.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use plimsoll_engine::domain::event::{Event, Watcher};
use plimsoll_engine::domain::step::Phase;
use plimsoll_http::secret::unspoken;

use super::{Display, Loudness, headline};
use crate::output::diagnostic::render_diagnostic;
use crate::output::human::shorten;
use crate::output::ink::Ink;
use crate::output::visible::visible;

const TICK: Duration = Duration::from_millis(100);

/// One line for the phase, one for each artifact that a program makes, and one for each repository that bytes go to.
pub(super) struct Bars {
    all: MultiProgress,
    /// There is none before the first phase: what only looks is over before a spinner means anything.
    phase: OnceLock<ProgressBar>,
    ink: Ink,
    loudness: Loudness,
    uploads: Mutex<BTreeMap<String, ProgressBar>>,
    works: Mutex<BTreeMap<String, ProgressBar>>,
}

impl Bars {
    pub(super) fn new(ink: Ink, loudness: Loudness) -> Bars {
        Bars {
            all: MultiProgress::new(),
            phase: OnceLock::new(),
            ink,
            loudness,
            uploads: Mutex::new(BTreeMap::new()),
            works: Mutex::new(BTreeMap::new()),
        }
    }

    /// Says what is being done.
    fn enter(&self, phase: Phase) {
        let bar = self.phase.get_or_init(|| {
            let bar = self.all.insert(0, ProgressBar::new_spinner());
            bar.enable_steady_tick(TICK);
            bar
        });
        bar.set_message(headline(phase));
    }

    /// Adds bytes to the line of a repository.
    fn count(&self, name: String, more: u64) {
        let mut uploads = self.uploads.lock().unwrap_or_else(PoisonError::into_inner);
        let bar = uploads.entry(name).or_insert_with_key(|name| {
            let bar = self.all.add(ProgressBar::no_length());
            if let Ok(style) = ProgressStyle::with_template("  {prefix}  {bytes}  {bytes_per_sec}") {
                bar.set_style(style);
            }
            bar.set_prefix(name.clone());
            bar
        });
        bar.inc(more);
    }

    /// Shows the newest line of what makes an artifact, in place of the one before.
    fn show(&self, name: String, line: &str) {
        let mut works = self.works.lock().unwrap_or_else(PoisonError::into_inner);
        let bar = works.entry(name).or_insert_with_key(|name| {
            let bar = self.all.add(ProgressBar::new_spinner());
            if let Ok(style) = ProgressStyle::with_template("  {spinner} {prefix}  {wide_msg}") {
                bar.set_style(style);
            }
            bar.set_prefix(name.clone());
            bar
        });
        bar.set_message(
            unspoken(line).chars().filter(|character| !character.is_control()).collect::<String>(),
        );
        bar.tick();
    }

    /// Says a line above the bars. It can only fail where nobody sees it.
    fn say(&self, line: &str) {
        let _ = self.all.println(unspoken(&visible(line, self.ink)));
    }
}

impl Watcher for Bars {
    fn see(&self, event: Event) {
        match event {
            Event::Phase(phase) => self.enter(phase),
            Event::Satisfied(step) if self.loudness == Loudness::Verbose => {
                self.say(&self.ink.faint(&format!("  right already: {}", shorten(step.as_str()))));
            }
            Event::Done(step) => self.say(&format!("  {}", shorten(step.as_str()))),
            Event::Bytes { artifact, repository, more } => {
                self.count(format!("{artifact} to {repository}"), more);
            }
            Event::Said { artifact, line } => self.show(artifact.to_string(), &line),
            Event::Note(note) | Event::Remark(note) => self.say(&format!("  {note}")),
            Event::Warning(warning) => self.say(&render_diagnostic(&warning, self.ink)),
            Event::Satisfied(_) | Event::Started(_) => {}
        }
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        // Work that ended in the middle leaves nothing on the screen.
        self.clear();
    }
}

impl Display for Bars {
    fn clear(&self) {
        for bar in self.works.lock().unwrap_or_else(PoisonError::into_inner).values() {
            bar.finish_and_clear();
        }
        for bar in self.uploads.lock().unwrap_or_else(PoisonError::into_inner).values() {
            bar.finish_and_clear();
        }
        if let Some(phase) = self.phase.get() {
            phase.finish_and_clear();
        }
    }
}
