//! The commands of containers: entry scripts, probes and hooks run in the project's shell, against the container's own
//! files, with the programs that its image has.
//!
//! The engine says when a command goes on ([`Command::resume`]); what it sees and does is that of `kubectl exec`
//! ([`crate::container_shell`], [`crate::container_tools`]), only that nothing here waits: what takes time is said to, and
//! the engine comes back.

mod pi;
mod script;
mod servers;

use opsdrill_engine::physical::ProcessId;
use opsdrill_engine::physical::container::ContainerHandle;
use opsdrill_engine::physical::programs::{self, Command, Pause, RunId, Runner};
use opsdrill_engine::{Cluster, SimTime};
use opsdrill_shell::door::ExecReply;
use opsdrill_shell::{
    Called, ContainerShell, Host, Progress, Script, ShellOptions, Stream, Task, TaskHost, ToolCall,
    ToolResult, WaitOutcome,
};
use rand::Rng as _;

use crate::container_shell::{keep, kind_of, machine};
use crate::container_tools::{self, Inside};

/// The exit code of what was killed with its container.
const KILLED: i32 = 137;

/// Runs the commands of all containers.
pub(crate) struct Commands;

impl Runner for Commands {
    fn begin(&self, process: ProcessId, words: &[String]) -> Box<dyn Command> {
        Box::new(UnderWay { process, words: words.to_vec(), shell: None, draws: 0, seen: 0 })
    }
}

/// A command in a container.
struct UnderWay {
    process: ProcessId,
    words: Vec<String>,
    shell: Option<(Task, ContainerShell)>,
    /// How many numbers it has drawn.
    draws: u64,
    /// Which state of the files it knows.
    seen: u64,
}

impl Command for UnderWay {
    fn resume(&mut self, cluster: &mut Cluster, run: RunId) -> Pause {
        let Some(handle) = ContainerHandle::of_process(cluster.world(), self.process) else {
            return Pause::Ended(KILLED);
        };
        if self.shell.is_none() {
            match script::of(&handle, cluster, &self.words) {
                Ok(script) => self.shell = Some(self.begin(cluster, &handle, script)),
                Err((complaint, exit_code)) => {
                    programs::write(cluster.world_mut(), run, &complaint);
                    return Pause::Ended(exit_code);
                }
            }
            self.seen = handle.files_revision(cluster.world());
        }
        let Some((task, kind)) = &mut self.shell else { return Pause::Ended(KILLED) };
        if handle.files_revision(cluster.world()) != self.seen {
            task.lay_again(machine(cluster, &handle, *kind, None));
        }
        let mut within = Within { cluster, handle: &handle, run, kind: *kind, draws: self.draws };
        let progress = task.resume(&mut within);
        self.draws = within.draws;
        let complaint = keep(task.workspace_mut(), &handle, cluster);
        programs::write(cluster.world_mut(), run, &complaint.unwrap_or_default());
        self.seen = handle.files_revision(cluster.world());
        match progress {
            Progress::Waits(time) => Pause::Waits(time.map(SimTime)),
            Progress::Busy => Pause::Busy,
            Progress::Replaced => Pause::Replaced,
            Progress::Ended(exit_code) => Pause::Ended(exit_code),
        }
    }

    fn signal(&mut self, number: i32) -> bool {
        self.shell.as_mut().is_some_and(|(task, _)| task.signal(number))
    }

    fn left(&mut self, cluster: &Cluster, status: i32) {
        let unix_ms = cluster.unix_now() * 1000 + (cluster.now().0 % 1000).cast_signed();
        if let Some((task, _)) = &mut self.shell {
            task.left(status, unix_ms);
        }
    }
}

impl UnderWay {
    fn begin(
        &self,
        cluster: &Cluster,
        handle: &ContainerHandle,
        script: Script,
    ) -> (Task, ContainerShell) {
        let kind = kind_of(handle, self.words.first().map_or("sh", String::as_str));
        let mut inside = machine(cluster, handle, kind, None);
        let own = script::applications(handle, cluster);
        inside.programs.extend(own.iter().cloned());
        let names = container_tools::NAMES.iter().chain(servers::NAMES).copied();
        // What ends a job of the shell is the shell's own.
        let tools: Vec<String> =
            names.filter(|it| *it != "kill").map(str::to_owned).chain(own).collect();
        let options = ShellOptions {
            user: handle.user_name(),
            hostname: handle.hostname().to_owned(),
            container: Some(inside),
            ..ShellOptions::default()
        };
        (Task::new(options, &tools, script), kind)
    }
}

/// What a command may ask of the session.
struct Within<'c> {
    cluster: &'c mut Cluster,
    handle: &'c ContainerHandle,
    run: RunId,
    kind: ContainerShell,
    draws: u64,
}

impl Host for Within<'_> {
    fn now_ms(&self) -> u64 {
        self.cluster.now().0
    }

    fn epoch_unix_seconds(&self) -> i64 {
        self.cluster.unix_now() - (self.cluster.now().0 / 1000).cast_signed()
    }

    fn wait_until(&mut self, _: u64) -> WaitOutcome {
        WaitOutcome::Interrupted
    }

    fn random_u64(&mut self, purpose: &str) -> u64 {
        self.draws += 1;
        let spec = &self.handle.spec;
        let key =
            format!("{} {} {} {purpose} {}", spec.pod, spec.container, self.run.0, self.draws);
        self.cluster.chance().stream("command in a container", &key).next_u64()
    }

    fn print(&mut self, _: Stream, text: &str) {
        programs::write(self.cluster.world_mut(), self.run, text);
    }

    fn interrupted(&mut self) -> bool {
        false
    }

    fn edit(&mut self, _: &str, _: &str) -> Option<String> {
        None
    }

    fn tool(&mut self, _: ToolCall<'_>) -> ToolResult {
        ToolResult::fail("opsdrill: not simulated: a program that waits\n", 126)
    }

    fn tool_names(&self) -> &[&str] {
        &[]
    }
}

impl TaskHost for Within<'_> {
    fn call(&mut self, call: ToolCall<'_>, replaces: bool) -> Called {
        let name = call.argv.first().map(String::as_str).unwrap_or_default();
        if name == container_tools::TAR {
            let busybox = self.kind == ContainerShell::Ash;
            return Called::Done(container_tools::tar::run(call, busybox));
        }
        if let Some(arguments) = self.handle.application(self.cluster.world(), call.argv)
            && !servers::is_control(name, &arguments)
        {
            return self.application(name, arguments, replaces);
        }
        if let Some(called) = servers::call(self.cluster, self.run, &call) {
            return called;
        }
        // The tool reads the files as the script has left them so far.
        let complaint = keep(call.files, self.handle, self.cluster);
        let mut inside = Inside {
            cluster: self.cluster,
            handle: self.handle,
            env: call.env,
            files: call.files,
            cwd: call.cwd,
            stdin: call.stdin.map(<[u8]>::to_vec),
            terminal: false,
            waited_ms: 0,
        };
        let tool = name.rsplit('/').next().unwrap_or(name);
        let mut reply = container_tools::run(&mut inside, tool, &call.argv[1..]);
        reply.stderr.insert_str(0, &complaint.unwrap_or_default());
        let waited_ms = inside.waited_ms;
        let until = call.deadline_ms.map(|it| it.saturating_sub(self.now_ms()));
        let result = result(reply);
        match until.filter(|it| *it < waited_ms) {
            Some(rest_ms) => {
                Called::After(rest_ms, ToolResult { status: 143, ..ToolResult::default() })
            }
            None if waited_ms > 0 => Called::After(waited_ms, result),
            None => Called::Done(result),
        }
    }
}

impl Within<'_> {
    /// The image's application starts.
    fn application(&mut self, name: &str, arguments: Vec<String>, replaces: bool) -> Called {
        if programs::is_errand(self.cluster.world(), self.run) {
            let text = format!("opsdrill: not simulated: {name} {}\n", arguments.join(" "));
            return Called::Done(ToolResult::fail(text, 126));
        }
        programs::serve(self.cluster.world_mut(), self.run, arguments);
        if replaces { Called::Replaced } else { Called::Stays }
    }
}

fn result(reply: ExecReply) -> ToolResult {
    let (stdout, stderr) = (reply.stdout.into_bytes(), reply.stderr.into_bytes());
    ToolResult { stdout, stderr, status: reply.exit_code }
}
