//! Programs at a terminal, before which somebody sits who types.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};

use super::{Group, Invocation, Output, POLL, Reaped, Running, collect};

/// Whether a terminal shows what is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Echo {
    /// It does.
    Shown,
    /// It does not, as for passwords.
    Hidden,
}

impl Invocation {
    /// Runs the program with a terminal for its standard input and its talk. Each of `answers` is typed when a question that ends
    /// with `: ` stands there and nothing of what is typed is shown, and never before. The talk is all that the terminal showed.
    ///
    /// # Panics
    /// When the system has no terminals, the program can't be started, or asks nothing more while there are answers left.
    #[track_caller]
    pub fn run_at_terminal(self, answers: &[&str]) -> Output {
        let (mut left, mut given, line) = (answers.iter(), 0, self.line.clone());
        let output = self.run_before(|shown, echo| {
            let asked = shown.matches(": ").count() > given && echo == Echo::Hidden;
            let answer = asked.then(|| left.next()).flatten()?;
            given += 1;
            Some((*answer).to_owned())
        });
        let unasked = left.next();
        assert!(unasked.is_none(), "`{line}` did not ask for {unasked:?}: {output:?}");
        output
    }

    /// Runs the program with a terminal for its standard input and its talk, before which somebody sits: he is given all that it has
    /// shown so far, again and again, and says what he types.
    ///
    /// # Panics
    /// When the system has no terminals, or the program can't be started.
    #[track_caller]
    pub fn run_before(mut self, mut person: impl FnMut(&str, Echo) -> Option<String>) -> Output {
        let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("the system has terminals");
        grantpt(&keyboard).and_then(|()| unlockpt(&keyboard)).expect("a new terminal can be used");
        let name = ptsname(&keyboard, Vec::new()).expect("a terminal has a name");
        let name = name.to_str().expect("names of terminals are text").to_owned();
        let open = || File::options().read(true).write(true).open(&name).expect("the terminal opens");
        self.command.process_group(0).stdin(open()).stdout(Stdio::piped()).stderr(open());
        let mut child = self.spawn();
        let stdout = child.stdout.take().map(collect);
        let timeout = self.timeout;
        let until = Instant::now() + timeout;
        let mut child = Reaped { child, group: Group::Own };
        let mut keyboard = File::from(keyboard);
        let shown = Arc::new(Mutex::new(Vec::new()));
        let screen = {
            let (mut screen, shown) =
                (keyboard.try_clone().expect("a terminal can be read"), Arc::clone(&shown));
            thread::spawn(move || {
                let mut piece = [0; 1024];
                // It ends when the last one closes the terminal.
                while let Ok(count @ 1..) = screen.read(&mut piece) {
                    let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
                    shown.extend_from_slice(piece.get(..count).unwrap_or_default());
                }
            })
        };
        let terminal = open();
        let echo = || match tcgetattr(&terminal) {
            Ok(modes) if !modes.local_modes.contains(LocalModes::ECHO) => Echo::Hidden,
            _ => Echo::Shown,
        };
        while child.ended().is_none() && Instant::now() < until {
            let text = shown.lock().unwrap_or_else(PoisonError::into_inner).clone();
            if let Some(answer) = person(&String::from_utf8_lossy(&text), echo()) {
                writeln!(keyboard, "{answer}").expect("a terminal takes what is typed");
            }
            thread::sleep(POLL);
        }
        drop(terminal);
        // The handles of the terminal that the program was started with.
        drop(self.command);
        let output = Running { child, line: self.line, timeout, stdout, stderr: None }.wait();
        screen.join().expect("reading a terminal does not panic");
        let shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
        Output { stderr: String::from_utf8_lossy(&shown).into_owned(), ..output }
    }
}
