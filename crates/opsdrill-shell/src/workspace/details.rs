//! What `ls` and `stat` tell of an entry.

use super::FileError;
use super::tree::{Content, Tree};

/// What is known of a file, directory, link or device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Details {
    /// `-`, `d`, `l` or `c`, as `ls -l` begins a line.
    pub(crate) letter: char,
    /// Permission bits.
    pub(crate) mode: u32,
    /// Bytes.
    pub(crate) size: usize,
    /// Hard links: a directory has one for itself, one for its name, and one for each directory in it.
    pub(crate) links: usize,
    /// Unix milliseconds of the simulated date.
    pub(crate) modified_ms: i64,
    /// True for what belongs to the system.
    pub(crate) is_system: bool,
    /// Where a link leads.
    pub(crate) target: Option<String>,
}

impl Tree {
    /// What `ls` tells of an entry.
    pub(super) fn details(&self, path: &str) -> Result<Details, FileError> {
        let entry = self.stat(path)?;
        let (letter, target) = match &entry.content {
            Content::File(_) => ('-', None),
            Content::Directory => ('d', None),
            Content::Link(target) => ('l', Some(target.clone())),
            Content::Device(_) => ('c', None),
        };
        let links = if entry.is_dir() {
            2 + self.children(path)?.filter(|(_, child)| child.is_dir()).count()
        } else {
            1
        };
        Ok(Details {
            letter,
            mode: entry.mode & 0o7777,
            size: self.large.get(path).map_or(entry.size(), |it| *it as usize),
            links,
            modified_ms: entry.modified_ms,
            is_system: self.system.contains(path),
            target,
        })
    }
}
