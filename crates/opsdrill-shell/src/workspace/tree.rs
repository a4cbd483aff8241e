//! The tree itself: sorted paths to entries, with bounds and a record of changes.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::container::nearest;
use super::devices::{DEVICES, Device, RandomBytes};
use super::{FileChange, FileError, Listed, WorkspaceLimits};

/// Longest chain of links that is followed, Linux' number.
const MAX_LINKS: usize = 40;
/// Longest path, Linux' PATH_MAX.
const MAX_PATH_BYTES: usize = 4096;

/// One file, directory or link of the trainee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) content: Content,
    pub(super) mode: u32,
    /// Unix milliseconds of the simulated date.
    pub(super) modified_ms: i64,
}

/// What an entry holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Content {
    File(Vec<u8>),
    Directory,
    Link(String),
    #[serde(skip)]
    Device(Device),
}

impl Entry {
    pub(super) fn is_dir(&self) -> bool {
        self.content == Content::Directory
    }

    pub(super) fn size(&self) -> usize {
        match &self.content {
            Content::File(bytes) => bytes.len(),
            Content::Link(target) => target.len(),
            Content::Directory => 4096,
            Content::Device(_) => 0,
        }
    }

    fn stored_bytes(&self) -> usize {
        if self.is_dir() { 0 } else { self.size() }
    }
}

/// The whole tree.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) entries: BTreeMap<String, Entry>,
    pub(super) system: BTreeSet<String>,
    /// In a container: where writing is refused; otherwise the system's folders are.
    pub(super) guards: Option<BTreeMap<String, Option<FileError>>>,
    /// In a container: the sizes of files that are larger than what is kept of them.
    pub(super) large: BTreeMap<String, u64>,
    limits: WorkspaceLimits,
    stored_bytes: usize,
    pub(super) touched: BTreeSet<String>,
    /// In a container: what was laid out last.
    pub(super) laid: BTreeSet<String>,
    pub(super) unix_ms: i64,
    pub(super) random: RandomBytes,
}

/// `path` made absolute, without `.`, `..` and doubled slashes; nothing is above `/`.
pub(super) fn normalize(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

pub(super) fn parent(path: &str) -> &str {
    match path.rfind('/') {
        Some(0) | None => "/",
        Some(at) => &path[..at],
    }
}

fn below(dir: &str) -> String {
    if dir == "/" { "/".to_owned() } else { format!("{dir}/") }
}

impl Tree {
    pub(super) fn new(limits: WorkspaceLimits) -> Self {
        let mut tree = Self {
            entries: BTreeMap::new(),
            system: BTreeSet::new(),
            guards: None,
            large: BTreeMap::new(),
            limits,
            stored_bytes: 0,
            touched: BTreeSet::new(),
            laid: BTreeSet::new(),
            unix_ms: 0,
            random: RandomBytes::new(0),
        };
        tree.add_system_dir("/");
        tree.add_system_dir("/dev");
        for &(path, device) in DEVICES {
            tree.add_system(path, Content::Device(device), 0o666);
        }
        tree.add_system("/tmp", Content::Directory, 0o1777);
        tree
    }

    fn add_system(&mut self, path: &str, content: Content, mode: u32) {
        let entry = Entry { content, mode, modified_ms: self.unix_ms };
        self.entries.insert(path.to_owned(), entry);
        self.system.insert(path.to_owned());
    }

    fn add_system_dir(&mut self, path: &str) {
        if !self.entries.contains_key(path) {
            if path != "/" {
                self.add_system_dir(parent(path));
            }
            self.add_system(path, Content::Directory, 0o755);
        }
    }

    /// Gives every file that was laid out before the date was known the date of now.
    pub(super) fn date_laid_files(&mut self) {
        for entry in self.entries.values_mut().filter(|it| it.modified_ms == 0) {
            entry.modified_ms = self.unix_ms;
        }
    }

    pub(super) fn add_system_file(&mut self, path: &str, contents: &[u8], executable: bool) {
        let path = normalize(path);
        self.add_system_dir(parent(&path));
        self.add_system(
            &path,
            Content::File(contents.to_vec()),
            if executable { 0o755 } else { 0o644 },
        );
    }

    /// A directory that belongs to the trainee, below directories of the system.
    pub(super) fn add_home(&mut self, path: &str) {
        let path = normalize(path);
        self.add_system_dir(parent(&path));
        self.put(&path, Content::Directory, 0o755);
    }

    /// The path with every link on the way resolved.
    pub(super) fn follow(&self, path: &str) -> Result<String, FileError> {
        let mut path = normalize(path);
        if path.len() > MAX_PATH_BYTES {
            return Err(FileError::Invalid);
        }
        for _ in 0..MAX_LINKS {
            let Some((link, target)) = self.first_link(&path) else { return Ok(path) };
            let rest = &path[link.len()..];
            path = if target.starts_with('/') {
                normalize(&format!("{target}{rest}"))
            } else {
                normalize(&format!("{}/{target}{rest}", parent(link)))
            };
        }
        Err(FileError::TooManyLinks)
    }

    fn first_link<'a>(&'a self, path: &str) -> Option<(&'a str, &'a str)> {
        let ends =
            path.char_indices().skip(1).filter(|(_, letter)| *letter == '/').map(|(at, _)| at);
        ends.chain([path.len()]).find_map(|end| match self.entries.get_key_value(&path[..end]) {
            Some((link, Entry { content: Content::Link(target), .. })) => {
                Some((link.as_str(), target.as_str()))
            }
            _ => None,
        })
    }

    pub(super) fn stat(&self, path: &str) -> Result<&Entry, FileError> {
        if let Some(entry) = self.entries.get(path) {
            return Ok(entry);
        }
        let mut ancestor = parent(path);
        while ancestor != "/" {
            match self.entries.get(ancestor) {
                Some(entry) if !entry.is_dir() => return Err(FileError::NotADirectory),
                Some(_) => break,
                None => ancestor = parent(ancestor),
            }
        }
        Err(FileError::NotFound)
    }

    pub(super) fn read(&mut self, path: &str) -> Result<Vec<u8>, FileError> {
        match &self.stat(path)?.content {
            Content::File(bytes) => Ok(bytes.clone()),
            Content::Device(device) => {
                let device = *device;
                Ok(device.read(&mut self.random))
            }
            Content::Directory => Err(FileError::IsADirectory),
            Content::Link(_) => Err(FileError::TooManyLinks),
        }
    }

    pub(super) fn link_target(&self, path: &str) -> Result<String, FileError> {
        match &self.stat(path)?.content {
            Content::Link(target) => Ok(target.clone()),
            _ => Err(FileError::Invalid),
        }
    }

    pub(super) fn list(&self, path: &str) -> Result<Vec<Listed>, FileError> {
        Ok(self
            .children(path)?
            .map(|(name, entry)| Listed {
                name: name.to_owned(),
                is_dir: entry.is_dir(),
                size: if entry.is_dir() { 0 } else { entry.size() },
            })
            .collect())
    }

    pub(super) fn children(
        &self,
        path: &str,
    ) -> Result<impl Iterator<Item = (&str, &Entry)> + use<'_>, FileError> {
        if !self.stat(path)?.is_dir() {
            return Err(FileError::NotADirectory);
        }
        let prefix = below(path);
        let start = prefix.len();
        let end = prefix.clone();
        Ok(self
            .entries
            .range(prefix..)
            .take_while(move |(path, _)| path.starts_with(&end))
            .filter(move |(path, _)| path.len() > start && !path[start..].contains('/'))
            .map(move |(path, entry)| (&path[start..], entry)))
    }

    /// What is at `path` may go, also where nothing more can be written.
    fn removable(&self, path: &str) -> Result<(), FileError> {
        self.writable(path).or_else(|error| match error {
            FileError::NoSpace => Ok(()),
            other => Err(other),
        })
    }

    /// A change at `path` is allowed: its directory is there and it is no file of the system.
    fn writable(&self, path: &str) -> Result<(), FileError> {
        if path.len() > MAX_PATH_BYTES {
            return Err(FileError::Invalid);
        }
        if self.system.contains(path) {
            return Err(FileError::PermissionDenied);
        }
        let directory = parent(path);
        if !self.stat(directory)?.is_dir() {
            return Err(FileError::NotADirectory);
        }
        match &self.guards {
            Some(guards) => nearest(guards, directory),
            None if self.system.contains(directory) && directory != "/tmp" => {
                Err(FileError::PermissionDenied)
            }
            None => Ok(()),
        }
    }

    pub(super) fn take_touched(&mut self) -> Vec<String> {
        std::mem::take(&mut self.touched).into_iter().collect()
    }

    /// The path with every link on the way resolved, but not a link at its end.
    pub(super) fn follow_parent(&self, path: &str) -> Result<String, FileError> {
        let path = normalize(path);
        match path.rsplit_once('/') {
            Some((directory, name)) if !name.is_empty() => {
                let directory = self.follow(if directory.is_empty() { "/" } else { directory })?;
                Ok(format!("{}{name}", below(&directory)))
            }
            _ => Ok(path),
        }
    }

    fn fits(&self, path: &str, new_bytes: usize) -> Result<(), FileError> {
        let old = self.entries.get(path);
        let total = self.stored_bytes - old.map_or(0, Entry::stored_bytes) + new_bytes;
        let entries = self.entries.len() - self.system.len() + usize::from(old.is_none());
        let bounds = self.limits;
        if new_bytes > bounds.file_bytes || total > bounds.total_bytes || entries > bounds.entries {
            return Err(FileError::NoSpace);
        }
        Ok(())
    }

    pub(super) fn put(&mut self, path: &str, content: Content, mode: u32) {
        let entry = Entry { content, mode, modified_ms: self.unix_ms };
        self.stored_bytes += entry.stored_bytes();
        if let Some(old) = self.entries.insert(path.to_owned(), entry) {
            self.stored_bytes -= old.stored_bytes();
        }
        self.touched.insert(path.to_owned());
    }

    /// Takes an entry out without a word.
    pub(super) fn take(&mut self, path: &str) {
        if let Some(old) = self.entries.remove(path) {
            self.stored_bytes -= old.stored_bytes();
        }
    }

    pub(super) fn write(&mut self, path: &str, contents: &[u8]) -> Result<(), FileError> {
        let mode = match self.entries.get(path) {
            Some(Entry { content: Content::Directory, .. }) => return Err(FileError::IsADirectory),
            Some(Entry { content: Content::Device(_), .. }) => return Ok(()),
            Some(entry) => entry.mode,
            None => 0o644,
        };
        let is_own = self.entries.contains_key(path) && !self.system.contains(path);
        if !is_own || self.guards.is_some() {
            self.writable(path)?;
        }
        self.fits(path, contents.len())?;
        self.put(path, Content::File(contents.to_vec()), mode);
        Ok(())
    }

    pub(super) fn append(&mut self, path: &str, contents: &[u8]) -> Result<(), FileError> {
        match self.entries.get(path) {
            Some(Entry { content: Content::File(old), .. }) => {
                let mut all = old.clone();
                all.extend_from_slice(contents);
                self.write(path, &all)
            }
            _ => self.write(path, contents),
        }
    }

    pub(super) fn make_dir(&mut self, path: &str, with_parents: bool) -> Result<(), FileError> {
        if let Some(entry) = self.entries.get(path) {
            return if with_parents && entry.is_dir() { Ok(()) } else { Err(FileError::Exists) };
        }
        if with_parents && path != "/" {
            let directory = self.follow(parent(path))?;
            self.make_dir(&directory, true)?;
        }
        self.writable(path)?;
        self.fits(path, 0)?;
        self.put(path, Content::Directory, 0o755);
        Ok(())
    }

    pub(super) fn link(&mut self, path: &str, target: &str) -> Result<(), FileError> {
        if self.entries.contains_key(path) {
            return Err(FileError::Exists);
        }
        self.writable(path)?;
        self.fits(path, target.len())?;
        self.put(path, Content::Link(target.to_owned()), 0o777);
        Ok(())
    }

    pub(super) fn remove(&mut self, path: &str, recursive: bool) -> Result<(), FileError> {
        let is_dir = self.stat(path)?.is_dir();
        self.removable(path)?;
        let inside = self.subtree(path);
        if is_dir && !recursive && inside.len() > 1 {
            return Err(FileError::NotEmpty);
        }
        if inside.iter().any(|path| self.system.contains(path)) {
            return Err(FileError::PermissionDenied);
        }
        for path in inside {
            if let Some(old) = self.entries.remove(&path) {
                self.stored_bytes -= old.stored_bytes();
            }
            self.touched.insert(path);
        }
        Ok(())
    }

    fn subtree(&self, path: &str) -> Vec<String> {
        let prefix = below(path);
        let mut paths: Vec<String> = vec![path.to_owned()];
        paths.extend(
            self.entries
                .range(prefix.clone()..)
                .map(|(path, _)| path)
                .take_while(|p| p.starts_with(&prefix))
                .cloned(),
        );
        paths
    }

    pub(super) fn rename(&mut self, from: &str, to: &str) -> Result<(), FileError> {
        let entry = self.stat(from)?.clone();
        self.writable(from)?;
        self.writable(to)?;
        if from == to {
            return Ok(());
        }
        if to.starts_with(&below(from)) {
            return Err(FileError::Invalid);
        }
        if let Some(old) = self.entries.get(to) {
            match (entry.is_dir(), old.is_dir()) {
                (true, false) => return Err(FileError::NotADirectory),
                (false, true) => return Err(FileError::IsADirectory),
                _ => self.remove(to, false)?,
            }
        }
        for path in self.subtree(from) {
            if let Some(entry) = self.entries.remove(&path) {
                let moved = format!("{to}{}", &path[from.len()..]);
                self.touched.insert(path);
                self.touched.insert(moved.clone());
                self.entries.insert(moved, entry);
            }
        }
        Ok(())
    }

    pub(super) fn chmod(&mut self, path: &str, mode: u32) -> Result<(), FileError> {
        self.owned(path)?.mode = mode;
        Ok(())
    }

    pub(super) fn set_modified(&mut self, path: &str, unix_ms: i64) -> Result<(), FileError> {
        self.owned(path)?.modified_ms = unix_ms;
        Ok(())
    }

    fn owned(&mut self, path: &str) -> Result<&mut Entry, FileError> {
        self.stat(path)?;
        if self.system.contains(path) {
            return Err(FileError::PermissionDenied);
        }
        self.entries.get_mut(path).ok_or(FileError::NotFound)
    }

    pub(super) fn trainee_entries(&self) -> BTreeMap<String, Entry> {
        let own = self.entries.iter().filter(|(path, _)| !self.system.contains(*path));
        own.map(|(path, entry)| (path.clone(), entry.clone())).collect()
    }

    pub(super) fn restore(&mut self, entries: &BTreeMap<String, Entry>) {
        let system = &self.system;
        self.entries.retain(|path, _| system.contains(path));
        let own = entries.iter().filter(|(path, _)| !system.contains(*path));
        self.entries.extend(own.map(|(path, entry)| (path.clone(), entry.clone())));
        self.stored_bytes = self.trainee_entries().values().map(Entry::stored_bytes).sum();
        self.touched.clear();
    }

    pub(super) fn take_changes(&mut self) -> Vec<FileChange> {
        let touched = std::mem::take(&mut self.touched);
        let change = |path: String| match self.entries.get(&path).map(|entry| &entry.content) {
            Some(Content::File(bytes)) => {
                Some(FileChange { hash: Some(blake3::hash(bytes).to_hex().to_string()), path })
            }
            Some(_) => None,
            None => Some(FileChange { path, hash: None }),
        };
        touched.into_iter().filter_map(change).collect()
    }

    pub(super) fn usage(&self) -> (usize, usize, WorkspaceLimits) {
        (self.stored_bytes, self.entries.len() - self.system.len(), self.limits)
    }
}
