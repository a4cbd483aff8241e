//! The workspace as the interpreter's file system.
#![allow(
    clippy::disallowed_types,
    reason = "the interpreter's trait speaks of dates as `SystemTime`; they are only built from simulated time"
)]

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bashkit::time::{SystemTime, UNIX_EPOCH};
use bashkit::{DirEntry, FileSystem, FileSystemExt, FileType, FsLimits, FsUsage, Metadata};

use super::FileError;
use super::tree::{Content, Entry, Tree, normalize};

/// A handle on the tree that the interpreter's commands share with the session.
pub(crate) struct SharedTree {
    tree: Arc<Mutex<Tree>>,
}

impl SharedTree {
    pub(super) fn new(tree: Arc<Mutex<Tree>>) -> Self {
        Self { tree }
    }

    fn lock(&self) -> MutexGuard<'_, Tree> {
        self.tree.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn text(path: &Path) -> String {
    normalize(&path.to_string_lossy())
}

fn failure(error: FileError) -> bashkit::Error {
    use std::io::ErrorKind;
    let kind = match error {
        FileError::NotFound => ErrorKind::NotFound,
        FileError::IsADirectory => ErrorKind::IsADirectory,
        FileError::NotADirectory => ErrorKind::NotADirectory,
        FileError::Exists => ErrorKind::AlreadyExists,
        FileError::NotEmpty => ErrorKind::DirectoryNotEmpty,
        FileError::PermissionDenied => ErrorKind::PermissionDenied,
        FileError::NoSpace => ErrorKind::StorageFull,
        FileError::ReadOnly => ErrorKind::ReadOnlyFilesystem,
        FileError::TooManyLinks | FileError::Invalid => ErrorKind::Other,
    };
    std::io::Error::new(kind, error.to_string()).into()
}

fn date(unix_ms: i64) -> SystemTime {
    let span = Duration::from_millis(unix_ms.unsigned_abs());
    if unix_ms < 0 { UNIX_EPOCH - span } else { UNIX_EPOCH + span }
}

fn metadata(entry: &Entry) -> Metadata {
    let file_type = match entry.content {
        Content::File(_) | Content::Device(_) => FileType::File,
        Content::Directory => FileType::Directory,
        Content::Link(_) => FileType::Symlink,
    };
    let modified = date(entry.modified_ms);
    Metadata {
        file_type,
        size: entry.size() as u64,
        mode: entry.mode & 0o7777,
        modified,
        created: modified,
    }
}

impl FileSystemExt for SharedTree {
    fn usage(&self) -> FsUsage {
        let (bytes, entries, _) = self.lock().usage();
        FsUsage::new(bytes as u64, entries as u64, 0)
    }

    fn limits(&self) -> FsLimits {
        let (_, _, limits) = self.lock().usage();
        FsLimits::new()
            .max_total_bytes(limits.total_bytes as u64)
            .max_file_size(limits.file_bytes as u64)
            .max_file_count(limits.entries as u64)
    }

    fn backend_kind(&self) -> &'static str {
        "workspace"
    }
}

#[bashkit::async_trait]
impl FileSystem for SharedTree {
    async fn read_file(&self, path: &Path) -> bashkit::Result<Vec<u8>> {
        self.lock().read(&text(path)).map_err(failure)
    }

    async fn write_file(&self, path: &Path, content: &[u8]) -> bashkit::Result<()> {
        self.lock().write(&text(path), content).map_err(failure)
    }

    async fn append_file(&self, path: &Path, content: &[u8]) -> bashkit::Result<()> {
        self.lock().append(&text(path), content).map_err(failure)
    }

    async fn mkdir(&self, path: &Path, recursive: bool) -> bashkit::Result<()> {
        self.lock().make_dir(&text(path), recursive).map_err(failure)
    }

    async fn remove(&self, path: &Path, recursive: bool) -> bashkit::Result<()> {
        self.lock().remove(&text(path), recursive).map_err(failure)
    }

    async fn stat(&self, path: &Path) -> bashkit::Result<Metadata> {
        self.lock().stat(&text(path)).map(metadata).map_err(failure)
    }

    async fn read_dir(&self, path: &Path) -> bashkit::Result<Vec<DirEntry>> {
        let tree = self.lock();
        let children = tree.children(&text(path)).map_err(failure)?;
        Ok(children
            .map(|(name, entry)| DirEntry { name: name.to_owned(), metadata: metadata(entry) })
            .collect())
    }

    async fn exists(&self, path: &Path) -> bashkit::Result<bool> {
        Ok(self.lock().stat(&text(path)).is_ok())
    }

    async fn rename(&self, from: &Path, to: &Path) -> bashkit::Result<()> {
        self.lock().rename(&text(from), &text(to)).map_err(failure)
    }

    async fn copy(&self, from: &Path, to: &Path) -> bashkit::Result<()> {
        let mut tree = self.lock();
        let from = text(from);
        let mode = tree.stat(&from).map_err(failure)?.mode;
        let bytes = tree.read(&from).map_err(failure)?;
        let to = text(to);
        tree.write(&to, &bytes).map_err(failure)?;
        // A file copied out of the system's directories belongs to the trainee from then on.
        tree.chmod(&to, mode)
            .or_else(|error| if error == FileError::PermissionDenied { Ok(()) } else { Err(error) })
            .map_err(failure)
    }

    async fn symlink(&self, target: &Path, link: &Path) -> bashkit::Result<()> {
        self.lock().link(&text(link), &target.to_string_lossy()).map_err(failure)
    }

    async fn read_link(&self, path: &Path) -> bashkit::Result<PathBuf> {
        self.lock().link_target(&text(path)).map(PathBuf::from).map_err(failure)
    }

    async fn chmod(&self, path: &Path, mode: u32) -> bashkit::Result<()> {
        self.lock().chmod(&text(path), mode).map_err(failure)
    }

    /// Only archives and `cp -p` come here; `touch` is an applet of ours, because the interpreter's reads the host's clock.
    async fn set_modified_time(&self, path: &Path, time: SystemTime) -> bashkit::Result<()> {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        let unix_ms = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        self.lock().set_modified(&text(path), unix_ms).map_err(failure)
    }
}
