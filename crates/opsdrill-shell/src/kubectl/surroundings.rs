//! What kubectl needs of the machine it runs on: files, the environment, an editor.

use super::editor::{Edited, Editor};

/// Why a file could not be read or written, in the words of the C library: `no such file or directory`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError(pub String);

/// The trainee's machine as kubectl meets it. Paths are as the trainee typed them.
pub trait Surroundings {
    /// Reads a file.
    ///
    /// # Errors
    /// When there is none, or it is a directory.
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError>;

    /// The names in a directory, sorted; `None` when the path is no directory.
    fn entries(&self, path: &str) -> Option<Vec<String>>;

    /// Writes a file.
    ///
    /// # Errors
    /// When its directory does not exist or the disk is full.
    fn write(&mut self, path: &str, content: &[u8]) -> Result<(), FileError>;

    /// Makes a folder and those above it that are missing.
    ///
    /// # Errors
    /// When a file is in the way.
    fn make_folder(&mut self, path: &str) -> Result<(), FileError>;

    /// Removes a file.
    ///
    /// # Errors
    /// When there is none, or it belongs to the system.
    fn remove(&mut self, path: &str) -> Result<(), FileError>;

    /// An environment variable.
    fn variable(&self, name: &str) -> Option<String>;

    /// Runs an editor on a new file of that name with a text in it.
    fn edit(&mut self, editor: &Editor, name: &str, text: &str) -> Edited;
}
