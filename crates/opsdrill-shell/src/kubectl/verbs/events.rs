//! `kubectl events`.

use std::sync::Arc;

use opsdrill_objects::custom::kinds::Kinds;
use opsdrill_objects::table::{LIST, StreamAligner, tabbed};
use opsdrill_objects::{Kind, Object, duration};
use serde_json::json;

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::printers::{self, Format, Output, documents};
use crate::kubectl::shared_flags::{ALL_NAMESPACES, CHUNK_SIZE, PRINTING};
use crate::kubectl::sorting::go_sort;
use crate::kubectl::watch::Watch;

/// `kubectl events`.
pub(super) struct Events;

impl Verb for Events {
    const NAME: &'static str = "events";
    const USAGE: &'static str = "[--for TYPE/NAME] [--types=Normal,Warning] [--watch]";
    const SUMMARY: &'static str = "List events, the latest last";
    const FLAGS: &'static [&'static [Flag]] = &[
        &[
            ALL_NAMESPACES,
            CHUNK_SIZE,
            Flag::text("for").about("Only events about this object, as TYPE/NAME."),
            Flag::list("types").about("Only events of these types: Normal, Warning."),
            Flag::switch("watch").short('w').about("Go on printing events."),
            Flag::switch("no-headers").about("No headings."),
        ],
        PRINTING,
    ];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let types = arguments.list("types");
        let known = |it: &String| ["normal", "warning"].contains(&it.to_lowercase().as_str());
        if !types.iter().all(known) {
            return Err(ToolError::plain("valid --types are Normal or Warning"));
        }
        let everywhere = arguments.switch("all-namespaces");
        let namespace = if everywhere { String::new() } else { context.namespace.clone() };
        let output = printers::output_of(context, arguments)?;
        let fields = fields_about(&context.door.kinds(), arguments.text("for"))?;
        let (mut events, resource_version) = context.list(Kind::Event, &namespace, "", &fields)?;
        let watched = arguments.switch("watch");
        events.retain(|it| is_wanted(it, &types));
        if events.is_empty() && !watched {
            let place =
                if everywhere { String::new() } else { format!(" in {namespace} namespace") };
            context.err(&format!("No events found{place}.\n"));
            return Ok(0);
        }
        // A watch tells of the first ones by name, as of the later ones in the order in which they come.
        if !watched {
            let seen = |it: &Arc<Object>| it.event().map(|it| it.last);
            go_sort(&mut events, |one, other| seen(one) < seen(other));
        }
        if let Output::Documents(format) = &output {
            if watched {
                return Err(ToolError::not_simulated("kubectl events --watch --output"));
            }
            let values: Vec<_> =
                events.iter().map(|it| printers::document(it, arguments)).collect();
            let text = if *format == Format::Name {
                documents::print(format, &values, false)?
            } else {
                // It is a list of the server's kind, not one that kubectl makes of many.
                let list = json!({
                    "apiVersion": "v1", "items": values, "kind": "EventList", "metadata": {},
                });
                documents::print(format, &[list], true)?
            };
            context.out(&text);
            return Ok(0);
        }
        let mut lines = Lines {
            aligner: StreamAligner::new(LIST),
            headed: arguments.switch("no-headers"),
            with_namespace: everywhere,
        };
        let text = lines.print(&events, context.now());
        context.out(&text);
        if !watched {
            return Ok(0);
        }
        let timeout_ms = context.request_timeout_ms(arguments)?;
        let labels = String::new();
        let kind = Kind::Event;
        let watch = Watch { kind, namespace, labels, fields, resource_version, timeout_ms };
        watch.run(context, |context, event| {
            // Events are deleted because they are old, which is no news.
            let is_news = event.change != opsdrill_engine::api::WatchChange::Deleted;
            if is_news && is_wanted(&event.object, &types) {
                let text = lines.print(std::slice::from_ref(&event.object), context.now());
                context.out(&text);
            }
            Ok(true)
        })
    }
}

/// The field selector of `--for pod/web-1`.
fn fields_about(kinds: &Kinds, object: &str) -> Result<String, ToolError> {
    if object.is_empty() {
        return Ok(String::new());
    }
    match object.split_once('/') {
        Some((kind, name)) if !kind.is_empty() && !name.is_empty() && !name.contains('/') => {
            let found = kinds.by_resource(kind).ok_or_else(|| {
                ToolError::Bare(format!("the server doesn't have a resource type {kind:?}"))
            })?;
            let kind = found.info().name;
            Ok(format!("involvedObject.kind={kind},involvedObject.name={name}"))
        }
        _ => Err(ToolError::plain("--for must be in resource/name form")),
    }
}

/// Whether an event is of one of the types that were asked for; of any, if none was.
fn is_wanted(object: &Object, types: &[String]) -> bool {
    let word = object.event().map_or("", |it| it.event_type.as_str());
    types.is_empty() || types.iter().any(|it| it.eq_ignore_ascii_case(word))
}

/// The table while it grows.
struct Lines {
    aligner: StreamAligner,
    headed: bool,
    with_namespace: bool,
}

impl Lines {
    fn print(&mut self, events: &[Arc<Object>], now: i64) -> String {
        let rows: Vec<Vec<String>> = events.iter().filter_map(|it| self.row(it, now)).collect();
        let mut headings: Vec<String> =
            ["Last Seen", "Type", "Reason", "Object", "Message"].map(str::to_owned).to_vec();
        if self.with_namespace {
            headings.insert(0, "Namespace".to_owned());
        }
        let shown = (!self.headed).then_some(headings.as_slice());
        self.headed = true;
        self.aligner.align(&tabbed(shown, &rows))
    }

    fn row(&self, object: &Object, now: i64) -> Option<Vec<String>> {
        let event = object.event()?;
        let mut cells = Vec::new();
        if self.with_namespace {
            cells.push(object.meta.namespace().to_owned());
        }
        cells.push(last_seen(event.count, event.first, event.last, now));
        cells.push(event.event_type.as_str().to_owned());
        cells.push(event.reason.to_string());
        cells.push(format!("{}/{}", event.involved.kind.info().name, event.involved.name));
        cells.push(event.message.trim().to_owned());
        Some(cells)
    }
}

/// `79s (x25 over 2m3s)`; times are Unix seconds.
fn last_seen(count: i32, first: i64, last: i64, now: i64) -> String {
    let since = |seconds: i64| duration::human((now - seconds).saturating_mul(1000));
    if count > 1 {
        format!("{} (x{count} over {})", since(last), since(first))
    } else {
        since(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_events_say_how_often() {
        assert_eq!(last_seen(25, 0, 44, 123), "79s (x25 over 2m3s)");
        assert_eq!(last_seen(1, 0, 0, 129), "2m9s");
    }

    #[test]
    fn an_object_is_chosen_by_its_kind_and_name() {
        let fields = fields_about(&Kinds::default(), "deploy/web").unwrap();
        assert_eq!(fields, "involvedObject.kind=Deployment,involvedObject.name=web");
        assert!(fields_about(&Kinds::default(), "web").is_err());
    }
}
