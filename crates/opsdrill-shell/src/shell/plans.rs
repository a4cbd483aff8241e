//! `timeout`: a command that runs another one.
//!
//! The interpreter's clock is the runtime's, which is paused and moved by the simulation only, so its own plan for a
//! time limit works; what it cannot do is to stop a tool of the host, which runs at one stroke. Such a tool learns its
//! deadline from an exported variable, set by an outer plan, and the inner plan then sees the time pass.

use std::time::Duration;

use bashkit::{BuiltinContext, ExecutionPlan, SubCommand};

use super::requests::{DEADLINE_VARIABLE, KILLS_VARIABLE, sub_command};
use crate::applets::duration::parse_seconds;

/// The command between the two plans.
pub(super) const TIMEOUT_BODY: &str = "__opsdrill_timeout";

/// The words of a `timeout` command, or what is wrong with them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TimeoutWords<'a> {
    /// The limit in milliseconds; `None` means no limit (`0` or `infinity`).
    pub(crate) limit_ms: Option<u64>,
    /// The signal is KILL, so that the status is 137.
    pub(crate) kills: bool,
    /// The command.
    pub(crate) command: &'a [String],
}

const TRY_HELP: &str = "Try 'timeout --help' for more information.\n";

/// GNU timeout's command line.
pub(crate) fn timeout_words(args: &[String]) -> Result<TimeoutWords<'_>, String> {
    let mut kills = false;
    let mut rest = args;
    while let Some((word, after)) = rest.split_first() {
        let value = |name: &str| {
            after.first().ok_or_else(|| {
                format!("timeout: option requires an argument -- '{name}'\n{TRY_HELP}")
            })
        };
        rest = match word.as_str() {
            "--" => {
                rest = after;
                break;
            }
            "--preserve-status" | "-p" => {
                return Err("opsdrill: not simulated: timeout --preserve-status\n".to_owned());
            }
            "--foreground" | "-f" | "-v" | "--verbose" => after,
            "-s" => {
                kills = matches!(value("s")?.as_str(), "KILL" | "SIGKILL" | "9");
                &after[1..]
            }
            "-k" => {
                interval(value("k")?)?;
                &after[1..]
            }
            option if option.starts_with("--signal=") || option.starts_with("-s") => {
                let name = option.trim_start_matches("--signal=").trim_start_matches("-s");
                kills = matches!(name, "KILL" | "SIGKILL" | "9");
                after
            }
            option if option.starts_with("--kill-after=") || option.starts_with("-k") => {
                interval(option.trim_start_matches("--kill-after=").trim_start_matches("-k"))?;
                after
            }
            option if option.starts_with("--") => {
                return Err(format!("timeout: unrecognized option '{option}'\n{TRY_HELP}"));
            }
            option if option.len() > 1 && option.starts_with('-') => {
                return Err(format!("timeout: invalid option -- '{}'\n{TRY_HELP}", &option[1..2]));
            }
            _ => break,
        };
    }
    let missing = || format!("timeout: missing operand\n{TRY_HELP}");
    let (limit, command) = rest.split_first().ok_or_else(missing)?;
    let limit_ms = interval(limit)?;
    if command.is_empty() {
        return Err(missing());
    }
    Ok(TimeoutWords { limit_ms, kills, command })
}

fn interval(text: &str) -> Result<Option<u64>, String> {
    match parse_seconds(text) {
        Some(0 | u64::MAX) => Ok(None),
        Some(millis) => Ok(Some(millis)),
        None => Err(format!("timeout: invalid time interval ‘{text}’\n{TRY_HELP}")),
    }
}

/// A command without a limit, as a plan that keeps what it says of the flow of control: `exit` in it ends the shell.
pub(super) fn unlimited(command: SubCommand) -> ExecutionPlan {
    ExecutionPlan::Timeout { duration: super::bounds::NEVER, preserve_status: false, command }
}

/// When a `timeout` that begins now ends what it runs.
pub(super) fn deadline_ms(context: &BuiltinContext<'_>, now_ms: u64) -> Option<u64> {
    let limit = timeout_words(context.args).ok()?.limit_ms?;
    Some(now_ms.saturating_add(limit))
}

/// The outer plan: the deadline for tools, then the inner plan.
pub(super) fn timeout(context: &BuiltinContext<'_>, now_ms: u64) -> Option<ExecutionPlan> {
    let words = timeout_words(context.args).ok()?;
    let outer = context.env.get(DEADLINE_VARIABLE).and_then(|at| at.parse::<u64>().ok());
    let own = words.limit_ms.map(|limit| now_ms.saturating_add(limit));
    let deadline = own.into_iter().chain(outer).min();
    let is_own = own.is_some() && own == deadline;
    let kills = if is_own { words.kills } else { context.env.contains_key(KILLS_VARIABLE) };
    let kills_variable = KILLS_VARIABLE.to_owned();
    let mut body = vec![TIMEOUT_BODY.to_owned()];
    body.extend_from_slice(context.args);
    Some(ExecutionPlan::Env {
        command: sub_command(&body, context.stdin),
        clear: false,
        unset: (!kills).then(|| kills_variable.clone()).into_iter().collect(),
        set: deadline
            .map(|at| (DEADLINE_VARIABLE.to_owned(), at.to_string()))
            .into_iter()
            .chain(kills.then(|| (kills_variable, "1".to_owned())))
            .collect(),
        chdir: None,
    })
}

/// The inner plan: the time limit itself.
pub(super) fn timeout_body(context: &BuiltinContext<'_>) -> Option<ExecutionPlan> {
    let words = timeout_words(context.args).ok()?;
    let limit = words.limit_ms.map_or(super::bounds::NEVER, Duration::from_millis);
    Some(ExecutionPlan::Timeout {
        duration: limit,
        preserve_status: words.kills,
        command: sub_command(words.command, context.stdin),
    })
}

/// `watch`: a loop whose every round waits, shows a header and runs the command, as `sh -c` would.
pub(super) fn watch(context: &BuiltinContext<'_>, rounds: u32) -> Option<ExecutionPlan> {
    let words = crate::applets::watch::watch_words(context.args).ok()?;
    let quote = |text: &str| format!("'{}'", text.replace('\'', "'\\''"));
    let command = words.command.join(" ");
    let header = if words.no_title { String::new() } else { quote(&command) };
    let script = format!(
        "for ((__watch = 0; __watch < {rounds}; __watch++)); do {WATCH_ROUND} $__watch {} {header}; bash -c {}; done",
        words.interval_ms,
        quote(&command),
    );
    Some(ExecutionPlan::Batch { commands: vec![sub_command(&["eval".to_owned(), script], None)] })
}

/// The command that begins each round of `watch`.
pub(super) const WATCH_ROUND: &str = "__opsdrill_watch_round";
