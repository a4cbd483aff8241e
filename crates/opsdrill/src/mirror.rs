//! The session's workspace as a folder of this machine, for the trainee's own editor and tools.
//!
//! What changes in the folder comes into the session as an input; what the drill's shell changes goes out to the folder.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use opsdrill_session::brought::BroughtFile;
use opsdrill_session::{LogSink, Session};

/// How often the folder is looked at while nobody types at the prompt.
const LOOK_EVERY: Duration = Duration::from_millis(300);

/// What a folder may hold: more is left outside, and that is said.
const FILES_MAX: usize = 1_000;
const FILE_BYTES_MAX: u64 = 1 << 20;
const DEPTH_MAX: usize = 16;

/// The most bytes of files in one record: the log's lines are bounded, and JSON may need six bytes for one.
const RECORD_BYTES_MAX: usize = 1 << 20;

/// A file as it was when both sides were the same.
struct Known {
    contents: Vec<u8>,
    /// Date and size in the folder.
    stamp: Option<(SystemTime, u64)>,
}

/// The folder and what is known of it.
pub(crate) struct Mirror {
    folder: PathBuf,
    known: BTreeMap<String, Known>,
    looked: Instant,
    /// What was complained of, so that it is said once.
    said: Vec<String>,
}

impl Mirror {
    /// Lays the session's files out in a folder. What was changed there after the log was `written` the last time stays, and
    /// comes into the session with the next look.
    ///
    /// # Errors
    /// When they cannot be written.
    pub(crate) fn lay_out(
        folder: PathBuf,
        session: &Session,
        written: Option<SystemTime>,
    ) -> Result<Self, String> {
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let folder = std::path::absolute(&folder).unwrap_or(folder);
        let known = BTreeMap::new();
        let mut mirror = Self { folder, known, looked: Instant::now(), said: Vec::new() };
        for (path, contents) in session.files() {
            let changed = stamp(&mirror.folder.join(&path)).zip(written);
            if changed.is_some_and(|((date, _), written)| date > written) {
                mirror.known.insert(path, Known { contents, stamp: None });
            }
        }
        mirror.show(session)?;
        Ok(mirror)
    }

    /// Whether there is nothing in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Where it is.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes what the drill's shell has changed into the folder.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn show(&mut self, session: &Session) -> Result<(), String> {
        let files: BTreeMap<String, Vec<u8>> = session.files().into_iter().collect();
        let gone: Vec<String> =
            self.known.keys().filter(|it| !files.contains_key(*it)).cloned().collect();
        for path in gone {
            self.known.remove(&path);
            let _ = fs::remove_file(self.folder.join(path));
        }
        for (path, contents) in files {
            if self.known.get(&path).is_some_and(|it| it.contents == contents) {
                continue;
            }
            self.write(&path, &contents).map_err(|error| format!("{path}: {error}"))?;
            let stamp = stamp(&self.folder.join(&path));
            self.known.insert(path, Known { contents, stamp });
        }
        Ok(())
    }

    /// Writes beside and moves, so that a link that lies there is replaced and not followed.
    fn write(&self, path: &str, contents: &[u8]) -> std::io::Result<()> {
        let mut folder = self.folder.clone();
        let (parents, name) = path.rsplit_once('/').unwrap_or(("", path));
        for parent in parents.split('/').filter(|it| !it.is_empty()) {
            folder.push(parent);
            match fs::symlink_metadata(&folder) {
                Ok(there) if there.is_dir() => {}
                Ok(_) => return Err(ErrorKind::NotADirectory.into()),
                Err(_) => fs::create_dir(&folder)?,
            }
        }
        let beside = folder.join(format!(".{name}.opsdrill"));
        fs::write(&beside, contents)?;
        fs::rename(&beside, folder.join(name))
    }

    /// Brings what was changed in the folder into the session, if it is time to look again.
    ///
    /// # Errors
    /// When the log cannot be kept.
    pub(crate) fn look(
        &mut self,
        session: &mut Session,
        sink: &mut dyn LogSink,
    ) -> Result<(), String> {
        if self.looked.elapsed() < LOOK_EVERY {
            return Ok(());
        }
        self.bring(session, sink)
    }

    /// Brings what was changed in the folder into the session.
    ///
    /// # Errors
    /// When the log cannot be kept.
    pub(crate) fn bring(
        &mut self,
        session: &mut Session,
        sink: &mut dyn LogSink,
    ) -> Result<(), String> {
        self.looked = Instant::now();
        let mut there = Vec::new();
        collect(&self.folder, "", DEPTH_MAX, &mut there);
        let mut changed = Vec::new();
        let paths: std::collections::BTreeSet<&str> = there.iter().map(String::as_str).collect();
        let gone = self.known.keys().filter(|it| !paths.contains(it.as_str())).cloned();
        for path in gone.collect::<Vec<_>>() {
            self.known.remove(&path);
            changed.push(BroughtFile { path, text: None });
        }
        for path in there {
            let stamp = stamp(&self.folder.join(&path));
            if self.known.get(&path).is_some_and(|it| it.stamp.is_some() && it.stamp == stamp) {
                continue;
            }
            if let Some(text) = self.read(&path, stamp) {
                changed.push(BroughtFile { path, text: Some(text) });
            }
        }
        if changed.is_empty() {
            return Ok(());
        }
        while !changed.is_empty() {
            let mut bytes = 0;
            // A first file always fits.
            let fits = changed.iter().take_while(|it| {
                let first = bytes == 0;
                bytes += it.text.as_ref().map_or(0, String::len) + it.path.len();
                first || bytes <= RECORD_BYTES_MAX
            });
            let rest = changed.split_off(fits.count());
            for problem in session.bring(changed, sink)? {
                self.say(problem);
            }
            changed = rest;
        }
        Ok(())
    }

    /// The text of a file that may have changed; `None` if it has not, or cannot be part of the drill.
    fn read(&mut self, path: &str, stamp: Option<(SystemTime, u64)>) -> Option<String> {
        if !self.known.contains_key(path) && self.known.len() >= FILES_MAX {
            self.say(format!("{path}: the workspace holds {FILES_MAX} files and no more"));
            return None;
        }
        if stamp.is_none_or(|it| it.1 > FILE_BYTES_MAX) {
            self.say(format!("{path}: too large to be part of the drill"));
            return None;
        }
        let contents = fs::read(self.folder.join(path)).ok()?;
        let before =
            self.known.insert(path.to_owned(), Known { contents: contents.clone(), stamp });
        if before.is_some_and(|it| it.contents == contents) {
            return None;
        }
        let text = String::from_utf8(contents).ok();
        if text.is_none() {
            self.say(format!("{path}: no text, and so no part of the drill"));
        }
        text
    }

    fn say(&mut self, problem: String) {
        if !self.said.contains(&problem) {
            eprintln!("opsdrill: {problem}");
            self.said.push(problem);
        }
    }
}

fn stamp(path: &Path) -> Option<(SystemTime, u64)> {
    let there = fs::symlink_metadata(path).ok()?;
    Some((there.modified().ok()?, there.len()))
}

/// The files of a folder by their paths below it, in order; hidden ones and links apart.
fn collect(folder: &Path, below: &str, depth: usize, files: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut entries: Vec<_> = entries.filter_map(Result::ok).collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (name, Ok(kind)) = (entry.file_name(), entry.file_type()) else { continue };
        let Some(name) = name.to_str().filter(|it| !it.starts_with('.')) else { continue };
        let path = format!("{below}{name}");
        if kind.is_dir() && depth > 0 {
            collect(&entry.path(), &format!("{path}/"), depth - 1, files);
        } else if kind.is_file() && files.len() < FILES_MAX * 2 {
            files.push(path);
        }
    }
}
