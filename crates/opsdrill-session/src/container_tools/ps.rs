//! `ps`: the processes of a container, with the one that asks.

use std::fmt::Write as _;

use opsdrill_engine::physical::container::ProcessRow;
use opsdrill_shell::door::ExecReply;

use super::{Inside, not_simulated, prints};

pub(super) fn run(inside: &mut Inside<'_>, words: &[String]) -> ExecReply {
    if !inside.is_busybox() {
        return not_simulated("ps of procps");
    }
    match words {
        [] => {}
        // Busybox' ps takes these for habit's sake.
        [word] if matches!(word.as_str(), "aux" | "-ef" | "ef" | "-e" | "-A" | "ax") => {}
        _ => return not_simulated(&format!("ps {}", words.join(" "))),
    }
    let own = [&["ps".to_owned()], words].concat().join(" ");
    let rows = inside.handle.processes(inside.cluster.world());
    prints(table(&rows, &inside.handle.user_name(), &own))
}

fn table(rows: &[ProcessRow], user: &str, own: &str) -> String {
    let mut text = "PID   USER     TIME  COMMAND\n".to_owned();
    // The runtime's command gets the next number but some: its own start takes a few.
    let next = rows.iter().map(|it| it.pid).max().unwrap_or(1) + 6;
    let processes = rows.iter().map(|it| (it.pid, it.user.as_str(), it.command.as_str()));
    for (pid, user, command) in processes.chain([(next, user, own)]) {
        let _ = writeln!(text, "{pid:>5} {user:<8.8}  0:00 {command}");
    }
    text
}

#[cfg(test)]
mod tests {
    use opsdrill_engine::SimTime;

    use super::*;

    #[test]
    fn the_table_is_busyboxs() {
        let row = ProcessRow {
            pid: 1,
            main: None,
            user: "root".to_owned(),
            started: SimTime::ZERO,
            command: "sleep 3600".to_owned(),
        };
        let text = "PID   USER     TIME  COMMAND\n    1 root      0:00 sleep 3600\n    7 root      0:00 ps\n";
        assert_eq!(table(&[row], "root", "ps"), text);
    }
}
