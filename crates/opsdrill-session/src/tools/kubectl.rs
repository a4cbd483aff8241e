//! kubectl at the prompt: the built-in one, with the session's cluster, files and editor.

use std::cell::RefCell;
use std::collections::BTreeMap;

use opsdrill_engine::SimTime;
use opsdrill_engine::api::Identity;
use opsdrill_shell::door::ClusterDoor;
use opsdrill_shell::kubectl::editor::{Edited, Editor};
use opsdrill_shell::kubectl::kubeconfig::Kubeconfig;
use opsdrill_shell::kubectl::surroundings::{FileError, Surroundings};
use opsdrill_shell::{ToolCall, ToolResult, Workspace};

use crate::cluster_door::{Desk, ToolDoor};
use crate::editor;
use crate::stage::TRAINEE;
use crate::terminal::Terminal;

/// Where the trainee's kubeconfig stands.
pub(crate) const KUBECONFIG: &str = "/home/trainee/.kube/config";

pub(super) fn run(terminal: &mut Terminal<'_>, call: ToolCall<'_>) -> ToolResult {
    run_client(terminal, call, opsdrill_shell::kubectl::run)
}

/// A client of the cluster: words, standard input, the cluster, the machine and the settings, which it may change.
type Client = fn(
    &[String],
    Option<&[u8]>,
    &mut dyn ClusterDoor,
    &mut dyn Surroundings,
    &mut Kubeconfig,
) -> i32;

/// Runs a client with the session's cluster, files and settings.
pub(super) fn run_client(
    terminal: &mut Terminal<'_>,
    call: ToolCall<'_>,
    client: Client,
) -> ToolResult {
    let ToolCall { argv, stdin, env, cwd, files, streaming, deadline_ms, kills } = call;
    let text =
        files.read(KUBECONFIG).ok().and_then(|it| String::from_utf8(it).ok()).unwrap_or_default();
    let mut config = match Kubeconfig::parse(&text) {
        Ok(config) => config,
        Err(problem) => {
            return ToolResult::fail(
                format!("error: error loading config file {KUBECONFIG:?}: {problem}\n"),
                1,
            );
        }
    };
    let before = config.clone();
    let desk: Desk<'_, '_> = RefCell::new(terminal);
    let mut machine = Machine { files, env, cwd, desk: &desk };
    let mut door =
        ToolDoor::new(&desk, Identity::admin(TRAINEE), streaming, deadline_ms.map(SimTime))
            .killed(kills);
    let words = &argv[1..];
    let status = client(words, stdin, &mut door, &mut machine, &mut config);
    let (stdout, mut stderr) = door.into_output();
    if config != before
        && let Err(problem) = machine.files.write(KUBECONFIG, config.to_yaml().as_bytes())
    {
        // The workspace is in memory and the file was there: only a full disk stops this.
        stderr.extend(format!("error: open {KUBECONFIG}: {problem}\n").bytes());
        return ToolResult { stdout, stderr, status: 1 };
    }
    ToolResult { stdout, stderr, status }
}

/// The trainee's machine as kubectl meets it.
struct Machine<'a, 'd, 't> {
    files: &'a mut Workspace,
    env: &'a BTreeMap<String, String>,
    cwd: &'a str,
    desk: &'d Desk<'d, 't>,
}

impl Machine<'_, '_, '_> {
    fn path(&self, path: &str) -> String {
        Workspace::resolve(self.cwd, path)
    }
}

fn in_c_words(error: impl std::fmt::Display) -> FileError {
    FileError(error.to_string().to_lowercase())
}

impl Surroundings for Machine<'_, '_, '_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        self.files.read(&self.path(path)).map_err(in_c_words)
    }

    fn entries(&self, path: &str) -> Option<Vec<String>> {
        let path = self.path(path);
        let listed = self.files.is_dir(&path).then(|| self.files.list(&path).ok()).flatten()?;
        Some(listed.into_iter().map(|it| it.name).collect())
    }

    fn write(&mut self, path: &str, content: &[u8]) -> Result<(), FileError> {
        let path = self.path(path);
        self.files.write(&path, content).map_err(in_c_words)
    }

    fn make_folder(&mut self, path: &str) -> Result<(), FileError> {
        let path = self.path(path);
        self.files.make_dirs(&path).map_err(in_c_words)
    }

    fn remove(&mut self, path: &str) -> Result<(), FileError> {
        let path = self.path(path);
        self.files.remove(&path).map_err(in_c_words)
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.env.get(name).cloned()
    }

    fn edit(&mut self, editor: &Editor, name: &str, text: &str) -> Edited {
        editor::run(self.desk, self.files, (self.env, self.cwd), editor, (name, text))
    }
}
