//! `kubectl top pod`.

use std::sync::Arc;

use opsdrill_engine::api::Request;
use opsdrill_objects::{Kind, Object, Status, duration};

use crate::door::{Usage, UsagePart, UsageScope};
use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::shared_flags::{ALL_NAMESPACES, FIELD_SELECTOR, LABEL_SELECTOR};

use super::{Order, SHARED, cpu_text, memory_text, name_of, not_measured, sum, table};

/// A pod of this age has been measured if it ever will be.
const PATIENCE_SECONDS: i64 = 120;

/// `kubectl top pod`.
pub(super) struct TopPod;

impl Verb for TopPod {
    const NAME: &'static str = "pod";
    const ALIASES: &'static [&'static str] = &["pods", "po"];
    const USAGE: &'static str = "[NAME | -l LABEL]";
    const SUMMARY: &'static str = "Show what pods use";
    const TAKES: Takes = Takes::Names(Kind::Pod);
    const FLAGS: &'static [&'static [Flag]] = &[
        &[
            LABEL_SELECTOR,
            FIELD_SELECTOR,
            ALL_NAMESPACES,
            Flag::switch("containers").about("One line for each container."),
            Flag::switch("sum").about("The sum of all below the list."),
        ],
        SHARED,
    ];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let order = Order::of(arguments)?;
        let selectors = ["selector", "field-selector"];
        let complaint = "only one of NAME or selector can be provided";
        let name = name_of(arguments, "pod [NAME | -l label]", &selectors, complaint)?;
        let all = arguments.switch("all-namespaces");
        let namespace = if all { String::new() } else { context.namespace.clone() };
        let mut measured = super::measured(context, &UsageScope::Pods(namespace.clone()))?;
        if let Some(name) = name {
            measured.retain(|it| it.name == name);
            if measured.is_empty() {
                let place = format!("{namespace}/{name}");
                let is_there =
                    context.ask_object(Request::get(Kind::Pod, &namespace, name)).is_ok();
                if !is_there {
                    let text = format!("pods {place:?} not found");
                    return Err(Status::new(404, "NotFound", text).into());
                }
                return Err(not_measured("podmetrics", &place));
            }
        } else {
            let (labels, fields) = (arguments.text("selector"), arguments.text("field-selector"));
            let (pods, _) = context.list(Kind::Pod, &namespace, labels, fields)?;
            measured.retain(|it| pods.iter().any(|pod| is(pod, it)));
            if measured.is_empty() {
                explain_nothing(context, &pods)?;
                let place = if all { String::new() } else { format!(" in {namespace} namespace.") };
                context.err(&format!("No resources found{place}\n"));
                return Ok(0);
            }
        }
        order.sort(&mut measured, |it| sum(&it.parts));
        context.out(&table(&rows(arguments, measured, order)));
        Ok(0)
    }
}

fn is(pod: &Arc<Object>, usage: &Usage) -> bool {
    *pod.meta.name == *usage.name && pod.meta.namespace() == usage.namespace
}

/// Complains unless there are no pods at all.
fn explain_nothing(context: &Context, pods: &[Arc<Object>]) -> Result<(), ToolError> {
    let now = context.now();
    let old = pods.iter().find(|it| now - it.meta.created > PATIENCE_SECONDS);
    if let Some(pod) = old {
        let age = duration::format((now - pod.meta.created) * 1000);
        let path = pod.path();
        return Err(ToolError::plain(format!("Metrics not available for pod {path}, age: {age}")));
    }
    if pods.is_empty() { Ok(()) } else { Err(ToolError::plain("metrics not available yet")) }
}

fn rows(arguments: &Arguments, measured: Vec<Usage>, order: Order) -> Vec<Vec<String>> {
    let (namespaces, containers) =
        (arguments.switch("all-namespaces"), arguments.switch("containers"));
    let mut head: Vec<&str> = Vec::new();
    if namespaces {
        head.push("NAMESPACE");
    }
    if containers {
        head.push("POD");
    }
    head.extend(["NAME", "CPU(cores)", "MEMORY(bytes)"]);
    let total = sum(measured.iter().flat_map(|it| &it.parts));
    let mut rows = Vec::new();
    if !arguments.switch("no-headers") {
        rows.push(head.iter().map(|it| (*it).to_owned()).collect());
    }
    for mut pod in measured {
        let mut first = if namespaces { vec![pod.namespace.clone()] } else { Vec::new() };
        first.push(pod.name.clone());
        if containers {
            pod.parts.sort_by(|one, other| one.name.cmp(&other.name));
            order.sort(&mut pod.parts, UsagePart::clone);
            rows.extend(pod.parts.iter().map(|it| {
                let cells = [it.name.clone(), cpu_text(it), memory_text(it)];
                first.iter().cloned().chain(cells).collect()
            }));
        } else {
            let used = sum(&pod.parts);
            first.extend([cpu_text(&used), memory_text(&used)]);
            rows.push(first);
        }
    }
    if arguments.switch("sum") {
        // Without headings kubectl counts the columns of the shortest list.
        let width = if arguments.switch("no-headers") { 3 } else { head.len() };
        let empty = || vec![String::new(); width - 2];
        rows.push([empty(), vec!["________".to_owned(); 2]].concat());
        rows.push([empty(), vec![cpu_text(&total), memory_text(&total)]].concat());
    }
    rows
}
