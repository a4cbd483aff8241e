//! How much one line may use. Counts of steps and bytes only: no wall clock decides, so a replay ends at the same step.

use std::time::Duration;

use bashkit::{ExecutionLimits, MemoryLimits, SessionLimits};

/// Simulated time one line may let pass, summed over its waits.
pub(super) const MAX_WAIT_MS: u64 = 24 * 3_600_000;

/// Longest line, here-documents included.
pub(super) const MAX_LINE_BYTES: usize = 1 << 20;

/// Bytes of output of one line that are kept.
pub(super) const MAX_OUTPUT_BYTES: usize = 4 << 20;

/// Commands, loop steps and nested work of one line.
const MAX_COMMANDS: usize = 50_000;

/// Never reached in virtual time: a line ends by [`MAX_WAIT_MS`] or by its steps.
pub(super) const NEVER: Duration = Duration::from_hours(438_000);

/// The parser's bounds, also for completeness checks.
pub(super) const MAX_SYNTAX_DEPTH: usize = 64;
/// See [`MAX_SYNTAX_DEPTH`].
pub(super) const MAX_PARSER_STEPS: usize = 200_000;

/// The interpreter's bounds for one line.
pub(super) fn execution() -> ExecutionLimits {
    ExecutionLimits::new()
        .max_work_units(20_000_000)
        .max_aggregate_input_bytes(64 << 20)
        .max_live_intermediate_bytes(48 << 20)
        .max_commands(MAX_COMMANDS)
        .max_loop_iterations(MAX_COMMANDS)
        .max_total_loop_iterations(MAX_COMMANDS)
        .timeout(NEVER)
        .parser_timeout(NEVER)
        .max_input_bytes(MAX_LINE_BYTES + 4096)
        .max_ast_depth(MAX_SYNTAX_DEPTH)
        .max_parser_operations(MAX_PARSER_STEPS)
        .max_stdout_bytes(MAX_OUTPUT_BYTES)
        .max_stderr_bytes(MAX_OUTPUT_BYTES)
        .max_background_jobs(8)
        // The shell keeps its own history.
        .max_history_entries(0)
}

/// Commands that a container's script may run at one instant; whoever runs more is busy and nothing else.
pub(super) const MAX_TASK_STEPS: usize = 20_000;

/// Rounds of loops of a container's script in all its life.
const MAX_TASK_ROUNDS: usize = 1_000_000;

/// The interpreter's bounds for a container's script, which may go on for months.
pub(super) fn task() -> ExecutionLimits {
    execution()
        .max_work_units(u64::MAX)
        .max_aggregate_input_bytes(u64::MAX)
        .max_commands(usize::MAX)
        .max_loop_iterations(MAX_TASK_ROUNDS)
        .max_total_loop_iterations(MAX_TASK_ROUNDS)
        .max_stdout_bytes(usize::MAX)
        .max_stderr_bytes(usize::MAX)
}

/// What variables and functions may hold.
pub(super) fn memory() -> MemoryLimits {
    // Each call of a script by its path takes a few variables: this bounds scripts that call themselves.
    MemoryLimits::new()
        .max_variable_count(2_000)
        .max_total_variable_bytes(4 << 20)
        .max_array_entries(100_000)
}

/// A session is as long as its input log.
pub(super) fn session() -> SessionLimits {
    SessionLimits::unlimited()
}
