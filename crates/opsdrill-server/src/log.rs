//! `pods/log`: a container's lines, all at once or as they come.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::Method;
use opsdrill_engine::api::Identity;
use opsdrill_engine::physical::logs::{LogReply, LogRequest};
use opsdrill_objects::field_error::FieldError;
use opsdrill_objects::{Status, timestamp};
use tokio::sync::mpsc;

use crate::answer::Answer;
use crate::body::Body;
use crate::desk::DeskDoor;
use crate::objects::not_allowed;
use crate::path::ObjectPath;
use crate::query::Query;
use crate::service::{Asked, Context};

/// How often a log that is followed is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);

const NANOS: i64 = 1_000_000_000;

/// Answers `pods/log`.
///
/// # Errors
/// The server's refusal.
pub(crate) async fn answer(
    context: &Arc<Context>,
    asked: &Asked,
    path: &ObjectPath,
) -> Result<Answer, Status> {
    if asked.method != Method::GET {
        return Err(not_allowed());
    }
    let query = &asked.query;
    let request = request(query, path, context.door.now())?;
    let limit: Option<u64> = query.number("limitBytes")?;
    let timestamps = query.is_set("timestamps");
    let reply = context.door.logs(&asked.identity, request.clone()).await?;
    let first = reply.body(timestamps, limit);
    if !query.is_set("follow") || reply.ended {
        return Ok(Answer::bytes(200, "text/plain", first));
    }
    let (sender, pieces) = mpsc::channel(8);
    let left = limit.map(|it| it.saturating_sub(first.len() as u64));
    let identity = asked.identity.clone();
    let follow = Follow { door: context.door.clone(), identity, request, timestamps, left };
    tokio::spawn(follow.run(first, reply, sender));
    Ok(Answer {
        code: 200,
        content_type: "text/plain".to_owned(),
        body: Body::Pieces(pieces),
        warnings: Vec::new(),
        headers: Vec::new(),
    })
}

fn request(query: &Query, path: &ObjectPath, now: i64) -> Result<LogRequest, Status> {
    let seconds: Option<i64> = query.number("sinceSeconds")?;
    let time = query.get("sinceTime");
    let mut errors = Vec::new();
    if seconds.is_some() && !time.is_empty() {
        errors.push(FieldError::forbidden(
            "sinceTime",
            "at most one of `sinceTime` or `sinceSeconds` may be specified",
        ));
    }
    if let Some(seconds) = seconds.filter(|it| *it < 1) {
        errors.push(FieldError::invalid_raw("sinceSeconds", seconds, "must be greater than 0"));
    }
    let tail: Option<i64> = query.number("tailLines")?;
    if let Some(tail) = tail.filter(|it| *it < 0) {
        errors.push(FieldError::invalid_raw(
            "tailLines",
            tail,
            "must be greater than or equal to 0",
        ));
    }
    if query.number::<i64>("limitBytes")?.is_some_and(|it| it < 1) {
        errors.push(FieldError::invalid_raw(
            "limitBytes",
            query.get("limitBytes"),
            "must be greater than 0",
        ));
    }
    if !errors.is_empty() {
        return Err(Status::invalid_named("PodLogOptions", &path.name, &errors));
    }
    let since_ns = match seconds {
        Some(seconds) => Some((now - seconds) * NANOS),
        None if time.is_empty() => None,
        None => Some(timestamp::parse(time).map(|it| it * NANOS).map_err(|_| {
            Status::bad_request(format!("parsing time {time:?} as \"2006-01-02T15:04:05Z07:00\""))
        })?),
    };
    let container = query.get("container");
    Ok(LogRequest {
        namespace: path.namespace.clone(),
        pod: path.name.clone(),
        container: (!container.is_empty()).then(|| container.to_owned()),
        previous: query.is_set("previous"),
        since_ns,
        tail_lines: tail.map(|it| it as u64),
        after: None,
    })
}

/// A log that is followed.
struct Follow {
    door: DeskDoor,
    identity: Identity,
    request: LogRequest,
    timestamps: bool,
    /// How many bytes may still be sent.
    left: Option<u64>,
}

impl Follow {
    async fn run(mut self, first: String, reply: LogReply, out: mpsc::Sender<Bytes>) {
        let mut cursor = reply.cursor;
        let mut piece = first;
        loop {
            if !piece.is_empty() && out.send(std::mem::take(&mut piece).into()).await.is_err() {
                return;
            }
            if self.left == Some(0) {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = out.closed() => return,
            }
            self.request.after = Some(cursor);
            // A pod that is gone ends its log.
            let Ok(reply) = self.door.logs(&self.identity, self.request.clone()).await else {
                return;
            };
            cursor = reply.cursor;
            piece = reply.body(self.timestamps, self.left);
            self.left = self.left.map(|it| it.saturating_sub(piece.len() as u64));
            if reply.ended {
                let _ = out.send(piece.into()).await;
                return;
            }
        }
    }
}
