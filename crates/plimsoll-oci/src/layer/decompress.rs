//! Decompression of layers and archives while their bytes pass: gzip, Zstandard, or nothing.

use std::io::{self, Write};

use flate2::write::MultiGzDecoder;
use zstd::stream::raw::{DParameter, Decoder, InBuffer, Operation as _, OutBuffer};

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
/// Zstandard's skippable frames begin with `5?` and this (RFC 8878 3.1.2).
const ZSTD_SKIPPABLE: &[u8] = &[0x2a, 0x4d, 0x18];
/// How many bytes tell one from another.
const MAGIC: usize = 4;
/// The largest window that a Zstandard frame may ask for: 128 MiB, the most that `zstd` itself takes unasked.
const WINDOW_LOG: u32 = 27;
const PIECE: usize = 32 * 1024;

/// How bytes are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Gzip,
    Zstd,
}

impl Compression {
    /// What the first four bytes tell.
    pub(crate) fn of(start: &[u8]) -> Compression {
        let skippable = start.first().is_some_and(|b| b & 0xf0 == 0x50)
            && start.get(1..).is_some_and(|rest| rest.starts_with(ZSTD_SKIPPABLE));
        if start.starts_with(GZIP) {
            Compression::Gzip
        } else if start.starts_with(ZSTD) || skippable {
            Compression::Zstd
        } else {
            Compression::None
        }
    }
}

/// Passes what is written to it on to `W`, decompressed if it begins like something compressed: media types are
/// not always right, and archives have none.
///
/// `W` sees the bytes in small pieces however much they swell, so that it can stop them by an error.
pub(crate) enum Decompressor<W: Write> {
    Undecided {
        start: Vec<u8>,
        to: W,
    },
    Plain(W),
    Gzip(Box<MultiGzDecoder<W>>),
    Zstd(Box<ZstdDecompressor<W>>),
    /// Left behind by an error while it was decided.
    Broken,
}

impl<W: Write> Decompressor<W> {
    pub(crate) fn new(to: W) -> Decompressor<W> {
        Decompressor::Undecided { start: Vec::new(), to }
    }

    /// Takes the end of the input, and fails if it ends too early.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        if let Decompressor::Undecided { .. } = self {
            self.decide()?;
        }
        match self {
            Decompressor::Plain(to) | Decompressor::Undecided { to, .. } => Ok(to),
            Decompressor::Gzip(decoder) => decoder.finish(),
            Decompressor::Zstd(decoder) => decoder.finish(),
            Decompressor::Broken => Err(io::Error::other("an earlier piece could not be taken")),
        }
    }

    fn decide(&mut self) -> io::Result<()> {
        let Decompressor::Undecided { start, to } = std::mem::replace(self, Decompressor::Broken) else {
            return Ok(());
        };
        let mut decided = match Compression::of(&start) {
            Compression::Gzip => Decompressor::Gzip(Box::new(MultiGzDecoder::new(to))),
            Compression::Zstd => Decompressor::Zstd(Box::new(ZstdDecompressor::new(to)?)),
            Compression::None => Decompressor::Plain(to),
        };
        decided.write_all(&start)?;
        *self = decided;
        Ok(())
    }
}

impl<W: Write> Write for Decompressor<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Decompressor::Undecided { start, .. } => {
                let taken = bytes.len().min(MAGIC - start.len());
                start.extend_from_slice(bytes.get(..taken).unwrap_or(bytes));
                if start.len() == MAGIC {
                    self.decide()?;
                }
                Ok(taken)
            }
            Decompressor::Plain(to) => to.write(bytes),
            Decompressor::Gzip(decoder) => decoder.write(bytes),
            Decompressor::Zstd(decoder) => decoder.write(bytes),
            Decompressor::Broken => Err(io::Error::other("an earlier piece could not be taken")),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Frames of Zstandard, one after another.
pub(crate) struct ZstdDecompressor<W> {
    decoder: Decoder<'static>,
    to: W,
    piece: Vec<u8>,
    /// True between two frames.
    at_rest: bool,
}

impl<W: Write> ZstdDecompressor<W> {
    fn new(to: W) -> io::Result<ZstdDecompressor<W>> {
        let mut decoder = Decoder::new()?;
        decoder.set_parameter(DParameter::WindowLogMax(WINDOW_LOG))?;
        Ok(ZstdDecompressor { decoder, to, piece: vec![0; PIECE], at_rest: true })
    }

    fn finish(self) -> io::Result<W> {
        match self.at_rest {
            true => Ok(self.to),
            false => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "incomplete frame")),
        }
    }
}

impl<W: Write> Write for ZstdDecompressor<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut input = InBuffer::around(bytes);
        loop {
            if self.at_rest {
                self.decoder.reinit()?;
            }
            let before = input.pos();
            let mut output = OutBuffer::around(self.piece.as_mut_slice());
            let hint = self.decoder.run(&mut input, &mut output)?;
            let made = output.pos();
            self.at_rest = hint == 0;
            self.to.write_all(self.piece.get(..made).unwrap_or_default())?;
            let all_taken = input.pos() == bytes.len();
            // A full piece may mean that more is waiting inside.
            if all_taken && (self.at_rest || made < PIECE) {
                return Ok(bytes.len());
            }
            if input.pos() == before && made == 0 {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "the frame makes no progress"));
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}
