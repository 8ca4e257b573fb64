//! The journal: one JSON object per line, in a file of its own for each run that changes something.
//!
//! A line is `{"time", "run", "mark", "step", "effect"}`. The file is evidence: it is not synced line by line, nothing
//! is ever read back from it to decide anything, and trouble with it is told once and fails no release.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use plimsoll_engine::domain::event::{Event, Watcher};
use plimsoll_engine::world::Effect;
use plimsoll_engine::world::journal::{Attempt, Journal};
use serde::Serialize;

use super::clock;

/// A journal in a folder.
pub(crate) struct RunJournal {
    folder: PathBuf,
    run: String,
    watcher: Arc<dyn Watcher>,
    page: Mutex<Page>,
}

enum Page {
    /// Nothing was noted yet, and there is no file.
    Blank,
    Open(File),
    /// Writing failed; nothing more is tried.
    Torn,
}

#[derive(Serialize)]
struct Line<'a> {
    time: String,
    run: &'a str,
    mark: &'static str,
    step: &'a str,
    effect: String,
}

impl RunJournal {
    /// A journal of the run `run`, in `folder`; `watcher` hears of trouble.
    pub(crate) fn new(folder: PathBuf, run: &str, watcher: Arc<dyn Watcher>) -> RunJournal {
        RunJournal { folder, run: run.to_owned(), watcher, page: Mutex::new(Page::Blank) }
    }

    fn begin(&self) -> io::Result<File> {
        fs::create_dir_all(&self.folder)?;
        // Names sort by time.
        let name = format!("{:012}-{}.jsonl", clock::now().0, self.run);
        File::options().create(true).append(true).open(self.folder.join(name))
    }
}

impl Journal for RunJournal {
    fn note(&self, attempt: Attempt, effect: &Effect) {
        let mark = match attempt {
            Attempt::Trying => "trying",
            Attempt::Done => "done",
            Attempt::Unclear => "unclear",
        };
        let (time, step) = (clock::now().to_string(), effect.step.as_str());
        let line = Line { time, run: &self.run, mark, step, effect: effect.to_string() };
        let mut page = self.page.lock().unwrap_or_else(PoisonError::into_inner);
        let written = match &mut *page {
            Page::Torn => return,
            Page::Open(file) => write_line(file, &line).map(|()| None),
            Page::Blank => {
                self.begin().and_then(|mut file| write_line(&mut file, &line).map(|()| Some(file)))
            }
        };
        match written {
            Ok(Some(file)) => *page = Page::Open(file),
            Ok(None) => {}
            Err(error) => {
                *page = Page::Torn;
                let note = format!("the journal is not whole: {}: {error}", self.folder.display());
                self.watcher.see(Event::Remark(note));
            }
        }
    }
}

/// Writes a line at once, so that lines are never mixed.
fn write_line(file: &mut File, line: &Line<'_>) -> io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    file.write_all(&text)
}

#[cfg(test)]
mod tests {
    use plimsoll_engine::domain::event::Unwatched;
    use plimsoll_engine::domain::git::GitTag;
    use plimsoll_engine::domain::step::StepId;
    use plimsoll_engine::world::{Subject, Verb};

    use super::*;

    fn effect() -> Effect {
        Effect {
            step: StepId::new("withdraw", "app/1.0.0"),
            verb: Verb::DeleteTag,
            subject: Subject::GitTag(GitTag("v1.0.0".into())),
        }
    }

    #[test]
    fn notes_line_by_line() {
        let folder = tempfile::tempdir().unwrap();
        let journal = RunJournal::new(folder.path().join("journal"), "abc", Arc::new(Unwatched));
        assert!(!folder.path().join("journal").exists());
        journal.note(Attempt::Trying, &effect());
        journal.note(Attempt::Done, &effect());
        let files: Vec<_> = fs::read_dir(folder.path().join("journal")).unwrap().collect();
        assert_eq!(files.len(), 1);
        let text = fs::read_to_string(files[0].as_ref().unwrap().path()).unwrap();
        let lines: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let marks: Vec<_> = lines.iter().map(|line| line["mark"].as_str().unwrap()).collect();
        assert_eq!(marks, ["trying", "done"]);
        assert_eq!(lines[0]["effect"], "delete-tag v1.0.0");
        assert_eq!(lines[0]["step"], "withdraw app/1.0.0");
    }

    struct Listener(Mutex<Vec<String>>);

    impl Watcher for Listener {
        fn see(&self, event: Event) {
            let Event::Remark(note) = event else { panic!("{event:?}") };
            self.0.lock().unwrap().push(note);
        }
    }

    #[test]
    fn trouble_is_told_once() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("journal"), "a file, not a folder").unwrap();
        let listener = Arc::new(Listener(Mutex::default()));
        let journal = RunJournal::new(folder.path().join("journal"), "abc", listener.clone());
        journal.note(Attempt::Trying, &effect());
        journal.note(Attempt::Done, &effect());
        assert_eq!(listener.0.lock().unwrap().len(), 1);
    }
}
