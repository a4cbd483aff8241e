//! The events table that ends most descriptions.

use std::sync::Arc;

use opsdrill_objects::{Kind, Object};

use crate::kubectl::context::Context;
use crate::kubectl::sorting::go_sort;

use super::Description;

/// Writes the events about an object.
pub(super) fn describe(context: &mut Context, object: &Object, out: &mut Description) {
    let uid = object.meta.uid.to_string();
    about(context, object, &uid, out);
}

/// Writes the events about an object, which name it by this UID.
pub(super) fn about(context: &mut Context, object: &Object, uid: &str, out: &mut Description) {
    if !out.show_events {
        return;
    }
    let namespace = object.meta.namespace();
    let fields = format!(
        "involvedObject.name={},involvedObject.namespace={namespace},involvedObject.kind={},involvedObject.uid={uid}",
        object.meta.name,
        object.kind.info().name,
    );
    // A description without events is better than none: kubectl shows none when it may not read them.
    let events = context.list(Kind::Event, namespace, "", &fields).map(|it| it.0);
    table(&events.unwrap_or_default(), out);
}

fn table(events: &[Arc<Object>], out: &mut Description) {
    let mut rows: Vec<_> = events.iter().filter_map(|it| it.event()).collect();
    if rows.is_empty() {
        return out.field(0, "Events", "<none>");
    }
    go_sort(&mut rows, |one, other| one.last < other.last);
    out.flush();
    out.line(0, "Events:\n  Type\tReason\tAge\tFrom\tMessage");
    out.line(1, "----\t------\t----\t----\t-------");
    for event in rows {
        let age = if event.count > 1 {
            format!("{} (x{} over {})", out.since(event.last), event.count, out.since(event.first))
        } else {
            out.since(event.first)
        };
        let cells = [
            event.event_type.as_str(),
            &event.reason,
            &age,
            &event.component,
            event.message.trim(),
        ];
        out.line(1, cells.join("\t"));
    }
}
