//! `df`: what the trainee's disk holds, and the volumes of claims in a container.

use super::ls::layout::size;
use super::{Reply, Surroundings};
use crate::ToolResult;
use crate::shell::Request;
use crate::shell::{ContainerMachine, VolumeRoom};

pub(super) fn run(request: &Request, around: &mut Surroundings<'_>) -> Reply {
    let (mut human, mut paths) = (false, Vec::new());
    for word in &request.argv[1..] {
        match word.as_str() {
            "-h" => human = true,
            "-k" => {}
            flag if flag.starts_with('-') => return refused(&format!("df {flag}")),
            path => paths.push(path),
        }
    }
    if let Some(container) = &around.machine.container {
        return of_volumes(container, human, &paths);
    }
    let (used, all) = around.workspace.usage();
    let free = all.saturating_sub(used);
    let percent = (used * 100).div_ceil(all.max(1));
    let text = if human {
        let [all, used, free] = [all, used, free].map(|it| size(it, true));
        format!(
            "Filesystem      Size  Used Avail Use% Mounted on\n\
             /dev/sda1      {all:>5} {used:>5} {free:>5} {percent:>3}% /\n"
        )
    } else {
        let [all, used, free] = [all, used, free].map(|it| it.div_ceil(1024));
        format!(
            "Filesystem     1K-blocks  Used Available Use% Mounted on\n\
             /dev/sda1      {all:>9} {used:>5} {free:>9} {percent:>3}% /\n"
        )
    };
    ToolResult::ok(text).into()
}

/// What the volumes hold in which paths lie. Of nothing else in a container it is known how large it is.
fn of_volumes(container: &ContainerMachine, human: bool, paths: &[&str]) -> Reply {
    let is_busybox = container.shell.is_busybox();
    let unit = |bytes: u64| {
        let blocks = bytes.div_ceil(1024).to_string();
        if human { size(usize::try_from(bytes).unwrap_or(usize::MAX), true) } else { blocks }
    };
    let mut out = match (is_busybox, human) {
        (true, true) => {
            "Filesystem                Size      Used Available Use% Mounted on\n".to_owned()
        }
        (true, false) => {
            "Filesystem           1K-blocks      Used Available Use% Mounted on\n".to_owned()
        }
        (false, true) => "Filesystem      Size  Used Avail Use% Mounted on\n".to_owned(),
        (false, false) => {
            "Filesystem     1K-blocks     Used Available Use% Mounted on\n".to_owned()
        }
    };
    for path in paths {
        let holds = |it: &&VolumeRoom| {
            let rest = path.strip_prefix(it.folder.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let room = container.rooms.iter().filter(holds).max_by_key(|it| it.folder.len());
        let Some(VolumeRoom { folder, capacity, used }) = room else {
            return refused(&format!("df {path} in containers"));
        };
        let percent = (used * 100).div_ceil((*capacity).max(1));
        let [all, used, free] = [*capacity, *used, capacity.saturating_sub(*used)].map(unit);
        // The first device of a driver on a node of today.
        let device = "/dev/nvme1n1";
        let row = match (is_busybox, human) {
            (true, _) => {
                format!("{device:<20} {all:>9} {used:>9} {free:>9} {percent:>3}% {folder}\n")
            }
            (false, true) => {
                format!("{device:<15} {all:>4} {used:>5} {free:>5} {percent:>3}% {folder}\n")
            }
            (false, false) => {
                format!("{device:<14} {all:>9} {used:>8} {free:>9} {percent:>3}% {folder}\n")
            }
        };
        out += &row;
    }
    if paths.is_empty() {
        return refused("df in containers without a path");
    }
    ToolResult::ok(out).into()
}

fn refused(what: &str) -> Reply {
    ToolResult::fail(format!("opsdrill: not simulated: {what}\n"), 126).into()
}
