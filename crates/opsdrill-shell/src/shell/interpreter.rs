//! How the interpreter is built: which of its commands stay, what it sees of the machine.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bashkit::hooks::HookAction;
use bashkit::{Bash, BashBuilder, BuiltinRegistry};
use tokio::runtime::Runtime;

use super::task::Shared;
use super::{ShellOptions, bounds, filters};
use crate::applets;
use crate::workspace::Workspace;

/// Builtins of the interpreter that read the host's clock or entropy, or that belong to no Linux image.
const WITHHELD: &[&str] = &[
    "assert", "busybox", "csv", "date", "dotenv", "flock", "free", "git", "glob", "hostid", "http",
    "json", "log", "make", "mkfifo", "mktemp", "more", "openssl", "parallel", "pgrep", "pkill",
    "ps", "retry", "semver", "shuf", "sleep", "sudo", "template", "timeout", "tomlq", "touch",
    "uptime", "users", "uuidgen", "verify", "vi", "nano", "watch", "who", "curl", "wget",
    "history", "clear", "ls", "stat", "df",
];

/// Commands that are no files of `/usr/bin` on a real machine.
const SHELL_ONLY: &str = "\
    . : alias bg bind break builtin caller cd command compgen complete compopt continue declare dirs disown enable \
    eval exec exit export fc fg getopts hash help history jobs let local logout mapfile popd pushd read readarray \
    readonly return set shift shopt source suspend times trap type typeset ulimit umask unalias unset wait";

/// Commands that are both: a shell has them where no file is.
const BUILT_IN_TOO: &str = "[ echo false kill printf pwd test true";

/// The most calls of `eval` in a line: the one recursion that the interpreter does not bound by itself.
const MAX_EVALS: u32 = 500;

/// What the interpreter's hooks tell the shell.
#[derive(Clone, Default)]
pub(super) struct Signals {
    /// The status of an `exit`.
    pub(super) exit: Arc<Mutex<Option<i32>>>,
    /// How many times the line has called `eval`.
    pub(super) evals: Arc<AtomicU32>,
    /// Set in a command that runs while time passes.
    pub(super) task: Option<Arc<Shared>>,
}

/// True for commands that are files of `/usr/bin` on a real machine.
pub(super) fn is_program(name: &str) -> bool {
    !SHELL_ONLY.split(' ').any(|it| it == name) && !name.starts_with("__") && !name.contains('/')
}

/// True for commands that every shell runs by itself.
fn is_built_in(name: &str) -> bool {
    [SHELL_ONLY, BUILT_IN_TOO].iter().any(|list| list.split(' ').any(|it| it == name))
}

/// The workspace at the first prompt: a few files of the system, the home directory, the scenario's files.
pub(super) fn lay_out(options: &ShellOptions) -> Workspace {
    if let Some(container) = &options.container {
        return container.lay_out();
    }
    let mut workspace = Workspace::new(options.limits);
    let ShellOptions { user, hostname, home, .. } = options;
    let system = [
        (
            "/etc/passwd",
            format!(
                "root:x:0:0:root:/root:/bin/bash\n{user}:x:1000:1000:{user}:{home}:/bin/bash\n"
            ),
        ),
        ("/etc/group", format!("root:x:0:\n{user}:x:1000:\n")),
        ("/etc/hostname", format!("{hostname}\n")),
        ("/etc/hosts", format!("127.0.0.1\tlocalhost\n127.0.1.1\t{hostname}\n")),
        (
            "/etc/os-release",
            "NAME=\"opsdrill\"\nID=opsdrill\nPRETTY_NAME=\"opsdrill pretend terminal\"\n"
                .to_owned(),
        ),
    ];
    for (path, contents) in system {
        workspace.add_system_file(path, contents.as_bytes(), false);
    }
    workspace.add_home(home);
    for (path, contents) in &options.files {
        let path = Workspace::resolve(home, path);
        let directory = path.rfind('/').map_or("/", |at| &path[..at.max(1)]);
        let laid = workspace.make_dirs(directory).and_then(|()| workspace.write(&path, contents));
        debug_assert!(laid.is_ok(), "the scenario's file {path} does not fit the workspace");
    }
    drop(workspace.take_changes());
    workspace
}

/// The exported variables and the first working directory.
fn with_variables(builder: BashBuilder, options: &ShellOptions) -> BashBuilder {
    if let Some(container) = &options.container {
        let env = container.env.iter();
        return env.fold(builder.cwd(&container.cwd), |it, (name, value)| it.env(name, value));
    }
    builder
        .cwd(&options.home)
        .env("HOME", &options.home)
        .env("LOGNAME", &options.user)
        .env("HOSTNAME", &options.hostname)
        .env("SHELL", "/bin/bash")
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("LANG", "C.UTF-8")
        .env("TERM", "xterm-256color")
        .env("TZ", "UTC")
        .env("EDITOR", "vi")
}

/// What the interpreter waits in: a clock that stands still until it is moved.
pub(super) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        // The interpreter parses some texts on a thread, one after the other; see `Task::turn`.
        .max_blocking_threads(1)
        .thread_keep_alive(Duration::from_millis(1))
        .build()
        .expect("a runtime without I/O needs nothing from the operating system")
}

/// An interpreter of which nothing reaches outside, with its own date at `unix_seconds`.
pub(super) fn build(
    options: &ShellOptions,
    workspace: &Workspace,
    registry: &BuiltinRegistry,
    signals: &Signals,
    unix_seconds: i64,
) -> Bash {
    let Signals { exit, evals, task } = signals.clone();
    let limits = if task.is_some() { bounds::task() } else { bounds::execution() };
    let programs = options.container.as_ref().map(|it| it.programs.clone());
    let builder = Bash::builder()
        .fs(Arc::new(workspace.shared()))
        .rootfs(false)
        .builtin_registry(registry.clone())
        .builtin_filter(move |name| {
            let is_here = programs.as_ref().is_none_or(|it| it.contains(name) || is_built_in(name));
            is_here && !WITHHELD.contains(&name)
        })
        .command_resolver(Arc::new(applets::unknown::Unknown::new(options.container.clone())))
        .limits(limits)
        .memory_limits(bounds::memory())
        .session_limits(bounds::session())
        .fixed_epoch(unix_seconds)
        .username(&options.user)
        .hostname(&options.hostname)
        .tty(0, options.terminal)
        .tty(1, options.terminal)
        .tty(2, options.terminal)
        .before_tool(Box::new(move |event| {
            if task.as_ref().is_some_and(|it| !it.may_step(&event.name, &event.args)) {
                return HookAction::Cancel("a command without an end".to_owned());
            }
            let in_task = task.is_some();
            if filters::is_refused(&event.name, &event.args)
                || filters::draws_host_entropy(&event.name, &event.args)
                || (!in_task && filters::waits_for_ever(&event.name, &event.args))
                || (!in_task
                    && event.name == "eval"
                    && evals.fetch_add(1, Ordering::Relaxed) >= MAX_EVALS)
            {
                HookAction::Cancel("a filter without a bound".to_owned())
            } else {
                HookAction::Continue(event)
            }
        }))
        .on_exit(Box::new(move |event| {
            *exit.lock().unwrap_or_else(PoisonError::into_inner) = Some(event.code);
            HookAction::Continue(event)
        }));
    let mut bash = with_variables(builder, options).build();
    bash.set_interactive(true);
    let mut state = bash.shell_state();
    state.variables.insert("SHOPT_expand_aliases".to_owned(), "1".to_owned());
    bash.restore_shell_state(&state);
    bash
}
