//! The termination message: what a container has left in a file for those who ask why it ended.
//!
//! Rules and bounds of `kuberuntime` (`getTerminationMessage`): the file's first 4096 bytes, or where the policy says so
//! and the file is empty, the last 80 lines or 2048 bytes of the log of a run that failed.

use bevy_ecs::world::World;

use super::container::ContainerHandle;
use super::{ProcessId, logs};
use crate::view::View;

const MESSAGE_BYTES_MAX: usize = 4096;
const LOG_BYTES_MAX: usize = 2048;
const LOG_LINES_MAX: usize = 80;

/// The message of a run that is about to end.
pub(super) fn message(world: &World, process: ProcessId, exit_code: i32) -> String {
    let Some(handle) = ContainerHandle::of_process(world, process) else { return String::new() };
    let spec = &handle.spec;
    let object = View::new(world).by_uid(spec.pod);
    let Some(pod) = object.and_then(|it| it.pod()) else { return String::new() };
    let init = pod.spec.init_containers.iter().flatten();
    let container = init.chain(&pod.spec.containers).find(|it| *it.name == *spec.container);
    let Some(container) = container else { return String::new() };
    let path = container.termination_message_path.as_deref().unwrap_or("/dev/termination-log");
    let file = handle.read_file(world, path).unwrap_or_default();
    if !file.is_empty() {
        let text = String::from_utf8_lossy(&file[..file.len().min(MESSAGE_BYTES_MAX)]);
        return text.into_owned();
    }
    let falls_back =
        container.termination_message_policy.as_deref() == Some("FallbackToLogsOnError");
    if !falls_back || exit_code == 0 {
        return String::new();
    }
    logs::tail(world, process, LOG_LINES_MAX, LOG_BYTES_MAX)
}
