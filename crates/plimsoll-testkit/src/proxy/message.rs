//! As much of HTTP/1.1 (RFC 9112) as it takes to know where a message ends.

use std::io::{self, BufRead, Read, Write};

const LARGEST_HEAD: u64 = 256 * 1024;

/// Start line and headers, as they came.
#[derive(Debug, Clone)]
pub(super) struct Head {
    bytes: Vec<u8>,
    start: String,
    headers: Vec<(String, String)>,
}

/// How the length of a body is told (RFC 9112, section 6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    Sized(u64),
    Chunked,
    UntilClose,
}

impl Head {
    /// Reads one head; `None` when the peer closed before it began.
    pub(super) fn read(from: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut bytes = Vec::new();
        let mut limited = from.take(LARGEST_HEAD);
        loop {
            let begin = bytes.len();
            limited.read_until(b'\n', &mut bytes)?;
            let line = bytes.get(begin..).unwrap_or_default();
            if line.is_empty() && begin == 0 {
                return Ok(None);
            }
            if !line.ends_with(b"\n") {
                return Err(invalid("a head that does not end"));
            }
            if line == b"\r\n" || line == b"\n" {
                break;
            }
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let mut lines = text.lines();
        let start = lines.next().unwrap_or_default().to_owned();
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        Ok(Some(Self { bytes, start, headers }))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Method and target of a request line.
    pub(super) fn request(&self) -> io::Result<(&str, &str)> {
        let mut words = self.start.split(' ');
        match (words.next(), words.next()) {
            (Some(method), Some(target)) => Ok((method, target)),
            _ => Err(invalid("a request line without a target")),
        }
    }

    /// Status of a status line.
    pub(super) fn status(&self) -> io::Result<u16> {
        let word = self.start.split(' ').nth(1).and_then(|word| word.parse().ok());
        word.ok_or_else(|| invalid("a status line without a status"))
    }

    fn has(&self, name: &str, word: &str) -> bool {
        self.headers
            .iter()
            .filter(|(header, _)| header == name)
            .flat_map(|(_, value)| value.split(','))
            .any(|value| value.trim().eq_ignore_ascii_case(word))
    }

    pub(super) fn closes(&self) -> bool {
        self.has("connection", "close") || self.start.contains("HTTP/1.0")
    }

    pub(super) fn expects_continue(&self) -> bool {
        self.has("expect", "100-continue")
    }

    pub(super) fn request_framing(&self) -> io::Result<Framing> {
        Ok(self.told_framing()?.unwrap_or(Framing::Sized(0)))
    }

    /// The framing of a reply, which depends on the method that it answers.
    pub(super) fn reply_framing(&self, method: &str) -> io::Result<Framing> {
        if method == "HEAD" || matches!(self.status()?, 204 | 304) {
            return Ok(Framing::Sized(0));
        }
        Ok(self.told_framing()?.unwrap_or(Framing::UntilClose))
    }

    fn told_framing(&self) -> io::Result<Option<Framing>> {
        if self.has("transfer-encoding", "chunked") {
            return Ok(Some(Framing::Chunked));
        }
        let length = self.headers.iter().find(|(name, _)| name == "content-length");
        let Some((_, value)) = length else { return Ok(None) };
        let length = value.parse().map_err(|_| invalid("a Content-Length that is no number"))?;
        Ok(Some(Framing::Sized(length)))
    }
}

/// Hands a body on as it is framed.
pub(super) fn relay(from: &mut impl BufRead, to: &mut impl Write, framing: Framing) -> io::Result<()> {
    match framing {
        Framing::Sized(length) => relay_exactly(from, to, length)?,
        Framing::UntilClose => {
            io::copy(from, to)?;
        }
        Framing::Chunked => loop {
            let line = relay_line(from, to)?;
            let digits = line.split(';').next().unwrap_or_default().trim();
            let length =
                u64::from_str_radix(digits, 16).map_err(|_| invalid("a chunk length that is no number"))?;
            if length == 0 {
                while !relay_line(from, to)?.is_empty() {}
                break;
            }
            relay_exactly(from, to, length)?;
            relay_line(from, to)?;
            to.flush()?;
        },
    }
    to.flush()
}

fn relay_exactly(from: &mut impl BufRead, to: &mut impl Write, length: u64) -> io::Result<()> {
    let passed = io::copy(&mut from.take(length), to)?;
    if passed == length { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

fn relay_line(from: &mut impl BufRead, to: &mut impl Write) -> io::Result<String> {
    let mut line = Vec::new();
    from.take(LARGEST_HEAD).read_until(b'\n', &mut line)?;
    if !line.ends_with(b"\n") {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    to.write_all(&line)?;
    Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
}

/// Lets so many bytes through and then fails.
#[derive(Debug)]
pub(super) struct Limited<W> {
    to: W,
    left: u64,
}

impl<W> Limited<W> {
    pub(super) fn new(to: W, left: u64) -> Self {
        Self { to, left }
    }
}

impl<W: Write> Write for Limited<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
        if room == 0 && !bytes.is_empty() {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        let written = self.to.write(bytes.get(..room).unwrap_or_default())?;
        self.left -= written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
