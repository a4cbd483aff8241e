//! Scenarios: those inside the program, and those of folders that the user names.

use std::fs;
use std::path::Path;

use include_dir::{Dir, include_dir};
use opsdrill_session::Library;

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../scenarios");

/// The largest file that is read.
const FILE_BYTES_MAX: u64 = 4 << 20;
/// The most files that are read from one folder.
const FILES_MAX: usize = 10_000;

/// All scenarios.
///
/// # Errors
/// A folder that cannot be read, or that is too large.
pub(crate) fn library(folders: &[impl AsRef<Path>]) -> Result<Library, String> {
    let mut library = Library::default();
    let mut embedded = Vec::new();
    collect(&EMBEDDED, &mut embedded);
    library.add(embedded);
    for folder in folders {
        let mut files = Vec::new();
        read(folder.as_ref(), "", &mut files)?;
        library.add(files);
    }
    Ok(library)
}

fn collect(folder: &Dir<'_>, files: &mut Vec<(String, Vec<u8>)>) {
    for file in folder.files() {
        files.push((file.path().to_string_lossy().into_owned(), file.contents().to_vec()));
    }
    for folder in folder.dirs() {
        collect(folder, files);
    }
}

fn read(folder: &Path, below: &str, files: &mut Vec<(String, Vec<u8>)>) -> Result<(), String> {
    let problem = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    for entry in fs::read_dir(folder).map_err(|error| problem(folder, error))? {
        let entry = entry.map_err(|error| problem(folder, error))?;
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        let inner = if below.is_empty() { name } else { format!("{below}/{name}") };
        // A link could lead anywhere: packs are untrusted.
        let kind = entry.file_type().map_err(|error| problem(&path, error))?;
        if kind.is_dir() {
            read(&path, &inner, files)?;
        } else if kind.is_file() {
            let size = entry.metadata().map_err(|error| problem(&path, error))?.len();
            if size > FILE_BYTES_MAX || files.len() >= FILES_MAX {
                return Err(format!(
                    "{}: too large, or too many files for a folder of scenarios",
                    path.display()
                ));
            }
            files.push((inner, fs::read(&path).map_err(|error| problem(&path, error))?));
        }
    }
    Ok(())
}
