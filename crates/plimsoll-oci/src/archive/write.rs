//! Writing an image layout as a tar file.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use tar::{Builder, EntryType, Header};

use crate::content::open_regular;
use crate::layout::Layout;
use crate::store::StoreError;

/// How much is written at once.
const BUFFER: usize = 1024 * 1024;

/// Writes a layout as an archive, and gives its size. The same content makes the same bytes: entries are sorted and say
/// nothing of who wrote them or when. What lay at `to` is replaced once the archive is whole and on the disk.
///
/// Nobody may write to the layout meanwhile.
pub fn write(layout: &Layout, to: &Path) -> Result<u64, StoreError> {
    let unfinished = Unfinished::beside(to);
    let io = |error| StoreError::io(&unfinished.0, error);
    let file = File::options().write(true).create_new(true).open(&unfinished.0).map_err(io)?;
    let mut archive = Builder::new(BufWriter::with_capacity(BUFFER, file));
    for name in ["oci-layout", "index.json"] {
        append(&mut archive, layout.path(), name).map_err(|error| StoreError::io(layout.path(), error))?;
    }
    for name in blobs(layout.path()).map_err(|error| StoreError::io(layout.path(), error))? {
        append(&mut archive, layout.path(), &name).map_err(|error| StoreError::io(layout.path(), error))?;
    }
    let mut buffer = archive.into_inner().map_err(io)?;
    buffer.flush().map_err(io)?;
    let file = buffer.into_inner().map_err(|error| io(error.into_error()))?;
    file.sync_all().map_err(io)?;
    let size = file.metadata().map_err(io)?.len();
    fs::rename(&unfinished.0, to).map_err(|error| StoreError::io(to, error))?;
    Ok(size)
}

/// A file that is removed unless it was given its name.
struct Unfinished(PathBuf);

impl Unfinished {
    fn beside(to: &Path) -> Unfinished {
        let mut name = to.file_name().unwrap_or_default().to_owned();
        name.push(format!(".incoming-{}", std::process::id()));
        Unfinished(to.with_file_name(name))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Once it has its name there is nothing here.
        let _ = fs::remove_file(&self.0);
    }
}

/// The paths of all blobs, sorted.
fn blobs(layout: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    for algorithm in ["sha256", "sha512"] {
        let folder = layout.join("blobs").join(algorithm);
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        for entry in entries {
            if let Some(hex) = entry?.file_name().to_str() {
                found.push(format!("blobs/{algorithm}/{hex}"));
            }
        }
    }
    found.sort();
    Ok(found)
}

fn append(archive: &mut Builder<BufWriter<File>>, layout: &Path, name: &str) -> io::Result<()> {
    let absent = || io::Error::from(io::ErrorKind::NotFound);
    let file = open_regular(&layout.join(name)).map_err(io::Error::other)?.ok_or_else(absent)?;
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::Regular);
    header.set_size(file.metadata()?.len());
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    archive.append_data(&mut header, name, file)
}
