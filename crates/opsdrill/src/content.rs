//! Scenarios: those inside the program, and those of folders that the user names.

use std::fs;
use std::path::Path;

use include_dir::{Dir, include_dir};
use opsdrill_session::Library;

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../scenarios");

/// The scenario of a cluster with nothing on it; no drill, so no list shows it.
pub(crate) const EMPTY: &str = "_empty";
static EMPTY_FILES: [(&str, &str); 2] = [
    ("scenario.yaml", include_str!("empty/scenario.yaml")),
    ("cluster/storage.yaml", include_str!("empty/storage.yaml")),
];

/// The largest file that is read.
const FILE_BYTES_MAX: u64 = 4 << 20;
/// The most files that are read from one folder.
const FILES_MAX: usize = 10_000;
/// The most bytes that are read from one folder.
const FOLDER_BYTES_MAX: u64 = 64 << 20;
/// The deepest folder below it.
const DEPTH_MAX: usize = 16;

/// All scenarios.
///
/// # Errors
/// A folder that cannot be read, or that is too large.
pub(crate) fn library(folders: &[impl AsRef<Path>]) -> Result<Library, String> {
    let mut library = Library::default();
    let mut embedded = Vec::new();
    collect(&EMBEDDED, &mut embedded);
    library.add_checked(embedded);
    library.add_checked(EMPTY_FILES.map(|(name, text)| (format!("{EMPTY}/{name}"), text.into())));
    for folder in folders {
        let mut files = Vec::new();
        read(folder.as_ref(), "", &mut files, &mut 0)?;
        library.add(files);
    }
    Ok(library)
}

/// The files of a folder, without the transcripts beside each `scenario.yaml`, which are for tests.
fn collect(folder: &Dir<'_>, files: &mut Vec<(String, Vec<u8>)>) {
    for file in folder.files() {
        let path = file.path();
        let is_transcript =
            path.components().count() == 2 && path.extension().is_some_and(|it| it == "md");
        if !is_transcript {
            files.push((path.to_string_lossy().into_owned(), file.contents().to_vec()));
        }
    }
    for folder in folder.dirs() {
        collect(folder, files);
    }
}

fn read(
    folder: &Path,
    below: &str,
    files: &mut Vec<(String, Vec<u8>)>,
    bytes: &mut u64,
) -> Result<(), String> {
    let problem = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    for entry in fs::read_dir(folder).map_err(|error| problem(folder, error))? {
        let entry = entry.map_err(|error| problem(folder, error))?;
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        let inner = if below.is_empty() { name } else { format!("{below}/{name}") };
        // A link could lead anywhere: packs are untrusted.
        let kind = entry.file_type().map_err(|error| problem(&path, error))?;
        if kind.is_dir() {
            if inner.matches('/').count() >= DEPTH_MAX {
                return Err(format!("{}: too deep for a folder of scenarios", path.display()));
            }
            read(&path, &inner, files, bytes)?;
        } else if kind.is_symlink() {
            eprintln!("opsdrill: {}: left out, for links are not followed", path.display());
        } else if kind.is_file() {
            let size = entry.metadata().map_err(|error| problem(&path, error))?.len();
            *bytes += size;
            let too_large = size > FILE_BYTES_MAX || *bytes > FOLDER_BYTES_MAX;
            if too_large || files.len() >= FILES_MAX {
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
