//! `sleep`: simulated time passes.

use opsdrill_shell::door::ExecReply;

use super::{Inside, fails, not_simulated};

/// The longest sleep, one day.
const SECONDS_MAX: u64 = 86_400;

pub(super) fn run(inside: &mut Inside<'_>, words: &[String]) -> ExecReply {
    let [word] = words else {
        return match words {
            [] => fails("sleep: missing operand", 1),
            _ => not_simulated(&format!("sleep {}", words.join(" "))),
        };
    };
    match word.trim_end_matches('s').parse::<u64>() {
        Ok(seconds) if seconds <= SECONDS_MAX => {
            inside.waited_ms += seconds * 1_000;
            ExecReply::default()
        }
        _ => not_simulated(&format!("sleep {word}")),
    }
}
