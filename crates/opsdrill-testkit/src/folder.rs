//! Folders of the host: the repository's own, and empty ones to work in.

use std::fs;
use std::path::{Path, PathBuf};

/// All files of a folder and of those below it, by their path in it.
///
/// # Panics
/// When something cannot be read.
pub fn read(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    collect(folder, "", &mut files);
    files
}

fn collect(folder: &Path, below: &str, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("readable").path();
        let name = path.file_name().expect("it has a name").to_string_lossy().into_owned();
        let inner = if below.is_empty() { name } else { format!("{below}/{name}") };
        if path.is_dir() {
            collect(&path, &inner, files);
        } else {
            files.push((inner, fs::read(&path).expect("readable")));
        }
    }
}

/// An empty folder of this name below another.
///
/// # Panics
/// When it cannot be made.
pub fn empty(below: &str, name: &str) -> PathBuf {
    let folder = Path::new(below).join(name);
    // It is there if the test ran before.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a test may write below its target folder");
    folder
}
