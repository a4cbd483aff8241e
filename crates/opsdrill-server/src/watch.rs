//! Watches: an answer that goes on for as long as the client listens and keeps up.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use opsdrill_engine::api::WatchChange;
use opsdrill_objects::field_error::FieldError;
use opsdrill_objects::kinds::ServedVersion;
use opsdrill_objects::{Kind, Object, Status};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use crate::answer::{Answer, JSON};
use crate::body::Body;
use crate::desk::DeskDoor;
use crate::documents::list::ListMeta;
use crate::documents::table::{self, Include, Layout};
use crate::documents::{self, Served, metadata};
use crate::media::{Accepted, Shape};
use crate::objects::wants_bookmarks;
use crate::path::ObjectPath;
use crate::query;
use crate::service::{Asked, Context};
use crate::watchers::{Subscription, Told, WatchRequest};

/// How long a watch lasts that does not say (`--min-request-timeout`).
const LASTS: Duration = Duration::from_mins(30);

/// How often a watch that wishes it hears how far it is.
const BOOKMARK_EVERY: Duration = Duration::from_mins(1);

/// The most changes in one piece of the answer.
const PIECE_MAX: usize = 256;

/// The pieces that may wait for the connection.
const PIECES_WAITING: usize = 8;

/// How events are written.
struct Writer {
    kind: Kind,
    served: Served,
    shape: Shape,
    include: Include,
    /// Whether the columns of the Table were told.
    columns_told: bool,
    door: DeskDoor,
}

/// Answers a watch.
///
/// # Errors
/// The server's refusal before it begins.
pub(crate) async fn answer(
    context: &Arc<Context>,
    asked: &Asked,
    (kind, served): (Kind, Served),
    path: &ObjectPath,
    accepted: Accepted,
) -> Result<Answer, Status> {
    let query = &asked.query;
    let version = query::version(query)?;
    let initial = query.has("sendInitialEvents").then(|| query.is_set("sendInitialEvents"));
    check_initial(initial, query)?;
    let request = WatchRequest {
        identity: asked.identity.clone(),
        kind,
        namespace: path.namespace.clone(),
        name: path.name.clone(),
        options: query::options(query)?,
        after: version.at.filter(|it| *it > 0).or((initial == Some(false)).then_some(u64::MAX)),
        initial: initial == Some(true),
    };
    let timeout = query.number("timeoutSeconds")?.map_or(LASTS, Duration::from_secs);
    let (sender, pieces) = mpsc::channel(PIECES_WAITING);
    match context.door.watch(request).await {
        Ok(subscription) => {
            let writer = Writer {
                kind,
                served,
                shape: accepted.shape,
                include: Include::parse(query.get("includeObject")),
                columns_told: false,
                door: context.door.clone(),
            };
            let bookmarks = wants_bookmarks(query);
            let announces = initial == Some(true) && bookmarks;
            let end = Instant::now() + timeout.min(LASTS * 2);
            tokio::spawn(run(writer, subscription, bookmarks, announces, end, sender));
        }
        // What is too old is told in the stream, as the real server's cache does.
        Err(status) if status.code == 410 => {
            let _ = sender.try_send(documents::error_event(&status).into());
        }
        Err(status) => return Err(status),
    }
    let content_type = match accepted.shape {
        Shape::Whole => JSON.to_owned(),
        _ => format!("{JSON};stream=watch"),
    };
    Ok(Answer {
        code: 200,
        content_type,
        body: Body::Pieces(pieces),
        warnings: Vec::new(),
        headers: Vec::new(),
    })
}

/// The rules for `sendInitialEvents` (`ValidateListOptions`).
fn check_initial(initial: Option<bool>, query: &query::Query) -> Result<(), Status> {
    let matching = query.get("resourceVersionMatch");
    let wrong = |field: &str, why: &str| {
        let errors = [FieldError::forbidden(field, why)];
        Err(Status::invalid_named(query::LIST_OPTIONS, "", &errors))
    };
    match initial {
        Some(_) if matching != "NotOlderThan" => wrong(
            "resourceVersionMatch",
            "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
        ),
        None if !matching.is_empty() => wrong(
            "resourceVersionMatch",
            "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
        ),
        _ => Ok(()),
    }
}

async fn run(
    mut writer: Writer,
    subscription: Subscription,
    bookmarks: bool,
    announces: bool,
    end: Instant,
    out: mpsc::Sender<Bytes>,
) {
    let Subscription { present, mut version, missed, mut changes } = subscription;
    for some in present.chunks(PIECE_MAX) {
        let piece = some.iter().flat_map(|it| writer.object(WatchChange::Added, it));
        if out.send(piece.collect()).await.is_err() {
            return;
        }
    }
    if announces && out.send(writer.bookmark(version, true)).await.is_err() {
        return;
    }
    if !missed.is_empty() && out.send(writer.piece(&missed)).await.is_err() {
        return;
    }
    let mut ticks = interval(BOOKMARK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks.tick().await;
    let mut heard = Vec::with_capacity(PIECE_MAX);
    loop {
        let piece = tokio::select! {
            count = changes.recv_many(&mut heard, PIECE_MAX) => {
                if count == 0 {
                    // Too slow, or the session is over.
                    let status = Status::expired(format!("too old resource version: {version}"));
                    let _ = out.send(documents::error_event(&status).into()).await;
                    return;
                }
                version = heard.last().map_or(version, |it| it.1.version);
                let piece = writer.piece(&heard);
                heard.clear();
                piece
            }
            _ = ticks.tick(), if bookmarks => writer.bookmark(version, false),
            () = sleep_until(end) => return,
            () = out.closed() => return,
        };
        // A client that does not read holds only this watch up; the session cuts it off when it falls too far behind.
        if out.send(piece).await.is_err() {
            return;
        }
    }
}

impl Writer {
    /// Changes in one piece.
    fn piece(&mut self, told: &[Told]) -> Bytes {
        let shared = self.shape == Shape::Whole
            && self.served.is_none()
            && told.iter().all(|it| documents::is_in_version(&it.1.object, self.kind));
        if let ([(seen, change)], true) = (told, shared) {
            return change.line(*seen).clone();
        }
        let mut piece = Vec::new();
        for (seen, change) in told {
            if shared {
                piece.extend_from_slice(change.line(*seen));
            } else {
                piece.extend(self.object(*seen, &change.object));
            }
        }
        piece.into()
    }

    fn object(&mut self, change: WatchChange, object: &Arc<Object>) -> Vec<u8> {
        let word = documents::change(change);
        let object = &documents::in_version(object, self.kind);
        match self.shape {
            Shape::Table(version) => {
                let meta = ListMeta {
                    resource_version: object.meta.resource_version,
                    ..ListMeta::default()
                };
                let columns = !std::mem::replace(&mut self.columns_told, true);
                let layout = Layout {
                    version,
                    include: self.include,
                    now: self.door.now(),
                    served: self.served,
                };
                let items = std::slice::from_ref(object);
                let table = table::of(self.kind, items, &meta, columns, layout);
                let mut line = format!("{{\"type\":\"{word}\",\"object\":").into_bytes();
                line.extend(table);
                line.extend_from_slice(b"}\n");
                line
            }
            Shape::Metadata(version) => documents::event(word, &metadata::of(object, version)),
            Shape::Whole | Shape::Discovery(_) => {
                documents::event(word, &documents::whole(object, self.served))
            }
        }
    }

    /// How far the watch is.
    fn bookmark(&mut self, version: u64, initial_end: bool) -> Bytes {
        let mut meta = json!({ "resourceVersion": version.to_string(), "creationTimestamp": null });
        if initial_end {
            meta["annotations"] = json!({ "k8s.io/initial-events-end": "true" });
        }
        let of = |kind: &str, api_version: &str| -> Value {
            json!({ "kind": kind, "apiVersion": api_version, "metadata": meta })
        };
        let object = match self.shape {
            Shape::Table(table) => {
                let api_version = format!("meta.k8s.io/{table}");
                let row =
                    json!({ "cells": [], "object": of("PartialObjectMetadata", &api_version) });
                json!({
                    "kind": "Table", "apiVersion": api_version,
                    "metadata": { "resourceVersion": version.to_string() },
                    "columnDefinitions": null, "rows": [row],
                })
            }
            Shape::Metadata(table) => of("PartialObjectMetadata", &format!("meta.k8s.io/{table}")),
            Shape::Whole | Shape::Discovery(_) => {
                let info = self.kind.info();
                let stored = || info.api_version();
                of(info.name, &self.served.map_or_else(stored, ServedVersion::api_version))
            }
        };
        documents::event("BOOKMARK", &object).into()
    }
}
