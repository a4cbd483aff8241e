//! The editor of `kubectl edit` when it is a command of the trainee's machine: `sed -i …`, a script, `true`.
//!
//! It runs in a bash of its own on the trainee's files, as a child process would. An editor that a person has to sit in
//! front of is the front end's business.

use std::collections::BTreeMap;

use opsdrill_shell::kubectl::editor::{Edited, Editor, EditorFailure};
use opsdrill_shell::{Host, Shell, Stream, ToolCall, ToolResult, WaitOutcome, Workspace};

use crate::cluster_door::Desk;

/// How deep editors may call kubectl that calls editors.
const DEPTH_MAX: usize = 3;

/// Runs an editor on a new file `name` of the machine that holds `text`.
pub(crate) fn run(
    desk: &Desk<'_, '_>,
    files: &mut Workspace,
    (env, cwd): (&BTreeMap<String, String>, &str),
    editor: &Editor,
    (name, text): (&str, &str),
) -> Edited {
    if editor.is_visual() {
        let saved = desk.borrow_mut().edited(name, text).ok_or(EditorFailure::Failed);
        return Edited { output: Vec::new(), saved };
    }
    let path = format!("/tmp/{name}");
    let failed = |output| Edited { output, saved: Err(EditorFailure::Failed) };
    if desk.borrow().editors >= DEPTH_MAX || files.write(&path, text.as_bytes()).is_err() {
        return failed(Vec::new());
    }
    desk.borrow_mut().editors += 1;
    let mut beside = Beside { desk, output: Vec::new() };
    let ended = Shell::child(files, env, cwd).run(&editor.line(&path), &mut beside);
    desk.borrow_mut().editors -= 1;
    let mut output = beside.output;
    for (stream, bytes) in &ended.output {
        output.push((*stream, String::from_utf8_lossy(bytes).into_owned()));
    }
    let saved = files.read(&path).map(|it| String::from_utf8_lossy(&it).into_owned());
    // What cannot be removed any more is gone already.
    let _ = files.remove(&path);
    match (ended.status, saved) {
        (0, Ok(saved)) => Edited { output, saved: Ok(saved) },
        (127, _) if editor.is_looked_up() => {
            Edited { output: Vec::new(), saved: Err(EditorFailure::NotFound) }
        }
        (126 | 127, _) if !editor.needs_shell() => {
            // kubectl starts it without a shell that could complain; what this program lacks is said all the same.
            output.retain(|(_, text)| text.starts_with("opsdrill: "));
            failed(output)
        }
        _ => failed(output),
    }
}

/// What the editor's shell may ask of the session: all that the trainee's own may; its output is kept for kubectl.
struct Beside<'d, 'a, 't> {
    desk: &'d Desk<'a, 't>,
    output: Vec<(Stream, String)>,
}

impl Host for Beside<'_, '_, '_> {
    fn now_ms(&self) -> u64 {
        self.desk.borrow().now_ms()
    }

    fn epoch_unix_seconds(&self) -> i64 {
        self.desk.borrow().epoch_unix_seconds()
    }

    fn wait_until(&mut self, deadline_ms: u64) -> WaitOutcome {
        self.desk.borrow_mut().wait_until(deadline_ms)
    }

    fn random_u64(&mut self, purpose: &str) -> u64 {
        self.desk.borrow_mut().random_u64(purpose)
    }

    fn print(&mut self, stream: Stream, text: &str) {
        self.output.push((stream, text.to_owned()));
    }

    fn interrupted(&mut self) -> bool {
        self.desk.borrow_mut().interrupted()
    }

    fn edit(&mut self, name: &str, text: &str) -> Option<String> {
        self.desk.borrow_mut().edited(name, text)
    }

    fn tool(&mut self, call: ToolCall<'_>) -> ToolResult {
        // A tool that printed by itself would print past kubectl.
        self.desk.borrow_mut().tool(ToolCall { streaming: false, ..call })
    }

    fn tool_names(&self) -> &[&str] {
        crate::tools::NAMES
    }
}
