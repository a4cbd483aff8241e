//! The shell of a container: `kubectl exec` runs its command in one, and `kubectl exec -it … -- sh` stays in it.
//!
//! It is the trainee's own bash with the image's programs. What needs the cluster (network, processes) is a tool of
//! [`crate::container_tools`]; files lie in the shell's workspace and are written back to the engine after each line.

use std::collections::BTreeMap;

use opsdrill_engine::api::{Identity, Request};
use opsdrill_engine::physical::container::{ContainerHandle, FileError as Refusal};
use opsdrill_engine::physical::{self, ProcessId};
use opsdrill_engine::{Cluster, SimTime};
use opsdrill_objects::Kind;
use opsdrill_shell::door::Afterwards;
use opsdrill_shell::{
    ContainerMachine, ContainerShell, FileError, Host, LineOutcome, Shell, ShellOptions, Stream,
    ToolCall, ToolResult, VolumeRoom, WaitOutcome, Workspace,
};
use rand::Rng as _;

use crate::cluster_door::Desk;
use crate::container_tools::{self, Inside};
use crate::stage::TRAINEE;

/// The exit status of what was killed with its container.
const KILLED: i32 = 137;
/// The exit status of a command that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

/// Which container, and which run of it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    namespace: String,
    pod: String,
    container: String,
    process: ProcessId,
}

impl Place {
    /// Enters the container again; `None` once the run is over.
    fn enter(&self, cluster: &Cluster) -> Option<ContainerHandle> {
        let handle = cluster.container(&self.namespace, &self.pod, Some(&self.container)).ok()?;
        (handle.process == self.process).then_some(handle)
    }
}

/// A shell in a container.
pub(crate) struct InContainer {
    shell: Shell,
    place: Place,
    kind: ContainerShell,
    terminal: bool,
    /// What follows its end, where it stands for the container's first process.
    afterwards: Option<Afterwards>,
}

/// Where a line's output goes while it runs.
pub(crate) type Show<'s> = &'s mut dyn FnMut(Stream, &str);

impl InContainer {
    /// A shell in the container that `handle` entered; `stdin` is what a command without a pipe reads.
    pub(crate) fn new(
        cluster: &Cluster,
        handle: &ContainerHandle,
        kind: ContainerShell,
        terminal: bool,
        stdin: Option<Vec<u8>>,
    ) -> Self {
        let place = Place {
            namespace: handle.spec.namespace.to_string(),
            pod: handle.spec.pod_name.to_string(),
            container: handle.spec.container.to_string(),
            process: handle.process,
        };
        let options = ShellOptions {
            user: handle.user_name(),
            hostname: handle.hostname().to_owned(),
            terminal,
            columns: terminal,
            container: Some(machine(cluster, handle, kind, stdin)),
            ..ShellOptions::default()
        };
        Self { shell: Shell::new(options), place, kind, terminal, afterwards: None }
    }

    /// The same in the place of the container's first process, which ends with it.
    pub(crate) fn with_afterwards(mut self, afterwards: Afterwards) -> Self {
        self.afterwards = Some(afterwards);
        self
    }

    /// What follows its end; answers the lines that kubectl then prints. Nothing follows the end of a command beside the
    /// first process.
    pub(crate) fn end(self, cluster: &mut Cluster, status: i32) -> Option<String> {
        let Afterwards { mut says, removes_pod } = self.afterwards?;
        let Place { namespace, pod, process, .. } = self.place;
        physical::exit(cluster.world_mut(), process, status);
        if removes_pod {
            let request = Request::delete(Kind::Pod, &namespace, &pod);
            if cluster.handle(&Identity::admin(TRAINEE), request).result.is_ok() {
                says.push_str(&format!("pod {pod:?} deleted\n"));
            }
        }
        Some(says)
    }

    /// What stands before the cursor: the shell's prompt as its image sets it.
    pub(crate) fn prompt(&self, cluster: &Cluster) -> String {
        let handle = self.place.enter(cluster);
        let user = handle.map_or_else(|| "root".to_owned(), |it| it.user_name());
        let mark = if user == "root" { '#' } else { '$' };
        let cwd = self.shell.cwd();
        match self.kind {
            ContainerShell::Ash => format!("{cwd} {mark} "),
            ContainerShell::Dash => format!("{mark} "),
            ContainerShell::Bash => format!("{user}@{}:{cwd}{mark} ", self.place.pod),
        }
    }

    /// Runs a line.
    pub(crate) fn run(
        &mut self,
        line: &str,
        desk: &Desk<'_, '_>,
        deadline: Option<SimTime>,
        show: Show<'_>,
    ) -> LineOutcome {
        let laid = {
            let terminal = desk.borrow();
            let cluster = &terminal.stage.cluster;
            let handle = self.place.enter(cluster);
            handle.map(|it| machine(cluster, &it, self.kind, None))
        };
        let Some(laid) = laid else {
            return LineOutcome { status: KILLED, ended: true, ..LineOutcome::default() };
        };
        let stdin = self.shell.workspace().read("/proc/self/fd/0").ok();
        self.shell.lay_again(ContainerMachine { stdin, ..laid });
        let mut within = Within {
            desk,
            place: &self.place,
            kind: self.kind,
            terminal: self.terminal,
            deadline,
            show,
            draws: 0,
        };
        let mut outcome = self.shell.run(line, &mut within);
        let gone = within.is_gone();
        let mut terminal = desk.borrow_mut();
        if gone {
            outcome.status = KILLED;
            outcome.ended = true;
        } else if let Some(complaint) = self.keep_files(&mut terminal.stage.cluster) {
            outcome.output.push((Stream::Err, complaint.into_bytes()));
        }
        outcome
    }

    /// Writes back what the line has changed; answers a complaint about what cannot be kept.
    fn keep_files(&mut self, cluster: &mut Cluster) -> Option<String> {
        let handle = self.place.enter(cluster)?;
        keep(self.shell.workspace_mut(), &handle, cluster)
    }
}

/// Writes a container's files back as a shell has left them; answers a complaint about what cannot be kept.
pub(crate) fn keep(
    workspace: &mut Workspace,
    handle: &ContainerHandle,
    cluster: &mut Cluster,
) -> Option<String> {
    let world = cluster.world_mut();
    let mut complaint = String::new();
    for path in workspace.take_touched() {
        let kept = if workspace.is_dir(&path) {
            handle.make_directory(world, &path)
        } else if let Ok(contents) = workspace.read(&path) {
            handle.write_file(world, &path, contents)
        } else {
            let removed = handle.remove_file(world, &path);
            match removed {
                Err(Refusal::IsDirectory) => handle.remove_directory(world, &path),
                Err(Refusal::NotFound) => Ok(()),
                other => other,
            }
        };
        if let Err(error) = kept {
            complaint += &format!("sh: {path}: {error}\n");
        }
    }
    Some(complaint).filter(|it| !it.is_empty())
}

/// The shell that a word names and the image has.
pub(crate) fn kind_of(handle: &ContainerHandle, word: &str) -> ContainerShell {
    if handle.image.userland.is_busybox() {
        ContainerShell::Ash
    } else if word.rsplit('/').next() == Some("bash") {
        ContainerShell::Bash
    } else {
        ContainerShell::Dash
    }
}

/// What a shell finds in a container now.
pub(crate) fn machine(
    cluster: &Cluster,
    handle: &ContainerHandle,
    shell: ContainerShell,
    stdin: Option<Vec<u8>>,
) -> ContainerMachine {
    let world = cluster.world();
    let mut files = BTreeMap::new();
    let mut guards = BTreeMap::new();
    let mut guard = |folder: &str| {
        if !guards.contains_key(folder) {
            let refusal = handle.may_write_in(world, folder).err().map(in_workspace);
            guards.insert(folder.to_owned(), refusal);
        }
    };
    for path in handle.all_paths(world) {
        match path.strip_suffix('/') {
            Some("") => {}
            Some(folder) => {
                guard(folder);
                files.insert(path.clone(), Vec::new());
            }
            None => {
                guard(
                    path.rsplit_once('/')
                        .map_or("/", |(folder, _)| if folder.is_empty() { "/" } else { folder }),
                );
                files.insert(path.clone(), handle.read_file(world, &path).unwrap_or_default());
            }
        }
    }
    guard("/");
    let programs = handle
        .image
        .userland
        .commands()
        .map(str::to_owned)
        .chain(handle.image.commands.iter().cloned())
        .collect();
    ContainerMachine {
        shell,
        programs,
        env: handle.env(),
        cwd: handle.working_dir(),
        files,
        guards,
        large: handle.large_files(world),
        rooms: rooms(cluster, handle),
        stdin,
    }
}

/// How much the volumes hold of which that is known.
fn rooms(cluster: &Cluster, handle: &ContainerHandle) -> Vec<VolumeRoom> {
    let known = handle.volumes(cluster.world()).into_iter();
    let known = known.filter_map(|(folder, capacity, used)| {
        Some(VolumeRoom { folder: folder.to_owned(), capacity: capacity?, used })
    });
    known.collect()
}

fn in_workspace(error: Refusal) -> FileError {
    match error {
        Refusal::NotFound => FileError::NotFound,
        Refusal::IsDirectory => FileError::IsADirectory,
        Refusal::NotDirectory => FileError::NotADirectory,
        Refusal::ReadOnly => FileError::ReadOnly,
        Refusal::Denied => FileError::PermissionDenied,
        Refusal::NameTooLong => FileError::Invalid,
        Refusal::NoSpace => FileError::NoSpace,
    }
}

/// What a shell in a container may ask of the session.
struct Within<'w, 'a, 't> {
    desk: &'w Desk<'a, 't>,
    place: &'w Place,
    kind: ContainerShell,
    terminal: bool,
    deadline: Option<SimTime>,
    show: Show<'w>,
    /// How many numbers this line has drawn.
    draws: u64,
}

impl Within<'_, '_, '_> {
    fn is_gone(&self) -> bool {
        self.place.enter(&self.desk.borrow().stage.cluster).is_none()
    }

    fn is_late(&self) -> bool {
        self.deadline.is_some_and(|it| self.desk.borrow().stage.cluster.now() >= it)
    }
}

impl Host for Within<'_, '_, '_> {
    fn now_ms(&self) -> u64 {
        self.desk.borrow().now_ms()
    }

    fn epoch_unix_seconds(&self) -> i64 {
        self.desk.borrow().epoch_unix_seconds()
    }

    fn wait_until(&mut self, deadline_ms: u64) -> WaitOutcome {
        let until = SimTime(deadline_ms);
        let until = self.deadline.map_or(until, |it| it.min(until));
        let reached = self.desk.borrow_mut().pass_until(until);
        if reached && !self.is_late() && !self.is_gone() {
            WaitOutcome::Reached
        } else {
            WaitOutcome::Interrupted
        }
    }

    fn random_u64(&mut self, purpose: &str) -> u64 {
        // A command that only looks must not change the chance of the world around it.
        self.draws += 1;
        let mut terminal = self.desk.borrow_mut();
        let cluster = &mut terminal.stage.cluster;
        let key = format!("{} {purpose} {} {}", self.place.pod, cluster.now().0, self.draws);
        cluster.chance().stream("shell in a container", &key).next_u64()
    }

    fn print(&mut self, stream: Stream, text: &str) {
        (self.show)(stream, text);
    }

    fn interrupted(&mut self) -> bool {
        self.desk.borrow().interrupted || self.is_late() || self.is_gone()
    }

    fn edit(&mut self, name: &str, text: &str) -> Option<String> {
        self.desk.borrow_mut().edited(name, text)
    }

    fn tool(&mut self, call: ToolCall<'_>) -> ToolResult {
        let name = call.argv.first().map(String::as_str).unwrap_or_default();
        if name == container_tools::TAR {
            let busybox = self.kind == ContainerShell::Ash;
            return container_tools::tar::run(call, busybox);
        }
        let (reply, waited_ms) = {
            let mut terminal = self.desk.borrow_mut();
            let cluster = &mut terminal.stage.cluster;
            let Some(handle) = self.place.enter(cluster) else {
                return ToolResult { status: KILLED, ..ToolResult::default() };
            };
            // The tool reads the files as the line has left them so far.
            let complaint = keep(call.files, &handle, cluster);
            let mut inside = Inside {
                cluster,
                handle: &handle,
                env: call.env,
                files: call.files,
                cwd: call.cwd,
                stdin: call.stdin.map(<[u8]>::to_vec),
                terminal: self.terminal && call.streaming,
                waited_ms: 0,
            };
            let mut reply = container_tools::run(&mut inside, name, &call.argv[1..]);
            reply.stderr.insert_str(0, &complaint.unwrap_or_default());
            (reply, inside.waited_ms)
        };
        let end = self.now_ms().saturating_add(waited_ms);
        let limit = call.deadline_ms.filter(|it| *it < end);
        if waited_ms > 0 && self.wait_until(limit.unwrap_or(end)) == WaitOutcome::Interrupted
            || limit.is_some()
        {
            return ToolResult { status: INTERRUPTED, ..ToolResult::default() };
        }
        let (stdout, stderr) = (reply.stdout.into_bytes(), reply.stderr.into_bytes());
        ToolResult { stdout, stderr, status: reply.exit_code }
    }

    fn tool_names(&self) -> &[&str] {
        container_tools::NAMES
    }
}

/// The line that runs a command given as words.
pub(crate) fn line_of(argv: &[String], has_stdin: bool) -> String {
    let plain = |it: &str| {
        !it.is_empty()
            && it.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_./:=@,+%".contains(&it))
    };
    // A name with a `=` in it would be an assignment.
    let word = |(place, it): (usize, &String)| {
        if plain(it) && !(place == 0 && it.contains('=')) {
            it.clone()
        } else {
            format!("'{}'", it.replace('\'', "'\\''"))
        }
    };
    let line = argv.iter().enumerate().map(word).collect::<Vec<_>>().join(" ");
    if has_stdin { line + " < /proc/self/fd/0" } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_the_shell_would_take_them_apart() {
        let words = |it: &[&str]| it.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        assert_eq!(line_of(&words(&["ls", "-l", "/a b"]), false), "ls -l '/a b'");
        assert_eq!(line_of(&words(&["echo", "it's", ""]), false), "echo 'it'\\''s' ''");
        assert_eq!(line_of(&words(&["cat"]), true), "cat < /proc/self/fd/0");
        assert_eq!(line_of(&words(&["a=b"]), false), "'a=b'");
    }
}
