//! The two streams of a process, and what is known about them.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use plimsoll_http::secret::unspoken;

use super::ink::Ink;
use super::visible::visible;

/// Where a command speaks.
#[derive(Clone)]
pub struct Streams {
    /// Standard output: data.
    pub data: Talk,
    /// Standard error: everything else.
    pub talk: Talk,
}

/// One stream, shared by whoever writes to it.
#[derive(Clone)]
pub struct Talk {
    sink: Arc<Mutex<dyn Write + Send>>,
    /// Whether it is coloured.
    pub ink: Ink,
}

impl Talk {
    /// A stream that ends in `sink`.
    pub fn into(sink: impl Write + Send + 'static, ink: Ink) -> Talk {
        Talk { sink: Arc::new(Mutex::new(sink)), ink }
    }

    /// Writes what people read: as it is, but for private keys and tokens.
    ///
    /// # Errors
    /// Those of the sink; a reader that has gone away is [`io::ErrorKind::BrokenPipe`].
    pub fn write(&self, text: &str) -> io::Result<()> {
        self.hand_over(&unspoken(text))
    }

    /// Writes data, to which nothing is done here.
    ///
    /// # Errors
    /// Those of the sink; a reader that has gone away is [`io::ErrorKind::BrokenPipe`].
    pub fn hand_over(&self, data: &str) -> io::Result<()> {
        // Whoever panicked while writing left the sink as good as it was.
        let mut sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
        sink.write_all(data.as_bytes())?;
        sink.flush()
    }

    /// Says a line, in which a terminal obeys nothing but our own colours, and a CI job's runner nothing. Nobody listening is no
    /// reason to stop the work.
    pub fn say(&self, line: &str) {
        let _ = self.write(&format!("{}\n", visible(line, self.ink)));
    }

    /// Gives the runner of a CI job a command of ours, without the `::` that it begins with: the runner obeys it and nothing in it.
    pub fn command(&self, command: &str) {
        let _ = self.write(&format!("::{}\n", visible(command, Ink::Plain)));
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A sink that remembers.
    #[derive(Clone, Default)]
    pub(crate) struct Memory(Arc<Mutex<Vec<u8>>>);

    impl Memory {
        pub(crate) fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_ends() {
        let memory = Memory::default();
        Talk::into(memory.clone(), Ink::Plain).say("one");
        assert_eq!(memory.text(), "one\n");
        Talk::into(memory.clone(), Ink::Plain).say("two\u{1b}[2J");
        assert_eq!(memory.text(), "one\ntwo␛[2J\n");
        Talk::into(memory.clone(), Ink::Plain)
            .say("-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----");
        assert_eq!(memory.text(), "one\ntwo␛[2J\n***\n");
    }
}
