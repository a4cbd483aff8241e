//! `kubectl label`.

use opsdrill_objects::go_format;
use opsdrill_objects::selector::is_label_value;
use serde_json::Value;

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::Context;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::shared_flags::{FILES, PRINTING};

use super::{Map, SHARED};

const LABELS: Map = Map {
    name: "label",
    field: "labels",
    manager: "kubectl-label",
    refuse,
    exists: |taken| {
        let (key, value) = &taken[0];
        format!("'{key}' already has a value ({value}), and --overwrite is false")
    },
    both: |_| "can not both modify and remove a label in the same command".to_owned(),
    operation,
};

/// `kubectl label`.
pub(in super::super) struct Label;

impl Verb for Label {
    const NAME: &'static str = "label";
    const USAGE: &'static str = "(-f FILE | TYPE NAME) KEY=VALUE … KEY- …";
    const SUMMARY: &'static str = "Update the labels of an object";
    const TAKES: Takes = Takes::Objects(&[]);
    const FLAGS: &'static [&'static [Flag]] = &[SHARED, FILES, PRINTING];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        super::run(context, arguments, LABELS)
    }
}

/// kubectl looks at labels' values itself, and leaves their keys to the server.
fn refuse(key: &str, value: &str) -> Option<String> {
    if value.contains('=') {
        return Some(format!("invalid label spec: {key}={value}"));
    }
    let problems = is_label_value(value);
    let pair = format!("{key}={value}");
    (!problems.is_empty()).then(|| format!("invalid label value: {pair:?}: {}", problems.join(";")))
}

/// kubectl tells by the documents' lengths whether labels came or went.
fn operation(before: &Value, after: &Value, overwrite: bool) -> &'static str {
    if before == after {
        "not labeled"
    } else if !overwrite && go_format::json(after).len() < go_format::json(before).len() {
        "unlabeled"
    } else {
        "labeled"
    }
}
