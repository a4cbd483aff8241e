//! `uname`: the kernel is the node's.

use opsdrill_objects::Kind;
use opsdrill_shell::door::ExecReply;

use super::{Inside, not_simulated, prints};

/// What Ubuntu says of the build of the nodes' kernel.
const KERNEL_VERSION: &str = "#63-Ubuntu SMP PREEMPT_DYNAMIC Tue Apr 15 19:04:15 UTC 2025";

pub(super) fn run(inside: &mut Inside<'_>, words: &[String]) -> ExecReply {
    let node = inside.cluster.view().get(Kind::Node, "", &inside.handle.spec.node);
    let system = node.and_then(|it| it.node()?.status.as_ref()?.node_info.as_ref());
    let release = system.map(|it| it.kernel_version.clone()).unwrap_or_default();
    let machine =
        if system.is_some_and(|it| it.architecture == "arm64") { "aarch64" } else { "x86_64" };
    let userland = if inside.is_busybox() { "Linux" } else { "GNU/Linux" };
    let host = inside.handle.hostname().to_owned();
    let all = [
        ('s', "Linux"),
        ('n', &host),
        ('r', &release),
        ('v', KERNEL_VERSION),
        ('m', machine),
        ('o', userland),
    ];
    let mut asked = String::new();
    for word in words {
        match word.strip_prefix('-') {
            Some(letters)
                if letters.chars().all(|it| it == 'a' || all.iter().any(|row| row.0 == it)) =>
            {
                asked += letters;
            }
            _ => return not_simulated(&format!("uname {word}")),
        }
    }
    if asked.is_empty() {
        asked.push('s');
    }
    let shown = all.iter().filter(|it| asked.contains(['a', it.0])).map(|it| it.1);
    prints(shown.collect::<Vec<_>>().join(" ") + "\n")
}
