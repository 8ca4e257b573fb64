//! Packing a layer into the workshop's layout, on a thread that may be busy.

use std::io::{self, Read};

use bytes::{Buf as _, Bytes};
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use plimsoll_engine::world::WorldError;
use plimsoll_engine::world::workshop::LayerPlan;
use plimsoll_oci::layer::{Entry, GzipLayer, PackError, Packed, Packing};
use plimsoll_oci::layout::LocalRepository;
use plimsoll_oci::store::StoreError;
use tokio::runtime::Handle;

use crate::adapters::files::broken;

/// Packs a layer and keeps it as a blob. Waits for its files' bytes on `runtime`, so the caller's thread must not be
/// one of its workers.
pub(super) fn pack(
    repository: &LocalRepository,
    plan: LayerPlan,
    runtime: &Handle,
) -> Result<Packed, WorldError> {
    let folder = repository.folder();
    let failed = |error: PackError| match error {
        PackError::Read { source, .. } if source.get_ref().is_some_and(|inner| inner.is::<Carried>()) => {
            unpack_error(source)
        }
        PackError::Write(error) => StoreError::io(folder, error).into(),
        other => broken("the layer".as_ref(), other.to_string()),
    };
    let seconds = u64::try_from(plan.time.0).unwrap_or(0);
    let mut packing = Packing::new(seconds, plan.parents);
    for file in plan.files {
        let bytes = Bridge { runtime: runtime.clone(), bytes: file.file.bytes, piece: Bytes::new() };
        let entry = Entry::file(&file.to, file.mode, file.file.size, bytes).map_err(PackError::from);
        entry.and_then(|entry| packing.add(entry)).map_err(failed)?;
    }
    let mut layer = GzipLayer::new(repository.ensure_layout()?.begin_blob()?);
    packing.write(&mut layer).map_err(failed)?;
    let (packed, blob) = layer.finish().map_err(|error| StoreError::io(folder, error))?;
    blob.keep_as(&packed.descriptor.digest, packed.descriptor.size)?;
    Ok(packed)
}

/// A stream as a reader.
struct Bridge {
    runtime: Handle,
    bytes: BoxStream<'static, Result<Bytes, WorldError>>,
    piece: Bytes,
}

impl Read for Bridge {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.runtime.block_on(self.bytes.next()) {
                Some(Ok(piece)) => self.piece = piece,
                Some(Err(error)) => return Err(io::Error::other(Carried(error))),
                None => return Ok(0),
            }
        }
        let count = self.piece.len().min(buffer.len());
        self.piece.copy_to_slice(buffer.get_mut(..count).unwrap_or_default());
        Ok(count)
    }
}

/// An error of the world on its way through a reader.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
struct Carried(WorldError);

fn unpack_error(source: io::Error) -> WorldError {
    let why = source.to_string();
    let inner = source.into_inner().and_then(|inner| inner.downcast::<Carried>().ok());
    inner.map_or_else(|| broken("the layer".as_ref(), why), |carried| carried.0)
}
