//! Watching objects: `get -w` and `events -w` print changes while time passes.

use opsdrill_engine::api::{Answer, Options, Request, Target, Verb, WatchChange, WatchEvent};
use opsdrill_objects::{Kind, Status};

use crate::door::WaitOutcome;

use super::context::{Context, INTERRUPTED};
use super::errors::ToolError;

/// The server ends a watch after half an hour to an hour, and kubectl leaves it at that.
const SERVER_TIMEOUT_MS: u64 = 30 * 60 * 1000;

/// What is watched.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    /// The kind.
    pub(super) kind: Kind,
    /// The namespace; empty for all.
    pub(super) namespace: String,
    /// Label selector.
    pub(super) labels: String,
    /// Field selector.
    pub(super) fields: String,
    /// Changes after this resourceVersion.
    pub(super) resource_version: u64,
    /// How long, in milliseconds; the server's own limit if not told.
    pub(super) timeout_ms: Option<u64>,
}

/// The word of a change.
pub(super) fn word(change: WatchChange) -> &'static str {
    match change {
        WatchChange::Added => "ADDED",
        WatchChange::Modified => "MODIFIED",
        WatchChange::Deleted => "DELETED",
    }
}

impl Watch {
    /// Hands over every change, while time passes, until `each` is done (answers `false`), time is up
    /// or the trainee interrupts. Answers the exit status.
    ///
    /// # Errors
    /// The server's refusal, or what `each` complains of.
    pub(super) fn run(
        mut self,
        context: &mut Context,
        mut each: impl FnMut(&mut Context, &WatchEvent) -> Result<bool, ToolError>,
    ) -> Result<i32, ToolError> {
        let spread = context.door.random_u64("kubectl watch timeout") % SERVER_TIMEOUT_MS;
        let span = self.timeout_ms.unwrap_or(SERVER_TIMEOUT_MS + spread);
        let deadline = context.door.now_ms().saturating_add(span);
        loop {
            let (events, next) = self.changes(context)?;
            self.resource_version = next;
            for event in &events {
                if !each(context, event)? {
                    return Ok(0);
                }
            }
            if context.door.interrupted() {
                return Ok(INTERRUPTED);
            }
            if context.door.now_ms() >= deadline {
                return Ok(0);
            }
            if context.door.next_change(deadline) == WaitOutcome::Interrupted {
                return Ok(INTERRUPTED);
            }
        }
    }

    fn changes(&self, context: &mut Context) -> Result<(Vec<WatchEvent>, u64), Status> {
        let mut request = Request::new(Verb::Watch, Target::all(self.kind, &self.namespace));
        request.options = Options {
            label_selector: self.labels.clone(),
            field_selector: self.fields.clone(),
            resource_version: self.resource_version,
            ..Options::default()
        };
        match context.ask(request)? {
            Answer::Changes(events, next) => Ok((events, next)),
            other => panic!("a watch is answered by changes, not by {other:?}"),
        }
    }
}
