//! `kubectl annotate`.

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::Context;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::shared_flags::{FILES, PRINTING};

use super::{Map, SHARED};

const ANNOTATIONS: Map = Map {
    name: "annotation",
    field: "annotations",
    manager: "kubectl-annotate",
    refuse: |_, _| None,
    exists: |taken| {
        let each =
            taken.iter().map(|(key, value)| format!("'{key}' already has a value ({value})"));
        format!(
            "--overwrite is false but found the following declared annotation(s): {}",
            each.collect::<Vec<_>>().join("; ")
        )
    },
    both: |keys| {
        format!(
            "can not both modify and remove the following annotation(s) in the same command: {}",
            keys.join(", ")
        )
    },
    operation: |_, _, _| "annotated",
};

/// `kubectl annotate`.
pub(in super::super) struct Annotate;

impl Verb for Annotate {
    const NAME: &'static str = "annotate";
    const USAGE: &'static str = "(-f FILE | TYPE NAME) KEY=VALUE … KEY- …";
    const SUMMARY: &'static str = "Update the annotations of an object";
    const TAKES: Takes = Takes::Objects(&[]);
    const FLAGS: &'static [&'static [Flag]] = &[SHARED, FILES, PRINTING];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        super::run(context, arguments, ANNOTATIONS)
    }
}
