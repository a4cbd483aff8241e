//! `watch`: a command again and again, at simulated intervals.

use std::fmt::Write as _;

use super::clear::WIPE;
use super::date::format_date;
use super::duration::parse_seconds;
use super::{Reply, Surroundings};
use crate::ToolResult;
use crate::shell::{Request, unix_ms};

/// The words of a `watch` command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct WatchWords<'a> {
    /// Simulated milliseconds between the rounds.
    pub(crate) interval_ms: u64,
    /// `-t`: no header.
    pub(crate) no_title: bool,
    /// The command, joined by spaces and given to a shell.
    pub(crate) command: &'a [String],
}

/// procps watch's command line.
pub(crate) fn watch_words(args: &[String]) -> Result<WatchWords<'_>, String> {
    let (mut interval_ms, mut no_title, mut rest) = (2_000, false, args);
    let interval = |text: &str| match parse_seconds(text) {
        Some(millis) if millis < u64::MAX => Ok(millis.max(100)),
        _ => Err(format!("watch: failed to parse argument: '{text}'\n")),
    };
    while let Some((word, after)) = rest.split_first() {
        rest = match word.as_str() {
            "-t" | "--no-title" => {
                no_title = true;
                after
            }
            "-n" | "--interval" => {
                let value = after.first().ok_or("watch: option requires an argument -- 'n'\n")?;
                interval_ms = interval(value)?;
                &after[1..]
            }
            "-d" | "--differences" | "-c" | "--color" | "-x" => after,
            "--" => {
                rest = after;
                break;
            }
            option if option.starts_with("--interval=") => {
                interval_ms = interval(&option["--interval=".len()..])?;
                after
            }
            option if option.starts_with("-n") => {
                interval_ms = interval(&option[2..])?;
                after
            }
            option if option.starts_with('-') => {
                return Err(format!("opsdrill: not simulated: watch {option}\n"));
            }
            _ => break,
        };
    }
    if rest.is_empty() {
        return Err("\nUsage:\n watch [options] command\n".to_owned());
    }
    Ok(WatchWords { interval_ms, no_title, command: rest })
}

/// A wrong command line; a right one becomes a plan of the shell.
pub(super) fn run(request: &Request, _: &mut Surroundings<'_>) -> Reply {
    let complaint = watch_words(&request.argv[1..]).err().unwrap_or_default();
    ToolResult::fail(complaint, 1).into()
}

/// The beginning of a round: waits (but not before the first), then shows the header.
pub(super) fn round(request: &Request, around: &mut Surroundings<'_>) -> Reply {
    let number = |index: usize| {
        request.argv.get(index).and_then(|word| word.parse::<u64>().ok()).unwrap_or(0)
    };
    let wait_ms = if number(1) == 0 { 0 } else { number(2) };
    let mut shown = if around.machine.terminal { WIPE.to_owned() } else { String::new() };
    if let Some(command) = request.argv.get(3) {
        let interval = number(2);
        let date = format_date(
            "%a %b %e %H:%M:%S %Y",
            unix_ms(around.host).saturating_add_unsigned(wait_ms),
        );
        let left = format!("Every {}.{}s: {command}", interval / 1000, interval % 1000 / 100);
        let right = format!("{}: {date}", around.machine.hostname);
        let width = 80_usize.saturating_sub(left.len()).max(right.len() + 1);
        let _ = writeln!(shown, "{left}{right:>width$}\n");
    }
    Reply::After { wait_ms, result: ToolResult::ok(shown) }
}
