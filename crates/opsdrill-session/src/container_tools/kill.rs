//! `kill`: signals to the processes of a container, of which the first is the application.

use opsdrill_engine::physical;
use opsdrill_shell::door::ExecReply;

use super::{Inside, fails, not_simulated, prints};

/// The signals that are modelled: number and name.
const SIGNALS: &[(&str, &str)] =
    &[("0", "EXIT"), ("2", "INT"), ("9", "KILL"), ("15", "TERM"), ("19", "STOP")];

pub(super) fn run(inside: &mut Inside<'_>, words: &[String]) -> ExecReply {
    let (signal, processes) = match words {
        [flag, signal, rest @ ..] if matches!(flag.as_str(), "-s" | "-n") => {
            (signal.as_str(), rest)
        }
        [flag, rest @ ..] if flag.starts_with('-') && flag != "--" => (&flag[1..], rest),
        _ => ("TERM", words),
    };
    let plain = signal.to_ascii_uppercase();
    let plain = plain.strip_prefix("SIG").unwrap_or(&plain);
    let Some((_, signal)) = SIGNALS.iter().find(|it| it.0 == plain || it.1 == plain) else {
        return not_simulated(&format!("kill {}", words.join(" ")));
    };
    let busybox = inside.is_busybox();
    if processes.is_empty() {
        let text = if busybox {
            "sh: you need to specify whom to kill"
        } else {
            "sh: 1: kill: Usage: kill [-s sigspec | -signum | -sigspec] [pid | job]... or\nkill -l [exitstatus]"
        };
        return fails(text, if busybox { 1 } else { 2 });
    }
    for process in processes {
        let rows = inside.handle.processes(inside.cluster.world());
        let known = rows.iter().find(|it| it.pid.to_string() == *process);
        match process.parse::<u32>() {
            Err(_) if busybox => return fails(&format!("sh: invalid number '{process}'"), 1),
            Err(_) => return fails(&format!("sh: 1: kill: Illegal number: {process}"), 2),
            Ok(_) if known.is_none() && busybox => {
                return fails(&format!("sh: can't kill pid {process}: No such process"), 1);
            }
            Ok(_) if known.is_none() => return fails("sh: 1: kill: No such process", 1),
            // pid_namespaces(7): what comes from inside the first process hears only where it has a handler, and it can
            // have none for these two.
            Ok(1) if matches!(*signal, "EXIT" | "KILL" | "STOP") => {}
            Ok(_) => match (known.and_then(|it| it.main), *signal) {
                (Some(_), "EXIT") => {}
                (Some(main), "INT" | "TERM") => {
                    physical::terminate(inside.cluster.world_mut(), main);
                }
                _ => return not_simulated(&format!("kill -{signal} {process} in containers")),
            },
        }
    }
    prints("")
}
