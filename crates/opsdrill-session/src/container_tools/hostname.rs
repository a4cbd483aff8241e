//! `hostname`: the pod's name, or its address.

use opsdrill_shell::door::ExecReply;

use super::{Inside, not_simulated, prints};

pub(super) fn run(inside: &mut Inside<'_>, words: &[String]) -> ExecReply {
    match words.first().map(String::as_str) {
        None => prints(format!("{}\n", inside.handle.hostname())),
        Some("-i") => prints(format!("{}\n", inside.handle.spec.pod_ip)),
        Some(word) => not_simulated(&format!("hostname {word}")),
    }
}
