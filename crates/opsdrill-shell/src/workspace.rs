//! The session's files: a bounded tree in memory, listed in a fixed order, with its changes on record.
//!
//! The tree is shared between the shell's commands (through [`bash_fs`]) and the tools of the [`crate::Host`].
//! Files of the system (`/etc`, `/bin`, devices) are part of the tree but can neither be written nor removed, count
//! toward no bound and appear in no snapshot.

mod bash_fs;
mod container;
mod details;
mod devices;
mod tree;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

pub(crate) use bash_fs::SharedTree;
pub(crate) use details::Details;
use tree::Tree;

/// How much a workspace may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkspaceLimits {
    /// Bytes of all files together.
    pub total_bytes: usize,
    /// Bytes of one file.
    pub file_bytes: usize,
    /// Files, directories and links together.
    pub entries: usize,
}

impl Default for WorkspaceLimits {
    fn default() -> Self {
        Self { total_bytes: 16 << 20, file_bytes: 4 << 20, entries: 4096 }
    }
}

/// Why a file could not be read or written; the text is the one tools print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// ENOENT.
    #[error("No such file or directory")]
    NotFound,
    /// EISDIR.
    #[error("Is a directory")]
    IsADirectory,
    /// ENOTDIR.
    #[error("Not a directory")]
    NotADirectory,
    /// EEXIST.
    #[error("File exists")]
    Exists,
    /// ENOTEMPTY.
    #[error("Directory not empty")]
    NotEmpty,
    /// EACCES: a file of the system.
    #[error("Permission denied")]
    PermissionDenied,
    /// EROFS: a mounted volume, or what the kernel provides.
    #[error("Read-only file system")]
    ReadOnly,
    /// ELOOP.
    #[error("Too many levels of symbolic links")]
    TooManyLinks,
    /// ENOSPC: a bound of [`WorkspaceLimits`].
    #[error("No space left on device")]
    NoSpace,
    /// EINVAL.
    #[error("Invalid argument")]
    Invalid,
}

/// One line of a directory listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The name without its directory.
    pub name: String,
    /// True for a directory.
    pub is_dir: bool,
    /// Bytes of a file, 0 otherwise.
    pub size: usize,
}

/// A file that came, changed or went since the last call of [`Workspace::take_changes`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileChange {
    /// Absolute path.
    pub path: String,
    /// The blake3 hash of the new contents in hexadecimal; `None` when the file went.
    pub hash: Option<String>,
}

/// The trainee's files at one moment, for a checkpoint or a resumed session.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkspaceSnapshot {
    entries: BTreeMap<String, tree::Entry>,
}

/// The session's files.
#[derive(Debug, Clone)]
pub struct Workspace {
    tree: Arc<Mutex<Tree>>,
}

impl Workspace {
    /// An empty workspace with `/`, `/tmp` and the devices.
    pub fn new(limits: WorkspaceLimits) -> Self {
        Self { tree: Arc::new(Mutex::new(Tree::new(limits))) }
    }

    /// The contents of a file; links are followed.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        let mut tree = self.lock();
        let path = tree.follow(path)?;
        tree.read(&path)
    }

    /// Writes a whole file into an existing directory.
    pub fn write(&mut self, path: &str, contents: &[u8]) -> Result<(), FileError> {
        let mut tree = self.lock();
        let path = tree.follow(path)?;
        tree.write(&path, contents)
    }

    /// Creates a directory and its parents; existing ones are fine.
    pub fn make_dirs(&mut self, path: &str) -> Result<(), FileError> {
        self.lock().make_dir(&tree::normalize(path), true)
    }

    /// Removes a file, or a directory with all it holds.
    pub fn remove(&mut self, path: &str) -> Result<(), FileError> {
        self.lock().remove(&tree::normalize(path), true)
    }

    /// The entries of a directory, sorted by name.
    pub fn list(&self, path: &str) -> Result<Vec<Listed>, FileError> {
        let tree = self.lock();
        let path = tree.follow(path)?;
        tree.list(&path)
    }

    /// True when something stands at `path`.
    pub fn exists(&self, path: &str) -> bool {
        let tree = self.lock();
        tree.follow(path).is_ok_and(|path| tree.stat(&path).is_ok())
    }

    /// True when `path` is a directory.
    pub fn is_dir(&self, path: &str) -> bool {
        let tree = self.lock();
        tree.follow(path).is_ok_and(|path| tree.stat(&path).is_ok_and(tree::Entry::is_dir))
    }

    /// `path` as an absolute path without `.`, `..` and doubled slashes, seen from `cwd`.
    pub fn resolve(cwd: &str, path: &str) -> String {
        if path.starts_with('/') {
            tree::normalize(path)
        } else {
            tree::normalize(&format!("{cwd}/{path}"))
        }
    }

    /// The trainee's files now.
    pub fn snapshot(&self) -> WorkspaceSnapshot {
        WorkspaceSnapshot { entries: self.lock().trainee_entries() }
    }

    /// Puts the trainee's files back; the difference counts as no change.
    pub fn restore(&mut self, snapshot: &WorkspaceSnapshot) {
        self.lock().restore(&snapshot.entries);
    }

    /// What changed since the last call, sorted by path.
    pub fn take_changes(&mut self) -> Vec<FileChange> {
        self.lock().take_changes()
    }

    /// Adds a file of the system, with its parents: readable, not writable, outside of every bound.
    pub fn add_system_file(&mut self, path: &str, contents: &[u8], executable: bool) {
        self.lock().add_system_file(path, contents, executable);
    }

    /// Adds the directory in which the trainee may write.
    pub fn add_home(&mut self, path: &str) {
        self.lock().add_home(path);
    }

    /// Puts a container's files in place, without a record of changes: contents by path, a folder's path with a `/` at
    /// its end; where writing is refused, by folder (the nearest one above a file decides); and the sizes of files that are larger
    /// than their contents here.
    pub fn lay_container(
        &mut self,
        files: &BTreeMap<String, Vec<u8>>,
        guards: &BTreeMap<String, Option<FileError>>,
        large: &BTreeMap<String, u64>,
    ) {
        self.lock().lay_container(files, guards, large);
    }

    /// The paths that were written, made or removed since the last call of this or of [`Self::take_changes`].
    pub fn take_touched(&mut self) -> Vec<String> {
        self.lock().take_touched()
    }

    /// Sets the date of the next writes (unix milliseconds) and the seed of `/dev/urandom`.
    pub(crate) fn set_clock(&self, unix_ms: i64) {
        self.lock().unix_ms = unix_ms;
    }

    /// Gives every file that was laid out the date of now, once the session's date is known.
    pub(crate) fn date_laid_files(&self) {
        self.lock().date_laid_files();
    }

    pub(crate) fn set_random_seed(&self, seed: u64) {
        self.lock().random = devices::RandomBytes::new(seed);
    }

    pub(crate) fn touch(&self, path: &str, unix_ms: i64) -> Result<(), FileError> {
        let mut tree = self.lock();
        let path = tree.follow(path)?;
        tree.set_modified(&path, unix_ms)
    }

    /// When a file was changed last, Unix milliseconds.
    pub fn modified(&self, path: &str) -> Result<i64, FileError> {
        let tree = self.lock();
        let path = tree.follow(path)?;
        Ok(tree.stat(&path)?.modified_ms)
    }

    /// What `ls` and `stat` tell of a path; a link is not followed.
    pub(crate) fn details(&self, path: &str) -> Result<Details, FileError> {
        let tree = self.lock();
        let path = tree.follow_parent(path)?;
        tree.details(&path)
    }

    /// `path` with every link on the way resolved.
    pub(crate) fn real_path(&self, path: &str) -> Result<String, FileError> {
        self.lock().follow(path)
    }

    /// Bytes in use and all there are.
    pub(crate) fn usage(&self) -> (usize, usize) {
        let (used, _, limits) = self.lock().usage();
        (used, limits.total_bytes)
    }

    pub(crate) fn shared(&self) -> SharedTree {
        SharedTree::new(Arc::clone(&self.tree))
    }

    fn lock(&self) -> MutexGuard<'_, Tree> {
        self.tree.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
