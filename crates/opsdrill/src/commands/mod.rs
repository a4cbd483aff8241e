//! The program's commands, one file each.

mod check_content;
mod completions;
mod hint;
mod list;
mod play;
mod replay;
mod report;
mod resume;
mod serve;
mod status;
mod submit;
mod verify;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Subcommand;
use opsdrill_session::{Library, LogSink, Script, Session};

use crate::bugs;
use crate::files::{Lock, SessionFiles};
use crate::pace::Pace;
use crate::prompt::Prompt;
use crate::{script, terminal};

/// The file of a session's result, for `verify`.
const RESULT: &str = "result.json";
/// The file of a session's result, for people.
const PAGE: &str = "report.html";

/// What the program does.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Lists the scenarios
    List(list::List),
    /// Starts a drill; without a name, the first guided one
    Play(play::Play),
    /// Serves a drill or an empty cluster as a Kubernetes API to tools of your own
    Serve(serve::Serve),
    /// Goes on with a session, by default the latest
    Resume(resume::Resume),
    /// Hands in a session that was left, and grades it
    Submit(submit::Submit),
    /// Shows the next hint of a session, for its price
    Hint(hint::Hint),
    /// Shows how a session stands
    Status(status::Status),
    /// Shows the result of a session
    Report(report::Report),
    /// Plays a session again
    Replay(replay::Replay),
    /// Plays a session again and compares its result
    Verify(verify::Verify),
    /// Checks scenario files
    CheckContent(check_content::CheckContent),
    /// Prints completions for a shell
    Completions(completions::Completions),
}

impl Command {
    /// Does it.
    ///
    /// # Errors
    /// What went wrong, for the user.
    pub(crate) fn run(self, library: Library) -> Result<ExitCode, String> {
        let library = Arc::new(library);
        match self {
            Self::List(it) => Ok(it.run(&library)),
            Self::Play(it) => it.run(library),
            Self::Serve(it) => it.run(library),
            Self::Resume(it) => it.run(library),
            Self::Submit(it) => it.run(library),
            Self::Hint(it) => it.run(library),
            Self::Status(it) => it.run(library),
            Self::Report(it) => it.run(library),
            Self::Replay(it) => it.run(library),
            Self::Verify(it) => it.run(library),
            Self::CheckContent(it) => Ok(it.run(&library)),
            Self::Completions(it) => Ok(it.run()),
        }
    }
}

/// Loads a session that was kept.
fn load(
    library: Arc<Library>,
    files: &SessionFiles,
    front: &mut dyn opsdrill_session::FrontEnd,
) -> Result<Session, String> {
    let (log, cut) = files.read()?;
    if cut {
        eprintln!("opsdrill: the last line of the log was cut; the session goes on before it");
    }
    Session::replay(library, &log, front).map_err(|problems| problems.join("\n"))
}

/// Loads a session that is to go on, so that nobody else writes to it.
///
/// # Errors
/// When somebody else does, or when it was submitted.
fn load_to_go_on(library: Arc<Library>, files: &SessionFiles) -> Result<(Session, Lock), String> {
    let lock = files.lock()?;
    let session = load(library, files, &mut Script::default())?;
    if session.outcome().is_some() {
        return Err("this session was submitted; see `opsdrill report`".to_owned());
    }
    let result = files.path(RESULT);
    if result.exists() {
        return Err(format!(
            "this session was submitted ({}), but its log does not hold that; the log was cut",
            result.display()
        ));
    }
    Ok((session, lock))
}

/// How fast a session goes on: as its user asks, or as whoever sits in front of it expects.
fn pace_of(step: bool, asked: Option<Pace>) -> Result<Pace, String> {
    match asked {
        Some(Pace::Times(_)) if step => {
            Err("this session was begun with --step: time passes by commands, not by --pace".into())
        }
        Some(pace) => Ok(pace),
        None if step || !terminal::is_terminal() => Ok(Pace::Jump),
        None => Ok(Pace::Times(1)),
    }
}

/// Runs a session in front of a person (whose prompt may be there already) or of a script, keeps its result, and catches
/// our own bugs at this edge.
fn conduct(
    session: &mut Session,
    files: &SessionFiles,
    lock: Lock,
    pace: Pace,
    prompt: Option<Prompt>,
) -> Result<ExitCode, String> {
    let mut sink = files.open(session.log(), lock)?;
    let seed = session.log().header().seed;
    let ran = catch_unwind(AssertUnwindSafe(|| in_front(session, &mut sink, pace, prompt)));
    let Ok(status) = ran else {
        return Err(format!(
            "{}\nYour session is kept (seed {seed}):\n  {}\n\
             Go on with `opsdrill resume`; `undo` there goes back before the last command.",
            bugs::words(),
            files.log_path().display()
        ));
    };
    let status = status?;
    keep_result(session, files)?;
    Ok(ExitCode::from(u8::try_from(status).unwrap_or(1)))
}

fn in_front(
    session: &mut Session,
    sink: &mut dyn LogSink,
    pace: Pace,
    prompt: Option<Prompt>,
) -> Result<i32, String> {
    if terminal::is_terminal() {
        terminal::run(session, sink, pace, prompt.unwrap_or_else(Prompt::of_person))
    } else {
        script::run(session, sink, pace)
    }
}

/// Writes the result as JSON and as a page, once there is one.
fn keep_result(session: &Session, files: &SessionFiles) -> Result<(), String> {
    let Some(outcome) = session.outcome() else { return Ok(()) };
    let json = serde_json::to_string_pretty(outcome).expect("plain data is JSON");
    files.write(RESULT, &(json + "\n"))?;
    let page = outcome.html(
        session.scenario(),
        session.log(),
        session.stage().start.0,
        session.language(),
    );
    files.write(PAGE, &page)
}

/// Opens the user's editor on a text.
pub(crate) fn edit(name: &str, text: &str) -> Option<String> {
    let editor = std::env::var("VISUAL")
        .or_else(|_| std::env::var("EDITOR"))
        .unwrap_or_else(|_| "vi".to_owned());
    let base = name.rsplit('/').next().unwrap_or("text");
    let path = std::env::temp_dir().join(format!("opsdrill-{}-{base}", std::process::id()));
    std::fs::write(&path, text).ok()?;
    let mut words = editor.split_whitespace();
    let ended = std::process::Command::new(words.next()?).args(words).arg(&path).status();
    let saved = std::fs::read_to_string(&path).ok();
    let _ = std::fs::remove_file(&path);
    // The tool that wanted the text names the drill's editor; which one it is on this machine is said here.
    match ended {
        Ok(status) if status.success() => return saved,
        Ok(status) => eprintln!("opsdrill: your editor {editor:?} failed: {status}"),
        Err(error) => eprintln!("opsdrill: your editor {editor:?} cannot be run: {error}"),
    }
    None
}

/// Runs one command of the drill in a session that was left.
fn run_in_session(
    library: Arc<Library>,
    name: Option<&str>,
    line: &str,
) -> Result<ExitCode, String> {
    let files = SessionFiles::find(name)?;
    let (mut session, lock) = load_to_go_on(library, &files)?;
    let mut sink = files.open(session.log(), lock)?;
    let end = session.run_line(line, &mut script::Piped::at(Pace::Jump), &mut sink);
    keep_result(&session, &files)?;
    match end.log_failure {
        Some(problem) => Err(problem),
        None => Ok(ExitCode::from(u8::try_from(end.status).unwrap_or(1))),
    }
}
