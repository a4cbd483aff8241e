//! `kubectl get --subresource`: the status or the scale of objects.

use opsdrill_engine::api::{Answer, Request, Subresource, Target, Verb};
use opsdrill_objects::table::{LIST, StreamAligner, tabbed};
use opsdrill_objects::{duration, timestamp};
use serde_json::Value;

use crate::kubectl::command::Outcome;
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::Arguments;
use crate::kubectl::printers::{Output, documents};
use crate::kubectl::resources::{Want, Wants};
use crate::kubectl::writing::subresource_of;

/// Prints a subresource of the objects that are wanted, each by its name.
pub(super) fn run(
    context: &mut Context,
    arguments: &Arguments,
    wants: &Wants,
    output: &Output,
) -> Outcome {
    let subresource = subresource_of(arguments)?.expect("it is asked for");
    let mut found = Vec::new();
    let mut objects = Vec::new();
    let mut errors = Vec::new();
    for want in &wants.list {
        let Want::One { kind, namespace, name } = want else {
            return Err(ToolError::plain(
                "subresource cannot be used when bulk resources are specified",
            ));
        };
        let target = Target::one(*kind, namespace, name).with(subresource);
        match context.ask(Request::new(Verb::Get, target)) {
            Ok(Answer::Document(document)) => found.push(document),
            Ok(Answer::Object(object)) => {
                found.push(crate::kubectl::printers::document(&object, arguments));
                objects.push(object);
            }
            Ok(other) => panic!("a read is answered by a document, not by {other:?}"),
            Err(refusal) => errors.push(refusal.into()),
        }
    }
    let text = match output {
        Output::Documents(format) if !found.is_empty() => {
            documents::print(format, &found, wants.single)?
        }
        Output::Documents(_) => String::new(),
        Output::Table { .. } if subresource == Subresource::Scale => {
            scales(&found, arguments.switch("no-headers"), context.now())
        }
        Output::Table { wide } => {
            let options = super::table_options(arguments, wants, *wide);
            super::table::print(&objects, &options, context.now())
        }
    };
    context.out(&text);
    ToolError::all(errors).map(|()| 0)
}

/// The server's table of scales.
fn scales(documents: &[Value], no_headers: bool, now: i64) -> String {
    if documents.is_empty() {
        return String::new();
    }
    let header = ["Name", "Desired", "Available", "Age"].map(str::to_owned);
    let row = |scale: &Value| {
        let number = |path: &str| scale.pointer(path).unwrap_or(&Value::from(0)).to_string();
        let text = |path: &str| scale.pointer(path).and_then(Value::as_str).unwrap_or_default();
        let created = timestamp::parse(text("/metadata/creationTimestamp"));
        let age = created.map_or("<unknown>".to_owned(), |it| duration::human((now - it) * 1000));
        vec![
            text("/metadata/name").to_owned(),
            number("/spec/replicas"),
            number("/status/replicas"),
            age,
        ]
    };
    let rows: Vec<Vec<String>> = documents.iter().map(row).collect();
    let shown = (!no_headers).then_some(header.as_slice());
    StreamAligner::new(LIST).align(&tabbed(shown, &rows))
}
