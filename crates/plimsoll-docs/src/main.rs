//! `plimsoll-docs FOLDER`: writes the site into a folder that is not there yet.

use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use plimsoll_docs::site::{make, write};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(folder), None) = (arguments.next(), arguments.next()) else {
        // Nobody hears it if that fails.
        let _ = writeln!(io::stderr(), "usage: plimsoll-docs FOLDER");
        return ExitCode::from(2);
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let made = make(&root).map_err(|error| error.to_string());
    let folder = Path::new(&folder);
    let written = made.and_then(|files| {
        write(&files, folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(files.len())
    });
    match written {
        Ok(count) => {
            let _ = writeln!(io::stdout(), "{count} files in {}", folder.display());
            ExitCode::SUCCESS
        }
        Err(why) => {
            let _ = writeln!(io::stderr(), "error: {why}");
            ExitCode::FAILURE
        }
    }
}
