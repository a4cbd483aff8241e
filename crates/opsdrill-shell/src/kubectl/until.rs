//! Waiting for one object: until it is as wanted, until it is gone, or until time is up.

use std::sync::Arc;

use opsdrill_engine::api::WatchChange;
use opsdrill_objects::{Kind, Object, Uid};

use super::context::{Context, INTERRUPTED};
use super::errors::ToolError;
use super::watch::Watch;

/// What is waited for, by name.
#[derive(Clone, Debug)]
pub(super) struct Awaited {
    /// Its kind.
    pub(super) kind: Kind,
    /// Its namespace, empty for cluster-scoped kinds.
    pub(super) namespace: String,
    /// Its name.
    pub(super) name: String,
    /// Which one of that name, when another may come after it.
    pub(super) uid: Option<Uid>,
}

/// How one look at an object ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// It is as wanted.
    Done,
    /// Not yet.
    NotYet,
}

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// With what was waited for.
    Met,
    /// Time was up.
    TimedOut,
}

impl Awaited {
    /// The object that was found.
    pub(super) fn object(object: &Object) -> Self {
        Self {
            kind: object.kind,
            namespace: object.meta.namespace().to_owned(),
            name: object.meta.name.to_string(),
            uid: Some(object.meta.uid),
        }
    }

    /// `deployments/web`, as complaints name it.
    pub(super) fn path(&self) -> String {
        format!("{}/{}", self.kind.info().plural, self.name)
    }

    /// Looks at the object now and after every change, until `look` is done or the deadline
    /// (milliseconds since the session's epoch). `look` gets `None` when the object is gone.
    ///
    /// # Errors
    /// The server's refusal, what `look` complains of, or the trainee's interruption.
    pub(super) fn until(
        &self,
        context: &mut Context,
        deadline_ms: u64,
        mut look: impl FnMut(&mut Context, Option<&Arc<Object>>) -> Result<Look, ToolError>,
    ) -> Result<End, ToolError> {
        let fields = format!("metadata.name={}", self.name);
        let (objects, resource_version) = context.list(self.kind, &self.namespace, "", &fields)?;
        let ours = |it: &Arc<Object>| self.uid.is_none_or(|uid| uid == it.meta.uid);
        let present = objects.iter().find(|it| ours(it));
        if look(context, present)? == Look::Done {
            return Ok(End::Met);
        }
        let now = context.door.now_ms();
        if now >= deadline_ms {
            return Ok(End::TimedOut);
        }
        let watch = Watch {
            kind: self.kind,
            namespace: self.namespace.clone(),
            labels: String::new(),
            fields,
            resource_version,
            timeout_ms: Some(deadline_ms - now),
        };
        let mut met = false;
        let status = watch.run(context, |context, event| {
            let gone = event.change == WatchChange::Deleted;
            let object = (!gone && ours(&event.object)).then_some(&event.object);
            met = look(context, object)? == Look::Done;
            Ok(!met)
        })?;
        match (met, status) {
            (true, _) => Ok(End::Met),
            (false, INTERRUPTED) => Err(ToolError::Exit(INTERRUPTED)),
            (false, _) => Ok(End::TimedOut),
        }
    }

    /// Waits until the object is gone.
    ///
    /// # Errors
    /// The server's refusal, the end of patience, or the trainee's interruption.
    pub(super) fn until_gone(
        &self,
        context: &mut Context,
        deadline_ms: u64,
    ) -> Result<(), ToolError> {
        let gone = |_: &mut Context, object: Option<&Arc<Object>>| {
            Ok(if object.is_none() { Look::Done } else { Look::NotYet })
        };
        match self.until(context, deadline_ms, gone)? {
            End::Met => Ok(()),
            End::TimedOut => Err(self.timed_out()),
        }
    }

    /// What kubectl says at the end of its patience.
    pub(super) fn timed_out(&self) -> ToolError {
        ToolError::plain(format!("timed out waiting for the condition on {}", self.path()))
    }
}
