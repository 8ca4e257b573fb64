//! Compressed layers, the same bytes everywhere.

use std::io::{self, Write};

use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};

use crate::model::{Descriptor, MediaType};
use crate::name::{Algorithm, Digest, Digester};

/// zlib's own default: level 9 halves the speed for one percent.
const LEVEL: u32 = 6;
/// "Unknown" (RFC 1952 2.3.1): what made the file is nobody's business.
const OPERATING_SYSTEM: u8 = 255;
/// The encoder is fed in pieces of this size however the caller writes, so that its output can't depend on that.
const PIECE: usize = 64 * 1024;

/// What a layer has become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    /// The compressed layer.
    pub descriptor: Descriptor,
    /// The digest of the tar inside, which the image's config lists.
    pub diff_id: Digest,
    /// The length of the tar inside, in bytes.
    pub unpacked: u64,
}

/// Compresses a layer on its way to `W` and takes both digests of it. Holds some hundred kilobytes, whatever passes.
///
/// Level and header are fixed and the compressor does not look at the processor, so that equal tars become equal
/// layers on every machine. A new release of the compressor may change them: a test has the bytes of an example.
pub struct GzipLayer<W: Write> {
    encoder: GzEncoder<Measured<W>>,
    piece: Vec<u8>,
    diff: Digester,
    unpacked: u64,
}

impl<W: Write> GzipLayer<W> {
    /// Begins a layer that is written to `to`.
    pub fn new(to: W) -> GzipLayer<W> {
        let measured = Measured { to, digester: Digester::new(Algorithm::Sha256), size: 0 };
        let builder = GzBuilder::new().mtime(0).operating_system(OPERATING_SYSTEM);
        GzipLayer {
            encoder: builder.write(measured, Compression::new(LEVEL)),
            piece: Vec::with_capacity(PIECE),
            diff: Digester::new(Algorithm::Sha256),
            unpacked: 0,
        }
    }

    /// Ends the layer and tells what it has become.
    pub fn finish(mut self) -> io::Result<(Packed, W)> {
        self.encoder.write_all(&self.piece)?;
        let Measured { to, digester, size } = self.encoder.finish()?;
        let descriptor = Descriptor::new(MediaType::LAYER_GZIP, digester.finish(), size);
        Ok((Packed { descriptor, diff_id: self.diff.finish(), unpacked: self.unpacked }, to))
    }
}

impl<W: Write> Write for GzipLayer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(PIECE - self.piece.len());
        let bytes = bytes.get(..taken).unwrap_or(bytes);
        self.piece.extend_from_slice(bytes);
        self.diff.update(bytes);
        self.unpacked = self.unpacked.saturating_add(u64::try_from(taken).unwrap_or(u64::MAX));
        if self.piece.len() == PIECE {
            self.encoder.write_all(&self.piece)?;
            self.piece.clear();
        }
        Ok(taken)
    }

    /// Does nothing: a flush in between would change the bytes.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A writer that takes digest and length of what passes.
struct Measured<W> {
    to: W,
    digester: Digester,
    size: u64,
}

impl<W: Write> Write for Measured<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.digester.update(bytes.get(..written).unwrap_or(bytes));
        self.size = self.size.saturating_add(u64::try_from(written).unwrap_or(u64::MAX));
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}
