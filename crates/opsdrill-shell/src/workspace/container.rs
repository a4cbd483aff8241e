//! The tree as the file system of a container: laid out by the engine, with its own places where writing is refused.

use std::collections::{BTreeMap, BTreeSet};

use super::FileError;
use super::tree::{Content, Entry, Tree, parent};

/// The word of the nearest folder at or above `path` that has one.
pub(super) fn nearest(
    guards: &BTreeMap<String, Option<FileError>>,
    path: &str,
) -> Result<(), FileError> {
    let mut folder = path;
    loop {
        match guards.get(folder) {
            Some(refusal) => return refusal.map_or(Ok(()), Err),
            None if folder == "/" => return Ok(()),
            None => folder = parent(folder),
        }
    }
}

impl Tree {
    /// See [`super::Workspace::lay_container`].
    pub(super) fn lay_container(
        &mut self,
        files: &BTreeMap<String, Vec<u8>>,
        guards: &BTreeMap<String, Option<FileError>>,
        large: &BTreeMap<String, u64>,
    ) {
        self.large.clone_from(large);
        // What somebody else has removed meanwhile goes here, too; what lies below comes first.
        let laid: BTreeSet<String> =
            files.keys().map(|it| it.trim_end_matches('/').to_owned()).collect();
        let before = std::mem::replace(&mut self.laid, laid);
        for path in before.difference(&self.laid).cloned().collect::<Vec<_>>().iter().rev() {
            let below = format!("{path}/");
            let mut inner = self.laid.range(below.clone()..);
            if !inner.next().is_some_and(|it| it.starts_with(&below)) {
                self.take(path);
            }
        }
        for (path, contents) in files {
            let (folder, is_folder) = match path.strip_suffix('/') {
                Some(folder) => (folder, true),
                None => (parent(path), false),
            };
            self.lay_folder(folder);
            let same =
                |entry: &Entry| matches!(&entry.content, Content::File(old) if old == contents);
            if !is_folder && !self.entries.get(path).is_some_and(same) {
                let is_program = path.starts_with("/bin/") || path.starts_with("/usr/bin/");
                let mode = if is_program { 0o755 } else { 0o644 };
                self.put(path, Content::File(contents.clone()), mode);
            }
        }
        self.guards = Some(guards.clone());
        self.touched.clear();
    }

    fn lay_folder(&mut self, path: &str) {
        if !path.is_empty() && !self.entries.contains_key(path) {
            self.lay_folder(parent(path));
            self.put(path, Content::Directory, 0o755);
        }
    }
}
