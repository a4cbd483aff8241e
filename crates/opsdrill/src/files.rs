//! Where sessions are kept: one folder each, with its log and its result.

use std::env;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::SystemTime;

use opsdrill_session::{Log, LogSink};

/// A session's folder.
#[derive(Clone, Debug)]
pub(crate) struct SessionFiles {
    folder: PathBuf,
}

/// The folder of all sessions: `$OPSDRILL_STATE`, or `opsdrill/sessions` in the user's state folder.
fn all() -> Result<PathBuf, String> {
    if let Some(folder) = env::var_os("OPSDRILL_STATE") {
        return Ok(folder.into());
    }
    let state = env::var_os("XDG_STATE_HOME").map(PathBuf::from);
    let state = state.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".local/state")));
    let state =
        state.ok_or("there is no HOME to keep sessions in; set OPSDRILL_STATE to a folder")?;
    Ok(state.join("opsdrill/sessions"))
}

impl SessionFiles {
    /// A new session's folder, named after the scenario and a number.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn create(scenario: &str) -> Result<Self, String> {
        let all = all()?;
        fs::create_dir_all(&all).map_err(|error| format!("{}: {error}", all.display()))?;
        let number = fs::read_dir(&all).map_err(|error| error.to_string())?.count() + 1;
        for number in number.. {
            let folder = all.join(format!("{number:04}-{scenario}"));
            match fs::create_dir(&folder) {
                Ok(()) => return Ok(Self { folder }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(format!("{}: {error}", folder.display())),
            }
        }
        unreachable!("there is always a next number")
    }

    /// The folder of a session by its name, its number or its path, or else the latest one.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn find(name: Option<&str>) -> Result<Self, String> {
        let all = all()?;
        let entries = fs::read_dir(&all).into_iter().flatten().filter_map(Result::ok);
        let kept: Vec<PathBuf> = entries.map(|it| it.path()).filter(|it| has_log(it)).collect();
        let found = match name {
            None => kept.into_iter().max(),
            // Somebody else's session, say, that is to be verified.
            Some(path) if path.contains(std::path::is_separator) => {
                Some(PathBuf::from(path)).filter(|it| has_log(it))
            }
            Some(name) => kept.into_iter().find(|it| is_called(it, name)),
        };
        found.map(|folder| Self { folder }).ok_or_else(|| match name {
            Some(name) => format!("there is no session {name:?}"),
            None => "there is no session yet; start one with `opsdrill play`".to_owned(),
        })
    }

    /// Keeps other processes from writing to the session, for as long as the answer lives.
    ///
    /// # Errors
    /// When another one does.
    pub(crate) fn lock(&self) -> Result<Lock, String> {
        let path = self.folder.join("lock");
        let problem = |error: io::Error| format!("{}: {error}", path.display());
        let options = OpenOptions::new().create(true).truncate(false).write(true).clone();
        let file = options.open(&path).map_err(problem)?;
        match file.try_lock() {
            Ok(()) => Ok(Lock(file)),
            Err(TryLockError::WouldBlock) => {
                let name = self.folder.file_name().unwrap_or_default().to_string_lossy();
                Err(format!("session {name} is open in another terminal"))
            }
            Err(TryLockError::Error(error)) => Err(problem(error)),
        }
    }

    /// The log's path.
    pub(crate) fn log_path(&self) -> PathBuf {
        self.folder.join("log.jsonl")
    }

    /// When the log was written to the last time.
    pub(crate) fn last_written(&self) -> Option<SystemTime> {
        fs::metadata(self.log_path()).and_then(|it| it.modified()).ok()
    }

    /// The path of a result file.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Reads the log; true if its last line was cut.
    ///
    /// # Errors
    /// When it cannot be read, was edited or damaged.
    pub(crate) fn read(&self) -> Result<(Log, bool), String> {
        let path = self.log_path();
        let text =
            fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Log::read(&text).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Opens the log for further lines, with exactly what `log` holds in it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn open(&self, log: &Log, lock: Lock) -> Result<LogFile, String> {
        let path = self.log_path();
        let problem = |error: io::Error| format!("{}: {error}", path.display());
        let text = log.text();
        if fs::read_to_string(&path).ok().as_deref() != Some(&text) {
            // Written beside and moved, so that a crash in between loses nothing.
            let beside = self.folder.join("log.jsonl.new");
            fs::write(&beside, &text).map_err(problem)?;
            fs::rename(&beside, &path).map_err(problem)?;
        }
        let file = OpenOptions::new().append(true).open(&path).map_err(problem)?;
        let disk = Disk::of(file.try_clone().map_err(problem)?);
        Ok(LogFile { file, disk, path, _lock: lock })
    }

    /// Writes a result.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<(), String> {
        let path = self.path(name);
        fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
    }
}

/// A log on disk.
///
/// A line is the system's when [`append`](LogSink::append) returns: it survives the end of this process. It is on the disk moments
/// later; waiting for that would cost each request of a client a quarter of a millisecond or more.
pub(crate) struct LogFile {
    file: File,
    disk: Disk,
    path: PathBuf,
    _lock: Lock,
}

/// The right to write to a session. The system takes it back when the process ends, however it ends.
pub(crate) struct Lock(#[expect(dead_code, reason = "it is held, not used")] File);

fn has_log(folder: &Path) -> bool {
    folder.join("log.jsonl").is_file()
}

/// Whether a session's folder is called so, or has this number.
fn is_called(folder: &Path, name: &str) -> bool {
    let own = folder.file_name().unwrap_or_default().to_string_lossy();
    let number = |text: &str| text.parse::<u64>().ok();
    own == name || number(name).is_some() && own.split('-').next().and_then(number) == number(name)
}

impl LogSink for LogFile {
    fn append(&mut self, line: &str) -> Result<(), String> {
        let line = format!("{line}\n");
        let written = self.disk.problem().and_then(|()| self.file.write_all(line.as_bytes()));
        self.disk.follow();
        written.map_err(|error| format!("{}: {error}", self.path.display()))
    }
}

/// Brings what was written to the disk, on a thread of its own; ends when everything is there.
struct Disk {
    behind: Option<Sender<()>>,
    failed: Receiver<io::Error>,
    thread: Option<JoinHandle<()>>,
}

impl Disk {
    fn of(file: File) -> Self {
        let (behind, written) = channel();
        let (fails, failed) = channel();
        let thread = thread::spawn(move || {
            while written.recv().is_ok() {
                // Whatever else was written until now comes along.
                while written.try_recv().is_ok() {}
                if let Err(error) = file.sync_data() {
                    let _ = fails.send(error);
                }
            }
        });
        Self { behind: Some(behind), failed, thread: Some(thread) }
    }

    /// Something was written.
    fn follow(&self) {
        let _ = self.behind.as_ref().map(|it| it.send(()));
    }

    /// What went wrong since the last time.
    fn problem(&self) -> io::Result<()> {
        self.failed.try_recv().map_or(Ok(()), Err)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.behind = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
