//! The tar archive, compressed and digested on its way.

use std::io::Write;

use plimsoll_oci::layer::GzipLayer;
use plimsoll_oci::name::Digest;
use tar::{Builder, EntryType, Header};

use super::PackageError;
use crate::chart::Chart;

/// The mode of every file: whether the sources could be executed is nobody's business.
const MODE: u32 = 0o644;

/// What a package has become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packaged {
    /// Its file name: `app-1.2.3.tgz`.
    pub name: String,
    /// Its digest.
    pub digest: Digest,
    /// Its length in bytes.
    pub size: u64,
}

/// Writes the package of a chart. `seconds` since 1970 is the time of everything in it.
///
/// # Errors
/// See [`PackageError`].
pub fn write_package(chart: &Chart, seconds: u64, to: &mut dyn Write) -> Result<Packaged, PackageError> {
    let mut builder = Builder::new(GzipLayer::new(to));
    write_chart(&mut builder, chart, &chart.metadata.name, seconds)?;
    let layer = builder.into_inner().map_err(PackageError::Write)?;
    let (packed, _) = layer.finish().map_err(PackageError::Write)?;
    let descriptor = packed.descriptor;
    Ok(Packaged { name: chart.package_name(), digest: descriptor.digest, size: descriptor.size })
}

fn write_chart<W: Write>(
    builder: &mut Builder<W>,
    chart: &Chart,
    folder: &str,
    seconds: u64,
) -> Result<(), PackageError> {
    for file in &chart.files {
        let path = format!("{folder}/{}", file.path);
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(MODE);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(seconds);
        header.set_size(u64::try_from(file.bytes.len()).unwrap_or(u64::MAX));
        builder
            .append_data(&mut header, &path, file.bytes.as_slice())
            .map_err(|source| PackageError::Path { path, source })?;
    }
    for subchart in &chart.subcharts {
        let folder = format!("{folder}/charts/{}", subchart.metadata.name);
        write_chart(builder, subchart, &folder, seconds)?;
    }
    Ok(())
}
